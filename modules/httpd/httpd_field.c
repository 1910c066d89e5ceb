/* httpd_field.c - what a request says; see httpd_field.h. */
#include "httpd/httpd_field.h"

http_slice httpd_field_in(const request_rec *r, const char *name)
{
    return http_field_of(apr_table_get(r->headers_in, name));
}
