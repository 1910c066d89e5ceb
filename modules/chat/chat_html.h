/* chat_html.h - messages as HTML, for a reader without scripts. Called by
 * httpd/. Pure.
 */
#ifndef CHATWS_CHAT_HTML_H
#define CHATWS_CHAT_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"

/* Appends UTF-8 so that it is text in HTML, also inside of quotes. */
void chat_html_text(base_bytes *out, const void *text, size_t size);

/* Appends one <li> for each message of a poll's answer (chat_event_poll_head):
 * name, for a guest or a moderator that it is one, time in UTC, whether it was
 * edited, and the text or that it was deleted, each its own direction, nothing
 * of them markup.
 * False when `page` is no such answer; a message that lacks something is left
 * out. */
bool chat_html_messages(base_bytes *out, const void *page, size_t size);

#endif
