/* httpd_search.c - see httpd_search.h. */
#include "httpd/rows/httpd_search.h"

#include "act/act_obey.h"
#include "act/past/act_search.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/rows/httpd_position.h"

/* Where it is looked for, and what for. The caller destroys `words`. */
static bool read_question(request_rec *r, httpd_position *position,
                          chat_search *words, httpd_refusal *why)
{
    static const room_id end = { UINT64_MAX, UINT64_MAX };
    http_slice value = { "", 0 };
    http_query_result found = httpd_field_query(r, "search", &value);

    if (!chat_search_parse(words, value.data,
                           found == HTTP_QUERY_FOUND ? value.size : 0)) {
        *why = (httpd_refusal){
            .error = CHAT_BAD_REQUEST,
            .sentence = "Search for one to eight words with white space "
                        "between them, of at most 200 bytes in all." };
        return false;
    }
    if (!httpd_position_read(r, position, why)) {
        return false;
    }
    if (!position->paged) {
        position->before = end;
    }
    *why = (httpd_refusal){ .error = CHAT_BAD_REQUEST };
    return !position->start.given;
}

/* To look through a room costs more than most commands. */
static bool charge(request_rec *r, const httpd_dir_config *config,
                   const httpd_room *room, const httpd_person *person,
                   httpd_refusal *why)
{
    act_address from;
    act_call call = { .store = httpd_life_store(),
                      .slot = httpd_life_slot(),
                      .settings = &person->settings,
                      .from = &from,
                      .who = &person->who,
                      .key = &room->key };

    *why = (httpd_refusal){ .error = CHAT_RATE_LIMITED };
    httpd_address_of(r, config, &from);
    return act_obey_charge(&call, &why->retry);
}

static bool search(const httpd_dir_config *config, const httpd_room *room,
                   const httpd_position *position, const chat_search *words,
                   base_bytes *json, httpd_refusal *why)
{
    room_status status = act_search(httpd_life_store(), &room->key,
                                    &config->settings, words,
                                    &position->before, position->limit, json);

    *why = httpd_answer_unreadable(status);
    return status == ROOM_OK;
}

int httpd_search_room(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room)
{
    base_bytes json = BASE_BYTES_INIT;
    httpd_position position;
    httpd_person person;
    httpd_refusal why;
    chat_search words;
    int result;

    if (read_question(r, &position, &words, &why)
        && httpd_person_enter(r, config, room, NULL, &person, &why)
        && httpd_rights_admit(r, config, &room->key, &person, &why)
        && charge(r, config, room, &person, &why)
        && search(config, room, &position, &words, &json, &why)) {
        httpd_person_remember(r, &person);
        result = httpd_answer_json(r, HTTP_OK, &json);
    }
    else {
        result = httpd_answer_refuse(r, &why);
    }
    chat_search_destroy(&words);
    base_bytes_free(&json);
    return result;
}
