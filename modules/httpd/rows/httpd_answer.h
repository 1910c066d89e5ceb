/* httpd_answer.h - what goes back: JSON, or why not.
 *
 * Every refusal is an `error` event as JSON, or a small page when the asker
 * prefers HTML; ErrorDocument does not replace it. Used by all that answers a
 * request. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_ANSWER_H
#define CHATWS_HTTPD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <httpd.h>

#include "base/base_bytes.h"
#include "chat/chat_error.h"
#include "room/room_status.h"

/* Why a request is refused. All but `error` may be zero. */
typedef struct {
    chat_error error;
    int status;           /* 0: the error's own */
    const char *sentence; /* for the client and the log; NULL: the error's */
    const char *ref;      /* the command's ref, in its answer */
    size_t ref_size;
    int64_t retry;        /* microseconds; above 0: with Retry-After */
    int64_t rest;         /* seconds; above 0: `for`, see chat_event.h */
    const char *reason;   /* a moderator's; NULL: none */
    bool close;           /* the connection ends */
    bool by_httpd;        /* httpd answers it, by the status alone, and has
                             logged why: ErrorDocument and the header lines
                             that are set hold */
} httpd_refusal;

/* Writes the refusal with its log line and returns what a handler returns. */
int httpd_answer_refuse(request_rec *r, const httpd_refusal *refusal);

/* Why all that needs rooms is refused (503) when there is no segment. */
httpd_refusal httpd_answer_no_memory(void);

/* Why it is refused when the rooms' locks were not to be had in time (503). */
httpd_refusal httpd_answer_busy(void);

/* The same by what the rooms have answered to who reads: ROOM_UNREAD is the
 * fault of the archive or of Redis. */
httpd_refusal httpd_answer_unreadable(room_status status);

/* Refuses the method with 405; `allow` is the header's value. */
int httpd_answer_method(request_rec *r, const char *allow);

/* Sends JSON (or nothing but its head to HEAD) and returns what a handler
 * returns. */
int httpd_answer_json(request_rec *r, int status, const base_bytes *json);

/* The same with a page and its content security policy. */
int httpd_answer_html(request_rec *r, int status, const char *policy,
                      const base_bytes *html);

/* Answers 204 and returns what a handler returns. */
int httpd_answer_nothing(request_rec *r);

/* The headers that all our answers but assets have. */
void httpd_answer_headers(request_rec *r);

#endif
