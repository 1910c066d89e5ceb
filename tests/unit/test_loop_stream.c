/* test_loop_stream.c - loop_stream.h on plain sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_pair.h"

enum { MANY = 4 * 1024 * 1024, LIMIT_MS = 5000 };

static void test_open_prepares_the_socket(void **state)
{
    loop_pair pair;
    int on = 0;
    socklen_t size = sizeof(on);
    int fd;

    (void)state;
    assert_true(sizeof(loop_stream) <= 16);
    loop_pair_plain(&pair, true);
    fd = pair.ours.fd;
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(
        getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_true(on);
    loop_stream_close(&pair.ours);
    assert_int_equal(pair.ours.fd, -1);
    assert_int_equal(fcntl(fd, F_GETFL), -1);
    loop_stream_close(&pair.ours);
    loop_stream_reset(&pair.ours);
    loop_pair_close(&pair);
}

static void test_read(void **state)
{
    loop_pair pair;
    char buf[16];
    size_t got = 99;

    (void)state;
    loop_pair_plain(&pair, false);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got),
                     LOOP_IO_AGAIN);
    assert_int_equal(got, 0);
    loop_pair_peer_write(&pair, "abcdef", 6);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 4, &got), LOOP_IO_OK);
    assert_int_equal(got, 4);
    assert_false(loop_stream_unread(&pair.ours));
    assert_int_equal(loop_stream_read(&pair.ours, buf + 4, 12, &got),
                     LOOP_IO_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(buf, "abcdef", 6);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got),
                     LOOP_IO_AGAIN);
    loop_pair_close(&pair);
}

static void test_write_gathers(void **state)
{
    struct iovec parts[4] = { { "abc", 3 }, { NULL, 0 }, { "d", 1 },
                              { "efgh", 4 } };
    struct iovec none[2] = { { NULL, 0 }, { "", 0 } };
    loop_pair pair;
    char buf[16];
    size_t sent = 99;

    (void)state;
    loop_pair_plain(&pair, false);
    assert_int_equal(loop_stream_write(&pair.ours, none, 2, &sent),
                     LOOP_IO_OK);
    assert_int_equal(sent, 0);
    assert_int_equal(loop_stream_write(&pair.ours, none + 1, 1, &sent),
                     LOOP_IO_OK);
    assert_int_equal(sent, 0);
    assert_int_equal(loop_stream_write(&pair.ours, parts, 4, &sent),
                     LOOP_IO_OK);
    assert_int_equal(sent, 8);
    assert_int_equal(loop_pair_peer_read(&pair, buf, 16), 8);
    assert_memory_equal(buf, "abcdefgh", 8);
    assert_false(loop_stream_unsent(&pair.ours));
    assert_int_equal(loop_stream_flush(&pair.ours), LOOP_IO_OK);
    loop_pair_close(&pair);
}

/* Writes in two parts until the socket is full; returns the new position. */
static size_t ours_gives(loop_pair *pair, unsigned char *bytes, size_t sent)
{
    while (sent < MANY) {
        unsigned char *from = bytes + sent;
        size_t rest = MANY - sent;
        struct iovec parts[2] = { { from, rest / 3 },
                                  { from + rest / 3, rest - rest / 3 } };
        size_t count = 99;
        loop_io io = loop_stream_write(&pair->ours, parts, 2, &count);

        if (io != LOOP_IO_OK) {
            assert_int_equal(io, LOOP_IO_AGAIN);
            assert_int_equal(count, 0);
            assert_false(loop_pair_ready(pair->ours.fd, POLLOUT, 0));
            break;
        }
        assert_true(count > 0);
        sent += count;
    }
    return sent;
}

/* Megabytes through a socket that is full most of the time: every byte once
 * and in order, and a full socket says so and does not wake. */
static void test_partial_writes(void **state)
{
    loop_pair pair;
    unsigned char *bytes = malloc(MANY);
    unsigned char buf[30000];
    size_t sent = 0;
    size_t read = 0;
    int rounds = 0;
    int got;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < MANY; i++) {
        bytes[i] = loop_pair_byte(i);
    }
    loop_pair_plain(&pair, false);
    while (read < MANY) {
        sent = ours_gives(&pair, bytes, sent);
        rounds++;
        while ((got = loop_pair_peer_read(&pair, buf, sizeof(buf))) > 0) {
            assert_memory_equal(buf, bytes + read, (size_t)got);
            read += (size_t)got;
        }
        assert_int_equal(read, sent);
    }
    assert_true(rounds > 3);
    loop_pair_close(&pair);
    free(bytes);
}

static void test_end_leaves_the_write_side(void **state)
{
    loop_pair pair;
    struct iovec part = { "still here", 10 };
    char buf[16];
    size_t count;

    (void)state;
    loop_pair_plain(&pair, false);
    loop_pair_peer_write(&pair, "last", 4);
    assert_int_equal(shutdown(pair.fd, SHUT_WR), 0);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &count),
                     LOOP_IO_OK);
    assert_int_equal(count, 4);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &count),
                         LOOP_IO_END);
        assert_int_equal(count, 0);
    }
    assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &count),
                     LOOP_IO_OK);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    assert_int_equal(loop_pair_peer_read(&pair, buf, 16), 10);
    assert_int_equal(loop_pair_peer_read(&pair, buf, 16), 0);
    loop_pair_close(&pair);
}

static void test_finish_leaves_the_read_side(void **state)
{
    loop_pair pair;
    char buf[16];
    size_t got;

    (void)state;
    loop_pair_plain(&pair, false);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    assert_int_equal(loop_pair_peer_read(&pair, buf, 16), 0);
    loop_pair_peer_write(&pair, "bye", 3);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got), LOOP_IO_OK);
    assert_int_equal(got, 3);
    loop_pair_close(&pair);
}

/* No SIGPIPE, or the test would be gone. */
static void test_peer_is_gone(void **state)
{
    loop_pair pair;
    struct iovec part = { "abc", 3 };
    struct iovec parts[2] = { { "abc", 3 }, { "d", 1 } };
    size_t sent;

    (void)state;
    loop_pair_plain(&pair, false);
    loop_pair_peer_leaves(&pair, false);
    assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &sent),
                     LOOP_IO_ERROR);
    assert_int_equal(loop_stream_write(&pair.ours, parts, 2, &sent),
                     LOOP_IO_ERROR);
    assert_int_equal(sent, 0);
    loop_pair_close(&pair);
}

static void test_peer_resets(void **state)
{
    loop_pair pair;
    char buf[16];
    size_t got;

    (void)state;
    loop_pair_plain(&pair, true);
    loop_pair_peer_leaves(&pair, true);
    assert_true(loop_pair_ready(pair.ours.fd, POLLIN, LIMIT_MS));
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got),
                     LOOP_IO_ERROR);
    assert_int_equal(got, 0);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_ERROR);
    loop_pair_close(&pair);
}

static void test_reset_reaches_the_peer(void **state)
{
    loop_pair pair;
    char buf[16];

    (void)state;
    loop_pair_plain(&pair, true);
    loop_stream_reset(&pair.ours);
    assert_int_equal(pair.ours.fd, -1);
    assert_true(loop_pair_ready(pair.fd, POLLIN, LIMIT_MS));
    assert_int_equal(recv(pair.fd, buf, 16, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    loop_pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_prepares_the_socket),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_write_gathers),
        cmocka_unit_test(test_partial_writes),
        cmocka_unit_test(test_end_leaves_the_write_side),
        cmocka_unit_test(test_finish_leaves_the_read_side),
        cmocka_unit_test(test_peer_is_gone),
        cmocka_unit_test(test_peer_resets),
        cmocka_unit_test(test_reset_reaches_the_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
