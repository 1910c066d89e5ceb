/* httpd_pipe.c - what a worker passes on; see httpd_pipe.h. */
#include "httpd/leave/httpd_pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <util_filter.h>

#include "httpd/httpd_connection.h"
#include "httpd/httpd_log.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/leave/httpd_watch.h"

static atomic_int taken;

/* Takes `size` bytes; false when nobody wants more. */
typedef bool take_piece(void *context, const char *data, size_t size);

/* Those that a connection has: NULL of one that is not counted. */
static atomic_uint *held_by(request_rec *r)
{
    httpd_connection *record = httpd_connection_of(httpd_connection_client(r));

    return record ? &record->held : NULL;
}

bool httpd_pipe_take(request_rec *r, unsigned most)
{
    atomic_uint *held = held_by(r);
    int threads = 0;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS) {
        threads = 0; /* prefork: a worker is a whole child */
    }
    /* Added first: of two at the same moment only one gets the last place. */
    if (atomic_fetch_add(&taken, 1) >= threads / 4) {
        atomic_fetch_sub(&taken, 1);
        return false;
    }
    if (held && atomic_fetch_add(held, 1) >= most) {
        httpd_pipe_give(r);
        return false;
    }
    return true;
}

void httpd_pipe_give(request_rec *r)
{
    atomic_uint *held = held_by(r);

    atomic_fetch_sub(&taken, 1);
    if (held) {
        atomic_fetch_sub(held, 1);
    }
}

bool httpd_pipe_pair(int ends[2])
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
static int connect_hub(request_rec *r, hub_offer *offer)
{
    int ends[2];

    if (!httpd_pipe_pair(ends)) {
        httpd_log_limited(r, APLOG_ERR, errno, "CW0651",
                          "no descriptors for a stream over HTTP/2");
        hub_offer_destroy(offer);
        return -1;
    }
    offer->fd = ends[0];
    hub_offer_hand_over(offer);
    return ends[1];
}

/* True when there is something to read, false at the end of the client. */
static bool wait_for_hub(int fd, httpd_watch *watch)
{
    struct pollfd poll_in = { .fd = fd, .events = POLLIN };
    int ready = 0;

    while (ready == 0 && !watch->r->connection->aborted
           && httpd_watch_alive(watch)) {
        ready = poll(&poll_in, 1, HTTPD_WATCH_MS);
        if (ready < 0 && errno == EINTR) {
            ready = 0;
        }
    }
    return ready > 0;
}

/* False: there was no descriptor. */
static bool pass_on(request_rec *r, hub_offer *offer, take_piece *take,
                    void *context)
{
    httpd_watch watch = httpd_watch_begin(r, offer);
    int fd = connect_hub(r, offer); /* who has the offer now */
    char data[HTTPD_PIPE_PIECE];
    bool more = true;

    if (fd < 0) {
        return false;
    }
    while (more && wait_for_hub(fd, &watch)) {
        ssize_t got = read(fd, data, sizeof(data));

        more = got > 0 ? take(context, data, (size_t)got)
                       : got < 0 && errno == EINTR;
    }
    close(fd); /* by which the hub knows that nobody reads any more */
    return true;
}

/* Where the pieces go. The brigade is made once: what each would take of the
 * request's pool stays taken until the stream ends. */
typedef struct {
    request_rec *r;
    apr_bucket_brigade *brigade;
} outlet;

bool httpd_pipe_send(request_rec *r, apr_bucket_brigade *brigade,
                     const char *data, size_t size)
{
    conn_rec *c = r->connection;
    apr_status_t status;

    APR_BRIGADE_INSERT_TAIL(brigade,
                            apr_bucket_transient_create(data, size,
                                                        c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    return status == APR_SUCCESS && !c->aborted;
}

static bool send_piece(void *context, const char *data, size_t size)
{
    outlet *to = context;

    return httpd_pipe_send(to->r, to->brigade, data, size);
}

static bool keep_piece(void *context, const char *data, size_t size)
{
    base_bytes_append(context, data, size);
    return true;
}

bool httpd_pipe_stream(request_rec *r, hub_offer *offer)
{
    outlet to = { r, apr_brigade_create(r->pool, r->connection->bucket_alloc) };

    return pass_on(r, offer, send_piece, &to);
}

bool httpd_pipe_gather(request_rec *r, hub_offer *offer, base_bytes *out)
{
    return pass_on(r, offer, keep_piece, out);
}
