/* httpd_return.c - see httpd_return.h. */
#include "httpd/leave/httpd_return.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_portable.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_main.h>
#include <http_protocol.h>
#include <mpm_common.h>

#include "base/base_bytes.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "httpd/httpd_connection.h"
#include "httpd/httpd_life.h"
#include "loop/loop_tcp.h"

/* Event has notes of each connection that it accepts, and its hooks write into
 * them when a request is read, without a look whether there are any. They have
 * some 300 bytes, whose layout only event knows; of what is zero its hooks read
 * nothing that they have not written. (mod_http2 gives the connections that it
 * makes notes, too.) */
#define NOTES 4096

/* Who is still sending has so long to read the answer, and pauses of so much:
 * a close while bytes come is a reset, which may overtake it. */
#define LINGER_US 2000000
#define LINGER_PAUSE_MS 500

/* While others wait, nobody is served for longer: it is what a request has by
 * default until its body is there (mod_reqtimeout). Else those who send no
 * body, or do not read what they have asked for, would hold all places. */
#define HOLD_US INT64_C(20000000)

/* One that is served. */
typedef struct {
    int fd; /* -1: nobody */
    int64_t since;
} place;

static module *event;
static int most;
static int serving;        /* workers, */
static place *places;      /* what each is at, `most` in all, */
static base_bytes waiting; /* and descriptors that wait for one of them */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void child_init(apr_pool_t *pchild, server_rec *server)
{
    int threads = 0;

    (void)server;
    event = ap_find_linked_module("event.c");
    httpd_life_take_back(event ? httpd_return_connection : NULL);
    (void)ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    most = threads > 2 ? threads / 2 : 1;
    places = apr_palloc(pchild, (apr_size_t)most * sizeof(*places));
    for (int i = 0; i < most; i++) {
        places[i].fd = -1;
    }
}

bool httpd_return_possible(void)
{
    return event != NULL;
}

/* The socket as httpd knows one that it has accepted; its pool closes it. */
static apr_socket_t *wrap(int fd, apr_pool_t *pool)
{
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof(own);
    apr_os_sock_info_t info = { .os_sock = &fd,
                                .type = SOCK_STREAM,
                                .protocol = APR_PROTO_TCP };
    apr_socket_t *made = NULL;

    if (getsockname(fd, (struct sockaddr *)&own, &size) == 0) {
        info.family = own.ss_family;
    }
    if ((info.family != AF_INET && info.family != AF_INET6)
        || apr_os_sock_make(&made, &info, pool) != APR_SUCCESS) {
        close(fd);
        return NULL;
    }
    return made;
}

/* A client has so long to read the answer and close its end; httpd would wait
 * for up to 30 s, with this worker. */
static void linger(conn_rec *c, int fd)
{
    struct pollfd end = { .fd = fd, .events = POLLIN };
    int64_t until = base_clock_mono() + LINGER_US;
    char dropped[16384];

    if (ap_start_lingering_close(c)) {
        return; /* there is nobody, or it is the hub's now */
    }
    while (base_clock_mono() < until && poll(&end, 1, LINGER_PAUSE_MS) > 0
           && recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) > 0) {
        continue;
    }
}

static place *begin_serving(int fd)
{
    place *free = places;

    pthread_mutex_lock(&lock);
    while (free->fd >= 0) {
        free++;
    }
    *free = (place){ fd, base_clock_mono() };
    pthread_mutex_unlock(&lock);
    return free;
}

/* From now on its descriptor may be another connection's. */
static void end_serving(place *of)
{
    pthread_mutex_lock(&lock);
    of->fd = -1;
    pthread_mutex_unlock(&lock);
}

/* What the socket has counted so far is the hub's, but for what waits to be
 * read here. The connection has no state of the MPM: it ends here. */
static void serve_connection(conn_rec *c, apr_socket_t *socket, int fd)
{
    httpd_connection *record = httpd_connection_make(c);
    place *own = begin_serving(fd);
    loop_tcp_state now;

    record->returned = true;
    if (loop_tcp_read(fd, &now)) {
        loop_tcp_leave_unread(fd, false, &now);
        record->account.last = now.traffic;
        record->account.last_data = now.data_packets_received;
    }
    ap_set_module_config(c->conn_config, event, apr_pcalloc(c->pool, NOTES));
    c->clogging_input_filters = 1;
    ap_process_connection(c, socket);
    end_serving(own);
    linger(c, fd);
}

static void serve_socket(int fd)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;
    apr_socket_t *socket;
    conn_rec *c;

    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        close(fd);
        return;
    }
    if (apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        close(fd);
        return;
    }
    apr_allocator_owner_set(allocator, pool);
    apr_pool_tag(pool, "chatws_return");
    socket = wrap(fd, pool);
    c = socket ? ap_run_create_connection(pool, ap_server_conf, socket, fd,
                                          NULL, apr_bucket_alloc_create(pool))
               : NULL;
    if (c) {
        serve_connection(c, socket, fd);
    }
    apr_pool_destroy(pool);
}

/* Takes one that waits; else there is a worker less. */
static bool take_next(int *fd)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = waiting.len > 0;
    if (found) {
        memcpy(fd, waiting.data, sizeof(*fd));
        base_bytes_drop(&waiting, sizeof(*fd));
    }
    else {
        serving--;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

/* On a worker. Others have to be free for what httpd accepts, as it does not
 * know that this one is busy. */
static void serve(void *data)
{
    int fd = (int)(intptr_t)data;

    do {
        serve_socket(fd);
    } while (take_next(&fd));
}

/* Their workers have the end of the connection at once. */
static void cut_off(int64_t since)
{
    for (int i = 0; i < most; i++) {
        if (places[i].fd >= 0 && places[i].since <= since) {
            (void)shutdown(places[i].fd, SHUT_RDWR);
        }
    }
}

static void look(void)
{
    pthread_mutex_lock(&lock);
    if (waiting.len > 0) {
        cut_off(base_clock_mono() - HOLD_US);
    }
    pthread_mutex_unlock(&lock);
}

static void child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (event && !graceful) {
        pthread_mutex_lock(&lock);
        cut_off(INT64_MAX);
        pthread_mutex_unlock(&lock);
    }
}

/* At once: with a later time event may wait for something else to happen. */
bool httpd_return_connection(int fd)
{
    bool starts;
    bool waits;

    if (fd < 0) {
        look();
        return false;
    }
    pthread_mutex_lock(&lock);
    starts = serving < most;
    serving += starts;
    if (!starts) {
        base_bytes_append(&waiting, &fd, sizeof(fd));
    }
    waits = !starts;
    pthread_mutex_unlock(&lock);
    while (starts
           && ap_mpm_register_timed_callback(0, serve, (void *)(intptr_t)fd)
                  != APR_SUCCESS) {
        base_log_limited(BASE_LOG_WARN, "CW0638",
                         "a connection could not be given back to httpd, and "
                         "was closed");
        close(fd);
        starts = take_next(&fd);
    }
    return waits;
}

void httpd_return_register(void)
{
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
}
