/* chat_identity.h - the hash that stands for somebody within a site.
 *
 * A keyed hash: who sees the ids of two sites can neither find a guest's key
 * nor tell that both have the same guest. The key is the rooms' secret, which
 * the archive keeps with them. Pure.
 */
#ifndef CHATWS_CHAT_IDENTITY_H
#define CHATWS_CHAT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_hash.h"

/* The part of a room's key in front of the line feed: a name belongs to the
 * site whose login it is. */
typedef struct {
    const char *name;
    size_t size;
} chat_identity_site;

/* The site of the room with this key, "site\n/path". */
chat_identity_site chat_identity_site_of(const char *key, size_t size);

/* A guest with this key. False only when OpenSSL fails, here and below. */
bool chat_identity_guest(const base_hash_key *secret, chat_identity_site site,
                         const char *key, size_t size, uint64_t *user);

/* Whom the site knows by this id. Never a guest's hash. */
bool chat_identity_verified(const base_hash_key *secret,
                            chat_identity_site site, const char *id,
                            size_t size, uint64_t *user);

/* Whose PERSON has this id: "u-" and 1 to CHAT_NAME_BYTES bytes, or "g-" and 16
 * lower-case hex digits; whether there ever was such a person is not asked.
 * False when it is neither. */
bool chat_identity_named(const base_hash_key *secret, chat_identity_site site,
                         const char *id, size_t size, uint64_t *user);

#endif
