/* httpd_poll.c - messages as JSON; see httpd_poll.h. */
#include "httpd/rows/httpd_poll.h"

#include "act/past/act_history.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/rows/httpd_asker.h"
#include "httpd/rows/httpd_head.h"

static bool read_page(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room, const httpd_position *position,
                      httpd_person *person, base_bytes *json,
                      httpd_refusal *why)
{
    room_store *store = httpd_life_store();
    bool any;
    room_status status
        = position->paged
              ? act_history_before(store, &room->key, &config->settings,
                                   &position->before, position->limit, json)
              : act_history_after(store, &room->key, &config->settings,
                                  &position->start, json, &any);

    *why = httpd_answer_unreadable(status);
    if (status != ROOM_OK || position->paged) {
        return status == ROOM_OK;
    }
    if (position->start.given) { /* it has been told who it is */
        return true;
    }
    httpd_rights_find(r, config, person);
    return httpd_asker_add(room, person, json);
}

int httpd_poll_room(request_rec *r, const httpd_dir_config *config,
                    const httpd_room *room)
{
    base_bytes json = BASE_BYTES_INIT;
    httpd_position position;
    httpd_person person;
    httpd_refusal why;
    int result;

    if (!httpd_position_read(r, &position, &why)
        || !httpd_person_enter(r, config, room, NULL, &person, &why)
        || !httpd_rights_admit(r, config, &room->key, &person, &why)
        || !read_page(r, config, room, &position, &person, &json, &why)) {
        base_bytes_free(&json);
        return httpd_answer_refuse(r, &why);
    }
    httpd_person_remember(r, &person);
    httpd_head_shorten(r); /* most polls find nothing: they are all head */
    result = httpd_answer_json(r, HTTP_OK, &json);
    base_bytes_free(&json);
    return result;
}
