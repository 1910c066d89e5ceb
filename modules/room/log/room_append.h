/* room_append.h - writes a record behind a room's log. Private to room/.
 */
#ifndef CHATWS_ROOM_APPEND_H
#define CHATWS_ROOM_APPEND_H

#include "room/log/room_log.h"
#include "room/segment/room_layout.h"

#define ROOM_APPEND_PART (1u << 30) /* most bytes, so that sums fit 32 bits */

/* What is to be written. */
typedef struct {
    const room_log_entry *entry;
    const room_log_target *target; /* of an event; NULL: it changes nothing */
    room_record head; /* `size`, `seq` and `check` come when it is placed */
    size_t id_size;   /* of the id's text, between the entry's two parts */
    char id_text[ROOM_ID_TEXT];
} room_append;

/* Finds pages for it and stores it, with the room's lock held and `extent`
 * loaded. ROOM_FULL: there will be pages, but not at once. ROOM_BUSY,
 * ROOM_TOO_BIG. */
room_status room_append_place(room_store *store, uint32_t room,
                              room_extent *extent, room_append *what);

/* After ROOM_FULL, with the lock given up: others took what was freed before we
 * could, and can make room at our cost meanwhile. False: that has gone on for
 * too long. `started` is 0 before the first call. */
bool room_append_again(int64_t *started);

/* Appends the body of a record of another segment, which had the head `from`
 * there, to a room of one that nobody else uses yet; its id comes after every
 * id of the room. Takes the room's lock. ROOM_GONE, ROOM_BUSY, ROOM_TOO_BIG. */
room_status room_append_moved(room_store *store, room_handle handle,
                              const void *body, const room_record *from,
                              int64_t mono_us);

#endif
