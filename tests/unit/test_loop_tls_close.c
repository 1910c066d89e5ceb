/* test_loop_tls_close.c - loop_stream.h over TLS 1.2 and 1.3: how connections
 * end, orderly and not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "loop_pair.h"

enum { LIMIT_MS = 5000 };

static int version_of(void **state)
{
    return *(const int *)*state;
}

/* What ours reads is exactly this, with this result. */
static void expect_read(loop_pair *pair, loop_io io, const char *text)
{
    char buf[64];
    size_t got = 99;

    assert_int_equal(loop_stream_read(&pair->ours, buf, sizeof(buf), &got),
                     io);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(buf, text, got);
    if (io != LOOP_IO_OK) {
        assert_false(loop_stream_unread(&pair->ours));
    }
}

static void ours_writes(loop_pair *pair, const char *text)
{
    struct iovec part = { (void *)text, strlen(text) };
    size_t sent;

    assert_int_equal(loop_stream_write(&pair->ours, &part, 1, &sent),
                     LOOP_IO_OK);
    assert_int_equal(sent, part.iov_len);
}

static void expect_peer_read(loop_pair *pair, const char *text)
{
    char buf[64];

    assert_int_equal(loop_pair_peer_read(pair, buf, 64), strlen(text));
    assert_memory_equal(buf, text, strlen(text));
}

/* The peer says goodbye in one segment with its last words; ours may still
 * answer. */
static void test_peer_says_goodbye(void **state)
{
    loop_pair pair;
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes;
    long size;

    loop_pair_tls(&pair, version_of(state));
    SSL_set0_wbio(pair.peer, memory);
    loop_pair_peer_write(&pair, "last", 4);
    assert_int_equal(SSL_shutdown(pair.peer), 0);
    size = BIO_get_mem_data(memory, &bytes);
    assert_int_equal(send(pair.fd, bytes, (size_t)size, 0), size);
    expect_read(&pair, LOOP_IO_OK, "last");
    /* The socket is empty: only this tells that there is more to come. */
    assert_false(loop_pair_ready(pair.ours.fd, POLLIN, 0));
    assert_true(loop_stream_unread(&pair.ours));
    expect_read(&pair, LOOP_IO_END, "");
    expect_read(&pair, LOOP_IO_END, "");
    ours_writes(&pair, "bye");
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    expect_peer_read(&pair, "bye");
    expect_peer_read(&pair, "");
    assert_int_equal(pair.info_calls, 0);
    loop_pair_close(&pair);
}

/* Ours says goodbye: close_notify, then FIN; the peer may still send. */
static void test_ours_says_goodbye(void **state)
{
    loop_pair pair;
    char byte;

    loop_pair_tls(&pair, version_of(state));
    ours_writes(&pair, "bye");
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    expect_peer_read(&pair, "bye");
    expect_peer_read(&pair, "");
    assert_int_equal(recv(pair.fd, &byte, 1, 0), 0);
    expect_read(&pair, LOOP_IO_AGAIN, "");
    loop_pair_peer_write(&pair, "wait", 4);
    assert_int_equal(SSL_shutdown(pair.peer), 1);
    expect_read(&pair, LOOP_IO_OK, "wait");
    expect_read(&pair, LOOP_IO_END, "");
    loop_pair_close(&pair);
}

/* The goodbye waits behind what the socket does not take. */
static void test_goodbye_behind_a_full_socket(void **state)
{
    static char zeros[100000];
    static char buf[100000];
    loop_pair pair;
    struct iovec part = { zeros, sizeof(zeros) };
    size_t sent;
    size_t total = 0;
    size_t read = 0;
    loop_io io;
    int got = -1;

    loop_pair_tls(&pair, version_of(state));
    while (loop_stream_write(&pair.ours, &part, 1, &sent) == LOOP_IO_OK) {
        total += sent;
    }
    io = loop_stream_finish(&pair.ours);
    assert_int_equal(io, LOOP_IO_AGAIN);
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_AGAIN);
    while (io == LOOP_IO_AGAIN || got > 0) {
        while ((got = loop_pair_peer_read(&pair, buf, sizeof(buf))) > 0) {
            read += (size_t)got;
        }
        if (io == LOOP_IO_AGAIN) {
            assert_int_equal(got, -1);
            assert_true(loop_pair_ready(pair.ours.fd, POLLOUT, 0));
            io = loop_stream_finish(&pair.ours);
            got = 1;
        }
    }
    assert_int_equal(io, LOOP_IO_OK);
    assert_int_equal(got, 0);
    assert_int_equal(read, total);
    loop_pair_close(&pair);
}

/* Browsers are often just gone: a FIN without close_notify. */
static void test_end_without_goodbye(void **state)
{
    loop_pair pair;

    loop_pair_tls(&pair, version_of(state));
    loop_pair_peer_write(&pair, "last", 4);
    assert_int_equal(shutdown(pair.fd, SHUT_WR), 0);
    expect_read(&pair, LOOP_IO_OK, "last");
    expect_read(&pair, LOOP_IO_END, "");
    expect_read(&pair, LOOP_IO_END, "");
    ours_writes(&pair, "still");
    assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_OK);
    expect_peer_read(&pair, "still");
    expect_peer_read(&pair, "");
    loop_stream_close(&pair.ours);
    assert_int_equal(pair.sessions_removed, 0);
    loop_pair_close(&pair);
}

static void test_end_inside_a_record(void **state)
{
    static const unsigned char cut[] = { 23, 3, 3, 0, 100, 1, 2, 3 };
    loop_pair pair;

    loop_pair_tls(&pair, version_of(state));
    assert_int_equal(send(pair.fd, cut, sizeof(cut), 0), sizeof(cut));
    expect_read(&pair, LOOP_IO_AGAIN, "");
    assert_int_equal(shutdown(pair.fd, SHUT_WR), 0);
    expect_read(&pair, LOOP_IO_END, "");
    loop_pair_close(&pair);
}

/* Bytes that are no TLS, or not encrypted with the key. */
static void test_forged_record(void **state)
{
    static const unsigned char forged[][8] = {
        { 23, 3, 3, 0, 3, 1, 2, 3 },
        { 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T' },
        { 23, 3, 3, 0xff, 0xff, 1, 2, 3 }
    };

    for (size_t i = 0; i < 3; i++) {
        struct iovec part = { "x", 1 };
        loop_pair pair;
        size_t sent = 99;

        loop_pair_tls(&pair, version_of(state));
        assert_int_equal(send(pair.fd, forged[i], 8, 0), 8);
        expect_read(&pair, LOOP_IO_ERROR, "");
        assert_int_equal(ERR_peek_error(), 0);
        expect_read(&pair, LOOP_IO_ERROR, "");
        assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &sent),
                         LOOP_IO_ERROR);
        assert_int_equal(sent, 0);
        assert_int_equal(loop_stream_flush(&pair.ours), LOOP_IO_ERROR);
        assert_int_equal(loop_stream_finish(&pair.ours), LOOP_IO_ERROR);
        loop_pair_close(&pair);
    }
}

/* A TLS 1.2 client that asks for new keys is refused and may go on. */
static void test_renegotiation(void **state)
{
    loop_pair pair;
    char byte;
    size_t got;

    (void)state;
    loop_pair_tls(&pair, TLS1_2_VERSION);
    assert_int_equal(SSL_renegotiate(pair.peer), 1);
    assert_int_equal(SSL_do_handshake(pair.peer), -1);
    assert_int_equal(loop_stream_read(&pair.ours, &byte, 1, &got),
                     LOOP_IO_AGAIN);
    assert_false(loop_stream_unread(&pair.ours));
    assert_int_equal(SSL_do_handshake(pair.peer), -1);
    assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
                     SSL_R_NO_RENEGOTIATION);
    ERR_clear_error();
    loop_pair_close(&pair);
}

static void test_peer_resets(void **state)
{
    struct iovec part = { "x", 1 };
    loop_pair pair;
    size_t sent;

    loop_pair_handshake(&pair, version_of(state), 0, true);
    loop_pair_hand_over(&pair);
    loop_pair_peer_leaves(&pair, true);
    assert_true(loop_pair_ready(pair.ours.fd, POLLIN, LIMIT_MS));
    expect_read(&pair, LOOP_IO_ERROR, "");
    assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &sent),
                     LOOP_IO_ERROR);
    loop_pair_close(&pair);
}

static void test_peer_is_gone(void **state)
{
    struct iovec part = { "x", 1 };
    loop_pair pair;
    size_t sent = 99;

    loop_pair_tls(&pair, version_of(state));
    loop_pair_peer_leaves(&pair, false);
    assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &sent),
                     LOOP_IO_ERROR);
    assert_int_equal(sent, 0);
    expect_read(&pair, LOOP_IO_ERROR, "");
    loop_pair_close(&pair);
}

/* Closing, also with unsent bytes, leaves the session in the server's cache
 * (where a resumption finds it). */
static void test_close_keeps_the_session(void **state)
{
    static char zeros[100000];
    struct iovec part = { zeros, sizeof(zeros) };

    for (int reset = 0; reset < 2; reset++) {
        loop_pair pair;
        size_t sent;

        loop_pair_tls(&pair, version_of(state));
        while (loop_stream_write(&pair.ours, &part, 1, &sent) == LOOP_IO_OK) {
        }
        assert_true(loop_stream_unsent(&pair.ours));
        if (reset) {
            loop_stream_reset(&pair.ours);
        }
        else {
            loop_stream_close(&pair.ours);
        }
        assert_int_equal(pair.sessions_removed, 0);
        assert_true(SSL_CTX_sess_number(pair.server) > 0);
        assert_null(pair.ours.tls);
        assert_int_equal(pair.ours.fd, -1);
        loop_pair_close(&pair);
    }
}

static int v12 = TLS1_2_VERSION;
static int v13 = TLS1_3_VERSION;

#define BOTH(name)                                                          \
    { #name " 1.2", name, NULL, NULL, &v12 },                               \
    { #name " 1.3", name, NULL, NULL, &v13 }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_peer_says_goodbye),
        BOTH(test_ours_says_goodbye),
        BOTH(test_goodbye_behind_a_full_socket),
        BOTH(test_end_without_goodbye),
        BOTH(test_end_inside_a_record),
        BOTH(test_forged_record),
        cmocka_unit_test(test_renegotiation),
        BOTH(test_peer_resets),
        BOTH(test_peer_is_gone),
        BOTH(test_close_keeps_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
