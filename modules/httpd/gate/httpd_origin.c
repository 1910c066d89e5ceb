/* httpd_origin.c - may a page of another site make this request? See
 * httpd_origin.h. */
#include "httpd/gate/httpd_origin.h"

#include <string.h>
#include <strings.h>

#include <http_core.h>
#include <http_request.h>
#include <apr_strings.h>

#include "http/http_origin.h"
#include "httpd/gate/httpd_field.h"

/* How long a browser need not ask again; none remembers longer than this. */
#define PREFLIGHT_SECONDS "7200"

/* What page scripts may send: our own, and what clients of event streams and of
 * requests add without asking. */
#define REQUEST_HEADERS "Authorization, Cache-Control, Content-Type, " \
                        "Last-Event-ID, X-Chatws-Key, X-Requested-With"

static bool is_in(const apr_array_header_t *names, const char *host, bool wild)
{
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (wild ? ap_strcasecmp_match(host, name) == 0
                 : strcasecmp(host, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ServerName, the name in <VirtualHost>, or a ServerAlias that has no
 * wildcard. */
static bool is_own_name(const server_rec *site, const char *name)
{
    for (const server_addr_rec *one = site->addrs; one; one = one->next) {
        if (one->virthost && strcasecmp(name, one->virthost) == 0) {
            return true;
        }
    }
    return (site->server_hostname
            && strcasecmp(name, site->server_hostname) == 0)
           || is_in(site->names, name, false);
}

static const char *name_of(request_rec *r, const http_origin *host)
{
    return apr_pstrmemdup(r->pool, host->host.data, host->host.size);
}

static bool is_name_of_site(request_rec *r, const http_origin *host)
{
    const char *name = name_of(r, host);

    return is_own_name(r->server, name)
           || is_in(r->server->wild_names, name, true);
}

bool httpd_origin_named(request_rec *r)
{
    http_origin host;
    const char *name;

    if (!http_origin_parse_host(httpd_field_in(r, "Host"), &host)) {
        return false;
    }
    name = name_of(r, &host);
    return http_origin_is_address(&host) || strcasecmp(name, "localhost") == 0
           || is_own_name(r->server, name);
}

/* False when somebody else's name points to this server (DNS rebinding): the
 * page of such a name has it as its Host, too, so that nothing looks foreign.
 * Only the owner knows the names of the site, and says with UseCanonicalName On
 * that httpd does. */
static bool host_is_ours(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    http_slice field = httpd_field_in(r, "Host");
    http_origin host;

    return core->use_canonical_name != USE_CANONICAL_NAME_ON || !field.data
           || (http_origin_parse_host(field, &host)
               && (http_origin_is_address(&host)
                   || is_name_of_site(r, &host)));
}

/* Whatever the scheme: a proxy in front may do the TLS, and then httpd knows
 * only http. */
static bool is_same(request_rec *r, const http_origin *origin)
{
    http_origin host;

    return http_origin_parse_host(httpd_field_in(r, "Host"), &host)
           && http_origin_is_at(origin, &host);
}

bool httpd_origin_own(request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    http_slice header = httpd_field_in(r, "Origin");
    http_origin origin;

    if (header.data
        && !(http_origin_parse(header, &origin) && is_same(r, &origin))) {
        return false;
    }
    return !site || strcasecmp(site, "same-origin") == 0
           || strcasecmp(site, "none") == 0;
}

static bool is_listed(const httpd_dir_config *config, const http_origin *origin)
{
    for (int i = 0; config->origins && i < config->origins->nelts; i++) {
        if (http_origin_equal(&APR_ARRAY_IDX(config->origins, i, http_origin),
                              origin)) {
            return true;
        }
    }
    return false;
}

/* A browser that sends no Origin may still say whose page asks. Following a
 * link to the bundled page is fine. */
static bool from_elsewhere(request_rec *r, bool page)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode");

    if (!site || strcasecmp(site, "cross-site") != 0) {
        return false;
    }
    return !(page && r->method_number == M_GET && mode
             && strcasecmp(mode, "navigate") == 0);
}

bool httpd_origin_foreign(request_rec *r, const httpd_dir_config *config)
{
    http_slice header = httpd_field_in(r, "Origin");
    http_origin origin;

    if (config->origin_rule != HTTPD_ORIGIN_ANY) {
        return false;
    }
    if (!header.data) {
        return from_elsewhere(r, true) || !host_is_ours(r);
    }
    return !http_origin_parse(header, &origin)
           || !is_same(r, &origin)
           || !host_is_ours(r);
}

/* True when httpd let the request in because of who asks: the browser has sent
 * a password that the page does not know. */
static bool needs_user(request_rec *r)
{
    char *user = r->user;
    bool needed;

    if (!user) {
        return false;
    }
    r->user = NULL; /* or its rules would find somebody */
    needed = ap_some_authn_required(r);
    r->user = user;
    return needed;
}

static bool may_ask(request_rec *r, const httpd_dir_config *config, bool page)
{
    http_slice header = httpd_field_in(r, "Origin");
    http_origin origin;

    if (!header.data) {
        return !from_elsewhere(r, page);
    }
    return http_origin_parse(header, &origin)
           && (config->origin_rule == HTTPD_ORIGIN_LIST
                   ? is_listed(config, &origin)
                   : is_same(r, &origin));
}

bool httpd_origin_check(request_rec *r, const httpd_dir_config *config,
                        bool page, httpd_refusal *why)
{
    *why = (httpd_refusal){ .error = CHAT_FORBIDDEN };
    if (config->origin_rule == HTTPD_ORIGIN_ANY) {
        why->sentence = "A page of another site comes here as a guest, and "
                        "only those who log in may enter.";
        return !(httpd_origin_foreign(r, config) && needs_user(r));
    }
    if (!host_is_ours(r)) {
        why->sentence = "The Host of this request is no name of this site: "
                        "who runs it can name it with ServerAlias.";
        return false;
    }
    why->sentence = "A page of another site may not use this chat: who runs "
                    "this site can allow it with ChatOrigin.";
    return may_ask(r, config, page);
}

/* Lets the page of another site that is allowed read the answer. */
static void allow_reading(request_rec *r, const httpd_dir_config *config,
                          const char *header)
{
    http_origin origin;

    if (config->origin_rule == HTTPD_ORIGIN_ANY) {
        apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", "*");
    }
    else if (config->origin_rule == HTTPD_ORIGIN_LIST
             && http_origin_parse(http_field_of(header), &origin)
             && is_listed(config, &origin)) {
        apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", header);
        apr_table_setn(r->headers_out, "Access-Control-Allow-Credentials",
                       "true");
    }
}

static bool may_read(request_rec *r)
{
    return apr_table_get(r->headers_out, "Access-Control-Allow-Origin");
}

void httpd_origin_headers(request_rec *r, const httpd_dir_config *config)
{
    const char *header = apr_table_get(r->headers_in, "Origin");

    if (header) {
        allow_reading(r, config, header);
    }
    if (may_read(r)) {
        apr_table_setn(r->headers_out, "Access-Control-Expose-Headers",
                       "Retry-After");
    }
}

void httpd_origin_open(request_rec *r)
{
    apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", "*");
    apr_table_unset(r->headers_out, "Access-Control-Allow-Credentials");
    apr_table_setn(r->headers_out, "Cross-Origin-Resource-Policy",
                   "cross-origin");
}

int httpd_origin_preflight(request_rec *r, const char *allow)
{
    apr_table_t *out = r->headers_out;

    apr_table_setn(out, "Allow", allow);
    apr_table_setn(out, "Cache-Control", "no-store");
    apr_table_setn(out, "Vary", "Origin");
    if (may_read(r)) {
        apr_table_unset(out, "Access-Control-Expose-Headers");
        apr_table_setn(out, "Access-Control-Allow-Methods", allow);
        apr_table_setn(out, "Access-Control-Allow-Headers",
                       REQUEST_HEADERS);
        apr_table_setn(out, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }
    r->status = HTTP_NO_CONTENT;
    return OK;
}
