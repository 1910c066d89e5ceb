/* relay_rooms.h - the rooms that the reader follows: each has the place of its
 * handle, and is found by its channel.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_ROOMS_H
#define CHATWS_RELAY_ROOMS_H

#include "base/base_bytes.h"
#include "base/base_list.h"
#include "relay/relay_room.h"

typedef enum {
    RELAY_ROOMS_NEW,         /* what is published does not come yet */
    RELAY_ROOMS_FETCHING,    /* it does come; what was before is fetched */
    RELAY_ROOMS_LIVE         /* it has everything */
} relay_rooms_state;

typedef struct relay_rooms_one {
    room_handle handle;
    relay_rooms_state state;
    relay_room room;     /* its `key` is this one's own */
    base_bytes channel;
    room_id newest;      /* of the room, as the reader knows it */
    uint64_t epoch;      /* of the stream that it has */
    room_id kept;        /* the archive has all up to there; 0-0: nothing, or
                            there is none */
    void *people;        /* relay_others' */
    /* Private to reader/. */
    base_list queued;    /* among those that wait for the same */
    uint32_t next;       /* in the bucket, and 1 */
    int64_t due_us;      /* not before that */
    unsigned failures;   /* one after the other */
    uint64_t asked;      /* the number of the order on its way; 0: none */
    bool listening;      /* it has been subscribed to, perhaps not yet heard */
    bool again;          /* something came meanwhile */
    bool whole;          /* everything has to be compared */
    bool unread;         /* the room has to be read in */
    uint64_t rest;       /* of what is offered: the next number */
    bool offered;        /* what Redis had lost, just now */
    bool unfit;          /* a record is too big for this segment */
    bool wake;           /* its readers are to be woken */
    struct relay_pages *pages; /* of everything, so far */
} relay_rooms_one;

typedef struct relay_rooms relay_rooms;

relay_rooms *relay_rooms_create(room_store *store,
                                const relay_settings *settings);
void relay_rooms_destroy(relay_rooms *rooms);

/* That of the place, whatever its generation; NULL: none. */
relay_rooms_one *relay_rooms_at(relay_rooms *rooms, uint32_t index);

/* Makes one, NEW; its place must be free. */
relay_rooms_one *relay_rooms_add(relay_rooms *rooms, room_handle handle,
                                 const room_relay_facts *facts);
void relay_rooms_remove(relay_rooms *rooms, relay_rooms_one *one);

/* NULL: none has this channel. */
relay_rooms_one *relay_rooms_find(relay_rooms *rooms, const char *channel,
                                  size_t size);

/* A room that is looked at again later: its handle is noted, the newest one of
 * its place. True: this place was not noted before. */
bool relay_rooms_put_off(relay_rooms *rooms, room_handle handle);

/* The handle that was noted of the place, and is not any more. */
room_handle relay_rooms_take_off(relay_rooms *rooms, uint32_t index);

uint32_t relay_rooms_count(const relay_rooms *rooms);

/* relay_rooms_at has something below this number. */
uint32_t relay_rooms_places(const relay_rooms *rooms);

#endif
