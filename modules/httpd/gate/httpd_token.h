/* httpd_token.h - who asks, by a token that the site has signed.
 *
 * A token comes as a Bearer credential, as a subprotocol, or as a cookie; the
 * first of these places that has one decides. It is a secret like a password:
 * it is never logged and never sent back. Used by httpd_person, and nowhere
 * else: pages' files and OPTIONS need to know nobody. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_TOKEN_H
#define CHATWS_HTTPD_TOKEN_H

#include <stdint.h>

#include <httpd.h>

#include "http/http_token.h"
#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_answer.h"

#define HTTPD_TOKEN_COOKIE "chatws_token"

/* All texts are in the request's pool and can be shown. */
typedef struct {
    const char *id;
    const char *name; /* the id, if the token gives none */
    http_token_role role;
    int64_t until_us; /* base_clock_mono: when it has ended */
} httpd_token;

typedef enum {
    HTTPD_TOKEN_NONE,
    HTTPD_TOKEN_GOOD,
    HTTPD_TOKEN_REFUSED
} httpd_token_result;

/* Looks for a token, if the location has a key. Refused, with `why` filled in
 * and a line in the log: a bad one (401), or a good one for other rooms (403);
 * a room that ends in a slash is none. A cookie that no key has signed is left
 * out, and so is one that is signed but bad where nothing can be lost by that:
 * when it is the page that is asked for, or who is there, or a first poll.
 * `protocols`: those that a WebSocket offers, or NULL. `cookies`: false when
 * those that come with the request do not count. */
httpd_token_result httpd_token_find(request_rec *r,
                                    const httpd_dir_config *config,
                                    const httpd_room *room,
                                    const char *protocols, bool cookies,
                                    httpd_token *token, httpd_refusal *why);

#endif
