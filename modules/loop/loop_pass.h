/* loop_pass.h - a descriptor and some bytes, from one process to another.
 *
 * A queue of packets between processes that have inherited its two ends: a pair
 * of sockets that keep the borders of packets (AF_UNIX, SOCK_SEQPACKET). The
 * kernel keeps what is on its way, and closes it when nobody has the taking end
 * any more. Nothing here blocks.
 */
#ifndef CHATWS_LOOP_PASS_H
#define CHATWS_LOOP_PASS_H

#include "loop/loop_stream.h"

/* Makes the two ends, which programs that are started do not inherit:
 * `ends[0]` takes, `ends[1]` gives. `most`: bytes that may be on their way, or
 * as many as the system allows. */
bool loop_pass_pair(int ends[2], int most);

/* Gives a packet and a copy of the descriptor `gift`, which stays open here.
 * AGAIN: there is no place now. ERROR: it cannot be given at all. */
loop_io loop_pass_give(int end, const void *packet, size_t size, int gift);

/* True when this process may open a descriptor. Without one a packet would be
 * taken, and its own be lost. */
bool loop_pass_ready(int end);

/* Takes the next packet: `*size` bytes of it, at most `most`, and its
 * descriptor, close-on-exec. `*gift` is -1 if the packet has not exactly one
 * descriptor, or was cut: it is of no use then, and all that came with it is
 * closed. AGAIN: there is none. END, ERROR: there never will
 * be one. */
loop_io loop_pass_take(int end, void *packet, size_t most, size_t *size,
                       int *gift);

#endif
