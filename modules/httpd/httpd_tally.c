/* httpd_tally.c - see httpd_tally.h. */
#include "httpd/httpd_tally.h"

#include <fcntl.h>
#include <unistd.h>

#include <ap_listen.h>
#include <apr_portable.h>
#include <http_config.h>
#include <http_core.h>

#include "base/base_clock.h"
#include "httpd/httpd_address.h"
#include "httpd/httpd_handoff.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_limit.h"
#include "httpd/httpd_meter.h"
#include "loop/loop_tcp.h"

APLOG_USE_MODULE(chatws);

/* A request to be counted; in its pool, found through request_config. */
typedef struct {
    uint64_t key;
    uint16_t tag;
    room_meter_transport transport;
    bool counted; /* as a request */
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

/* Replaces the last reading; what came since the one before. */
static base_traffic advance(httpd_tally *tally, int fd)
{
    loop_tcp_state now;
    base_traffic since = { 0 };

    if (loop_tcp_read(fd, &now)) {
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
static base_traffic settle(httpd_tally *tally, int fd)
{
    base_traffic before = tally->last;
    base_traffic *last = &tally->last;
    loop_tcp_state now;
    uint64_t bytes;
    uint64_t packets;

    if (!loop_tcp_read(fd, &now)) {
        return (base_traffic){ 0 };
    }
    bytes = now.traffic.received - last->received;
    packets = now.data_packets_received - tally->last_data;
    *last = now.traffic;
    last->received -= bytes;
    last->packets_received -= packets;
    last->wire_received -= bytes + packets * now.head;
    return base_traffic_since(last, &before);
}

static httpd_tally *tally_of(conn_rec *c)
{
    httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                 &chatws_module);

    return record ? &record->tally : NULL;
}

/* The one with the socket: of a stream of HTTP/2 the master. */
static conn_rec *connection_of(request_rec *r)
{
    return r->connection->master ? r->connection->master : r->connection;
}

base_traffic httpd_tally_before(request_rec *r)
{
    httpd_tally *tally = tally_of(r->connection);

    if (!tally) {
        return (base_traffic){ 0 };
    }
    if (tally->other) {
        (void)settle(tally, descriptor_of(r->connection));
    }
    return tally->last;
}

void httpd_tally_begin(request_rec *r, room_meter_transport transport)
{
    request_mark *mark = apr_pcalloc(r->pool, sizeof(*mark));

    mark->key = httpd_meter_key(r);
    mark->tag = httpd_address_tag(r);
    mark->transport = transport;
    ap_set_module_config(r->request_config, &chatws_module, mark);
    if (!r->connection->master) {
        (void)httpd_tally_before(r);
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
    }
    return OK;
}

int httpd_tally_read(request_rec *r)
{
    httpd_tally *tally = tally_of(r->connection);
    room_meter_figures more = { 0 };

    /* A stream of HTTP/2 has no record. */
    if (!tally || !tally->polled || tally->other || tally->key == 0) {
        return DECLINED;
    }
    more.traffic = settle(tally, descriptor_of(r->connection));
    room_meter_add(httpd_life_store(), tally->key, tally->tag,
                   tally->transport, &more, base_clock_mono());
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
        more.traffic = advance(tally, descriptor_of(c));
    }
    tally->other = !mark;
    if (mark) {
        more.requests = !mark->counted;
        mark->counted = true;
        tally->polled = true;
        tally->key = mark->key;
        tally->tag = mark->tag;
        tally->transport = mark->transport;
    }
    pthread_mutex_unlock(&tally->lock);
    if (mark) {
        room_meter_add(httpd_life_store(), mark->key, mark->tag,
                       mark->transport, &more, base_clock_mono());
    }
}

void httpd_tally_go_on(request_rec *r)
{
    conn_rec *c = connection_of(r);
    request_mark *mark = ap_get_module_config(r->request_config,
                                              &chatws_module);
    httpd_tally *tally = tally_of(c);

    if (mark && mark->key != 0 && tally) {
        count(c, tally, mark);
    }
}

int httpd_tally_log(request_rec *r)
{
    request_mark *mark;
    conn_rec *c = connection_of(r);
    httpd_handoff *record = ap_get_module_config(c->conn_config,
                                                 &chatws_module);

    if (!record || !httpd_life_store() || record->offer) {
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
static bool follow(const httpd_tally *tally, int fd)
{
    hub_measure measure = { .key = tally->key, .tag = tally->tag,
                            .transport = tally->transport,
                            .base = tally->last };
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
    tally->followed = tally->polled && tally->key != 0 && follow(tally, fd);
    if (tally->polled && !tally->followed) {
        room_meter_figures more = { .traffic = advance(tally, fd) };

        room_meter_add(httpd_life_store(), tally->key, tally->tag,
                       tally->transport, &more, base_clock_mono());
    }
    tally->polled = false;
    pthread_mutex_unlock(&tally->lock);
    return OK;
}
