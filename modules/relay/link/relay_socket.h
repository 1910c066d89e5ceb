/* relay_socket.h - the bytes of a connection: by TCP, TLS or a unix socket.
 *
 * Nothing waits beyond its time, and the programs that httpd starts inherit
 * nothing of it. One thread.
 */
#ifndef CHATWS_RELAY_SOCKET_H
#define CHATWS_RELAY_SOCKET_H

#include <stdint.h>

#include "base/base_bytes.h"
#include "relay/relay_url.h"

typedef struct {
    int fd;              /* -1: closed */
    struct ssl_st *ssl;  /* NULL: no TLS */
    bool wants_write;    /* TLS reads when the descriptor can be written */
    size_t sent;         /* bytes at the front of `out` that have gone */
    char reason[160];    /* why it failed last; "": it has not */
} relay_socket;

#define RELAY_SOCKET_INIT { .fd = -1 }

/* Connects, each address of a name in turn; with `tls` the certificate must
 * have the node's name and be of an authority that OpenSSL knows. False: not
 * until `until_us` (base_clock_mono), or `wake` (-1: none) became readable. */
bool relay_socket_open(relay_socket *socket, const relay_node *node, bool tls,
                       int wake, int64_t until_us);
void relay_socket_close(relay_socket *socket);

/* Sends what it takes of `out`, always the same one, without waiting. What has
 * gone is taken away when it is most of it, so that a long queue is not moved
 * each time. False: it is broken. */
bool relay_socket_send(relay_socket *socket, base_bytes *out);

/* Up to `size` bytes, without waiting; 0: there are none now. -1: broken. */
int relay_socket_receive(relay_socket *socket, void *data, size_t size);

/* Until it may be read, or written while `out` is not empty, or `wake` is
 * readable. False: not until then, or `wake` is. */
bool relay_socket_wait(relay_socket *socket, const base_bytes *out, int wake,
                       int64_t until_us);

#endif
