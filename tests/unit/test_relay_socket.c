/* test_relay_socket.c - what waits to be sent, while the other side is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include <cmocka.h>

#include "relay/link/relay_socket.h"

#define SIZE ((size_t)4 * 1024 * 1024)

/* Each byte tells where it belongs. */
static unsigned char byte_at(size_t index)
{
    return (unsigned char)(index * 31 + index / 251);
}

static void fill(base_bytes *out)
{
    base_bytes_reserve(out, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        out->data[i] = byte_at(i);
    }
    out->len = SIZE;
}

/* A long queue goes byte by byte as it was, and is moved to the front a few
 * times only, however little is taken at once. */
static void test_a_long_queue_is_hardly_moved(void **state)
{
    relay_socket to = RELAY_SOCKET_INIT;
    base_bytes out = BASE_BYTES_INIT;
    int ends[2];
    size_t got = 0;
    unsigned moved = 0;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    to.fd = ends[0];
    fill(&out);
    while (got < SIZE) {
        size_t before = out.len;
        unsigned char data[8192];
        ssize_t size;

        assert_true(relay_socket_send(&to, &out));
        moved += out.len != before;
        size = read(ends[1], data, sizeof(data));
        assert_true(size > 0);
        for (ssize_t i = 0; i < size; i++) {
            assert_int_equal(data[i], byte_at(got++));
        }
    }
    assert_int_equal(out.len, 0);
    assert_true(moved < 30);
    /* And the next one begins at its beginning. */
    base_bytes_append_text(&out, "x");
    assert_true(relay_socket_send(&to, &out));
    assert_int_equal(out.len, 0);
    base_bytes_free(&out);
    relay_socket_close(&to);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_long_queue_is_hardly_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
