/* room_said.c - see room_said.h. */
#include "room_said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

room_id room_said_message(arena *a, room_handle room, const room_said *what)
{
    char tail[4096];
    room_log_entry entry;
    room_id id;
    uint64_t seq;
    int size = snprintf(tail, sizeof(tail), "\",\"from\":%d,\"text\":\"%s\","
                        "\"x\":1}", (int)what->user, what->text);

    entry = (room_log_entry){
        .head = "{\"id\":\"", .head_size = 7, .tail = tail,
        .tail_size = (size_t)size, .user = what->user,
        .text_at = 18, .text_size = strlen(what->text) + 2,
        .wall_ms = what->wall_ms, .mono_us = ARENA_MONO(what->wall_ms),
        .ref = what->ref, .ref_size = what->ref ? strlen(what->ref) : 0,
    };
    assert_int_equal(room_log_append(a->store, room, &entry, &id, &seq),
                     ROOM_OK);
    return id;
}

room_status room_said_event(arena *a, room_handle room, room_log_kind kind,
                            const room_said *what, room_log_target target,
                            room_id *id)
{
    char tail[4096];
    char head[40];
    char target_text[ROOM_ID_TEXT];
    room_log_entry event;
    uint64_t seq;
    int size;
    size_t text_at;

    room_id_format(&target.id, target_text);
    snprintf(head, sizeof(head), "{\"event\":%d,\"id\":\"", (int)kind);
    text_at = strlen(target_text) + sizeof("\",\"target\":\"\",\"text\":") - 1;
    size = kind == ROOM_LOG_EDITED
               ? snprintf(tail, sizeof(tail), "\",\"target\":\"%s\",\"text\":"
                          "\"%s\"}", target_text, what->text)
               : snprintf(tail, sizeof(tail), "\",\"target\":\"%s\"}",
                          target_text);
    event = (room_log_entry){
        .kind = kind, .head = head, .head_size = strlen(head), .tail = tail,
        .tail_size = (size_t)size, .user = what->user,
        .text_at = kind == ROOM_LOG_EDITED ? text_at : 0,
        .text_size = kind == ROOM_LOG_EDITED ? strlen(what->text) + 2 : 0,
        .wall_ms = what->wall_ms, .mono_us = ARENA_MONO(what->wall_ms),
        .ref = what->ref, .ref_size = what->ref ? strlen(what->ref) : 0,
    };
    return room_log_amend(a->store, room, &event, &target, id, &seq);
}

bool room_said_holds(const arena *a, const char *text)
{
    return memmem(a->memory, a->size, text, strlen(text)) != NULL;
}
