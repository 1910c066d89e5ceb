/* httpd_request.h - the handler: which row of the table answers a request.
 *
 * A hook of mod_chatws.c; on the worker's thread.
 */
#ifndef CHATWS_HTTPD_REQUEST_H
#define CHATWS_HTTPD_REQUEST_H

#include <httpd.h>

/* Answers what httpd_claim claimed; declines everything else. */
int httpd_request_handle(request_rec *r);

#endif
