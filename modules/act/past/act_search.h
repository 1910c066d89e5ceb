/* act_search.h - the messages of a room that have some words: the answer to a
 * GET that searches. Called by httpd's workers; any thread that may take some
 * milliseconds.
 */
#ifndef CHATWS_ACT_SEARCH_H
#define CHATWS_ACT_SEARCH_H

#include "act/act_room.h"
#include "base/base_bytes.h"
#include "chat/filter/chat_search.h"
#include "room/log/room_id.h"

/* What one answer has at most. */
#define ACT_SEARCH_EVENTS 200

/* What one search looks through at most, in bytes of events. */
#define ACT_SEARCH_BYTES (4 * 1024 * 1024)

/* Appends a page (act_page.h) with the newest `limit` messages with ids below
 * `before` whose text, as it is told now, has all the words; oldest first. All
 * messages from the page's cursor up to `before` were looked through, those in
 * the archive too. "more": there are older ones, which are to be looked for
 * `before` that cursor: so much was found or looked through. A room that does
 * not exist is not made, and has none. Errors as in act_history.h. */
room_status act_search(room_store *store, const act_room_key *room,
                       const act_settings *settings, const chat_search *words,
                       const room_id *before, uint64_t limit,
                       base_bytes *json);

#endif
