/* room_relay.h - rooms that several hosts share, as the relay's reader sees
 * them.
 *
 * In a segment made with room_store_options.relay no child numbers a message:
 * the relay (Redis) does, and one thread of one child, the reader, brings what
 * comes from there into the rooms, in the relay's order and with its ids. A
 * room that was made anew has to be read in first: until then whatever tells
 * positions answers ROOM_UNREAD. A room that moved here from a segment without
 * a relay, or with another one, need not be: it goes on with what it has, of
 * epoch 0. room_log_append and room_log_amend always answer ROOM_BUSY here.
 * Any thread, unless a comment says otherwise.
 */
#ifndef CHATWS_ROOM_RELAY_H
#define CHATWS_ROOM_RELAY_H

#include "base/base_clock.h"
#include "room/archive/room_import.h"
#include "room/log/room_log.h"
#include "room/people/room_member.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

/* What the reader has to know of a room. */
typedef struct {
    char key[ROOM_KEY_MAX];
    size_t key_size;
    room_id birth;
    room_id complete;    /* after this position the room has everything */
    room_id newest;      /* the last id given, or the birth */
    room_state state;
    uint64_t epoch;      /* room_relay_read_in; 0: of no stream yet */
    uint64_t realm;      /* room_search_realm; 0: not known */
    uint32_t keep_count; /* as it was opened */
    int64_t keep_age_ms;
    bool unread;         /* it has to be read in */
} room_relay_facts;

/* True when the segment was made for a relay. No lock. */
bool room_relay_on(const room_store *store);

/* The relay's secret (room_store_secret) has been put in: from now on rooms may
 * be opened. `secret` NULL: the relay takes that of the segment. Later calls
 * change nothing. */
void room_relay_begin(room_store *store, const base_hash_key *secret);

/* True after that, and without a relay. */
bool room_relay_ready(const room_store *store);

/* Tells this host from all others: at random, the same for all children and
 * kept by a later segment. */
uint64_t room_relay_host(const room_store *store);

/* ROOM_RELAY_FIGURES numbers for whoever counts what the relay does; a later
 * segment of the same relay goes on with them. */
#define ROOM_RELAY_FIGURES 16
_Atomic uint64_t *room_relay_figures(room_store *store);

/* ROOM_GONE, ROOM_BUSY. */
room_status room_relay_look(room_store *store, room_handle room,
                            room_relay_facts *out);

/* True while the room has to be read in. No lock. */
bool room_relay_wanted(const room_store *store, room_handle room);

/* Many may want to read one room in at once: one at a time asks for it. True:
 * the calling thread does now; room_relay_load_end when it has tried. False:
 * the room need not be read in any more (room_relay_wanted), or its turn did
 * not come until `until_us` of base_clock_mono. Blocks. Who takes longer than
 * two seconds, or was killed, does not hold up the next one any more. */
bool room_relay_load_begin(room_store *store, room_handle room,
                           int64_t until_us, uint64_t *turn);
void room_relay_load_end(room_store *store, room_handle room, uint64_t turn);

/* Reads in a room that has to be; `what` as for room_import_read,
 * `epoch` is the stream's. ROOM_OK also when somebody else was
 * first. ROOM_GONE: open it again. ROOM_BUSY, ROOM_MOVED. Marks the room. A
 * process that is killed here leaves a room that has to be read in. */
room_status room_relay_read_in(room_store *store, room_handle room,
                               const room_import_room *what, uint64_t epoch,
                               base_clock_time now);

/* True when the room's newest is this id or a later one. No lock. False when
 * the room is gone, or has to be read in. */
bool room_relay_has(const room_store *store, room_handle room,
                    const room_id *id);

/* Whether the record with this id is there. ROOM_OK, also when it was let go,
 * or cleared. ROOM_UNREAD: it may yet come (room_relay_has). ROOM_ABSENT: later
 * ones came without it: it never comes, the relay has lost it. ROOM_GONE,
 * ROOM_BUSY. No lock while it is the newest. */
room_status room_relay_find(room_store *store, room_handle room,
                            const room_id *id);

/* True when whoever has read up to `last` need not be told the record with this
 * id, though it has another number now (room_follow_replace). With the room's
 * lock held: in a visit of room_log_read. */
bool room_relay_told(const room_store *store, room_handle room,
                     const room_id *last, const room_id *id);

/* Blocks until room_relay_has: ROOM_OK. ROOM_GONE; ROOM_BUSY: not until
 * `until_us` of base_clock_mono. For httpd's workers. */
room_status room_relay_wait(room_store *store, room_handle room,
                            const room_id *id, int64_t until_us);

/* Visits the members whom this host answers for: those with a connection of a
 * child, or in their grace; not those that only the reader's slot holds.
 * ROOM_GONE, ROOM_BUSY. */
room_status room_relay_people(room_store *store, room_handle room,
                              room_member_each_fn *visit, void *context);

#endif
