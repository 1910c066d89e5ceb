/* test_act_past.c - pages, positions and words of a room go on in its archive;
 * who must not wait for that is refused, and who may waits only so long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "act/past/act_history.h"
#include "act/past/act_past.h"
#include "act/past/act_search.h"
#include "archive_stage.h"
#include "base/base_clock.h"

#define ROOM "site\n/chat/lobby"
#define SAID 9

static const room_id end_of_all = { UINT64_MAX, UINT64_MAX };

typedef struct {
    archive_stage stage;
    act_settings settings;
    act_room_key key;
    room_id ids[SAID];
} scene;

static room_handle open_room(scene *s)
{
    room_handle room;

    assert_int_equal(act_room_open(s->stage.store, &s->key, &s->settings,
                                   &room), ROOM_OK);
    return room;
}

static void say_all(scene *s)
{
    room_handle room = open_room(s);
    char text[16];

    for (int i = 0; i < SAID; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        s->ids[i] = archive_stage_say(&s->stage, room, text, NULL);
    }
}

static int setup(void **state)
{
    scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    archive_stage_open(&s->stage);
    s->settings.history_count = 3;
    s->settings.history_age = INT64_MAX;
    s->settings.archive_keep = INT64_MAX;
    s->settings.creates = 1;
    s->key = (act_room_key){ .key = ROOM, .key_size = strlen(ROOM),
                             .archive = s->stage.archive };
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    scene *s = *state;

    archive_stage_close(&s->stage);
    free(s);
    return 0;
}

/* The page is what was said from the number `first` up to `last`. */
static void expect(scene *s, base_bytes *json, int first, int last, bool gap,
                   bool more)
{
    json_t *page = json_loadb((char *)json->data, json->len, 0, NULL);
    const json_t *events = json_object_get(page, "events");
    char text[ROOM_ID_TEXT];

    assert_int_equal(json_array_size(events), last - first + 1);
    for (int i = first; i <= last; i++) {
        const json_t *event = json_array_get(events, (size_t)(i - first));

        room_id_format(&s->ids[i], text);
        assert_string_equal(json_string_value(json_object_get(event, "id")),
                            text);
    }
    assert_true(json_is_true(json_object_get(page, "gap")) == gap);
    assert_true(json_is_true(json_object_get(page, "more")) == more);
    json_decref(page);
    base_bytes_free(json);
}

static room_status before(scene *s, room_id id, uint64_t limit,
                          base_bytes *json)
{
    return act_history_before(s->stage.store, &s->key, &s->settings, &id,
                              limit, json);
}

static room_status after(scene *s, room_id id, base_bytes *json)
{
    act_start start = { .given = true, .after = id };
    bool any;

    return act_history_after(s->stage.store, &s->key, &s->settings, &start,
                             json, &any);
}

static bool is_archived(scene *s, room_id id)
{
    act_start start = { .given = true, .after = id };

    assert_int_equal(act_history_look(s->stage.store, &s->key, &s->settings,
                                      &start), ROOM_OK);
    return start.archived;
}

static void all_of_it(void **state)
{
    scene *s = *state;
    base_bytes json = BASE_BYTES_INIT;

    say_all(s);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(before(s, end_of_all, 100, &json), ROOM_OK);
        expect(s, &json, 0, 8, false, false);
        assert_int_equal(before(s, end_of_all, 9, &json), ROOM_OK);
        expect(s, &json, 0, 8, false, false);
        assert_int_equal(before(s, end_of_all, 3, &json), ROOM_OK);
        expect(s, &json, 6, 8, false, true);
        assert_int_equal(before(s, s->ids[7], 3, &json), ROOM_OK);
        expect(s, &json, 4, 6, false, true);
        assert_int_equal(before(s, s->ids[0], 3, &json), ROOM_OK);
        expect(s, &json, 0, -1, false, false);
        assert_int_equal(after(s, s->ids[0], &json), ROOM_OK);
        expect(s, &json, 1, 8, false, false);
        assert_int_equal(after(s, s->ids[6], &json), ROOM_OK);
        expect(s, &json, 7, 8, false, false);
        assert_int_equal(after(s, (room_id){ 0, 0 }, &json), ROOM_OK);
        expect(s, &json, 6, 8, true, false);
        assert_int_equal(after(s, (room_id){ 0, 1 }, &json), ROOM_OK);
        expect(s, &json, 6, 8, true, false);
        assert_int_equal(after(s, (room_id){ UINT64_MAX, 1 }, &json), ROOM_OK);
        expect(s, &json, 6, 8, true, false);
        assert_true(is_archived(s, s->ids[0]));
        assert_false(is_archived(s, s->ids[6]));
        assert_false(is_archived(s, (room_id){ 0, 0 }));
        assert_false(is_archived(s, (room_id){ UINT64_MAX, 1 }));
        archive_stage_halt(&s->stage); /* and after a restart */
        archive_stage_resume(&s->stage);
        s->key.archive = s->stage.archive;
    }
}

static void words(void **state)
{
    scene *s = *state;
    base_bytes json = BASE_BYTES_INIT;
    chat_search asked;

    say_all(s);
    assert_true(chat_search_parse(&asked, "TEXT", 4));
    assert_int_equal(act_search(s->stage.store, &s->key, &s->settings, &asked,
                                &end_of_all, 4, &json), ROOM_OK);
    expect(s, &json, 5, 8, false, true);
    assert_int_equal(act_search(s->stage.store, &s->key, &s->settings, &asked,
                                &s->ids[5], 4, &json), ROOM_OK);
    expect(s, &json, 1, 4, false, true);
    assert_int_equal(act_search(s->stage.store, &s->key, &s->settings, &asked,
                                &s->ids[4], 4, &json), ROOM_OK);
    expect(s, &json, 0, 3, false, false);
    assert_int_equal(act_search(s->stage.store, &s->key, &s->settings, &asked,
                                &end_of_all, 200, &json), ROOM_OK);
    expect(s, &json, 0, 8, false, false);
    chat_search_destroy(&asked);
}

/* The loop, which has no archive, never waits and makes nothing of its own. */
static void who_must_not_wait(void **state)
{
    scene *s = *state;
    act_room_key loop = { .key = ROOM, .key_size = strlen(ROOM) };
    room_handle room;

    say_all(s);
    archive_stage_halt(&s->stage);
    archive_stage_resume(&s->stage);
    s->key.archive = s->stage.archive;
    assert_int_equal(act_room_open(s->stage.store, &loop, &s->settings,
                                   &room), ROOM_UNREAD);
    (void)open_room(s);
    assert_int_equal(act_room_open(s->stage.store, &loop, &s->settings,
                                   &room), ROOM_OK);
}

/* Who asks for a room that is nowhere makes none. */
static void who_only_asks(void **state)
{
    scene *s = *state;
    act_room_key nowhere = s->key;
    base_bytes json = BASE_BYTES_INIT;
    room_handle room;

    nowhere.key = "site\n/chat/nowhere";
    nowhere.key_size = strlen(nowhere.key);
    assert_int_equal(act_history_before(s->stage.store, &nowhere, &s->settings,
                                        &end_of_all, 5, &json), ROOM_OK);
    base_bytes_free(&json);
    assert_int_equal(room_table_find(s->stage.store, nowhere.key,
                                     nowhere.key_size, &room), ROOM_ABSENT);
}

/* Nobody writes: what the room keeps is told at once; what would have a hole is
 * not told, and nobody waits long for it. */
static void the_writer_is_away(void **state)
{
    scene *s = *state;
    base_bytes json = BASE_BYTES_INIT;
    int64_t start;

    (void)open_room(s);
    archive_stop(s->stage.archive, base_clock_mono() + INT64_C(20000000));
    say_all(s);
    assert_int_equal(before(s, end_of_all, 2, &json), ROOM_OK);
    expect(s, &json, 7, 8, false, true);
    assert_int_equal(before(s, end_of_all, 5, &json), ROOM_UNREAD);
    start = base_clock_mono();
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(before(s, end_of_all, 5, &json), ROOM_UNREAD);
        assert_int_equal(after(s, s->ids[0], &json), ROOM_UNREAD);
    }
    /* Of two seconds each it would be more than an hour. */
    assert_true(base_clock_mono() - start < INT64_C(600000000));
    assert_int_equal(json.len, 0);
}

/* A reader has seen what a crash has taken. While the page is made somebody
 * says something: the position is among those of the room then, but the page is
 * all that it keeps, and that is a gap. */
static void a_position_that_was_ahead(void **state)
{
    scene *s = *state;
    room_handle room = open_room(s);
    act_past past = { s->stage.store, &s->key, &s->settings, room };
    act_page page = { .most = ACT_PAGE_BYTES };
    act_start start = { .given = true };

    say_all(s);
    start.after = s->ids[SAID - 1];
    start.after.n++;
    assert_int_equal(act_page_newer(s->stage.store, room, &start, &page),
                     ROOM_OK);
    assert_true(page.gap);
    archive_stage_say(&s->stage, room, "meanwhile", NULL);
    archive_stage_settle(&s->stage, room);
    assert_int_equal(act_past_newer(&past, &start, &page), ROOM_OK);
    assert_true(page.gap);
    assert_int_equal(page.count, s->settings.history_count);
    base_bytes_free(&page.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(words, setup, teardown),
        cmocka_unit_test_setup_teardown(who_must_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(who_only_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(the_writer_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(a_position_that_was_ahead, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
