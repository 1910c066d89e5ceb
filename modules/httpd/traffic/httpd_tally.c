/* httpd_tally.c - see httpd_tally.h. */
#include "httpd/traffic/httpd_tally.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <ap_listen.h>
#include <apr_portable.h>
#include <http_config.h>
#include <http_core.h>
#include <http_ssl.h>

#include "base/base_clock.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_handoff.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/leave/httpd_tls.h"
#include "httpd/traffic/httpd_meter.h"
#include "httpd/traffic/httpd_sight.h"
#include "httpd/traffic/httpd_streams.h"
#include "loop/loop_socket.h"

APLOG_USE_MODULE(chatws);

/* A request to be counted; in its pool, found through request_config. */
typedef struct {
    httpd_tally_owner owner;
    base_traffic opening; /* of its connection, if it is the first on that */
    bool counted;         /* as a request, with its opening */
} request_mark;

void httpd_tally_init(httpd_tally *tally)
{
    pthread_mutex_init(&tally->lock, NULL);
}

void httpd_tally_destroy(httpd_tally *tally)
{
    pthread_mutex_destroy(&tally->lock);
}

/* The socket's descriptor, or -1. */
static int descriptor_of(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t fd;

    return socket && apr_os_sock_get(&fd, socket) == APR_SUCCESS ? fd : -1;
}

bool httpd_tally_reading(conn_rec *c, const httpd_tally *tally,
                         loop_tcp_state *now)
{
    if (!loop_tcp_read(descriptor_of(c), now)) {
        return false;
    }
    if (tally->streams || ap_ssl_conn_is_ssl(c)) {
        now->traffic.plain_sent = tally->plain_sent;
        now->traffic.plain_received = tally->plain_received;
    }
    return true;
}

void httpd_tally_add(const httpd_tally_owner *owner,
                     const room_meter_figures *more)
{
    room_meter_add(httpd_life_store(), owner->key, owner->tag,
                   owner->transport, more, base_clock_mono());
}

/* Who is quick has sent the next request before this one is over: it waits in
 * the socket, and the packet that it came in is its own. */
static void leave_next(conn_rec *c, loop_tcp_state *now)
{
    uint64_t unread = loop_socket_waiting(descriptor_of(c));

    if (unread > 0 && unread <= now->traffic.received) {
        now->traffic.received -= unread;
        now->traffic.plain_received -= ap_ssl_conn_is_ssl(c) ? 0 : unread;
        now->traffic.packets_received--;
        now->traffic.wire_received -= unread + now->head;
        now->data_packets_received--;
    }
}

/* Replaces the last reading; what came since the one before. */
static base_traffic advance(conn_rec *c, httpd_tally *tally)
{
    loop_tcp_state now;
    base_traffic since = { 0 };

    if (httpd_tally_reading(c, tally, &now)) {
        leave_next(c, &now);
        since = base_traffic_since(&now.traffic, &tally->last);
        tally->last = now.traffic;
        tally->last_data = now.data_packets_received;
    }
    return since;
}

/* A request has been read: what was sent since the last reading is the rest of
 * the answer before, and packets without payload acknowledged that. Only the
 * payload that has come, and the packets it came in, are new. Returns what is
 * not new. */
static base_traffic settle(conn_rec *c, httpd_tally *tally)
{
    base_traffic before = tally->last;
    base_traffic *last = &tally->last;
    loop_tcp_state now;
    uint64_t bytes;
    uint64_t packets;

    if (!httpd_tally_reading(c, tally, &now)) {
        return (base_traffic){ 0 };
    }
    bytes = now.traffic.received - last->received;
    packets = now.data_packets_received - tally->last_data;
    *last = now.traffic;
    last->received -= bytes;
    last->packets_received -= packets;
    last->wire_received -= bytes + packets * now.head;
    last->plain_received = before.plain_received;
    return base_traffic_since(last, &before);
}

static bool is_first(const httpd_tally *tally)
{
    return tally->last.packets_sent == 0;
}

/* The first request of the connection has been read: what came before it, the
 * handshakes of TCP and TLS. Of TLS one packet and one record are the
 * request's. */
static base_traffic opening_of(conn_rec *c, const httpd_tally *tally)
{
    bool tls = ap_ssl_conn_is_ssl(c) != 0;
    loop_tcp_state now;
    base_traffic *opening = &now.traffic;
    uint64_t bytes;
    uint64_t packets;

    if (!httpd_tally_reading(c, tally, &now)) {
        return (base_traffic){ 0 };
    }
    bytes = opening->plain_received + httpd_tally_link_of(c).record;
    bytes = bytes < opening->received ? bytes : opening->received;
    packets = tls ? 1 : now.data_packets_received;
    opening->received -= bytes;
    opening->packets_received -= packets;
    opening->wire_received -= bytes + packets * now.head;
    if (!tls) { /* the SYN-ACK alone; the rest acknowledges the request */
        opening->wire_sent -= (opening->packets_sent - 1) * now.head;
        opening->packets_sent = 1;
    }
    opening->plain_sent = opening->plain_received = 0;
    return *opening;
}

static httpd_tally *tally_of(conn_rec *c)
{
    httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                 &chatws_module);

    return record ? &record->tally : NULL;
}

conn_rec *httpd_tally_connection(request_rec *r)
{
    return r->connection->master ? r->connection->master : r->connection;
}

httpd_tally_link httpd_tally_link_of(conn_rec *c)
{
    const httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                       &chatws_module);
    httpd_tally_link link = { .tls = NULL };
    loop_tcp_state now;

    if (record && record->ssl) {
        link.tls = httpd_tls_version(record->ssl, &link.record);
    }
    if (loop_tcp_read(descriptor_of(c), &now)) {
        link.packet = now.head;
    }
    return link;
}

/* Where a request begins on the connection. */
static void begin_request(conn_rec *c, httpd_tally *tally)
{
    if (tally->other) {
        (void)settle(c, tally);
    }
}

base_traffic httpd_tally_before(request_rec *r, room_meter_transport transport,
                                base_traffic *opening)
{
    httpd_tally *tally = tally_of(r->connection);

    *opening = (base_traffic){ 0 };
    if (!tally) {
        return (base_traffic){ 0 };
    }
    if (!tally->paid) {
        *opening = tally->opening;
    }
    else if (tally->payer.key == httpd_meter_key(r)) {
        room_meter_figures what = { .traffic = tally->opening,
                                    .connections = 1,
                                    .opening = tally->opening };

        room_meter_move(httpd_life_store(), tally->payer.key,
                        tally->payer.transport, transport, &what,
                        base_clock_mono());
    }
    begin_request(r->connection, tally);
    return tally->last;
}

/* A stream of HTTP/2; mod_http2 tells its number. */
static void begin_stream(request_rec *r, const httpd_tally_owner *owner)
{
    conn_rec *c = r->connection->master;
    httpd_tally *tally = tally_of(c);
    const char *id = apr_table_get(r->subprocess_env, "H2_STREAM_ID");

    if (tally && id) {
        pthread_mutex_lock(&tally->lock);
        if (tally->streams) {
            httpd_streams_mark(c, tally, (uint32_t)strtoul(id, NULL, 10),
                               owner);
        }
        pthread_mutex_unlock(&tally->lock);
    }
}

void httpd_tally_begin(request_rec *r, room_meter_transport transport)
{
    request_mark *mark = apr_pcalloc(r->pool, sizeof(*mark));

    mark->owner = (httpd_tally_owner){ .key = httpd_meter_key(r),
                                       .tag = httpd_address_tag(r),
                                       .transport = transport };
    ap_set_module_config(r->request_config, &chatws_module, mark);
    if (r->connection->master) {
        begin_stream(r, &mark->owner);
    }
    else {
        httpd_tally *tally = tally_of(r->connection);

        if (tally && is_first(tally)) {
            mark->opening = tally->opening;
        }
        if (tally) {
            begin_request(r->connection, tally);
        }
    }
}

void httpd_tally_start(void)
{
    for (const ap_listen_rec *at = ap_listeners; at; at = at->next) {
        apr_os_sock_t fd;

        if (at->sd && apr_os_sock_get(&fd, at->sd) == APR_SUCCESS) {
            loop_tcp_note_listener(fd);
        }
    }
}

int httpd_tally_open(conn_rec *c, void *socket)
{
    (void)socket;
    if (!c->master && httpd_life_store()) {
        (void)httpd_handoff_prepare(c);
        httpd_sight_add(c);
    }
    return OK;
}

int httpd_tally_read(request_rec *r)
{
    httpd_tally *tally = tally_of(r->connection);
    room_meter_figures more = { 0 };

    /* A stream of HTTP/2 has no record. */
    if (tally && is_first(tally)) {
        tally->opening = opening_of(r->connection, tally);
    }
    if (!tally || !tally->polled || tally->other || tally->owner.key == 0) {
        return DECLINED;
    }
    more.traffic = settle(r->connection, tally);
    httpd_tally_add(&tally->owner, &more);
    return DECLINED;
}

/* Other streams of HTTP/2 may end at the same time. */
static bool has_polled(httpd_tally *tally)
{
    bool polled;

    pthread_mutex_lock(&tally->lock);
    polled = tally->polled;
    pthread_mutex_unlock(&tally->lock);
    return polled;
}

/* Counts what came since the last time on the connection `c` as that of the
 * mark's request, or of none. A stream of HTTP/2 may end behind its connection:
 * then the hub does that already. */
static void count(conn_rec *c, httpd_tally *tally, request_mark *mark)
{
    room_meter_figures more = { 0 };

    pthread_mutex_lock(&tally->lock);
    if (!tally->followed) {
        more.traffic = advance(c, tally);
    }
    tally->other = !mark;
    if (mark) {
        more.requests = !mark->counted;
        if (!mark->counted && !base_traffic_is_none(&mark->opening)) {
            more.opening = mark->opening;
            more.connections = 1;
            tally->paid = true;
            tally->payer = mark->owner;
        }
        mark->counted = true;
        tally->polled = true;
        tally->owner = mark->owner;
    }
    pthread_mutex_unlock(&tally->lock);
    if (mark) {
        httpd_tally_add(&mark->owner, &more);
    }
}

/* True when the connection's streams are told apart, and does that. */
static bool count_streams(conn_rec *c, httpd_tally *tally)
{
    bool told;

    pthread_mutex_lock(&tally->lock);
    told = tally->streams != NULL;
    if (told) {
        httpd_streams_settle(c, tally);
    }
    pthread_mutex_unlock(&tally->lock);
    return told;
}

void httpd_tally_go_on(request_rec *r)
{
    conn_rec *c = httpd_tally_connection(r);
    request_mark *mark = ap_get_module_config(r->request_config,
                                              &chatws_module);
    httpd_tally *tally = tally_of(c);

    if (mark && mark->owner.key != 0 && tally && !count_streams(c, tally)) {
        count(c, tally, mark);
    }
}

int httpd_tally_log(request_rec *r)
{
    request_mark *mark;
    conn_rec *c = httpd_tally_connection(r);
    httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                 &chatws_module);

    if (!record || !httpd_life_store() || record->offer
        || record->tally.streams) {
        return DECLINED; /* one that was given away is the hub's to count */
    }
    while (r->next) {
        r = r->next; /* where an internal redirect has led to */
    }
    mark = ap_get_module_config(r->request_config, &chatws_module);
    if (mark || has_polled(&record->tally) || c->keepalive != AP_CONN_CLOSE) {
        count(c, &record->tally, mark);
    }
    return DECLINED;
}

/* Gives the hub a duplicate to wait with; false when that cannot be. */
static bool follow(conn_rec *c, const httpd_tally *tally, int fd)
{
    hub_measure measure = { .key = tally->owner.key,
                            .tag = tally->owner.tag,
                            .transport = tally->owner.transport,
                            .base = tally->last,
                            .tls = ap_ssl_conn_is_ssl(c) != 0 };
    hub *child = httpd_life_hub();
    int own = child ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (own >= 0 && (httpd_limit_lacks(own) > 0
                     || !hub_meter_follow(child, own, &measure))) {
        close(own);
        own = -1;
    }
    return own >= 0;
}

int httpd_tally_close(conn_rec *c)
{
    httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                 &chatws_module);
    httpd_tally *tally = record ? &record->tally : NULL;
    int fd = descriptor_of(c);

    if (c->master || !tally || record->offer || fd < 0) {
        return OK;
    }
    pthread_mutex_lock(&tally->lock);
    if (tally->streams && httpd_life_store()) {
        httpd_streams_end(c, tally);
    }
    tally->followed = tally->polled && tally->owner.key != 0
                      && follow(c, tally, fd);
    if (tally->polled && !tally->followed) {
        room_meter_figures more = { .traffic = advance(c, tally) };

        httpd_tally_add(&tally->owner, &more);
    }
    tally->polled = false;
    pthread_mutex_unlock(&tally->lock);
    return OK;
}
