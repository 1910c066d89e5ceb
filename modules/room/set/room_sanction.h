/* room_sanction.h - who may not speak or enter, by a moderator's word.
 *
 * A table of its own in the segment, for all children. Whoever is not in it
 * costs one look at a count while nobody is, and else one chain of its hash,
 * without a lock. The table is bounded: when it is full, the realm that has
 * most of it gives up its soonest end. Called by act/ and hub/; any thread.
 */
#ifndef CHATWS_ROOM_SANCTION_H
#define CHATWS_ROOM_SANCTION_H

#include "room/people/room_member.h"
#include "room/segment/room_store.h"

#define ROOM_REASON_MAX 200 /* bytes */
#define ROOM_SANCTION_FOREVER INT64_MAX

typedef enum {
    ROOM_SANCTION_MUTE,    /* of a user in a realm */
    ROOM_SANCTION_BAN,
    ROOM_SANCTION_ADDRESS, /* a ban's other half: of an address in a realm */
    ROOM_SANCTION_KICK     /* of a user in a room, for a moment */
} room_sanction_kind;

/* Somebody, as it was told when the sanction was made. */
typedef struct {
    uint64_t user;
    uint16_t guest;
    uint16_t name_size; /* at least 1 */
    uint16_t id_size;   /* 0: a guest's, or the name */
    uint16_t spare;
    char name[ROOM_NAME_MAX]; /* no NUL */
    char id[ROOM_NAME_MAX];
} room_sanction_person;

typedef struct {
    uint32_t kind;      /* room_sanction_kind */
    uint16_t address;   /* a ban: 1: of an address too */
    uint16_t reason_size;
    uint64_t realm;     /* whose moderators see it and may end it */
    uint64_t scope;     /* where it holds: the realm, or the hash of a room */
    uint64_t whom;      /* user.user, or the key of an address */
    int64_t until_us;   /* base_clock_mono, or ROOM_SANCTION_FOREVER */
    int64_t made_us;
    room_sanction_person user; /* whom it is about, also of an address */
    room_sanction_person by;
    char reason[ROOM_REASON_MAX]; /* no NUL */
} room_sanction;

/* Gets each sanction; false stops. Called with the lock held: copy it. */
typedef bool room_sanction_each_fn(void *context, const room_sanction *what);

/* True when there is any at all: else nobody needs to be looked for. */
bool room_sanction_any(const room_store *store);

/* Until when there is such a sanction; 0: there is none at `now_us`. Without a
 * lock. */
int64_t room_sanction_until(room_store *store, room_sanction_kind kind,
                            uint64_t scope, uint64_t whom, int64_t now_us);

/* Reads it. ROOM_ABSENT, ROOM_BUSY. */
room_status room_sanction_read(room_store *store, room_sanction_kind kind,
                               uint64_t scope, uint64_t whom, int64_t now_us,
                               room_sanction *out);

/* Reads one of this kind that the realm has against the user: looks at all.
 * ROOM_ABSENT, ROOM_BUSY. */
room_status room_sanction_of(room_store *store, room_sanction_kind kind,
                             uint64_t realm, uint64_t user, int64_t now_us,
                             room_sanction *out);

/* Keeps it, instead of one of the same kind, scope and whom. `gone` (may be
 * NULL): the one that gave way in a full table, or with until_us 0 none.
 * ROOM_BUSY; ROOM_MOVED: the segment was closed. */
room_status room_sanction_put(room_store *store, const room_sanction *what,
                              int64_t now_us, room_sanction *gone);

/* Ends what the realm has against the user: of the kinds whose bits are set
 * (1 << kind). ROOM_BUSY, ROOM_MOVED. `count` (may be NULL): how many. */
room_status room_sanction_end(room_store *store, uint64_t realm, uint64_t user,
                              unsigned kinds, unsigned *count);

/* Visits those of the realm that hold at `now_us`, in any order. ROOM_BUSY. */
room_status room_sanction_each(room_store *store, uint64_t realm,
                               int64_t now_us, room_sanction_each_fn *visit,
                               void *context);

/* The same of all realms. */
room_status room_sanction_all(room_store *store, int64_t now_us,
                              room_sanction_each_fn *visit, void *context);

/* Changes whenever one was made, or has ended; odd while that happens. Without
 * a lock. What is read by room_sanction_all after it is that or later. */
uint32_t room_sanction_version(const room_store *store);

/* Drops those that have ended. Cheap: it looks when one may have. */
void room_sanction_expire(room_store *store, int64_t now_us);

/* Changes whenever a sanction was made; without a lock. Who remembers it knows
 * when to look at those who are there already. */
uint32_t room_sanction_news(const room_store *store);

/* Keeps in `to` what `from` has, which has the same hash key. */
void room_sanction_move(room_store *from, room_store *to, int64_t now_us);

#endif
