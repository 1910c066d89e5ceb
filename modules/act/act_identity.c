/* act_identity.c - see act_identity.h. */
#include "act/act_identity.h"

static const base_hash_key *secret_of(const room_store *store)
{
    static const base_hash_key no_secret = { 0, 0 };

    return store ? room_store_secret(store) : &no_secret;
}

bool act_identity_guest(const room_store *store, act_identity_site site,
                        const char *key, size_t size, uint64_t *user)
{
    return chat_identity_guest(secret_of(store), site, key, size, user);
}

bool act_identity_verified(const room_store *store, act_identity_site site,
                           const char *id, size_t size, uint64_t *user)
{
    return chat_identity_verified(secret_of(store), site, id, size, user);
}

bool act_identity_named(const room_store *store, act_identity_site site,
                        const char *id, size_t size, uint64_t *user)
{
    return chat_identity_named(secret_of(store), site, id, size, user);
}
