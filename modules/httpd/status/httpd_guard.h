/* httpd_guard.h - who sees names on the status page, and acts there.
 *
 * `Require` says who sees its numbers. Rooms, people and what can be done to
 * them are for whom ChatModerators lets in as well, and only by lines of the
 * very section that says `Chat status`: others say who keeps order in some
 * rooms, and this page is about all of them. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_GUARD_H
#define CHATWS_HTTPD_GUARD_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/config/httpd_config.h"

/* NULL: whoever asks may see and do all. Else a sentence with the cure. It must
 * not be the page of another site (httpd_origin_own). What httpd has let in
 * without a user, by its address say, must have asked for a name of this site
 * and must not have come through a proxy that nobody has told httpd of. */
const char *httpd_guard_refuses(request_rec *r, const httpd_dir_config *config);

/* Whether ?login may help whom it refuses. */
bool httpd_guard_login(request_rec *r, const httpd_dir_config *config);

/* In the parent, at each start and reload: draws the key of the tokens once, so
 * that a reload keeps them. */
void httpd_guard_start(void);

#define HTTPD_GUARD_TOKEN 32 /* hex digits */

/* What a deed has to bring, of the request's user and virtual host, for six to
 * twelve hours; in its pool. */
const char *httpd_guard_token(request_rec *r);

/* Whether the request has brought it, in X-Chat-Token. */
bool httpd_guard_token_good(request_rec *r);

#endif
