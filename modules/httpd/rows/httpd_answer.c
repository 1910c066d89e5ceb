/* httpd_answer.c - what goes back; see httpd_answer.h. */
#include "httpd/rows/httpd_answer.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "act/act_count.h"
#include "chat/chat_event.h"
#include "chat/moderation/chat_order.h"
#include "http/http_accept.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_log.h"

/* No cache keeps who is in a room and what is said. One URL is a page, JSON or
 * events by what the asker accepts, and an Origin that is allowed stands in the
 * answer. */
void httpd_answer_headers(request_rec *r)
{
    const char *vary = apr_table_get(r->headers_out, "Vary");

    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (!ap_find_token(r->pool, vary, "Origin")) { /* not called before */
        apr_table_mergen(r->headers_out, "Vary", "Accept, Origin");
    }
}

/* The status is in r->status and the answer OK: httpd takes that for a finished
 * response and leaves ErrorDocument alone. The answer to HEAD has the length of
 * that to GET (RFC 9110 9.3.2). */
static int send_body(request_rec *r, int status, const char *type,
                     const void *body, size_t size)
{
    r->status = status;
    r->status_line = NULL;
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)size);
    if (!r->header_only) {
        (void)ap_rwrite(body, (int)size, r);
    }
    return OK;
}

int httpd_answer_json(request_rec *r, int status, const base_bytes *json)
{
    httpd_answer_headers(r);
    return send_body(r, status, "application/json", json->data, json->len);
}

int httpd_answer_html(request_rec *r, int status, const char *policy,
                      const base_bytes *html)
{
    httpd_answer_headers(r);
    apr_table_setn(r->headers_out, "Content-Security-Policy", policy);
    return send_body(r, status, "text/html; charset=utf-8", html->data,
                     html->len);
}

int httpd_answer_nothing(request_rec *r)
{
    httpd_answer_headers(r);
    r->status = HTTP_NO_CONTENT;
    return OK;
}

/* How long it lasts; "" for what has no end. A sentence of its own says that
 * itself. */
static const char *rest_of(apr_pool_t *pool, int64_t seconds)
{
    char rest[CHAT_ORDER_REST];

    if (seconds <= 0) {
        return "";
    }
    chat_order_rest(seconds, rest);
    return apr_pstrcat(pool, " It ends in ", rest, ".", NULL);
}

/* The sentence is for people, the code to find it in the documentation. */
static int refuse_html(request_rec *r, int status,
                       const httpd_refusal *refusal, const char *sentence)
{
    const char *line = ap_escape_html(r->pool, ap_get_status_line(status));
    const char *body = apr_psprintf(
        r->pool,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>%s</title></head>\n<body><h1>%s</h1>\n<p>%s%s</p>\n"
        "<p><code>%s</code></p></body></html>\n",
        line, line, ap_escape_html(r->pool, sentence),
        rest_of(r->pool, refusal->sentence ? 0 : refusal->rest),
        chat_error_code(refusal->error));

    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; frame-ancestors 'self'");
    return send_body(r, status, "text/html; charset=utf-8", body,
                     strlen(body));
}

static int refuse_json(request_rec *r, int status,
                       const httpd_refusal *refusal)
{
    base_bytes json = BASE_BYTES_INIT;
    int result;

    chat_event_error(&json, &(chat_event_failure){
        .error = refusal->error,
        .text = refusal->sentence,
        .ref = refusal->ref,
        .ref_size = refusal->ref_size,
        .retry_us = refusal->retry,
        .rest_s = refusal->rest,
        .reason = refusal->reason });
    result = send_body(r, status, "application/json", json.data, json.len);
    base_bytes_free(&json);
    return result;
}

int httpd_answer_refuse(request_rec *r, const httpd_refusal *refusal)
{
    int status = refusal->status ? refusal->status
                                 : chat_error_status(refusal->error);
    const char *sentence = refusal->sentence ? refusal->sentence
                                             : chat_error_text(refusal->error);

    if (refusal->close) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    if (refusal->by_httpd) {
        return status;
    }
    /* What a client does wrong is no news for the owner; a flood of it would
     * hide what is. */
    httpd_log_limited(r, status >= 500 ? APLOG_WARNING : APLOG_INFO, 0,
                      "CW0601", "refused %s %s with %d %s: %s",
                      ap_escape_logitem(r->pool, r->method),
                      ap_escape_logitem(r->pool, r->uri), status,
                      chat_error_code(refusal->error), sentence);
    /* Here and not where it is asked: who moderates is asked twice, and a list
     * leaves out what somebody else is refused. */
    if (refusal->error == CHAT_BANNED) {
        act_count_add(httpd_life_store(), httpd_life_slot(), ACT_COUNT_BANNED);
    }
    httpd_answer_headers(r);
    /* Whole seconds (RFC 9110 10.2.3), rounded up: who waits so long is not
     * refused again. */
    if (refusal->retry > 0) {
        apr_table_setn(r->headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT,
                                    (apr_int64_t)((refusal->retry + 999999)
                                                  / 1000000)));
    }
    /* RFC 9110 15.5.2 wants the field, RFC 6750 3.1 says what stands in it. */
    if (status == HTTP_UNAUTHORIZED) {
        apr_table_setn(r->headers_out, "WWW-Authenticate",
                       "Bearer error=\"invalid_token\"");
    }
    if (http_accept_html(httpd_field_in(r, "Accept"))) {
        return refuse_html(r, status, refusal, sentence);
    }
    return refuse_json(r, status, refusal);
}

httpd_refusal httpd_answer_no_memory(void)
{
    return (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                            .sentence = "The chat has no memory: who runs "
                                        "this server finds more in its error "
                                        "log.",
                            .retry = 60 * APR_USEC_PER_SEC };
}

httpd_refusal httpd_answer_busy(void)
{
    return (httpd_refusal){ .error = CHAT_UNAVAILABLE,
                            .sentence = "The room is too busy to be read: try "
                                        "again in a moment.",
                            .retry = APR_USEC_PER_SEC };
}

httpd_refusal httpd_answer_unreadable(room_status status)
{
    httpd_refusal why = httpd_answer_busy();

    if (status == ROOM_UNREAD) {
        why.sentence = "What is kept of this chat cannot be reached right now: "
                       "try again in a moment.";
        why.retry = 2 * APR_USEC_PER_SEC;
    }
    return why;
}

int httpd_answer_method(request_rec *r, const char *allow)
{
    apr_table_setn(r->headers_out, "Allow", allow);
    return httpd_answer_refuse(r, &(httpd_refusal){ .error = CHAT_BAD_METHOD });
}
