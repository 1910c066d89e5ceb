/* ctl_ask.c - see ctl_ask.h. */
#include "ctl_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/base_bytes.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "ctl_show.h"

/* How long nothing may come; an erasure tells something all the time but for
 * its waits. */
#define SILENCE_MS 120000

#define NAME_MOST 80 /* of a socket in a deep folder */

static void append_member(base_bytes *line, const char *name,
                          const char *value)
{
    if (value) {
        base_bytes_append_format(line, ",\"%s\":", name);
        chat_text_quote(line, value, strlen(value));
    }
}

static void write_request(const ctl_options *o, base_bytes *line)
{
    bool lock = strcmp(o->command, "lock") == 0;
    bool unlock = strcmp(o->command, "unlock") == 0;

    base_bytes_append_format(line, "{\"type\":\"%s\"",
                             lock || unlock ? "room" : o->command);
    append_member(line, "room", o->about_room ? o->argument : o->room);
    append_member(line, "user", o->about_room ? NULL : o->argument);
    append_member(line, "site", o->site);
    append_member(line, "reason", o->reason);
    if (o->seconds > 0) {
        base_bytes_append_format(line, ",\"for\":%lld",
                                 (long long)o->seconds);
    }
    base_bytes_append_text(line, lock ? ",\"locked\":true"
                                 : unlock ? ",\"locked\":false" : "");
    base_bytes_append_text(line, o->address ? ",\"address\":true" : "");
    base_bytes_append_text(line, o->purge ? ",\"purge\":true" : "");
    base_bytes_append_text(line, "}\n");
}

/* What to do, when that is known. */
static int refuse(const ctl_options *o)
{
    int error = errno;

    if (error == EACCES || error == EPERM) {
        fprintf(stderr, "chatwsctl: %s: only root may ask the server: use "
                        "sudo\n", o->socket);
        return EX_NOPERM;
    }
    fprintf(stderr,
            "chatwsctl: %s: %s: no httpd with mod_chatws runs there; name its "
            "socket with --socket, or the database with --archive\n",
            o->socket, strerror(error));
    return EX_UNAVAILABLE;
}

/* An address has place for a short path only: a longer one is found by way of
 * its folder. */
static bool name_it(struct sockaddr_un *name, const char *path, int *folder)
{
    const char *slash = strrchr(path, '/');
    char parent[PATH_MAX];

    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *folder = -1;
    if (strlen(path) < sizeof(name->sun_path)) {
        strcpy(name->sun_path, path);
        return true;
    }
    if (!slash || (size_t)(slash - path) >= sizeof(parent)
        || strlen(slash) > NAME_MOST) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
    *folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(name->sun_path, sizeof(name->sun_path), "/proc/self/fd/%d%.*s",
             *folder, NAME_MOST, slash);
    return *folder >= 0;
}

/* The descriptor, or -1 with errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un name;
    int folder;
    int error;
    int fd;

    if (!name_it(&name, path, &folder)) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    error = fd >= 0 && connect(fd, (const void *)&name, sizeof(name)) == 0
                ? 0 : errno;
    if (error != 0 && fd >= 0) {
        close(fd);
        fd = -1;
    }
    if (folder >= 0) {
        close(folder);
    }
    errno = error;
    return fd;
}

static bool send_all(int fd, const base_bytes *line)
{
    size_t sent = 0;

    while (sent < line->len) {
        ssize_t took = send(fd, line->data + sent, line->len - sent,
                            MSG_NOSIGNAL);

        if (took < 0 && errno != EINTR) {
            return false;
        }
        sent += took > 0 ? (size_t)took : 0;
    }
    return true;
}

/* All whole lines of what has come. */
static int show_lines(const ctl_options *o, base_bytes *came)
{
    size_t at = 0;
    int status = -1;

    while (status == -1 && at < came->len) {
        const unsigned char *end = memchr(came->data + at, '\n',
                                          came->len - at);

        if (!end) {
            break;
        }
        status = ctl_show_line(o, (const char *)came->data + at,
                               (size_t)(end - came->data) - at);
        at = (size_t)(end - came->data) + 1;
    }
    base_bytes_drop(came, at);
    return status;
}

static int read_answer(int fd, const ctl_options *o)
{
    struct pollfd polled = { fd, POLLIN, 0 };
    base_bytes came = BASE_BYTES_INIT;
    ssize_t got = 1;
    int status = -1;

    while (status == -1 && got > 0) {
        got = 0;
        if (poll(&polled, 1, SILENCE_MS) > 0) {
            base_bytes_reserve(&came, 65536);
            got = read(fd, came.data + came.len, 65536);
        }
        if (got > 0) {
            came.len += (size_t)got;
            status = show_lines(o, &came);
        }
    }
    base_bytes_free(&came);
    if (status == -1) {
        ctl_show_progress(o, "");
        fprintf(stderr, "chatwsctl: the server has left off: the answer is "
                        "not complete\n");
        status = EX_UNAVAILABLE;
    }
    return status;
}

static bool is_text(const char *text)
{
    return !text || base_utf8_valid(text, strlen(text));
}

int ctl_ask_server(const ctl_options *options)
{
    base_bytes line = BASE_BYTES_INIT;
    int status;
    int fd;

    if (!is_text(options->argument) || !is_text(options->room)
        || !is_text(options->site) || !is_text(options->reason)) {
        fprintf(stderr, "chatwsctl: this is not UTF-8\n");
        return EX_USAGE;
    }
    fd = connect_to(options->socket);
    if (fd < 0) {
        return refuse(options);
    }
    write_request(options, &line);
    if (send_all(fd, &line)) {
        status = read_answer(fd, options);
    }
    else {
        status = refuse(options);
    }
    close(fd);
    base_bytes_free(&line);
    return ctl_show_finish(status);
}
