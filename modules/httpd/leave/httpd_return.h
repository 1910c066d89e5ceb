/* httpd_return.h - a connection comes back from the hub: httpd serves the one
 * request that is on its way, and closes it.
 *
 * It is a new connection to httpd, with all that a module does for one; the
 * request is whole in its socket. Only event has a way for a module to run
 * something on its workers.
 */
#ifndef CHATWS_HTTPD_RETURN_H
#define CHATWS_HTTPD_RETURN_H

#include <stdbool.h>

#include <httpd.h>

/* Hook child_init of mod_chatws.c. */
void httpd_return_child_init(apr_pool_t *pchild, server_rec *server);

/* True when connections can come back to this child. Any thread. */
bool httpd_return_possible(void);

/* Has a worker serve the plain connection, whose descriptor is httpd's from now
 * on. Any thread; at most half of the workers do this at once. True: it has to
 * wait for one of them. */
bool httpd_return_connection(int fd);

#endif
