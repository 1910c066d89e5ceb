/* archive_watch.c - see archive_watch.h. */
#include "archive/connection/archive_watch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <apr_dbd.h>

#include "base/base_clock.h"
#include "base/base_thread.h"

#define LOOK_US INT64_C(250000)

/* The thread lives as long as there is something to look after. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    base_list all;
    bool runs;
    pthread_t thread;
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    pthread_condattr_t clock;

    base_list_init(&watch.all);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&watch.changed, &clock);
    pthread_condattr_destroy(&clock);
}

static void look(void)
{
    int64_t now = base_clock_mono();

    BASE_LIST_EACH(link, &watch.all) {
        archive_watched *it = BASE_LIST_OWNER(link, archive_watched, link);
        int64_t until = atomic_load(&it->until_us);

        if (until != 0 && until < now) {
            atomic_store(&it->cut, true);
            (void)shutdown(it->fd, SHUT_RDWR);
        }
    }
}

static void *run(void *context)
{
    (void)context;
    pthread_mutex_lock(&watch.lock);
    while (watch.runs && pthread_equal(watch.thread, pthread_self())) {
        int64_t until_us = base_clock_mono() + LOOK_US;
        struct timespec until = { (time_t)(until_us / 1000000),
                                  (long)(until_us % 1000000 * 1000) };

        look();
        (void)pthread_cond_timedwait(&watch.changed, &watch.lock, &until);
    }
    pthread_mutex_unlock(&watch.lock);
    return NULL;
}

/* The function of this name in the libraries that the driver has been linked
 * with, and in no other that the process may have. */
static void *function_of(const apr_dbd_driver_t *driver, const char *name)
{
    Dl_info info;
    void *library;
    void *found;

    if (dladdr(driver, &info) == 0) {
        return NULL;
    }
    library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) {
        return NULL;
    }
    found = dlsym(library, name);
    dlclose(library); /* the driver itself keeps it */
    return found;
}

static int socket_of(const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    bool pgsql = strcmp(apr_dbd_name(driver), "pgsql") == 0;
    bool mysql = strcmp(apr_dbd_name(driver), "mysql") == 0;
    void *found = pgsql || mysql
                      ? function_of(driver, pgsql ? "PQsocket"
                                                  : "mysql_get_socket")
                      : NULL;
    int (*get)(void *connection);

    if (found == NULL) {
        return -1;
    }
    memcpy(&get, &found, sizeof(get));
    return get(apr_dbd_native_handle(driver, handle));
}

void archive_watch_add(archive_watched *it, const apr_dbd_driver_t *driver,
                       apr_dbd_t *handle)
{
    int fd = socket_of(driver, handle);

    it->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    it->added = it->fd >= 0;
    if (!it->added) {
        return;
    }
    pthread_once(&once, prepare);
    pthread_mutex_lock(&watch.lock);
    base_list_add_last(&watch.all, &it->link);
    if (!watch.runs) {
        watch.runs = base_thread_start(&watch.thread, run, NULL);
    }
    pthread_mutex_unlock(&watch.lock);
}

/* The last one waits for the thread, whose code may be unloaded then. */
void archive_watch_remove(archive_watched *it)
{
    pthread_t thread;
    bool last;

    if (!it->added) {
        return;
    }
    pthread_mutex_lock(&watch.lock);
    base_list_remove(&it->link);
    last = watch.runs && base_list_empty(&watch.all);
    thread = watch.thread;
    if (last) {
        watch.runs = false;
        pthread_cond_signal(&watch.changed);
    }
    pthread_mutex_unlock(&watch.lock);
    close(it->fd);
    it->added = false;
    if (last) {
        pthread_join(thread, NULL);
    }
}

void archive_watch_begin(archive_watched *it, int64_t within_us)
{
    if (it->added) {
        atomic_store(&it->until_us, base_clock_mono() + within_us);
    }
}

void archive_watch_end(archive_watched *it)
{
    if (it->added) {
        atomic_store(&it->until_us, 0);
    }
}
