/* http_position.c - where a request wants to read; see http_position.h. */
#include "http/http_position.h"

#include <string.h>

#include "http/http_query.h"

/* nchan's and Ably's way, that of polyfills, Mercure's, and Mercure's before
 * that. */
static const char *const last_names[] = { "last_event_id", "lastEventId",
                                          "lastEventID", "Last-Event-ID" };

static http_position_id read_id(http_slice query, const char *name)
{
    http_position_id id = { .given = false };
    http_slice value;
    http_query_result found = http_query_find(query, name, &value);
    char text[3 * HTTP_POSITION_ID_MOST];

    id.given = found != HTTP_QUERY_ABSENT;
    if (found == HTTP_QUERY_FOUND && value.size <= sizeof(text)) {
        size_t size = http_query_decode(value, text);

        /* A longer one is given and empty, which no position is. */
        if (size <= HTTP_POSITION_ID_MOST) {
            memcpy(id.text, text, size);
            id.size = size;
        }
    }
    return id;
}

http_position http_position_read(http_slice query)
{
    http_position position = { .after = read_id(query, "after"),
                               .before = read_id(query, "before"),
                               .history = UINT64_MAX,
                               .limit = HTTP_POSITION_LIMIT };
    /* A page begins at a message, so it has no length in history. */
    bool paged = position.after.given || position.before.given;

    position.numbers =
        http_query_number(query, "limit", &position.limit)
            != HTTP_QUERY_MALFORMED
        && position.limit > 0
        && http_query_number(query, "wait", &position.wait)
               != HTTP_QUERY_MALFORMED
        && (paged
            || http_query_number(query, "history", &position.history)
                   != HTTP_QUERY_MALFORMED);
    return position;
}

http_position_id http_position_last(http_slice header, http_slice query)
{
    http_position_id id = { .given = header.size > 0 };

    if (id.given) {
        if (header.size <= HTTP_POSITION_ID_MOST) {
            memcpy(id.text, header.data, header.size);
            id.size = header.size;
        }
        return id;
    }
    for (size_t i = 0; i < sizeof(last_names) / sizeof(last_names[0]); i++) {
        http_slice value = { NULL, 0 };

        if (http_query_find(query, last_names[i], &value)
                == HTTP_QUERY_MALFORMED
            || value.size > 0) {
            return read_id(query, last_names[i]);
        }
    }
    return id;
}
