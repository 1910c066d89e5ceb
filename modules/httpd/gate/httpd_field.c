/* httpd_field.c - what a request says; see httpd_field.h. */
#include "httpd/gate/httpd_field.h"

http_slice httpd_field_in(const request_rec *r, const char *name)
{
    return http_field_of(apr_table_get(r->headers_in, name));
}

http_query_result httpd_field_decode(const request_rec *r, http_slice query,
                                     const char *name, http_slice *value)
{
    http_slice encoded;
    http_query_result result = http_query_find(query, name, &encoded);

    if (result == HTTP_QUERY_FOUND) {
        char *data = apr_palloc(r->pool, encoded.size + 1);

        value->size = http_query_decode(encoded, data);
        value->data = data;
        data[value->size] = '\0';
    }
    return result;
}

http_query_result httpd_field_query(const request_rec *r, const char *name,
                                    http_slice *value)
{
    return httpd_field_decode(r, http_field_of(r->args), name, value);
}

bool httpd_field_asked(const request_rec *r, const char *name)
{
    return http_query_has(http_field_of(r->args), name);
}
