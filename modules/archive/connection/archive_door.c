/* archive_door.c - see archive_door.h. */
#include "archive/connection/archive_door.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <apr_strings.h>

#include "archive/archive_advice.h"
#include "archive/archive_dialect.h"
#include "base/base_clock.h"
#include "base/base_file.h"
#include "base/base_log.h"

#define WAIT_MS 5000
#define FOLLOW_US INT64_C(1000000)

/* As the driver reads them. */
#define ENDS " \r\n\t;|,"

/* The value of a key; "" when there is none. */
static void value_of(const char *params, const char *key, char *value,
                     size_t size)
{
    size_t length = strlen(key);

    *value = '\0';
    for (const char *at = params; *at; at += strcspn(at, ENDS)) {
        at += strspn(at, ENDS);
        if (strncasecmp(at, key, length) == 0 && at[length] == '=') {
            size_t got = strcspn(at + length + 1, ENDS);

            if (got < size) {
                memcpy(value, at + length + 1, got);
                value[got] = '\0';
            }
        }
    }
}

/* False: nothing in time. */
static bool wait_for(int fd, short what)
{
    struct pollfd polled = { fd, what, 0 };
    int ready;

    do {
        ready = poll(&polled, 1, WAIT_MS);
    } while (ready < 0 && errno == EINTR);
    return ready != 0;
}

static bool speaks(int fd, const struct sockaddr *address, socklen_t size)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (connect(fd, address, size) != 0 && errno != EINPROGRESS) {
        return errno != EAGAIN; /* its queue is full */
    }
    if (!wait_for(fd, POLLOUT)) {
        return false;
    }
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error != 0 || wait_for(fd, POLLIN);
}

static bool ask(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool answers = fd < 0 || speaks(fd, address, size);

    if (fd >= 0) {
        close(fd);
    }
    return answers;
}

static bool ask_file(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        return true;
    }
    strcpy(address.sun_path, path);
    return ask((const struct sockaddr *)(const void *)&address,
               sizeof(address));
}

static bool speaks_first(const char *params)
{
    struct addrinfo want = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char host[256];
    char port[16];
    char file[256];
    bool answers;

    value_of(params, "host", host, sizeof(host));
    value_of(params, "port", port, sizeof(port));
    value_of(params, "sock", file, sizeof(file));
    if (*host == '\0' || strcmp(host, "localhost") == 0) {
        return ask_file(*file ? file : "/run/mysqld/mysqld.sock");
    }
    if (getaddrinfo(host, *port ? port : "3306", &want, &found) != 0) {
        return true;
    }
    answers = ask(found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return answers;
}

/* Of this process. */
static _Atomic bool doubtful;
static _Atomic int64_t connecting_us; /* since when somebody does; 0: nobody */

void archive_door_doubt(void)
{
    atomic_store(&doubtful, true);
}

/* A connection takes a moment. Whoever takes longer hangs, and nobody follows
 * him. */
static bool enter_first(void)
{
    int64_t until = base_clock_mono() + FOLLOW_US;
    struct timespec rest = { 0, 5000000 };
    int64_t nobody = 0;

    while (!atomic_load(&doubtful) && base_clock_mono() < until) {
        nobody = 0;
        if (atomic_compare_exchange_strong(&connecting_us, &nobody,
                                           base_clock_mono())) {
            return true;
        }
        (void)nanosleep(&rest, NULL);
    }
    return false;
}

/* To look whether it speaks makes a line in its log, so that is not done before
 * each connection. */
bool archive_door_enter(const archive_settings *settings, bool *first)
{
    *first = false;
    if (archive_dialect_of(settings->driver) != ARCHIVE_MYSQL) {
        return true;
    }
    *first = enter_first();
    if (!*first && !speaks_first(settings->params)) {
        return false;
    }
    atomic_store(&doubtful, false);
    return true;
}

void archive_door_leave(bool first)
{
    if (first) {
        atomic_store(&connecting_us, 0);
    }
}

void archive_door_make(const archive_settings *settings)
{
    if (archive_dialect_of(settings->driver) == ARCHIVE_SQLITE) {
        base_file_make(settings->params);
    }
}

uint64_t archive_door_file(const archive_settings *settings)
{
    return archive_dialect_of(settings->driver) == ARCHIVE_SQLITE
               ? base_file_number(settings->params) : 0;
}

void archive_door_tell(const archive_settings *settings, const char *error)
{
    const char *advice = archive_advice_of(error);
    bool file = archive_dialect_of(settings->driver) == ARCHIVE_SQLITE;

    base_log_limited(BASE_LOG_ERROR, "CW1101",
                     "the archive (%s%s%s) cannot be used: %s%s%s",
                     settings->driver, file ? " " : "",
                     file ? settings->params : "", error,
                     *advice ? ": " : "", advice);
}

/* MySQL's driver would connect anew by itself, without what was prepared; and
 * it takes so many bytes of a field. That of APR 2 has limits of time. */
const char *archive_door_parameters(const archive_settings *settings,
                                    apr_pool_t *pool)
{
    const char *given = settings->params;
    archive_dialect dialect = archive_dialect_of(settings->driver);

    if (dialect == ARCHIVE_MYSQL) {
        return apr_pstrcat(pool, given,
                           ";reconnect=0;fldsz=131072;connecttimeout=5", NULL);
    }
    if (dialect == ARCHIVE_PGSQL && !strstr(given, "connect_timeout")) {
        bool uri = strstr(given, "://") != NULL;
        const char *lead = !uri ? " " : strchr(given, '?') ? "&" : "?";

        return apr_pstrcat(pool, given, lead, "connect_timeout=5",
                           uri ? "&" : " ", "tcp_user_timeout=10000", NULL);
    }
    return given;
}
