/* httpd_limit.c - how many connections a child may keep; see httpd_limit.h.
 *
 * What httpd needs in a child, by thread: three connections (event keeps two
 * idle ones for each one that is served, AsyncRequestWorkerFactor 2), and for
 * the request that runs a file and a backend or a CGI's pipe. Beside that 64
 * for logs, libraries, the pollsets and our own loop.
 */
#include "httpd/httpd_limit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <ap_mpm.h>

#define BY_THREAD 5
#define BESIDE 64
#define LEAST 16
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

void httpd_limit_measure(httpd_limit *limit)
{
    struct rlimit files;
    int threads = 1;
    unsigned taken;

    limit->most = NO_LIMIT;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < NO_LIMIT) {
        limit->most = (unsigned)files.rlim_cur;
    }
    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS
        || threads < 1) {
        threads = 1; /* prefork */
    }
    limit->open = count_open();
    limit->httpd = (unsigned)threads * BY_THREAD + BESIDE;
    taken = limit->open + limit->httpd;
    limit->chat = limit->most > taken + LEAST ? limit->most - taken : LEAST;
}
