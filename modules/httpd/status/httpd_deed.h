/* httpd_deed.h - what somebody does on the status page: a POST of one request
 * of chat_control.h. On the worker's thread; waits for other hosts and for the
 * archive.
 */
#ifndef CHATWS_HTTPD_DEED_H
#define CHATWS_HTTPD_DEED_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"

/* Answers {"done":true,"realms":2} or an `error` event; returns what a handler
 * returns. Only for whom httpd_guard lets in, only from a page of this server
 * and with the token that it has got. Each deed is a line of the log. */
int httpd_deed_answer(request_rec *r, const httpd_dir_config *config);

#endif
