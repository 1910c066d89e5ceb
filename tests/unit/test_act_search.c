/* test_act_search.c - act_search.h: what is found in what a room keeps, page by
 * page, and where a search ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "act/past/act_search.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "hub_stage.h"
#include "room/table/room_table.h"

#define USER (UINT64_C(7) << 60)

static const room_id end_of_all = { UINT64_MAX, UINT64_MAX };

typedef struct {
    hub_stage stage;
    char key[ACT_KEY_MOST];
    act_room_key room;
} scene;

static void set_up(scene *s)
{
    memset(s, 0, sizeof(*s));
    hub_stage_open(&s->stage, 0);
    s->stage.settings.history_count = 100000;
    s->room.key = s->key;
    s->room.key_size = hub_stage_key(s->key, "/lobby");
}

static room_id say(scene *s, const char *text)
{
    act_result result
        = hub_stage_publish(&s->stage, "/lobby", USER, text, NULL);

    assert_int_equal(result.error, CHAT_OK);
    return result.id;
}

/* One answer; `down` is its cursor. The caller frees it. */
static json_t *search(scene *s, const char *words, room_id before,
                      uint64_t limit, room_id *down)
{
    base_bytes json = BASE_BYTES_INIT;
    chat_search asked;
    const json_t *cursor;
    json_t *page;

    assert_true(chat_search_parse(&asked, words, strlen(words)));
    assert_int_equal(act_search(s->stage.store, &s->room, &s->stage.settings,
                                &asked, &before, limit, &json), ROOM_OK);
    chat_search_destroy(&asked);
    page = json_loadb((char *)json.data, json.len, 0, NULL);
    base_bytes_free(&json);
    cursor = json_object_get(page, "cursor");
    assert_true(room_id_parse(json_string_value(cursor),
                              json_string_length(cursor), down));
    return page;
}

/* "a b": the texts of the answer, which is given up. */
static void expect(json_t *page, const char *texts, bool more)
{
    const json_t *events = json_object_get(page, "events");
    char found[1024] = "";
    size_t at = 0;

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);

        at += (size_t)snprintf(found + at, sizeof(found) - at, "%s%s",
                               i > 0 ? " " : "",
                               json_string_value(
                                   json_object_get(event, "text")));
    }
    assert_string_equal(found, texts);
    assert_true(json_is_true(json_object_get(page, "more")) == more);
    assert_true(json_is_false(json_object_get(page, "gap")));
    json_decref(page);
}

static void page_by_page(void **state)
{
    scene s;
    room_id first;
    room_id down;

    (void)state;
    set_up(&s);
    expect(search(&s, "x", end_of_all, 50, &down), "", false);
    first = say(&s, "x1");
    say(&s, "y1");
    say(&s, "x2");
    say(&s, "X3");
    say(&s, "y2");
    expect(search(&s, "x", end_of_all, 2, &down), "x2 X3", true);
    expect(search(&s, "x", down, 2, &down), "x1", false);
    assert_true(room_id_compare(&down, &first) <= 0);
    expect(search(&s, "x", down, 2, &down), "", false);
    expect(search(&s, "x", end_of_all, 3, &down), "x1 x2 X3", false);
    expect(search(&s, "y 2", end_of_all, 50, &down), "y2", false);
    expect(search(&s, "z", end_of_all, 50, &down), "", false);
    hub_stage_close(&s.stage);
}

static void a_page_has_its_limits(void **state)
{
    scene s;
    json_t *page;
    room_id down;

    (void)state;
    set_up(&s);
    for (int i = 0; i < ACT_SEARCH_EVENTS + 1; i++) {
        say(&s, "many");
    }
    page = search(&s, "many", end_of_all, 1000, &down);
    assert_int_equal(json_array_size(json_object_get(page, "events")),
                     ACT_SEARCH_EVENTS);
    assert_true(json_is_true(json_object_get(page, "more")));
    json_decref(page);
    hub_stage_flood(&s.stage, "/lobby", 0, 100, 8000);
    page = search(&s, "xxx", end_of_all, 1000, &down);
    assert_in_range(json_array_size(json_object_get(page, "events")), 28, 33);
    json_decref(page);
    hub_stage_close(&s.stage);
}

/* Of what is kept only so much is looked through at a time; whoever goes on
 * finds it all. */
static void it_ends_in_time(void **state)
{
    scene s;
    room_id down = end_of_all;
    json_t *page;
    int answers = 0;
    bool more = true;

    (void)state;
    set_up(&s);
    say(&s, "needle");
    hub_stage_flood(&s.stage, "/lobby", 0, 700, 8000);
    for (; more; answers++) {
        page = search(&s, "needle", down, 50, &down);
        more = json_is_true(json_object_get(page, "more"));
        expect(page, more ? "" : "needle", more);
    }
    assert_in_range(answers, 2, 3);
    hub_stage_close(&s.stage);
}

/* Whatever a room has, nobody's search ends the process. */
static void what_is_damaged_is_left_out(void **state)
{
    static const char tail[] = "\",x";
    room_log_entry entry = { .head = CHAT_EVENT_MESSAGE_HEAD,
                             .head_size = sizeof(CHAT_EVENT_MESSAGE_HEAD) - 1,
                             .tail = tail, .tail_size = sizeof(tail) - 1,
                             .mono_us = base_clock_mono(),
                             .wall_ms = base_clock_wall() };
    room_handle room;
    room_id down;
    uint64_t seq;
    scene s;

    (void)state;
    set_up(&s);
    say(&s, "x1");
    assert_int_equal(room_table_find(s.stage.store, s.room.key,
                                     s.room.key_size, &room), ROOM_OK);
    assert_int_equal(room_log_append(s.stage.store, room, &entry, &down, &seq),
                     ROOM_OK);
    say(&s, "x2");
    expect(search(&s, "x", end_of_all, 50, &down), "x1", false);
    hub_stage_close(&s.stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_by_page),
        cmocka_unit_test(a_page_has_its_limits),
        cmocka_unit_test(it_ends_in_time),
        cmocka_unit_test(what_is_damaged_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
