/* httpd_field.h - what a request says, as the slices that http/ parses.
 *
 * On the worker's thread.
 */
#ifndef CHATWS_HTTPD_FIELD_H
#define CHATWS_HTTPD_FIELD_H

#include <httpd.h>

#include "http/http_field.h"

/* The header field as httpd merged it; it lives as long as the request. */
http_slice httpd_field_in(const request_rec *r, const char *name);

#endif
