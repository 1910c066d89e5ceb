/* fuzz_http_repeat.c - any bytes as what comes on a kept connection. What is
 * read is a head by a slow reader's rules too, its mark is the sum that httpd's
 * table would give, and nothing behind it is looked at.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "http/http_repeat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const http_repeat_keys keys = { { { 1, 2 }, { 3, 4 } } };

/* A line of the head, which ends with CR LF and has no other control character
 * but a tab. */
static http_slice line_of(const char *head, size_t size)
{
    size_t end = 0;

    while (end < size && head[end] != '\r') {
        unsigned char byte = (unsigned char)head[end++];

        BASE_CHECK((byte >= ' ' && byte != 0x7f) || byte == '\t');
    }
    BASE_CHECK(end + 1 < size && head[end + 1] == '\n');
    return (http_slice){ head, end };
}

static void check_target(http_slice line, http_repeat *sum)
{
    static const char end[] = " HTTP/1.1";
    size_t most = line.size - (sizeof(end) - 1);
    http_slice target = { line.data + 4, most - 4 };

    BASE_CHECK(line.size > 4 + sizeof(end) - 1);
    BASE_CHECK(memcmp(line.data, "GET /", 5) == 0);
    BASE_CHECK(memcmp(line.data + most, end, sizeof(end) - 1) == 0);
    BASE_CHECK(!memchr(target.data, ' ', target.size));
    BASE_CHECK(http_repeat_target(&keys, target, sum));
}

static void check_field(http_slice line, http_repeat *sum)
{
    const char *colon = memchr(line.data, ':', line.size);
    http_slice name;
    http_slice value;

    BASE_CHECK(colon != NULL && colon > line.data);
    name = (http_slice){ line.data, (size_t)(colon - line.data) };
    value = (http_slice){ colon + 1, line.size - name.size - 1 };
    BASE_CHECK(!memchr(name.data, ' ', name.size)
               && !memchr(name.data, '\t', name.size));
    BASE_CHECK(!http_field_is(name, "content-length")
               && !http_field_is(name, "transfer-encoding"));
    BASE_CHECK(http_repeat_field(&keys, name, value, sum));
}

static void check_head(const char *head, size_t size,
                       const http_repeat *request)
{
    http_repeat sum = { .mark = { { 0, 0 } } };
    http_slice line = line_of(head, size);
    size_t at = line.size + 2;

    check_target(line, &sum);
    BASE_CHECK(sum.after.size > 0 && sum.wait.size > 0);
    for (;;) {
        BASE_CHECK(at < size);
        line = line_of(head + at, size - at);
        at += line.size + 2;
        if (line.size == 0) {
            break;
        }
        check_field(line, &sum);
    }
    BASE_CHECK(at == size);
    BASE_CHECK(http_repeat_is(&sum.mark, &request->mark));
}

static http_repeat_result read_all(const char *data, size_t size,
                                   http_repeat *request, size_t *head)
{
    return http_repeat_read(&keys, (http_slice){ data, size }, request, head);
}

/* In memory of its own it is the same; and whatever it begins with is waited
 * for. */
static void check_end(const char *head, size_t size,
                      const http_repeat *request)
{
    char *copy = malloc(size);
    http_repeat again;
    size_t found;

    BASE_CHECK(copy != NULL);
    memcpy(copy, head, size);
    BASE_CHECK(read_all(copy, size, &again, &found) == HTTP_REPEAT_HEAD
               && found == size);
    BASE_CHECK(http_repeat_is(&again.mark, &request->mark));
    for (size_t part = 0; part < size; part += 1 + size / 50) {
        BASE_CHECK(read_all(copy, part, &again, &found) == HTTP_REPEAT_MORE);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *all = (const char *)data;
    http_repeat request;
    size_t head;

    if (size > 0 && read_all(all, size, &request, &head) == HTTP_REPEAT_HEAD) {
        BASE_CHECK(head <= size && head <= HTTP_REPEAT_MOST);
        check_head(all, head, &request);
        check_end(all, head, &request);
    }
    return 0;
}
