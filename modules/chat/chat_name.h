/* chat_name.h - what a guest may be called, and when two names are the same.
 * Called by chat_command on a name command and by act/ when somebody enters.
 * Pure; the Unicode tables are utf8proc's.
 */
#ifndef CHATWS_CHAT_NAME_H
#define CHATWS_CHAT_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"
#include "chat/chat_error.h"

/* The longest name that a guest may choose, in code points after NFC. */
#define CHAT_NAME_POINTS 32

/* Checks a name that a guest chose; `name` is valid UTF-8. CHAT_OK: the name
 * in NFC (at most CHAT_NAME_BYTES bytes) was appended to `normal`. Else
 * CHAT_BAD_NAME, and nothing was appended. Refused is a name
 * - of 0 or more than CHAT_NAME_POINTS code points;
 * - with a control, format (bidi, zero width, tag), private, unassigned or
 *   line-separating character, or any other invisible one;
 * - with a space at its ends or two in a row;
 * - without a letter, a digit or a symbol such as an emoji;
 * - with more than two stacked marks on one letter;
 * - that begins like a default name, "guest-" and four hex digits, in any
 *   case, width or kind of dash, or so that it looks like one. */
chat_error chat_name_check(const void *name, size_t size, base_bytes *normal);

/* True when a name that httpd verified can be shown: valid UTF-8 of 1 to
 * CHAT_NAME_BYTES bytes, no control and no line-separating character. `name`
 * may be any bytes. */
bool chat_name_verified(const void *name, size_t size);

/* True when such a name is also something to see, and turns nothing around that
 * stands beside it: what a site lets its users choose. */
bool chat_name_shown(const void *name, size_t size);

/* Appends the key of a name: NFKC, case folded, without invisible characters.
 * Names with the same key are the same name in a room, and so are names with
 * the same skeleton (chat_skeleton.h). `name` is valid UTF-8; the key can be up
 * to 11 times as long. */
void chat_name_key(const void *name, size_t size, base_bytes *key);

#endif
