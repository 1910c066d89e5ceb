/* httpd_position.h - where in a room's messages a request wants to read: the
 * parameters `after`, `before`, `history`, `limit` and `wait` of the query.
 *
 * Used by all rows that read messages, so that each refuses the same. On the
 * worker's thread.
 */
#ifndef CHATWS_HTTPD_POSITION_H
#define CHATWS_HTTPD_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "httpd/rows/httpd_answer.h"
#include "hub/hub.h"

typedef struct {
    act_start start; /* `after`, or else `history` */
    bool paged;      /* `before` is given: a page of history */
    room_id before;  /* the page ends in front of it */
    uint64_t limit;  /* messages of a page, at least 1 */
    bool held;       /* `wait` is given with `after`, and is not 0 */
    uint64_t wait;   /* whole seconds as asked for, UINT64_MAX for more */
} httpd_position;

/* Reads the query. False, with `why` filled in: `after` is no position (400
 * bad_cursor), one of the others is malformed or `after` comes with `before`
 * (400 bad_request). `history` beside a cursor is not looked at. */
bool httpd_position_read(request_rec *r, httpd_position *position,
                         httpd_refusal *why);

/* Puts what an EventSource that comes back has got last in the place of
 * `after`, which stays the same for all its connections: the header
 * Last-Event-ID, or a parameter that stands for it. What is no position there
 * counts as one that is too old. */
void httpd_position_resume(request_rec *r, httpd_position *position);

#endif
