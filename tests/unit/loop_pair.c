/* loop_pair.c - two connected ends; see loop_pair.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "loop_pair.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static void connect_tcp(int fds[2])
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(
        getsockname(listener, (struct sockaddr *)&address, &size), 0);
    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fds[1], (struct sockaddr *)&address, size), 0);
    fds[0] = accept(listener, NULL, NULL);
    assert_true(fds[0] >= 0);
    close(listener);
}

void loop_pair_sockets(int fds[2], bool tcp)
{
    if (tcp) {
        connect_tcp(fds);
    }
    else {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    }
    assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
}

void loop_pair_plain(loop_pair *pair, bool tcp)
{
    int fds[2];

    memset(pair, 0, sizeof(*pair));
    loop_pair_sockets(fds, tcp);
    pair->fd = fds[1];
    loop_stream_open(&pair->ours, fds[0], NULL);
}

/* A self-signed certificate that lives as long as the SSL_CTX. */
static void certify(SSL_CTX *context)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    assert_non_null(key);
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   (const unsigned char *)"test", -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(cert, name), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void on_info(const SSL *ssl, int where, int value)
{
    loop_pair *pair = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)where;
    (void)value;
    pair->info_calls++;
}

static void on_removed(SSL_CTX *context, SSL_SESSION *session)
{
    loop_pair *pair = SSL_CTX_get_app_data(context);

    (void)session;
    pair->sessions_removed++;
}

static void make_contexts(loop_pair *pair, int version)
{
    pair->server = SSL_CTX_new(TLS_server_method());
    pair->client = SSL_CTX_new(TLS_client_method());
    assert_non_null(pair->server);
    assert_non_null(pair->client);
    certify(pair->server);
    assert_int_equal(SSL_CTX_set_min_proto_version(pair->client, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(pair->client, version), 1);
    SSL_CTX_set_app_data(pair->server, pair);
    SSL_CTX_set_info_callback(pair->server, on_info);
    SSL_CTX_set_options(pair->server, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_remove_cb(pair->server, on_removed);
}

void loop_pair_handshake(loop_pair *pair, int version, int most, bool tcp)
{
    int fds[2];
    int there = 0;
    int here = 0;

    memset(pair, 0, sizeof(*pair));
    loop_pair_sockets(fds, tcp);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    pair->fd = fds[1];
    pair->former_fd = fds[0];
    pair->ours = (loop_stream)LOOP_STREAM_INIT;
    make_contexts(pair, version);
    pair->former = SSL_new(pair->server);
    pair->peer = SSL_new(pair->client);
    SSL_set_app_data(pair->former, pair);
    if (most == 512) {
        SSL_set_tlsext_max_fragment_length(pair->peer,
                                           TLSEXT_max_fragment_length_512);
    }
    assert_int_equal(SSL_set_fd(pair->former, fds[0]), 1);
    assert_int_equal(SSL_set_fd(pair->peer, fds[1]), 1);
    while (there != 1 || here != 1) {
        there = there == 1 ? 1 : SSL_connect(pair->peer);
        here = here == 1 ? 1 : SSL_accept(pair->former);
        assert_true(there == 1 || SSL_want_read(pair->peer));
        assert_true(here == 1 || SSL_want_read(pair->former));
    }
    assert_int_equal(SSL_version(pair->former), version);
    assert_true(pair->info_calls > 0);
}

void loop_pair_hand_over(loop_pair *pair)
{
    loop_stream_open(&pair->ours, pair->former_fd, pair->former);
    pair->former = NULL;
    pair->info_calls = 0;
}

void loop_pair_tls(loop_pair *pair, int version)
{
    loop_pair_handshake(pair, version, 0, false);
    loop_pair_hand_over(pair);
}

void loop_pair_close(loop_pair *pair)
{
    loop_stream_close(&pair->ours);
    SSL_free(pair->peer);
    if (pair->fd >= 0) {
        close(pair->fd);
    }
    SSL_CTX_free(pair->server);
    SSL_CTX_free(pair->client);
}

void loop_pair_peer_leaves(loop_pair *pair, bool reset)
{
    struct linger none = { 1, 0 };

    if (reset) {
        assert_int_equal(setsockopt(pair->fd, SOL_SOCKET, SO_LINGER, &none,
                                    sizeof(none)), 0);
    }
    close(pair->fd);
    pair->fd = -1;
}

int loop_pair_peer_read(loop_pair *pair, void *buf, int size)
{
    int got;

    if (pair->peer == NULL) {
        return (int)recv(pair->fd, buf, (size_t)size, 0);
    }
    ERR_clear_error();
    got = SSL_read(pair->peer, buf, size);
    if (got > 0) {
        return got;
    }
    switch (SSL_get_error(pair->peer, got)) {
    case SSL_ERROR_WANT_READ:
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        fail_msg("the peer cannot read");
        return -1;
    }
}

void loop_pair_peer_write(loop_pair *pair, const void *data, int size)
{
    if (pair->peer) {
        assert_int_equal(SSL_write(pair->peer, data, size), size);
    }
    else {
        assert_int_equal(send(pair->fd, data, (size_t)size, 0), size);
    }
}

bool loop_pair_ready(int fd, short events, int timeout_ms)
{
    struct pollfd one = { fd, events, 0 };

    return poll(&one, 1, timeout_ms) == 1;
}

unsigned char loop_pair_byte(size_t at)
{
    return (unsigned char)(at * 2654435761u >> 13);
}
