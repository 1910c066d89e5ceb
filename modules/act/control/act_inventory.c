/* act_inventory.c - see act_inventory.h. */
#include "act/control/act_inventory.h"

#include <inttypes.h>
#include <string.h>

#include "act/moderation/act_sanction.h"
#include "archive/archive_list.h"
#include "base/base_clock.h"
#include "room/set/room_sanction.h"

static void write_newest(base_bytes *line, const room_id *newest)
{
    char text[ROOM_ID_TEXT];

    if (newest->ms > 0) {
        room_id_format(newest, text);
        base_bytes_append_format(line, ",\"newest\":\"%s\"", text);
    }
}

static const act_answer_room *room_at(const base_bytes *rooms, size_t at)
{
    return (const act_answer_room *)(const void *)rooms->data + at;
}

/* What the segment has is told already. */
typedef struct {
    act_answer *answer;
    base_bytes line;
    uint64_t count;
} archived;

static bool tell_archived(void *context, const archive_list_room *room)
{
    archived *it = context;
    room_handle handle;

    if (!chat_control_means(it->answer->asked, room->key, room->key_size)
        || room_table_find(it->answer->store, room->key, room->key_size,
                           &handle)
               == ROOM_OK) {
        return true;
    }
    base_bytes_append_text(&it->line, "{\"room\":");
    chat_control_write_room(&it->line, room->key, room->key_size);
    write_newest(&it->line, &room->newest);
    base_bytes_append_text(&it->line, ",\"archived\":true}");
    it->count++;
    return act_answer_line(it->answer, &it->line);
}

void act_inventory_rooms(act_answer *answer)
{
    archived it = { .answer = answer };
    base_bytes rooms = BASE_BYTES_INIT;
    archive_status status = ARCHIVE_OK;

    it.count = act_answer_rooms(answer, &rooms);
    for (size_t i = 0; i < it.count && !answer->gone; i++) {
        const act_answer_room *room = room_at(&rooms, i);

        base_bytes_append_text(&it.line, "{\"room\":");
        chat_control_write_room(&it.line, room->key, room->key_size);
        base_bytes_append_format(&it.line, ",\"members\":%" PRIu32
                                 ",\"kept\":%" PRIu64, room->members,
                                 room->kept);
        write_newest(&it.line, &room->newest);
        base_bytes_append_text(&it.line, "}");
        (void)act_answer_line(answer, &it.line);
    }
    if (answer->archive && !answer->gone) {
        status = archive_list_rooms(answer->archive, tell_archived, &it);
    }
    if (status == ARCHIVE_OK) {
        act_answer_end(answer, "rooms", it.count);
    }
    else {
        act_answer_error(answer, "unavailable",
                         "The archive cannot be asked now, so that rooms are "
                         "missing here: the error log says why.");
    }
    base_bytes_free(&it.line);
    base_bytes_free(&rooms);
}

static bool add_realm(void *context, const room_sanction *what)
{
    base_bytes *realms = context;

    for (size_t at = 0; at < realms->len; at += sizeof(what->realm)) {
        if (memcmp(realms->data + at, &what->realm, sizeof(what->realm))
            == 0) {
            return true;
        }
    }
    base_bytes_append(realms, &what->realm, sizeof(what->realm));
    return true;
}

bool act_inventory_realms(const act_answer *answer, base_bytes *realms)
{
    return room_sanction_all(answer->store, base_clock_mono(), add_realm,
                             realms)
           == ROOM_OK;
}

/* A room of the realm, among those that were asked for. */
static const act_answer_room *find_room(const base_bytes *rooms, size_t count,
                                        uint64_t realm)
{
    for (size_t i = 0; i < count; i++) {
        if (room_at(rooms, i)->realm == realm) {
            return room_at(rooms, i);
        }
    }
    return NULL;
}

/* Without a room in the request, also a realm of which none is in use. */
static bool tell_realm(act_answer *answer, uint64_t realm,
                       const act_answer_room *room)
{
    base_bytes line = BASE_BYTES_INIT;
    base_bytes list = BASE_BYTES_INIT;
    bool some = answer->asked->room.size > 0 || answer->asked->site.size > 0;
    bool told = act_sanction_list(answer->store, realm, &list);

    if (told && (room || !some)) {
        base_bytes_append_format(&line, "{\"realm\":\"%016" PRIx64 "\",",
                                 realm);
        if (room) {
            base_bytes_append_text(&line, "\"room\":");
            chat_control_write_room(&line, room->key, room->key_size);
            base_bytes_append_text(&line, ",");
        }
        base_bytes_append(&line, list.data + 1, list.len - 1);
        (void)act_answer_line(answer, &line);
    }
    base_bytes_free(&list);
    base_bytes_free(&line);
    return told;
}

void act_inventory_sanctions(act_answer *answer)
{
    base_bytes rooms = BASE_BYTES_INIT;
    base_bytes realms = BASE_BYTES_INIT;
    bool good = act_inventory_realms(answer, &realms);
    size_t count;
    uint64_t realm;

    (void)act_answer_rooms(answer, &rooms);
    (void)act_answer_add_archived(answer, &rooms); /* only to name a realm */
    count = rooms.len / sizeof(act_answer_room);
    for (size_t at = 0; at < realms.len && good; at += sizeof(realm)) {
        memcpy(&realm, realms.data + at, sizeof(realm));
        good = tell_realm(answer, realm, find_room(&rooms, count, realm));
    }
    if (good) {
        act_answer_end(answer, NULL, 0);
    }
    else {
        act_answer_error(answer, "unavailable",
                         "The sanctions cannot be read now: ask again.");
    }
    base_bytes_free(&realms);
    base_bytes_free(&rooms);
}
