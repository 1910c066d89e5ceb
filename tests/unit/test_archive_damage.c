/* test_archive_damage.c - what somebody else has written into the tables, or a
 * disk has lost: it harms nobody but itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive_page.h"
#include "archive/archive_past.h"
#include "archive/archive_schema.h"
#include "archive/archive_search.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "room/archive/room_archive_figures.h"

#define ROOM "site\n/chat/lobby"
#define ALL (1024 * 1024)

static int setup(void **state)
{
    static archive_stage stage;

    heard_log_begin(BASE_LOG_ERROR);
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

/* Does to the row of an event what an owner can do with SQL. */
static void change(archive_stage *stage, room_id id, const char *set)
{
    archive_db *db = archive_stage_connect(stage);
    char sql[512];

    snprintf(sql, sizeof(sql), "UPDATE chatws_events SET %s WHERE ms = %" PRIu64
             " AND n = %" PRIu64, set, id.ms, id.n);
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    archive_db_destroy(db);
}


/* What is told from the beginning on. */
static archive_page after_all(archive_stage *stage)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id first = { 1, 0 };

    assert_int_equal(archive_page_after(stage->archive, ROOM, strlen(ROOM),
                                        &first, 1000, ALL, &page),
                     ARCHIVE_OK);
    return page;
}

static archive_page before_all(archive_stage *stage)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id last = { INT64_MAX, 0 };

    assert_int_equal(archive_page_before(stage->archive, ROOM, strlen(ROOM),
                                         &last, 1000, ALL, &page),
                     ARCHIVE_OK);
    return page;
}

static archive_page find(archive_stage *stage, const char *words)
{
    static const room_id last = { INT64_MAX, 0 };
    archive_page page = ARCHIVE_PAGE_INIT;
    chat_search search;

    assert_true(chat_search_parse(&search, words, strlen(words)));
    assert_int_equal(archive_search_before(stage->archive, ROOM, strlen(ROOM),
                                           &search, &last, 1000, ALL, &page),
                     ARCHIVE_OK);
    chat_search_destroy(&search);
    return page;
}

/* Exactly these, whichever way they are asked for. */
static void expect(archive_page page, const room_id *ids, size_t count)
{
    assert_int_equal(page.count, count);
    assert_false(page.more);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(room_id_compare(&page.rows[i].id, &ids[i]), 0);
    }
    archive_page_free(&page);
}

static bool take_id(void *context, const room_log_record *record)
{
    archive_page *page = context;
    archive_record row = { .ms = (int64_t)record->id.ms,
                           .n = (int64_t)record->id.n };

    archive_page_add(page, &row);
    return true;
}

/* What a room has that was read in. */
static archive_page in_memory(archive_stage *stage, room_handle room)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    uint64_t next;

    assert_int_equal(room_log_read(stage->store, room, 1, UINT64_MAX, SIZE_MAX,
                                   take_id, &page, &next), ROOM_OK);
    return page;
}

static int64_t errors(const archive_stage *stage)
{
    room_archive_figures figures;

    room_archive_figures_get(stage->store, base_clock_mono(), &figures);
    return (int64_t)figures.errors;
}

static const struct {
    const char *set;
    bool sqlite; /* another database would not take it */
} damages[] = {
    { "body = replace(body, 'word', '')", false },
    { "body = replace(body, 'word', 'w\"rd')", false },
    { "body = replace(body, 'Ann', 'A\tn')", false },
    { "body = replace(body, 'Ann', 'A\x7fn')", false },
    { "body = replace(body, '}', '')", false },
    { "body = replace(body, 'message', 'massage')", false },
    { "body = replace(body, '\"id\":\"1', '\"id\":\"2')", false },
    { "body = replace(body, '\"text\":', '\"test\":')", false },
    { "body = replace(body, 'Ann', CAST(x'41ff' AS TEXT))", true },
    { "body = replace(body, 'Ann', CAST(x'c3' AS TEXT))", true },
    { "body = substr(body, 1, 40)", false },
    { "body = '}'", false },
    { "text_at = text_at - 1", false },
    { "text_at = 0, text_size = 0", false },
    { "text_at = -1", false },
    { "text_at = 2000000000", false },
    { "text_size = 2000000000", false },
    { "text_size = -2000000000", false },
    { "kind = 77", false },
    { "kind = -1", false },
    { "kind = 3", false },
    { "state = 1", false },
    { "state = 77", false },
};

/* One row of each damage, and a good one behind each. */
static void nobody_is_told(void **state)
{
    enum { MOST = sizeof(damages) / sizeof(damages[0]) };
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 1000);
    room_id bad[MOST];
    room_id good[MOST];
    size_t count = 0;

    for (size_t i = 0; i < MOST; i++) {
        if (stage->file[0] || !damages[i].sqlite) {
            bad[count] = archive_stage_say(stage, room, "word \\ \" 1", NULL);
            good[count++] = archive_stage_say(stage, room, "word \\ \" 2",
                                              NULL);
        }
    }
    archive_stage_settle(stage, room);
    for (size_t i = MOST, at = count; i > 0; i--) {
        if (stage->file[0] || !damages[i - 1].sqlite) {
            change(stage, bad[--at], damages[i - 1].set);
        }
    }
    expect(after_all(stage), good, count);
    assert_true(heard_log_count("CW1107: the archive's row in chatws_events"
                                " with room = 1 and ms = ") > 0);
    assert_int_equal(errors(stage), count);
    expect(before_all(stage), good, count);
    expect(find(stage, "word"), good, count);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 1000);
    expect(in_memory(stage, room), good, count);
}

/* How long the body of an event is. */
static size_t body_size(archive_stage *stage, room_id id)
{
    archive_db *db = archive_stage_connect(stage);
    const int64_t room = 1;
    int64_t ms = (int64_t)id.ms;
    int64_t n = (int64_t)id.n;
    const void *values[] = { &room, &ms, &n };
    size_t size;

    assert_int_equal(archive_db_select(db, ARCHIVE_EVENT_GET, values),
                     ARCHIVE_OK);
    assert_true(archive_db_row(db));
    (void)archive_db_text(db, 9, &size);
    archive_db_destroy(db);
    return size;
}

/* Nobody knows where in it the text is: nothing of it stays. */
static void what_is_deleted_is_gone(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id deleted = archive_stage_say(stage, room, "SECRET", NULL);
    room_id edited = archive_stage_say(stage, room, "SECRET", NULL);
    archive_page page;

    archive_stage_settle(stage, room);
    change(stage, deleted, "text_at = text_at + 1");
    change(stage, edited, "text_at = text_at + 1");
    archive_stage_erase(stage, room, deleted);
    archive_stage_edit(stage, room, edited, "fine");
    archive_stage_settle(stage, room);
    assert_int_equal(body_size(stage, deleted), 0);
    assert_int_equal(body_size(stage, edited), 0);
    heard_log_forget();
    page = after_all(stage);
    assert_int_equal(page.count, 2); /* the two events */
    assert_int_equal(heard_log_count("\n"), 0);
    archive_page_free(&page);
}

/* Nobody looks through a room of millions for a row that is left. */
static void too_many_are_no_answer(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    archive_db *db = archive_stage_connect(stage);
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id first = { 1, 0 };

    for (int i = 0; i < 1300; i++) {
        archive_stage_say(stage, room, "x", NULL);
    }
    archive_stage_settle(stage, room);
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_events SET text_size = 1", true),
                     ARCHIVE_OK);
    archive_db_destroy(db);
    assert_int_equal(archive_page_after(stage->archive, ROOM, strlen(ROOM),
                                        &first, 1000, ALL, &page),
                     ARCHIVE_AWAY);
    archive_page_free(&page);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 10);
    archive_stage_say(stage, room, "and on", NULL);
    archive_stage_settle(stage, room);
}

/* The room is there, without it. */
static void a_topic_is_text(void **state)
{
    static const char *const topics[] = { "CAST(x'41ff' AS TEXT)", "'a\tb'" };
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    archive_db *db = archive_stage_connect(stage);
    archive_past past;
    char sql[80];

    archive_stage_say(stage, room, "one", NULL);
    archive_stage_settle(stage, room);
    for (size_t i = stage->file[0] ? 0 : 1; i < 2; i++) {
        snprintf(sql, sizeof(sql), "UPDATE chatws_rooms SET topic = %s",
                 topics[i]);
        assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
        assert_int_equal(archive_past_read(db, ROOM, strlen(ROOM), &past),
                         ARCHIVE_OK);
        assert_int_equal(past.id, 1);
        assert_int_equal(past.state.topic_size, 0);
    }
    archive_db_destroy(db);
}

/* As by a backup that is copied over it: that is an error, not the end of the
 * process that reads. */
static void the_file_is_cut_short(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    archive_record record = ARCHIVE_RECORD_INIT;
    archive_past past;
    archive_db *writer;
    archive_db *db;
    room_id last = { 0, 0 };
    int64_t pos;

    if (!stage->file[0]) {
        skip();
    }
    for (int i = 0; i < 1000; i++) {
        last = archive_stage_say(stage, room, "one of many", NULL);
    }
    archive_stage_settle(stage, room);
    db = archive_db_create(&stage->settings, NULL, false);
    assert_int_equal(archive_schema_open(db), ARCHIVE_OK);
    archive_stage_halt(stage);
    writer = archive_stage_connect(stage);
    assert_int_equal(archive_db_command(
                         writer, "PRAGMA wal_checkpoint(TRUNCATE)", true),
                     ARCHIVE_OK);
    archive_db_destroy(writer);
    assert_int_equal(archive_past_read(db, ROOM, strlen(ROOM), &past),
                     ARCHIVE_OK);
    assert_int_equal(truncate(stage->file, 4096), 0);
    assert_int_equal(archive_past_get(db, &past, &last, &record, &pos),
                     ARCHIVE_AWAY);
    assert_true(heard_log_count("CW1101") > 0);
    archive_record_free(&record);
    archive_db_destroy(db);
}

/* Its row says that it was edited, and its body does not end so. */
static void a_short_body_is_deleted(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id none = archive_stage_say(stage, room, "SECRET", NULL);
    room_id within = archive_stage_say(stage, room, "SECRET", NULL);

    archive_stage_settle(stage, room);
    change(stage, none, "state = 1, text_at = 1, text_size = 2, body ="
                        " '{\"\":\"\"}'");
    change(stage, within, "state = 1, text_at = 1, text_size = 19, body ="
                          " '{\"\":\"\",\"edited\":true}'");
    archive_stage_erase(stage, room, none);
    archive_stage_erase(stage, room, within);
    archive_stage_say(stage, room, "and on", NULL);
    archive_stage_settle(stage, room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_deleted_is_gone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(too_many_are_no_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_topic_is_text, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_is_cut_short, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_short_body_is_deleted, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
