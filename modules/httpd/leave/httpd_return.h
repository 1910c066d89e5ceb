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

/* Its hooks child_init, before httpd_life_child_init, which may make the hub at
 * once, and child_stopping: a stop ends all, as httpd does with those that it
 * knows, since their workers would hold up the end of the child. */
void httpd_return_register(void);

/* True when connections can come back to this child. Any thread. */
bool httpd_return_possible(void);

/* Has a worker serve the plain connection, whose descriptor is httpd's from now
 * on. Any thread; at most half of the workers do this at once. True: it has to
 * wait for one of them. -1, now and then: while others wait, those that are
 * served for too long have their end. */
bool httpd_return_connection(int fd);

#endif
