/* httpd_post.c - commands with POST; see httpd_post.h. */
#include "httpd/gate/httpd_address.h"
#include "httpd/rows/httpd_post.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "act/act_obey.h"
#include "act/moderation/act_purge.h"
#include "act/past/act_written.h"
#include "act/act_refusal.h"
#include "act/relay/act_await.h"
#include "chat/chat_command.h"
#include "chat/chat_event.h"
#include "chat/moderation/chat_order.h"
#include "http/http_accept.h"
#include "http/http_media.h"
#include "http/http_query.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_input.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_turn.h"
#include "httpd/rows/httpd_plain.h"
#include "relay/relay_order.h"

static http_media media_of(request_rec *r)
{
    return http_media_of(httpd_field_in(r, "Content-Type"));
}

/* A form's fields `text` and perhaps `ref`. False when they are malformed. What
 * is wrong with a text itself stands in the command: it is refused where it
 * would be obeyed, and charged like any other. */
static bool parse_form(request_rec *r, const base_bytes *body, size_t most,
                       chat_command *command)
{
    http_slice form = { (const char *)body->data, body->len };
    http_slice text;
    http_slice ref = { NULL, 0 };

    if (httpd_field_decode(r, form, "text", &text) != HTTP_QUERY_FOUND
        || httpd_field_decode(r, form, "ref", &ref) == HTTP_QUERY_MALFORMED) {
        return false;
    }
    (void)chat_command_from_text(text.data, text.size,
                                 ref.size ? ref.data : NULL, ref.size, most,
                                 command);
    return true;
}

static bool parse(request_rec *r, http_media type, const base_bytes *body,
                  size_t most, chat_command *command)
{
    switch (type) {
    case HTTP_MEDIA_FORM:
        return parse_form(r, body, most, command);
    case HTTP_MEDIA_TEXT:
        (void)chat_command_from_text(body->data, body->len, NULL, 0, most,
                                     command);
        return true;
    case HTTP_MEDIA_JSON:
    case HTTP_MEDIA_OTHER:
    default:
        (void)chat_command_parse_post(body->data, body->len, most, command);
        return true;
    }
}

/* Stored: 201 or 200 with the id; a browser's form goes back to the room, with
 * a GET, so that to load the page again does not post again (RFC 9110 15.4.4).
 */
static int answer_message(request_rec *r, http_media type,
                          const act_result *done)
{
    base_bytes json = BASE_BYTES_INIT;
    char id[ROOM_ID_TEXT];
    int status = done->repeated ? HTTP_OK : HTTP_CREATED;

    if (type == HTTP_MEDIA_FORM
        && http_accept_html(httpd_field_in(r, "Accept"))) {
        apr_table_setn(r->headers_out, "Location",
                       apr_pstrcat(r->pool, ap_escape_uri(r->pool, r->uri),
                                   httpd_plain_asked(r) ? "?plain" : "",
                                   NULL));
        status = HTTP_SEE_OTHER;
    }
    room_id_format(&done->id, id);
    chat_event_published(&json, id);
    status = httpd_answer_json(r, status, &json);
    base_bytes_free(&json);
    return status;
}

/* The id of what was stored, if anything was; of a ban, whether it is of the
 * address too. */
static int answer_done(request_rec *r, const act_result *done)
{
    base_bytes json = BASE_BYTES_INIT;
    char id[ROOM_ID_TEXT];
    int status;

    if (done->has_address) {
        chat_order_done(&json, done->address);
    }
    else if (done->id.ms > 0) {
        room_id_format(&done->id, id);
        chat_event_published(&json, id);
    }
    else {
        return httpd_answer_nothing(r);
    }
    status = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&json);
    return status;
}

/* The `you` event. */
static int answer_name(request_rec *r, const chat_person *you)
{
    base_bytes json = BASE_BYTES_INIT;
    int result;

    chat_event_you(&json, you);
    result = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&json);
    return result;
}

static int answer(request_rec *r, http_media type, const chat_command *command,
                  const act_result *done)
{
    switch (command->kind) {
    case CHAT_COMMAND_NAME: return answer_name(r, &done->you);
    case CHAT_COMMAND_TYPING: return httpd_answer_nothing(r);
    case CHAT_COMMAND_MESSAGE: return answer_message(r, type, done);
    default: return answer_done(r, done);
    }
}

static int refuse(request_rec *r, const chat_command *command,
                  const act_result *done)
{
    httpd_refusal why = { .error = done->error,
                          .ref = command->ref,
                          .ref_size = command->ref_size,
                          .retry = done->retry,
                          .rest = done->rest };

    if (done->moved) {
        why.sentence = "The server restarts: send it again.";
        why.retry = APR_USEC_PER_SEC;
    }
    else if (done->stranger) {
        why.sentence = "You are not in this room: enter it with a WebSocket, "
                       "an event stream or a long-poll, then choose a name.";
    }
    else if (done->error == CHAT_ROOMS_FULL) {
        why.retry = ACT_REFUSAL_FULL_US;
    }
    return httpd_answer_refuse(r, &why);
}

/* An answer that promises what it tells comes after the archive's commit. The
 * others in the room have read it already. */
static bool is_safe(const act_call *call, const chat_command *command,
                    act_result *done)
{
    if (httpd_past_promises()) {
        done->error = act_written(call, command, done);
        done->retry = act_refusal_retry(done->error);
    }
    return done->error == CHAT_OK;
}

/* Goes on with what a ban has begun. */
static void purge(act_call *call, act_result *done)
{
    const chat_person *who = call->who;

    call->who = &done->you;
    if (act_purge_has_past(call, &done->purge)) {
        do {
            done->error = act_purge_past(call, &done->purge);
        } while (done->purge.left);
        done->retry = act_refusal_retry(done->error);
    }
    while (done->purge.left) {
        act_purge_step(call, &done->purge);
    }
    call->who = who;
}

/* Where several hosts are one chat: nothing is done before all have it. */
static void await(const act_call *call, const chat_command *command,
                  act_result *done)
{
    if (!done->order) {
        return;
    }
    if (httpd_turn_enter()) {
        act_await(call, command, done);
        httpd_turn_leave();
    }
    else {
        done->order->status = RELAY_AWAY;
        act_obey_finish(call, command, done);
    }
}

static int obey(request_rec *r, const httpd_dir_config *config,
                const httpd_room *room, const httpd_person *person,
                http_media type, const chat_command *command)
{
    act_address from;
    act_call call = { .store = httpd_life_store(),
                      .slot = httpd_life_slot(),
                      .settings = &person->settings,
                      .from = &from,
                      .who = &person->who,
                      .key = &room->key,
                      .relay = room->key.relay,
                      .backed = room->key.archive != NULL };
    act_result done;

    httpd_address_of(r, config, &from);
    done = act_obey(&call, command);
    await(&call, command, &done);
    purge(&call, &done);
    if (done.error != CHAT_OK) {
        return refuse(r, command, &done);
    }
    if (!is_safe(&call, command, &done)) {
        return refuse(r, command, &done);
    }
    httpd_person_remember(r, person);
    return answer(r, type, command, &done);
}

/* What is still to come of it would be taken for the next request. */
int httpd_post_refuse_body(request_rec *r, int status)
{
    httpd_refusal why = { .error = CHAT_BAD_REQUEST,
                          .status = status,
                          .sentence = "The body of the request did not arrive "
                                      "whole: send it again.",
                          .close = true };

    if (status == AP_FILTER_ERROR) {
        return status; /* an input filter has answered */
    }
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        why.error = CHAT_TOO_LONG;
        why.sentence = NULL;
    }
    if (status == HTTP_UNSUPPORTED_MEDIA_TYPE) {
        why.error = CHAT_BAD_MEDIA_TYPE;
        why.sentence = "This server does not decode a body with that "
                       "Content-Encoding: send it without.";
    }
    return httpd_answer_refuse(r, &why);
}

/* May this message be posted here at all? */
static bool check(request_rec *r, const httpd_dir_config *config,
                  const httpd_room *room, http_media type,
                  httpd_person *person, httpd_refusal *why)
{
    if (type == HTTP_MEDIA_OTHER) {
        *why = (httpd_refusal){ .error = CHAT_BAD_MEDIA_TYPE };
        return false;
    }
    return httpd_rights_enter(r, config, room, NULL, person, why);
}

int httpd_post_message(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room)
{
    http_media type = media_of(r);
    base_bytes body = BASE_BYTES_INIT;
    httpd_person person;
    httpd_refusal why;
    int status;

    if (!check(r, config, room, type, &person, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    status = httpd_input_body(r, config->settings.max_payload, &body);
    if (status != OK) {
        status = httpd_post_refuse_body(r, status);
    }
    else {
        chat_command command;

        if (parse(r, type, &body, config->settings.max_message, &command)) {
            status = obey(r, config, room, &person, type, &command);
            chat_command_destroy(&command);
        }
        else {
            status = httpd_answer_refuse(r, &(httpd_refusal){
                .error = CHAT_BAD_REQUEST,
                .sentence = "The form is malformed: send one field \"text\" "
                            "and perhaps one field \"ref\", url-encoded." });
        }
    }
    base_bytes_free(&body);
    return status;
}
