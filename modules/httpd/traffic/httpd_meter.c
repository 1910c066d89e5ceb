/* httpd_meter.c - see httpd_meter.h. */
#include "httpd/traffic/httpd_meter.h"

#include <inttypes.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_protocol.h>

#include "act/act_traffic.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "chat/chat_text.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_person.h"
#include "httpd/httpd_connection.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_tls.h"
#include "httpd/rows/httpd_answer.h"
#include "httpd/traffic/httpd_account.h"

/* What is shown of a head. Headers that do not fit are left out. */
#define HEAD_MOST 8192

/* The headers whose values are shown, in lower case: those that browsers send
 * and answers have, and that neither a user's login nor a proxy's news for us
 * alone stand in. A '*' at the end stands for more. */
static const char *const shown[] = {
    "accept", "accept-*", "access-control-*", "cache-control", "connection",
    "content-*", "dnt", "host", "if-*", "keep-alive", "last-event-id",
    "origin", "pragma", "priority", "range", "referer", "sec-*", "te",
    "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent",
};

bool httpd_meter_look(request_rec *r)
{
    return httpd_account_key(r) != 0 && httpd_field_asked(r, "look");
}

static bool is_shown(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        size_t length = strlen(shown[i]);

        if (shown[i][length - 1] == '*'
                ? size >= length
                      && strncasecmp(name, shown[i], length - 1) == 0
                : size == length && strncasecmp(name, shown[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* Printable ASCII stays; of anything else only that there was a byte. */
static void append_plain(base_bytes *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char byte = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';

        base_bytes_append(out, &byte, 1);
    }
}

/* As many as there are bytes: what is shown is what they weigh. */
static void append_stars(base_bytes *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        base_bytes_append(out, "*", 1);
    }
}

/* A value that is shown, but for a guest's key in it. */
static void append_value(base_bytes *out, const char *value, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t entry = strlen(HTTPD_PERSON_PROTOCOL);
        size_t hidden = 0;

        if (size - at > entry
            && strncasecmp(value + at, HTTPD_PERSON_PROTOCOL, entry) == 0) {
            append_plain(out, value + at, entry);
            at += entry;
            while (at + hidden < size && value[at + hidden] != ','
                   && value[at + hidden] != ' ') {
                hidden++;
            }
            append_stars(out, hidden);
            at += hidden;
            continue;
        }
        append_plain(out, value + at, 1);
        at++;
    }
}

static void append_header(base_bytes *out, const char *name, size_t name_size,
                          const char *value, size_t size)
{
    if (out->len + name_size + size + 4 > HEAD_MOST) {
        return;
    }
    append_plain(out, name, name_size);
    base_bytes_append_text(out, ": ");
    if (is_shown(name, name_size)) {
        append_value(out, value, size);
    }
    else {
        append_stars(out, size);
    }
    base_bytes_append_text(out, "\r\n");
}

static int append_each(void *out, const char *name, const char *value)
{
    append_header(out, name, strlen(name), value, strlen(value));
    return 1;
}

/* The head of the request, as httpd has read it: of HTTP/2 what it would be in
 * HTTP/1.1. */
static void append_request(base_bytes *out, request_rec *r)
{
    size_t size = strlen(r->the_request);

    append_plain(out, r->the_request, size < HEAD_MOST ? size : HEAD_MOST);
    base_bytes_append_text(out, "\r\n");
    apr_table_do(append_each, out, r->headers_in, NULL);
    base_bytes_append_text(out, "\r\n");
}

/* The head of a response, which is ours and well-formed: each line ends in CR
 * LF, and the last one is empty. */
static void append_response(base_bytes *out, const char *head)
{
    const char *end = strstr(head, "\r\n");

    append_plain(out, head, (size_t)(end - head));
    base_bytes_append_text(out, "\r\n");
    for (head = end + 2; *head != '\r'; head = end + 2) {
        const char *colon = strchr(head, ':');

        end = strstr(head, "\r\n");
        append_header(out, head, (size_t)(colon - head), colon + 2,
                      (size_t)(end - colon - 2));
    }
    base_bytes_append_text(out, "\r\n");
}

void httpd_meter_event(request_rec *r, const char *response, base_bytes *out)
{
    base_bytes heads[2] = { BASE_BYTES_INIT, BASE_BYTES_INIT };

    append_request(&heads[0], r);
    append_response(&heads[1], response);
    chat_event_meter_heads(out, &heads[0], &heads[1]);
    base_bytes_free(&heads[0]);
    base_bytes_free(&heads[1]);
}

static void append_traffic(base_bytes *out, const base_traffic *traffic)
{
    base_bytes_append_format(
        out,
        ",\"sent\":%" PRIu64 ",\"received\":%" PRIu64
        ",\"packets_sent\":%" PRIu64 ",\"packets_received\":%" PRIu64
        ",\"wire_sent\":%" PRIu64 ",\"wire_received\":%" PRIu64
        ",\"plain_sent\":%" PRIu64 ",\"plain_received\":%" PRIu64,
        traffic->sent, traffic->received, traffic->packets_sent,
        traffic->packets_received, traffic->wire_sent, traffic->wire_received,
        traffic->plain_sent, traffic->plain_received);
}

static void append_figures(base_bytes *out, const char *name,
                           const room_meter_figures *figures)
{
    base_bytes_append_format(out, "\"%s\":{\"requests\":%" PRIu64, name,
                             figures->requests);
    append_traffic(out, &figures->traffic);
    base_bytes_append_format(out, ",\"opening\":{\"connections\":%" PRIu64,
                             figures->connections);
    append_traffic(out, &figures->opening);
    base_bytes_append_text(out, "}}");
}

/* What every message of this very connection has around it. */
static void append_connection(base_bytes *out, request_rec *r)
{
    httpd_tls_overhead around = httpd_tls_overhead_of(
        httpd_connection_client(r));

    base_bytes_append_text(out, ",\"connection\":{\"tls\":");
    if (around.version) {
        chat_text_quote(out, around.version, strlen(around.version));
    }
    else {
        base_bytes_append_text(out, "null");
    }
    base_bytes_append_format(out, ",\"record\":%u,\"packet\":%u}",
                             around.record, around.packet);
}

static int answer(request_rec *r, const httpd_dir_config *config, uint64_t key)
{
    room_meter_figures figures[ROOM_METER_LINES];
    base_bytes head = BASE_BYTES_INIT;
    base_bytes json = BASE_BYTES_INIT;
    int result;

    (void)room_meter_read(httpd_life_store(), key, base_clock_mono(), figures);
    append_request(&head, r);
    base_bytes_append_text(&json, "{\"protocol\":");
    chat_text_quote(&json, r->protocol, strlen(r->protocol));
    base_bytes_append_text(&json, ",\"request\":");
    chat_text_quote(&json, head.data, head.len);
    append_connection(&json, r);
    base_bytes_append_format(&json, ",\"compression\":%u,\"traffic\":{",
                             config->settings.compress_least);
    for (act_traffic i = 0; i < ACT_TRAFFICS; i++) {
        base_bytes_append(&json, ",", i > 0);
        append_figures(&json, act_traffic_describe(i)->name, &figures[i]);
    }
    base_bytes_append_text(&json, "}}");
    result = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&head);
    base_bytes_free(&json);
    return result;
}

int httpd_meter_answer(request_rec *r, const httpd_dir_config *config)
{
    uint64_t key = httpd_account_key(r);
    httpd_refusal why;

    if (r->method_number != M_GET) {
        return httpd_answer_method(r, "GET, HEAD");
    }
    if (!httpd_origin_check(r, config, false, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    if (key == 0) {
        return httpd_answer_refuse(
            r, &(httpd_refusal){ .error = CHAT_BAD_REQUEST,
                                 .sentence = "A meter has a key: ?meter= with "
                                             "16 lower-case hexadecimal "
                                             "digits, not all of them 0." });
    }
    if (!httpd_life_store()) {
        why = httpd_answer_no_memory();
        return httpd_answer_refuse(r, &why);
    }
    return answer(r, config, key);
}
