/* room_source.h - where the archive's writer gets from what is to be written,
 * when the rooms are shared with other hosts.
 *
 * A room may be open on other hosts only, so its segment is no help to the
 * writer: the relay has what was said everywhere, and up to where the archive
 * has it. The relay gives the functions, the writer's thread calls them.
 */
#ifndef CHATWS_ROOM_SOURCE_H
#define CHATWS_ROOM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "room/archive/room_import.h"
#include "room/log/room_state.h"
#include "room/room_status.h"
#include "room/table/room_table.h"

/* A room that has something for the archive. */
typedef struct {
    char key[ROOM_KEY_MAX];
    size_t key_size;
    uint64_t realm; /* room_search_realm; 0: not known */
    uint32_t keep_count;
    int64_t keep_age_ms;
    room_import_room what; /* birth, complete, newest (the last id that was
                              given there), kept (the archive has everything up
                              to there), keep_ms, state; the records behind
                              `kept`, oldest first, as many as come at once; no
                              refs */
    const room_state *states; /* of each ROOM_LOG_STATE, in their order */
    bool unknown; /* nobody knows the room: only what is above `what`, and its
                     keep_ms, is filled in; offer it */
    bool gap;     /* in front of the first record is something missing that was
                     never written */
} room_source_room;

/* All block, for 5 s at most. */
typedef struct {
    void *context;

    /* Rooms that have something, at most `most`, each with about 64 KB at most;
     * valid until the next call. ROOM_OK; ROOM_BUSY: it cannot be asked now. */
    room_status (*take)(void *context, size_t most,
                        const room_source_room **rooms, size_t *count);

    /* The archive has the room up to there, committed; `refused`: but for the
     * record with this id, which is not there as it was. Of the room only what
     * is above `what` is looked at. Only queues, and copies. */
    void (*done)(void *context, const room_source_room *room,
                 const room_id *upto, bool refused);

    /* Sends what is queued, and waits until it is known. ROOM_BUSY: some of it
     * may not be; those rooms are taken again. */
    room_status (*flush)(void *context);

    /* Brings a room there that is unknown; `what` NULL: the archive has none of
     * this key, it is made. ROOM_OK; ROOM_BUSY: it is taken again. */
    room_status (*offer)(void *context, const room_source_room *room,
                         const room_import_room *what);

    /* Something else that whoever writes the archive has to do, one at a time;
     * false: there is nothing. */
    bool (*job)(void *context, char *text, size_t size);

    /* What job() gave is done; `again`: a part of it, and `rest` is the text of
     * what is left. */
    room_status (*job_done)(void *context, bool again, const char *rest);

    /* Hosts that share rooms have one archive; this is the name of the one that
     * the caller is about to write, every few seconds. ROOM_MOVED: they have
     * another one, into which somebody has just written. ROOM_BUSY: it cannot
     * be asked now. */
    room_status (*claim)(void *context, const char *name);

    /* Tells all hosts that there is an archive; `ack`: that acks wait for it.
     * Every few seconds, on each host that has one, whether or not it writes.
     * False: it cannot be told now. */
    bool (*alive)(void *context, bool ack);
} room_source;

#endif
