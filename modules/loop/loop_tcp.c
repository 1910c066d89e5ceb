/* loop_tcp.c - TCP_INFO; see loop_tcp.h. */
#include "loop/loop_tcp.h"

#include <stddef.h>
#include <string.h>

#include "loop/loop_socket.h"

#ifdef HAVE_STRUCT_TCP_INFO_TCPI_BYTES_SENT

#include <linux/tcp.h> /* not netinet/tcp.h, which knows less of it */
#include <netinet/in.h>
#include <sys/socket.h>

#define TCP_HEAD 20
#define IP4_HEAD 20
#define IP6_HEAD 40
#define TIMESTAMPS 12
#define SYN_SIZE 4   /* the option of the segment size */
#define SYN_WINDOW 4 /* that of window scaling, and a byte to fill up */
#define SYN_SACK 4   /* that of SACK; next to timestamps it takes none */

/* Of a TCP's states those in which the peer's FIN has come: the kernel counts
 * that as a byte received (include/net/tcp_states.h). */
enum { TIME_WAIT = 6, CLOSED = 7, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11 };

/* One bit a port: its listener has dropped the ACK of each handshake. */
static uint64_t deferred[65536 / 64];

/* Where a connection has come in. */
typedef struct {
    unsigned ip_head; /* bytes */
    uint16_t port;
} own_end;

static own_end end_of(int fd)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);
    const struct sockaddr_in *four = (const void *)&own;
    const struct sockaddr_in6 *six = (const void *)&own;

    memset(&own, 0, sizeof(own));
    (void)getsockname(fd, (struct sockaddr *)&own, &size);
    if (own.ss_family == AF_INET6) {
        return (own_end){ .ip_head = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)
                                         ? IP4_HEAD
                                         : IP6_HEAD,
                          .port = ntohs(six->sin6_port) };
    }
    return (own_end){ .ip_head = IP4_HEAD, .port = ntohs(four->sin_port) };
}

static unsigned uncounted_acks(uint16_t port)
{
    return deferred[port / 64] >> (port % 64) & 1;
}

void loop_tcp_note_listener(int fd)
{
    int seconds = 0;
    socklen_t size = sizeof(seconds);
    uint16_t port = end_of(fd).port;

    if (getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &size) == 0
        && seconds > 0) {
        deferred[port / 64] |= UINT64_C(1) << (port % 64);
    }
}

static bool fin_has_come(unsigned state)
{
    return state == TIME_WAIT || state == CLOSED || state == CLOSE_WAIT
           || state == LAST_ACK || state == CLOSING;
}

static unsigned syn_extra(unsigned options)
{
    unsigned extra = SYN_SIZE;

    if (options & TCPI_OPT_WSCALE) {
        extra += SYN_WINDOW;
    }
    if ((options & TCPI_OPT_SACK) && !(options & TCPI_OPT_TIMESTAMPS)) {
        extra += SYN_SACK;
    }
    return extra;
}

bool loop_tcp_read(int fd, loop_tcp_state *state)
{
    base_traffic *traffic = &state->traffic;
    struct tcp_info info;
    socklen_t size = sizeof(info);
    own_end own;
    unsigned syn;

    memset(&info, 0, sizeof(info));
    memset(state, 0, sizeof(*state));
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0
        || size < offsetof(struct tcp_info, tcpi_bytes_sent)
                      + sizeof(info.tcpi_bytes_sent)) {
        return false;
    }
    own = end_of(fd);
    syn = syn_extra(info.tcpi_options);
    state->head = own.ip_head + TCP_HEAD
                  + (info.tcpi_options & TCPI_OPT_TIMESTAMPS ? TIMESTAMPS : 0);
    state->data_packets_received = info.tcpi_data_segs_in;
    state->data_packets_sent = info.tcpi_data_segs_out;
    state->unsent = info.tcpi_notsent_bytes;
    state->closed = info.tcpi_state == CLOSED;
    traffic->sent = info.tcpi_bytes_sent;
    traffic->received = info.tcpi_bytes_received;
    if (fin_has_come(info.tcpi_state) && traffic->received > 0) {
        traffic->received--;
    }
    /* The SYN-ACK was sent by the listener. */
    traffic->packets_sent = (uint64_t)info.tcpi_segs_out + 1;
    traffic->packets_received = (uint64_t)info.tcpi_segs_in
                                + uncounted_acks(own.port);
    traffic->plain_sent = traffic->sent;
    traffic->plain_received = traffic->received;
    traffic->wire_sent = traffic->sent + syn
                         + traffic->packets_sent * state->head;
    traffic->wire_received = traffic->received + syn
                             + traffic->packets_received * state->head;
    return true;
}

#else

bool loop_tcp_read(int fd, loop_tcp_state *state)
{
    (void)fd;
    memset(state, 0, sizeof(*state));
    return false;
}

void loop_tcp_note_listener(int fd)
{
    (void)fd;
}

#endif

void loop_tcp_leave_unread(int fd, bool tls, loop_tcp_state *state)
{
    uint64_t unread = loop_socket_waiting(fd);

    if (unread > 0 && unread <= state->traffic.received) {
        state->traffic.received -= unread;
        state->traffic.plain_received -= tls ? 0 : unread;
        state->traffic.packets_received--;
        state->traffic.wire_received -= unread + state->head;
        state->data_packets_received--;
    }
}
