/* loop_pair.h - two connected ends for test_loop_stream.c, test_loop_tls.c and
 * test_loop_tls_close.c: ours is a loop_stream, the other is raw or a client of
 * OpenSSL's own.
 */
#ifndef CHATWS_TESTS_LOOP_PAIR_H
#define CHATWS_TESTS_LOOP_PAIR_H

#include "loop/loop_stream.h"

typedef struct {
    loop_stream ours;
    int fd;               /* the peer's end, non-blocking; -1 when closed */
    SSL *peer;            /* the peer's TLS; NULL when plain */
    SSL *former;          /* ours before loop_pair_hand_over */
    int former_fd;
    SSL_CTX *server;
    SSL_CTX *client;
    int info_calls;       /* of the info callback of the server's SSL_CTX */
    int sessions_removed; /* from the server's session cache */
} loop_pair;

/* Connected descriptors, fds[0] is ours: a socket pair, or TCP (loopback). */
void loop_pair_sockets(int fds[2], bool tcp);

/* Ours opened as a plain stream. */
void loop_pair_plain(loop_pair *pair, bool tcp);

/* A whole handshake of TLS1_2_VERSION or TLS1_3_VERSION; `most` bytes in a
 * record (a TLS1_2 client's wish, 0: the usual). Ours is still the former
 * owner's, as mod_ssl leaves it: with its callbacks and application data. */
void loop_pair_handshake(loop_pair *pair, int version, int most, bool tcp);

/* loop_stream_open on it. */
void loop_pair_hand_over(loop_pair *pair);

/* Both of the above, on a socket pair. */
void loop_pair_tls(loop_pair *pair, int version);

/* Closes and frees whatever is left of both ends. */
void loop_pair_close(loop_pair *pair);

/* Closes just the peer's descriptor. */
void loop_pair_peer_leaves(loop_pair *pair, bool reset);

/* What the peer has got, without waiting: bytes, 0 at the end, -1 when there
 * is nothing now. Fails the test on anything else. */
int loop_pair_peer_read(loop_pair *pair, void *buf, int size);

/* The peer sends all of it, in one record if TLS. */
void loop_pair_peer_write(loop_pair *pair, const void *data, int size);

/* Waits for poll(2)'s `events` or an error, at most so long; false when they
 * do not come. With `timeout_ms` 0 it only looks. */
bool loop_pair_ready(int fd, short events, int timeout_ms);

/* Byte number `at` of a stream whose bytes tell their place. */
unsigned char loop_pair_byte(size_t at);

#endif
