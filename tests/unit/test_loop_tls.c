/* test_loop_tls.c - loop_stream.h over TLS 1.2 and 1.3: data. The endings are
 * in test_loop_tls_close.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loop_pair.h"

enum { MANY = 3 * 1024 * 1024, RECORD = 16384 };

static int version_of(void **state)
{
    return *(const int *)*state;
}

static void expect_echo(loop_pair *pair)
{
    char buf[16];
    struct iovec part = { buf, 5 };
    size_t count;

    loop_pair_peer_write(pair, "hello", 5);
    assert_int_equal(loop_stream_read(&pair->ours, buf, 16, &count),
                     LOOP_IO_OK);
    assert_int_equal(count, 5);
    assert_int_equal(loop_stream_write(&pair->ours, &part, 1, &count),
                     LOOP_IO_OK);
    assert_int_equal(count, 5);
    memset(buf, 0, sizeof(buf));
    assert_int_equal(loop_pair_peer_read(pair, buf, 16), 5);
    assert_memory_equal(buf, "hello", 5);
}

/* Nothing of the former owner's is called or pointed to any more. */
static void test_hand_over(void **state)
{
    loop_pair pair;
    SSL *ssl;
    char buf[4];
    size_t got;

    loop_pair_handshake(&pair, version_of(state), 0, false);
    ssl = pair.former;
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    loop_pair_hand_over(&pair);
    assert_null(SSL_get_app_data(ssl));
    assert_int_equal(SSL_get_shutdown(ssl), 0);
    assert_true(SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION);
    assert_int_equal(loop_stream_read(&pair.ours, buf, 4, &got),
                     LOOP_IO_AGAIN);
    assert_false(loop_stream_unread(&pair.ours));
    assert_false(loop_stream_unsent(&pair.ours));
    expect_echo(&pair);
    expect_echo(&pair);
    assert_int_equal(pair.info_calls, 0);
    loop_pair_close(&pair);
}

/* Bytes that came before the hand-over and are already inside the SSL. */
static void test_early_bytes(void **state)
{
    loop_pair pair;
    char buf[16];
    size_t got;

    loop_pair_handshake(&pair, version_of(state), 0, false);
    loop_pair_peer_write(&pair, "early", 5);
    loop_pair_peer_write(&pair, "later", 5);
    assert_int_equal(SSL_read(pair.former, buf, 1), 1);
    loop_pair_hand_over(&pair);
    assert_true(loop_stream_unread(&pair.ours));
    assert_int_equal(loop_stream_read(&pair.ours, buf + 1, 15, &got),
                     LOOP_IO_OK);
    assert_int_equal(got, 4);
    assert_memory_equal(buf, "early", 5);
    assert_false(loop_stream_unread(&pair.ours));
    assert_true(loop_pair_ready(pair.ours.fd, POLLIN, 0));
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got), LOOP_IO_OK);
    assert_memory_equal(buf, "later", 5);
    loop_pair_close(&pair);
}

/* Records that have left the socket must not be forgotten while polling. */
static void test_unread(void **state)
{
    loop_pair pair;
    unsigned char bytes[10000];
    unsigned char buf[1000];
    size_t read = 0;
    size_t got;
    loop_io io;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = loop_pair_byte(i);
    }
    loop_pair_tls(&pair, version_of(state));
    loop_pair_peer_write(&pair, bytes, 6000);
    loop_pair_peer_write(&pair, bytes + 6000, 10);
    loop_pair_peer_write(&pair, bytes + 6010, 3990);
    while ((io = loop_stream_read(&pair.ours, buf, sizeof(buf), &got)) ==
           LOOP_IO_OK) {
        assert_memory_equal(buf, bytes + read, got);
        read += got;
        /* What is left is here or there, never nowhere. */
        assert_true(read == sizeof(bytes) ||
                    loop_stream_unread(&pair.ours) ||
                    loop_pair_ready(pair.ours.fd, POLLIN, 0));
    }
    assert_int_equal(io, LOOP_IO_AGAIN);
    assert_int_equal(read, sizeof(bytes));
    assert_false(loop_stream_unread(&pair.ours));
    loop_pair_close(&pair);
}

/* A record that arrives byte by byte: AGAIN until it is whole, and no claim
 * that something could be read at once. */
static void test_slow_record(void **state)
{
    loop_pair pair;
    BIO *memory = BIO_new(BIO_s_mem());
    char *record;
    char buf[16];
    long size;
    size_t got;

    loop_pair_tls(&pair, version_of(state));
    SSL_set0_wbio(pair.peer, memory);
    loop_pair_peer_write(&pair, "slowly", 6);
    size = BIO_get_mem_data(memory, &record);
    for (long i = 0; i < size; i++) {
        assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got),
                         LOOP_IO_AGAIN);
        assert_false(loop_stream_unread(&pair.ours));
        assert_false(loop_pair_ready(pair.ours.fd, POLLIN, 0));
        assert_int_equal(send(pair.fd, record + i, 1, 0), 1);
    }
    assert_int_equal(loop_stream_read(&pair.ours, buf, 16, &got), LOOP_IO_OK);
    assert_int_equal(got, 6);
    assert_memory_equal(buf, "slowly", 6);
    loop_pair_close(&pair);
}

/* The bytes [from, to) of the test stream, cut into parts of odd lengths (one
 * in four is empty) inside `store`; returns the number of parts. */
static int make_parts(unsigned char *store, size_t from, size_t to,
                      struct iovec parts[64])
{
    int count = 0;
    size_t at = from;

    while (at < to && count < 64) {
        size_t length = count % 4 == 3 ? 0 : at % 3 == 0 ? 20000 : 1 + at % 700;

        length = length < to - at ? length : to - at;
        for (size_t i = 0; i < length; i++) {
            store[at - from + i] = loop_pair_byte(at + i);
        }
        parts[count++] = (struct iovec){ store + (at - from), length };
        at += length;
    }
    return count;
}

/* Reads what the peer has and compares it with the test stream. */
static size_t peer_takes(loop_pair *pair, size_t read)
{
    static unsigned char buf[50000];
    int got;

    while ((got = loop_pair_peer_read(pair, buf, (int)sizeof(buf))) > 0) {
        for (int i = 0; i < got; i++) {
            if (buf[i] != loop_pair_byte(read + (size_t)i)) {
                fail_msg("wrong byte at %zu", read + (size_t)i);
            }
        }
        read += (size_t)got;
    }
    return read;
}

/* Writes the test stream as far as the socket takes it. What was taken is
 * wiped at once: it must never be needed again. */
static size_t ours_gives(loop_pair *pair, size_t sent, size_t total)
{
    static unsigned char store[64 * 20000];
    struct iovec parts[64];
    size_t count;
    loop_io io = loop_stream_flush(&pair->ours);

    while (io == LOOP_IO_OK && sent < total) {
        int made = make_parts(store, sent, total, parts);

        io = loop_stream_write(&pair->ours, parts, made, &count);
        assert_int_equal(io == LOOP_IO_OK, count > 0);
        memset(store, 0xee, sizeof(store));
        sent += count;
    }
    assert_true(io == LOOP_IO_OK || io == LOOP_IO_AGAIN);
    return sent;
}

static void carry_many(loop_pair *pair, size_t total)
{
    size_t sent = 0;
    size_t read = 0;
    int full = 0;

    while (read < total) {
        sent = ours_gives(pair, sent, total);
        if (sent < total) {
            assert_true(loop_stream_unsent(&pair->ours));
            assert_false(loop_pair_ready(pair->ours.fd, POLLOUT, 0));
            full++;
        }
        read = peer_takes(pair, read);
        assert_true(read <= sent);
    }
    assert_int_equal(sent, total);
    assert_int_equal(loop_stream_flush(&pair->ours), LOOP_IO_OK);
    assert_false(loop_stream_unsent(&pair->ours));
    assert_true(full > 3);
}

static void test_partial_writes(void **state)
{
    loop_pair pair;

    loop_pair_tls(&pair, version_of(state));
    carry_many(&pair, MANY);
    expect_echo(&pair);
    loop_pair_close(&pair);
}

/* A peer that agreed on records of 512 bytes. */
static void test_small_records(void **state)
{
    loop_pair pair;

    loop_pair_handshake(&pair, version_of(state), 512, false);
    loop_pair_hand_over(&pair);
    carry_many(&pair, MANY / 4);
    loop_pair_close(&pair);
}

/* A full socket takes nothing more, keeps at most a record, and does not ask
 * to be called again and again. */
static void test_full_socket(void **state)
{
    loop_pair pair;
    char byte = 'x';
    struct iovec part = { &byte, 1 };
    size_t sent;
    size_t total;

    loop_pair_tls(&pair, version_of(state));
    total = ours_gives(&pair, 0, MANY);
    assert_true(total < MANY);
    for (int i = 0; i < 3; i++) {
        assert_true(loop_stream_unsent(&pair.ours));
        assert_int_equal(loop_stream_write(&pair.ours, &part, 1, &sent),
                         LOOP_IO_AGAIN);
        assert_int_equal(sent, 0);
        assert_int_equal(loop_stream_flush(&pair.ours), LOOP_IO_AGAIN);
        assert_false(loop_pair_ready(pair.ours.fd, POLLIN | POLLOUT, 0));
    }
    /* Reading goes on meanwhile. */
    loop_pair_peer_write(&pair, "y", 1);
    assert_int_equal(loop_stream_read(&pair.ours, &byte, 1, &sent),
                     LOOP_IO_OK);
    assert_int_equal(byte, 'y');
    /* All that was taken arrives, by flushing alone. */
    sent = peer_takes(&pair, 0);
    assert_true(total - sent <= RECORD);
    while (loop_stream_flush(&pair.ours) != LOOP_IO_OK) {
        sent = peer_takes(&pair, sent);
    }
    assert_int_equal(peer_takes(&pair, sent), total);
    loop_pair_close(&pair);
}

/* New keys on both sides in the middle of a blocked write (TLS 1.3). */
static void test_key_update_while_blocked(void **state)
{
    loop_pair pair;
    size_t sent = 0;
    size_t read = 0;
    size_t got;
    char byte;

    loop_pair_tls(&pair, version_of(state));
    while ((sent = ours_gives(&pair, sent, MANY)) < MANY) {
        assert_true(loop_stream_unsent(&pair.ours));
        assert_int_equal(
            SSL_key_update(pair.peer, SSL_KEY_UPDATE_REQUESTED), 1);
        loop_pair_peer_write(&pair, "k", 1);
        assert_int_equal(loop_stream_read(&pair.ours, &byte, 1, &got),
                         LOOP_IO_OK);
        assert_int_equal(byte, 'k');
        read = peer_takes(&pair, read);
    }
    while (read < MANY) {
        read = peer_takes(&pair, read);
        assert_int_equal(loop_stream_flush(&pair.ours), LOOP_IO_OK);
    }
    assert_int_equal(read, MANY);
    expect_echo(&pair);
    loop_pair_close(&pair);
}

/* Makes `count` key updates and one byte, as one run of ciphertext. */
static BIO *make_key_updates(loop_pair *pair, int count, int kind)
{
    BIO *memory = BIO_new(BIO_s_mem());

    SSL_set0_wbio(pair->peer, memory);
    for (int i = 0; i < count; i++) {
        assert_int_equal(SSL_key_update(pair->peer, kind), 1);
        assert_int_equal(SSL_do_handshake(pair->peer), 1);
    }
    loop_pair_peer_write(pair, "!", 1);
    return memory;
}

/* Reads until there is a byte or an error, after `count` key updates; no read
 * goes through more of them than a few records and what is read ahead. */
static loop_io read_key_updates(loop_pair *pair, int count, int *reads)
{
    char *bytes;
    char byte = 0;
    long size = BIO_get_mem_data(
        make_key_updates(pair, count, SSL_KEY_UPDATE_NOT_REQUESTED), &bytes);
    size_t got;
    loop_io io;

    assert_int_equal(send(pair->fd, bytes, (size_t)size, 0), size);
    for (*reads = 0;; ++*reads) {
        io = loop_stream_read(&pair->ours, &byte, 1, &got);
        if (io != LOOP_IO_AGAIN) {
            break;
        }
        assert_true(loop_stream_unread(&pair->ours)
                    || loop_pair_ready(pair->ours.fd, POLLIN, 0));
    }
    assert_true(io != LOOP_IO_OK || byte == '!');
    assert_true(io != LOOP_IO_OK || *reads >= count / 120);
    return io;
}

/* A peer that sends nothing but key updates does not hold up one read for as
 * long as it likes, and is given up before long (TLS 1.3). */
static void test_key_updates_without_end(void **state)
{
    loop_pair pair;
    int reads;

    loop_pair_tls(&pair, version_of(state));
    assert_int_equal(read_key_updates(&pair, 900, &reads), LOOP_IO_OK);
    assert_false(loop_stream_flooded(&pair.ours));
    loop_pair_close(&pair);
    loop_pair_tls(&pair, version_of(state));
    assert_int_equal(read_key_updates(&pair, 4000, &reads), LOOP_IO_ERROR);
    assert_true(loop_stream_flooded(&pair.ours));
    assert_true(reads < 1500);
    loop_pair_close(&pair);
}

/* Feeds ours `count` demanding key updates while its socket is full. */
static loop_io demand_answers(int count)
{
    loop_pair pair;
    char *bytes;
    char byte = 0;
    long size;
    size_t got;
    loop_io io = LOOP_IO_AGAIN;

    loop_pair_tls(&pair, TLS1_3_VERSION);
    assert_true(ours_gives(&pair, 0, MANY) < MANY);
    size = BIO_get_mem_data(
        make_key_updates(&pair, count, SSL_KEY_UPDATE_REQUESTED), &bytes);
    assert_int_equal(send(pair.fd, bytes, (size_t)size, 0), size);
    while (io == LOOP_IO_AGAIN) {
        io = loop_stream_read(&pair.ours, &byte, 1, &got);
    }
    loop_pair_close(&pair);
    return io;
}

/* A peer that demands answers and never reads them is cut off before they
 * pile up (TLS 1.3). */
static void test_unread_answers(void **state)
{
    (void)state;
    assert_int_equal(demand_answers(100), LOOP_IO_OK);
    assert_int_equal(demand_answers(4000), LOOP_IO_ERROR);
}

static int v12 = TLS1_2_VERSION;
static int v13 = TLS1_3_VERSION;

#define BOTH(name)                                                          \
    { #name " 1.2", name, NULL, NULL, &v12 },                               \
    { #name " 1.3", name, NULL, NULL, &v13 }
#define ONLY_13(name) { #name " 1.3", name, NULL, NULL, &v13 }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_hand_over),
        BOTH(test_early_bytes),
        BOTH(test_unread),
        BOTH(test_slow_record),
        BOTH(test_partial_writes),
        BOTH(test_small_records),
        BOTH(test_full_socket),
        ONLY_13(test_key_update_while_blocked),
        ONLY_13(test_key_updates_without_end),
        ONLY_13(test_unread_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
