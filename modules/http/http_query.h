/* http_query.h - url-encoded names and values: a query, or the body of a form
 * (WHATWG URL 5.1, application/x-www-form-urlencoded).
 *
 * Used by the rows that read a query and by POST. Pure.
 */
#ifndef CHATWS_HTTP_QUERY_H
#define CHATWS_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http_field.h"

typedef enum {
    HTTP_QUERY_ABSENT,
    HTTP_QUERY_FOUND,
    HTTP_QUERY_MALFORMED /* a bad %XX in it, or it is there twice */
} http_query_result;

/* Looks for `name`, decoded, in the query. `value` is still encoded, and can
 * be decoded; it is untouched unless it was found. */
http_query_result http_query_find(http_slice query, const char *name,
                                  http_slice *value);

/* True when the query has `name`, be it malformed. */
bool http_query_has(http_slice query, const char *name);

/* Decodes a value that was found into `to`, which has at least value.size
 * bytes; returns how many it has used. Any byte may come out, NUL too. */
size_t http_query_decode(http_slice value, char *to);

/* Looks for `name` and reads its value, decimal digits, UINT64_MAX for anything
 * above that; MALFORMED when it is something else. `number` is untouched unless
 * it was found. */
http_query_result http_query_number(http_slice query, const char *name,
                                    uint64_t *number);

/* The value of `name` when it is 16 lower-case hexadecimal digits; 0 for
 * anything else. */
uint64_t http_query_key(http_slice query, const char *name);

#endif
