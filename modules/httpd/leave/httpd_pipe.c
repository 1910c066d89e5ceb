/* httpd_pipe.c - what a worker passes on; see httpd_pipe.h. */
#include "httpd/leave/httpd_pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <util_filter.h>

#include "base/base_clock.h"
#include "httpd/httpd_connection.h"
#include "httpd/httpd_log.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/traffic/httpd_traffic.h"
#include "loop/loop_socket.h"

#define PIECE 8192

/* How often a client is looked after: so soon one that has gone away is noticed
 * without a word to it. */
#define LOOK_MS 500

static atomic_int taken;

/* Takes `size` bytes; false when nobody wants more. */
typedef bool take_piece(void *context, const char *data, size_t size);

bool httpd_pipe_take(void)
{
    int threads = 0;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS) {
        threads = 0; /* prefork: a worker is a whole child */
    }
    if (atomic_fetch_add(&taken, 1) < threads / 4) {
        return true;
    }
    atomic_fetch_sub(&taken, 1);
    return false;
}

void httpd_pipe_give(void)
{
    atomic_fetch_sub(&taken, 1);
}

/* False, with errno set: there are no descriptors but httpd's own reserve. */
static bool make_pair(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    if (httpd_limit_lacks(ends[0]) > 0 || httpd_limit_lacks(ends[1]) > 0) {
        close(ends[0]);
        close(ends[1]);
        errno = EMFILE;
        return false;
    }
    return true;
}

/* Our end, or -1. */
static int connect_hub(request_rec *r, hub *child, hub_offer *offer)
{
    int ends[2];

    if (!make_pair(ends)) {
        httpd_log_limited(r, APLOG_ERR, errno, "CW0651",
                          "no descriptors for a stream over HTTP/2");
        hub_offer_destroy(child, offer);
        return -1;
    }
    offer->fd = ends[0];
    hub_offer_hand_over(child, offer);
    return ends[1];
}

/* A client that the worker listens for. */
typedef struct {
    request_rec *r;
    int fd;           /* our end of the pair */
    int socket;       /* the client's, or -1 */
    int64_t patience; /* milliseconds, as all here */
    int64_t looked;
    int64_t heard;    /* when its kernel owed no acknowledgement, or gave one */
} listening;

static listening listen_for(request_rec *r, int fd, int64_t patience)
{
    int64_t now = base_clock_mono() / 1000;

    return (listening){ .r = r,
                        .fd = fd,
                        .socket = httpd_connection_fd(
                            httpd_connection_client(r)),
                        .patience = patience,
                        .looked = now,
                        .heard = now };
}

/* Looks after the client; false when it has vanished: it has let the hub's
 * pings, and whatever else it is sent, unacknowledged for too long. */
static bool is_there(listening *to)
{
    int64_t now = base_clock_mono() / 1000;
    int64_t unheard;

    if (now - to->looked < LOOK_MS) {
        return true;
    }
    to->looked = now;
    httpd_traffic_go_on(to->r);
    unheard = loop_socket_unheard(to->socket);
    if (unheard <= now - to->heard) {
        to->heard = now - unheard;
    }
    return now - to->heard < to->patience;
}

/* True when there is something to read, false at the end of the client. */
static bool wait_for_hub(listening *to)
{
    struct pollfd look = { .fd = to->fd, .events = POLLIN };
    int ready = 0;

    while (ready == 0 && !to->r->connection->aborted && is_there(to)) {
        ready = poll(&look, 1, LOOK_MS);
        if (ready < 0 && errno == EINTR) {
            ready = 0;
        }
    }
    return ready > 0;
}

static void pass_on(listening *to, take_piece *take, void *context)
{
    char data[PIECE];
    bool more = true;

    while (more && wait_for_hub(to)) {
        ssize_t got = read(to->fd, data, sizeof(data));

        more = got > 0 ? take(context, data, (size_t)got)
                       : got < 0 && errno == EINTR;
    }
    close(to->fd);
}

/* Where the pieces go. The brigade is made once: what each would take of the
 * request's pool stays taken until the stream ends. */
typedef struct {
    request_rec *r;
    apr_bucket_brigade *brigade;
} outlet;

static bool send_piece(void *context, const char *data, size_t size)
{
    outlet *to = context;
    conn_rec *c = to->r->connection;
    apr_status_t status;

    APR_BRIGADE_INSERT_TAIL(to->brigade,
                            apr_bucket_transient_create(data, size,
                                                        c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(to->brigade,
                            apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(to->r->output_filters, to->brigade);
    apr_brigade_cleanup(to->brigade);
    return status == APR_SUCCESS && !c->aborted;
}

static bool keep_piece(void *context, const char *data, size_t size)
{
    base_bytes_append(context, data, size);
    return true;
}

bool httpd_pipe_stream(request_rec *r, hub *child, hub_offer *offer)
{
    outlet to = { r, apr_brigade_create(r->pool, r->connection->bucket_alloc) };
    int64_t patience = offer->settings.ping_timeout / 1000;
    int fd = connect_hub(r, child, offer);

    if (fd >= 0) {
        listening client = listen_for(r, fd, patience);

        pass_on(&client, send_piece, &to);
    }
    return fd >= 0;
}

bool httpd_pipe_gather(request_rec *r, hub *child, hub_offer *offer,
                       base_bytes *out)
{
    int64_t patience = offer->settings.ping_timeout / 1000;
    int fd = connect_hub(r, child, offer);

    if (fd >= 0) {
        listening client = listen_for(r, fd, patience);

        pass_on(&client, keep_piece, out);
    }
    return fd >= 0;
}
