/* httpd_door.h - the socket by which chatwsctl asks a server that runs.
 *
 * The parent makes it, as root, in httpd's run folder, with mode 0600: nobody
 * else can connect, and whoever does is asked for its user again. It stays over
 * restarts. Each child listens to it with a thread of its own, and whichever
 * accepts a connection answers it: the rooms are everybody's.
 */
#ifndef CHATWS_HTTPD_DOOR_H
#define CHATWS_HTTPD_DOOR_H

#include <httpd.h>

/* The name of the socket, in DefaultRuntimeDir. */
#define HTTPD_DOOR_NAME "chatws.sock"

/* Hooks of mod_chatws.c, behind those of httpd_life. Without a socket httpd
 * runs all the same; the log says why. */
int httpd_door_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server);
void httpd_door_child_init(apr_pool_t *pchild, server_rec *server);
void httpd_door_child_stopping(apr_pool_t *pchild, int graceful);

#endif
