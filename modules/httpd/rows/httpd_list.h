/* httpd_list.h - rows 2 and 3: who is in a room, and which rooms there are.
 *
 * Called by httpd_request; on the worker's thread; each answers and returns
 * what a handler returns.
 */
#ifndef CHATWS_HTTPD_LIST_H
#define CHATWS_HTTPD_LIST_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* A list of rooms looks at no more than this many, those with the most members,
 * and stops after this time: to see whether the asker may enter one can take
 * as long as its password takes to check. */
#define HTTPD_LIST_ROOMS 200
#define HTTPD_LIST_TIME_US 500000

/* GET ?members */
int httpd_list_members(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room);

/* GET ?sanctions: for moderators. */
int httpd_list_sanctions(request_rec *r, const httpd_dir_config *config,
                         const httpd_room *room);

/* GET PREFIX/?rooms: `prefix` ends in a slash. */
int httpd_list_rooms(request_rec *r, const httpd_dir_config *config,
                     const httpd_room *prefix);

#endif
