/* httpd_status.h - what `Chat status` answers: the counters of all children.
 *
 * A page for people, with a table that needs no script, ?format=json for
 * programs, ?format=prometheus for monitoring. It names no room and no person,
 * so that an operator may show it to others, but to whom httpd_guard lets in.
 * Called by httpd_request. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_STATUS_H
#define CHATWS_HTTPD_STATUS_H

#include <httpd.h>

#include "base/base_bytes.h"
#include "httpd/config/httpd_config.h"

/* Answers GET and HEAD, also for the page's files, below its path, and with
 * ChatModerators POST (else 405); an unknown format is refused with 400.
 * Returns what a handler returns. Access is what `Require` says. */
int httpd_status_handler(request_rec *r, const httpd_dir_config *config);

/* The hook post_config, before that of httpd_life: what those who watch are
 * sent, and the tokens of those who act. */
int httpd_status_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *server);

/* Appends the same as ?format=json. Any thread of a child. */
void httpd_status_write(base_bytes *out);

#endif
