/* httpd_limit.c - how many connections a child may keep; see httpd_limit.h.
 *
 * What httpd needs in a child, by thread: three connections (event keeps two
 * idle ones for each one that is served, AsyncRequestWorkerFactor 2), and for
 * the request that runs a file and a backend or a CGI's pipe. Each child needs
 * 64 more for logs, libraries, the pollsets and our own loop. An MPM that
 * closes connections without a thread (event) does not count those that linger
 * at their end against its limits, so that there may be any number of them:
 * half of the rest is for them, up to LINGERING. If there are more, the chat
 * gives way (hub_relief_ask).
 */
#include "httpd/leave/httpd_limit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>

APLOG_USE_MODULE(chatws);

#define PER_THREAD 5
#define PER_CHILD 64
#define LINGERING 1024
#define LEAST 16

/* The reserve. Every thread of httpd may have accepted a connection and opened
 * two files before the chat has given way to the first that asked. */
#define RESERVE_PER_THREAD 3
#define RESERVE_PER_CHILD 32

#define NO_LIMIT 1048576 /* stands for "unlimited" */
#define PROBED 4096      /* without a list of descriptors these are tried */

static unsigned count_open(void)
{
    DIR *list = opendir("/proc/self/fd");
    unsigned count = 0;

    if (!list) {
        for (int fd = 0; fd < PROBED; fd++) {
            count += fcntl(fd, F_GETFD) != -1;
        }
        return count;
    }
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        count += entry->d_name[0] != '.';
    }
    closedir(list);
    return count - 1; /* the list itself */
}

static unsigned most_open(void)
{
    struct rlimit files;

    return getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < NO_LIMIT
               ? (unsigned)files.rlim_cur
               : NO_LIMIT;
}

static unsigned threads_of_child(void)
{
    int threads = 1;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS
        || threads < 1) {
        threads = 1; /* prefork */
    }
    return (unsigned)threads;
}

static bool lets_linger(void)
{
    int async = 0;

    return ap_mpm_query(AP_MPMQ_IS_ASYNC, &async) == APR_SUCCESS && async;
}

void httpd_limit_measure(httpd_limit *limit)
{
    unsigned taken;
    unsigned rest;

    limit->most = most_open();
    limit->open = count_open();
    limit->httpd = threads_of_child() * PER_THREAD + PER_CHILD;
    taken = limit->open + limit->httpd;
    rest = limit->most > taken ? limit->most - taken : 0;
    if (lets_linger()) {
        limit->httpd += rest / 2 < LINGERING ? rest / 2 : LINGERING;
        rest -= rest / 2 < LINGERING ? rest / 2 : LINGERING;
    }
    limit->chat = rest > LEAST ? rest : LEAST;
}

void httpd_limit_check(server_rec *server, unsigned wanted)
{
    httpd_limit limit;

    httpd_limit_measure(&limit);
    if (wanted > limit.chat) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CW0624: ChatMaxConnections %u does not fit, a child "
                     "takes only %u: it may have %u descriptors open, has %u, "
                     "and httpd needs %u; raise the limit (ulimit -n)",
                     wanted, limit.chat, limit.most, limit.open, limit.httpd);
    }
}

/* The same for as long as a child lives, and asked for with each connection:
 * the most that it may have open, and the reserve. */
static atomic_uint_fast64_t kept_limit;

static uint64_t find_limit(void)
{
    unsigned reserve = threads_of_child() * RESERVE_PER_THREAD
                       + RESERVE_PER_CHILD;
    unsigned most = most_open();

    if (reserve > most / 4) {
        reserve = most / 4;
    }
    return (uint64_t)most << 32 | reserve;
}

unsigned httpd_limit_lacks(int fd)
{
    uint64_t limit = atomic_load(&kept_limit);
    unsigned reserve;
    unsigned kept;

    if (limit == 0) {
        limit = find_limit();
        atomic_store(&kept_limit, limit);
    }
    reserve = (unsigned)limit;
    kept = (unsigned)(limit >> 32) - reserve;
    return fd < 0 || (unsigned)fd < kept
               ? 0
               : (unsigned)fd - kept + reserve / 2 + 1;
}
