/* room_status.h - what an operation on the rooms answers. */
#ifndef CHATWS_ROOM_STATUS_H
#define CHATWS_ROOM_STATUS_H

typedef enum {
    ROOM_OK,
    ROOM_REPEATED,   /* this ref was stored before: its first id is given */
    ROOM_FULL,       /* no slot, no room or no member cell is left */
    ROOM_GONE,       /* the handle's room is no more: open the key again */
    ROOM_BUSY,       /* a lock could not be taken within two seconds */
    ROOM_TOO_BIG,    /* more than a quarter of all pages, or a key, name or
                        ref above its limit */
    ROOM_NAME_TAKEN, /* another member of the room has this name */
    ROOM_ABSENT,     /* no such room, member or message */
    ROOM_MOVED,      /* the segment was replaced by another: its successors
                        take what is refused here */
    ROOM_DENIED,     /* it is somebody else's message */
    ROOM_LATE,       /* it is too old to be changed */
    ROOM_SAME,       /* there is nothing to do */
    ROOM_LOCKED,     /* only moderators speak here */
    ROOM_SLOW,       /* too early after the one before */
    ROOM_STALE,      /* it was changed meanwhile: look again */
    ROOM_UNREAD      /* it has to be read in first, from the archive or from
                        the relay */
} room_status;

#endif
