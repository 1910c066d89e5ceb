/* httpd_position.c - where to read; see httpd_position.h. */
#include "httpd/rows/httpd_position.h"

#include <string.h>

#include "http/http_position.h"
#include "httpd/gate/httpd_field.h"

static bool is_good(const http_position_id *id, room_id *parsed)
{
    return room_id_parse(id->text, id->size, parsed);
}

bool httpd_position_read(request_rec *r, httpd_position *position,
                         httpd_refusal *why)
{
    http_position asked = http_position_read(http_field_of(r->args));
    act_start *start = &position->start;

    memset(position, 0, sizeof(*position));
    start->given = asked.after.given;
    start->history = asked.history;
    position->paged = asked.before.given;
    position->limit = asked.limit;
    position->wait = asked.wait;
    position->held = start->given && position->wait > 0;
    if (start->given && !is_good(&asked.after, &start->after)) {
        *why = (httpd_refusal){ .error = CHAT_BAD_CURSOR };
        return false;
    }
    *why = (httpd_refusal){ .error = CHAT_BAD_REQUEST };
    return asked.numbers
           && (!position->paged
               || (!start->given && is_good(&asked.before,
                                            &position->before)));
}

/* A refusal would be the end of an EventSource: after any status but 200 it
 * does not come back (WHATWG HTML 9.2.3). So a malformed id is one whose
 * messages are gone: the stream begins with a gap. */
void httpd_position_resume(request_rec *r, httpd_position *position)
{
    http_position_id last = http_position_last(
        httpd_field_in(r, "Last-Event-ID"), http_field_of(r->args));
    act_start *start = &position->start;

    if (last.given) {
        start->given = true;
        start->unusable = !is_good(&last, &start->after);
    }
}
