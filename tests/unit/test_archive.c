/* test_archive.c - what rooms have comes into the database and out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive_page.h"
#include "archive/archive_search.h"
#include "archive_stage.h"
#include "base/base_clock.h"

#define ROOM "site\n/chat/lobby"
#define ALL (1024 * 1024)

static int setup(void **state)
{
    static archive_stage stage;

    archive_stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    archive_stage_close(*state);
    return 0;
}

/* The bodies of a page, one a line. */
static const char *text_of(const archive_page *page)
{
    static char text[65536];
    size_t size = 0;

    for (size_t i = 0; i < page->count; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%.*s\n",
                                 (int)page->rows[i].size,
                                 page->bodies.data + page->rows[i].at);
    }
    text[size] = '\0';
    return text;
}

static archive_page before(archive_stage *stage, room_id id, size_t limit)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_before(stage->archive, ROOM, strlen(ROOM),
                                         &id, limit, ALL, &page), ARCHIVE_OK);
    return page;
}

static archive_page after(archive_stage *stage, room_id id, size_t limit)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_after(stage->archive, ROOM, strlen(ROOM),
                                        &id, limit, ALL, &page), ARCHIVE_OK);
    return page;
}

static archive_page find(archive_stage *stage, const char *words, size_t limit)
{
    static const room_id last = { INT64_MAX, 0 };
    archive_page page = ARCHIVE_PAGE_INIT;
    chat_search search;

    assert_true(chat_search_parse(&search, words, strlen(words)));
    assert_int_equal(archive_search_before(stage->archive, ROOM, strlen(ROOM),
                                           &search, &last, limit, ALL, &page),
                     ARCHIVE_OK);
    chat_search_destroy(&search);
    return page;
}

static void pages_have_what_was_said(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    room_id ids[30];
    char text[40];
    archive_page page;

    for (int i = 0; i < 30; i++) {
        snprintf(text, sizeof(text),
                 "message <%d> \"\xc3\xa9\xf0\x9f\x98\x80\"", i);
        ids[i] = archive_stage_say(stage, room, text, NULL);
    }
    archive_stage_settle(stage, room);
    page = before(stage, ids[20], 5);
    assert_int_equal(page.count, 5);
    assert_true(page.more);
    assert_int_equal(room_id_compare(&page.rows[0].id, &ids[15]), 0);
    assert_int_equal(room_id_compare(&page.rows[4].id, &ids[19]), 0);
    assert_non_null(strstr(text_of(&page), "\xc3\xa9\xf0\x9f\x98\x80"));
    archive_page_free(&page);
    page = before(stage, ids[3], 5);
    assert_int_equal(page.count, 3);
    assert_false(page.more);
    archive_page_free(&page);
    page = after(stage, ids[3], 5);
    assert_int_equal(page.count, 5);
    assert_true(page.more);
    assert_int_equal(room_id_compare(&page.rows[0].id, &ids[4]), 0);
    archive_page_free(&page);
    page = after(stage, ids[27], 500);
    assert_int_equal(page.count, 2);
    assert_false(page.more);
    assert_true(room_id_compare(&page.complete, &ids[0]) < 0);
    assert_int_equal(room_id_compare(&page.newest, &ids[29]), 0);
    archive_page_free(&page);
}

static void amendments_overwrite(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id one = archive_stage_say(stage, room, "secret-one", NULL);
    room_id two = archive_stage_say(stage, room, "secret-two", "ref-2");
    archive_page page;

    archive_stage_settle(stage, room);
    archive_stage_edit(stage, room, one, "better-one");
    archive_stage_settle(stage, room);
    archive_stage_edit(stage, room, one, "best-one");
    archive_stage_erase(stage, room, two);
    archive_stage_settle(stage, room);
    page = after(stage, (room_id){ 1, 0 }, 100);
    assert_int_equal(page.count, 5);
    assert_null(strstr(text_of(&page), "secret"));
    assert_null(strstr(text_of(&page), "better"));
    assert_non_null(strstr(text_of(&page),
                           "\"text\":\"best-one\",\"edited\":true}"));
    assert_non_null(strstr(text_of(&page), "\"text\":\"\",\"ref\":\"ref-2\","
                                           "\"deleted\":true}"));
    archive_page_free(&page);
}

static void a_room_is_as_it_was(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 3);
    room_log_state was;
    room_log_state now;
    room_id ids[5];
    room_id again;

    for (int i = 0; i < 5; i++) {
        char ref[8];

        snprintf(ref, sizeof(ref), "ref-%d", i);
        ids[i] = archive_stage_say(stage, room, ref, ref);
    }
    archive_stage_edit(stage, room, ids[4], "edited");
    archive_stage_settle(stage, room);
    assert_int_equal(room_log_info(stage->store, room, base_clock_mono(),
                                   &was), ROOM_OK);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 3);
    assert_int_equal(room_log_info(stage->store, room, base_clock_mono(),
                                   &now), ROOM_OK);
    assert_int_equal(now.kept, 3);
    assert_int_equal(room_id_compare(&was.newest, &now.newest), 0);
    /* Sent again, also what is kept no more: it has the id that it had. */
    again = archive_stage_say(stage, room, "ref-1", "ref-1");
    assert_int_equal(room_id_compare(&again, &ids[1]), 0);
    again = archive_stage_say(stage, room, "new", "ref-9");
    assert_true(room_id_compare(&again, &now.newest) > 0);
}

static void nothing_is_twice(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_page page;

    for (int i = 0; i < 10; i++) {
        archive_stage_say(stage, room, "once", NULL);
    }
    archive_stage_settle(stage, room);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 100);
    archive_stage_say(stage, room, "once more", NULL);
    archive_stage_settle(stage, room);
    page = after(stage, (room_id){ 1, 0 }, 100);
    assert_int_equal(page.count, 11);
    archive_page_free(&page);
}

/* So many that they are written by more than one to a statement, with an edit
 * between them. */
static void many_at_once(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    room_id ids[200];
    archive_page page;
    char text[20];

    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof(text), "number %d", i);
        ids[i] = archive_stage_say(stage, room, text, NULL);
        if (i == 100) {
            archive_stage_edit(stage, room, ids[90], "changed");
        }
    }
    archive_stage_settle(stage, room);
    page = after(stage, (room_id){ 1, 0 }, 1000);
    assert_int_equal(page.count, 201);
    for (int i = 0; i < 200; i++) {
        const archive_row *row = &page.rows[i + (i > 100)];
        const char *body = (const char *)page.bodies.data + row->at;

        assert_int_equal(room_id_compare(&row->id, &ids[i]), 0);
        snprintf(text, sizeof(text), i == 90 ? "\"changed\"" : "\"number %d\"",
                 i);
        assert_non_null(memmem(body, row->size, text, strlen(text)));
    }
    archive_page_free(&page);
    page = find(stage, "number 17", 200);
    assert_int_equal(page.count, 12); /* 17, 117, 170 to 179 */
    archive_page_free(&page);
}

static void clearing_leaves_nothing(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id first = archive_stage_say(stage, room, "one", NULL);
    archive_page page;

    archive_stage_say(stage, room, "two", NULL);
    archive_stage_settle(stage, room);
    archive_stage_clear(stage, room);
    archive_stage_settle(stage, room);
    page = after(stage, first, 100);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].kind, ROOM_LOG_CLEARED);
    archive_page_free(&page);
}

static void words_are_found(void **state)
{
    static const struct {
        const char *words;
        size_t count;
    } cases[] = {
        { "hello", 1 },   { "HELLO wor", 1 }, { "100%", 1 },  { "_", 1 },
        { "\\", 1 },      { "stra\xc3\x9f" "e", 1 }, { "STRASSE", 1 },
        { "o", 4 },       { "hello gone", 0 }, { "%", 1 },
        { "\xf0\x9f\x98\x80", 1 }, { "a\"b", 1 },
    };
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id gone;

    archive_stage_say(stage, room, "Hello, World", NULL);
    archive_stage_say(stage, room, "100% of a_b \\ and a\"b", NULL);
    archive_stage_say(stage, room,
                      "Stra\xc3\x9f" "e \xf0\x9f\x98\x80 to", NULL);
    archive_stage_say(stage, room, "a\nfoo", NULL);
    gone = archive_stage_say(stage, room, "hello gone", NULL);
    archive_stage_settle(stage, room);
    archive_stage_erase(stage, room, gone);
    archive_stage_settle(stage, room);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        archive_page page = find(stage, cases[i].words, 100);

        if (page.count != cases[i].count || page.more) {
            fail_msg("%s: %zu\n%s", cases[i].words, page.count,
                     text_of(&page));
        }
        archive_page_free(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_have_what_was_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(amendments_overwrite, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_room_is_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(many_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(clearing_leaves_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(words_are_found, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
