/* httpd_rights.c - what somebody may do; see httpd_rights.h. */
#include "httpd/gate/httpd_rights.h"

#include <string.h>

#include <apr_strings.h>
#include <http_log.h>

#include "base/base_clock.h"
#include "httpd/config/httpd_require.h"
#include "httpd/gate/httpd_ban.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/httpd_log.h"

/* The provider of an alias finds by the note which one it is (and asserts that
 * there is one). */
static authz_status ask(request_rec *r, const httpd_require_line *line)
{
    authz_status status;

    apr_table_setn(r->notes, AUTHZ_PROVIDER_NAME_NOTE, line->name);
    status = line->provider->check_authorization(r, line->arguments,
                                                 line->parsed);
    apr_table_unset(r->notes, AUTHZ_PROVIDER_NAME_NOTE);
    return status;
}

/* mod_authz_dbm tells of an error whenever somebody is not in a group. Who does
 * not moderate is no error, so it may tell only what it cannot do. */
static authz_status ask_calmly(request_rec *r, const httpd_require *all,
                               const httpd_require_line *line)
{
    module *noisy = ap_find_linked_module("mod_authz_dbm.c");
    const struct ap_logconf *log = r->log;
    struct ap_logconf *calm;
    authz_status status;

    if (noisy) {
        calm = ap_new_log_config(r->pool, log ? log : &r->server->log);
        ap_set_module_loglevel(r->pool, calm, noisy->module_index, APLOG_CRIT);
        r->log = calm;
    }
    status = ask(r, line);
    r->log = log;
    if (status == AUTHZ_GENERAL_ERROR) {
        status = noisy ? ask(r, line) : status;
        httpd_log_limited(r, APLOG_ERR, 0, "CW0613",
                          "%s: \"%s\" cannot tell, so it counts as a no; the "
                          "lines of its module say more", all->directive,
                          line->name);
    }
    return status;
}

/* A line with `not` never lets anybody in, and keeps out whom it matches; if it
 * cannot tell, everybody. When there are no others, all others may. */
bool httpd_rights_hold(request_rec *r, const httpd_require *all)
{
    const httpd_require_line *lines
        = (const httpd_require_line *)all->lines->elts;
    bool any = false;

    for (int i = 0; i < all->lines->nelts; i++) {
        authz_status status;

        if (!lines[i].negated) {
            any = true;
            continue;
        }
        status = ask_calmly(r, all, &lines[i]);
        if (status == AUTHZ_GRANTED || status == AUTHZ_GENERAL_ERROR) {
            return false;
        }
    }
    for (int i = 0; i < all->lines->nelts; i++) {
        if (!lines[i].negated
            && ask_calmly(r, all, &lines[i]) == AUTHZ_GRANTED) {
            return true;
        }
    }
    return !any;
}

/* The user is whom the chat knows, by whatever way, and by the id, since others
 * may have the same name; nobody for a guest. */
static bool holds(request_rec *r, const httpd_require *all,
                  const httpd_person *person)
{
    const chat_person *who = &person->who;
    char *user = r->user;
    bool agreed;

    r->user = who->guest ? NULL
                         : apr_pstrdup(r->pool, who->id_size > 0 ? who->id
                                                                 : who->name);
    agreed = httpd_rights_hold(r, all);
    r->user = user;
    return agreed;
}

/* Whoever writes an .htaccess can be anybody by its ChatUser, but moderates by
 * that only where the same file says who moderates. */
static bool is_believed(const httpd_dir_config *config,
                        const httpd_person *person)
{
    const char *given = config->user_htaccess;
    const char *asked = config->moderators->htaccess;

    return person->who.guest || person->by_token || !given
           || (asked && strcmp(given, asked) == 0);
}

/* By address or cookie a line can match the browser of a moderator that shows
 * the page of somebody else: that page must not keep order for its visitor. */
static bool moderates(request_rec *r, const httpd_dir_config *config,
                      const httpd_person *person)
{
    if (person->who.guest && httpd_origin_foreign(r, config)) {
        return false;
    }
    if (!holds(r, config->moderators, person)) {
        return false;
    }
    if (!is_believed(config, person)) {
        httpd_log_limited(r, APLOG_WARNING, 0, "CW0614",
                          "ChatModerators does not believe the name that "
                          "ChatUser gives in %s: both must stand in one file, "
                          "or ChatUser in the server's configuration",
                          ap_escape_logitem(r->pool, config->user_htaccess));
        return false;
    }
    return true;
}

/* One that is there now may be gone when it is entered, and then it is not made
 * without asking: so who need not be asked counts as one who may not. A room
 * that only the archive or another host has is none that somebody makes. */
static bool may_enter(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room, httpd_person *person,
                      httpd_refusal *why)
{
    act_settings *settings = &person->settings;
    bool there;

    if (!config->creators && !room->key.archive && !room->key.relay) {
        return true;
    }
    if (!httpd_room_find(room, settings, &there, why)) {
        return false;
    }
    if (!config->creators) {
        return true;
    }
    settings->creators = 1;
    settings->creates = !there && holds(r, config->creators, person);
    *why = (httpd_refusal){
        .error = CHAT_NOT_FOUND,
        .sentence = "There is no such room, and you may not make one." };
    return there || settings->creates;
}

static void ask_directives(request_rec *r, const httpd_dir_config *config,
                           httpd_person *person)
{
    act_settings *settings = &person->settings;

    if (config->moderators) {
        settings->moderates = moderates(r, config, person);
    }
    if (config->speakers) {
        settings->speaks = settings->moderates
                           || holds(r, config->speakers, person);
    }
}

/* The role of a token stands for the lines, in both directions. */
void httpd_rights_find(request_rec *r, const httpd_dir_config *config,
                       httpd_person *person)
{
    act_settings *settings = &person->settings;
    int64_t until = base_clock_mono() + config->recheck;

    if (person->role != HTTP_TOKEN_ROLE_NONE) {
        settings->moderates = person->role == HTTP_TOKEN_ROLE_MODERATOR;
        settings->speaks = person->role != HTTP_TOKEN_ROLE_READER;
    }
    else {
        ask_directives(r, config, person);
    }
    if (config->recheck > 0
        && (person->until_us == 0 || until < person->until_us)) {
        person->until_us = until;
    }
}

bool httpd_rights_enter(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room, const char *protocols,
                        httpd_person *person, httpd_refusal *why)
{
    if (!httpd_person_enter(r, config, room, protocols, person, why)) {
        return false;
    }
    httpd_rights_find(r, config, person);
    return httpd_ban_check(r, config, &room->key, person, why)
           && may_enter(r, config, room, person, why);
}

bool httpd_rights_admit(request_rec *r, const httpd_dir_config *config,
                        const act_room_key *room, httpd_person *person,
                        httpd_refusal *why)
{
    if (httpd_ban_check(r, config, room, person, why)) {
        return true;
    }
    httpd_rights_find(r, config, person);
    return person->settings.moderates
           && httpd_ban_check(r, config, room, person, why);
}
