/* httpd_query.h - url-encoded names and values: a query or a posted form.
 *
 * Used by the rows that read a query and by POST. Pure but for the
 * pool.
 */
#ifndef CHATWS_HTTPD_QUERY_H
#define CHATWS_HTTPD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <apr_pools.h>

typedef enum {
    HTTPD_QUERY_ABSENT,
    HTTPD_QUERY_FOUND,
    HTTPD_QUERY_MALFORMED /* a bad %XX in it, or it is there twice */
} httpd_query_result;

/* A decoded value; a NUL follows it, and it may contain some. */
typedef struct {
    const char *data;
    size_t size;
} httpd_query_value;

/* Looks for `name` in `size` bytes of `text` (NULL: none). */
httpd_query_result httpd_query_find(apr_pool_t *pool, const char *text,
                                    size_t size, const char *name,
                                    httpd_query_value *value);

/* True when the query `args` (NULL: none) has `name`, be it malformed. */
bool httpd_query_has(apr_pool_t *pool, const char *args, const char *name);

/* Reads a number of decimal digits, UINT64_MAX for anything above that. */
httpd_query_result httpd_query_number(const httpd_query_value *value,
                                      uint64_t *number);

#endif
