/* relay_pages.h - all that Redis has of a room, page by page, and how it
 * differs from what this host has of it.
 *
 * Pure but for malloc and what is said below.
 */
#ifndef CHATWS_RELAY_PAGES_H
#define CHATWS_RELAY_PAGES_H

#include "relay/reader/relay_own.h"
#include "relay/relay_room.h"

typedef struct relay_pages {
    bool known;           /* Redis has the room; it says: */
    bool torn;            /* not all of it is there (yet) */
    uint64_t epoch;
    room_id birth;
    room_id complete;
    room_id top;
    room_id lost;
    room_id kept;         /* what the archive has; */
    int64_t keep_ms;      /* 0: there is none */
    room_state state;
    relay_own own;        /* what is here, for the caller to fill in */
    base_bytes states;    /* room_state, of the records of that kind */
    /* Private. */
    base_bytes list;      /* of pages */
    base_bytes records;   /* room_import_record, all of them */
    size_t bytes;
    room_id end;          /* of the newest page */
} relay_pages;

/* Nothing yet; never NULL. */
relay_pages *relay_pages_create(void);
void relay_pages_free(relay_pages *pages);

/* The answer to a fetch, which is behind the one before; takes the order and
 * the answer over. False: it does not go on where the last one ended. */
bool relay_pages_add(relay_pages *pages, relay_order *order,
                     relay_room_answer *answer);

/* Where the next page begins; of a page that has `more`. */
const room_id *relay_pages_end(const relay_pages *pages);

/* After the last one, once: puts all records and states together; their times
 * by this host's clock (relay_words_wall). */
void relay_pages_collect(relay_pages *pages, room_store *store);
const room_import_record *relay_pages_records(const relay_pages *pages,
                                              size_t *count);

/* The number of the first record here that Redis should have and has not;
 * UINT64_MAX: there is none. */
uint64_t relay_pages_lacking(const relay_pages *pages);

/* True when Redis has one that this host should have and has not; `*same` is
 * then the position up to which both have the same. Or when it had one that it
 * has lost and that never came here: `*same` is then the room's newest. */
bool relay_pages_miss(const relay_pages *pages, const room_relay_facts *facts,
                      room_id *same);

#endif
