/* httpd_traffic.c - see httpd_traffic.h. */
#include "httpd/traffic/httpd_traffic.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <ap_listen.h>
#include <apr_portable.h>
#include <http_config.h>
#include <http_core.h>
#include <http_ssl.h>

#include "base/base_clock.h"
#include "httpd/httpd_connection.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/leave/httpd_tls.h"
#include "httpd/traffic/httpd_streams.h"
#include "httpd/traffic/httpd_tap.h"
#include "loop/loop_tcp.h"

APLOG_USE_MODULE(chatws);

/* A request to be counted; in its pool, found through request_config. */
typedef struct {
    httpd_account_owner owner;
    base_traffic opening; /* of its connection, if it is the first on that */
    bool counted;         /* as a request, with its opening */
} request_mark;

/* Replaces the last reading; what came since the one before. Who is quick has
 * sent the next request before this one is over: it waits in the socket. */
static base_traffic advance(conn_rec *c, httpd_account *account)
{
    loop_tcp_state now;
    base_traffic since = { 0 };

    if (httpd_connection_read(c, &now)) {
        loop_tcp_leave_unread(httpd_connection_fd(c), ap_ssl_conn_is_ssl(c),
                              &now);
        since = base_traffic_since(&now.traffic, &account->last);
        account->last = now.traffic;
        account->last_data = now.data_packets_received;
    }
    return since;
}

/* A request has been read: what was sent since the last reading is the rest of
 * the answer before, and packets without payload acknowledged that. Only the
 * payload that has come, and the packets it came in, are new. Returns what is
 * not new. */
static base_traffic settle(conn_rec *c, httpd_account *account)
{
    base_traffic before = account->last;
    base_traffic *last = &account->last;
    loop_tcp_state now;
    uint64_t bytes;
    uint64_t packets;

    if (!httpd_connection_read(c, &now)) {
        return (base_traffic){ 0 };
    }
    bytes = now.traffic.received - last->received;
    packets = now.data_packets_received - account->last_data;
    *last = now.traffic;
    last->received -= bytes;
    last->packets_received -= packets;
    last->wire_received -= bytes + packets * now.head;
    last->plain_received = before.plain_received;
    return base_traffic_since(last, &before);
}

static bool is_first(const httpd_account *account)
{
    return account->last.packets_sent == 0;
}

/* The first request of the connection has been read: what came before it, the
 * handshakes of TCP and TLS. Of TLS one packet and one record are the
 * request's. */
static base_traffic opening_of(conn_rec *c)
{
    bool tls = ap_ssl_conn_is_ssl(c) != 0;
    loop_tcp_state now;
    base_traffic *opening = &now.traffic;
    uint64_t bytes;
    uint64_t packets;

    if (!httpd_connection_read(c, &now)) {
        return (base_traffic){ 0 };
    }
    bytes = opening->plain_received
            + (tls ? httpd_tls_overhead_of(c).record : 0);
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

/* Where a request begins on the connection. */
static void begin_request(conn_rec *c, httpd_account *account)
{
    if (account->other) {
        (void)settle(c, account);
    }
}

base_traffic httpd_traffic_before(request_rec *r, act_traffic line,
                                  base_traffic *opening)
{
    httpd_account *account = httpd_connection_account(r->connection);

    *opening = (base_traffic){ 0 };
    if (!account) {
        return (base_traffic){ 0 };
    }
    if (!account->paid) {
        *opening = account->opening;
    }
    else if (account->payer.key == httpd_account_key(r)) {
        room_meter_figures what = { .traffic = account->opening,
                                    .connections = 1,
                                    .opening = account->opening };

        room_meter_reassign(httpd_life_store(), account->payer.key,
                            account->payer.line, line, &what,
                            base_clock_mono());
    }
    begin_request(r->connection, account);
    return account->last;
}

/* A stream of HTTP/2; mod_http2 tells its number. */
static void begin_stream(request_rec *r, const httpd_account_owner *owner)
{
    conn_rec *c = r->connection->master;
    httpd_account *account = httpd_connection_account(c);
    const char *id = apr_table_get(r->subprocess_env, "H2_STREAM_ID");

    if (account && id) {
        pthread_mutex_lock(&account->lock);
        if (account->streams) {
            httpd_streams_mark(c, account, (uint32_t)strtoul(id, NULL, 10),
                               owner);
        }
        pthread_mutex_unlock(&account->lock);
    }
}

void httpd_traffic_begin(request_rec *r, act_traffic line)
{
    request_mark *mark = apr_pcalloc(r->pool, sizeof(*mark));

    mark->owner = httpd_account_owner_of(r, line);
    ap_set_module_config(r->request_config, &chatws_module, mark);
    if (r->connection->master) {
        begin_stream(r, &mark->owner);
    }
    else {
        httpd_account *account = httpd_connection_account(r->connection);

        if (account && is_first(account)) {
            mark->opening = account->opening;
        }
        if (account) {
            begin_request(r->connection, account);
        }
    }
}

/* A listener that waits for data does not count the ACK of the handshake. */
void httpd_traffic_child_init(apr_pool_t *pchild, server_rec *server)
{
    (void)pchild;
    (void)server;
    for (const ap_listen_rec *at = ap_listeners; at; at = at->next) {
        apr_os_sock_t fd;

        if (at->sd && apr_os_sock_get(&fd, at->sd) == APR_SUCCESS) {
            loop_tcp_note_listener(fd);
        }
    }
}

/* A connection begins before anybody knows what it will ask for: what its first
 * request needs, its opening, can be read only if the filter is there. */
int httpd_traffic_open(conn_rec *c, void *socket)
{
    (void)socket;
    if (!c->master && httpd_life_store()) {
        (void)httpd_connection_make(c);
        httpd_tap_add(c);
    }
    return OK;
}

int httpd_traffic_read(request_rec *r)
{
    httpd_account *account = httpd_connection_account(r->connection);
    room_meter_figures more = { 0 };

    /* A stream of HTTP/2 has no record. */
    if (account && is_first(account)) {
        account->opening = opening_of(r->connection);
    }
    if (!account || !account->polled || account->other
        || account->owner.key == 0) {
        return DECLINED;
    }
    more.traffic = settle(r->connection, account);
    httpd_account_add(&account->owner, &more);
    return DECLINED;
}

/* Other streams of HTTP/2 may end at the same time. */
static bool has_polled(httpd_account *account)
{
    bool polled;

    pthread_mutex_lock(&account->lock);
    polled = account->polled;
    pthread_mutex_unlock(&account->lock);
    return polled;
}

/* Counts what came since the last time on the connection `c` as that of the
 * mark's request, or of none. A stream of HTTP/2 may end behind its connection:
 * then the hub does that already. */
static void count(conn_rec *c, httpd_account *account, request_mark *mark)
{
    room_meter_figures more = { 0 };

    pthread_mutex_lock(&account->lock);
    if (!account->followed) {
        more.traffic = advance(c, account);
    }
    account->other = !mark;
    if (mark) {
        more.requests = !mark->counted;
        if (!mark->counted && !base_traffic_is_none(&mark->opening)) {
            more.opening = mark->opening;
            more.connections = 1;
            account->paid = true;
            account->payer = mark->owner;
        }
        mark->counted = true;
        account->polled = true;
        account->owner = mark->owner;
    }
    pthread_mutex_unlock(&account->lock);
    if (mark) {
        httpd_account_add(&mark->owner, &more);
    }
}

/* True when the connection's streams are told apart, and does that. */
static bool count_streams(conn_rec *c, httpd_account *account)
{
    bool told;

    pthread_mutex_lock(&account->lock);
    told = account->streams != NULL;
    if (told) {
        httpd_streams_settle(c, account);
    }
    pthread_mutex_unlock(&account->lock);
    return told;
}

void httpd_traffic_go_on(request_rec *r)
{
    conn_rec *c = httpd_connection_client(r);
    request_mark *mark = ap_get_module_config(r->request_config,
                                              &chatws_module);
    httpd_account *account = httpd_connection_account(c);

    if (mark && mark->owner.key != 0 && account && !count_streams(c, account)) {
        count(c, account, mark);
    }
}

int httpd_traffic_log(request_rec *r)
{
    request_mark *mark;
    conn_rec *c = httpd_connection_client(r);
    httpd_connection *record = httpd_connection_of(c);

    if (!record || !httpd_life_store() || record->offer
        || record->account.streams) {
        return DECLINED; /* one that was given away is the hub's to count */
    }
    while (r->next) {
        r = r->next; /* where an internal redirect has led to */
    }
    mark = ap_get_module_config(r->request_config, &chatws_module);
    if (mark || has_polled(&record->account) || c->keepalive != AP_CONN_CLOSE) {
        count(c, &record->account, mark);
    }
    return DECLINED;
}

/* Gives the hub a duplicate to wait with: as long as there is a descriptor, the
 * kernel keeps the socket and its counts. httpd's own is closed as usual. False
 * when that cannot be. */
static bool follow(conn_rec *c, const httpd_account *account, int fd)
{
    hub_measure measure = { .key = account->owner.key,
                            .tag = account->owner.tag,
                            .line = account->owner.line,
                            .base = account->last,
                            .tls = ap_ssl_conn_is_ssl(c) != 0 };
    hub *child = httpd_life_hub();
    int own = child ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (own >= 0 && (httpd_limit_lacks(own) > 0
                     || !hub_offer_follow(child, own, &measure))) {
        close(own);
        own = -1;
    }
    return own >= 0;
}

int httpd_traffic_close(conn_rec *c)
{
    httpd_connection *record = httpd_connection_of(c);
    httpd_account *account = record ? &record->account : NULL;
    int fd = httpd_connection_fd(c);

    if (c->master || !account || record->offer || fd < 0) {
        return OK;
    }
    pthread_mutex_lock(&account->lock);
    if (account->streams && httpd_life_store()) {
        httpd_streams_end(c, account);
    }
    account->followed = account->polled && account->owner.key != 0
                        && follow(c, account, fd);
    if (account->polled && !account->followed) {
        room_meter_figures more = { .traffic = advance(c, account) };

        httpd_account_add(&account->owner, &more);
    }
    account->polled = false;
    pthread_mutex_unlock(&account->lock);
    return OK;
}
