/* fuzz_http_position.c - any bytes as a query and, up to the first newline, as
 * a Last-Event-ID. What is read is bounded, and what wins is what it would be
 * alone.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "http/http_position.h"
#include "http/http_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_id(const http_position_id *id)
{
    BASE_CHECK(id->size <= HTTP_POSITION_ID_MOST);
    BASE_CHECK(id->text[id->size] == '\0');
    BASE_CHECK(id->given || id->size == 0);
}

static void check_read(http_slice query)
{
    http_position position = http_position_read(query);

    check_id(&position.after);
    check_id(&position.before);
    BASE_CHECK(position.after.given == http_query_has(query, "after"));
    BASE_CHECK(position.before.given == http_query_has(query, "before"));
    BASE_CHECK(!position.numbers || position.limit > 0);
    BASE_CHECK(http_query_has(query, "history")
               || position.history == UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = size ? memchr(text, '\n', size) : NULL;
    http_slice header = { text, line ? (size_t)(line - text) : 0 };
    http_slice query = { line ? line + 1 : text,
                         line ? size - header.size - 1 : size };
    http_position_id last = http_position_last(header, query);
    http_position_id alone = http_position_last(header,
                                                (http_slice){ NULL, 0 });

    check_read(query);
    check_id(&last);
    check_id(&alone);
    if (alone.given) {
        BASE_CHECK(memcmp(&last, &alone, sizeof(last)) == 0);
        BASE_CHECK(alone.size == 0
                   || memcmp(alone.text, header.data, header.size) == 0);
    }
    else if (last.given) {
        BASE_CHECK(http_query_has(query, "last_event_id")
                   || http_query_has(query, "lastEventId")
                   || http_query_has(query, "lastEventID")
                   || http_query_has(query, "Last-Event-ID"));
    }
    return 0;
}
