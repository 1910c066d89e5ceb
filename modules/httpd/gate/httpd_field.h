/* httpd_field.h - what a request says, as the slices that http/ parses.
 *
 * On the worker's thread.
 */
#ifndef CHATWS_HTTPD_FIELD_H
#define CHATWS_HTTPD_FIELD_H

#include <stdbool.h>

#include <httpd.h>

#include "http/http_field.h"
#include "http/http_query.h"

/* The header field as httpd merged it; it lives as long as the request. */
http_slice httpd_field_in(const request_rec *r, const char *name);

/* Looks for `name` in a query or form. The value is decoded, followed by a NUL,
 * and in the request's pool. */
http_query_result httpd_field_decode(const request_rec *r, http_slice query,
                                     const char *name, http_slice *value);

/* The same in the request's query. */
http_query_result httpd_field_query(const request_rec *r, const char *name,
                                    http_slice *value);

/* True when the request's query has `name`, be it malformed. */
bool httpd_field_asked(const request_rec *r, const char *name);

#endif
