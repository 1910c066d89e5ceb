/* loop_socket.h - one attempt on a non-blocking socket, its errno made a
 * loop_io. Used by loop_stream.c (plain), loop_tls.c (ciphertext), and to look
 * after clients by httpd/. */
#ifndef CHATWS_LOOP_SOCKET_H
#define CHATWS_LOOP_SOCKET_H

#include "loop/loop_stream.h"

/* OK: `*got` (at least 1) bytes; else it is 0. END: the peer's FIN. `peek`:
 * they stay to be read. */
loop_io loop_socket_recv(int fd, void *buf, size_t size, bool peek,
                         size_t *got);

/* OK: `*sent` bytes, 0 only if the parts are empty; else it is 0. Raises no
 * SIGPIPE. `more` follows at once: TCP need not send a short segment yet. */
loop_io loop_socket_send(int fd, const struct iovec *parts, int count,
                         bool more, size_t *sent);

/* What is written from here on, by whomever, waits for a full segment, or
 * until `on` is false: at most 200 ms. Where there is no such thing, nothing
 * waits. */
void loop_socket_cork(int fd, bool on);

/* How many bytes the kernel has for us; 0 also when it cannot tell. */
size_t loop_socket_waiting(int fd);

/* For how many milliseconds the peer has acknowledged nothing while something
 * waits for it; 0: nothing does, or it cannot be told (no TCP, no Linux). */
int64_t loop_socket_unheard(int fd);

#endif
