/* httpd_limit.h - how many connections a child may keep.
 *
 * A descriptor that the chat takes is one that httpd's accept, its files and
 * its backends do not get. Used at start (does the configured number fit?)
 * and when a child makes its hub.
 */
#ifndef CHATWS_HTTPD_LIMIT_H
#define CHATWS_HTTPD_LIMIT_H

#include <httpd.h>

/* In descriptors. */
typedef struct {
    unsigned most;  /* what the process may have open (soft RLIMIT_NOFILE) */
    unsigned open;  /* what it has open now */
    unsigned httpd; /* what is left to httpd: see httpd_limit.c */
    unsigned chat;  /* what remains, but at least 16 */
} httpd_limit;

/* Measures the calling process; the MPM's configuration has been read. */
void httpd_limit_measure(httpd_limit *limit);

/* In the parent: warns when a child cannot take as many as are wanted. */
void httpd_limit_check(server_rec *server, unsigned wanted);

/* What a descriptor that the kernel has just given tells of how many are free.
 * It gives the lowest free number, so that with a high one all below are in
 * use. 0: there may be enough. Else the number is among the highest that the
 * process may have, which the chat does not keep, and so many of its
 * connections must go before httpd comes to the end. Any thread of a child. */
unsigned httpd_limit_lacks(int fd);

#endif
