/* httpd_figures.c - the numbers of the status page; see httpd_figures.h.
 *
 * All formats are written from the same rows: those of the table here and those
 * of act_count's.
 */
#include "httpd/status/httpd_figures.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include <apr_strings.h>

#include "act/act_traffic.h"

/* A number of the snapshot; the counters have a table of their own. */
typedef struct {
    const char *name;
    bool gauge;
    size_t offset;
    const char *help;
} figure;

#define AT(member) offsetof(httpd_snapshot, member)

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
    const char *note; /* instead of the store's rows, when there is none */
    write_row *row;
    bool labels;      /* a metric has labels */
} format;

static const format html = {
    "<tr><td colspan=\"3\">There are no rooms: the shared memory could not be "
    "had. The error log says why.</td></tr>\n",
    write_html_row, false
};
static const format json = { "", write_json_row, false };
static const format prometheus = { "", write_prometheus_row, true };

/* One metric for all transports, as Prometheus wants it. */
static void write_labels(base_bytes *out, const figure *what,
                         const httpd_snapshot *now)
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
                httpd_snapshot_value(&now->traffic[which], what->offset));
        }
    }
}

static void write_traffic(base_bytes *out, const format *as,
                          const httpd_snapshot *now)
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
                    httpd_snapshot_value(&now->traffic[which],
                                         traffic[i].offset));
        }
    }
}

static void write_figures(base_bytes *out, const format *as, const figure *list,
                          size_t count, const httpd_snapshot *now)
{
    for (size_t i = 0; i < count; i++) {
        as->row(out, list[i].name, list[i].gauge, list[i].help,
                httpd_snapshot_value(now, list[i].offset));
    }
}

static void write_rows(base_bytes *out, const format *as,
                       const httpd_snapshot *now)
{
    write_figures(out, as, always, sizeof(always) / sizeof(always[0]), now);
    if (now->up) {
        for (unsigned which = 0; which < ACT_COUNTS; which++) {
            const act_count_entry *entry = act_count_describe((act_count)which);

            as->row(out, entry->name, entry->gauge, entry->help,
                    now->counts[which]);
        }
        write_figures(out, as, figures, sizeof(figures) / sizeof(figures[0]),
                      now);
        if (now->archive.on) {
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
}

void httpd_figures_table(base_bytes *out, const httpd_snapshot *now)
{
    write_rows(out, &html, now);
}

void httpd_figures_json(base_bytes *out, const httpd_snapshot *now)
{
    base_bytes_append_text(out, "{\"version\": \"" CHATWS_VERSION "\"");
    write_rows(out, &json, now);
}

void httpd_figures_prometheus(base_bytes *out, const httpd_snapshot *now)
{
    base_bytes_append_text(out,
                           "# HELP chatws_info The version of the module.\n"
                           "# TYPE chatws_info gauge\n"
                           "chatws_info{version=\"" CHATWS_VERSION "\"} 1\n");
    write_rows(out, &prometheus, now);
}
