/* act_answer.c - see act_answer.h. */
#include "act/control/act_answer.h"

#include <inttypes.h>
#include <string.h>

#include "archive/archive_list.h"
#include "base/base_clock.h"
#include "chat/chat_identity.h"
#include "chat/chat_text.h"
#include "room/people/room_search.h"

bool act_answer_line(act_answer *answer, base_bytes *line)
{
    if (!answer->gone) {
        base_bytes_append(line, "\n", 1);
        answer->gone = !answer->send(answer->context, line);
    }
    line->len = 0;
    return !answer->gone;
}

bool act_answer_ends(const act_answer *answer)
{
    return answer->ending && answer->ending(answer->context);
}

void act_answer_progress(act_answer *answer, uint64_t looked, uint64_t erased)
{
    base_bytes line = BASE_BYTES_INIT;

    base_bytes_append_format(&line, "{\"looked\":%" PRIu64 ",\"erased\":%"
                             PRIu64 "}", looked, erased);
    (void)act_answer_line(answer, &line);
    base_bytes_free(&line);
}

void act_answer_end(act_answer *answer, const char *what, uint64_t count)
{
    base_bytes line = BASE_BYTES_INIT;

    answer->count = count;
    base_bytes_append_text(&line, "{\"end\":true");
    if (what) {
        base_bytes_append_format(&line, ",\"%s\":%" PRIu64, what, count);
    }
    base_bytes_append_text(&line, "}");
    (void)act_answer_line(answer, &line);
    base_bytes_free(&line);
}

void act_answer_error(act_answer *answer, const char *code, const char *text)
{
    base_bytes line = BASE_BYTES_INIT;

    answer->error = code;
    answer->text = text;
    base_bytes_append_format(&line, "{\"error\":\"%s\",\"text\":", code);
    chat_text_quote(&line, text, strlen(text));
    base_bytes_append_text(&line, "}");
    (void)act_answer_line(answer, &line);
    base_bytes_free(&line);
}

void act_answer_by(const act_answer *answer, chat_person *out)
{
    static const char name[] = "administrator";

    memset(out, 0, sizeof(*out));
    if (answer->by) {
        *out = *answer->by;
    }
    else {
        chat_person_set_name(out, name, sizeof(name) - 1);
    }
    out->moderator = true;
    out->user = 0;
}

uint64_t act_answer_user(const act_answer *answer, const char *key,
                         size_t key_size)
{
    const chat_command_user *id = &answer->asked->command.user;
    uint64_t user = 0;

    (void)chat_identity_named(room_store_secret(answer->store),
                              chat_identity_site_of(key, key_size), id->text,
                              id->size, &user);
    return user;
}

typedef struct {
    const act_answer *answer;
    base_bytes *rooms;
} listing;

static bool add_room(void *context, const room_table_row *row)
{
    const listing *it = context;
    act_answer_room room;

    if (chat_control_means(it->answer->asked, row->key, row->key_size)) {
        memset(&room, 0, sizeof(room));
        room.handle = row->handle;
        room.key_size = row->key_size;
        room.kept = row->kept;
        room.members = row->members;
        room.newest = row->newest;
        room.realm = room_search_realm(it->answer->store, row->handle);
        memcpy(room.key, row->key, row->key_size);
        base_bytes_append(it->rooms, &room, sizeof(room));
    }
    return true;
}

size_t act_answer_rooms(const act_answer *answer, base_bytes *rooms)
{
    listing it = { answer, rooms };

    room_table_each(answer->store, base_clock_mono(), add_room, &it);
    return rooms->len / sizeof(act_answer_room);
}

static bool add_archived(void *context, const archive_list_room *found)
{
    const listing *it = context;
    act_answer_room room;

    memset(&room, 0, sizeof(room));
    if (chat_control_means(it->answer->asked, found->key, found->key_size)
        && room_table_find(it->answer->store, found->key, found->key_size,
                           &room.handle)
               == ROOM_ABSENT) {
        room.key_size = found->key_size;
        room.newest = found->newest;
        room.realm = found->realm;
        memcpy(room.key, found->key, found->key_size);
        base_bytes_append(it->rooms, &room, sizeof(room));
    }
    return true;
}

bool act_answer_add_archived(const act_answer *answer, base_bytes *rooms)
{
    listing it = { answer, rooms };

    return !answer->archive
           || archive_list_rooms(answer->archive, add_archived, &it)
                  == ARCHIVE_OK;
}
