/* twin_deeds.c - see twin_deeds.h. */
#include "twin_deeds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "chat/moderation/chat_amend.h"
#include "room/log/room_state.h"

/* The tail is freed. */
static void change(twin *t, unsigned room, room_log_kind kind,
                   const char *head, base_bytes *tail, chat_event_text text,
                   const room_log_target *target)
{
    base_clock_time now = base_clock_now();
    room_log_entry entry = { .kind = kind,
                             .head = head,
                             .head_size = strlen(head),
                             .tail = tail->data,
                             .tail_size = tail->len,
                             .text_at = text.at,
                             .text_size = text.size,
                             .user = 7,
                             .wall_ms = now.wall_ms,
                             .mono_us = now.mono_us };
    room_id event;

    assert_int_equal(twin_store(t, room, &entry, target, &event), ROOM_OK);
    base_bytes_free(tail);
    twin_wait(t, room, &event);
}

void twin_deeds_delete(twin *t, unsigned room, const room_id *id)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_log_target target = { .id = *id };
    char text[ROOM_ID_TEXT];

    room_id_format(id, text);
    base_bytes_append_format(&tail, "\",\"target\":\"%s\",\"by\":{}}", text);
    change(t, room, ROOM_LOG_DELETED, CHAT_AMEND_DELETED_HEAD, &tail,
           (chat_event_text){ 0, 0 }, &target);
}

void twin_deeds_edit(twin *t, unsigned room, const room_id *id,
                     const char *text)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_log_target target = { .id = *id };
    char id_text[ROOM_ID_TEXT];
    chat_event_text where;

    room_id_format(id, id_text);
    where = chat_amend_edited(&tail, id_text, text, strlen(text));
    change(t, room, ROOM_LOG_EDITED, CHAT_AMEND_EDITED_HEAD, &tail, where,
           &target);
}

void twin_deeds_clear(twin *t, unsigned room)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_log_target target = { .id = { 0, 0 } };

    base_bytes_append_text(&tail, "\",\"by\":{}}");
    change(t, room, ROOM_LOG_CLEARED, CHAT_AMEND_CLEARED_HEAD, &tail,
           (chat_event_text){ 0, 0 }, &target);
}

void twin_deeds_topic(twin *t, unsigned room, const char *topic)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_state was;
    room_state now;
    room_log_target target = { .was = &was, .now = &now };

    assert_int_equal(room_state_read(t->store, twin_open(t, room), &was),
                     ROOM_OK);
    now = was;
    now.topic_size = (uint8_t)strlen(topic);
    memcpy(now.topic, topic, now.topic_size);
    base_bytes_append_format(&tail, "\",\"topic\":\"%s\",\"by\":{}}", topic);
    change(t, room, ROOM_LOG_STATE, CHAT_AMEND_ROOM_HEAD, &tail,
           (chat_event_text){ 0, 0 }, &target);
}

room_id twin_deeds_say(twin *t, unsigned room, unsigned number)
{
    char text[32];

    snprintf(text, sizeof(text), "message %u", number);
    return twin_say(t, room, text);
}

void twin_deeds_talk(twin *twins, unsigned room, unsigned from,
                     unsigned count)
{
    room_id id = { 0, 0 };

    for (unsigned i = from; i < from + count; i++) {
        id = twin_deeds_say(&twins[i % 2], room, i);
    }
    twin_wait(&twins[0], room, &id);
    twin_wait(&twins[1], room, &id);
    twins_agree(&twins[0], &twins[1], room);
}

void twin_deeds_expect(twin *t, unsigned room, unsigned from,
                       unsigned count)
{
    base_bytes all = BASE_BYTES_INIT;
    const char *at;
    unsigned number = from;

    twin_read(t, room, &all);
    at = (const char *)all.data;
    while ((at = strstr(at, "\"message ")) != NULL) {
        at += 9;
        assert_int_equal(strtoul(at, NULL, 10), number);
        number++;
    }
    assert_int_equal(number, from + count);
    base_bytes_free(&all);
}

void twin_deeds_expect_in_redis(twin *other, unsigned room, unsigned from,
                                unsigned count)
{
    twin fresh;

    twins_begin(&fresh, 1, 1000);
    twin_deeds_expect(&fresh, room, from, count);
    twins_agree(&fresh, other, room);
    twins_end(&fresh, 1);
}

bool twin_deeds_reconnected(void *context)
{
    const twin *t = context;

    return twin_figures(t).reconnects >= 2 && twin_figures(t).connected;
}
