/* httpd_redis.h - ChatRedis: which Redis makes several hosts one chat, and what
 * configtest says about it.
 *
 * Used by the table of directives, and by a hook of mod_chatws.c in the parent.
 */
#ifndef CHATWS_HTTPD_REDIS_H
#define CHATWS_HTTPD_REDIS_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/config/httpd_arguments.h"

/* ChatRedis: a URL (relay_url.h) and its options. The file of the password is
 * read; nothing is connected to. */
bool httpd_redis_parse(httpd_arguments *given);

/* Hook check_config, for configtest too: warns of a Redis that is open to
 * everybody who reaches it. */
int httpd_redis_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *server);

#endif
