/* archive_search.h - finds messages by their words. Called by act/ on httpd's
 * workers; may block.
 *
 * The newest messages of a room are looked through, older ones are found by the
 * database's index where it has one. Either is bounded in time: a page may end
 * early, with `more` and where to go on.
 */
#ifndef CHATWS_ARCHIVE_SEARCH_H
#define CHATWS_ARCHIVE_SEARCH_H

#include "archive/archive_page.h"
#include "chat/filter/chat_search.h"

/* The newest `limit` messages with ids below `before` whose text has every
 * word, as archive_page_before; `page->from` is where to go on, also when there
 * is none yet but `more`. */
archive_status archive_search_before(archive *a, const void *key,
                                     size_t key_size,
                                     const chat_search *search,
                                     const room_id *before, size_t limit,
                                     size_t bytes, archive_page *page);

#endif
