/* httpd_lists.c - see httpd_lists.h. */
#include "httpd/status/httpd_lists.h"

#include <string.h>

#include <apr_strings.h>

#include "act/control/act_overview.h"
#include "act/control/act_sanctioned.h"
#include "act/control/act_words.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"
#include "httpd/httpd_turn.h"
#include "httpd/status/httpd_connections.h"
#include "httpd/status/httpd_guard.h"
#include "httpd/status/httpd_health.h"

/* Bytes of q, which may be the name of a room. */
#define WORDS_MOST CHAT_CONTROL_ROOM_BYTES

enum { HEALTH = 1, ROOMS = 2, MEMBERS = 4, CONNECTIONS = 8, SANCTIONS = 16 };

static const struct {
    const char *name;
    unsigned bit;
} lists[] = {
    { "health", HEALTH },           { "rooms", ROOMS },
    { "members", MEMBERS },         { "connections", CONNECTIONS },
    { "sanctions", SANCTIONS },
};

static bool refuse(httpd_refusal *why, const char *sentence)
{
    *why = (httpd_refusal){ .error = CHAT_BAD_REQUEST, .sentence = sentence };
    return false;
}

static unsigned find_list(const char *name)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (strcmp(lists[i].name, name) == 0) {
            return lists[i].bit;
        }
    }
    return 0;
}

static bool read_lists(request_rec *r, unsigned *asked, httpd_refusal *why)
{
    static const char unknown[] =
        "There is no such list: `list` takes health, rooms, members, "
        "connections and sanctions, with commas between.";
    http_slice value;
    char *word;
    char *rest;

    *asked = 0;
    if (httpd_field_query(r, "list", &value) != HTTP_QUERY_FOUND
        || strlen(value.data) != value.size) {
        return refuse(why, unknown);
    }
    for (word = apr_strtok(apr_pstrdup(r->pool, value.data), ",", &rest);
         word; word = apr_strtok(NULL, ",", &rest)) {
        unsigned bit = find_list(word);

        if (bit == 0) {
            return refuse(why, unknown);
        }
        *asked |= bit;
    }
    return *asked != 0 || refuse(why, unknown);
}

/* ------------------------------------------------------------ what is meant */

/* `words` is folded, the text of `q` in `text`. */
typedef struct {
    chat_control control;
    base_bytes words;
    http_slice text;
} question;

static bool read_value(request_rec *r, const char *name, http_slice *value)
{
    http_query_result found = httpd_field_query(r, name, value);

    if (found != HTTP_QUERY_FOUND) {
        *value = (http_slice){ "", 0 };
    }
    return found != HTTP_QUERY_MALFORMED;
}

/* A user's id, or words. */
static bool read_words(request_rec *r, question *out)
{
    http_slice *text = &out->text;

    if (!read_value(r, "q", text) || text->size > WORDS_MOST
        || !base_utf8_valid(text->data, text->size)
        || chat_text_has_control(text->data, text->size)) {
        return false;
    }
    (void)chat_control_set_user(&out->control, text->data, text->size);
    act_words_fold(text->data, text->size, &out->words);
    return true;
}

static bool read_question(request_rec *r, question *out, httpd_refusal *why)
{
    http_slice room;
    http_slice site;

    memset(out, 0, sizeof(*out));
    if (!read_value(r, "room", &room)
        || (room.size > 0
            && !chat_control_set_room(&out->control, room.data, room.size))) {
        return refuse(why, "A room is named SITE/PATH, or /PATH when only one "
                           "site has it.");
    }
    if (!read_value(r, "site", &site)
        || (site.size > 0
            && !chat_control_set_site(&out->control, site.data, site.size))) {
        return refuse(why, "A site is the name of a virtual host, without a "
                           "slash.");
    }
    return read_words(r, out)
           || refuse(why, "What is searched for is at most 480 bytes of UTF-8 "
                          "without control characters.");
}

/* ---------------------------------------------------------------- the lists */

static bool write_lists(const httpd_dir_config *config, unsigned asked,
                        const question *q, base_bytes *json,
                        httpd_refusal *why)
{
    act_answer about = { .store = httpd_life_store(),
                         .archive = httpd_past_archive(),
                         .relay = httpd_relay_get(), .slot = -1,
                         .asked = &q->control };
    bool good = true;

    *why = httpd_answer_busy();
    if (asked & ROOMS) {
        act_overview_rooms(&about, &q->words, json);
    }
    if (asked & MEMBERS) {
        good = act_overview_members(&about, &q->words, json);
    }
    if (good && (asked & SANCTIONS)) {
        good = act_sanctioned_write(&about, &q->words, json);
    }
    if (good && (asked & CONNECTIONS)) {
        good = httpd_connections_write(config, &about, &q->words, q->text,
                                       json, why);
    }
    return good;
}

/* They wait for locks, and the names of realms for the archive. */
static bool in_turn(request_rec *r, const httpd_dir_config *config,
                    unsigned asked, const question *q, base_bytes *json,
                    httpd_refusal *why)
{
    act_address from;
    bool good;

    httpd_address_of(r, config, &from);
    httpd_turn_begin(from.key, true);
    good = httpd_turn_enter();
    if (good) {
        good = write_lists(config, asked, q, json, why);
        httpd_turn_leave();
    }
    else {
        *why = (httpd_refusal){ .error = CHAT_UNAVAILABLE,
                                .retry = APR_USEC_PER_SEC };
    }
    httpd_turn_end();
    return good;
}

static void write_you(const request_rec *r, base_bytes *json)
{
    base_bytes_append_text(json, ",\n \"you\": ");
    if (r->user && base_utf8_valid(r->user, strlen(r->user))) {
        chat_text_quote(json, r->user, strlen(r->user));
    }
    else {
        base_bytes_append_text(json, "null");
    }
}

/* False: nobody is to see a list. */
static bool write_guest(request_rec *r, const httpd_dir_config *config,
                        const httpd_snapshot *now, base_bytes *json)
{
    const char *why = httpd_guard_refuses(r, config);

    if (!why && !now->up) {
        why = "The shared memory of the rooms could not be had: the error log "
              "says why.";
    }
    write_you(r, json);
    if (why) {
        base_bytes_append_text(json, ",\n \"limited\": ");
        chat_text_quote(json, why, strlen(why));
        base_bytes_append_format(json, ",\n \"login\": %s",
                                 httpd_guard_login(r, config) ? "true"
                                                              : "false");
        return false;
    }
    base_bytes_append_format(json, ",\n \"token\": \"%s\"",
                             httpd_guard_token(r));
    return true;
}

bool httpd_lists_write(request_rec *r, const httpd_dir_config *config,
                       const httpd_snapshot *now, base_bytes *json,
                       httpd_refusal *why)
{
    unsigned asked;
    question q;
    bool good;

    if (!read_lists(r, &asked, why)) {
        return false;
    }
    if (asked & HEALTH) {
        base_bytes_append_text(json, ",\n ");
        httpd_health_write(now, json);
    }
    if (!write_guest(r, config, now, json) || asked == HEALTH) {
        return true;
    }
    if ((asked & MEMBERS) && !httpd_field_asked(r, "room")) {
        return refuse(why, "The list of members needs a room.");
    }
    good = read_question(r, &q, why)
           && in_turn(r, config, asked & ~(unsigned)HEALTH, &q, json, why);
    base_bytes_free(&q.words);
    return good;
}
