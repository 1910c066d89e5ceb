/* fuzz_loop_tls.c - a TLS stream, our side of it, against a peer that may do
 * anything.
 *
 * Input: the version (odd: 1.3), then steps of two bytes, an action and its
 * amount; some take bytes of the input. As long as the peer keeps to TLS, every
 * byte arrives that it has sent, in order and once, and nothing fails; and
 * whatever it does, loop_stream.h's promises hold.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "loop/loop_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WRITE, UPDATE, MUTATE, GARBAGE, SEND, READ, ANSWER, FLUSH, HEAR, NOTIFY,
    HALF, FINISH, ACTIONS
};

typedef struct {
    loop_stream ours;
    SSL *peer;
    int fd;          /* the peer's end */
    base_bytes wire; /* what it will send */
    bool honest;     /* it has kept to TLS */
    bool over;       /* ours said END or ERROR */
    bool finished;   /* ours has said that it writes no more: it may fail when
                        the peer asks for new keys, which needs an answer */
    uint8_t written; /* the next byte of its data */
    uint8_t read;    /* the next one that has to come */
} line;

static unsigned psk_client(SSL *ssl, const char *hint, char *identity,
                           unsigned most, unsigned char *key, unsigned size)
{
    (void)ssl;
    (void)hint;
    BASE_CHECK(most > 1 && size >= 16);
    memcpy(identity, "x", 2);
    memset(key, 7, 16);
    return 16;
}

static unsigned psk_server(SSL *ssl, const char *identity, unsigned char *key,
                           unsigned size)
{
    (void)ssl;
    (void)identity;
    BASE_CHECK(size >= 16);
    memset(key, 7, 16);
    return 16;
}

/* Without certificates: a handshake costs little. */
static SSL *new_ssl(bool server, int version)
{
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method()
                                          : TLS_client_method());
    SSL *ssl;

    BASE_CHECK(context != NULL
               && SSL_CTX_set_min_proto_version(context, version) == 1
               && SSL_CTX_set_max_proto_version(context, version) == 1
               && SSL_CTX_set_cipher_list(context,
                                          "PSK-AES128-GCM-SHA256") == 1);
    SSL_CTX_set_psk_client_callback(context, psk_client);
    SSL_CTX_set_psk_server_callback(context, psk_server);
    ssl = SSL_new(context);
    SSL_CTX_free(context);
    BASE_CHECK(ssl != NULL);
    if (server) {
        SSL_set_accept_state(ssl);
    }
    else {
        SSL_set_connect_state(ssl);
    }
    return ssl;
}

static void open_line(line *l, int version)
{
    SSL *server = new_ssl(true, version);
    BIO *up = BIO_new(BIO_s_mem());
    BIO *down = BIO_new(BIO_s_mem());
    int fds[2];

    memset(l, 0, sizeof(*l));
    l->honest = true;
    l->peer = new_ssl(false, version);
    BASE_CHECK(up != NULL && down != NULL && BIO_up_ref(up)
               && BIO_up_ref(down));
    SSL_set_bio(l->peer, down, up);
    SSL_set_bio(server, up, down);
    for (int i = 0; i < 4; i++) {
        (void)SSL_do_handshake(l->peer);
        (void)SSL_do_handshake(server);
    }
    BASE_CHECK(SSL_is_init_finished(l->peer) && SSL_is_init_finished(server));
    BASE_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
               && fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
    l->fd = fds[1];
    loop_stream_open(&l->ours, fds[0], server);
}

static void close_line(line *l)
{
    loop_stream_close(&l->ours);
    SSL_free(l->peer);
    close(l->fd);
    base_bytes_free(&l->wire);
    ERR_clear_error();
}

/* What the peer's TLS has made goes behind what waits to be sent. */
static void take_wire(line *l)
{
    char bytes[4096];
    int got;

    while ((got = BIO_read(SSL_get_wbio(l->peer), bytes, sizeof(bytes))) > 0) {
        base_bytes_append(&l->wire, bytes, (size_t)got);
    }
    ERR_clear_error();
}

static void peer_writes(line *l, size_t size)
{
    unsigned char bytes[256];

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(l->written + i);
    }
    if (size > 0 && SSL_write(l->peer, bytes, (int)size) == (int)size) {
        l->written = (uint8_t)(l->written + size);
    }
}

static void peer_sends(line *l, size_t most)
{
    size_t size = l->wire.len < most ? l->wire.len : most;
    ssize_t sent = send(l->fd, l->wire.data, size, MSG_NOSIGNAL);

    if (sent > 0) {
        base_bytes_drop(&l->wire, (size_t)sent);
    }
}

static void peer_hears(line *l)
{
    char bytes[4096];
    ssize_t got = recv(l->fd, bytes, sizeof(bytes), 0);

    if (got > 0) {
        (void)BIO_write(SSL_get_rbio(l->peer), bytes, (int)got);
    }
    while (SSL_read(l->peer, bytes, sizeof(bytes)) > 0) {
    }
    ERR_clear_error();
}

static void check_io(line *l, loop_io io)
{
    BASE_CHECK(!l->over || io != LOOP_IO_OK);
    if (io == LOOP_IO_ERROR) {
        BASE_CHECK(!l->honest || l->finished
                   || loop_stream_flooded(&l->ours));
        l->honest = false;
        l->over = true;
    }
}

static void we_read(line *l, size_t most)
{
    unsigned char bytes[256];
    size_t got = 99;
    loop_io io = loop_stream_read(&l->ours, bytes, most + 1, &got);

    BASE_CHECK(io == LOOP_IO_OK ? got > 0 && got <= most + 1 : got == 0);
    for (size_t i = 0; l->honest && i < got; i++) {
        BASE_CHECK(bytes[i] == l->read++);
    }
    check_io(l, io);
    if (io == LOOP_IO_END || io == LOOP_IO_ERROR) {
        BASE_CHECK(!loop_stream_unread(&l->ours));
        l->over = true;
    }
}

static void we_write(line *l, size_t size)
{
    static unsigned char bytes[256 * 100];
    struct iovec parts[2] = { { bytes, size }, { bytes, size * 99 } };
    size_t sent = SIZE_MAX;
    loop_io io = loop_stream_write(&l->ours, parts, 2, &sent);

    BASE_CHECK(sent <= size * 100);
    if (io == LOOP_IO_ERROR) {
        l->honest = false;
        l->over = true;
    }
}

static void act(line *l, unsigned action, size_t amount, const uint8_t *more,
                size_t left)
{
    switch (action) {
    case WRITE: peer_writes(l, amount); break;
    case UPDATE:
        (void)SSL_key_update(l->peer, amount & 1 ? SSL_KEY_UPDATE_REQUESTED
                                               : SSL_KEY_UPDATE_NOT_REQUESTED);
        (void)SSL_do_handshake(l->peer);
        break;
    case MUTATE:
        if (amount < l->wire.len && left > 0 && more[0] != 0) {
            l->wire.data[amount] ^= more[0];
            l->honest = false;
        }
        break;
    case GARBAGE:
        amount = amount < left ? amount : left;
        base_bytes_append(&l->wire, more, amount);
        l->honest = l->honest && amount == 0;
        break;
    case SEND: peer_sends(l, amount * 64 + 1); break;
    case READ: we_read(l, amount); break;
    case ANSWER: we_write(l, amount); break;
    case FLUSH: (void)loop_stream_flush(&l->ours); break;
    case HEAR: peer_hears(l); break;
    case NOTIFY: (void)SSL_shutdown(l->peer); break;
    case HALF:
        (void)shutdown(l->fd, SHUT_WR);
        l->honest = false; /* perhaps within a record */
        break;
    case FINISH:
        (void)loop_stream_finish(&l->ours);
        l->finished = true;
        break;
    default: break;
    }
    ERR_clear_error();
    take_wire(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    line l;

    if (size < 1) {
        return 0;
    }
    open_line(&l, data[0] & 1 ? TLS1_3_VERSION : TLS1_2_VERSION);
    for (size_t at = 1; at + 2 <= size && at < 4096; at += 2) {
        unsigned action = data[at] % ACTIONS;

        act(&l, action, data[at + 1], data + at + 2, size - at - 2);
        if (action == GARBAGE || action == MUTATE) {
            at += action == MUTATE ? 1
                  : data[at + 1] < size - at - 2 ? data[at + 1]
                                                 : size - at - 2;
        }
    }
    close_line(&l);
    return 0;
}
