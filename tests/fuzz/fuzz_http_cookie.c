/* fuzz_http_cookie.c - any bytes as a Cookie field. A plain look at each part
 * between semicolons has to find the same, but for lines that httpd joined with
 * a comma; and splitting the field in two at a semicolon changes nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "http/http_cookie.h"

#define NAME "chatws"
#define KEY 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_key(http_slice value)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < value.size; i++) {
        if (!memchr(digits, value.data[i], sizeof(digits) - 1)) {
            return false;
        }
    }
    return value.size == KEY;
}

/* Where the value begins in the first part that is nothing but the cookie. */
static const char *find_plainly(const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        const char *semicolon = memchr(text, ';', (size_t)(end - text));
        const char *stop = semicolon ? semicolon : end;
        const char *at = text;

        while (at < stop && strchr(" \t", *at) && *at) {
            at++;
        }
        if ((size_t)(stop - at) > strlen(NAME)
            && memcmp(at, NAME, strlen(NAME)) == 0) {
            const char *value;

            at += strlen(NAME);
            while (at < stop && strchr(" \t", *at) && *at) {
                at++;
            }
            value = at + 1;
            while (value < stop && strchr(" \t", *value) && *value) {
                value++;
            }
            while (stop > value && strchr(" \t", stop[-1]) && stop[-1]) {
                stop--;
            }
            if (at < stop && *at == '='
                && is_key((http_slice){ value, (size_t)(stop - value) })) {
                return value;
            }
        }
        text = semicolon ? semicolon + 1 : end;
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    http_slice cookies = { text, size };
    http_slice found = http_cookie_find(cookies, NAME, is_key);
    const char *plain = find_plainly(text, size);

    BASE_CHECK(!found.data || is_key(found));
    BASE_CHECK(!found.data || (found.data >= text
                               && found.data + KEY <= text + size));
    if (plain || (size && !memmem(text, size, ", ", 2))) {
        BASE_CHECK(found.data == plain);
    }
    if (found.data && !plain) { /* the name stands at the start of a line */
        BASE_CHECK(found.data - text >= (ptrdiff_t)strlen(NAME "="));
        BASE_CHECK(memcmp(found.data - strlen(NAME "="), NAME "=",
                          strlen(NAME "="))
                   == 0);
    }
    return 0;
}
