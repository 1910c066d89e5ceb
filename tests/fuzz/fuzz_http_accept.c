/* fuzz_http_accept.c - any bytes as an Accept header. What is preferred does
 * not depend on the order of the list or on the case of letters, and a header
 * that names neither HTML nor text prefers no page.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "http/http_accept.h"

#define ELEMENTS 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static http_slice slice_of(const base_bytes *bytes)
{
    return (http_slice){ (const char *)bytes->data, bytes->len };
}

static void check_same(http_slice accept, http_slice other)
{
    BASE_CHECK(http_accept_html(accept) == http_accept_html(other));
    BASE_CHECK(http_accept_events(accept) == http_accept_events(other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice accept = { (const char *)data, size };
    http_slice rest = accept;
    http_slice elements[ELEMENTS];
    base_bytes other = BASE_BYTES_INIT;
    size_t count = 0;

    while (count < ELEMENTS && http_field_next(&rest, ',', &elements[count])) {
        count++;
    }
    if (rest.data || count == 0) {
        return 0;
    }
    /* The last one first: only it may have a quoted string that is open. */
    for (size_t i = count; i-- > 0;) {
        http_slice one = elements[i];

        for (size_t k = 0; k < one.size; k++) {
            char byte = (char)(isupper((unsigned char)one.data[k])
                                   ? tolower((unsigned char)one.data[k])
                                   : toupper((unsigned char)one.data[k]));

            base_bytes_append(&other, &byte, 1);
        }
        if (i == count - 1 && count > 1) {
            http_slice last = slice_of(&other);
            http_slice whole;

            (void)http_field_next(&last, ',', &whole);
            base_bytes_append(&other, ",", 1);
            last = slice_of(&other);
            (void)http_field_next(&last, ',', &whole);
            if (whole.size == other.len) { /* it swallows what follows */
                base_bytes_free(&other);
                return 0;
            }
        }
        else if (i > 0) {
            base_bytes_append(&other, ",", 1);
        }
    }
    check_same(accept, slice_of(&other));
    base_bytes_free(&other);
    return 0;
}
