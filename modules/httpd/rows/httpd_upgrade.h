/* httpd_upgrade.h - row 1: a request that asks for WebSocket.
 *
 * Called by httpd_request for every request whose Upgrade header names it. On
 * the worker's thread; each returns what a handler returns.
 */
#ifndef CHATWS_HTTPD_UPGRADE_H
#define CHATWS_HTTPD_UPGRADE_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* Into a room. */
int httpd_upgrade_room(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room);

/* To the echo. */
int httpd_upgrade_echo(request_rec *r, const httpd_dir_config *config);

#endif
