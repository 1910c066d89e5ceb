/* chat_text.h - what a message's text may be, and how text gets into JSON.
 * Called by chat_command, chat_event and chat_person. Pure.
 */
#ifndef CHATWS_CHAT_TEXT_H
#define CHATWS_CHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"
#include "chat/chat_error.h"

/* Turns every CR LF of `text`, which must be valid UTF-8, into LF in place;
 * then applies the rules in this order:
 * CHAT_TOO_LONG  more than `limit` bytes;
 * CHAT_BAD_TEXT  a control character: C0 but TAB and LF (so a CR without LF
 *                too), U+007F, C1;
 * CHAT_EMPTY     nothing that can be seen: no bytes, or only white space (TAB,
 *                LF, the categories Zs, Zl, Zp), characters that show nothing
 *                (chat_invisible_point) and marks without a letter.
 * Nothing is trimmed or cut. */
chat_error chat_text_check(base_bytes *text, size_t limit);

/* True when valid UTF-8 has a control character: C0, U+007F or C1. */
bool chat_text_has_control(const void *text, size_t size);

/* Appends valid UTF-8 as a JSON string with its quotes. Quote, backslash,
 * control characters, '<', '>', '&', U+2028 and U+2029 become \uXXXX (TAB and
 * LF the shorter \t and \n), so that the result is one line and no markup in
 * any context; every other character stays as it is. */
void chat_text_quote(base_bytes *out, const void *text, size_t size);

#endif
