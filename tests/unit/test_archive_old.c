/* test_archive_old.c - a long past: what is too old goes, the index finds what
 * is not looked through, and a user is taken out of all of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive_erase.h"
#include "archive/archive_page.h"
#include "archive/archive_past.h"
#include "archive/archive_search.h"
#include "archive/writer/archive_chores.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/archive/room_import.h"

#define ROOM "site\n/chat/lobby"
#define ALL (1024 * 1024)
#define MANY 15000
#define HOUR INT64_C(3600000)

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

/* All that there is to do at this time. */
static void do_chores(archive_db *db, int64_t wall_ms)
{
    archive_chores chores = { .even = true, .quiet = true };
    bool idle = false;
    bool touched;

    while (!idle) {
        assert_int_equal(archive_chores_step(&chores, db, wall_ms, &idle,
                                             &touched), ARCHIVE_OK);
    }
}

/* Somebody else has taken the row meanwhile. */
static void nothing_is_ours(archive_db *db, int64_t wall_ms)
{
    archive_lock lock;
    archive_chores chores = { .lock = &lock, .holds = true,
                              .even = true };
    bool idle;
    bool touched;

    archive_lock_name(&lock, NULL);
    assert_int_equal(archive_chores_step(&chores, db, wall_ms, &idle,
                                         &touched), ARCHIVE_AWAY);
    assert_false(chores.holds);
}

static archive_page after(archive_stage *stage, room_id id)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_after(stage->archive, ROOM, strlen(ROOM),
                                        &id, 1000, ALL, &page), ARCHIVE_OK);
    return page;
}

static bool holds(const archive_page *page, const char *text)
{
    return memmem(page->bodies.data, page->bodies.len, text, strlen(text))
           != NULL;
}

static void old_ones_go(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10000);
    archive_db *db = archive_stage_connect(stage);
    int64_t now = base_clock_wall();
    archive_chores doubts = { .quiet = true };
    bool idle;
    bool touched;
    archive_page page;
    room_id last = { 0, 0 };

    for (int i = 0; i < 1200; i++) {
        last = archive_stage_say(stage, room, "old", NULL);
    }
    archive_stage_settle(stage, room);
    do_chores(db, now + HOUR); /* for ever */
    page = after(stage, (room_id){ 1, 0 });
    assert_int_equal(page.count, 1000);
    archive_page_free(&page);
    room_import_keep(stage->store, room, HOUR);
    archive_stage_say(stage, room, "older", NULL);
    archive_stage_settle(stage, room);
    do_chores(db, now + HOUR - 60000); /* not yet */
    page = after(stage, last);
    assert_int_equal(page.count, 1);
    archive_page_free(&page);
    nothing_is_ours(db, now + 2 * HOUR);
    page = after(stage, last);
    assert_int_equal(page.count, 1);
    archive_page_free(&page);
    /* A clock that may be wrong removes nothing. */
    assert_int_equal(archive_chores_step(&doubts, db, now + 2 * HOUR, &idle,
                                         &touched), ARCHIVE_OK);
    page = after(stage, last);
    assert_int_equal(page.count, 1);
    archive_page_free(&page);
    do_chores(db, now + 2 * HOUR);
    page = after(stage, (room_id){ 1, 0 });
    assert_int_equal(page.count, 0);
    /* Positions from before are not exact any more; the newest id is known. */
    assert_true(room_id_compare(&page.complete, &last) >= 0);
    assert_true(room_id_compare(&page.newest, &last) > 0);
    archive_page_free(&page);
    archive_db_destroy(db);
}

static bool has_meta(archive_db *db, const char *name)
{
    const void *values[] = { name };

    assert_int_equal(archive_db_select(db, ARCHIVE_META_GET, values),
                     ARCHIVE_OK);
    return archive_db_row(db);
}

/* How many answers it took, too. */
static size_t found_in(archive_stage *stage, const char *words, int *answers)
{
    room_id last = { INT64_MAX, 0 };
    archive_page page = ARCHIVE_PAGE_INIT;
    chat_search search;
    size_t count = 0;

    *answers = 0;

    assert_true(chat_search_parse(&search, words, strlen(words)));
    do { /* on a slow machine a page may end early */
        assert_int_equal(archive_search_before(stage->archive, ROOM,
                                               strlen(ROOM), &search, &last,
                                               100, ALL, &page), ARCHIVE_OK);
        count += page.count;
        (*answers)++;
        assert_true(!page.more || room_id_compare(&page.from, &last) < 0);
        last = page.from;
    } while (page.more);
    archive_page_free(&page);
    chat_search_destroy(&search);
    return count;
}

/* Until the database has this limit. */
static void wait_for_keep(archive_db *db, int64_t keep_ms)
{
    int64_t until = base_clock_mono() + INT64_C(60000000);
    archive_past past = { .keep_ms = 0 };

    while (past.keep_ms != keep_ms) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
        assert_int_equal(archive_past_read(db, ROOM, strlen(ROOM), &past),
                         ARCHIVE_OK);
    }
}

/* Whoever only reads brings it as well: the owner has raised it, and nobody
 * says anything in time. */
static void a_limit_is_changed(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    archive_db *db = archive_stage_connect(stage);
    room_archive_facts facts;

    room_import_keep(stage->store, room, HOUR);
    archive_stage_say(stage, room, "one", NULL);
    archive_stage_settle(stage, room);
    wait_for_keep(db, HOUR);
    room_import_keep(stage->store, room, 2 * HOUR);
    wait_for_keep(db, 2 * HOUR);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 10); /* keeps for ever */
    wait_for_keep(db, INT64_MAX);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 10);
    assert_int_equal(room_archive_look(stage->store, room, &facts), ROOM_OK);
    assert_false(facts.fresh); /* as it was: nothing is to be written */
    archive_db_destroy(db);
}

/* While somebody speaks there is a rest between two steps. */
static void it_rests_between_steps(void **state)
{
    archive_stage *stage = *state;
    archive_db *db = archive_stage_connect(stage);
    archive_chores chores = { .rest_us = INT64_MAX };
    int64_t begun = base_clock_mono();
    bool idle;
    bool touched;

    assert_int_equal(archive_chores_step(&chores, db, base_clock_wall(), &idle,
                                         &touched), ARCHIVE_OK);
    assert_true(idle);
    assert_int_equal(chores.rest_us, INT64_MAX);
    chores.quiet = true;
    assert_int_equal(archive_chores_step(&chores, db, base_clock_wall(), &idle,
                                         &touched), ARCHIVE_OK);
    assert_false(idle);
    assert_in_range(chores.rest_us, begun, INT64_MAX - 1);
    archive_db_destroy(db);
}

static size_t found(archive_stage *stage, const char *words)
{
    int answers;

    return found_in(stage, words, &answers);
}

static void command(archive_db *db, const char *sql)
{
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
}

/* 600 more of the only message, each in a millisecond of its own; `folded`:
 * what is looked through, of the i-th. */
static void multiply(archive_db *db, const char *folded)
{
    char sql[1024];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE more(i) AS (SELECT 1 UNION ALL SELECT i + 1"
             " FROM more WHERE i < 600) INSERT INTO chatws_events (pos, room,"
             " ms, n, text_at, text_size, body, folded) SELECT pos + i, room,"
             " ms + i, 0, text_at, text_size,"
             " replace(body, ms || '-' || n, (ms + i) || '-0'), %s"
             " FROM chatws_events, more", folded);
    command(db, sql);
}

#define AS "aaaaaaaaaaaaaaaaaaaa"
#define AT_THE_END \
    AS "b " AS "c " AS "d " AS "e " AS "f " AS "g " AS "h "

/* 54 MB in which each word is at the end of a text: the statements are small
 * then, so that nobody waits long for one, and the answer goes out in time. */
static void long_texts_take_many_steps(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    archive_db *db = archive_stage_connect(stage);
    int answers;

    archive_stage_say(stage, room, AT_THE_END "here", NULL);
    archive_stage_settle(stage, room);
    if (archive_db_about(db)->dialect == ARCHIVE_SQLITE) {
        multiply(db, "replace(hex(zeroblob(45000)), '0', 'a') || '"
                     AT_THE_END "'");
        assert_int_equal(found_in(stage, AT_THE_END "here", &answers), 1);
        assert_true(answers > 1);
    }
    archive_db_destroy(db);
}

/* In new sessions PostgreSQL needs 3 ms to see that a text has no word. */
#define SLOW \
    "CREATE FUNCTION public.strpos(text, text) RETURNS int" \
    " LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.003); RETURN 0; END'"
#define SLOW_FIRST "ALTER ROLE chat SET search_path = public, pg_catalog"

/* PostgreSQL ends a search that takes too long; it is well, and nobody else is
 * kept waiting for that. */
static void a_long_search_is_ended(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    archive_db *db = archive_stage_connect(stage);
    room_id last = { INT64_MAX, 0 };
    archive_page page = ARCHIVE_PAGE_INIT;
    chat_search search;

    archive_stage_say(stage, room, "here", NULL);
    archive_stage_settle(stage, room);
    if (archive_db_about(db)->dialect == ARCHIVE_PGSQL) {
        multiply(db, "'zz'");
        command(db, SLOW);
        command(db, SLOW_FIRST);
        assert_true(chat_search_parse(&search, "zz", 2));
        assert_int_equal(archive_search_before(stage->archive, ROOM,
                                               strlen(ROOM), &search, &last,
                                               100, ALL, &page), ARCHIVE_OK);
        assert_true(page.more);
        archive_page_free(&page);
        page = after(stage, (room_id){ 1, 0 });
        assert_true(page.count > 0);
        archive_page_free(&page);
        command(db, "ALTER ROLE chat RESET search_path");
        command(db, "DROP FUNCTION public.strpos(text, text)");
        chat_search_destroy(&search);
    }
    archive_db_destroy(db);
}

/* A step ends between the only messages of two milliseconds. */
static void no_step_leaves_one_out(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    archive_db *db = archive_stage_connect(stage);

    archive_stage_say(stage, room, "here", NULL);
    archive_stage_settle(stage, room);
    if (archive_db_about(db)->dialect == ARCHIVE_SQLITE) {
        multiply(db, "substr('here', 1, (i + 1) % 2 * 4)");
        assert_int_equal(found(stage, "here"), 301);
    }
    archive_db_destroy(db);
}

/* Those that are looked for are older than what is looked through. */
static void the_index_finds_them(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    archive_db *db = archive_stage_connect(stage);
    archive_erasing erasing = { .user = 8 };
    room_archive_figures figures;
    char text[60];

    stage->user = 8;
    archive_stage_say(stage, room, "a Xylophone \"q%\" here", NULL);
    archive_stage_say(stage, room, "0123456789-abcdefghijklmnopqrstuvwxyz",
                      NULL);
    stage->user = 7;
    archive_stage_say(stage, room, "xylo phone", NULL);

    for (int i = 0; i < 2 * MANY; i++) {
        snprintf(text, sizeof(text), "message number %d of many", i);
        archive_stage_say(stage, room, text, NULL);
        while (i % 500 == 0) {
            room_archive_figures_get(stage->store, base_clock_mono(),
                                     &figures);
            if (figures.lag_messages < 1000) {
                break;
            }
            usleep(500);
        }
    }
    archive_stage_settle(stage, room);
    do_chores(db, base_clock_wall());
    assert_int_equal(found(stage, "xylophone"), 1);
    assert_int_equal(found(stage, "xylo phone"), 2);
    assert_int_equal(found(stage, "phone \"q%\""), 1);
    assert_int_equal(found(stage, "number 1234 many"), 13);
    assert_int_equal(found(stage, "3456789-abcdefghijklmnopqrstuvwxyz 12"), 1);
    assert_int_equal(found(stage, "3456789-abcdefghijklmnop-rstuvwxyz"), 0);
    assert_int_equal(found(stage, "nowhere-at-all"), 0);
    assert_int_equal(found(stage, "q%"), 1); /* no piece of three */
    while (!erasing.done) {
        assert_int_equal(archive_erase_step(stage->archive, &erasing),
                         ARCHIVE_OK);
    }
    assert_int_equal(erasing.erased, 2);
    assert_int_equal(found(stage, "xylophone"), 0);
    assert_int_equal(found(stage, "xylo phone"), 1);
    /* What was taken out of the index is merged away: it is asked for no
     * more. */
    do_chores(db, base_clock_wall());
    assert_int_equal(found(stage, "xylo phone"), 1);
    assert_false(has_meta(db, "merge") || has_meta(db, "merging"));
    archive_db_destroy(db);
}

static void a_user_is_erased(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    archive_erasing erasing = { .user = stage->user };
    room_id one = archive_stage_say(stage, room, "private one", "secret-ref");
    archive_page page;

    archive_stage_say(stage, room, "private two", NULL);
    archive_stage_edit(stage, room, one, "private three");
    archive_stage_settle(stage, room);
    while (!erasing.done) {
        assert_int_equal(archive_erase_step(stage->archive, &erasing),
                         ARCHIVE_OK);
    }
    assert_int_equal(erasing.erased, 3);
    page = after(stage, (room_id){ 1, 0 });
    assert_int_equal(page.count, 3);
    assert_false(holds(&page, "private"));
    assert_false(holds(&page, "Ann"));
    assert_false(holds(&page, "secret-ref"));
    assert_true(holds(&page, "\"from\":{\"id\":\"g-0000000000000000\","
                             "\"name\":\"erased\",\"guest\":true},"
                             "\"text\":\"\",\"deleted\":true}"));
    archive_page_free(&page);
    assert_int_equal(found(stage, "private"), 0);
}

/* As the writer for all hosts does it: what is left is a text each time. */
static void a_user_is_erased_up_to_a_time(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    room_id early = archive_stage_say(stage, room, "private early", NULL);
    room_id late = early;
    archive_erasing erasing = { .user = stage->user, .upto_ms = early.ms };
    char text[ARCHIVE_ERASING_TEXT];
    archive_page page;

    while (late.ms == early.ms) {
        late = archive_stage_say(stage, room, "late", NULL);
    }
    archive_stage_settle(stage, room);
    while (!erasing.done) {
        archive_erasing_write(&erasing, text);
        assert_true(archive_erasing_read(text, &erasing));
        assert_int_equal(erasing.upto_ms, early.ms);
        assert_int_equal(archive_erase_step(stage->archive, &erasing),
                         ARCHIVE_OK);
    }
    page = after(stage, (room_id){ 1, 0 });
    assert_false(holds(&page, "private"));
    archive_page_free(&page); /* it may be full of that millisecond */
    page = after(stage, (room_id){ late.ms - 1, UINT64_MAX });
    assert_true(holds(&page, "late"));
    assert_true(holds(&page, "Ann"));
    archive_page_free(&page);
}

static void what_is_left_to_erase_is_a_text(void **state)
{
    static const char *const wrong[] = {
        "", "erase", "12", "0 0 0 0 0 0 0 0 0", "5 0 0 -1 0 0 0 0 0",
        "5 0 0 0 0 0 -1 0 0", "5 0 0 0 0 0 0 0", "5 0 0 0 0 0 0 0 x",
    };
    archive_erasing it = { .user = UINT64_MAX, .realm = UINT64_MAX - 1,
                           .upto_ms = 3, .room = 4,
                           .at = { 1234567890123, INT64_MAX }, .merging = 5,
                           .looked = 6, .erased = 7 };
    archive_erasing same;
    char text[ARCHIVE_ERASING_TEXT];
    char again[ARCHIVE_ERASING_TEXT];

    (void)state;
    archive_erasing_write(&it, text);
    assert_true(archive_erasing_read(text, &same));
    assert_true(same.user == it.user && same.realm == it.realm
                && same.room == 4 && same.at.n == INT64_MAX);
    archive_erasing_write(&same, again);
    assert_string_equal(again, text);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(archive_erasing_read(wrong[i], &same));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(old_ones_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_is_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(it_rests_between_steps, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_index_finds_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(long_texts_take_many_steps, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_long_search_is_ended, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_step_leaves_one_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_user_is_erased, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_is_erased_up_to_a_time, setup,
                                        teardown),
        cmocka_unit_test(what_is_left_to_erase_is_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
