/* test_loop_tcp.c - loop_tcp.h, and base_traffic.h, which is what it reads
 * into. tests/integration/test_meter.py compares with what is on the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/loop_tcp.h"
#include "loop_pair.h"

#define SYN_EXTRA 8

/* Until the other side's packets have come, or fails. */
static loop_tcp_state read_until(int fd, uint64_t packets_received)
{
    loop_tcp_state state;
    char byte;

    for (int i = 0; i < 500; i++) {
        assert_true(loop_tcp_read(fd, &state));
        if (state.traffic.packets_received >= packets_received) {
            return state;
        }
        (void)loop_pair_ready(fd, 0, 10);
        (void)recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    }
    fail_msg("%llu packets came",
             (unsigned long long)state.traffic.packets_received);
    return state;
}

static void check_wire(const loop_tcp_state *state)
{
    const base_traffic *t = &state->traffic;

    assert_in_range(state->head, 40, 72);
    assert_int_equal(t->wire_sent,
                     t->sent + t->packets_sent * state->head + SYN_EXTRA);
    assert_int_equal(t->wire_received, t->received
                                           + t->packets_received * state->head
                                           + SYN_EXTRA);
}

static void a_whole_connection(void **state)
{
    char data[1000] = { 0 };
    loop_tcp_state now;
    int fds[2];

    (void)state;
    loop_pair_sockets(fds, true);
    now = read_until(fds[0], 2); /* SYN, ACK */
    assert_int_equal(now.traffic.packets_sent, 1);
    assert_int_equal(now.traffic.sent + now.traffic.received, 0);
    check_wire(&now);
    assert_int_equal(write(fds[1], data, 700), 700);
    now = read_until(fds[0], 3);
    assert_int_equal(now.traffic.received, 700);
    assert_int_equal(now.data_packets_received, 1);
    check_wire(&now);
    assert_int_equal(write(fds[0], data, 1000), 1000);
    now = read_until(fds[0], 4);
    assert_int_equal(now.traffic.sent, 1000);
    assert_false(now.closed);
    assert_int_equal(read(fds[0], data, 1000), 700);
    close(fds[1]); /* with bytes unread: a reset */
    now = read_until(fds[0], 5);
    assert_true(now.closed);
    close(fds[0]);
}

/* The FINs are packets, but no bytes. */
static void an_orderly_end(void **state)
{
    char byte = 'x';
    loop_tcp_state now;
    int fds[2];

    (void)state;
    loop_pair_sockets(fds, true);
    assert_int_equal(write(fds[1], &byte, 1), 1);
    assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
    now = read_until(fds[0], 4);
    assert_int_equal(now.traffic.received, 1);
    assert_false(now.closed);
    assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
    now = read_until(fds[0], 5); /* the ACK of our FIN */
    assert_int_equal(now.traffic.received, 1);
    assert_int_equal(now.traffic.sent, 0);
    assert_true(now.closed);
    check_wire(&now);
    close(fds[0]);
    close(fds[1]);
}

/* The last bytes and the FIN are one packet. */
static void the_last_bytes(void **state)
{
    struct iovec parts[2] = { { "a whole", 7 }, { " answer", 7 } };
    loop_pair pair;
    loop_tcp_state now;
    char data[32];
    size_t sent;

    (void)state;
    loop_pair_plain(&pair, true);
    now = read_until(pair.ours.fd, 2);
    assert_int_equal(now.traffic.packets_sent, 1);
    assert_int_equal(loop_stream_write_last(&pair.ours, parts, 2, &sent),
                     LOOP_IO_OK);
    assert_int_equal(sent, 14);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    assert_int_equal(loop_pair_peer_read(&pair, data, 32), 14);
    assert_memory_equal(data, "a whole answer", 14);
    assert_int_equal(recv(pair.fd, data, 32, 0), 0);
    now = read_until(pair.ours.fd, 3);
    assert_int_equal(now.traffic.packets_sent, 2);
    loop_pair_close(&pair);
}

static void what_is_no_tcp(void **state)
{
    loop_tcp_state now;
    int fds[2];

    (void)state;
    loop_pair_sockets(fds, false);
    assert_false(loop_tcp_read(fds[0], &now));
    assert_int_equal(now.traffic.packets_sent, 0);
    loop_tcp_note_listener(fds[0]); /* nothing happens */
    close(fds[0]);
    close(fds[1]);
    assert_false(loop_tcp_read(-1, &now));
}

/* A listener that waits for data loses the ACK of the handshake. */
static void a_deferred_accept(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    int seconds = 30;
    loop_tcp_state now;
    int fd;

    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT,
                                &seconds, sizeof(seconds)), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    loop_tcp_note_listener(listener);
    assert_int_equal(
        getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
    assert_int_equal(write(client, "abc", 3), 3);
    fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    now = read_until(fd, 3); /* SYN, ACK, data */
    assert_int_equal(now.traffic.packets_received, 3);
    assert_int_equal(now.traffic.received, 3);
    close(fd);
    close(client);
    close(listener);
}

static void differences(void **state)
{
    base_traffic before = { 10, 20, 1, 2, 100, 200, 5, 6 };
    base_traffic now = { 15, 26, 8, 1, 109, 200, 9, 6 };
    base_traffic more = base_traffic_since(&now, &before);

    (void)state;
    assert_int_equal(more.sent, 5);
    assert_int_equal(more.received, 6);
    assert_int_equal(more.packets_sent, 7);
    assert_int_equal(more.packets_received, 0); /* never below */
    assert_int_equal(more.wire_sent, 9);
    assert_int_equal(more.wire_received, 0);
    assert_int_equal(more.plain_sent, 4);
    assert_int_equal(more.plain_received, 0);
    base_traffic_add(&more, &before);
    assert_memory_equal(&more, (&(base_traffic){ 15, 26, 8, 2, 109, 200, 9,
                                                 6 }), sizeof(more));
    assert_false(base_traffic_is_none(&more));
    assert_true(base_traffic_is_none(&(base_traffic){ 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_connection),
        cmocka_unit_test(an_orderly_end),
        cmocka_unit_test(the_last_bytes),
        cmocka_unit_test(what_is_no_tcp),
        cmocka_unit_test(a_deferred_accept),
        cmocka_unit_test(differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
