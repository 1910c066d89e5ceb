/* httpd_person.c - who asks; see httpd_person.h. */
#include "httpd/gate/httpd_person.h"

#include <string.h>

#include <ap_expr.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <http_protocol.h>

#include "act/act_identity.h"
#include "chat/chat_name.h"
#include "http/http_cookie.h"
#include "httpd/config/httpd_require.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_login.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_token.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_log.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"

#define KEY_SIZE 32 /* hex digits: 128 bits */

static act_identity_site site_of(const char *site)
{
    return (act_identity_site){ site, strlen(site) };
}

static bool is_key(http_slice text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < text.size; i++) {
        if (!memchr(digits, text.data[i], sizeof(digits) - 1)) {
            return false;
        }
    }
    return text.size == KEY_SIZE;
}

static bool is_tls(request_rec *r)
{
    return strcmp(ap_http_scheme(r), "https") == 0;
}

/* Over TLS the cookie that only this host can have set, by TLS, comes first.
 * The other one may come from a neighbour below the same domain, but guests of
 * a plain connection and of older releases have it. */
static http_slice key_of_cookie(request_rec *r)
{
    http_slice cookies = httpd_field_in(r, "Cookie");
    http_slice key = { NULL, 0 };

    if (is_tls(r)) {
        key = http_cookie_find(cookies, HTTPD_PERSON_COOKIE_TLS, is_key);
    }
    return key.data ? key
                    : http_cookie_find(cookies, HTTPD_PERSON_COOKIE, is_key);
}

/* The key that the request brings, of several the most deliberate one; NULL:
 * none. */
static const char *key_of_request(request_rec *r, http_slice offered,
                                  bool foreign)
{
    http_slice key = httpd_field_in(r, HTTPD_PERSON_HEADER);

    if (!is_key(key)) {
        key = http_field_find(offered, HTTPD_PERSON_PROTOCOL, is_key);
    }
    if (!is_key(key)) {
        key = foreign ? (http_slice){ NULL, 0 } : key_of_cookie(r);
    }
    return key.data ? apr_pstrmemdup(r->pool, key.data, key.size) : NULL;
}

static const char *new_key(request_rec *r)
{
    unsigned char bits[KEY_SIZE / 2];
    char *key = apr_palloc(r->pool, KEY_SIZE + 1);

    if (apr_generate_random_bytes(bits, sizeof(bits)) != APR_SUCCESS) {
        return NULL;
    }
    ap_bin2hex(bits, sizeof(bits), key);
    return key;
}

static const char *cookie_with(request_rec *r, const char *key)
{
    bool tls = is_tls(r);

    return apr_pstrcat(r->pool,
                       tls ? HTTPD_PERSON_COOKIE_TLS : HTTPD_PERSON_COOKIE,
                       "=", key, "; Path=/; HttpOnly; SameSite=Lax",
                       tls ? "; Secure" : "", NULL);
}

static bool find_guest(request_rec *r, const char *site, http_slice offered,
                       bool foreign, httpd_person *person)
{
    const char *key = key_of_request(r, offered, foreign);

    if (!key) {
        key = new_key(r);
        if (!key) {
            return false;
        }
        person->made = true;
        person->cookie = foreign ? NULL : cookie_with(r, key);
    }
    person->who.guest = true; /* the room gives a name that is free in it */
    return act_identity_guest(httpd_life_store(), site_of(site), key,
                              strlen(key), &person->who.user);
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
    /* "(null)" is what a front httpd writes for somebody whom it does not
     * know: believed, it would be one person with one id for all of them. */
    return name && strcmp(name, "(null)") != 0 ? name : "";
}

static bool find_user(request_rec *r, const char *site, const char *name,
                      httpd_person *person, httpd_refusal *why)
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
    return act_identity_verified(httpd_life_store(), site_of(site), name,
                                 strlen(name), &person->who.user);
}

/* The site knows its users by their ids; the names are for the others. */
static bool take_token(const char *site, const httpd_token *token,
                       httpd_person *person)
{
    chat_person_set_name(&person->who, token->name, strlen(token->name));
    if (strcmp(token->name, token->id) != 0) {
        chat_person_set_id(&person->who, token->id, strlen(token->id));
    }
    person->by_token = true;
    person->role = token->role;
    person->until_us = token->until_us;
    return act_identity_verified(httpd_life_store(), site_of(site), token->id,
                                 strlen(token->id), &person->who.user);
}

static bool find_without_token(request_rec *r, const httpd_dir_config *config,
                               const httpd_room *room, const char *protocols,
                               httpd_person *person, httpd_refusal *why)
{
    bool foreign = httpd_origin_foreign(r, config);
    int status = foreign ? OK : httpd_login_look(r);
    const char *name = foreign ? "" : verified_name(r, config);

    if (status != OK) {
        *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                                .status = status,
                                .by_httpd = true };
        return false;
    }
    if (!name) {
        return false;
    }
    if (*name) {
        return find_user(r, room->site, name, person, why);
    }
    if (config->settings.guests == ACT_GUESTS_OFF) {
        *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                                .sentence = foreign
                                    ? "A page of another site comes here as a "
                                      "guest, and guests may not enter."
                                    : "Guests may not enter here: log in "
                                      "first." };
        return false;
    }
    /* The page of another site has guests, however they log in. */
    person->settings.login = !foreign && httpd_login_is(r);
    return find_guest(r, room->site, http_field_of(protocols), foreign, person);
}

bool httpd_person_find(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room, const char *protocols,
                       httpd_person *person, httpd_refusal *why)
{
    httpd_token token;

    memset(person, 0, sizeof(*person));
    person->settings = config->settings;
    person->settings.speaks = person->settings.creates = 1;
    *why = (httpd_refusal){ .error = CHAT_FORBIDDEN,
                            .status = HTTP_INTERNAL_SERVER_ERROR,
                            .sentence = "The server cannot tell who you are; "
                                        "its error log says more." };
    switch (httpd_token_find(r, config, room, protocols,
                             !httpd_origin_foreign(r, config), &token, why)) {
    case HTTPD_TOKEN_GOOD: return take_token(room->site, &token, person);
    case HTTPD_TOKEN_REFUSED: return false;
    case HTTPD_TOKEN_NONE:
    default:
        return find_without_token(r, config, room, protocols, person, why);
    }
}

bool httpd_person_enter(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room, const char *protocols,
                        httpd_person *person, httpd_refusal *why)
{
    room_store *store = httpd_life_store();

    /* Before that guests have other ids. */
    if (store && !(httpd_past_ready(store) && httpd_relay_ready(store))) {
        *why = httpd_answer_unreadable(ROOM_UNREAD);
        return false;
    }
    if (!httpd_person_find(r, config, room, protocols, person, why)) {
        return false;
    }
    *why = httpd_answer_no_memory();
    return store != NULL;
}

void httpd_person_remember(request_rec *r, const httpd_person *person)
{
    if (person->cookie) {
        apr_table_addn(r->err_headers_out, "Set-Cookie", person->cookie);
    }
}
