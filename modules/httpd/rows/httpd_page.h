/* httpd_page.h - the rows of the bundled pages and their files.
 *
 * They are read from ChatAssets. Called by httpd_request; on the worker's
 * thread; each returns what a handler returns.
 */
#ifndef CHATWS_HTTPD_PAGE_H
#define CHATWS_HTTPD_PAGE_H

#include <httpd.h>

#include "base/base_bytes.h"
#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* The page of a room, or for a path that ends in a slash the page to choose
 * one. A path beside which the page would not find its files, as that of the
 * <Location> that says `Chat rooms`, is sent on to the latter. Guests get their
 * cookie with it. */
int httpd_page_room(request_rec *r, const httpd_dir_config *config,
                    const httpd_room *room);

/* The status page, with this table of its numbers, which works without scripts.
 * DECLINED, with nothing sent: ChatAssets does not have the page. */
int httpd_page_status(request_rec *r, const base_bytes *table);

/* PREFIX/_chatws/PATH: FILE or FOLDER/FILE, perhaps with the name of a version
 * in front. 404 when there is no such file, or such a version no more. */
int httpd_page_asset(request_rec *r, const char *path);

#endif
