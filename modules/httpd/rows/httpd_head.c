/* httpd_head.c - short heads, and what other modules add to them; see
 * httpd_head.h. */
#include "httpd/rows/httpd_head.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>
#include <util_filter.h>
#include <util_time.h>

#define FILTER "CHATWS_HEAD"
#define CATCH_FILTER "CHATWS_HEAD_CATCH"

/* What httpd_answer_headers sets, and the type of a poll. */
#define USUAL                              \
    "Cache-Control: no-store\r\n"          \
    "X-Content-Type-Options: nosniff\r\n"  \
    "Vary: Accept, Origin\r\n"
#define TYPE_LINE "Content-Type: " HTTPD_HEAD_POLL_TYPE "\r\n"

static ap_filter_rec_t *filter_handle;
static ap_filter_rec_t *catch_handle;

/* httpd checks the lines that it writes. Here nobody else does, and a CR LF in
 * another module's value would begin a line of its own. */
static void write_line(base_bytes *out, const char *name, const char *value)
{
    if (*name && !*ap_scan_http_token(name)
        && !*ap_scan_http_field_content(value)) {
        base_bytes_append_text(out, name);
        base_bytes_append_text(out, ": ");
        base_bytes_append_text(out, value);
        base_bytes_append_text(out, "\r\n");
    }
}

/* What we write ourselves, or not at all. */
static bool is_ours(const char *name)
{
    return strcasecmp(name, "Date") == 0 || strcasecmp(name, "Server") == 0
           || strcasecmp(name, "Keep-Alive") == 0
           || strcasecmp(name, "Content-Type") == 0;
}

static int add_line(void *context, const char *name, const char *value)
{
    if (!is_ours(name)) {
        write_line(context, name, value);
    }
    return 1;
}

/* The value of Content-Type, or NULL. */
static const char *content_type(request_rec *r)
{
    const char *type = ap_make_content_type(r, r->content_type);

    return type ? type : apr_table_get(r->headers_out, "Content-Type");
}

/* Cookies are told once a connection. */
static int add_other_line(void *context, const char *name, const char *value)
{
    return strcasecmp(name, "Set-Cookie") == 0
           || add_line(context, name, value);
}

void httpd_head_lines(request_rec *r, base_bytes *out)
{
    apr_table_do(add_line, out, r->err_headers_out, NULL);
    apr_table_do(add_line, out, r->headers_out, NULL);
}

void httpd_head_write(request_rec *r, base_bytes *out)
{
    const char *type = content_type(r);
    char date[APR_RFC822_DATE_LEN];

    ap_recent_rfc822_date(date, r->request_time);
    base_bytes_append_format(out, "HTTP/1.1 %s\r\n",
                             ap_get_status_line(r->status));
    write_line(out, "Date", date);
    httpd_head_lines(r, out);
    if (type) {
        write_line(out, "Content-Type", type);
    }
    base_bytes_append_text(out, "\r\n");
}

/* The rest of the head that the hub writes. */
static void write_left(base_bytes *out, const base_bytes *lines,
                       const char *before, int retry, int64_t length)
{
    char date[APR_RFC822_DATE_LEN];
    int status = retry > 0                      ? HTTP_SERVICE_UNAVAILABLE
                 : retry == HUB_OFFER_FORBIDDEN ? HTTP_FORBIDDEN
                                                : HTTP_OK;

    ap_recent_rfc822_date(date, apr_time_now());
    base_bytes_append_format(out, "HTTP/1.1 %s\r\n",
                             ap_get_status_line(status));
    if (retry > 0) {
        base_bytes_append_format(out, "Retry-After: %d\r\n", retry);
    }
    base_bytes_append_format(out, "Date: %s\r\n%s", date, before);
    base_bytes_append(out, lines->data, lines->len);
    if (length >= 0) {
        base_bytes_append_format(out, "Content-Length: %" PRId64 "\r\n\r\n",
                                 length);
    }
    else {
        base_bytes_append_text(out, "Connection: close\r\n\r\n");
    }
}

static void write_usual(base_bytes *out, const base_bytes *lines, int retry,
                        int64_t length)
{
    write_left(out, lines, USUAL TYPE_LINE, retry, length);
}

static void write_own(base_bytes *out, const base_bytes *lines, int retry,
                      int64_t length)
{
    write_left(out, lines, "", retry, length);
}

void httpd_head_polls(hub_offer_head **out)
{
    out[0] = write_usual;
    out[1] = write_own;
}

/* Thousands may wait: the usual lines are not kept for each. */
void httpd_head_leave(request_rec *r, hub_offer *offer)
{
    const size_t size = sizeof(USUAL) - 1;
    const char *type = content_type(r);
    base_bytes all = BASE_BYTES_INIT;
    const unsigned char *usual = NULL;

    apr_table_do(add_line, &offer->lines, r->err_headers_out, "Set-Cookie",
                 NULL);
    apr_table_do(add_line, &offer->lines, r->headers_out, "Set-Cookie", NULL);
    offer->first_only = offer->lines.len;
    apr_table_do(add_other_line, &all, r->err_headers_out, NULL);
    apr_table_do(add_other_line, &all, r->headers_out, NULL);
    if (type && strcmp(type, HTTPD_HEAD_POLL_TYPE) == 0 && all.len >= size) {
        usual = memmem(all.data, all.len, USUAL, size);
    }
    if (usual) {
        size_t before = (size_t)(usual - all.data);

        offer->head = write_usual;
        base_bytes_append(&offer->lines, all.data, before);
        base_bytes_append(&offer->lines, usual + size,
                          all.len - before - size);
    }
    else {
        offer->head = write_own;
        base_bytes_append(&offer->lines, all.data, all.len);
        if (type) {
            write_line(&offer->lines, "Content-Type", type);
        }
    }
    base_bytes_free(&all);
}

/* Where the filters of the response meet those of the protocol: what comes
 * here is dropped. Below, httpd would write its own head and end the response.
 * A module that refuses the response sends an error bucket. */
static apr_status_t catch_head(ap_filter_t *filter,
                               apr_bucket_brigade *brigade)
{
    int *refused = filter->ctx;

    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        if (AP_BUCKET_IS_ERROR(bucket)) {
            *refused = ((ap_bucket_error *)bucket->data)->status;
        }
    }
    apr_brigade_cleanup(brigade);
    return APR_SUCCESS;
}

/* What says something of a body that those filters have not seen, or of the
 * connection, which is our business here. */
static void unset_framing(apr_table_t *table)
{
    static const char *const names[] = {
        "Connection", "Keep-Alive", "Upgrade", "Transfer-Encoding", "Trailer",
        "Content-Length", "Content-Encoding", "Content-Range", "Content-MD5",
        "Accept-Ranges", "ETag", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Version",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_table_unset(table, names[i]);
    }
}

/* A module has said that the connection ends with the response. */
static bool wants_end(request_rec *r, const apr_table_t *table)
{
    return ap_find_token(r->pool, apr_table_get(table, "Connection"), "close");
}

int httpd_head_complete(request_rec *r)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, c->bucket_alloc);
    int refused = OK;
    ap_filter_t *catcher;
    apr_status_t status;

    /* Nothing that compresses may speak of a body that it does not get. */
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
    catcher = ap_add_output_filter_handle(catch_handle, &refused, r, c);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
    status = ap_pass_brigade(r->output_filters, brigade);
    ap_remove_output_filter(catcher);
    apr_brigade_cleanup(brigade);
    for (request_rec *one = r; one; one = one->prev) {
        one->eos_sent = 0; /* ap_pass_brigade noted it; none was sent */
    }
    if (wants_end(r, r->headers_out) || wants_end(r, r->err_headers_out)) {
        c->keepalive = AP_CONN_CLOSE;
    }
    unset_framing(r->headers_out);
    unset_framing(r->err_headers_out);
    if (refused == OK && status != APR_SUCCESS) {
        refused = HTTP_INTERNAL_SERVER_ERROR;
    }
    return refused;
}

/* True when this is an answer whose head we can write. What old clients and
 * BrowserMatch ask for is httpd's own to know. ap_set_keepalive counts
 * the request, so that it must be called by one of us only. */
static bool is_plain(request_rec *r, apr_bucket_brigade *brigade)
{
    if (r->proto_num != HTTP_VERSION(1, 1) || r->assbackwards || r->header_only
        || AP_STATUS_IS_HEADER_ONLY(r->status) || r->chunked
        || !apr_table_get(r->headers_out, "Content-Length")
        || apr_table_get(r->subprocess_env, "downgrade-1.0")
        || apr_table_get(r->subprocess_env, "force-response-1.0")
        || apr_table_get(r->subprocess_env, "force-no-vary")) {
        return false;
    }
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        if (AP_BUCKET_IS_ERROR(bucket) || AP_BUCKET_IS_EOC(bucket)) {
            return false;
        }
    }
    return true;
}

/* The client asked to go on, and HTTP/1.1 does: only an end is worth a line. */
static void decide_keepalive(request_rec *r)
{
    const char *before = apr_table_get(r->headers_out, "Connection");
    bool goes_on = ap_set_keepalive(r);

    apr_table_unset(r->headers_out, "Keep-Alive");
    if (goes_on && before) { /* of another module, such as mod_http2 */
        apr_table_setn(r->headers_out, "Connection", before);
    }
    else if (goes_on) {
        apr_table_unset(r->headers_out, "Connection");
    }
}

static apr_status_t write_head(ap_filter_t *filter,
                               apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    base_bytes head = BASE_BYTES_INIT;
    apr_bucket *bucket;

    if (APR_BRIGADE_EMPTY(brigade)) {
        return APR_SUCCESS;
    }
    if (!is_plain(r, brigade)) {
        filter->frec = ap_http_header_filter_handle;
        return filter->frec->filter_func.out_func(filter, brigade);
    }
    decide_keepalive(r);
    httpd_head_write(r, &head);
    /* A filter below may keep the bucket until the next request's answer. */
    bucket = apr_bucket_transient_create((const char *)head.data, head.len,
                                         r->connection->bucket_alloc);
    (void)apr_bucket_setaside(bucket, r->pool);
    base_bytes_free(&head);
    APR_BRIGADE_INSERT_HEAD(brigade, bucket);
    r->sent_bodyct = 1; /* what follows is body */
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void httpd_head_register(void)
{
    filter_handle = ap_register_output_filter(FILTER, write_head, NULL,
                                              AP_FTYPE_PROTOCOL);
    catch_handle = ap_register_output_filter(CATCH_FILTER, catch_head, NULL,
                                             AP_FTYPE_PROTOCOL - 1);
}

/* httpd puts its filter for the head into each request and has no call to take
 * another. So that filter's place in the chain is given to ours: what is above
 * and below stays as it is, and write_head gives the place back when only httpd
 * can write that answer. One with a context has sent its head already. */
void httpd_head_shorten(request_rec *r)
{
    for (ap_filter_t *filter = r->output_filters; filter;
         filter = filter->next) {
        if (filter->frec == ap_http_header_filter_handle && filter->r == r
            && !filter->ctx) {
            filter->frec = filter_handle;
        }
    }
}
