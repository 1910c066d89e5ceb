/* httpd_stream.c - rows 4 and 5; see httpd_stream.h. */
#include "httpd/httpd_stream.h"

#include <string.h>
#include <strings.h>

#include <http_protocol.h>

#include "http/http_accept.h"
#include "httpd/httpd_field.h"
#include "httpd/httpd_handoff.h"
#include "httpd/httpd_head.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_offer.h"
#include "httpd/httpd_person.h"
#include "httpd/httpd_pipe.h"
#include "httpd/httpd_position.h"
#include "hub/hub_page.h"
#include "hub/hub_visit.h"

/* One request on its way. */
typedef struct {
    request_rec *r;
    const httpd_dir_config *config;
    const httpd_room *room;
    httpd_position position;
    httpd_person person;
    httpd_refusal why;
} asked;

bool httpd_stream_asked(request_rec *r)
{
    return http_accept_events(httpd_field_in(r, "Accept"));
}

bool httpd_stream_waits(request_rec *r)
{
    return httpd_field_asked(r, "after") && httpd_field_asked(r, "wait");
}

/* What both rows need to know before anything is sent. */
static bool check(asked *now)
{
    if (now->room->slash) {
        now->why = (httpd_refusal){ .error = CHAT_BAD_ROOM };
        return false;
    }
    if (!httpd_position_read(now->r, &now->position, &now->why)
        || !httpd_person_find(now->r, now->config, NULL, &now->person,
                              &now->why)) {
        return false;
    }
    if (!httpd_life_store()) {
        now->why = httpd_answer_no_memory();
        return false;
    }
    return true;
}

static hub_offer *make_offer(asked *now, hub_transport transport, hub **child)
{
    hub_offer *offer = httpd_offer_make(now->r, now->config, now->room,
                                        &now->position.start,
                                        &now->person.who, child, &now->why);

    if (offer) {
        offer->transport = transport;
    }
    return offer;
}

/* ------------------------------------------------------------------ row 4 */

static void set_event_headers(asked *now)
{
    request_rec *r = now->r;

    httpd_answer_headers(r);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store, no-transform");
    apr_table_setn(r->headers_out, "X-Accel-Buffering", "no");
    httpd_person_remember(r, &now->person);
    ap_set_content_type(r, "text/event-stream");
}

static bool hand_off_events(asked *now)
{
    request_rec *r = now->r;
    base_bytes head = BASE_BYTES_INIT;
    hub *child;
    hub_offer *offer = make_offer(now, HUB_SSE, &child);
    bool sent;

    if (!offer) {
        return false;
    }
    set_event_headers(now);
    apr_table_setn(r->headers_out, "Connection", "close");
    httpd_head_write(r, &head);
    base_bytes_append(&head, "", 1);
    sent = httpd_handoff_send(r, child, offer, HTTP_OK,
                              (const char *)head.data, &now->why);
    base_bytes_free(&head);
    return sent;
}

/* No filter of the body may hold anything back. */
static bool pipe_events(asked *now)
{
    request_rec *r = now->r;
    hub *child;
    hub_offer *offer = make_offer(now, HUB_SSE, &child);
    bool holds;
    bool sent;

    if (!offer) {
        return false;
    }
    holds = httpd_pipe_take();
    offer->once = !holds;
    set_event_headers(now);
    r->output_filters = r->proto_output_filters;
    sent = httpd_pipe_stream(r, child, offer);
    if (holds) {
        httpd_pipe_give();
    }
    if (!sent) {
        now->why = (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                    .retry = 10 * APR_USEC_PER_SEC };
    }
    return sent;
}

int httpd_stream_events(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room)
{
    asked now = { .r = r, .config = config, .room = room };

    if (!check(&now)) {
        return httpd_answer_refuse(r, &now.why);
    }
    httpd_position_resume(r, &now.position);
    if (r->header_only) {
        set_event_headers(&now);
        return OK;
    }
    if (httpd_handoff_fits(r) ? hand_off_events(&now) : pipe_events(&now)) {
        return OK;
    }
    return httpd_answer_refuse(r, &now.why);
}

/* ------------------------------------------------------------------ row 5 */

static int add_line(void *context, const char *name, const char *value)
{
    base_bytes *lines = context;

    if (!*ap_scan_http_field_content(value)) {
        base_bytes_append_format(lines, "%s: %s\r\n", name, value);
    }
    return 1;
}

static int add_cors_line(void *context, const char *name, const char *value)
{
    return strncasecmp(name, "Access-Control-", 15) == 0
               ? add_line(context, name, value)
               : 1;
}

static void set_wait(asked *now, hub_offer *offer)
{
    int64_t most = (int64_t)now->config->settings.poll_wait * 1000;

    offer->wait = now->position.wait < (uint64_t)most / APR_USEC_PER_SEC
                      ? (int64_t)now->position.wait * APR_USEC_PER_SEC
                      : most;
}

static bool hand_off_poll(asked *now)
{
    request_rec *r = now->r;
    hub *child;
    hub_offer *offer = make_offer(now, HUB_LONGPOLL, &child);

    if (!offer) {
        return false;
    }
    set_wait(now, offer);
    httpd_person_remember(r, &now->person);
    apr_table_do(add_line, &offer->lines, r->err_headers_out, NULL);
    apr_table_do(add_cors_line, &offer->lines, r->headers_out, NULL);
    return httpd_handoff_send(r, child, offer, HTTP_OK, NULL, &now->why);
}

/* The worker waits. What the hub says if it cannot take the client is no
 * page. */
static bool pipe_poll(asked *now, base_bytes *json)
{
    static const char page[] = "{\"cursor\":";
    hub *child;
    hub_offer *offer = make_offer(now, HUB_LONGPOLL, &child);

    if (!offer) {
        return false;
    }
    set_wait(now, offer);
    offer->bare = true;
    now->why = (httpd_refusal){ .error = CHAT_ROOMS_FULL,
                                .retry = 10 * APR_USEC_PER_SEC };
    return httpd_pipe_gather(now->r, child, offer, json)
           && json->len >= sizeof(page) - 1
           && memcmp(json->data, page, sizeof(page) - 1) == 0;
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
        return hand_off_poll(now) ? OK
                                  : httpd_answer_refuse(now->r, &now->why);
    }
    if (!httpd_pipe_take()) {
        return DECLINED;
    }
    done = pipe_poll(now, &json);
    httpd_pipe_give();
    result = done ? send_json(now, &json)
                  : httpd_answer_refuse(now->r, &now->why);
    base_bytes_free(&json);
    return result;
}

int httpd_stream_wait(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room)
{
    asked now = { .r = r, .config = config, .room = room };
    base_bytes json = BASE_BYTES_INIT;
    bool any;
    int result = DECLINED;

    if (!check(&now)) {
        return httpd_answer_refuse(r, &now.why);
    }
    hub_visit(httpd_life_store(), httpd_life_slot(), &room->key,
              &config->settings, &now.person.who);
    if (!hub_page_after(httpd_life_store(), &room->key, &config->settings,
                        &now.position.start, &json, &any)) {
        now.why = httpd_answer_busy();
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
