/* httpd_origin.h - may a page of another site make this request?
 *
 * Browsers send a visitor's cookies with it, so the answer is no unless
 * ChatOrigin says otherwise. Used by every row but assets. On the worker's
 * thread.
 */
#ifndef CHATWS_HTTPD_ORIGIN_H
#define CHATWS_HTTPD_ORIGIN_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/httpd_answer.h"
#include "httpd/httpd_config.h"

/* False, with `why` filled in (403), for a foreign, repeated, malformed or
 * `null` Origin, and for a request without Origin of which the browser says
 * that another site made it. `page`: the answer will be the bundled page, to
 * which anybody may link. */
bool httpd_origin_check(request_rec *r, const httpd_dir_config *config,
                        bool page, httpd_refusal *why);

#endif
