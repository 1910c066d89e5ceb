/* chat_link.h - what counts as a link. Called by act/ for those who may send
 * none. Pure.
 */
#ifndef CHATWS_CHAT_LINK_H
#define CHATWS_CHAT_LINK_H

#include <stdbool.h>
#include <stddef.h>

/* True if valid UTF-8 has "://", "mailto:" or "www." followed by a letter or a
 * digit, after NFKC and case folding; the last two not in the middle of a word
 * ("awww.so nice"). */
bool chat_link_in(const void *text, size_t size);

#endif
