/* httpd_login.h - httpd's own login in a room that anybody may enter.
 *
 * As long as a location lets everybody in (Require all granted), httpd looks at
 * no password, even if the browser sends one: there is no r->user. In a room
 * such a visitor is somebody, so we have httpd look. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_LOGIN_H
#define CHATWS_HTTPD_LOGIN_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* Has httpd find out who it is, if the location has an AuthType, nobody has
 * looked yet, and the request brings what that needs: an Authorization, or a
 * session in which somebody has logged in (mod_session). OK: r->user is set, or
 * there was nothing to look at. Else the status with which httpd refuses it,
 * its header lines set. */
int httpd_login_look(request_rec *r);

/* Whether the location has an AuthType, which ?login asks for. */
bool httpd_login_is(request_rec *r);

/* The row GET ?login: asks for a login as Require valid-user would, then sends
 * the browser to where it was. */
int httpd_login_answer(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room);

#endif
