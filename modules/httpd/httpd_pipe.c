/* httpd_pipe.c - what a worker passes on; see httpd_pipe.h. */
#include "httpd/httpd_pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>
#include <util_filter.h>

#include "httpd/httpd_tally.h"

APLOG_USE_MODULE(chatws);

#define PIECE 8192

/* How soon a client that has gone away is noticed without a word to it. */
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

/* Our end, or -1. */
static int connect_hub(request_rec *r, hub *child, hub_offer *offer)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, errno, r,
                      "CW0651: no descriptors for a stream over HTTP/2");
        hub_offer_destroy(child, offer);
        return -1;
    }
    offer->fd = ends[0];
    hub_adopt(child, offer);
    return ends[1];
}

/* True when there is something to read, false at the end of the client. */
static bool wait_for_hub(request_rec *r, int fd)
{
    struct pollfd look = { .fd = fd, .events = POLLIN };
    int ready = 0;

    while (ready == 0 && !r->connection->aborted) {
        ready = poll(&look, 1, LOOK_MS);
        if (ready < 0 && errno == EINTR) {
            ready = 0;
        }
        if (ready == 0) {
            httpd_tally_go_on(r);
        }
    }
    return ready > 0;
}

static void pass_on(request_rec *r, int fd, take_piece *take, void *context)
{
    char data[PIECE];
    bool more = true;

    while (more && wait_for_hub(r, fd)) {
        ssize_t got = read(fd, data, sizeof(data));

        more = got > 0 ? take(context, data, (size_t)got)
                       : got < 0 && errno == EINTR;
    }
    close(fd);
}

static bool send_piece(void *context, const char *data, size_t size)
{
    request_rec *r = context;
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, c->bucket_alloc);
    apr_status_t status;

    APR_BRIGADE_INSERT_TAIL(brigade,
                            apr_bucket_transient_create(data, size,
                                                        c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_destroy(brigade);
    return status == APR_SUCCESS && !c->aborted;
}

static bool keep_piece(void *context, const char *data, size_t size)
{
    base_bytes_append(context, data, size);
    return true;
}

bool httpd_pipe_stream(request_rec *r, hub *child, hub_offer *offer)
{
    int fd = connect_hub(r, child, offer);

    if (fd >= 0) {
        pass_on(r, fd, send_piece, r);
    }
    return fd >= 0;
}

bool httpd_pipe_gather(request_rec *r, hub *child, hub_offer *offer,
                       base_bytes *out)
{
    int fd = connect_hub(r, child, offer);

    if (fd >= 0) {
        pass_on(r, fd, keep_piece, out);
    }
    return fd >= 0;
}
