/* httpd_status.c - the status page; see httpd_status.h.
 *
 * All three formats are written from the same rows: those of the table here
 * and those of act_count's.
 */
#include "httpd/rows/httpd_status.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <http_protocol.h>
#include <scoreboard.h>

#include "act/act_count.h"
#include "act/act_traffic.h"
#include "base/base_bytes.h"
#include "base/base_clock.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/rows/httpd_answer.h"
#include "relay/relay.h"
#include "room/archive/room_archive_figures.h"
#include "room/segment/room_slot.h"
#include "room/segment/room_store.h"

/* Everything that is shown, as it was when it was asked for. */
typedef struct {
    uint64_t up;
    uint64_t uptime;
    uint64_t forks;
    uint64_t children;
    room_store_figures store;
    uint64_t counts[ACT_COUNTS];
    room_meter_figures traffic[ROOM_METER_LINES];
    room_archive_figures archive;
    uint64_t archive_lag_seconds;
    relay_figures relay;
    uint64_t relay_connected;
    uint64_t relay_lag_ms;
} snapshot;

/* A number of the snapshot; the counters have a table of their own. */
typedef struct {
    const char *name;
    bool gauge;
    size_t offset;
    const char *help;
} figure;

#define AT(member) offsetof(snapshot, member)

static const figure always[] = {
    { "up", true, AT(up),
      "1 when the shared memory of the rooms could be had, else 0." },
    { "uptime_seconds", true, AT(uptime),
      "Seconds since httpd was started or restarted." },
    { "process_per_connection", true, AT(forks),
      "1 when mpm-itk is loaded: no WebSocket, and nothing waits; else 0." },
};

static const figure figures[] = {
    { "children", true, AT(children), "Children that serve the chat." },
    { "memory_bytes", true, AT(store.size), "Size of the shared memory." },
    { "rooms", true, AT(store.rooms_used), "Rooms that exist." },
    { "rooms_limit", true, AT(store.rooms), "Rooms that there can be." },
    { "rooms_reused_total", false, AT(store.rooms_reused),
      "Rooms without members that made place for a new one." },
    { "rooms_evicted_total", false, AT(store.rooms_evicted),
      "Rooms without members that made place though they kept messages." },
    { "rooms_full_total", false, AT(store.rooms_full),
      "New rooms refused because all rooms had members." },
    { "pages", true, AT(store.pages), "Pages of memory for messages." },
    { "pages_free", true, AT(store.pages_free), "Pages that are free." },
    { "page_bytes", true, AT(store.page_size), "Size of a page." },
    { "room_pages_guaranteed", true, AT(store.guarantee),
      "Pages that no busy room can take from another." },
    { "evicted_messages_total", false, AT(store.evicted),
      "Kept messages lost for lack of memory." },
    { "evicted_pages_total", false, AT(store.evicted_pages),
      "Pages taken back for lack of memory." },
    { "member_cells", true, AT(store.cells),
      "Places for members; one takes one or two." },
    { "member_cells_free", true, AT(store.cells_free),
      "Places for members that are free." },
    { "repairs_total", false, AT(store.repairs),
      "Locks whose owner had died; what they guard was repaired." },
    { "rooms_reset_total", false, AT(store.resets),
      "Rooms emptied because they were damaged." },
};

/* Of an archive, if there is one. */
static const figure archived[] = {
    { "archive_lag_messages", true, AT(archive.lag_messages),
      "Messages and events that are not in the archive yet." },
    { "archive_lag_seconds", true, AT(archive_lag_seconds),
      "How long the oldest of them waits." },
    { "archive_writer", true, AT(archive.writes),
      "1: this httpd writes the archive; with ChatRedis one of all does." },
    { "archive_commits_total", false, AT(archive.commits),
      "Transactions that the archive has taken." },
    { "archive_errors_total", false, AT(archive.errors),
      "Errors of the archive's database." },
    { "archive_lost_total", false, AT(archive.lost),
      "Messages and events given up for lack of memory before the archive had "
      "them." },
};

/* Of a relay, if there is one. */
static const figure relayed[] = {
    { "relay_connected", true, AT(relay_connected),
      "1 when this host hears what other hosts say, else 0." },
    { "relay_rooms", true, AT(relay.rooms),
      "Rooms for which it listens." },
    { "relay_hosts", true, AT(relay.hosts), "Other hosts that are alive." },
    { "relay_lag_milliseconds", true, AT(relay_lag_ms),
      "How long the newest beat was on its way through Redis." },
    { "relay_received_total", false, AT(relay.received),
      "Messages and events that came through Redis, also this host's own." },
    { "relay_sent_total", false, AT(relay.sent), "Orders to Redis." },
    { "relay_errors_total", false, AT(relay.errors),
      "Orders that Redis has refused, or not answered." },
    { "relay_reconnects_total", false, AT(relay.reconnects),
      "Connections to Redis that were made anew." },
    { "relay_gaps_total", false, AT(relay.gaps),
      "Rooms that had missed more than Redis still has." },
    { "relay_restored_total", false, AT(relay.restored),
      "Messages and events that Redis had lost and got back from here." },
};

/* What the kernel has counted, of each transport; an open connection without a
 * meter is in it when it ends. HTML and JSON have the transport's name in front
 * of these, Prometheus has it as a label. */
#define OF(member) offsetof(room_meter_figures, member)

static const figure traffic[] = {
    { "requests_total", false, OF(requests),
      "Connections, or requests for polls, that were served." },
    { "sent_bytes_total", false, OF(traffic.sent),
      "Payload bytes of TCP sent." },
    { "received_bytes_total", false, OF(traffic.received),
      "Payload bytes of TCP received." },
    { "sent_packets_total", false, OF(traffic.packets_sent),
      "Packets of TCP sent." },
    { "received_packets_total", false, OF(traffic.packets_received),
      "Packets of TCP received." },
    { "sent_wire_bytes_total", false, OF(traffic.wire_sent),
      "Bytes sent with all IP and TCP headers." },
    { "received_wire_bytes_total", false, OF(traffic.wire_received),
      "Bytes received with all IP and TCP headers." },
};

/* How one format writes a number. All formats have the same rows: whoever adds
 * a figure adds it to all. */
typedef void write_row(base_bytes *out, const char *name, bool gauge,
                       const char *help, uint64_t value);

static void write_html_row(base_bytes *out, const char *name, bool gauge,
                           const char *help, uint64_t value)
{
    (void)gauge;
    base_bytes_append_format(out,
                             "<tr><th align=\"left\">%s</th>"
                             "<td align=\"right\">%" PRIu64 "</td>"
                             "<td>%s</td></tr>\n",
                             name, value, help);
}

static void write_json_row(base_bytes *out, const char *name, bool gauge,
                           const char *help, uint64_t value)
{
    (void)gauge;
    (void)help;
    base_bytes_append_format(out, ",\n \"%s\": %" PRIu64, name, value);
}

static void write_prometheus_row(base_bytes *out, const char *name, bool gauge,
                                 const char *help, uint64_t value)
{
    base_bytes_append_format(out,
                             "# HELP chatws_%s %s\n# TYPE chatws_%s %s\n"
                             "chatws_%s %" PRIu64 "\n",
                             name, help, name, gauge ? "gauge" : "counter",
                             name, value);
}

typedef struct {
    const char *name; /* of ?format= */
    const char *type;
    const char *head;  /* in front of the version */
    const char *intro; /* between the version and the rows */
    const char *note;  /* instead of the store's rows, when there is none */
    const char *tail;
    write_row *row;
    bool labels;       /* a metric has labels */
} format;

static const format formats[] = {
    { "html", "text/html; charset=utf-8",
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Chat status</title></head>\n"
      "<body><h1>Chat status</h1>\n<p>mod_chatws ",
      ". The same as "
      "<a href=\"?format=json\">JSON</a> and for "
      "<a href=\"?format=prometheus\">Prometheus</a>. "
      "Sums over all children; what ends in _total only grows.</p>\n"
      "<table cellpadding=\"4\">\n",
      "<tr><td colspan=\"3\">There are no rooms: the shared memory could not "
      "be had. The error log says why.</td></tr>\n",
      "</table></body></html>\n", write_html_row, false },
    { "json", "application/json", "{\"version\": \"", "\"", "", "\n}\n",
      write_json_row, false },
    { "prometheus", "text/plain; version=0.0.4; charset=utf-8",
      "# HELP chatws_info The version of the module.\n"
      "# TYPE chatws_info gauge\nchatws_info{version=\"",
      "\"} 1\n", "", "", write_prometheus_row, true },
};

static uint64_t uptime(void)
{
    apr_time_t since;

    if (!ap_exists_scoreboard_image()) {
        return 0;
    }
    since = apr_time_now() - ap_scoreboard_image->global->restart_time;
    return since > 0 ? (uint64_t)apr_time_sec(since) : 0;
}

static void take_relay(room_store *store, snapshot *now)
{
    relay_figures *of = &now->relay;

    relay_figures_get(store, of);
    now->relay_connected = of->connected;
    now->relay_lag_ms = of->lag_us > 0 ? (uint64_t)of->lag_us / 1000 : 0;
}

static void take_snapshot(snapshot *now)
{
    room_store *store = httpd_life_store();

    memset(now, 0, sizeof(*now));
    now->uptime = uptime();
    now->forks = httpd_life_forks();
    if (store) {
        now->up = 1;
        now->children = room_slot_count(store);
        room_store_figures_get(store, &now->store);
        act_count_sums(store, now->counts);
        (void)room_meter_read(store, 0, base_clock_mono(), now->traffic);
        room_archive_figures_get(store, base_clock_mono(), &now->archive);
        now->archive_lag_seconds = (uint64_t)now->archive.lag_us / 1000000;
        take_relay(store, now);
    }
}

/* The tables know members by their offsets: all are 64 bits wide. */
static uint64_t value_at(const void *figures_of, size_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)figures_of + offset, sizeof(value));
    return value;
}

/* One metric for all transports, as Prometheus wants it. */
static void write_labels(base_bytes *out, const figure *what,
                         const snapshot *now)
{
    base_bytes_append_format(out,
                             "# HELP chatws_transport_%s %s\n"
                             "# TYPE chatws_transport_%s counter\n",
                             what->name, what->help, what->name);
    for (act_traffic which = 0; which < ACT_TRAFFICS; which++) {
        const act_traffic_entry *entry = act_traffic_describe(which);

        if (!entry->keyed) {
            base_bytes_append_format(
                out, "chatws_transport_%s{transport=\"%s\"} %" PRIu64 "\n",
                what->name, entry->name,
                value_at(&now->traffic[which], what->offset));
        }
    }
}

static void write_traffic(base_bytes *out, const format *as,
                          const snapshot *now)
{
    size_t count = sizeof(traffic) / sizeof(traffic[0]);

    for (size_t i = 0; as->labels && i < count; i++) {
        write_labels(out, &traffic[i], now);
    }
    for (act_traffic which = 0; which < ACT_TRAFFICS; which++) {
        const act_traffic_entry *entry = act_traffic_describe(which);

        for (size_t i = 0; !entry->keyed && i < count; i++) {
            char name[64];
            char help[128];

            (void)apr_snprintf(name, sizeof(name), "%s_%s", entry->name,
                               traffic[i].name);
            (void)apr_snprintf(help, sizeof(help),
                               "The same as chatws_transport_%s with its "
                               "label.", traffic[i].name);
            as->row(out, name, false, as->labels ? help : traffic[i].help,
                    value_at(&now->traffic[which], traffic[i].offset));
        }
    }
}

static void write_figures(base_bytes *out, const format *as, const figure *list,
                          size_t count, const snapshot *now)
{
    for (size_t i = 0; i < count; i++) {
        as->row(out, list[i].name, list[i].gauge, list[i].help,
                value_at(now, list[i].offset));
    }
}

static void write_all(base_bytes *out, const format *as, const snapshot *now)
{
    base_bytes_append_text(out, as->head);
    base_bytes_append_text(out, CHATWS_VERSION);
    base_bytes_append_text(out, as->intro);
    write_figures(out, as, always, sizeof(always) / sizeof(always[0]), now);
    if (now->up) {
        for (unsigned which = 0; which < ACT_COUNTS; which++) {
            const act_count_entry *entry = act_count_describe((act_count)which);

            as->row(out, entry->name, entry->gauge, entry->help,
                    now->counts[which]);
        }
        write_figures(out, as, figures, sizeof(figures) / sizeof(figures[0]),
                      now);
        if (now->archive.on && httpd_past_archive()) {
            write_figures(out, as, archived,
                          sizeof(archived) / sizeof(archived[0]), now);
        }
        if (now->relay.on) {
            write_figures(out, as, relayed,
                          sizeof(relayed) / sizeof(relayed[0]), now);
        }
        write_traffic(out, as, now);
    }
    else {
        base_bytes_append_text(out, as->note);
    }
    base_bytes_append_text(out, as->tail);
}

void httpd_status_write(base_bytes *out)
{
    const format *as = formats;
    snapshot now;

    while (as->row != write_json_row) {
        as++;
    }
    take_snapshot(&now);
    write_all(out, as, &now);
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

int httpd_status_handler(request_rec *r)
{
    const format *as;
    base_bytes body = BASE_BYTES_INIT;
    snapshot now;

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
    take_snapshot(&now);
    if (now.up && room_store_closed(httpd_life_store())) {
        return httpd_answer_refuse(r, &moved);
    }
    write_all(&body, as, &now);
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
