/* httpd_handoff.c - gives a connection away; see httpd_handoff.h. */
#include "httpd/leave/httpd_handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <http_protocol.h>
#include <http_ssl.h>
#include <util_filter.h>

#include "act/act_refusal.h"
#include "httpd/gate/httpd_input.h"
#include "httpd/httpd_connection.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_log.h"
#include "httpd/leave/httpd_duplex.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/leave/httpd_tls.h"
#include "httpd/traffic/httpd_account.h"
#include "httpd/traffic/httpd_traffic.h"
#include "hub/way/hub_way.h"
#include "loop/loop_socket.h"

#define FILTER "CHATWS_HANDED_OFF"

/* What a client may send before it has seen the head. */
#define EARLY_MOST 65536

static ap_filter_rec_t *discard_filter;

/* Everything that httpd and mod_ssl still write is not for the wire: a close
 * notification, say. The end-of-request bucket in it makes the log line. */
static apr_status_t discard(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    (void)filter;
    apr_brigade_cleanup(brigade);
    return APR_SUCCESS;
}

void httpd_handoff_register(void)
{
    discard_filter = ap_register_output_filter(FILTER, discard, NULL,
                                               AP_FTYPE_NETWORK - 1);
}

bool httpd_handoff_fits(request_rec *r)
{
    conn_rec *c = r->connection;
    const httpd_connection *record = httpd_connection_of(c);

    return !httpd_life_forks() && !c->master
           && r->proto_num < HTTP_VERSION(2, 0)
           && (!ap_ssl_conn_is_ssl(c) || (record && record->ssl));
}

bool httpd_handoff_possible(request_rec *r, httpd_refusal *why)
{
    conn_rec *c = r->connection;

    if (httpd_handoff_fits(r) || httpd_duplex_fits(r)) {
        return true;
    }
    *why = (httpd_refusal){ .error = CHAT_BAD_HANDSHAKE,
                            .status = HTTP_NOT_IMPLEMENTED };
    if (c->master || r->proto_num >= HTTP_VERSION(2, 0)) {
        why->sentence = "This is no WebSocket over HTTP/2: connect with "
                        "HTTP/1.1, or as RFC 8441 says.";
        httpd_log_limited(r, APLOG_WARNING, 0, "CW0631",
                          "an HTTP/2 stream asks for WebSocket otherwise than "
                          "RFC 8441 says, or httpd is older than 2.4.58");
        return false;
    }
    if (httpd_life_forks()) {
        why->sentence = "WebSocket is not possible here: mpm-itk ends a "
                        "connection's process with its last request.";
        return false; /* told at the start, and by the refusal's own line */
    }
    why->sentence = "WebSocket over this server's TLS is not possible.";
    httpd_log_limited(r, APLOG_WARNING, 0, "CW0632",
                      "cannot hand over this connection: %s",
                      httpd_tls_missing());
    return false;
}

/* What the hub will own: a descriptor and a reference of its own. */
static bool duplicate(request_rec *r, SSL *ssl, hub_offer *offer)
{
    int fd = httpd_connection_fd(r->connection);

    if (fd >= 0) {
        offer->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    }
    if (offer->fd >= 0 && httpd_limit_lacks(offer->fd) > 0) {
        close(offer->fd); /* httpd's own reserve */
        offer->fd = -1;
        errno = EMFILE;
    }
    if (offer->fd == -1) {
        httpd_log_limited(r, APLOG_ERR, errno, "CW0633",
                          "no descriptor for a chat connection");
        return false;
    }
    if (ssl && SSL_up_ref(ssl)) {
        offer->ssl = ssl;
    }
    return offer->ssl == ssl;
}

/* Below every filter of HTTP, through those of the connection. Without a head
 * too: they may still hold the answer to a request that this one came right
 * behind. */
static bool write_head(request_rec *r, const char *head)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, c->bucket_alloc);
    apr_status_t status;

    if (head) {
        APR_BRIGADE_INSERT_TAIL(
            brigade, apr_bucket_transient_create(head, strlen(head),
                                                 c->bucket_alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(c->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    return status == APR_SUCCESS && !c->aborted;
}

/* httpd believes that the client is gone and closes its descriptor without a
 * word to it. */
static apr_status_t lose_client(void *data)
{
    conn_rec *c = data;

    c->aborted = 1;
    return APR_SUCCESS;
}

/* Nothing of this request is to be written or read any more. The log line is
 * made just before the cleanups of the request's pool, so that it does not
 * tell of a lost client. */
static void leave_httpd(request_rec *r, int status)
{
    conn_rec *c = r->connection;

    r->status = status;
    r->status_line = ap_get_status_line(status);
    r->output_filters = r->proto_output_filters = c->output_filters;
    r->eos_sent = 1;
    c->keepalive = AP_CONN_CLOSE;
    apr_pool_cleanup_register(r->pool, c, lose_client, apr_pool_cleanup_null);
}

/* Begins to count for the hub. What earlier requests of the connection have
 * moved stays theirs. */
static void begin_measure(request_rec *r, hub_offer *offer, bool tls)
{
    hub_measure *measure = &offer->measure;

    measure->key = httpd_account_key(r);
    measure->tag = offer->from.tag;
    measure->base = httpd_traffic_before(r, offer->way->traffic,
                                         &measure->opening);
    measure->taken = measure->base.packets_sent > 0;
    measure->tls = tls;
}

/* False, with `why` filled in: the hub cannot have the connection. httpd cannot
 * go on with it either, as what was drained cannot be given back. */
static bool take_over(request_rec *r, SSL *ssl, hub_offer *offer,
                      httpd_refusal *why)
{
    /* The hub reads from the descriptor, and would never see these bytes. */
    if (!httpd_input_early(r, EARLY_MOST, &offer->early)) {
        *why = (httpd_refusal){ .error = CHAT_BAD_HANDSHAKE,
                                .sentence = "Wait for the answer before you "
                                            "send so much.",
                                .close = true };
        return false;
    }
    if (!duplicate(r, ssl, offer)) {
        *why = (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                .sentence = "The server cannot take another "
                                            "connection now: try again later.",
                                .retry = ACT_REFUSAL_FULL_US,
                                .close = true };
        return false;
    }
    return true;
}

bool httpd_handoff_send(request_rec *r, hub_offer *offer, int status,
                        const char *head, httpd_refusal *why)
{
    conn_rec *c = r->connection;
    httpd_connection *record = httpd_connection_make(c);

    begin_measure(r, offer, record->ssl != NULL);
    if (!take_over(r, record->ssl, offer, why)) {
        hub_offer_destroy(offer);
        return false;
    }
    if (head) { /* a packet costs more than all else that is done here */
        loop_socket_cork(httpd_connection_fd(c), true);
    }
    if (write_head(r, head)) {
        /* The hub reads the early bytes as if they had just come. */
        offer->measure.plain_sent = record->account.plain_sent;
        offer->measure.plain_received = record->account.plain_received
                                        - offer->early.len;
        /* httpd still has the connection and writes to it. The loop must not
         * touch it until the cleanup of its pool, which finds the offer here;
         * and what httpd writes meanwhile would stand in our stream. */
        record->offer = offer;
        ap_add_output_filter_handle(discard_filter, NULL, NULL, c);
    }
    else {
        /* Nobody is left who could be told. */
        hub_offer_destroy(offer);
        c->aborted = 1;
    }
    leave_httpd(r, status);
    return true;
}
