/* fuzz_http_token.c - any bytes as a token, and any bytes as the claims of one:
 * either a reason is given, or everything that is promised is there.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "http/http_token.h"

#define HEADER "eyJhbGciOiJIUzI1NiJ9."

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(http_slice text)
{
    http_slice path = { "/chat/lobby", 11 };
    http_token token;
    const char *why = http_token_read(text, &token);

    if (!why) {
        BASE_CHECK(token.claims != NULL && token.sub.size > 0);
        BASE_CHECK(base_utf8_valid(token.sub.data, token.sub.size));
        BASE_CHECK(!memchr(token.sub.data, '\0', token.sub.size));
        BASE_CHECK(!token.name.data
                   || base_utf8_valid(token.name.data, token.name.size));
        BASE_CHECK(token.role <= HTTP_TOKEN_ROLE_MODERATOR);
        /* Before the end, or not at all. */
        BASE_CHECK(http_token_when(&token, token.exp) != NULL);
        BASE_CHECK(http_token_whom(&token, NULL)
                   || http_token_whom(&token, "us"));
        (void)http_token_where(&token, path);
    }
    http_token_destroy(&token);
}

static size_t encode(const uint8_t *data, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned long bits = 0;
    int have = 0;
    size_t at = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | data[i];
        for (have += 8; have >= 6; have -= 6) {
            out[at++] = digits[bits >> (have - 6) & 63];
        }
    }
    if (have > 0) {
        out[at++] = digits[bits << (6 - have) & 63];
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[2 * HTTP_TOKEN_BYTES];
    http_token_alg alg = HTTP_TOKEN_ES256;
    size_t used = sizeof(HEADER) - 1;

    (void)http_token_head((http_slice){ (const char *)data, size }, &alg);
    BASE_CHECK(alg <= HTTP_TOKEN_ES256);
    check((http_slice){ (const char *)data, size });
    /* As claims: a fuzzer would hardly find the letters of base64. */
    if (size <= HTTP_TOKEN_BYTES) {
        memcpy(text, HEADER, used);
        used += encode(data, size, text + used);
        memcpy(text + used, ".c2ln", 5);
        check((http_slice){ text, used + 5 });
    }
    return 0;
}
