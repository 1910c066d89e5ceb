/* httpd_status.c - the status page; see httpd_status.h. */
#include "httpd/status/httpd_status.h"

#include <inttypes.h>
#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "base/base_clock.h"
#include "http/http_accept.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_login.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/httpd_life.h"
#include "httpd/rows/httpd_answer.h"
#include "httpd/rows/httpd_page.h"
#include "httpd/rows/httpd_stream.h"
#include "httpd/status/httpd_board.h"
#include "httpd/status/httpd_deed.h"
#include "httpd/status/httpd_figures.h"
#include "httpd/status/httpd_guard.h"
#include "httpd/status/httpd_health.h"
#include "httpd/status/httpd_lists.h"
#include "httpd/status/httpd_prometheus.h"
#include "httpd/status/httpd_snapshot.h"

static void write_html(base_bytes *out, const httpd_snapshot *now)
{
    base_bytes_append_text(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<title>Chat status</title></head>\n"
        "<body><h1>Chat status</h1>\n<p>mod_chatws " CHATWS_VERSION
        ". The same as <a href=\"?format=json\">JSON</a> and for "
        "<a href=\"?format=prometheus\">Prometheus</a>. "
        "Sums over all children; what ends in _total only grows.</p>\n"
        "<table cellpadding=\"4\">\n");
    httpd_figures_table(out, now);
    base_bytes_append_text(out, "</table></body></html>\n");
}

#define JSON_END "\n}\n"

static void write_json(base_bytes *out, const httpd_snapshot *now)
{
    httpd_figures_json(out, now);
    base_bytes_append_text(out, JSON_END);
}

typedef struct {
    const char *name; /* of ?format= */
    const char *type;
    void (*write)(base_bytes *out, const httpd_snapshot *now);
} format;

static const format formats[] = {
    { "html", "text/html; charset=utf-8", write_html },
    { "json", "application/json", write_json },
    { "prometheus", "text/plain; version=0.0.4; charset=utf-8",
      httpd_prometheus_write },
};

void httpd_status_write(base_bytes *out)
{
    httpd_snapshot now;

    httpd_snapshot_take(&now);
    write_json(out, &now);
}

/* One line of JSON: the object's line feeds are spaces. */
static void write_event(base_bytes *out)
{
    httpd_snapshot now;
    size_t at;

    httpd_snapshot_take(&now);
    base_bytes_append_format(out, "{\"type\":\"status\",\"now\":%" PRId64
                             ",\"version\":\"" CHATWS_VERSION
                             "\",\"uptime\":%" PRIu64 ",\"figures\":",
                             base_clock_wall(), now.uptime);
    at = out->len;
    httpd_figures_json(out, &now);
    for (; at < out->len; at++) {
        out->data[at] = out->data[at] == '\n' ? ' ' : out->data[at];
    }
    base_bytes_append_text(out, "},");
    httpd_health_write(&now, out);
    base_bytes_append_text(out, "}");
}

int httpd_status_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *server)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)server;
    httpd_board_show(write_event);
    httpd_guard_start();
    return OK;
}

/* NULL: there is no such format. */
static const format *find_format(request_rec *r)
{
    http_slice value;

    switch (httpd_field_query(r, "format", &value)) {
    case HTTP_QUERY_ABSENT: return &formats[0];
    case HTTP_QUERY_MALFORMED: return NULL;
    case HTTP_QUERY_FOUND: break;
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (value.size == strlen(formats[i].name)
            && memcmp(value.data, formats[i].name, value.size) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

/* The new segment has the counters as they were; what this child still counts
 * in the old one would be more than its next answer tells. */
static const httpd_refusal moved = {
    .error = CHAT_UNAVAILABLE,
    .sentence = "The rooms are being moved to other shared memory: ask again.",
    .retry = APR_USEC_PER_SEC,
    .close = true,
};

static int send_format(request_rec *r, const format *as,
                       const httpd_snapshot *now)
{
    base_bytes body = BASE_BYTES_INIT;

    as->write(&body, now);
    httpd_answer_headers(r);
    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; frame-ancestors 'self'");
    ap_set_content_type(r, as->type);
    ap_set_content_length(r, (apr_off_t)body.len);
    if (!r->header_only) {
        (void)ap_rwrite(body.data, (int)body.len, r);
    }
    base_bytes_free(&body);
    return OK;
}

/* Without the bundled files, the same as ?format=html. */
static int send_page(request_rec *r, const httpd_snapshot *now)
{
    base_bytes table = BASE_BYTES_INIT;
    int result;

    base_bytes_append_text(&table, "<table>\n");
    httpd_figures_table(&table, now);
    base_bytes_append_text(&table, "</table>");
    result = httpd_page_status(r, &table);
    base_bytes_free(&table);
    return result == DECLINED ? send_format(r, &formats[0], now) : result;
}

/* The numbers with lists behind them. */
static int send_lists(request_rec *r, const httpd_dir_config *config,
                      const httpd_snapshot *now)
{
    base_bytes body = BASE_BYTES_INIT;
    httpd_refusal why;
    int result;

    httpd_figures_json(&body, now);
    if (httpd_lists_write(r, config, now, &body, &why)) {
        base_bytes_append_text(&body, JSON_END);
        result = httpd_answer_json(r, HTTP_OK, &body);
    }
    else {
        result = httpd_answer_refuse(r, &why);
    }
    base_bytes_free(&body);
    return result;
}

static int show(request_rec *r, const httpd_dir_config *config)
{
    const format *as = find_format(r);
    httpd_snapshot now;

    if (!as) {
        return httpd_answer_refuse(
            r, &(httpd_refusal){ .error = CHAT_BAD_REQUEST,
                                 .sentence = "There is no such format: use "
                                             "?format=json, "
                                             "?format=prometheus or none." });
    }
    httpd_snapshot_take(&now);
    if (now.up && room_store_closed(httpd_life_store())) {
        return httpd_answer_refuse(r, &moved);
    }
    if (as->write == write_json && httpd_field_asked(r, "list")) {
        return send_lists(r, config, &now);
    }
    return httpd_field_asked(r, "format") ? send_format(r, as, &now)
                                          : send_page(r, &now);
}

/* Where Require lets in without a user, by the address say, whoever sends a
 * password is somebody all the same; ?login asks for one. */
static int look_for_user(request_rec *r, const httpd_dir_config *config)
{
    return config->moderators ? httpd_login_look(r) : OK;
}

int httpd_status_handler(request_rec *r, const httpd_dir_config *config)
{
    const char *file = httpd_room_file(r->uri);
    int status = file ? OK : look_for_user(r, config);

    if (file) {
        return httpd_page_asset(r, file);
    }
    if (status != OK) {
        return status;
    }
    if (config->moderators && r->method_number == M_GET
        && httpd_field_asked(r, "login")) {
        return httpd_login_answer(r, config, NULL);
    }
    if (r->method_number == M_POST && config->moderators) {
        return httpd_deed_answer(r, config);
    }
    if (r->method_number != M_GET) {
        return httpd_answer_method(r, config->moderators ? "GET, HEAD, POST"
                                                         : "GET, HEAD");
    }
    return http_accept_events(httpd_field_in(r, "Accept"))
                   && !httpd_field_asked(r, "format")
               ? httpd_stream_status(r, config) : show(r, config);
}
