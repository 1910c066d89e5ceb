/* room_member.h - who is in a room, over all children.
 *
 * A member is a user with at least one connection; several connections, also
 * in several children, are one member with one name. Whoever loses the last
 * one stays a member, with the name, for a grace: coming back meanwhile, to
 * whatever child, is no leave and no join. What a child holds goes in the same
 * way when it dies (room_slot_reap). Called by act/ and hub/, any thread.
 */
#ifndef CHATWS_ROOM_MEMBER_H
#define CHATWS_ROOM_MEMBER_H

#include "room/segment/room_store.h"

#define ROOM_NAME_MAX 128 /* bytes */
#define ROOM_MEMBER_GRACE_US INT64_C(10000000)
#define ROOM_RESETS_MOST 8u

typedef struct {
    uint64_t user;     /* a hash of the user's id; the same for all tabs */
    uint64_t name_key; /* a hash of the folded name: equal names, equal keys */
    uint64_t skeleton_key; /* a hash of its skeleton (UTS 39): what looks the
                              same; 0: compare name_keys only */
    uint64_t address; /* of a guest's last connection: room_address_key; 0: it
                         is not known, or the user is no guest */
    bool guest;
    bool moderator; /* some connection of the user is a moderator's */
    bool insists;   /* is called so whoever else of the site's people is */
    size_t name_size;
    size_t id_size; /* 0: a guest, or somebody whose name is the id */
    char name[ROOM_NAME_MAX]; /* no NUL */
    char id[ROOM_NAME_MAX];   /* what the site knows a user by; no NUL */
} room_member;

/* Who can be in the way of a name: somebody else who has its name_key or, among
 * guests or all, its skeleton_key. */
typedef enum {
    ROOM_RIVALS_ALL,
    ROOM_RIVALS_GUESTS,
    ROOM_RIVALS_VERIFIED /* one of the two has a name that is not the id */
} room_rivals;

/* What a join came to. */
typedef struct {
    room_member member; /* with the name that counts */
    bool fresh;         /* the user was no member before */
} room_member_joined;

/* Return false to stop. The members' lock is held: copy and return. */
typedef bool room_member_each_fn(void *context, const room_member *member);

/* Adds one connection of `who` that `slot`'s child serves; with `moderator` it
 * is a moderator's. A user who is there already keeps the old name, unless
 * `who` is no guest: then that name replaces it. `out` (may be NULL) tells what
 * counts, on ROOM_OK. ROOM_NAME_TAKEN: of a guest, another user of the room has
 * the name_key or the skeleton_key; of a verified user, whose name wins against
 * guests (room_member_rival finds the one who has it), another verified one has
 * the name_key, `who` does not insist, and not both are called by their ids.
 * ROOM_FULL, ROOM_GONE, ROOM_BUSY; ROOM_TOO_BIG: a name of no or of more than
 * ROOM_NAME_MAX bytes, or such an id. */
room_status room_member_join(room_store *store, room_handle handle, int slot,
                             const room_member *who,
                             room_member_joined *out);

/* A connection that leaves. */
typedef struct {
    uint64_t user;
    bool moderator;   /* as it has joined */
    int64_t until_us; /* of base_clock_mono: how long the user stays a member if
                         it was the last one; 0: leaves now */
} room_member_leaving;

/* Takes one connection away; `gone` (may be NULL) tells whether it was the
 * user's last in the room. ROOM_ABSENT, ROOM_GONE, ROOM_BUSY. */
room_status room_member_leave(room_store *store, room_handle handle, int slot,
                              const room_member_leaving *who, bool *gone);

/* Joins and leaves in one step: nothing can come in between that would make a
 * member of the user who never leaves. As room_member_join; `until_us` as for
 * room_member_leave. */
room_status room_member_join_until(room_store *store, room_handle handle,
                                   int slot, const room_member *who,
                                   int64_t until_us,
                                   room_member_joined *out);

/* Lets those go whose grace has ended; returns how many. Cheap: it looks once
 * a second at most, whoever calls, and only if there is anybody to look for. */
unsigned room_member_expire(room_store *store, int64_t now_us);

/* Gives the user of `who` its name, name_key and id. ROOM_NAME_TAKEN
 * as for a join; ROOM_ABSENT, ROOM_FULL, ROOM_GONE, ROOM_BUSY, ROOM_TOO_BIG. */
room_status room_member_rename(room_store *store, room_handle handle,
                               const room_member *who);

/* Finds a rival of `who`. ROOM_ABSENT, ROOM_GONE, ROOM_BUSY. */
room_status room_member_rival(room_store *store, room_handle handle,
                              const room_member *who, room_rivals rivals,
                              room_member *out);

/* As room_member_rename, if the user's name still has `name_key`, and noted for
 * room_member_resets. ROOM_ABSENT: it has not. */
room_status room_member_reset(room_store *store, room_handle handle,
                              const room_member *who, uint64_t name_key);

/* The users that were reset since the count was `*seen`, which becomes that of
 * now; without a lock. Returns how many; more than ROOM_RESETS_MOST: so many
 * that not all are known, and none is given. */
size_t room_member_resets(const room_store *store, room_handle handle,
                          uint64_t *seen, uint64_t users[ROOM_RESETS_MOST]);

/* Finds one member. ROOM_ABSENT, ROOM_GONE, ROOM_BUSY. */
room_status room_member_find(room_store *store, room_handle handle,
                             uint64_t user, room_member *out);

/* Whether a join finds a cell now: a free one, or one of somebody who is in the
 * grace. Without a lock. */
bool room_member_has_place(const room_store *store);

/* Distinct users, without a lock; 0 when the room is gone. */
uint32_t room_member_count(const room_store *store, room_handle handle);

/* Changes whenever the room's list of members does, without a lock. */
uint64_t room_member_version(const room_store *store, room_handle handle);

/* Visits at most `max` distinct users, the latest comers first; `version` (may
 * be NULL) is room_member_version of just what was visited. ROOM_GONE,
 * ROOM_BUSY. */
room_status room_member_each(room_store *store, room_handle handle,
                             uint32_t max, room_member_each_fn *visit,
                             void *context, uint64_t *version);

#endif
