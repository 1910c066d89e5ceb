/* act_page.h - a piece of a room's messages as one JSON object: the answer to
 * a poll and to a GET for history.
 *
 * {"cursor":...,"gap":false,"events":[MESSAGE,...]}, perhaps with "more":true.
 * `cursor` is the position behind the last event. A room that does not exist
 * is not made: it has no events, and the cursor is the position of now, which
 * is exact once the room is made. What `settings` says of the history counts
 * from now on, as for whoever enters. Called by httpd's workers
 * and by the loop thread; any thread. False: the room could not be read now,
 * and nothing was appended.
 */
#ifndef CHATWS_ACT_PAGE_H
#define CHATWS_ACT_PAGE_H

#include "act/act_room.h"
#include "base/base_bytes.h"
#include "room/log/room_id.h"

/* Where a stream of a room begins. */
typedef struct {
    bool given;       /* a cursor came with the request */
    bool unusable;    /* it was malformed where that counts as too old */
    room_id after;    /* the cursor */
    uint64_t history; /* without a cursor: at most so many; UINT64_MAX: all */
} act_start;

/* What one page has at most: so many events, or so many bytes of them (but one
 * event). */
#define ACT_PAGE_EVENTS 1000
#define ACT_PAGE_BYTES (256 * 1024)

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
