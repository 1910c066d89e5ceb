/* httpd_list.c - members and rooms; see httpd_list.h. */
#include "httpd/rows/httpd_list.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <http_log.h>
#include <http_request.h>

#include "act/act_list.h"
#include "act/moderation/act_sanction.h"
#include "base/base_clock.h"
#include "chat/chat_list.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/rows/httpd_asker.h"

/* The rooms that the asker may enter. */
typedef struct {
    chat_list_room rooms[HTTPD_LIST_ROOMS];
    size_t count;
    bool more;
} listing;

int httpd_list_members(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room)
{
    uint32_t most = config->settings.presence_most;
    base_bytes json = BASE_BYTES_INIT;
    httpd_person person;
    httpd_refusal why;
    bool there;
    int result;

    if (most == 0) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_FORBIDDEN,
            .sentence = "This chat tells nobody who is there "
                        "(ChatPresence)." });
    }
    if (!httpd_person_enter(r, config, room, NULL, &person, &why)
        || !httpd_rights_admit(r, config, &room->key, &person, &why)
        || !httpd_room_find(room, &config->settings, &there, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    if (!act_list_members(httpd_life_store(), &room->key, most, &person.who,
                          &json)) {
        why = httpd_answer_busy();
        return httpd_answer_refuse(r, &why);
    }
    httpd_rights_find(r, config, &person);
    if (httpd_asker_add(room, &person, &json)) {
        result = httpd_answer_json(r, HTTP_OK, &json);
    }
    else {
        why = httpd_answer_busy();
        result = httpd_answer_refuse(r, &why);
    }
    base_bytes_free(&json);
    return result;
}

int httpd_list_sanctions(request_rec *r, const httpd_dir_config *config,
                         const httpd_room *room)
{
    base_bytes json = BASE_BYTES_INIT;
    httpd_person person;
    httpd_refusal why;
    int result;

    if (!httpd_person_enter(r, config, room, NULL, &person, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    httpd_rights_find(r, config, &person);
    if (!person.settings.moderates) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_NO_MODERATOR });
    }
    if (!act_sanction_list(httpd_life_store(),
                           act_room_realm(&room->key, &person.settings),
                           &json)) {
        why = httpd_answer_busy();
        return httpd_answer_refuse(r, &why);
    }
    result = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&json);
    return result;
}

/* What httpd says of a GET of that path by the same asker; its own lines about
 * a refusal would fill the error log, as nobody tried to enter. */
static bool may_enter(request_rec *r, const httpd_room *prefix,
                      const char *path)
{
    request_rec *entering = ap_sub_req_method_uri(
        "GET", ap_os_escape_path(r->pool, path, 1), r, NULL);
    const httpd_dir_config *config = httpd_config_of(entering);
    httpd_room room = *prefix;
    httpd_person person;
    httpd_refusal why;
    bool allowed;

    room.key.key = apr_pstrcat(r->pool, prefix->site, "\n", path, NULL);
    room.key.key_size = strlen(room.key.key);
    room.slash = false;
    allowed = entering->status == HTTP_OK
              && config->role == HTTPD_ROLE_ROOMS
              && httpd_person_find(entering, config, &room, NULL, &person,
                                   &why)
              && httpd_rights_admit(entering, config, &room.key, &person,
                                    &why);
    ap_destroy_sub_req(entering);
    return allowed;
}

static int by_path(const void *one, const void *other)
{
    const chat_list_room *a = one;
    const chat_list_room *b = other;

    return strcmp(a->room, b->room);
}

static const char *last_of(apr_pool_t *pool, const act_list_room *room)
{
    char *text = room->has_last ? apr_palloc(pool, ROOM_ID_TEXT) : NULL;

    if (text) {
        room_id_format(&room->last, text);
    }
    return text;
}

/* httpd takes over what it decided for the request itself when a subrequest has
 * the same configuration. But `Require expr` can tell two paths apart, so this
 * request gets a configuration of its own meanwhile. */
static void find_rooms(request_rec *r, const httpd_room *prefix,
                       const act_list_room *found, size_t count, listing *list)
{
    static const struct ap_logconf quiet = { .level = APLOG_CRIT };
    ap_conf_vector_t *config = r->per_dir_config;
    const struct ap_logconf *log = r->log;
    int64_t end = base_clock_mono() + HTTPD_LIST_TIME_US;

    r->per_dir_config = ap_merge_per_dir_configs(
        r->pool, config, ap_create_per_dir_config(r->pool));
    r->log = &quiet;
    for (size_t i = 0; i < count; i++) {
        const char *key = apr_pstrmemdup(r->pool, found[i].key,
                                         found[i].key_size);
        const char *path = strchr(key, '\n') + 1; /* behind the site */

        if (base_clock_mono() >= end) {
            list->more = true;
            break;
        }
        if (may_enter(r, prefix, path)) {
            list->rooms[list->count++] = (chat_list_room){
                .room = path,
                .room_size = strlen(path),
                .count = found[i].count,
                .last = last_of(r->pool, &found[i]),
            };
        }
    }
    r->log = log;
    r->per_dir_config = config;
    qsort(list->rooms, list->count, sizeof(list->rooms[0]), by_path);
}

int httpd_list_rooms(request_rec *r, const httpd_dir_config *config,
                     const httpd_room *prefix)
{
    listing list = { .count = 0 };
    base_bytes json = BASE_BYTES_INIT;
    act_list_room *found;
    httpd_person person;
    httpd_refusal why;
    size_t count;
    int result;

    if (!config->list) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_FORBIDDEN,
            .sentence = "This site does not list its rooms (ChatList)." });
    }
    if (!httpd_person_enter(r, config, prefix, NULL, &person, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    found = act_list_rooms(httpd_life_store(), &prefix->key,
                           &config->settings, HTTPD_LIST_ROOMS, &count,
                           &list.more);
    find_rooms(r, prefix, found, count, &list);
    free(found);
    chat_list_rooms(&json, list.rooms, list.count, list.more);
    result = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&json);
    return result;
}
