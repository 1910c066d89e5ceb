/* fuzz_http_origin.c - two texts, divided by a newline, as origins and as
 * hosts. What is read, written again, is the same origin; equality is symmetric
 * and reflexive; and who is at a host is there under its own name only.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "http/http_origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_origin(base_bytes *out, const http_origin *one)
{
    base_bytes_append(out, one->scheme.data, one->scheme.size);
    base_bytes_append_text(out, "://");
    base_bytes_append(out, one->host.data, one->host.size);
    if (one->port) {
        base_bytes_append_format(out, ":%u", one->port);
    }
}

static void check_host(const http_origin *one, http_slice text)
{
    BASE_CHECK(one->port < 65536);
    BASE_CHECK(one->host.data >= text.data);
    BASE_CHECK(one->host.data + one->host.size <= text.data + text.size);
    for (size_t i = 0; i < one->host.size; i++) {
        BASE_CHECK(one->host.data[i] > ' ' && one->host.data[i] < 0x7f);
        BASE_CHECK(!strchr("/\\@,*?#\"<>", one->host.data[i]));
    }
}

static bool check_origin(http_slice text, http_origin *one)
{
    base_bytes again = BASE_BYTES_INIT;
    http_origin parsed;

    if (!http_origin_parse(text, one)) {
        return false;
    }
    check_host(one, text);
    BASE_CHECK(one->host.size > 0 || http_field_is(one->scheme, "file"));
    BASE_CHECK(http_origin_equal(one, one));
    write_origin(&again, one);
    BASE_CHECK(again.len <= text.size); /* a port may have leading zeros */
    BASE_CHECK(http_origin_parse((http_slice){ (char *)again.data, again.len },
                                 &parsed));
    BASE_CHECK(http_origin_equal(one, &parsed));
    base_bytes_free(&again);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = size ? memchr(text, '\n', size) : NULL;
    http_slice left = { text, line ? (size_t)(line - text) : size };
    http_slice right = { line ? line + 1 : text + size,
                         line ? size - left.size - 1 : 0 };
    http_origin one;
    http_origin other;
    http_origin host;
    bool both = check_origin(left, &one);

    if (both && http_origin_parse_host(right, &host)) {
        check_host(&host, right);
        if (http_origin_is_at(&one, &host) && *host.host.data != '[') {
            BASE_CHECK(one.host.size == host.host.size);
            BASE_CHECK(strncasecmp(one.host.data, host.host.data,
                                   host.host.size)
                       == 0);
        }
    }
    both = check_origin(right, &other) && both;
    if (both) {
        BASE_CHECK(http_origin_equal(&one, &other)
                   == http_origin_equal(&other, &one));
    }
    return 0;
}
