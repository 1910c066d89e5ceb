/* http_cookie.h - one cookie among those that a request brings (RFC 6265 5.4).
 *
 * Used by httpd_person and httpd_token. Pure.
 */
#ifndef CHATWS_HTTP_COOKIE_H
#define CHATWS_HTTP_COOKIE_H

#include <stdbool.h>

#include "http/http_field.h"

/* The value of the first cookie called `name`, case included, whose value fits;
 * absent when there is none. Only semicolons divide cookies: what stands in the
 * middle of another one's value, quoted or not, is no cookie. Quotes are part
 * of a value, white space around it is not.
 *
 * httpd makes one field of two Cookie lines and puts a comma and a space
 * between them. Such a comma divides cookies as well, but only if what stands
 * on either side has the form that RFC 6265 4.1.1 prescribes, and only if no
 * cookie between semicolons fits. */
http_slice http_cookie_find(http_slice cookies, const char *name,
                            http_field_fits *fits);

/* The same for several of one name, which a browser sends that has them for
 * more than one path: the first `most`; returns how many. */
size_t http_cookie_all(http_slice cookies, const char *name,
                       http_field_fits *fits, http_slice *found, size_t most);

#endif
