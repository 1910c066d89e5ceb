/* relay_socket.c - see relay_socket.h. */
#include "relay/link/relay_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/base_clock.h"

#define KEPT 262144 /* bytes of an empty buffer: a burst is rare */

static bool fail(relay_socket *socket, const char *reason)
{
    snprintf(socket->reason, sizeof(socket->reason), "%s", reason);
    return false;
}

/* Threads of httpd's own share strerror's buffer. */
static bool fail_errno(relay_socket *socket, int error)
{
    char text[128];
    const char *said = strerror_r(error, text, sizeof(text));

    return fail(socket, said);
}

/* mod_ssl would take what is left in the queue for its own. */
static bool fail_tls(relay_socket *socket)
{
    long verified = SSL_get_verify_result(socket->ssl);
    const char *said = verified != X509_V_OK
                           ? X509_verify_cert_error_string(verified)
                           : ERR_reason_error_string(ERR_peek_last_error());

    snprintf(socket->reason, sizeof(socket->reason), "TLS: %s",
             said ? said : "the connection ended");
    ERR_clear_error();
    return false;
}

static int ms_until(int64_t until_us)
{
    int64_t ms = (until_us - base_clock_mono() + 999) / 1000;

    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static bool wait_for(int fd, short what, int wake, int64_t until_us)
{
    struct pollfd polled[] = { { fd, what, 0 }, { wake, POLLIN, 0 } };
    int ready;

    do {
        ready = poll(polled, 2, ms_until(until_us));
    } while (ready < 0 && errno == EINTR && base_clock_mono() < until_us);
    return ready > 0 && polled[1].revents == 0;
}

bool relay_socket_wait(relay_socket *socket, const base_bytes *out, int wake,
                       int64_t until_us)
{
    bool write = out->len > 0 || socket->wants_write;

    return wait_for(socket->fd, (short)(POLLIN | (write ? POLLOUT : 0)), wake,
                    until_us);
}

/* ---- connecting */

/* To one address. */
static bool connect_to(relay_socket *to, const struct sockaddr *address,
                       socklen_t size, int wake, int64_t until_us)
{
    int on = 1;
    int error = 0;
    socklen_t length = sizeof(error);

    to->fd = socket(address->sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (to->fd < 0) {
        return fail_errno(to, errno);
    }
    (void)setsockopt(to->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(to->fd, address, size) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return fail_errno(to, errno);
    }
    if (!wait_for(to->fd, POLLOUT, wake, until_us)) {
        return fail(to, "it does not take the connection");
    }
    (void)getsockopt(to->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0 || fail_errno(to, error);
}

static bool connect_file(relay_socket *to, const char *path, int wake,
                         int64_t until_us)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        return fail_errno(to, ENAMETOOLONG);
    }
    strcpy(address.sun_path, path);
    return connect_to(to, (const struct sockaddr *)(const void *)&address,
                      sizeof(address), wake, until_us);
}

/* One that does not answer leaves the others their share of the time. */
static bool connect_first(relay_socket *to, const struct addrinfo *found,
                          int wake, int64_t until_us)
{
    int left = 0;

    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        left++;
    }
    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        int64_t now = base_clock_mono();

        if (connect_to(to, at->ai_addr, at->ai_addrlen, wake,
                       now + (until_us - now) / left--)) {
            return true;
        }
        relay_socket_close(to);
    }
    return false;
}

static bool connect_node(relay_socket *to, const relay_node *node, int wake,
                         int64_t until_us)
{
    struct addrinfo want = { .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char port[16];
    int error;
    bool connected;

    if (node->port == 0) {
        return connect_file(to, node->host, wake, until_us);
    }
    snprintf(port, sizeof(port), "%u", node->port);
    error = getaddrinfo(node->host, port, &want, &found);
    if (error != 0) {
        return fail(to, gai_strerror(error));
    }
    connected = connect_first(to, found, wake, until_us);
    freeaddrinfo(found);
    return connected;
}

/* ---- TLS */

/* The name (or the address) that the certificate must have. */
static bool expect_name(SSL *ssl, const char *host)
{
    unsigned char address[16];

    if (inet_pton(AF_INET, host, address) == 1
        || inet_pton(AF_INET6, host, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    }
    return SSL_set1_host(ssl, host) == 1
           && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static SSL *create_ssl(const relay_socket *socket, const char *host)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = context ? SSL_new(context) : NULL;

    if (context) {
        SSL_CTX_set_default_verify_paths(context);
        SSL_CTX_free(context); /* the SSL keeps it */
    }
    if (!ssl) {
        return NULL;
    }
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE
                          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!expect_name(ssl, host) || SSL_set_fd(ssl, socket->fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

static bool shake_hands(relay_socket *socket, const char *host, int wake,
                        int64_t until_us)
{
    socket->ssl = create_ssl(socket, host);
    if (!socket->ssl) {
        ERR_clear_error();
        return fail(socket, "TLS cannot be had");
    }
    for (;;) {
        int done;
        int error;

        ERR_clear_error();
        done = SSL_connect(socket->ssl);
        error = SSL_get_error(socket->ssl, done);
        if (done == 1) {
            return true;
        }
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            return fail_tls(socket);
        }
        if (!wait_for(socket->fd,
                      error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, wake,
                      until_us)) {
            return fail(socket, "no answer in time (TLS)");
        }
    }
}

bool relay_socket_open(relay_socket *socket, const relay_node *node, bool tls,
                       int wake, int64_t until_us)
{
    *socket = (relay_socket)RELAY_SOCKET_INIT;
    if (connect_node(socket, node, wake, until_us)
        && (!tls || shake_hands(socket, node->host, wake, until_us))) {
        return true;
    }
    relay_socket_close(socket);
    return false;
}

void relay_socket_close(relay_socket *socket)
{
    if (socket->ssl) {
        SSL_free(socket->ssl);
        socket->ssl = NULL;
    }
    if (socket->fd >= 0) {
        close(socket->fd);
        socket->fd = -1;
    }
}

/* ---- bytes */

/* How many OpenSSL took or gave; 0: none now; -1: it is broken. */
static int judge(relay_socket *socket, int count)
{
    int error = SSL_get_error(socket->ssl, count);

    socket->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (count > 0) {
        return count;
    }
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return 0;
    }
    fail_tls(socket);
    return -1;
}

static int judge_plain(relay_socket *socket, ssize_t count)
{
    if (count > 0) {
        return (int)count;
    }
    if (count < 0
        && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    if (count == 0) {
        fail(socket, "it closed the connection");
    }
    else {
        fail_errno(socket, errno);
    }
    return -1;
}

static int send_some(relay_socket *socket, const void *data, size_t size)
{
    int most = size > INT_MAX ? INT_MAX : (int)size;

    if (!socket->ssl) {
        return judge_plain(socket,
                           send(socket->fd, data, (size_t)most, MSG_NOSIGNAL));
    }
    ERR_clear_error();
    return judge(socket, SSL_write(socket->ssl, data, most));
}

bool relay_socket_send(relay_socket *socket, base_bytes *out)
{
    int sent = 1;

    while (socket->sent < out->len && sent > 0) {
        sent = send_some(socket, out->data + socket->sent,
                         out->len - socket->sent);
        socket->sent += sent > 0 ? (size_t)sent : 0;
    }
    if (socket->sent > out->len / 2) {
        base_bytes_drop(out, socket->sent);
        socket->sent = 0;
    }
    if (out->len == 0 && out->cap > KEPT) {
        base_bytes_free(out);
    }
    return sent >= 0;
}

int relay_socket_receive(relay_socket *socket, void *data, size_t size)
{
    int most = size > INT_MAX ? INT_MAX : (int)size;

    if (!socket->ssl) {
        return judge_plain(socket, recv(socket->fd, data, (size_t)most, 0));
    }
    ERR_clear_error();
    return judge(socket, SSL_read(socket->ssl, data, most));
}
