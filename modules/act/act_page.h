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

/* Fills in the newest `limit` (ACT_PAGE_EVENTS at most) messages with ids below
 * `before` likewise; of more than page->most bytes the oldest are left out,
 * which page->more tells. ROOM_GONE: the room, or what was about to be read, is
 * not there any more. */
room_status act_page_older(room_store *store, room_handle room,
                           const room_id *before, uint64_t limit,
                           act_page *page);

/* Appends the page as JSON. */
void act_page_write(const act_page *page, base_bytes *json);

/* For the two below: a room that does not exist is not made. It has no events,
 * and the cursor is the position of now, which is exact once the room is made.
 * What `settings` says of the history counts from now on, as for whoever
 * enters. False: the room could not be read now, and nothing was appended. */

/* Appends what comes after the cursor, or with none what is kept (at most
 * start->history), with "more":true when the page does not have all of it: the
 * rest comes after its cursor. `gap` is true when something after the cursor
 * may be missing: everything kept follows then; in a room that does not exist
 * that is so for positions of before it was forgotten, but for 0-0. `*any`:
 * there is an event or a gap, so that it makes sense to answer a held poll. */
bool act_page_after(room_store *store, const act_room_key *room,
                    const act_settings *settings, const act_start *start,
                    base_bytes *json, bool *any);

/* Appends the newest `limit` (ACT_PAGE_EVENTS at most) messages with ids below
 * `before`, oldest first, with "more":true when still older ones are kept. The
 * cursor of an empty page is the position in front of all that is kept. */
bool act_page_before(room_store *store, const act_room_key *room,
                     const act_settings *settings, const room_id *before,
                     uint64_t limit, base_bytes *json);

#endif
