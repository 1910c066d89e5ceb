/* http_bearer.c - see http_bearer.h. */
#include "http/http_bearer.h"

#include <string.h>
#include <strings.h>

#define SCHEME "Bearer"

/* RFC 6750 2.1: b64token. Two fields, which httpd joins, are none. */
static bool is_b64token(http_slice text)
{
    static const char marks[] = "-._~+/=";

    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];

        if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z')
              || (byte >= '0' && byte <= '9')
              || (byte && strchr(marks, byte)))) {
            return false;
        }
    }
    return text.size > 0;
}

http_bearer_result http_bearer_read_field(http_slice authorization,
                                          http_slice *token)
{
    const size_t size = sizeof(SCHEME) - 1;
    http_slice field = http_field_trim(authorization);

    if (field.size < size || strncasecmp(field.data, SCHEME, size) != 0
        || (field.size > size && !memchr(" \t,", field.data[size], 3))) {
        return HTTP_BEARER_NONE;
    }
    *token = http_field_trim((http_slice){ field.data + size,
                                           field.size - size });
    return is_b64token(*token) ? HTTP_BEARER_FOUND : HTTP_BEARER_BAD;
}

http_bearer_result http_bearer_read_protocols(http_slice protocols,
                                              http_slice *token)
{
    const size_t size = sizeof(HTTP_BEARER_PROTOCOL) - 1;
    http_bearer_result result = HTTP_BEARER_NONE;
    http_slice rest = protocols;
    http_slice one;

    while (http_field_next(&rest, ',', &one)) {
        if (one.size < size
            || memcmp(one.data, HTTP_BEARER_PROTOCOL, size) != 0) {
            continue;
        }
        *token = (http_slice){ one.data + size, one.size - size };
        if (result != HTTP_BEARER_NONE || !is_b64token(*token)) {
            return HTTP_BEARER_BAD;
        }
        result = HTTP_BEARER_FOUND;
    }
    return result;
}
