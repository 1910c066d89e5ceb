/* httpd_door_guest.c - see httpd_door_guest.h. */
#include "httpd/door/httpd_door_guest.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "act/control/act_control.h"
#include "base/base_clock.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"
#include "httpd/status/httpd_status.h"

/* For the line to come, and for each part of the answer to be taken. */
#define ASK_US INT64_C(5000000)
#define TAKE_US INT64_C(30000000)
#define DRAIN_US INT64_C(1000000)

/* So often it is looked whether the child ends. */
#define LOOK_MS 200

typedef struct {
    int fd;
    bool (*stopping)(void);
} guest;

/* The socket's folder and mode let in nobody else; but a descriptor can be
 * given away. */
static bool is_allowed(int fd, uid_t owner)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0
           && (peer.uid == 0 || peer.uid == owner);
}

static bool wait_for(const guest *it, short events, int64_t until)
{
    struct pollfd polled = { it->fd, events, 0 };

    while (base_clock_mono() < until && !it->stopping()) {
        if (poll(&polled, 1, LOOK_MS) > 0) {
            return true;
        }
    }
    return false;
}

/* The line without its end. False: there is none, or more than one line. */
static bool read_line(const guest *it, base_bytes *line)
{
    int64_t until = base_clock_mono() + ASK_US;

    base_bytes_reserve(line, CHAT_CONTROL_LINE_MOST + 1);
    while (line->len <= CHAT_CONTROL_LINE_MOST) {
        ssize_t got;

        if (!wait_for(it, POLLIN, until)) {
            return false;
        }
        got = recv(it->fd, line->data + line->len,
                   CHAT_CONTROL_LINE_MOST + 1 - line->len, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            return false;
        }
        line->len += got > 0 ? (size_t)got : 0;
        if (line->len > 0 && line->data[line->len - 1] == '\n') {
            line->len--;
            return true;
        }
    }
    return true; /* too long, which the parser says */
}

static bool send_line(void *context, const base_bytes *line)
{
    const guest *it = context;
    int64_t until = base_clock_mono() + TAKE_US;
    size_t sent = 0;

    while (sent < line->len) {
        ssize_t took = send(it->fd, line->data + sent, line->len - sent,
                            MSG_NOSIGNAL);

        if (took < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        if (took < 0 && !wait_for(it, POLLOUT, until)) {
            return false;
        }
        if (took > 0) {
            sent += (size_t)took;
            until = base_clock_mono() + TAKE_US;
        }
    }
    return true;
}

static bool is_ending(void *context)
{
    return ((const guest *)context)->stopping();
}

static void tell_status(act_answer *answer)
{
    base_bytes line = BASE_BYTES_INIT;

    httpd_status_write(&line);
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '\n') {
            line.data[i] = ' ';
        }
    }
    if (act_answer_line(answer, &line)) {
        act_answer_end(answer, NULL, 0);
    }
    base_bytes_free(&line);
}

/* Whoever has sent more than a line would be told of a reset instead. */
static void drain(const guest *it)
{
    int64_t until = base_clock_mono() + DRAIN_US;
    char more[4096];

    (void)shutdown(it->fd, SHUT_WR);
    while (wait_for(it, POLLIN, until)
           && recv(it->fd, more, sizeof(more), 0) > 0) {
    }
}

static void answer_line(act_answer *answer, const base_bytes *line)
{
    chat_control asked;

    answer->asked = &asked;
    if (!chat_control_parse(line->data, line->len, &asked)) {
        act_answer_error(answer, "bad_request", asked.error);
    }
    else if (room_store_closed(answer->store)) {
        act_answer_error(answer, "unavailable", "The rooms are being moved to "
                         "other shared memory: ask again.");
    }
    else if (asked.kind == CHAT_CONTROL_STATUS) {
        tell_status(answer);
    }
    else {
        /* Or the answer says not. */
        (void)(httpd_past_ready(answer->store)
               && httpd_relay_ready(answer->store));
        act_control_obey(answer);
    }
    chat_control_destroy(&asked);
}

void httpd_door_guest_serve(int fd, uid_t owner, room_store *store,
                            bool (*stopping)(void))
{
    guest it = { fd, stopping };
    act_answer answer = { .store = store, .archive = httpd_past_archive(),
                          .relay = httpd_relay_get(), .slot = -1,
                          .send = send_line, .ending = is_ending,
                          .context = &it };
    base_bytes line = BASE_BYTES_INIT;

    if (is_allowed(fd, owner) && read_line(&it, &line)) {
        answer_line(&answer, &line);
        drain(&it);
    }
    base_bytes_free(&line);
}
