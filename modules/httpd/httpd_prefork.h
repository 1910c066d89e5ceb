/* httpd_prefork.h - how a child of prefork ends.
 *
 * prefork tells its children nothing. Its handler of SIGTERM and SIGHUP ends
 * the child, whatever the only thread of httpd's is doing: that is interrupted
 * for ever, and all cleanups run in the handler. A lock that the thread has is
 * never dropped: one of ours, of the segment, or of malloc, which has locks as
 * soon as the hub's thread is there. The child would hang in its cleanups until
 * it is killed.
 *
 * So a child that has a second thread and serves a connection ends gracefully,
 * behind the request, if that is over soon. Else its thread waits for
 * something, and such a thread has no lock. The members are told at once.
 */
#ifndef CHATWS_HTTPD_PREFORK_H
#define CHATWS_HTTPD_PREFORK_H

#include <httpd.h>

#include "hub/hub.h"

/* Hook child_init: takes the handlers' place. Under other MPMs nothing of all
 * this does anything. */
void httpd_prefork_child_init(apr_pool_t *pchild, server_rec *server);

/* Hook pre_connection, the first one: a connection is served from now on until
 * its pool goes. */
int httpd_prefork_open(conn_rec *c, void *socket);

/* The child makes a hub, and with it a second thread; then it has it, or NULL:
 * none, or none any more. */
void httpd_prefork_make(void);
void httpd_prefork_made(hub *made);

/* On the child's main thread: true in a handler that ends the child. */
bool httpd_prefork_is_interrupted(void);

/* True when the child, which stops, may take its time. */
bool httpd_prefork_has_time(void);

#endif
