/* http_position.h - where a request wants to read: the parameters `after`,
 * `before`, `history`, `limit` and `wait` of its query, and the last event of
 * an EventSource that comes back (WHATWG HTML 9.2.4).
 *
 * What an id looks like is the rooms' business: here it is a text. Used by
 * httpd_position. Pure.
 */
#ifndef CHATWS_HTTP_POSITION_H
#define CHATWS_HTTP_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http_field.h"

/* Messages of a page of history when `limit` does not say. */
#define HTTP_POSITION_LIMIT 50

/* More than the longest id. */
#define HTTP_POSITION_ID_MOST 63

typedef struct {
    bool given;
    size_t size; /* 0: it can be no id, being empty, repeated, badly encoded
                    or too long */
    char text[HTTP_POSITION_ID_MOST + 1]; /* decoded */
} http_position_id;

typedef struct {
    http_position_id after;
    http_position_id before;
    bool numbers;     /* `history`, `limit` and `wait` are numbers or absent,
                         and `limit` is not 0; a `history` that comes with
                         `after` or `before` may be anything */
    uint64_t history; /* UINT64_MAX: all that is kept */
    uint64_t limit;
    uint64_t wait;    /* whole seconds, UINT64_MAX for more */
} http_position;

/* Reads the query. */
http_position http_position_read(http_slice query);

/* What an EventSource got last: the header Last-Event-ID unless it is empty or
 * absent; else, for clients that cannot set a header, the first of the
 * parameters last_event_id, lastEventId, lastEventID and Last-Event-ID that is
 * not empty. */
http_position_id http_position_last(http_slice header, http_slice query);

#endif
