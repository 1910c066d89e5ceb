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
    int size = snprintf(tail, sizeof(tail),
                        "\",\"from\":%d,\"text\":\"%s\","
                        "\"x\":1}",
                        (int)what->user, what->text);

    entry = (room_log_entry){
        .head = "{\"id\":\"",
        .head_size = 7,
        .tail = tail,
        .tail_size = (size_t)size,
        .user = what->user,
        .text_at = 18,
        .text_size = strlen(what->text) + 2,
        .wall_ms = what->wall_ms,
        .mono_us = ARENA_MONO(what->wall_ms),
        .ref = what->ref,
        .ref_size = what->ref ? strlen(what->ref) : 0,
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
               ? snprintf(tail, sizeof(tail),
                          "\",\"target\":\"%s\",\"text\":"
                          "\"%s\"}",
                          target_text, what->text)
               : snprintf(tail, sizeof(tail), "\",\"target\":\"%s\"}",
                          target_text);
    event = (room_log_entry){
        .kind = kind,
        .head = head,
        .head_size = strlen(head),
        .tail = tail,
        .tail_size = (size_t)size,
        .user = what->user,
        .text_at = kind == ROOM_LOG_EDITED ? text_at : 0,
        .text_size = kind == ROOM_LOG_EDITED ? strlen(what->text) + 2 : 0,
        .wall_ms = what->wall_ms,
        .mono_us = ARENA_MONO(what->wall_ms),
        .ref = what->ref,
        .ref_size = what->ref ? strlen(what->ref) : 0,
    };
    return room_log_amend(a->store, room, &event, &target, id, &seq);
}

bool room_said_holds(const arena *a, const char *text)
{
    return memmem(a->memory, a->size, text, strlen(text)) != NULL;
}

room_id room_said_by_ann(arena *a, room_handle room, const char *text)
{
    return room_said_message(a, room,
                             &(room_said){ ANN, text, NULL, ARENA_NOW });
}

room_id room_said_edit(arena *a, room_handle room, room_id id, const char *text)
{
    room_id event = { 0, 0 };

    assert_int_equal(
        room_said_event(a, room, ROOM_LOG_EDITED,
                        &(room_said){ ANN, text, NULL, ARENA_NOW },
                        (room_log_target){ .id = id, .author = ANN }, &event),
        ROOM_OK);
    return event;
}

room_status room_said_erase(arena *a, room_handle room, room_id id,
                            uint64_t author)
{
    room_id event;

    return room_said_event(
        a, room, ROOM_LOG_DELETED, &(room_said){ BOB, "", NULL, ARENA_NOW },
        (room_log_target){ .id = id, .author = author }, &event);
}

room_status room_said_clear(arena *a, room_handle room)
{
    room_id event;

    return room_said_event(a, room, ROOM_LOG_CLEARED,
                           &(room_said){ BOB, "", NULL, ARENA_NOW },
                           (room_log_target){ .author = 0 }, &event);
}

static bool take_in(void *context, const room_log_record *record)
{
    room_said_reading *it = context;

    it->gaps += it->next < record->since;
    it->next = record->seq + 1;
    if (it->messages_only && record->kind != ROOM_LOG_MESSAGE) {
        return true;
    }
    assert_in_range(it->size + record->size, 1, sizeof(it->text) - 2);
    room_log_copy(record, it->text + it->size);
    it->size += record->size;
    it->text[it->size++] = '\n';
    it->count++;
    return true;
}

/* From the number that is wanted on, which moves along. */
void room_said_read(arena *a, room_handle room, room_said_reading *it)
{
    uint64_t next;

    it->size = it->count = 0;
    assert_int_equal(room_log_read(a->store, room, it->next, UINT64_MAX, 20000,
                                   take_in, it, &next),
                     ROOM_OK);
    it->text[it->size] = '\0';
}

/* What whoever has this position is told; NULL: no position. */
const char *room_said_after(arena *a, room_handle room, const room_id *cursor,
                            uint64_t history, room_log_position *at)
{
    static room_said_reading it;
    room_log_position unused;

    at = at ? at : &unused;
    memset(&it, 0, sizeof(it));
    assert_int_equal(room_log_seek(a->store, room, cursor, history,
                                   ARENA_MONO(ARENA_NOW), at),
                     ROOM_OK);
    it.next = at->seq;
    room_said_read(a, room, &it);
    assert_int_equal(it.gaps, 0);
    return it.text;
}

room_status room_said_state(arena *a, room_handle room, const room_state *was,
                            const room_state *now)
{
    room_id event;

    return room_said_event(a, room, ROOM_LOG_STATE,
                           &(room_said){ BOB, "", NULL, ARENA_NOW },
                           (room_log_target){ .was = was, .now = now }, &event);
}
