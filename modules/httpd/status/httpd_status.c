/* httpd_status.c - the status page; see httpd_status.h. */
#include "httpd/status/httpd_status.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/httpd_life.h"
#include "httpd/rows/httpd_answer.h"
#include "httpd/rows/httpd_page.h"
#include "httpd/status/httpd_figures.h"
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

static void write_json(base_bytes *out, const httpd_snapshot *now)
{
    httpd_figures_json(out, now);
    base_bytes_append_text(out, "\n}\n");
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

    httpd_figures_table(&table, now);
    result = httpd_page_status(r, &table);
    base_bytes_free(&table);
    return result == DECLINED ? send_format(r, &formats[0], now) : result;
}

int httpd_status_handler(request_rec *r, const httpd_dir_config *config)
{
    const char *file = httpd_room_file(r->uri);
    const format *as;
    httpd_snapshot now;

    (void)config;
    if (file) {
        return httpd_page_asset(r, file);
    }
    if (r->method_number != M_GET) {
        return httpd_answer_method(r, "GET, HEAD");
    }
    as = find_format(r);
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
    return httpd_field_asked(r, "format") ? send_format(r, as, &now)
                                          : send_page(r, &now);
}
