/* httpd_life.h - the module's life: the segment in the parent, the hub in each
 * child.
 *
 * The segment is made in the first real start and stays until httpd ends: both
 * generations of a graceful restart see the same rooms. When the configuration
 * asks for another size, a restart makes a new one and moves to it what is
 * kept; the old children then read on in the old one until they end. A child
 * makes its hub when the first connection is handed off or message posted, so
 * that children without a chat cost nothing.
 */
#ifndef CHATWS_HTTPD_LIFE_H
#define CHATWS_HTTPD_LIFE_H

#include <httpd.h>

#include "hub/hub.h"

/* Hooks of mod_chatws.c. The parent, then the child's main thread. */
int httpd_life_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server);
void httpd_life_child_init(apr_pool_t *pchild, server_rec *server);
void httpd_life_child_stopping(apr_pool_t *pchild, int graceful);

/* Hook pre_connection, on the worker's thread: sees from the descriptor of the
 * new connection when few are left, and has the chat give some back. */
int httpd_life_pre_connection(conn_rec *c, void *socket);

/* Hook pre_close_connection, the last thing that a process of mpm-itk runs:
 * gives its hub back. */
int httpd_life_pre_close(conn_rec *c);

/* The rooms; NULL when the segment could not be had. Any thread. */
room_store *httpd_life_store(void);

/* This child's hub, made by the first call; NULL when it cannot be had or the
 * child stops. Any thread. */
hub *httpd_life_hub(void);

/* True while `known` may still be called. In a cleanup that runs when the
 * process ends it may be gone. */
bool httpd_life_has(const hub *known);

/* True when each connection is served by a process of its own that ends with
 * it (mpm-itk): no connection can be handed over, and nothing can wait. Any
 * thread. */
bool httpd_life_forks(void);

/* From now on this is called, on any thread, when the child has made its hub.
 * Of several calls the last one counts. In child_init. */
void httpd_life_tell(void (*told)(void));

/* The child's hub gives connections back to this (hub_options.give_back). In
 * child_init before httpd_life's, which may make the hub. */
void httpd_life_take_back(bool (*give_back)(int fd));

/* This child's slot for counters, which its hub has; -1 when there is none. Any
 * thread. */
int httpd_life_slot(void);

#endif
