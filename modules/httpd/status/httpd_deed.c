/* httpd_deed.c - see httpd_deed.h. */
#include "httpd/status/httpd_deed.h"

#include <inttypes.h>
#include <string.h>

#include "act/control/act_control.h"
#include "act/moderation/act_notice.h"
#include "base/base_log.h"
#include "chat/chat_name.h"
#include "chat/chat_text.h"
#include "http/http_media.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_input.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_log.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"
#include "httpd/httpd_turn.h"
#include "httpd/rows/httpd_post.h"
#include "httpd/status/httpd_connections.h"
#include "httpd/status/httpd_guard.h"

/* One deed on its way. */
typedef struct {
    request_rec *r;
    const httpd_dir_config *config;
    chat_control asked;
    const char *counted; /* what `count` counts; NULL: nothing */
    uint64_t count;
    httpd_refusal why;
} deed;

/* ------------------------------------------------------------------ the log */

static void write_what(const chat_control *asked, base_bytes *line)
{
    static const char *const orders[CHAT_COMMANDS] = {
        [CHAT_COMMAND_MUTE] = "mutes",
        [CHAT_COMMAND_BAN] = "bans",
        [CHAT_COMMAND_KICK] = "sends out",
        [CHAT_COMMAND_PARDON] = "pardons",
    };
    const chat_command *command = &asked->command;

    switch (asked->kind) {
    case CHAT_CONTROL_ORDER:
        base_bytes_append_format(line, " %s ", orders[command->kind]);
        chat_text_quote(line, command->user.text, command->user.size);
        break;
    case CHAT_CONTROL_STATE:
        base_bytes_append_text(line, " sets");
        act_notice_state(line, command);
        break;
    case CHAT_CONTROL_CLOSE:
        base_bytes_append_format(line, " closes connection %" PRIu32 "-%"
                                 PRIu32 "-%" PRIu32, asked->connection.place,
                                 asked->connection.fd,
                                 asked->connection.started);
        break;
    default: base_bytes_append_text(line, " clears the room"); break;
    }
}

static void write_where(const chat_control *asked, base_bytes *line)
{
    const chat_command *command = &asked->command;

    if (asked->room.size > 0) {
        base_bytes_append_text(line, " in ");
        chat_text_quote(line, asked->room.text, asked->room.size);
    }
    if (asked->site.size > 0) {
        base_bytes_append_text(line, " on ");
        chat_text_quote(line, asked->site.text, asked->site.size);
    }
    if (command->seconds > 0) {
        base_bytes_append_format(line, " for %" PRId64 " s",
                                 command->seconds);
    }
    if (command->address) {
        base_bytes_append_text(line, ", with the address");
    }
    if (command->purge) {
        base_bytes_append_text(line, ", with all messages");
    }
    act_notice_reason(line, command->reason.data, command->reason.len);
}

static void log_deed(const deed *it, bool done)
{
    const char *user = ap_escape_logitem(it->r->pool,
                                         it->r->user ? it->r->user : "-");
    base_bytes line = BASE_BYTES_INIT;

    write_what(&it->asked, &line);
    write_where(&it->asked, &line);
    /* What is cut of a long line is the reason. */
    base_log(BASE_LOG_NOTICE, "CW0705", "the status page (%s): \"%.128s\" "
             "from %s%.*s", done ? "done" : chat_error_code(it->why.error),
             user, it->r->useragent_ip, (int)line.len,
             (const char *)line.data);
    base_bytes_free(&line);
}

/* Whoever may not is not waited for: the body is not read. */
static int refuse(request_rec *r, chat_error error, const char *sentence)
{
    httpd_log_reason(r, "CW0646", sentence,
                     "a deed on the status page was refused: %s", sentence);
    return httpd_answer_refuse(r, &(httpd_refusal){ .error = error,
                                                    .sentence = sentence,
                                                    .close = true });
}

/* ---------------------------------------------------------------- who may */

/* A browser asks before it sends JSON to another site, and gets no answer; it
 * says from where it comes; and the token is what no page of another site can
 * read. NULL: nothing is wrong. */
static const char *find_fault(const deed *it)
{
    const char *why = httpd_guard_refuses(it->r, it->config);

    if (!why && !httpd_guard_token_good(it->r)) {
        why = "The token of the page (X-Chat-Token) does not hold any more, or "
              "is somebody else's: load the page again.";
    }
    return why;
}

/* ---------------------------------------------------------------- the deed */

static bool send_nothing(void *context, const base_bytes *line)
{
    (void)context;
    (void)line;
    return true;
}

/* By the code of an answer's last line. */
static chat_error error_of(const char *code)
{
    chat_error error = CHAT_UNAVAILABLE;

    for (unsigned i = 1; i < CHAT_ERRORS; i++) {
        if (strcmp(chat_error_code((chat_error)i), code) == 0) {
            error = (chat_error)i;
            break;
        }
    }
    return error;
}

/* Who logged in does it in his name, which rooms are told. */
static bool name_user(const request_rec *r, chat_person *by)
{
    memset(by, 0, sizeof(*by));
    if (!r->user || !chat_name_verified(r->user, strlen(r->user))) {
        return false;
    }
    chat_person_set_name(by, r->user, strlen(r->user));
    return true;
}

static bool control(deed *it)
{
    chat_person by;
    act_answer answer = { .store = httpd_life_store(),
                          .archive = httpd_past_archive(),
                          .relay = httpd_relay_get(), .slot = -1,
                          .asked = &it->asked, .send = send_nothing };

    answer.by = name_user(it->r, &by) ? &by : NULL;
    /* Or the answer says not. */
    (void)(httpd_past_ready(answer.store) && httpd_relay_ready(answer.store));
    act_control_obey(&answer);
    if (answer.error) {
        it->why = (httpd_refusal){ .error = error_of(answer.error),
                                   .sentence = answer.text };
        it->why.retry = it->why.error == CHAT_UNAVAILABLE ? APR_USEC_PER_SEC
                                                          : 0;
        return false;
    }
    it->counted = it->asked.kind == CHAT_CONTROL_ORDER ? "realms" : "rooms";
    it->count = answer.count;
    return true;
}

static bool obey(deed *it)
{
    act_address from;
    bool done;

    it->why = (httpd_refusal){ .error = CHAT_UNAVAILABLE,
                               .retry = APR_USEC_PER_SEC };
    if (!httpd_life_store() || room_store_closed(httpd_life_store())) {
        return false;
    }
    if (it->asked.kind == CHAT_CONTROL_CLOSE) {
        return httpd_connections_close(&it->asked.connection, &it->why);
    }
    httpd_address_of(it->r, it->config, &from);
    httpd_turn_begin(from.key, false);
    done = httpd_turn_enter();
    if (done) {
        done = control(it);
        httpd_turn_leave();
    }
    httpd_turn_end();
    return done;
}

static bool is_deed(const chat_control *asked)
{
    switch (asked->kind) {
    case CHAT_CONTROL_ORDER:
    case CHAT_CONTROL_CLEAR:
    case CHAT_CONTROL_STATE:
    case CHAT_CONTROL_CLOSE: return true;
    default: return false;
    }
}

static int answer(const deed *it)
{
    base_bytes json = BASE_BYTES_INIT;
    int result;

    base_bytes_append_text(&json, "{\"done\":true");
    if (it->counted) {
        base_bytes_append_format(&json, ",\"%s\":%" PRIu64, it->counted,
                                 it->count);
    }
    base_bytes_append_text(&json, "}");
    result = httpd_answer_json(it->r, HTTP_OK, &json);
    base_bytes_free(&json);
    return result;
}

static int perform(deed *it)
{
    bool done;

    if (!is_deed(&it->asked)) {
        return httpd_answer_refuse(it->r, &(httpd_refusal){
            .error = CHAT_FORBIDDEN,
            .sentence = "The status page does not do that: chatwsctl does." });
    }
    done = obey(it);
    log_deed(it, done);
    return done ? answer(it) : httpd_answer_refuse(it->r, &it->why);
}

static int take(deed *it, const base_bytes *body)
{
    int status;

    if (chat_control_parse(body->data, body->len, &it->asked)) {
        status = perform(it);
    }
    else {
        status = httpd_answer_refuse(it->r, &(httpd_refusal){
            .error = CHAT_BAD_REQUEST, .sentence = it->asked.error });
    }
    chat_control_destroy(&it->asked);
    return status;
}

int httpd_deed_answer(request_rec *r, const httpd_dir_config *config)
{
    deed it = { .r = r, .config = config };
    base_bytes body = BASE_BYTES_INIT;
    const char *fault;
    int status;

    if (http_media_of(httpd_field_in(r, "Content-Type")) != HTTP_MEDIA_JSON) {
        return refuse(r, CHAT_BAD_MEDIA_TYPE,
                      "A deed is JSON: send Content-Type application/json.");
    }
    fault = find_fault(&it);
    if (fault) {
        return refuse(r, CHAT_FORBIDDEN, fault);
    }
    status = httpd_input_body(r, CHAT_CONTROL_LINE_MOST, &body);
    status = status == OK ? take(&it, &body)
                          : httpd_post_refuse_body(r, status);
    base_bytes_free(&body);
    return status;
}
