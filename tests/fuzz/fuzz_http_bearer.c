/* fuzz_http_bearer.c - any bytes as an Authorization and as a
 * Sec-WebSocket-Protocol field: a token is a part of them, and behind its name.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "http/http_bearer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(http_slice text, http_slice token)
{
    BASE_CHECK(token.size > 0);
    BASE_CHECK(token.data >= text.data
               && token.data + token.size <= text.data + text.size);
    BASE_CHECK(!memchr(token.data, ',', token.size));
    BASE_CHECK(!memchr(token.data, ' ', token.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice text = { (const char *)data, size };
    http_slice token;

    if (http_bearer_read_field(text, &token) == HTTP_BEARER_FOUND) {
        check(text, token);
    }
    if (http_bearer_read_protocols(text, &token) == HTTP_BEARER_FOUND) {
        const size_t prefix = sizeof(HTTP_BEARER_PROTOCOL) - 1;

        check(text, token);
        BASE_CHECK(memcmp(token.data - prefix, HTTP_BEARER_PROTOCOL, prefix)
                   == 0);
    }
    return 0;
}
