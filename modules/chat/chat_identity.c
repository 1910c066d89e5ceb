/* chat_identity.c - see chat_identity.h. */
#include "chat/chat_identity.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include "chat/chat_name.h"

#define HEX_DIGITS 16
#define BLOCK 64 /* bytes that SHA-256 takes at once */

/* Set in the hash of a user and in no guest's, so that they never meet. Not
 * among the bits that tables look at first, nor among those of a guest's
 * name. */
#define USER_BIT (UINT64_C(1) << 31)

/* SHA-256 at the point where the secret's two blocks (RFC 2104) have gone in:
 * each id goes on with a copy. libcrypto's HMAC() looks everything up by name
 * and begins anew at each call, which takes ten times as long. */
static struct {
    pthread_mutex_t lock;
    base_hash_key secret;
    EVP_MD_CTX *inner; /* NULL: of no secret yet */
    EVP_MD_CTX *outer;
    EVP_MD_CTX *now;
} keyed = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool begin(EVP_MD_CTX *context, const base_hash_key *secret,
                  unsigned char pad)
{
    unsigned char block[BLOCK] = { 0 };

    memcpy(block, secret, sizeof(*secret));
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= pad;
    }
    return EVP_DigestInit_ex(context, EVP_sha256(), NULL)
           && EVP_DigestUpdate(context, block, sizeof(block));
}

static bool is_keyed(const base_hash_key *secret)
{
    if (keyed.inner && memcmp(secret, &keyed.secret, sizeof(*secret)) == 0) {
        return true;
    }
    if (!keyed.now) {
        keyed.now = EVP_MD_CTX_new();
        keyed.outer = EVP_MD_CTX_new();
    }
    EVP_MD_CTX_free(keyed.inner);
    keyed.inner = EVP_MD_CTX_new();
    keyed.secret = *secret;
    if (keyed.now && keyed.outer && keyed.inner
        && begin(keyed.inner, secret, 0x36)
        && begin(keyed.outer, secret, 0x5c)) {
        return true;
    }
    EVP_MD_CTX_free(keyed.inner);
    keyed.inner = NULL;
    return false;
}

/* The beginning of HMAC-SHA-256. */
static bool hash(const base_hash_key *secret, chat_identity_site site,
                 const char *kind, const char *text, size_t size,
                 uint64_t *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size;
    bool made;

    pthread_mutex_lock(&keyed.lock);
    made = is_keyed(secret) && EVP_MD_CTX_copy_ex(keyed.now, keyed.inner)
           && EVP_DigestUpdate(keyed.now, kind, strlen(kind))
           && EVP_DigestUpdate(keyed.now, site.name, site.size)
           && EVP_DigestUpdate(keyed.now, "\n", 1)
           && EVP_DigestUpdate(keyed.now, text, size)
           && EVP_DigestFinal_ex(keyed.now, digest, &digest_size)
           && EVP_MD_CTX_copy_ex(keyed.now, keyed.outer)
           && EVP_DigestUpdate(keyed.now, digest, digest_size)
           && EVP_DigestFinal_ex(keyed.now, digest, &digest_size);
    pthread_mutex_unlock(&keyed.lock);
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
