/* httpd_key.c - the keys that sign tokens; see httpd_key.h. */
#include "httpd/config/httpd_key.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_secret.h"

#ifdef HAVE_LIBJWT
#include <jwt.h>
#endif

#define FILE_MOST 65536
#define RSA_BITS_LEAST 2048

/* What a file of which kind begins with. */
#define PEM "-----BEGIN "
#define PUBLIC_KEY PEM "PUBLIC KEY-----"

#define TO_PUBLIC "make the public one of it with openssl pkey -pubout"

#ifndef HAVE_LIBJWT

bool httpd_key_parse(httpd_arguments *given)
{
    if (given->cmd && strcasecmp(given->line, "none") != 0) {
        given->why = "this mod_chatws was built without libjwt: install the "
                     "Debian package libjwt-dev and build it again, without "
                     "--without-libjwt";
    }
    return !given->why;
}

bool httpd_key_signed(const apr_array_header_t *keys, http_token_alg alg,
                      const char *token)
{
    (void)keys;
    (void)alg;
    (void)token;
    return false;
}

#else

static bool read_file(httpd_arguments *given, const char *path, httpd_key *key)
{
    char *data = apr_palloc(given->pool, FILE_MOST + 1);
    size_t size;

    if (!httpd_secret_read(given, path, data, FILE_MOST + 1, &size)) {
        return false;
    }
    key->data = data;
    key->size = (int)size;
    return true;
}

static bool is_p256(EVP_PKEY *key)
{
    char name[32];
    size_t size;

    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
           && EVP_PKEY_get_group_name(key, name, sizeof(name), &size) == 1
           && OBJ_txt2nid(name) == NID_X9_62_prime256v1;
}

/* NULL, or why it is none of the two that there is an algorithm for. */
static const char *find_alg(EVP_PKEY *pkey, http_token_alg *alg)
{
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA
        && EVP_PKEY_get_bits(pkey) >= RSA_BITS_LEAST) {
        *alg = HTTP_TOKEN_RS256;
        return NULL;
    }
    if (is_p256(pkey)) {
        *alg = HTTP_TOKEN_ES256;
        return NULL;
    }
    return "has a key of another kind: RS256 takes RSA of at least 2048 bits, "
           "ES256 the curve P-256";
}

static bool has(const httpd_key *key, const char *text)
{
    return memmem(key->data, (size_t)key->size, text, strlen(text)) != NULL;
}

/* NULL, or why the PEM is no public key that we can use. */
static const char *read_public(httpd_key *key)
{
    EVP_PKEY *pkey = NULL;
    BIO *bio;
    const char *why = "has no key that OpenSSL understands";

    if (has(key, "PRIVATE KEY")) {
        return "has a private key, which nobody needs here: " TO_PUBLIC;
    }
    if (has(key, "CERTIFICATE")) {
        return "has a certificate: make a key of it with openssl x509 -pubkey "
               "-noout";
    }
    if (!has(key, PUBLIC_KEY)) {
        return "is no PUBLIC KEY: " TO_PUBLIC;
    }
    bio = BIO_new_mem_buf(key->data, key->size);
    if (bio) {
        pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    }
    if (pkey) {
        why = find_alg(pkey, &key->alg);
    }
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    ERR_clear_error(); /* mod_ssl would take what is left for its own */
    return why;
}

/* What made a line of the secret is no part of it. */
static const char *read_secret(httpd_key *key)
{
    key->alg = HTTP_TOKEN_HS256;
    if (key->size > 0 && key->data[key->size - 1] == '\n') {
        key->size--;
        if (key->size > 0 && key->data[key->size - 1] == '\r') {
            key->size--;
        }
    }
    /* Known to everybody, it would sign whatever anybody likes. */
    if (has(key, "ssh-") || has(key, "ecdsa-sha2-")) {
        return "has a key of ssh, which is no secret: make one with openssl "
               "rand -hex 32";
    }
    return key->size < HTTPD_KEY_LEAST
               ? "is too short for a secret, which has at least 32 bytes: make "
                 "one with openssl rand -hex 32"
               : NULL;
}

/* A public key must never become a secret (RFC 8725 2.1): whatever looks like
 * PEM is one or nothing. */
static bool add_file(httpd_arguments *given, const char *word,
                     apr_array_header_t *keys)
{
    const char *path = ap_server_root_relative(given->pool, word);
    httpd_key key;
    const char *why;

    if (!path || !read_file(given, path, &key)) {
        return false;
    }
    why = has(&key, PEM) ? read_public(&key) : read_secret(&key);
    if (why) {
        given->why = apr_psprintf(given->pool, "%s %s", path, why);
        return false;
    }
    APR_ARRAY_PUSH(keys, httpd_key) = key;
    return true;
}

bool httpd_key_parse(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    const char *rest = given->line;
    const char *word = ap_getword_conf(given->pool, &rest);

    if (!*word || *rest) {
        return false;
    }
    if (!given->cmd) {
        return true; /* the default: no keys */
    }
    if (!dir->token_keys) {
        dir->token_keys = apr_array_make(given->pool, 1, sizeof(httpd_key));
    }
    return strcasecmp(word, "none") == 0
           || add_file(given, word, dir->token_keys);
}

static const jwt_alg_t algs[] = {
    [HTTP_TOKEN_HS256] = JWT_ALG_HS256,
    [HTTP_TOKEN_RS256] = JWT_ALG_RS256,
    [HTTP_TOKEN_ES256] = JWT_ALG_ES256,
};

/* libjwt takes the algorithm from the token; http_token_head has seen that it
 * is that of the key. */
static bool has_signed(const httpd_key *key, const char *token)
{
    jwt_t *jwt = NULL;
    bool good = jwt_decode(&jwt, token, (const unsigned char *)key->data,
                           key->size) == 0
                && jwt && jwt_get_alg(jwt) == algs[key->alg];

    if (jwt) {
        jwt_free(jwt);
    }
    ERR_clear_error();
    return good;
}

bool httpd_key_signed(const apr_array_header_t *keys, http_token_alg alg,
                      const char *token)
{
    for (int i = 0; keys && i < keys->nelts; i++) {
        const httpd_key *key = &APR_ARRAY_IDX(keys, i, httpd_key);

        if (key->alg == alg && has_signed(key, token)) {
            return true;
        }
    }
    return false;
}

#endif
