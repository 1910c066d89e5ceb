/* fuzz_http_media.c - any bytes as a Content-Type. A charset of UTF-8 that is
 * added where none is, or where JSON is, changes nothing; neither does the case
 * of letters.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "http/http_media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands in front of the first semicolon is all that makes the type. */
static http_media plainly(http_slice field)
{
    static const char *const types[] = {
        [HTTP_MEDIA_JSON] = "application/json",
        [HTTP_MEDIA_TEXT] = "text/plain",
        [HTTP_MEDIA_FORM] = "application/x-www-form-urlencoded",
    };
    http_slice type;

    for (int i = HTTP_MEDIA_JSON; i <= HTTP_MEDIA_FORM; i++) {
        http_slice rest = field;

        if (http_field_next(&rest, ';', &type)
            && http_field_is(type, types[i])) {
            return (http_media)i;
        }
    }
    return HTTP_MEDIA_OTHER;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice field = { (const char *)data, size };
    http_media media = http_media_of(field);
    base_bytes other = BASE_BYTES_INIT;

    BASE_CHECK(media == HTTP_MEDIA_OTHER || media == plainly(field));
    BASE_CHECK(plainly(field) != HTTP_MEDIA_JSON || media == HTTP_MEDIA_JSON);
    for (size_t i = 0; i < size; i++) {
        char byte = (char)(isupper(data[i]) ? tolower(data[i])
                                            : toupper(data[i]));

        base_bytes_append(&other, &byte, 1);
    }
    BASE_CHECK(http_media_of((http_slice){ (char *)other.data, other.len })
               == (size ? media : HTTP_MEDIA_OTHER));
    base_bytes_append_text(&other, ";charset=\"Utf-8\"");
    BASE_CHECK(size == 0
               || http_media_of((http_slice){ (char *)other.data, other.len })
                      == media);
    base_bytes_free(&other);
    return 0;
}
