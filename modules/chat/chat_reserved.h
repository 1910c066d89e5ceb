/* chat_reserved.h - names that a guest may not take because they belong to
 * those who run the site (ChatReservedNames). The words are kept as keys, so
 * that a list of them is a few numbers. Called by httpd/ when it reads the
 * configuration, and by act/ when a guest is renamed. Pure.
 */
#ifndef CHATWS_CHAT_RESERVED_H
#define CHATWS_CHAT_RESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest list of words. */
#define CHAT_RESERVED_MOST 32

/* The words that are reserved unless the site says otherwise. The Chinese ones
 * are administrator, system administrator, moderator, system and customer
 * service. */
#define CHAT_RESERVED_DEFAULT                                                  \
    "admin administrator mod moderator server staff support system webmaster " \
    "\xE7\xAE\xA1\xE7\x90\x86\xE5\x91\x98 "                                    \
    "\xE7\xB3\xBB\xE7\xBB\x9F\xE7\xAE\xA1\xE7\x90\x86\xE5\x91\x98 "            \
    "\xE7\x89\x88\xE4\xB8\xBB \xE7\xB3\xBB\xE7\xBB\x9F \xE5\xAE\xA2\xE6\x9C\x8D"

/* The key of a word, of valid UTF-8; 0: it has neither a letter nor a digit.
 * Words that differ in case, spaces, punctuation or accents, or look alike,
 * have the same key. */
uint64_t chat_reserved_key(const void *word, size_t size);

/* True when a name (valid UTF-8) is, or has as one of its words, a word whose
 * key is among `keys`; those that are 0 do not count. Compared are letters and
 * digits: with what looks like them (chat_skeleton), with the digits and signs
 * that stand for letters (adm1n, $ystem), without accents and without digits at
 * a word's end (admin2); also all words of the name as one (a.d.m.i.n). */
bool chat_reserved_name(const void *name, size_t size,
                        const uint64_t keys[CHAT_RESERVED_MOST]);

#endif
