/* httpd_token.c - who asks, by a token; see httpd_token.h. */
#include "httpd/gate/httpd_token.h"

#include <string.h>

#include <apr_strings.h>

#include "base/base_clock.h"
#include "chat/chat_name.h"
#include "http/http_accept.h"
#include "http/http_bearer.h"
#include "http/http_cookie.h"
#include "httpd/config/httpd_key.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/httpd_log.h"
#include "ws/ws_handshake.h"

/* A browser has one for each path; more are somebody's play, who does not pay
 * for what libjwt costs with a public key: half a millisecond each. */
#define COOKIES_MOST 3

#define LONGEST_S (100 * 365 * 86400.0)

/* One request's token on its way. */
typedef struct {
    request_rec *r;
    const httpd_dir_config *config;
    const httpd_room *room;
    httpd_token *token;
    httpd_refusal *why;
} asking;

/* What a text turned out to be. */
typedef struct {
    bool is_signed;     /* by one of our keys */
    bool elsewhere;     /* a good one, but not for this room */
    const char *reason; /* why it does not count; NULL: it does */
    const char *sub;    /* of a signed one, for the log; or NULL */
} verdict;

static const char *copy(apr_pool_t *pool, http_slice text)
{
    return text.data ? apr_pstrmemdup(pool, text.data, text.size) : NULL;
}

static bool is_shown(http_slice text)
{
    return chat_name_shown(text.data, text.size);
}

/* NULL, or why the claims, which are well formed, are not for now and here. */
static const char *judge_claims(const asking *now, const http_token *claims)
{
    double seconds = (double)apr_time_now() / APR_USEC_PER_SEC;
    const char *why = http_token_when(claims, seconds);

    if (!why) {
        why = http_token_whom(claims, now->config->token_audience);
    }
    if (!why && !is_shown(claims->sub)) {
        why = "its sub cannot be shown: at most 128 bytes, something to see, "
              "no control characters";
    }
    if (!why && claims->name.data && !is_shown(claims->name)) {
        why = "its name cannot be shown: at most 128 bytes, something to see, "
              "no control characters";
    }
    return why;
}

static bool is_for(const httpd_room *room, const http_token *claims)
{
    return room->slash
           || http_token_where(claims,
                               http_field_of(strchr(room->key.key, '\n') + 1));
}

/* Its end on the clock that nobody sets. */
static int64_t end_of(const http_token *claims)
{
    double left = claims->exp - (double)apr_time_now() / APR_USEC_PER_SEC;

    left = left < LONGEST_S ? left : LONGEST_S;
    left = left > 0 ? left : 0;
    return base_clock_mono() + (int64_t)(left * APR_USEC_PER_SEC);
}

static void take(const asking *now, const http_token *claims)
{
    httpd_token *token = now->token;

    token->id = copy(now->r->pool, claims->sub);
    token->name = claims->name.data ? copy(now->r->pool, claims->name)
                                    : token->id;
    token->role = claims->role;
    token->until_us = end_of(claims);
}

/* The claims first, then the signature: so libjwt never sees what it would not
 * look at closely enough. */
static verdict judge(const asking *now, http_slice text)
{
    verdict is = { .is_signed = false };
    const apr_array_header_t *keys = now->config->token_keys;
    http_token claims = { .claims = NULL };
    http_token_alg alg;

    is.reason = http_token_head(text, &alg);
    if (is.reason) {
        return is;
    }
    is.reason = http_token_read(text, &claims);
    is.is_signed = httpd_key_signed(keys, alg, copy(now->r->pool, text));
    if (is.is_signed) {
        is.sub = copy(now->r->pool, claims.sub);
    }
    else {
        is.reason = "no key of ChatTokenKey has signed it (reload httpd after "
                    "a change of a key)";
    }
    if (!is.reason) {
        is.reason = judge_claims(now, &claims);
    }
    if (!is.reason && !is_for(now->room, &claims)) {
        is.reason = "its rooms are others";
        is.elsewhere = true;
    }
    if (!is.reason) {
        take(now, &claims);
    }
    http_token_destroy(&claims);
    return is;
}

/* Never a byte of the token but its sub, and that of none but ours. */
static void tell(const asking *now, const char *id, const char *what,
                 const verdict *is)
{
    apr_pool_t *pool = now->r->pool;

    httpd_log_reason(now->r, id, is->reason, "%s%s%s%s: %s", what,
                     is->sub ? " of \"" : "",
                     is->sub ? ap_escape_logitem(pool, is->sub) : "",
                     is->sub ? "\"" : "", is->reason);
}

static httpd_token_result refuse(const asking *now, const verdict *is)
{
    request_rec *r = now->r;

    if (is->elsewhere) {
        *now->why = (httpd_refusal){
            .error = CHAT_FORBIDDEN,
            .sentence = "Your token is for other rooms." };
        return HTTPD_TOKEN_REFUSED;
    }
    tell(now, "CW0644", "refused the token", is);
    *now->why = (httpd_refusal){ .error = CHAT_BAD_TOKEN };
    /* A WebSocket that is refused is charged for in any case. */
    if (!ws_handshake_asked(apr_table_get(r->headers_in, "Upgrade"))) {
        httpd_address_charge(r, now->config, now->why);
    }
    return HTTPD_TOKEN_REFUSED;
}

/* A token that somebody has put there for us. */
static httpd_token_result find_bearer(const asking *now,
                                      http_bearer_result found,
                                      http_slice text)
{
    verdict is = { .reason = "there is more than one, or none behind its name",
                   .is_signed = false };

    if (found == HTTP_BEARER_FOUND) {
        is = judge(now, text);
    }
    return is.reason ? refuse(now, &is) : HTTPD_TOKEN_GOOD;
}

/* True when who comes as somebody else by that could do harm: what waits to be
 * confirmed would be said again, by another. HEAD asks for what a WebSocket
 * cannot tell a page. */
static bool is_told(request_rec *r)
{
    return r->method_number != M_GET
           || ws_handshake_asked(apr_table_get(r->headers_in, "Upgrade"))
           || httpd_field_asked(r, "after") || httpd_field_asked(r, "before")
           || http_accept_events(httpd_field_in(r, "Accept"))
           || (r->header_only
               && !http_accept_html(httpd_field_in(r, "Accept")));
}

/* One that was taken away by setting it to nothing is none. */
static bool is_there(http_slice text)
{
    return text.size > 0;
}

/* Of several the first good one, else the first that we have signed. */
static verdict choose_cookie(const asking *now)
{
    verdict best = { .is_signed = false };
    http_slice cookies[COOKIES_MOST];
    size_t count = http_cookie_all(httpd_field_in(now->r, "Cookie"),
                                   HTTPD_TOKEN_COOKIE, is_there, cookies,
                                   COOKIES_MOST);

    for (size_t i = 0; i < count; i++) {
        verdict is = judge(now, cookies[i]);

        if (!is.reason) {
            return is;
        }
        if (!best.reason || (is.is_signed && !best.is_signed)) {
            best = is;
        }
    }
    return best;
}

static httpd_token_result find_cookie(const asking *now)
{
    verdict is = choose_cookie(now);

    if (!is.reason) {
        return now->token->id ? HTTPD_TOKEN_GOOD : HTTPD_TOKEN_NONE;
    }
    if (is.elsewhere || (is.is_signed && is_told(now->r))) {
        return refuse(now, &is);
    }
    tell(now, "CW0645", "left out the cookie " HTTPD_TOKEN_COOKIE, &is);
    return HTTPD_TOKEN_NONE;
}

httpd_token_result httpd_token_find(request_rec *r,
                                    const httpd_dir_config *config,
                                    const httpd_room *room,
                                    const char *protocols, bool cookies,
                                    httpd_token *token, httpd_refusal *why)
{
    const asking now = { r, config, room, token, why };
    http_slice text = { NULL, 0 };
    http_bearer_result found;

    memset(token, 0, sizeof(*token));
    if (!config->token_keys || config->token_keys->nelts == 0) {
        return HTTPD_TOKEN_NONE;
    }
    found = http_bearer_read_field(httpd_field_in(r, "Authorization"), &text);
    if (found == HTTP_BEARER_NONE) {
        found = http_bearer_read_protocols(http_field_of(protocols), &text);
    }
    if (found != HTTP_BEARER_NONE) {
        return find_bearer(&now, found, text);
    }
    return cookies ? find_cookie(&now) : HTTPD_TOKEN_NONE;
}
