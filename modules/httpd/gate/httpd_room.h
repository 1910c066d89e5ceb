/* httpd_room.h - a request's URL as the name of a room.
 *
 * The room is the decoded path within the site (httpd_site.h). Used by every
 * row of a room's table. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_ROOM_H
#define CHATWS_HTTPD_ROOM_H

#include <stdbool.h>

#include <httpd.h>

#include "act/act_room.h"
#include "httpd/rows/httpd_answer.h"

/* Longest path of a room in bytes, decoded. */
#define HTTPD_ROOM_PATH_MOST 200

/* All texts are in the request's pool. */
typedef struct {
    act_room_key key;
    const char *site;   /* httpd_site_of */
    const char *file;   /* PREFIX/_chatws/FILE: FILE; may be empty */
    bool reserved;      /* a segment of the path is `_chatws` */
    bool slash;         /* the path ends in a slash: it is no room */
} httpd_room;

/* Reads the room of a request. False, with `why` filled in, when the path is
 * too long, no UTF-8, or has control characters or an encoded slash. */
bool httpd_room_read(request_rec *r, httpd_room *room, httpd_refusal *why);

/* What follows the first segment `_chatws` of a path and its slash, "" when
 * nothing does; NULL when there is no such segment. */
const char *httpd_room_file(const char *path);

/* Looks whether the room is there; one that only the archive or another host
 * has is read in. False, with `why` filled in: it cannot be read in now. */
bool httpd_room_find(const httpd_room *room, const act_settings *settings,
                     bool *there, httpd_refusal *why);

#endif
