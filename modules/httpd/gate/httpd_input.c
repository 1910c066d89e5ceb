/* httpd_input.c - what a client sends; see httpd_input.h. */
#include "httpd/gate/httpd_input.h"

#include <strings.h>

#include <http_protocol.h>
#include <util_filter.h>

/* How much is asked for at a time. A coded body can become a thousand times as
 * long before anybody sees how long it is. */
#define PIECE HUGE_STRING_LEN
#define CODED_PIECE 1024

/* Moves one brigade to `out`; `*ended` turns true at its end of stream. */
static int take_brigade(apr_bucket_brigade *brigade, apr_read_type_e block,
                        size_t most, base_bytes *out, bool *ended)
{
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data;
        apr_size_t size;

        if (APR_BUCKET_IS_EOS(bucket)) {
            *ended = true;
            return OK;
        }
        if (APR_BUCKET_IS_METADATA(bucket)) {
            continue;
        }
        if (apr_bucket_read(bucket, &data, &size, block) != APR_SUCCESS) {
            return HTTP_BAD_REQUEST;
        }
        if (size > most - out->len) {
            return HTTP_REQUEST_ENTITY_TOO_LARGE;
        }
        base_bytes_append(out, data, size);
    }
    return OK;
}

/* Before a byte is read, and before a client that asks is told to go on. */
static bool announced_too_long(request_rec *r, size_t most)
{
    const char *header = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t size;

    return header && ap_parse_strict_length(&size, header)
           && size > (apr_off_t)most;
}

static bool is_coded(request_rec *r)
{
    const char *coding = apr_table_get(r->headers_in, "Content-Encoding");

    return coding && strcasecmp(coding, "identity") != 0;
}

/* True when some module wants to see the body: perhaps it decodes it. */
static bool is_filtered(request_rec *r)
{
    return r->input_filters
           && r->input_filters->frec->ftype < AP_FTYPE_PROTOCOL;
}

int httpd_input_body(request_rec *r, size_t most, base_bytes *body)
{
    bool coded = is_coded(r);
    apr_bucket_brigade *brigade = apr_brigade_create(
        r->pool, r->connection->bucket_alloc);
    bool ended = false;
    int result = OK;

    if (announced_too_long(r, most)) {
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    }
    if (coded && !is_filtered(r)) {
        return HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    while (result == OK && !ended) {
        apr_status_t status = ap_get_brigade(r->input_filters, brigade,
                                             AP_MODE_READBYTES, APR_BLOCK_READ,
                                             coded ? CODED_PIECE : PIECE);

        /* A filter that decodes takes the coding out of the request's head. */
        if (status == APR_SUCCESS && is_coded(r)) {
            result = HTTP_UNSUPPORTED_MEDIA_TYPE;
            break;
        }
        result = status == APR_SUCCESS
                     ? take_brigade(brigade, APR_BLOCK_READ, most, body,
                                    &ended)
                     : ap_map_http_request_error(status, HTTP_BAD_REQUEST);
        apr_brigade_cleanup(brigade);
    }
    return result;
}

bool httpd_input_early(request_rec *r, size_t most, base_bytes *early)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, c->bucket_alloc);
    bool ended = false;
    int result = OK;

    while (result == OK && !ended) {
        /* Without blocking, "try again" is the end, and so is nothing. */
        ended = ap_get_brigade(c->input_filters, brigade, AP_MODE_READBYTES,
                               APR_NONBLOCK_READ, PIECE) != APR_SUCCESS
                || APR_BRIGADE_EMPTY(brigade);
        result = take_brigade(brigade, APR_NONBLOCK_READ, most, early, &ended);
        apr_brigade_cleanup(brigade);
    }
    return result != HTTP_REQUEST_ENTITY_TOO_LARGE;
}
