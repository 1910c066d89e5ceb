/* act_identity.h - the hash that stands for somebody within a site.
 *
 * Used by httpd for who asks and by act for whom a command names; any thread.
 * A keyed hash under the segment's secret (room_store_secret): who sees the ids
 * of two sites can neither find a guest's key nor tell that both have the same
 * guest. It is the same in all children and over a graceful restart. `store`
 * may be NULL: then there are no rooms, and nothing that it would be good for.
 */
#ifndef CHATWS_ACT_IDENTITY_H
#define CHATWS_ACT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/chat_identity.h"
#include "room/segment/room_store.h"

typedef chat_identity_site act_identity_site;

/* A guest with this key. False only when OpenSSL fails, here and below. */
bool act_identity_guest(const room_store *store, act_identity_site site,
                        const char *key, size_t size, uint64_t *user);

/* Whom the site knows by this id. Never a guest's hash. */
bool act_identity_verified(const room_store *store, act_identity_site site,
                           const char *id, size_t size, uint64_t *user);

/* Whose PERSON has this id: "u-" and 1 to CHAT_NAME_BYTES bytes, or "g-" and 16
 * lower-case hex digits; whether there ever was such a person is not asked.
 * False when it is neither. */
bool act_identity_named(const room_store *store, act_identity_site site,
                        const char *id, size_t size, uint64_t *user);

#endif
