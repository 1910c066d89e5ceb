/* chat_identity.c - see chat_identity.h. */
#include "chat/chat_identity.h"

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
static bool hash(const base_hash_key *secret, chat_identity_site site,
                 const char *kind, const char *text, size_t size,
                 uint64_t *out)
{
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

chat_identity_site chat_identity_site_of(const char *key, size_t size)
{
    const char *end = size > 0 ? memchr(key, '\n', size) : NULL;

    return (chat_identity_site){ key, end ? (size_t)(end - key) : size };
}

bool chat_identity_guest(const base_hash_key *secret, chat_identity_site site,
                         const char *key, size_t size, uint64_t *user)
{
    bool made = hash(secret, site, "guest:", key, size, user);

    *user &= ~USER_BIT;
    return made;
}

bool chat_identity_verified(const base_hash_key *secret,
                            chat_identity_site site, const char *id,
                            size_t size, uint64_t *user)
{
    bool made = hash(secret, site, "user:", id, size, user);

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

bool chat_identity_named(const base_hash_key *secret, chat_identity_site site,
                         const char *id, size_t size, uint64_t *user)
{
    if (size < 2 || id[1] != '-') {
        return false;
    }
    if (id[0] == 'g') {
        return read_guest(id + 2, size - 2, user);
    }
    return id[0] == 'u' && chat_name_verified(id + 2, size - 2)
           && chat_identity_verified(secret, site, id + 2, size - 2, user);
}
