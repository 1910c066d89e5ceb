/* act_author.c - see act_author.h. */
#include "act/moderation/act_author.h"

#include "act/moderation/act_read.h"
#include "base/base_bytes.h"
#include "chat/chat_json.h"
#include "room/log/room_log.h"

typedef struct {
    uint64_t user;
    base_bytes body; /* of the newest message */
} written;

static bool keep_theirs(void *context, const room_log_record *record)
{
    written *last = context;

    if (record->kind == ROOM_LOG_MESSAGE && record->author == last->user) {
        last->body.len = 0;
        base_bytes_reserve(&last->body, record->size);
        room_log_copy(record, last->body.data);
        last->body.len = record->size;
    }
    return true;
}

bool act_author_name(const act_call *call, room_handle room, uint64_t user,
                      chat_person *who)
{
    written last = { .user = user, .body = BASE_BYTES_INIT };
    json_t *message = NULL;
    json_t *name;
    room_log_cursor at = { 0, 0, 0 };
    uint64_t end = room_log_next(call->store, room);
    size_t size;

    while (act_read_on(call->store, room, &at, end, keep_theirs, &last)) {
    }
    if (last.body.len > 0) {
        message = chat_json_load(last.body.data, last.body.len, 8);
    }
    name = json_object_get(json_object_get(message, "from"), "name");
    size = json_string_length(name);
    if (size >= 1 && size <= CHAT_NAME_BYTES) {
        chat_person_set_name(who, json_string_value(name), size);
    }
    json_decref(message);
    base_bytes_free(&last.body);
    return size >= 1 && size <= CHAT_NAME_BYTES;
}
