/* httpd_person.c - who asks; see httpd_person.h. */
#include "httpd/httpd_person.h"

#include <string.h>

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "chat/chat_name.h"
#include "httpd/httpd_log.h"

#define KEY_SIZE 32 /* hex digits: 128 bits */

/* The beginning of SHA-256 over the kind, a NUL, and the name or key: users
 * and guests never share a hash, and the key cannot be found from it. */
static bool hash(const char *kind, const char *text, uint64_t *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL)
                && EVP_DigestUpdate(context, kind, strlen(kind) + 1)
                && EVP_DigestUpdate(context, text, strlen(text))
                && EVP_DigestFinal_ex(context, digest, NULL);

    EVP_MD_CTX_free(context);
    *out = 0;
    for (int i = 0; done && i < 8; i++) {
        *out = *out << 8 | digest[i];
    }
    return done;
}

static bool is_key(const char *text, size_t size)
{
    return size == KEY_SIZE && strspn(text, "0123456789abcdef") >= KEY_SIZE;
}

/* The value of our cookie among others, or NULL. */
static const char *key_of_cookie(request_rec *r)
{
    const char *at = apr_table_get(r->headers_in, "Cookie");
    size_t name = strlen(HTTPD_PERSON_COOKIE);

    while (at && *at) {
        size_t size;

        at += strspn(at, " \t;,");
        size = strcspn(at, ";, \t");
        if (size > name && strncmp(at, HTTPD_PERSON_COOKIE "=", name + 1) == 0
            && is_key(at + name + 1, size - name - 1)) {
            return apr_pstrmemdup(r->pool, at + name + 1, KEY_SIZE);
        }
        at += size;
    }
    return NULL;
}

/* The key that the request brings; of several the most deliberate one. */
static const char *key_of_request(request_rec *r, const char *offered)
{
    const char *header = apr_table_get(r->headers_in, HTTPD_PERSON_HEADER);

    if (header && is_key(header, strlen(header))) {
        return header;
    }
    if (offered && is_key(offered, strlen(offered))) {
        return offered;
    }
    return key_of_cookie(r);
}

static const char *new_key(request_rec *r)
{
    unsigned char bits[KEY_SIZE / 2];
    char *key = apr_palloc(r->pool, KEY_SIZE + 1);

    if (RAND_bytes(bits, (int)sizeof(bits)) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(bits); i++) {
        apr_snprintf(key + 2 * i, 3, "%02x", bits[i]);
    }
    return key;
}

static bool find_guest(request_rec *r, const char *offered,
                       httpd_person *person)
{
    const char *key = key_of_request(r, offered);

    if (!key) {
        bool tls = strcmp(ap_http_scheme(r), "https") == 0;

        key = new_key(r);
        if (!key) {
            return false;
        }
        person->cookie = apr_pstrcat(
            r->pool, HTTPD_PERSON_COOKIE "=", key,
            "; Path=/; HttpOnly; SameSite=Lax", tls ? "; Secure" : "", NULL);
    }
    person->who.guest = true; /* the room gives a name that is free in it */
    return hash("guest", key, &person->who.user);
}

/* The verified name; empty for a guest, NULL when ChatUser's expression
 * fails: then nobody can be told from anybody. */
static const char *verified_name(request_rec *r,
                                 const httpd_dir_config *config)
{
    const char *error = NULL;
    const char *name = r->user;

    if (config->user) {
        name = ap_expr_str_exec(r, config->user, &error);
    }
    if (error) {
        httpd_log_limited(r, APLOG_ERR, 0, "CW0611",
                          "cannot evaluate ChatUser: %s", error);
        return NULL;
    }
    return name ? name : "";
}

static bool find_user(request_rec *r, const char *name, httpd_person *person,
                      httpd_refusal *why)
{
    if (!chat_name_verified(name, strlen(name))) {
        httpd_log_limited(r, APLOG_WARNING, 0, "CW0612",
                          "the verified name \"%s\" is no UTF-8 of 1 to %d "
                          "bytes without control characters; see ChatUser",
                          ap_escape_logitem(r->pool, name), CHAT_NAME_BYTES);
        *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                                .sentence = "Your user name cannot be shown "
                                            "in a chat." };
        return false;
    }
    chat_person_set_name(&person->who, name, strlen(name));
    return hash("user", name, &person->who.user);
}

bool httpd_person_find(request_rec *r, const httpd_dir_config *config,
                       const char *offered, httpd_person *person,
                       httpd_refusal *why)
{
    const char *name = verified_name(r, config);

    memset(person, 0, sizeof(*person));
    *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                            .status = HTTP_INTERNAL_SERVER_ERROR,
                            .sentence = "The server cannot tell who you are; "
                                        "its error log says more." };
    if (!name) {
        return false;
    }
    if (*name) {
        return find_user(r, name, person, why);
    }
    if (config->guests == HTTPD_GUESTS_OFF) {
        *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                                .sentence = "Guests may not enter here: log "
                                            "in first." };
        return false;
    }
    return find_guest(r, offered, person);
}

void httpd_person_remember(request_rec *r, const httpd_person *person)
{
    if (person->cookie) {
        apr_table_addn(r->err_headers_out, "Set-Cookie", person->cookie);
    }
}
