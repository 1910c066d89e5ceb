/* httpd_asker.c - see httpd_asker.h. */
#include "httpd/rows/httpd_asker.h"

#include "act/moderation/act_state.h"
#include "httpd/httpd_life.h"

bool httpd_asker_add(const httpd_room *room, httpd_person *person,
                     base_bytes *json)
{
    chat_rights rights = act_settings_rights(&person->settings,
                                             person->who.guest);
    act_state state;

    if (!act_state_find(httpd_life_store(), &room->key, &person->settings,
                        &person->who, &state)) {
        return false;
    }
    json->len--; /* the brace at the end */
    if (!person->made) {
        if (person->who.name_size == 0) { /* a guest who is not in the room */
            chat_person_guest_name(&person->who, 4);
        }
        person->who.moderator = person->who.moderator || rights.moderate;
        base_bytes_append_text(json, ",\"you\":");
        chat_person_write(json, &person->who);
    }
    base_bytes_append_text(json, ",\"rights\":");
    chat_person_write_rights(json, rights);
    base_bytes_append_text(json, ",\"state\":");
    chat_state_write(json, &state.told);
    if (room->key.archive && person->settings.archive_keep > 0) {
        base_bytes_append_text(json, ",\"archive\":true");
    }
    base_bytes_append_text(json, "}");
    return true;
}
