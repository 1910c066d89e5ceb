/* httpd_search.h - row 6 with words: the messages that have some words.
 *
 * Called by httpd_request, on the worker's thread.
 */
#ifndef CHATWS_HTTPD_SEARCH_H
#define CHATWS_HTTPD_SEARCH_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* Charges the asker with one command and answers a page of what was found, or
 * refuses. Returns what a handler returns. */
int httpd_search_room(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room);

#endif
