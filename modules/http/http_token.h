/* http_token.h - what a signed token says: a JSON Web Token (RFC 7519) in the
 * compact form of RFC 7515 7.1, by which a site names its user.
 *
 * Reads and judges everything but the signature, which httpd_signature has
 * checked. Each reason that is given back stands for the log: it has nothing of
 * the token in it. Used by httpd_token. Pure.
 */
#ifndef CHATWS_HTTP_TOKEN_H
#define CHATWS_HTTP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_field.h"

#define HTTP_TOKEN_BYTES 4096 /* the longest token */

/* Our clock may be so much behind that of who made the token. */
#define HTTP_TOKEN_EARLY_S 60

/* RFC 7518 3.1. */
typedef enum {
    HTTP_TOKEN_HS256,
    HTTP_TOKEN_RS256,
    HTTP_TOKEN_ES256
} http_token_alg;

typedef enum {
    HTTP_TOKEN_ROLE_NONE, /* it says nothing of that */
    HTTP_TOKEN_ROLE_READER,
    HTTP_TOKEN_ROLE_SPEAKER,
    HTTP_TOKEN_ROLE_MODERATOR
} http_token_role;

struct json_t;

/* The slices are valid UTF-8 without NUL and live as long as `claims`. */
typedef struct {
    struct json_t *claims;
    http_slice sub;  /* at least one byte; absent in claims that are refused
                        before it was seen */
    http_slice name; /* absent: there is none */
    double exp;      /* seconds since 1970 */
    double nbf;      /* likewise; 0: there is none */
    http_token_role role;
} http_token;

/* Reads the header of a token, which has three parts. NULL, or why it is none
 * or cannot be believed: its form or length, a member twice, `crit`, another
 * algorithm, or a `typ` that libjwt does not take. */
const char *http_token_head(http_slice text, http_token_alg *alg);

/* Reads the claims of a token whose header was read. NULL, or why not: their
 * form, a member twice, `sub` or `exp` missing, or one that we know is not of
 * its type. Either way the caller calls http_token_destroy. */
const char *http_token_read(http_slice text, http_token *token);

void http_token_destroy(http_token *token);

/* NULL, or why the token does not hold at `now`, in seconds since 1970. At exp
 * it has ended. */
const char *http_token_when(const http_token *token, double now);

/* NULL, or why it is for somebody else (RFC 7519 4.1.3). `audience` NULL: we
 * have no name, so that one with `aud` is not for us. */
const char *http_token_whom(const http_token *token, const char *audience);

/* Whether its `rooms`, if it has any, name the path, which is decoded. */
bool http_token_where(const http_token *token, http_slice path);

#endif
