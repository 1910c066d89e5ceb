/* httpd_stream.c - rows 4 and 5; see httpd_stream.h. */
#include "httpd/rows/httpd_stream.h"

#include <limits.h>
#include <string.h>

#include <http_protocol.h>

#include "act/act_refusal.h"
#include "act/act_visit.h"
#include "act/past/act_history.h"
#include "base/base_clock.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_handoff.h"
#include "httpd/leave/httpd_offer.h"
#include "httpd/leave/httpd_pipe.h"
#include "httpd/rows/httpd_head.h"
#include "httpd/rows/httpd_position.h"
#include "httpd/rows/httpd_repeat.h"

/* One request on its way. */
typedef struct {
    request_rec *r;
    const httpd_dir_config *config;
    const httpd_room *room; /* NULL: the status stream */
    httpd_position position;
    httpd_person person;
    hub_offer *offer; /* to this child's hub */
    httpd_refusal why;
    int refused; /* by another module, with this status; else OK */
} asked;

/* What both rows need to know before anything is sent. */
static bool check(asked *now)
{
    return httpd_position_read(now->r, &now->position, &now->why)
           && httpd_rights_enter(now->r, now->config, now->room, NULL,
                                 &now->person, &now->why);
}

static bool make_offer(asked *now, const hub_way *way)
{
    now->offer = httpd_offer_make(now->r, now->config, now->room,
                                  now->room ? &now->position.start : NULL,
                                  now->room ? &now->person : NULL, way,
                                  &now->why);
    if (now->offer && !now->room && now->config->recheck > 0) {
        now->offer->until_us = base_clock_mono() + now->config->recheck;
    }
    return now->offer != NULL;
}

/* Lets other modules add their lines to a head that httpd does not send, once
 * ours are there. False: one of them refuses the answer, and there is no offer
 * any more. */
static bool complete(asked *now)
{
    now->r->status = HTTP_OK;
    httpd_person_remember(now->r, &now->person);
    now->refused = httpd_head_complete(now->r);
    if (now->refused != OK) {
        hub_offer_destroy(now->offer);
    }
    return now->refused == OK;
}

/* Gives the connection away, behind this head. */
static bool hand_off(asked *now, const char *head)
{
    return httpd_handoff_send(now->r, now->offer, HTTP_OK, head, &now->why);
}

/* Why there is no answer. */
static int refuse(asked *now)
{
    return now->refused != OK ? now->refused
                              : httpd_answer_refuse(now->r, &now->why);
}

/* ------------------------------------------------------------------ row 4 */

static void set_event_headers(asked *now)
{
    request_rec *r = now->r;

    httpd_answer_headers(r);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store, no-transform");
    apr_table_setn(r->headers_out, "X-Accel-Buffering", "no");
    ap_set_content_type(r, "text/event-stream; charset=utf-8");
}

/* A client of HTTP/1.1 knows chunks; without them it cannot tell an end from
 * a cut, and many libraries hold back what they read. */
static bool takes_chunks(request_rec *r)
{
    return r->proto_num >= HTTP_VERSION(1, 1)
           && !apr_table_get(r->subprocess_env, "downgrade-1.0")
           && !apr_table_get(r->subprocess_env, "force-response-1.0");
}

/* The headers are set once there is an offer: a refusal has others. */
static bool offer_events(asked *now, const hub_way *way)
{
    if (!make_offer(now, way)) {
        return false;
    }
    set_event_headers(now);
    return complete(now);
}

/* In chunks, or as it is. */
static const hub_way *way_of(const asked *now, bool chunks)
{
    if (now->room) {
        return chunks ? &hub_way_sse : &hub_way_sse_plain;
    }
    return chunks ? &hub_way_status : &hub_way_status_plain;
}

static bool hand_off_events(asked *now)
{
    request_rec *r = now->r;
    bool chunks = takes_chunks(r);
    base_bytes head = BASE_BYTES_INIT;
    bool sent;

    if (!offer_events(now, way_of(now, chunks))) {
        return false;
    }
    apr_table_setn(r->headers_out, "Connection", "close");
    if (chunks) {
        apr_table_setn(r->headers_out, "Transfer-Encoding", "chunked");
    }
    httpd_head_write(r, &head);
    base_bytes_append(&head, "", 1); /* the NUL of a string */
    sent = hand_off(now, (const char *)head.data);
    base_bytes_free(&head);
    if (!sent) { /* nor are there chunks in the refusal */
        apr_table_unset(r->headers_out, "Transfer-Encoding");
    }
    return sent;
}

/* No filter of the body may hold anything back; httpd makes chunks where there
 * are any. */
static bool pipe_events(asked *now)
{
    request_rec *r = now->r;
    bool holds;
    bool sent;

    if (!offer_events(now, way_of(now, false))) {
        return false;
    }
    /* With too many others waiting the client gets what is there, and comes
     * again. */
    holds = httpd_pipe_take(r, UINT_MAX);
    now->offer->once = !holds;
    r->output_filters = r->proto_output_filters;
    sent = httpd_pipe_stream(r, now->offer);
    if (holds) {
        httpd_pipe_give(r);
    }
    if (!sent) {
        now->why = (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                    .retry = ACT_REFUSAL_FULL_US };
    }
    return sent;
}

static int send_events(asked *now)
{
    request_rec *r = now->r;

    if (r->header_only) {
        set_event_headers(now);
        httpd_person_remember(r, &now->person);
        return OK;
    }
    if (httpd_handoff_fits(r) ? hand_off_events(now) : pipe_events(now)) {
        return OK;
    }
    return refuse(now);
}

int httpd_stream_events(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room)
{
    asked now = { .r = r, .config = config, .room = room };

    if (!check(&now)) {
        return httpd_answer_refuse(r, &now.why);
    }
    httpd_position_resume(r, &now.position);
    return send_events(&now);
}

int httpd_stream_status(request_rec *r, const httpd_dir_config *config)
{
    asked now = { .r = r, .config = config };

    return send_events(&now);
}

/* ------------------------------------------------------------------ row 5 */

/* Microseconds that it may wait: no longer than its rights hold. */
static int64_t longest_wait(const asked *now)
{
    int64_t most = (int64_t)now->config->settings.poll_wait * 1000;
    int64_t until = now->person.until_us;
    int64_t left = until > 0 ? until - base_clock_mono() : most;

    return left < 0 ? 0 : left < most ? left : most;
}

static bool offer_poll(asked *now)
{
    int64_t most = longest_wait(now);

    if (!make_offer(now, &hub_way_longpoll)) {
        return false;
    }
    now->offer->wait = now->position.wait < (uint64_t)most / APR_USEC_PER_SEC
                           ? (int64_t)now->position.wait * APR_USEC_PER_SEC
                           : most;
    return true;
}

static bool hand_off_poll(asked *now)
{
    request_rec *r = now->r;

    if (!offer_poll(now)) {
        return false;
    }
    httpd_answer_headers(r);
    ap_set_content_type(r, HTTPD_HEAD_POLL_TYPE);
    if (!complete(now)) {
        return false;
    }
    httpd_head_leave(r, now->offer);
    httpd_repeat_keep(r, &now->offer->keep);
    return hand_off(now, NULL);
}

/* What a hub without a page has written: an error event, or nothing if it
 * ended. */
static httpd_refusal why_no_page(const base_bytes *json)
{
    static const char full[] = "\"code\":\"rooms_full\"";

    if (json->len > 0
        && memmem(json->data, json->len, full, sizeof(full) - 1)) {
        return (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                .retry = ACT_REFUSAL_FULL_US };
    }
    return (httpd_refusal){ .error = CHAT_UNAVAILABLE,
                            .retry = act_refusal_retry(CHAT_UNAVAILABLE) };
}

/* The worker waits. */
static bool pipe_poll(asked *now, base_bytes *json)
{
    static const char page[] = "{\"cursor\":";

    if (!offer_poll(now)) {
        return false;
    }
    if (httpd_pipe_gather(now->r, now->offer, json)
        && json->len >= sizeof(page) - 1
        && memcmp(json->data, page, sizeof(page) - 1) == 0) {
        return true;
    }
    /* Who was sent out meanwhile is told why. */
    if (httpd_rights_admit(now->r, now->config, &now->room->key, &now->person,
                           &now->why)) {
        now->why = why_no_page(json);
    }
    return false;
}

static int send_json(asked *now, const base_bytes *json)
{
    httpd_person_remember(now->r, &now->person);
    httpd_head_shorten(now->r);
    return httpd_answer_json(now->r, HTTP_OK, json);
}

/* There is nothing yet. OK when the answer comes later or has been given,
 * DECLINED when it shall be given now. */
static int hold(asked *now)
{
    base_bytes json = BASE_BYTES_INIT;
    bool done;
    int result;

    if (httpd_handoff_fits(now->r)) {
        return hand_off_poll(now) ? OK : refuse(now);
    }
    if (!httpd_pipe_take(now->r, UINT_MAX)) {
        return DECLINED;
    }
    done = pipe_poll(now, &json);
    httpd_pipe_give(now->r);
    if (!done && now->r->connection->aborted) {
        result = DECLINED; /* who has gone is not refused, and reads nothing */
    }
    else {
        result = done ? send_json(now, &json) : refuse(now);
    }
    base_bytes_free(&json);
    return result;
}

int httpd_stream_wait(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room)
{
    asked now = { .r = r, .config = config, .room = room };
    base_bytes json = BASE_BYTES_INIT;
    act_address from;
    room_status status;
    bool any;
    int result = DECLINED;

    if (!check(&now)) {
        return httpd_answer_refuse(r, &now.why);
    }
    httpd_address_of(r, config, &from);
    from.keyless = now.person.made;
    if (!r->header_only) { /* HEAD is safe: RFC 9110 9.2.1 */
        act_visit(httpd_life_store(), httpd_life_slot(), &room->key,
                  &now.person.settings, &from, &now.person.who);
    }
    status = act_history_after(httpd_life_store(), &room->key,
                               &config->settings, &now.position.start, &json,
                               &any);
    if (status != ROOM_OK) {
        now.why = httpd_answer_unreadable(status);
        return httpd_answer_refuse(r, &now.why);
    }
    if (!any && now.position.held && config->settings.poll_wait > 0
        && !r->header_only) {
        result = hold(&now);
    }
    if (result == DECLINED) {
        result = send_json(&now, &json);
    }
    base_bytes_free(&json);
    return result;
}
