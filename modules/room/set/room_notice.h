/* room_notice.h - what moderators, and the one whom it is about, are told once:
 * sanctions and reports. A ring in the segment, which children read behind each
 * other; whoever is too late has missed something. Called by act/ and hub/; any
 * thread.
 */
#ifndef CHATWS_ROOM_NOTICE_H
#define CHATWS_ROOM_NOTICE_H

#include "room/log/room_id.h"
#include "room/set/room_sanction.h"

typedef enum {
    ROOM_NOTICE_SANCTION, /* `what` was made */
    ROOM_NOTICE_PARDON,   /* what there was of `what.user` in the realm ended */
    ROOM_NOTICE_REPORT    /* `what.by` reports the message `target` */
} room_notice_kind;

typedef struct {
    uint32_t kind; /* room_notice_kind */
    uint32_t spare;
    int64_t rest_s;  /* a sanction's `for`; 0: it has no end */
    room_id target;
    uint64_t room;   /* of a report: the hash of the room */
    room_sanction what; /* a pardon: realm, user and by; a report: by, reason */
} room_notice;

/* Tells it; the caller wakes the children (room_slot_call). Nobody tells it
 * again, so that it waits for its lock however much the thread is in a hurry.
 * False: in vain. */
bool room_notice_put(room_store *store, const room_notice *notice);

/* The same of a report, for which `what.whom` stands (0: for none): only if
 * that was not told here before, by anybody. `tag` as for room_rate_take.
 * False: it was not told. */
bool room_notice_report(room_store *store, const room_notice *notice,
                        uint16_t tag, int64_t now_us);

/* How many there were so far; without a lock. */
uint64_t room_notice_count(const room_store *store);

/* Reads the next one after `*seen`, which moves on: over those that are lost,
 * too. False: there is none. */
bool room_notice_next(room_store *store, uint64_t *seen, room_notice *out);

/* Those that name the user, whom they are about or who said so, are lost. */
void room_notice_erase(room_store *store, uint64_t user);

#endif
