/* httpd_guard.c - see httpd_guard.h. */
#include "httpd/status/httpd_guard.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <http_core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "httpd/config/httpd_require.h"
#include "httpd/gate/httpd_claim.h"
#include "httpd/gate/httpd_login.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/gate/httpd_site.h"

#define KEPT_KEY "mod_chatws:guard"
#define KEY_SIZE 32
#define PERIOD (6 * 3600) /* seconds */

/* In the process pool, over restarts; the archive does not have it, and a stop
 * ends all tokens. */
typedef struct {
    bool drawn;
    unsigned char key[KEY_SIZE];
} kept_key;

static const kept_key *kept;

void httpd_guard_start(void)
{
    kept_key *found = ap_retained_data_get(KEPT_KEY);

    if (!found) {
        found = ap_retained_data_create(KEPT_KEY, sizeof(*found));
    }
    if (!found->drawn) {
        found->drawn = RAND_bytes(found->key, KEY_SIZE) == 1;
    }
    kept = found;
}

/* --------------------------------------------------------------- who it is */

/* Also what only some proxies say: better one owner too many has to name his
 * proxy than that all who come through it are "local". mod_remoteip makes the
 * address another one than the connection's. */
static bool is_proxied(const request_rec *r)
{
    static const char *const fields[] = {
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
        "X-Forwarded-Server", "X-Real-IP", "X-Client-IP", "Forwarded", "Via",
        "CF-Connecting-IP", "True-Client-IP",
    };
    bool found = false;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        found = found || apr_table_get(r->headers_in, fields[i]);
    }
    return found && r->useragent_addr == r->connection->client_addr;
}

static const char *refuses_nobody(request_rec *r)
{
    if (!httpd_origin_named(r)) {
        return "Who is let in without a user has to ask for a name of this "
               "site: name the Host of this request with ServerName or "
               "ServerAlias, or let people log in (Require valid-user).";
    }
    if (is_proxied(r)) {
        return "This request came through a proxy, whose address all have who "
               "come through it: let mod_remoteip evaluate what it says "
               "(RemoteIPInternalProxy), or let people log in (Require "
               "valid-user).";
    }
    return NULL;
}

/* Whom ChatModerators does not let in. */
static const char *refuses_user(request_rec *r)
{
    if (r->user) {
        return "Rooms and people are shown to those whom ChatModerators of "
               "this section names: you have logged in as somebody else.";
    }
    return httpd_login_is(r)
               ? "Rooms and people are shown to those whom ChatModerators of "
                 "this section names: log in as one of them (?login)."
               : "Rooms and people are shown to those whom ChatModerators of "
                 "this section names, and nobody can log in here: who runs "
                 "this server can add AuthType and what belongs to it.";
}

/* Whoever it is. */
static const char *refuses_all(request_rec *r, const httpd_dir_config *config)
{
    if (!httpd_origin_own(r)) {
        return "The page of another site sees and does nothing here (Origin, "
               "Sec-Fetch-Site); a proxy in front has to pass Host on "
               "(ProxyPreserveHost).";
    }
    if (!config->moderators) {
        return "Who runs this server can add ChatModerators to the section "
               "that says Chat status, for those who are to see rooms and "
               "people here.";
    }
    if (!httpd_require_with_role(config)) {
        return "ChatModerators counts here only in the section of the "
               "server's configuration that says Chat status: add it there.";
    }
    if (!httpd_claim_is_owners(r)) {
        return "Rooms and people are shown where a <Location> says Chat "
               "status, at its own URL: who writes an .htaccess has a say in "
               "everything else.";
    }
    return NULL;
}

const char *httpd_guard_refuses(request_rec *r, const httpd_dir_config *config)
{
    const char *why = refuses_all(r, config);

    if (!why && !httpd_rights_hold(r, config->moderators)) {
        why = refuses_user(r);
    }
    return why || r->user ? why : refuses_nobody(r);
}

bool httpd_guard_login(request_rec *r, const httpd_dir_config *config)
{
    return !r->user && httpd_login_is(r) && !refuses_all(r, config);
}

/* -------------------------------------------------------------- the tokens */

static bool make_token(request_rec *r, apr_int64_t period,
                       char out[HTTPD_GUARD_TOKEN + 1])
{
    const char *text = apr_psprintf(r->pool,
                                    "status\n%s\n%" APR_INT64_T_FMT "\n%s%s",
                                    httpd_site_server(r), period,
                                    r->user ? "u-" : "",
                                    r->user ? r->user : "");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!kept || !kept->drawn
        || !HMAC(EVP_sha256(), kept->key, KEY_SIZE,
                 (const unsigned char *)text, strlen(text), digest, &size)) {
        return false;
    }
    ap_bin2hex(digest, HTTPD_GUARD_TOKEN / 2, out);
    return true;
}

static apr_int64_t period_now(void)
{
    return apr_time_sec(apr_time_now()) / PERIOD;
}

const char *httpd_guard_token(request_rec *r)
{
    char *token = apr_pcalloc(r->pool, HTTPD_GUARD_TOKEN + 1);

    return make_token(r, period_now(), token) ? token : "";
}

bool httpd_guard_token_good(request_rec *r)
{
    const char *given = apr_table_get(r->headers_in, "X-Chat-Token");
    apr_int64_t now = period_now();
    bool good = false;

    if (!given || strlen(given) != HTTPD_GUARD_TOKEN) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        char wanted[HTTPD_GUARD_TOKEN + 1];

        good = (make_token(r, now - i, wanted)
                && CRYPTO_memcmp(given, wanted, HTTPD_GUARD_TOKEN) == 0)
               || good;
    }
    return good;
}
