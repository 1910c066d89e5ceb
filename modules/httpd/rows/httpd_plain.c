/* httpd_plain.c - a room without scripts; see httpd_plain.h. */
#include "httpd/rows/httpd_plain.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "act/moderation/act_state.h"
#include "act/past/act_history.h"
#include "chat/chat_html.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"
#include "httpd/rows/httpd_answer.h"
#include "httpd/assets/httpd_assets.h"

/* Messages that the frame shows, and seconds until it loads itself again. */
#define SHOWN 50
#define AGAIN "5"

/* Nothing but the page's own style, frame and form. */
#define PLAIN_POLICY                                                      \
    "default-src 'none'; style-src 'self'; img-src 'self'; "              \
    "frame-src 'self'; form-action 'self'; base-uri 'none'; "             \
    "frame-ancestors 'self'"

/* Without a script nobody chooses a language: labels have both. A room's name
 * is in its URL, so no other site is told that as the referrer, and no search
 * engine is to keep it. */
#define HEAD                                                              \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"                       \
    "<meta charset=\"utf-8\">\n"                                          \
    "<meta name=\"viewport\" content=\"width=device-width\">\n"           \
    "<meta name=\"color-scheme\" content=\"light dark\">\n"               \
    "<meta name=\"referrer\" content=\"same-origin\">\n"                  \
    "<meta name=\"robots\" content=\"noindex\">\n"                        \
    "<link rel=\"icon\" type=\"image/svg+xml\" "                          \
    "href=\"_chatws/%1$sicon.svg\">\n"                                    \
    "<link rel=\"stylesheet\" href=\"_chatws/%1$spage/chat.css\">\n"      \
    "<link rel=\"stylesheet\" href=\"_chatws/%1$spage/plain.css\">\n"     \
    "<title>"

#define FORM                                                              \
    "<form method=\"post\" action=\"?plain\">\n"                          \
    "<label for=\"text\">Message \xC2\xB7 \xE6\xB6\x88\xE6\x81\xAF"       \
    "</label>\n<input id=\"text\" name=\"text\" dir=\"auto\" "            \
    "autocomplete=\"off\" required autofocus>\n"                          \
    "<button class=\"primary\">Send \xC2\xB7 \xE5\x8F\x91\xE9\x80\x81"    \
    "</button>\n</form>\n"

bool httpd_plain_asked(request_rec *r)
{
    return httpd_field_asked(r, "plain");
}

static bool asks_for_log(request_rec *r)
{
    http_slice value;

    return httpd_field_query(r, "plain", &value) == HTTP_QUERY_FOUND
           && value.size == 3 && memcmp(value.data, "log", 3) == 0;
}

static void write_head(request_rec *r, base_bytes *html)
{
    const char *version = httpd_assets_current(r->pool);

    base_bytes_append_format(html, HEAD,
                             *version ? apr_pstrcat(r->pool, version, "/", NULL)
                                      : "");
}

static void write_path(request_rec *r, base_bytes *html)
{
    chat_html_text(html, r->uri, strlen(r->uri));
}

/* Why the person may not write now, or CHAT_OK. */
static chat_error hindrance(const chat_rights *rights, const chat_state *state)
{
    if (!rights->speak) {
        return CHAT_READ_ONLY;
    }
    if (state->muted_s > 0) {
        return CHAT_MUTED;
    }
    return state->locked && !rights->moderate ? CHAT_LOCKED : CHAT_OK;
}

static void write_topic(const chat_state *state, base_bytes *html)
{
    if (state->topic_size > 0) {
        base_bytes_append_text(html, "<p class=\"topic\" dir=\"auto\">");
        chat_html_text(html, state->topic, state->topic_size);
        base_bytes_append_text(html, "</p>\n");
    }
}

/* Only who may write gets a form. The messages are in a frame: when that loads
 * itself again, what is typed in the form stays. */
static void write_page(request_rec *r, chat_error why, const chat_state *state,
                       base_bytes *html)
{
    write_head(r, html);
    write_path(r, html);
    base_bytes_append_text(html, "</title>\n</head>\n<body class=\"plain\">\n"
                                 "<h1 dir=\"auto\">");
    write_path(r, html);
    base_bytes_append_text(html, "</h1>\n");
    write_topic(state, html);
    base_bytes_append_text(html, "<iframe src=\"?plain=log\" "
                                 "title=\"Messages\"></iframe>\n");
    if (why == CHAT_OK) {
        base_bytes_append_text(html, FORM);
    }
    else {
        base_bytes_append_text(html, "<p>");
        base_bytes_append_text(html, chat_error_text(why));
        base_bytes_append_text(html, "</p>\n");
    }
    base_bytes_append_text(html, "</body>\n</html>\n");
}

/* The page before the end of all ids is the newest one. */
static bool write_log(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room, base_bytes *html,
                      httpd_refusal *why)
{
    static const room_id end = { UINT64_MAX, UINT64_MAX };
    base_bytes json = BASE_BYTES_INIT;
    room_status status = act_history_before(httpd_life_store(), &room->key,
                                            &config->settings, &end, SHOWN,
                                            &json);
    bool good = status == ROOM_OK;

    *why = httpd_answer_unreadable(status);
    write_head(r, html);
    write_path(r, html);
    base_bytes_append_text(html, "</title>\n<meta http-equiv=\"refresh\" "
                                 "content=\"" AGAIN "\">\n</head>\n"
                                 "<body class=\"plain-log\">\n<ol>\n");
    good = good && chat_html_messages(html, json.data, json.len);
    base_bytes_append_text(html, "</ol>\n</body>\n</html>\n");
    base_bytes_free(&json);
    return good;
}

static bool write_whole(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room, httpd_person *person,
                        base_bytes *html, httpd_refusal *why)
{
    chat_rights rights;
    act_state state;
    bool there;

    if (!httpd_room_find(room, &config->settings, &there, why)) {
        return false;
    }
    *why = httpd_answer_busy();
    httpd_rights_find(r, config, person);
    rights = act_settings_rights(&person->settings, person->who.guest);
    if (!act_state_find(httpd_life_store(), &room->key, &person->settings,
                        &person->who, &state)) {
        return false;
    }
    write_page(r, hindrance(&rights, &state.told), &state.told, html);
    return true;
}

int httpd_plain_room(request_rec *r, const httpd_dir_config *config,
                     const httpd_room *room, httpd_person *person)
{
    base_bytes html = BASE_BYTES_INIT;
    room_store *store = httpd_life_store();
    httpd_refusal why;
    bool good = true;
    int result;

    if (!store || !httpd_past_ready(store) || !httpd_relay_ready(store)) {
        why = store ? httpd_answer_unreadable(ROOM_UNREAD)
                    : httpd_answer_no_memory();
        return httpd_answer_refuse(r, &why);
    }
    if (asks_for_log(r)) {
        good = write_log(r, config, room, &html, &why);
    }
    else {
        good = write_whole(r, config, room, person, &html, &why);
    }
    if (good) { /* who is refused gets no cookie */
        httpd_person_remember(r, person);
    }
    result = good ? httpd_answer_html(r, HTTP_OK, PLAIN_POLICY, &html)
                  : httpd_answer_refuse(r, &why);
    base_bytes_free(&html);
    return result;
}
