/* httpd_position.c - where to read; see httpd_position.h. */
#include "httpd/httpd_position.h"

#include <string.h>

#include "httpd/httpd_query.h"

static httpd_query_result find(request_rec *r, const char *name,
                               httpd_query_value *value)
{
    return httpd_query_find(r->pool, r->args, r->args ? strlen(r->args) : 0,
                            name, value);
}

/* False: it is malformed. `id` is untouched when it is absent. */
static bool read_id(request_rec *r, const char *name, bool *given, room_id *id)
{
    httpd_query_value value;
    httpd_query_result found = find(r, name, &value);

    *given = found == HTTPD_QUERY_FOUND;
    return found == HTTPD_QUERY_ABSENT
           || (*given && room_id_parse(value.data, value.size, id));
}

/* The same for a number. */
static bool read_number(request_rec *r, const char *name, bool *given,
                        uint64_t *number)
{
    httpd_query_value value;
    httpd_query_result found = find(r, name, &value);

    *given = found == HTTPD_QUERY_FOUND;
    if (*given) {
        found = httpd_query_number(&value, number);
    }
    return found != HTTPD_QUERY_MALFORMED;
}

bool httpd_position_read(request_rec *r, httpd_position *position,
                         httpd_refusal *why)
{
    hub_start *start = &position->start;
    bool given;

    memset(position, 0, sizeof(*position));
    start->history = UINT64_MAX;
    position->limit = HTTPD_POSITION_LIMIT;
    if (!read_id(r, "after", &start->given, &start->after)) {
        *why = (httpd_refusal){ .error = CHAT_BAD_CURSOR };
        return false;
    }
    *why = (httpd_refusal){ .error = CHAT_BAD_REQUEST };
    if (!read_id(r, "before", &position->paged, &position->before)
        || (position->paged && start->given)
        || !read_number(r, "limit", &given, &position->limit)
        || position->limit < 1
        || !read_number(r, "wait", &given, &position->wait)) {
        return false;
    }
    position->held = start->given && position->wait > 0;
    return start->given || position->paged
           || read_number(r, "history", &given, &start->history);
}
