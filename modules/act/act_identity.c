/* act_identity.c - see act_identity.h. */
#include "act/act_identity.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base_bytes.h"
#include "chat/chat_name.h"

#define HEX_DIGITS 16

/* Set in the hash of a user and in no guest's, so that they never meet. Not
 * among the bits that tables look at first, nor among those of a guest's
 * name. */
#define USER_BIT (UINT64_C(1) << 31)

/* The beginning of HMAC-SHA-256. */
static bool hash(const room_store *store, act_identity_site site,
                 const char *kind, const char *text, size_t size,
                 uint64_t *out)
{
    static const base_hash_key no_secret = { 0, 0 };
    const base_hash_key *secret = store ? room_store_secret(store)
                                        : &no_secret;
    base_bytes whole = BASE_BYTES_INIT;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size;
    bool made;

    base_bytes_append_text(&whole, kind);
    base_bytes_append(&whole, site.name, site.size);
    base_bytes_append_text(&whole, "\n");
    base_bytes_append(&whole, text, size);
    made = HMAC(EVP_sha256(), secret, (int)sizeof(*secret), whole.data,
                whole.len, digest, &digest_size)
           != NULL;
    base_bytes_free(&whole);
    *out = 0;
    for (int i = 0; i < 8 && made; i++) {
        *out = *out << 8 | digest[i];
    }
    return made;
}

bool act_identity_guest(const room_store *store, act_identity_site site,
                        const char *key, size_t size, uint64_t *user)
{
    bool made = hash(store, site, "guest:", key, size, user);

    *user &= ~USER_BIT;
    return made;
}

bool act_identity_verified(const room_store *store, act_identity_site site,
                           const char *id, size_t size, uint64_t *user)
{
    bool made = hash(store, site, "user:", id, size, user);

    *user |= USER_BIT;
    return made;
}

/* The hash of a guest is its id. */
static bool read_guest(const char *digits, size_t size, uint64_t *user)
{
    static const char hex[] = "0123456789abcdef";

    *user = 0;
    for (size_t i = 0; i < size; i++) {
        const char *digit = memchr(hex, digits[i], sizeof(hex) - 1);

        if (!digit) {
            return false;
        }
        *user = *user << 4 | (uint64_t)(digit - hex);
    }
    return size == HEX_DIGITS && (*user & USER_BIT) == 0;
}

bool act_identity_named(const room_store *store, act_identity_site site,
                        const char *id, size_t size, uint64_t *user)
{
    if (size < 2 || id[1] != '-') {
        return false;
    }
    if (id[0] == 'g') {
        return read_guest(id + 2, size - 2, user);
    }
    return id[0] == 'u' && chat_name_verified(id + 2, size - 2)
           && act_identity_verified(store, site, id + 2, size - 2, user);
}
