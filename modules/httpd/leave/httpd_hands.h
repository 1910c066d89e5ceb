/* httpd_hands.h - the queue through which the children of one generation give
 * their connections to those of the next; see hub_hands.h.
 *
 * The parent makes it at its first start and keeps it until httpd ends.
 * Children of all generations inherit both ends.
 */
#ifndef CHATWS_HTTPD_HANDS_H
#define CHATWS_HTTPD_HANDS_H

#include <httpd.h>

#include "hub/hub.h"

/* In the parent, at each start and reload, with the rooms of now; NULL: there
 * are none. */
void httpd_hands_post_config(server_rec *server, apr_pool_t *pconf,
                             const room_store *store);

/* In each child; its generation is known then. True when it shall have a hub at
 * once, as there may be something for it in the queue: of children that are
 * processes for one request each two do. */
bool httpd_hands_child_init(server_rec *server, room_store *store);

/* What a hub of this child needs; false: there is no queue. */
bool httpd_hands_fill(hub_hands *out);

/* hub_options.current: any thread. */
bool httpd_hands_is_current(void *context);

#endif
