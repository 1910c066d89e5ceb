/* httpd_figures.c - the numbers of the status page; see httpd_figures.h.
 *
 * All formats are written from the same rows: those of the tables here and
 * those of act_count's.
 */
#include "httpd/status/httpd_figures.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "act/act_traffic.h"

/* A number of the snapshot; the counters have a table of their own. */
typedef struct {
    const char *name;
    bool gauge;
    size_t offset;
    const char *help;
} figure;

typedef void show_figure(void *of, const httpd_figure *what);

#define AT(member) offsetof(httpd_snapshot, member)

static const figure always[] = {
    { "up", true, AT(up),
      "1 when the shared memory of the rooms could be had, else 0." },
    { "uptime_seconds", true, AT(uptime),
      "Seconds since httpd was started or restarted." },
    { "start_time_seconds", true, AT(started),
      "When that was, in seconds since 1970." },
    { "process_per_connection", true, AT(forks),
      "1 when mpm-itk is loaded: no WebSocket, and nothing waits; else 0." },
};

static const figure figures[] = {
    { "children", true, AT(children), "Children that serve the chat." },
    { "connections_limit", true, AT(connections_limit),
      "Connections that these take at most; 0 when that is not known." },
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

/* The only number with a fraction, and as it was before. */
static const httpd_figure lag[] = {
    { "relay_lag_seconds", true, NULL,
      "How long the newest beat was on its way through Redis.", true, false,
      0 },
    { "relay_lag_milliseconds", true, NULL, "The same in milliseconds.", false,
      true, 0 },
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

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static httpd_figure figure_of(const figure *what, const void *numbers)
{
    return (httpd_figure){
        .name = what->name,
        .help = what->help,
        .gauge = what->gauge,
        .value = httpd_snapshot_value(numbers, what->offset),
    };
}

static void show_list(const figure *list, size_t count,
                      const httpd_snapshot *now, show_figure *show, void *of)
{
    for (size_t i = 0; i < count; i++) {
        httpd_figure what = figure_of(&list[i], now);

        show(of, &what);
    }
}

static void show_counts(const httpd_snapshot *now, show_figure *show, void *of)
{
    for (act_count which = 0; which < ACT_COUNTS; which++) {
        const act_count_entry *entry = act_count_describe(which);

        show(of, &(httpd_figure){ .name = entry->name,
                                  .help = entry->help,
                                  .gauge = entry->gauge,
                                  .value = now->counts[which] });
    }
}

static void show_lag(const httpd_snapshot *now, show_figure *show, void *of)
{
    for (size_t i = 0; i < COUNT(lag); i++) {
        httpd_figure what = lag[i];

        what.value = now->relay_lag_ms;
        show(of, &what);
    }
}

static void show_traffic(const figure *number, const httpd_snapshot *now,
                         show_figure *show, void *of)
{
    for (act_traffic which = 0; which < ACT_TRAFFICS; which++) {
        const act_traffic_entry *entry = act_traffic_describe(which);
        httpd_figure what = figure_of(number, &now->traffic[which]);

        what.transport = entry->name;
        if (!entry->keyed) {
            show(of, &what);
        }
    }
}

void httpd_figures_each(const httpd_snapshot *now,
                        void (*show)(void *of, const httpd_figure *what),
                        void *of)
{
    show_list(always, COUNT(always), now, show, of);
    if (!now->up) {
        return;
    }
    show_counts(now, show, of);
    show_list(figures, COUNT(figures), now, show, of);
    if (now->archive.on) {
        show_list(archived, COUNT(archived), now, show, of);
    }
    if (now->relay.on) {
        show_list(relayed, COUNT(relayed), now, show, of);
        show_lag(now, show, of);
    }
    for (size_t i = 0; i < COUNT(traffic); i++) {
        show_traffic(&traffic[i], now, show, of);
    }
}

void httpd_figures_value(base_bytes *out, const httpd_figure *what)
{
    if (what->thousandths) {
        base_bytes_append_format(out, "%" PRIu64 ".%03u", what->value / 1000,
                                 (unsigned)(what->value % 1000));
    }
    else {
        base_bytes_append_format(out, "%" PRIu64, what->value);
    }
}

static void append_name(base_bytes *out, const httpd_figure *what)
{
    if (what->transport) {
        base_bytes_append_format(out, "%s_", what->transport);
    }
    base_bytes_append_text(out, what->name);
}

static void write_html(void *of, const httpd_figure *what)
{
    base_bytes *out = of;

    base_bytes_append_text(out, "<tr><th align=\"left\">");
    append_name(out, what);
    base_bytes_append_text(out, "</th><td align=\"right\">");
    httpd_figures_value(out, what);
    base_bytes_append_format(out, "</td><td>%s</td></tr>\n", what->help);
}

static void write_json(void *of, const httpd_figure *what)
{
    base_bytes *out = of;

    base_bytes_append_text(out, ",\n \"");
    append_name(out, what);
    base_bytes_append_text(out, "\": ");
    httpd_figures_value(out, what);
}

void httpd_figures_table(base_bytes *out, const httpd_snapshot *now)
{
    httpd_figures_each(now, write_html, out);
    if (!now->up) {
        base_bytes_append_text(
            out, "<tr><td colspan=\"3\">There are no rooms: the shared memory "
                 "could not be had. The error log says why.</td></tr>\n");
    }
}

void httpd_figures_json(base_bytes *out, const httpd_snapshot *now)
{
    base_bytes_append_text(out, "{\"version\": \"" CHATWS_VERSION "\"");
    httpd_figures_each(now, write_json, out);
}
