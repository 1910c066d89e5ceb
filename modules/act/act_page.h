/* act_page.h - a piece of a room's messages as one JSON object: the answer to
 * a poll, held or not, and to a GET for history.
 *
 * {"cursor":...,"gap":false,"events":[MESSAGE,...]}, perhaps with "more":true.
 * `cursor` is the position behind the last event. No page has a hole: what is
 * missing, which `gap` tells, is missing in front of the first event. Called by
 * httpd's workers and by the loop thread; any thread.
 */
#ifndef CHATWS_ACT_PAGE_H
#define CHATWS_ACT_PAGE_H

#include "act/act_room.h"
#include "act/act_start.h"
#include "base/base_bytes.h"

/* What one page has at most: so many events, or so many bytes of them (but one
 * event). */
#define ACT_PAGE_EVENTS 1000
#define ACT_PAGE_BYTES (256 * 1024)

typedef struct {
    base_bytes events; /* a comma behind each */
    size_t count;      /* of events */
    uint64_t from;     /* the number of the message that it begins with; 0:
                          nothing was read */
    uint64_t next;     /* the number behind the last event */
    room_id first;     /* of the first event, if there is one */
    room_id last;      /* the cursor */
    size_t most;       /* bytes of events (but one event) */
    bool gap;
    bool more;
    bool messages_only; /* events are left out */
} act_page;

/* For who reads a room already: fills in what there is from the message number
 * `from` on, page->most bytes at most. It replaces what `page` (all zero, or
 * filled in before) has. False: the room could not be read now. The caller
 * frees page->events. */
bool act_page_from(room_store *store, room_handle room, uint64_t from,
                   act_page *page);

/* Fills in what comes after the start likewise: from page->from on, with a gap
 * if something in front of that is missing. */
room_status act_page_newer(room_store *store, room_handle room,
                           const act_start *start, act_page *page);

/* Fills in the newest `limit` (ACT_PAGE_EVENTS at most) messages with ids below
 * `before`; of more than page->most bytes the oldest are left out. page->more
 * tells that the room keeps older ones; else it keeps no message in front of
 * page->from. ROOM_GONE, of both: the room, or what was about to be read, is
 * not there any more. */
room_status act_page_older(room_store *store, room_handle room,
                           const room_id *before, uint64_t limit,
                           act_page *page);

/* Appends the page as JSON. */
void act_page_write(const act_page *page, base_bytes *json);

#endif
