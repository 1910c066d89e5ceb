/* loop_tcp.h - what the kernel has counted of a connection (TCP_INFO).
 *
 * Used by hub/ for the connections that it has, and by httpd/ for those that
 * httpd serves. Any thread; one or two system calls.
 */
#ifndef CHATWS_LOOP_TCP_H
#define CHATWS_LOOP_TCP_H

#include <stdbool.h>

#include "base/base_traffic.h"

/* A connection's figures since its beginning. */
typedef struct {
    base_traffic traffic;
    uint64_t data_packets_received; /* of these packets those with payload */
    uint64_t data_packets_sent;
    uint64_t unsent; /* bytes that wait in the socket */
    unsigned head; /* bytes of IP and TCP headers that a packet has */
    bool closed;   /* both sides have ended and acknowledged it: nothing can
                      come any more */
} loop_tcp_state;

/* Reads the figures of a socket that a listener accepted. The two packets of a
 * handshake that come before there is a socket, SYN and SYN-ACK, are included.
 * False, with all zero, when it cannot be told: no TCP, or no Linux of 4.19 or
 * newer.
 *
 * The bytes on the wire are calculated: a packet has 20 bytes of IP (40: IPv6),
 * 20 of TCP, 12 of timestamps where both sides use them, and a SYN 8 more for
 * its other options. SACK blocks, which come with loss, are not in it. Whether
 * there is TLS is not known here: plain is what TCP carries. */
bool loop_tcp_read(int fd, loop_tcp_state *state);

/* Takes back what has come but was not read: the next request, and the packet
 * that it came in. With `tls` what TLS carries is known elsewhere. */
void loop_tcp_leave_unread(int fd, bool tls, loop_tcp_state *state);

/* Tells of a listening socket, before connections of its port are read and
 * before there are threads. When it accepts only once there are data
 * (TCP_DEFER_ACCEPT, httpd's AcceptFilter), the kernel drops the ACK of the
 * handshake without counting it, and nothing in a connection tells. */
void loop_tcp_note_listener(int fd);

#endif
