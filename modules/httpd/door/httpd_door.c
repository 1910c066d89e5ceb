/* httpd_door.c - see httpd_door.h. */
#include "httpd/door/httpd_door.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "base/base_thread.h"
#include "httpd/door/httpd_door_guest.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:door"
#define WAITING 8

/* In the process pool, over restarts. */
typedef struct {
    int fd; /* above 0; 0: none */
    uid_t owner;
    pid_t parent;
    char path[PATH_MAX];
} kept_door;

static struct {
    kept_door *kept;
    room_store *store;
    pthread_t thread;
    int wake[2];
    bool runs;
    pid_t child; /* whose thread it is */
    _Atomic bool leaving;
    _Atomic bool stopping;
} door;

/* ------------------------------------------------------------ the parent */

/* An address has place for a short path only; a longer one is found by way of
 * its folder, whose descriptor is `folder` then, else -1. */
static bool name_it(struct sockaddr_un *name, const char *path, int *folder)
{
    const char *slash = strrchr(path, '/');
    char parent[PATH_MAX];

    memset(name, 0, sizeof(*name));
    name->sun_family = AF_UNIX;
    *folder = -1;
    if (strlen(path) < sizeof(name->sun_path)) {
        strcpy(name->sun_path, path);
        return true;
    }
    if (!slash || (size_t)(slash - path) >= sizeof(parent)) {
        errno = ENAMETOOLONG;
        return false;
    }
    apr_cpystrn(parent, path, (size_t)(slash - path) + 1);
    *folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    apr_snprintf(name->sun_path, sizeof(name->sun_path),
                 "/proc/self/fd/%d/%s", *folder, slash + 1);
    return *folder >= 0;
}

/* True when somebody answers there. */
static bool is_used(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool used = fd >= 0
                && (connect(fd, (const void *)name, sizeof(*name)) == 0
                    || errno == EAGAIN);

    if (fd >= 0) {
        close(fd);
    }
    return used;
}

/* From its first moment on nobody else may connect. */
static int make_socket(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    int error;

    if (fd >= 0
        && (bind(fd, (const void *)name, sizeof(*name)) != 0
            || listen(fd, WAITING) != 0)) {
        error = errno;
        close(fd);
        errno = error;
        fd = -1;
    }
    umask(before);
    return fd;
}

static const char *make_at(const char *path)
{
    struct sockaddr_un name;
    struct stat there;
    const char *why = NULL;
    int folder;
    int fd = -1;

    if (lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode)) {
        return "there is something else of this name";
    }
    if (!name_it(&name, path, &folder)) {
        why = strerror(errno);
    }
    else if (is_used(&name)) {
        why = "another httpd has it; give this one a DefaultRuntimeDir of its "
              "own";
    }
    else {
        (void)unlink(path);
        fd = make_socket(&name);
        why = fd < 0 ? strerror(errno) : NULL;
    }
    if (folder >= 0) {
        close(folder);
    }
    door.kept->fd = fd > 0 ? fd : 0;
    return why;
}

static void make_door(server_rec *server, const char *path)
{
    const char *why = strlen(path) < sizeof(door.kept->path)
                          ? make_at(path) : "the name is too long";

    if (why) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CW0671: chatwsctl cannot reach this server, there is no "
                     "socket %s: %s", path, why);
        return;
    }
    door.kept->owner = geteuid();
    door.kept->parent = getpid();
    strcpy(door.kept->path, path);
}

/* Only when httpd ends: at a restart it stays. */
static apr_status_t remove_door(void *data)
{
    kept_door *kept = data;

    if (kept->fd > 0 && kept->parent == getpid()
        && ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) {
        (void)unlink(kept->path);
        close(kept->fd);
        kept->fd = 0;
    }
    return APR_SUCCESS;
}

int httpd_door_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server)
{
    const char *path = ap_runtime_dir_relative(pconf, HTTPD_DOOR_NAME);

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    door.kept = ap_retained_data_get(KEPT_KEY);
    if (!door.kept) {
        door.kept = ap_retained_data_create(KEPT_KEY, sizeof(*door.kept));
    }
    if (door.kept->fd > 0 && strcmp(door.kept->path, path) != 0) {
        (void)unlink(door.kept->path);
        close(door.kept->fd);
        door.kept->fd = 0;
    }
    if (door.kept->fd == 0) {
        make_door(server, path);
    }
    apr_pool_cleanup_register(pconf, door.kept, remove_door,
                              apr_pool_cleanup_null);
    return OK;
}

/* -------------------------------------------------------------- the child */

static bool is_stopping(void)
{
    return atomic_load(&door.stopping);
}

static void accept_one(void)
{
    int fd = accept4(door.kept->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        httpd_door_guest_serve(fd, door.kept->owner, door.store, is_stopping);
        close(fd);
    }
}

/* All children are woken by one connection, and one of them gets it. */
static void *run(void *context)
{
    struct pollfd polled[] = { { door.wake[0], POLLIN, 0 },
                               { door.kept->fd, POLLIN, 0 } };

    (void)context;
    while (!atomic_load(&door.leaving)) {
        if (poll(polled, 2, -1) > 0 && (polled[1].revents & POLLIN)
            && !atomic_load(&door.leaving)) {
            accept_one();
        }
    }
    return NULL;
}

static void start(void)
{
    room_store *store = httpd_life_store();

    if (!door.kept || door.kept->fd <= 0 || !store || door.runs) {
        return;
    }
    door.store = store;
    atomic_store(&door.leaving, false);
    atomic_store(&door.stopping, false);
    if (pipe2(door.wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        return;
    }
    door.child = getpid();
    door.runs = base_thread_start(&door.thread, run, NULL);
    if (!door.runs) {
        close(door.wake[0]);
        close(door.wake[1]);
    }
}

/* In a handler, too: it takes no more requests. */
static void leave(void)
{
    atomic_store(&door.leaving, true);
    if (door.runs) {
        (void)!write(door.wake[1], "", 1);
    }
}

/* Before the archive of the child ends, which was there first. A process that
 * mpm-itk has forked has no such thread. */
static apr_status_t stop(void *data)
{
    (void)data;
    if (door.runs && door.child == getpid()) {
        atomic_store(&door.stopping, true);
        leave();
        pthread_join(door.thread, NULL);
        door.runs = false;
        close(door.wake[0]);
        close(door.wake[1]);
    }
    return APR_SUCCESS;
}

/* A process that ends with its connection answers nobody else. Children of
 * prefork have no thread but their own as long as nobody chats: there it waits
 * for the hub. */
void httpd_door_child_init(apr_pool_t *pchild, server_rec *server)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    (void)server;
    (void)ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    apr_pool_cleanup_register(pchild, NULL, stop, apr_pool_cleanup_null);
    if (threaded != AP_MPMQ_NOT_SUPPORTED || httpd_past_archive()
        || httpd_relay_get()) {
        start();
    }
    else if (!httpd_life_forks()) {
        httpd_life_tell(start);
    }
}

void httpd_door_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    (void)graceful;
    leave();
}
