/* test_loop_poll.c - loop_poll.h. Built twice, once with loop_epoll.c and once
 * with loop_pollset.c: both must pass the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "loop/loop_poll.h"

#define SECOND 1000000

typedef struct {
    loop_poll *poll;
    int fds[2]; /* a connected pair: [0] is watched, [1] is its peer */
    char mark;
} fixture;

static int setup(void **state)
{
    static fixture it;

    it.poll = loop_poll_create(400);
    assert_non_null(it.poll);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, it.fds), 0);
    *state = &it;
    return 0;
}

static int teardown(void **state)
{
    fixture *it = *state;

    loop_poll_destroy(it->poll);
    close(it->fds[0]);
    close(it->fds[1]);
    return 0;
}

/* What is ready now; 0 when nothing is. */
static unsigned look(fixture *it)
{
    loop_poll_event events[8];
    int count = loop_poll_wait(it->poll, 0, events, 8);

    assert_in_range(count, 0, 1);
    if (count == 0) {
        return 0;
    }
    assert_ptr_equal(events[0].data, &it->mark);
    return events[0].ready;
}

static void add(fixture *it, unsigned interest)
{
    assert_true(loop_poll_add(it->poll, it->fds[0], interest, &it->mark));
}

static void change(fixture *it, unsigned interest)
{
    assert_true(loop_poll_change(it->poll, it->fds[0], interest, &it->mark));
}

static void test_time_limit(void **state)
{
    static const int64_t limits[] = { 1, 300, 1500, 20000 };
    fixture *it = *state;
    loop_poll_event event;

    add(it, LOOP_READ);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        int64_t start = base_clock_mono();

        assert_int_equal(loop_poll_wait(it->poll, limits[i], &event, 1), 0);
        /* Waking early would spin until the deadline. The clocks of wait and
         * base_clock differ by less than a timer tick. */
        assert_true(base_clock_mono() - start >= limits[i] - limits[i] / 20);
    }
}

static void test_readable_is_level_triggered(void **state)
{
    fixture *it = *state;
    char bytes[8];

    add(it, LOOP_READ);
    assert_int_equal(look(it), 0);
    assert_int_equal(write(it->fds[1], "ab", 2), 2);
    assert_int_equal(look(it), LOOP_READ);
    assert_int_equal(read(it->fds[0], bytes, 1), 1);
    assert_int_equal(look(it), LOOP_READ);
    assert_int_equal(read(it->fds[0], bytes, 1), 1);
    assert_int_equal(look(it), 0);
}

static void test_interest_changes(void **state)
{
    fixture *it = *state;
    loop_poll_event event;
    char other;

    add(it, LOOP_WRITE);
    assert_int_equal(look(it), LOOP_WRITE);
    assert_int_equal(write(it->fds[1], "a", 1), 1);
    change(it, LOOP_READ | LOOP_WRITE);
    assert_int_equal(look(it), LOOP_READ | LOOP_WRITE);
    change(it, LOOP_READ);
    assert_int_equal(look(it), LOOP_READ);
    change(it, LOOP_READ);
    assert_int_equal(look(it), LOOP_READ);
    change(it, 0);
    assert_int_equal(look(it), 0);
    assert_true(loop_poll_change(it->poll, it->fds[0], LOOP_READ, &other));
    assert_int_equal(loop_poll_wait(it->poll, SECOND, &event, 1), 1);
    assert_ptr_equal(event.data, &other);
}

static void test_full_socket_does_not_wake(void **state)
{
    fixture *it = *state;
    char bytes[4096] = { 0 };
    ssize_t got;

    while (send(it->fds[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
    }
    add(it, LOOP_READ | LOOP_WRITE);
    assert_int_equal(look(it), 0);
    do {
        got = recv(it->fds[1], bytes, sizeof(bytes), MSG_DONTWAIT);
    } while (got > 0);
    assert_int_equal(look(it), LOOP_WRITE);
}

static void test_half_closed_peer(void **state)
{
    fixture *it = *state;
    char byte;

    add(it, LOOP_READ);
    assert_int_equal(shutdown(it->fds[1], SHUT_WR), 0);
    assert_int_equal(look(it), LOOP_READ);
    assert_int_equal(read(it->fds[0], &byte, 1), 0);
    change(it, 0);
    assert_int_equal(look(it), 0);
    change(it, LOOP_WRITE);
    assert_int_equal(look(it), LOOP_WRITE);
}

static void test_closed_peer_hangs_up(void **state)
{
    static const unsigned interests[] = { 0, LOOP_READ, LOOP_WRITE };
    fixture *it = *state;

    add(it, 0);
    close(it->fds[1]);
    for (size_t i = 0; i < 3; i++) {
        change(it, interests[i]);
        assert_int_equal(look(it), LOOP_HANGUP | interests[i]);
    }
    loop_poll_remove(it->poll, it->fds[0]);
    assert_int_equal(look(it), 0);
    it->fds[1] = -1;
}

/* A TCP connection over loopback instead of the pair. */
static void connect_tcp(fixture *it)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size),
                     0);
    close(it->fds[0]);
    close(it->fds[1]);
    it->fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(it->fds[1], (struct sockaddr *)&address, size), 0);
    it->fds[0] = accept(listener, NULL, NULL);
    assert_true(it->fds[0] >= 0);
    close(listener);
}

static void test_reset_hangs_up(void **state)
{
    fixture *it = *state;
    struct linger none = { 1, 0 };
    loop_poll_event event;

    connect_tcp(it);
    add(it, 0);
    assert_int_equal(look(it), 0);
    assert_int_equal(
        setsockopt(it->fds[1], SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
    close(it->fds[1]);
    it->fds[1] = -1;
    assert_int_equal(loop_poll_wait(it->poll, 5 * SECOND, &event, 1), 1);
    assert_int_equal(event.ready, LOOP_HANGUP);
}

static void test_removed_is_silent(void **state)
{
    fixture *it = *state;
    int duplicate = dup(it->fds[0]);

    add(it, LOOP_READ | LOOP_WRITE);
    assert_int_equal(look(it), LOOP_WRITE);
    loop_poll_remove(it->poll, it->fds[0]);
    loop_poll_remove(it->poll, it->fds[0]);
    assert_int_equal(look(it), 0);
    /* The number comes back with another socket. */
    close(it->fds[0]);
    it->fds[0] = duplicate;
    add(it, LOOP_WRITE);
    assert_int_equal(look(it), LOOP_WRITE);
}

static void test_refusals(void **state)
{
    fixture *it = *state;

    assert_false(loop_poll_add(it->poll, -1, LOOP_READ, NULL));
    assert_false(loop_poll_change(it->poll, it->fds[0], LOOP_READ, NULL));
    add(it, LOOP_WRITE);
    assert_false(loop_poll_add(it->poll, it->fds[0], LOOP_READ, NULL));
    assert_int_equal(look(it), LOOP_WRITE);
    loop_poll_destroy(NULL);
}

static void test_pipe(void **state)
{
    fixture *it = *state;
    loop_poll_event event;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_true(loop_poll_add(it->poll, fds[0], LOOP_READ, fds));
    assert_int_equal(loop_poll_wait(it->poll, 0, &event, 1), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(loop_poll_wait(it->poll, SECOND, &event, 1), 1);
    assert_ptr_equal(event.data, fds);
    assert_int_equal(event.ready, LOOP_READ);
    loop_poll_remove(it->poll, fds[0]);
    close(fds[0]);
    close(fds[1]);
}

/* With more ready than asked for, nobody starves. */
static void test_everybody_gets_a_turn(void **state)
{
    enum {
        PAIRS = 150,
        MOST = 40
    };
    static int pairs[PAIRS][2];
    static int seen[PAIRS];
    fixture *it = *state;
    loop_poll_event events[MOST];

    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < PAIRS; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        assert_true(loop_poll_add(it->poll, pairs[i][0], LOOP_WRITE, &seen[i]));
    }
    for (int round = 0; round < 2 * (PAIRS / MOST + 1); round++) {
        int count = loop_poll_wait(it->poll, 0, events, MOST);

        assert_int_equal(count, MOST);
        for (int i = 0; i < count; i++) {
            ++*(int *)events[i].data;
        }
    }
    for (int i = 0; i < PAIRS; i++) {
        assert_true(seen[i] > 0);
        loop_poll_remove(it->poll, pairs[i][0]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    assert_int_equal(loop_poll_wait(it->poll, 0, events, MOST), 0);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms = alarms + 1;
}

static void test_signal_ends_the_wait(void **state)
{
    fixture *it = *state;
    struct sigaction action = { 0 };
    struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };
    struct itimerval never = { { 0, 0 }, { 0, 0 } };
    loop_poll_event event;
    int64_t start = base_clock_mono();

    action.sa_handler = on_alarm;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(loop_poll_wait(it->poll, 120 * SECOND, &event, 1), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(alarms > 0);
    assert_true(base_clock_mono() - start < 100 * SECOND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_time_limit),
        CASE(test_readable_is_level_triggered),
        CASE(test_interest_changes),
        CASE(test_full_socket_does_not_wake),
        CASE(test_half_closed_peer),
        CASE(test_closed_peer_hangs_up),
        CASE(test_reset_hangs_up),
        CASE(test_removed_is_silent),
        CASE(test_refusals),
        CASE(test_pipe),
        CASE(test_everybody_gets_a_turn),
        CASE(test_signal_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
