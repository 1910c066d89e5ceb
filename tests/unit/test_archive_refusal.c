/* test_archive_refusal.c - what the owner's constraints and triggers refuse for
 * ever keeps nobody else waiting, and is not acked as stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "archive/archive_advice.h"
#include "archive/archive_page.h"
#include "archive/writer/archive_refusal.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/set/room_sanction.h"

#define ROOM "site\n/chat/lobby"
#define OTHER "site\n/chat/other"
#define SOON_US INT64_C(30000000)

static int setup(void **state)
{
    static archive_stage stage;

    heard_log_begin(BASE_LOG_INFO);
    archive_stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    archive_stage_close(*state);
    heard_log_end();
    return 0;
}

/* From now on the table has no row with such a value. One of SQLite's that is
 * there can get no constraint. */
static void forbid(archive_db *db, const char *table, const char *wrong)
{
    char sql[400];

    if (archive_db_about(db)->dialect != ARCHIVE_SQLITE) {
        snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD CONSTRAINT forbidden"
                                   " CHECK (NOT (%s))", table, wrong);
        assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
        return;
    }
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof(sql),
                 "CREATE TRIGGER forbidden%d BEFORE %s ON %s WHEN NEW.%s"
                 " BEGIN SELECT RAISE(ABORT, 'not in here'); END",
                 i, i == 0 ? "INSERT" : "UPDATE", table, wrong);
        assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    }
}

static void allow(archive_db *db, const char *table)
{
    char sql[200];

    if (archive_db_about(db)->dialect == ARCHIVE_SQLITE) {
        assert_int_equal(archive_db_command(db, "DROP TRIGGER forbidden0",
                                            true), ARCHIVE_OK);
        assert_int_equal(archive_db_command(db, "DROP TRIGGER forbidden1",
                                            true), ARCHIVE_OK);
        return;
    }
    snprintf(sql, sizeof(sql), "ALTER TABLE %s DROP CONSTRAINT forbidden",
             table);
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
}

static bool archived(archive_stage *stage, room_handle room, int64_t within_us)
{
    return room_ack_wait(stage->store, room,
                         room_log_next(stage->store, room) - 1,
                         base_clock_mono() + within_us) == ROOM_OK;
}

static archive_page all_of(archive_stage *stage, const char *key)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id first = { 1, 0 };

    assert_int_equal(archive_page_after(stage->archive, key, strlen(key),
                                        &first, 1000, 1 << 20, &page),
                     ARCHIVE_OK);
    return page;
}

static bool holds(const archive_page *page, const char *text)
{
    return memmem(page->bodies.data, page->bodies.len, text, strlen(text))
           != NULL;
}

static uint64_t lost(const archive_stage *stage)
{
    room_archive_figures figures;

    room_archive_figures_get(stage->store, base_clock_mono(), &figures);
    assert_true(figures.errors >= figures.lost);
    return figures.lost;
}

/* One message among many, of this room and of another. */
static void one_message(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_handle other = archive_stage_room(stage, OTHER, 100);
    archive_db *db = archive_stage_connect(stage);
    char id[ROOM_ID_TEXT];
    archive_page page;
    room_id bad;

    archive_stage_say(stage, room, "first", NULL);
    assert_true(archived(stage, room, SOON_US));
    forbid(db, "chatws_events", "body LIKE '%FORBIDDEN%'");
    for (int i = 0; i < 40; i++) {
        archive_stage_say(stage, room, "before", NULL);
    }
    bad = archive_stage_say(stage, room, "a FORBIDDEN text", "ref-1");
    for (int i = 0; i < 40; i++) {
        archive_stage_say(stage, room, "behind", NULL);
        archive_stage_say(stage, other, "elsewhere", NULL);
    }
    assert_true(archived(stage, room, SOON_US));
    assert_true(archived(stage, other, SOON_US));
    assert_int_equal(lost(stage), 1);
    for (uint64_t seq = 1; seq <= 82; seq++) {
        assert_int_equal(room_ack_refused(stage->store, room, seq), seq == 42);
    }
    page = all_of(stage, ROOM);
    assert_int_equal(page.count, 82);
    assert_false(holds(&page, "FORBIDDEN"));
    assert_true(holds(&page, "\"text\":\"\",\"ref\":\"ref-1\""
                             ",\"deleted\":true}"));
    archive_page_free(&page);
    page = all_of(stage, OTHER);
    assert_int_equal(page.count, 40);
    archive_page_free(&page);
    room_id_format(&bad, id);
    assert_true(heard_log_count("CW1104") > 0);
    assert_true(heard_log_count(id) > 0);
    assert_true(heard_log_count(" of the room /chat/lobby: ") > 0);
    assert_int_equal(heard_log_count("FORBIDDEN text"), 0);
    assert_int_equal(heard_log_count("CW1101"), 0);
    allow(db, "chatws_events");
    archive_db_destroy(db);
}

/* What is edited into something that is refused is not left as it was. */
static void an_edit(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *db = archive_stage_connect(stage);
    archive_page page;
    room_id id = archive_stage_say(stage, room, "the OLD text", NULL);

    assert_true(archived(stage, room, SOON_US));
    forbid(db, "chatws_events", "body LIKE '%FORBIDDEN%'");
    archive_stage_edit(stage, room, id, "a FORBIDDEN text");
    archive_stage_say(stage, room, "behind", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(lost(stage), 1);
    page = all_of(stage, ROOM);
    assert_int_equal(page.count, 3);
    assert_false(holds(&page, "OLD"));
    assert_false(holds(&page, "FORBIDDEN"));
    assert_true(holds(&page, "\"text\":\"\",\"deleted\":true}"));
    assert_true(holds(&page, "behind"));
    archive_page_free(&page);
    archive_db_destroy(db);
}

/* A name that is refused goes as well. */
static void a_name(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *db = archive_stage_connect(stage);
    archive_page page;

    forbid(db, "chatws_events", "body LIKE '%Ann%'");
    archive_stage_say(stage, room, "one", NULL);
    archive_stage_clear(stage, room);
    archive_stage_say(stage, room, "two", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_in_range(lost(stage), 2, 3); /* the first may be cleared before */
    page = all_of(stage, ROOM);
    assert_int_equal(page.count, 2);
    assert_true(holds(&page, "\"erased\""));
    assert_false(holds(&page, "two"));
    archive_page_free(&page);
    archive_db_destroy(db);
}

/* A room of which nothing is taken waits, alone. */
static void a_room(void **state)
{
    archive_stage *stage = *state;
    room_handle first = archive_stage_room(stage, OTHER, 100);
    archive_db *db = archive_stage_connect(stage);
    room_handle room;
    archive_page page;

    archive_stage_say(stage, first, "one", NULL);
    assert_true(archived(stage, first, SOON_US));
    forbid(db, "chatws_events", "room <> 1");
    room = archive_stage_room(stage, ROOM, 100);
    archive_stage_say(stage, room, "waits", NULL);
    for (int i = 0; i < 50; i++) {
        archive_stage_say(stage, first, "goes on", NULL);
        assert_true(archived(stage, first, SOON_US));
    }
    assert_false(archived(stage, room, 0));
    assert_true(heard_log_count("takes nothing of the room /chat/lobby")
                > 0);
    assert_int_equal(lost(stage), 0);
    allow(db, "chatws_events");
    assert_true(archived(stage, room, SOON_US));
    page = all_of(stage, ROOM);
    assert_true(holds(&page, "waits"));
    archive_page_free(&page);
    archive_db_destroy(db);
}

static void a_sanction(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *db = archive_stage_connect(stage);
    int64_t now = base_clock_mono();
    room_sanction ban = { .kind = ROOM_SANCTION_BAN, .realm = 11, .scope = 11,
                          .whom = 77, .until_us = ROOM_SANCTION_FOREVER,
                          .made_us = now, .reason = "FORBIDDEN",
                          .reason_size = 9 };

    forbid(db, "chatws_sanctions", "reason LIKE '%FORBIDDEN%'");
    assert_int_equal(room_sanction_put(stage->store, &ban, now, NULL),
                     ROOM_OK);
    archive_stage_say(stage, room, "goes on", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(room_ack_wait_sanctions(
                         stage->store, room_sanction_version(stage->store),
                         base_clock_mono() + SOON_US), ROOM_OK);
    assert_int_equal(heard_log_count("CW1101"), 0);
    archive_db_destroy(db);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    assert_true(room_sanction_until(stage->store, ROOM_SANCTION_BAN, 11, 77,
                                    base_clock_mono()) > 0);
}

/* As in the segment: the newest of them, and none but these. */
static void which_are_refused(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);

    assert_false(room_ack_refused(stage->store, room, 1));
    room_archive_refuse(stage->store, room, 5);
    room_archive_refuse(stage->store, room, 7);
    for (uint64_t seq = 1; seq < 100; seq++) {
        assert_int_equal(room_ack_refused(stage->store, room, seq),
                         seq == 5 || seq == 7);
    }
    room_archive_refuse(stage->store, room, 20);
    assert_false(room_ack_refused(stage->store, room, 4));
    assert_true(room_ack_refused(stage->store, room, 5));
    room_archive_refuse(stage->store, room, 21);
    assert_false(room_ack_refused(stage->store, room, 5));
    assert_true(room_ack_refused(stage->store, room, 7));
    room_archive_refuse(stage->store, room, 1000);
    assert_false(room_ack_refused(stage->store, room, 21));
    assert_true(room_ack_refused(stage->store, room, 1000));
    room_archive_refuse(stage->store, room, 65536 + 3);
    assert_true(room_ack_refused(stage->store, room, 65536 + 3));
    assert_false(room_ack_refused(stage->store, room, 65535));
}

/* Long afterwards another record has the same end of its number. */
static void nobody_is_refused_for_another(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    uint64_t next = 1;

    room_archive_refuse(stage->store, room, 5);
    while (next < 65536) {
        archive_stage_say(stage, room, "x", NULL);
        next = room_log_next(stage->store, room);
        if (next % 1000 == 0) {
            archive_stage_settle(stage, room);
            assert_true(next > 32000
                        || room_ack_refused(stage->store, room, 5));
        }
    }
    assert_false(room_ack_refused(stage->store, room, 65536 + 5));
}

/* What libpq says: the last of them for whatever has no row of its own. */
static void advice(void **state)
{
    static const struct {
        const char *error;
        const char *advice;
    } rows[] = {
        { "connection to server on socket \"/run/a\" failed: FATAL:  Peer "
          "authentication failed for user \"chat\"", "host=localhost" },
        { "connection to server at \"a\" failed: FATAL:  database \"b\" does "
          "not exist", "create the database" },
        { "invalid connection option \"hots\"", "correct ChatArchive" },
        { "connection to server on socket \"/run/a\" failed: No such file or "
          "directory", "start the database, or correct its address" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_non_null(strstr(archive_advice_of(rows[i].error),
                               rows[i].advice));
        assert_true(i == 1 || archive_advice_passes(rows[i].error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advice),
        cmocka_unit_test_setup_teardown(one_message, setup, teardown),
        cmocka_unit_test_setup_teardown(an_edit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_room, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sanction, setup, teardown),
        cmocka_unit_test_setup_teardown(which_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_refused_for_another, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
