/* httpd_origin.c - may a page of another site make this request? See
 * httpd_origin.h. */
#include "httpd/httpd_origin.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* How long a browser need not ask again; none remembers longer than this. */
#define PREFLIGHT_SECONDS "7200"

/* A place that serves pages, as slices of a header. */
typedef struct {
    const char *scheme;
    size_t scheme_size;
    const char *host; /* with the brackets of an IPv6 address */
    size_t host_size;
    int port;         /* 0: none is named */
} place;

static bool parse_port(const char *text, place *out)
{
    int port = 0;

    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) || port > 6553) {
            return false;
        }
        port = port * 10 + (*text - '0');
    }
    out->port = port;
    return port > 0 && port < 65536;
}

/* host [ ":" port ], and nothing else. */
static bool parse_host(const char *text, place *out)
{
    const char *end = text;

    if (*text == '[') {
        end += strcspn(text, "]");
        if (!*end) {
            return false;
        }
        end++;
    }
    else {
        end += strcspn(text, ":");
    }
    for (const char *at = text; at < end; at++) {
        if (*at <= ' ' || *at >= 0x7f || strchr("/\\@,?#\"<>", *at)) {
            return false;
        }
    }
    out->host = text;
    out->host_size = (size_t)(end - text);
    out->port = 0;
    if (out->host_size == 0) {
        return false;
    }
    return *end == '\0' || (*end == ':' && parse_port(end + 1, out));
}

/* scheme "://" host [ ":" port ], as a browser writes it. */
static bool parse_origin(const char *text, place *out)
{
    const char *colon = strstr(text, "://");

    if (!colon || colon == text) {
        return false;
    }
    out->scheme = text;
    out->scheme_size = (size_t)(colon - text);
    for (const char *at = text; at < colon; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("+-.", *at)) {
            return false;
        }
    }
    return parse_host(colon + 3, out);
}

static bool scheme_is(const place *one, const char *scheme)
{
    return one->scheme_size == strlen(scheme)
           && strncasecmp(one->scheme, scheme, one->scheme_size) == 0;
}

static bool same_host(const place *left, const place *right)
{
    return left->host_size == right->host_size
           && strncasecmp(left->host, right->host, left->host_size) == 0;
}

/* Behind a proxy that ends TLS the scheme here says nothing, so both default
 * ports are one. */
static int port_without_scheme(const place *one)
{
    return one->port == 80 || one->port == 443 ? 0 : one->port;
}

static int port_by_scheme(const place *one)
{
    if (one->port) {
        return one->port;
    }
    return scheme_is(one, "http") ? 80 : scheme_is(one, "https") ? 443 : 0;
}

static bool is_same(request_rec *r, const place *origin)
{
    const char *header = apr_table_get(r->headers_in, "Host");
    place host;

    return header && parse_host(header, &host)
           && (scheme_is(origin, "http") || scheme_is(origin, "https"))
           && same_host(origin, &host)
           && port_without_scheme(origin) == port_without_scheme(&host);
}

static bool is_listed(const httpd_dir_config *config, const place *origin)
{
    for (int i = 0; config->origins && i < config->origins->nelts; i++) {
        place listed;

        if (parse_origin(APR_ARRAY_IDX(config->origins, i, const char *),
                         &listed)
            && listed.scheme_size == origin->scheme_size
            && strncasecmp(listed.scheme, origin->scheme, origin->scheme_size)
                   == 0
            && same_host(&listed, origin)
            && port_by_scheme(&listed) == port_by_scheme(origin)) {
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

bool httpd_origin_check(request_rec *r, const httpd_dir_config *config,
                        bool page, httpd_refusal *why)
{
    const char *header = apr_table_get(r->headers_in, "Origin");
    place origin;
    bool allowed;

    if (config->origin_rule == HTTPD_ORIGIN_ANY) {
        return true;
    }
    if (!header) {
        allowed = !from_elsewhere(r, page);
    }
    else if (!parse_origin(header, &origin)) {
        allowed = false;
    }
    else if (config->origin_rule == HTTPD_ORIGIN_LIST) {
        allowed = is_listed(config, &origin);
    }
    else {
        allowed = is_same(r, &origin);
    }
    if (!allowed) {
        *why = (httpd_refusal){
            .error = CHAT_FORBIDDEN,
            .sentence = "A page of another site may not use this chat: who "
                        "runs this site can allow it with ChatOrigin."
        };
    }
    return allowed;
}

/* Lets the page of another site that is allowed read the answer. */
static void allow_reading(request_rec *r, const httpd_dir_config *config,
                          const char *header)
{
    place origin;

    if (config->origin_rule == HTTPD_ORIGIN_ANY) {
        apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", "*");
    }
    else if (config->origin_rule == HTTPD_ORIGIN_LIST
             && parse_origin(header, &origin) && is_listed(config, &origin)) {
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
                       "Content-Type, X-Chatws-Key, Last-Event-ID");
        apr_table_setn(out, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }
    r->status = HTTP_NO_CONTENT;
    return OK;
}
