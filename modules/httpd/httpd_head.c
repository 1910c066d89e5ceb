/* httpd_head.c - short heads; see httpd_head.h. */
#include "httpd/httpd_head.h"

#include <stdbool.h>
#include <strings.h>

#include <apr_strings.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>
#include <util_filter.h>
#include <util_time.h>

#define FILTER "CHATWS_HEAD"

static ap_filter_rec_t *filter_handle;

static void write_line(base_bytes *out, const char *name, const char *value)
{
    if (*name && !*ap_scan_http_token(name)
        && !*ap_scan_http_field_content(value)) {
        base_bytes_append_format(out, "%s: %s\r\n", name, value);
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

void httpd_head_write(request_rec *r, base_bytes *out)
{
    const char *type = ap_make_content_type(r, r->content_type);
    char date[APR_RFC822_DATE_LEN];

    if (!type) {
        type = apr_table_get(r->headers_out, "Content-Type");
    }
    ap_recent_rfc822_date(date, r->request_time);
    base_bytes_append_format(out, "HTTP/1.1 %s\r\n",
                             ap_get_status_line(r->status));
    write_line(out, "Date", date);
    apr_table_do(add_line, out, r->err_headers_out, NULL);
    apr_table_do(add_line, out, r->headers_out, NULL);
    if (type) {
        write_line(out, "Content-Type", type);
    }
    base_bytes_append_text(out, "\r\n");
}

/* True when this is an answer whose head we can write. ap_set_keepalive counts
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
}

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
