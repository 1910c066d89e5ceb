/* httpd_duplex.c - see httpd_duplex.h. */
#include "httpd/leave/httpd_duplex.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_portable.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "act/act_refusal.h"
#include "httpd/httpd_log.h"
#include "httpd/leave/httpd_pipe.h"
#include "httpd/leave/httpd_watch.h"

/* From httpd 2.4.58 on we are told when something has come. */
#define TELLS AP_MODULE_MAGIC_AT_LEAST(20120211, 129)

/* The filter by which mod_http2 makes a 200 of a 101, as httpd keeps its
 * name: nobody else adds it. */
#define FILTER "h2_c2_ws_out"

/* A worker between the hub and its client. */
typedef struct {
    request_rec *r;
    httpd_watch watch;
    int hub;    /* our end of the pair */
    int client; /* readable when something has come; -1: nothing will */
    apr_bucket_brigade *brigade; /* empty, but within a call */
    size_t at;  /* data[at..end) is what the hub has not taken yet */
    size_t end;
    char data[HTTPD_PIPE_PIECE];
} carrier;

bool httpd_duplex_fits(request_rec *r)
{
    const ap_filter_t *filter = r->connection->output_filters;

    while (r->connection->master && filter
           && strcmp(filter->frec->name, FILTER) != 0) {
        filter = filter->next;
    }
    return TELLS && r->connection->master && filter;
}

/* The descriptor by which mod_http2 tells that something has come; -1 when the
 * client has ended its side with the request. */
static int client_of(conn_rec *c)
{
    apr_os_file_t fd = -1;
#if TELLS
    apr_pollfd_t found = { .desc_type = APR_NO_DESC };

    if (ap_get_pollfd_from_conn(c, &found, NULL) != APR_SUCCESS
        || found.desc_type != APR_POLL_FILE
        || apr_os_file_get(&fd, found.desc.f) != APR_SUCCESS) {
        fd = -1;
    }
#else
    (void)c;
#endif
    return fd;
}

/* The client says no more; the hub may still have something for it. */
static void end_input(carrier *to)
{
    to->client = -1;
    (void)shutdown(to->hub, SHUT_WR);
}

/* One piece from the hub; false at its end, or when nobody wants more. */
static bool bring_down(carrier *to)
{
    char data[HTTPD_PIPE_PIECE];
    ssize_t got = recv(to->hub, data, sizeof(data), MSG_DONTWAIT);

    if (got <= 0) {
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    }
    return httpd_pipe_send(to->r, to->brigade, data, (size_t)got);
}

/* One piece from the client. That mod_http2 marks the end of the request, which
 * has no content, and the end of the stream alike says nothing; behind the
 * latter comes APR_EOF. Its descriptor stays readable until this has been told
 * that there is nothing. False: the client is lost. */
static bool listen_up(carrier *to)
{
    apr_status_t status = ap_get_brigade(
        to->r->connection->input_filters, to->brigade, AP_MODE_READBYTES,
        APR_NONBLOCK_READ, sizeof(to->data));

    to->at = to->end = 0;
    if (status == APR_SUCCESS) {
        to->end = sizeof(to->data);
        status = apr_brigade_flatten(to->brigade, to->data, &to->end);
    }
    apr_brigade_cleanup(to->brigade);
    if (APR_STATUS_IS_EOF(status)) {
        end_input(to);
    }
    return status == APR_SUCCESS || APR_STATUS_IS_EAGAIN(status)
           || APR_STATUS_IS_EOF(status);
}

/* A hub that does not want more for now makes the client wait: what is not read
 * opens no window. One that has ended may still have last words: bring_down. */
static void bring_up(carrier *to)
{
    ssize_t sent = send(to->hub, to->data + to->at, to->end - to->at,
                        MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent >= 0) {
        to->at += (size_t)sent;
    }
    else if (errno != EAGAIN && errno != EINTR) {
        to->at = to->end;
        to->client = -1;
    }
}

/* False at the end. */
static bool carry(carrier *to)
{
    bool waits = to->at < to->end;
    struct pollfd ends[] = {
        { .fd = to->hub, .events = waits ? POLLIN | POLLOUT : POLLIN },
        { .fd = waits ? -1 : to->client, .events = POLLIN },
    };
    int ready = poll(ends, 2, HTTPD_WATCH_MS);

    if (ready <= 0) {
        return ready == 0 || errno == EINTR;
    }
    if ((ends[0].revents & ~POLLOUT) && !bring_down(to)) {
        return false;
    }
    if (ends[1].revents && !listen_up(to)) {
        return false;
    }
    if (to->at < to->end) {
        bring_up(to);
    }
    return true;
}

/* From here on what httpd writes for the request is of the stream: its end. */
static bool send_head(carrier *to, const char *head)
{
    request_rec *r = to->r;

    r->output_filters = r->proto_output_filters
        = r->connection->output_filters;
    r->status = HTTP_SWITCHING_PROTOCOLS;
    r->status_line = ap_get_status_line(r->status);
    return httpd_pipe_send(r, to->brigade, head, strlen(head));
}

bool httpd_duplex_run(request_rec *r, hub_offer *offer, const char *head,
                      httpd_refusal *why)
{
    conn_rec *c = r->connection;
    int ends[2];
    carrier to = { .r = r,
                   .watch = httpd_watch_begin(r, offer),
                   .client = client_of(c),
                   .brigade = apr_brigade_create(r->pool, c->bucket_alloc) };

    if (!httpd_pipe_pair(ends)) {
        httpd_log_limited(r, APLOG_ERR, errno, "CW0652",
                          "no descriptors for WebSocket over HTTP/2");
        hub_offer_destroy(offer);
        *why = (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                .retry = ACT_REFUSAL_FULL_US };
        return false;
    }
    offer->fd = ends[0];
    to.hub = ends[1];
    if (send_head(&to, head)) {
        hub_offer_hand_over(offer);
        if (to.client < 0) {
            end_input(&to);
        }
        while (!c->aborted && httpd_watch_alive(&to.watch) && carry(&to)) {
        }
    }
    else {
        hub_offer_destroy(offer); /* nobody is left who could be told */
    }
    close(to.hub); /* by which the hub knows that nobody is there any more */
    return true;
}
