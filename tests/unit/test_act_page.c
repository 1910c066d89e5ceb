/* test_act_page.c - act_page.h: what a poll is told, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/past/act_history.h"
#include "hub_stage.h"
#include "room/table/room_table.h"

#define GUEST \
    "{\"id\":\"g-7000000000000000\",\"name\":\"guest-7000\",\"guest\":true}"
#define USER (UINT64_C(7) << 60)
#define ALL { .history = UINT64_MAX }

typedef struct {
    hub_stage stage;
    char key[ACT_KEY_MOST];
    act_room_key room;
    base_bytes json;
    bool any;
} scene;

static void set_up(scene *s)
{
    memset(s, 0, sizeof(*s));
    hub_stage_open(&s->stage, 0);
    s->room.key = s->key;
    s->room.key_size = hub_stage_key(s->key, "/lobby");
}

static void finish(scene *s)
{
    base_bytes_free(&s->json);
    hub_stage_close(&s->stage);
}

static room_id say(scene *s, const char *text)
{
    act_result result
        = hub_stage_publish(&s->stage, "/lobby", USER, text, NULL);

    assert_int_equal(result.error, CHAT_OK);
    return result.id;
}

static const char *after(scene *s, act_start start)
{
    s->json.len = 0;
    assert_int_equal(act_history_after(s->stage.store, &s->room,
                                       &s->stage.settings, &start, &s->json,
                                       &s->any), ROOM_OK);
    base_bytes_append(&s->json, "", 1);
    return (const char *)s->json.data;
}

static const char *before(scene *s, room_id id, uint64_t limit)
{
    s->json.len = 0;
    assert_int_equal(act_history_before(s->stage.store, &s->room,
                                        &s->stage.settings, &id, limit,
                                        &s->json), ROOM_OK);
    base_bytes_append(&s->json, "", 1);
    return (const char *)s->json.data;
}

/* The page with this cursor and these flags and messages, "a" being one. */
static void expect(const char *page, room_id cursor, bool gap, bool more,
                   const room_id *ids, const char *texts)
{
    char text[ROOM_ID_TEXT];
    base_bytes want = BASE_BYTES_INIT;

    room_id_format(&cursor, text);
    base_bytes_append_format(&want,
                             "{\"cursor\":\"%s\",\"gap\":%s,"
                             "\"events\":[",
                             text, gap ? "true" : "false");
    for (size_t i = 0; texts[i]; i++) {
        room_id_format(&ids[i], text);
        base_bytes_append_format(&want,
                                 "%s{\"type\":\"message\",\"id\":\"%s\","
                                 "\"from\":" GUEST ",\"text\":\"%c\"}",
                                 i > 0 ? "," : "", text, texts[i]);
    }
    base_bytes_append_text(&want, more ? "],\"more\":true}" : "]}");
    base_bytes_append(&want, "", 1);
    assert_string_equal(page, want.data);
    base_bytes_free(&want);
}

/* The page has no events, and the cursor is the position of now. */
static room_id expect_nothing(const char *page, bool gap)
{
    const char *text = page + strlen("{\"cursor\":\"");
    uint64_t now = (uint64_t)base_clock_wall();
    room_id cursor;

    assert_true(room_id_parse(text, strcspn(text, "\""), &cursor));
    assert_in_range(cursor.ms, now - 20000, now);
    expect(page, cursor, gap, false, NULL, "");
    return cursor;
}

static void a_room_that_does_not_exist(void **state)
{
    scene s;
    room_handle handle;
    room_id cursor;
    room_id id;

    (void)state;
    set_up(&s);
    expect_nothing(after(&s, (act_start)ALL), false);
    assert_false(s.any);
    expect_nothing(after(&s, (act_start){ .given = true }), false);
    assert_false(s.any);
    expect_nothing(after(&s, (act_start){ .given = true,
                                          .after = { 0, 1 } }), true);
    assert_true(s.any);
    expect_nothing(after(&s, (act_start){ .given = true,
                                          .after = { UINT64_MAX, 1 } }), true);
    expect_nothing(after(&s, (act_start){ .unusable = true, .history = 1 }),
                   true);
    cursor = expect_nothing(before(&s, (room_id){ UINT64_MAX, 5 }, 50), false);
    /* It stays as it was told, and is exact when the room is made. */
    expect(after(&s, (act_start){ .given = true, .after = cursor }), cursor,
           false, false, NULL, "");
    assert_false(s.any);
    assert_int_equal(room_table_find(s.stage.store, s.room.key,
                                     s.room.key_size, &handle), ROOM_ABSENT);
    id = say(&s, "a");
    expect(after(&s, (act_start){ .given = true, .after = cursor }), id, false,
           false, &id, "a");
    finish(&s);
}

/* Whoever reads where less is kept changes at once what is kept. */
static void a_lowered_history(void **state)
{
    scene s;
    room_id ids[3];

    (void)state;
    set_up(&s);
    ids[0] = say(&s, "a");
    ids[1] = say(&s, "b");
    ids[2] = say(&s, "c");
    s.stage.settings.history_count = 2;
    expect(after(&s, (act_start)ALL), ids[2], false, false, ids + 1, "bc");
    s.stage.settings.history_count = 1;
    expect(before(&s, (room_id){ UINT64_MAX, 5 }, 50), ids[2], false, false,
           ids + 2, "c");
    s.stage.settings.history_count = 100; /* what is gone is gone */
    expect(after(&s, (act_start)ALL), ids[2], false, false, ids + 2, "c");
    s.stage.settings.history_age = 0;
    HUB_STAGE_WAIT(strstr(after(&s, (act_start)ALL), "\"events\":[]"));
    finish(&s);
}

static void everything_after_a_cursor(void **state)
{
    scene s;
    room_id ids[3];
    room_id birth = { 0, 0 };

    (void)state;
    set_up(&s);
    ids[0] = say(&s, "a");
    ids[1] = say(&s, "b");
    ids[2] = say(&s, "c");
    expect(after(&s, (act_start)ALL), ids[2], false, false, ids, "abc");
    assert_true(s.any);
    expect(after(&s, (act_start){ .history = 1 }), ids[2], false, false,
           ids + 2, "c");
    expect(after(&s, (act_start){ .history = 0 }), ids[2], false, false, ids,
           "");
    assert_false(s.any);
    expect(after(&s, (act_start){ .given = true, .after = ids[0] }), ids[2],
           false, false, ids + 1, "bc");
    assert_true(s.any);
    expect(after(&s, (act_start){ .given = true, .after = ids[2] }), ids[2],
           false, false, ids, "");
    assert_false(s.any);
    expect(after(&s, (act_start){ .given = true, .after = birth }), ids[2],
           true, false, ids, "abc");
    expect(after(&s, (act_start){ .unusable = true }), ids[2], true, false,
           ids, "abc");
    finish(&s);
}

/* A gap without a message: whoever waits has to be told at once. */
static void a_gap_alone_is_something(void **state)
{
    scene s;
    room_id last;

    (void)state;
    set_up(&s);
    s.stage.settings.history_count = 0;
    say(&s, "a");
    last = say(&s, "b");
    expect(after(&s, (act_start){ .given = true, .after = { 5, 0 } }), last,
           true, false, NULL, "");
    assert_true(s.any);
    finish(&s);
}

static void pages_before(void **state)
{
    scene s;
    room_id ids[4];
    room_id end = { UINT64_MAX, 0 };

    (void)state;
    set_up(&s);
    s.stage.settings.history_count = 3;
    for (int i = 0; i < 4; i++) {
        ids[i] = say(&s, (const char *[]){ "a", "b", "c", "d" }[i]);
    }
    expect(before(&s, end, 2), ids[3], false, true, ids + 2, "cd");
    expect(before(&s, ids[2], 2), ids[1], false, false, ids + 1, "b");
    expect(before(&s, end, 3), ids[3], false, false, ids + 1, "bcd");
    expect(before(&s, ids[1], 50), ids[0], false, false, NULL, "");
    finish(&s);
}

/* How often `what` stands in the page. */
static size_t times(const char *page, const char *what)
{
    size_t count = 0;

    while ((page = strstr(page, what)) != NULL) {
        page += strlen(what);
        count++;
    }
    return count;
}

static room_id cursor_of(const char *page)
{
    const char *begin = strstr(page, "{\"cursor\":\"") + 11;
    room_id id;

    assert_true(room_id_parse(begin, (size_t)(strchr(begin, '"') - begin),
                              &id));
    return id;
}

/* Page after page from the start, each bounded, gives all of `count` once. */
static size_t read_forward(scene *s, size_t count)
{
    act_start start = ALL;
    const char *page;
    size_t pages = 0;
    size_t seen = 0;
    char first[32];

    do {
        page = after(s, start);
        assert_true(strlen(page) < ACT_PAGE_BYTES + 1024);
        assert_true(times(page, "\"message\"") <= ACT_PAGE_EVENTS);
        snprintf(first, sizeof(first), "\"text\":\"%06zu ", seen);
        assert_int_equal(times(page, first), 1);
        seen += times(page, "\"message\"");
        start = (act_start){ .given = true, .after = cursor_of(page) };
        pages++;
    } while (strstr(page, "\"more\":true") != NULL);
    assert_int_equal(seen, count);
    return pages;
}

/* A room that keeps a lot is not told in one piece: by number and by bytes, to
 * either side, and an event that is larger than a page comes alone. */
static void bounded_pages(void **state)
{
    enum { SHORT = 2500, LONG = 300 };
    static char text[ACT_PAGE_BYTES + 100];
    room_id end = { UINT64_MAX, UINT64_MAX };
    const char *page;
    scene s;

    (void)state;
    set_up(&s);
    s.stage.settings.history_count = 5000;
    s.stage.settings.max_message = sizeof(text);
    for (unsigned i = 0; i < SHORT; i++) {
        snprintf(text, sizeof(text), "%06u x", i);
        say(&s, text);
    }
    assert_int_equal(read_forward(&s, SHORT), 3);
    page = before(&s, end, UINT64_MAX);
    assert_int_equal(times(page, "\"message\""), ACT_PAGE_EVENTS);
    assert_non_null(strstr(page, "\"text\":\"002499 x\"}],\"more\":true}"));
    for (unsigned i = 0; i < LONG; i++) {
        snprintf(text, sizeof(text), "%06u %04000u", SHORT + i, 1);
        say(&s, text);
    }
    assert_true(read_forward(&s, SHORT + LONG) > 5);
    page = before(&s, end, LONG);
    assert_true(strlen(page) < ACT_PAGE_BYTES + 1024);
    assert_non_null(strstr(page, "\"text\":\"002799 "));
    assert_non_null(strstr(page, "],\"more\":true}"));
    memset(text, 'x', sizeof(text) - 1);
    say(&s, text);
    page = before(&s, end, LONG);
    assert_int_equal(times(page, "\"message\""), 1);
    page = after(&s, (act_start){ .history = 1 });
    assert_int_equal(times(page, "\"message\""), 1);
    assert_null(strstr(page, "\"more\""));
    finish(&s);
}

#define STORM 40000

typedef struct {
    scene *s;
    atomic_bool ended;
} storm;

static void *publish(void *argument)
{
    storm *now = argument;
    char text[600];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < STORM; i++) {
        snprintf(text, 9, "%08d", i);
        text[8] = ' ';
        (void)hub_stage_publish(&now->s->stage, "/lobby", USER, text, NULL);
    }
    atomic_store(&now->ended, true);
    return NULL;
}

/* Looks through one page: its numbers follow each other. Returns the last. (A
 * sanitizer's strstr() measures the rest of the page at each call.) */
static long walk(const char *page, long previous)
{
    static const char mark[] = "\"text\":\"";
    const size_t size = sizeof(mark) - 1;

    for (const char *at = strchr(page, '"'); at; at = strchr(at + 1, '"')) {
        long number;

        if (strncmp(at, mark, size) != 0) {
            continue;
        }
        number = strtol(at + size, NULL, 10);
        if (previous >= 0 && number != previous + 1) {
            fail_msg("%ld follows %ld", number, previous);
        }
        previous = number;
    }
    return previous;
}

/* More is said than there is memory for, while others read: a page has no
 * hole, and what is missing between two pages is told. */
static void no_page_has_a_hole(void **state)
{
    scene s;
    storm now = { .s = &s };
    pthread_t thread;
    act_start start = ALL;
    long last = -1;
    bool ended = false;

    (void)state;
    set_up(&s);
    s.stage.settings.history_count = 1000000;
    assert_int_equal(pthread_create(&thread, NULL, publish, &now), 0);
    while (!ended) {
        const char *page;

        ended = atomic_load(&now.ended);
        page = after(&s, (act_start)ALL);
        (void)walk(page, -1);
        page = after(&s, start);
        last = walk(page, strstr(page, "\"gap\":true,") ? -1 : last);
        start.given = true;
        assert_true(room_id_parse(page + 11, strcspn(page + 11, "\""),
                                  &start.after));
        /* A page is bounded: a slow reader has more of them to read. */
        ended = ended && !strstr(page, "\"more\":true");
    }
    pthread_join(thread, NULL);
    assert_int_equal(last, STORM - 1);
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_that_does_not_exist),
        cmocka_unit_test(a_lowered_history),
        cmocka_unit_test(everything_after_a_cursor),
        cmocka_unit_test(a_gap_alone_is_something),
        cmocka_unit_test(pages_before),
        cmocka_unit_test(bounded_pages),
        cmocka_unit_test(no_page_has_a_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
