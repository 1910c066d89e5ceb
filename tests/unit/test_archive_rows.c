/* test_archive_rows.c - what the writer does to rows that are there already,
 * and when the tables are not as it has left them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive_page.h"
#include "archive/writer/archive_batch.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_sanction.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_item.h"
#include "room/set/room_sanction.h"

#define ROOM "site\n/chat/lobby"
#define ALL (1024 * 1024)

/* What is wrong here is so on purpose. */
static void say_nothing(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static int setup(void **state)
{
    static archive_stage stage;

    base_log_set(say_nothing, NULL, BASE_LOG_INFO);
    archive_stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    archive_stage_close(*state);
    base_log_set(NULL, NULL, BASE_LOG_INFO);
    return 0;
}

static void change(archive_stage *stage, const char *sql)
{
    archive_db *db = archive_stage_connect(stage);

    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    archive_db_destroy(db);
}

static archive_page all(archive_stage *stage)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_after(stage->archive, ROOM, strlen(ROOM),
                                        &(room_id){ 1, 0 }, 1000, ALL, &page),
                     ARCHIVE_OK);
    return page;
}

static unsigned count(const archive_page *page, const char *text)
{
    const unsigned char *at = page->bodies.data;
    const unsigned char *end = at + page->bodies.len;
    unsigned found = 0;

    while ((at = memmem(at, (size_t)(end - at), text, strlen(text)))) {
        found++;
        at++;
    }
    return found;
}

static void only_the_last_edit_has_a_text(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id id = archive_stage_say(stage, room, "text", NULL);
    room_id newest = { 0, 0 };
    archive_db *db = archive_stage_connect(stage);
    archive_page page;
    char text[20];

    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof(text), "better %d.", i);
        newest = archive_stage_edit(stage, room, id, text);
        if (i % 4 == 0) { /* others are written with the next */
            archive_stage_settle(stage, room);
        }
    }
    archive_stage_settle(stage, room);
    page = all(stage);
    assert_int_equal(page.count, 41);
    assert_int_equal(count(&page, "better"), 2); /* and the message itself */
    assert_int_equal(count(&page, "better 39."), 2);
    archive_page_free(&page);
    /* So it is the only one that has to be remembered. */
    assert_int_equal(archive_db_command(db, "SELECT by_ms, by_n"
                                            " FROM chatws_edits", true),
                     ARCHIVE_OK);
    if (stage->file[0]) { /* other drivers keep no answer of a command */
        assert_true(archive_db_row(db));
        assert_int_equal(archive_db_number(db, 0), newest.ms);
        assert_int_equal(archive_db_number(db, 1), newest.n);
        assert_false(archive_db_row(db));
    }
    archive_db_destroy(db);
    archive_stage_erase(stage, room, id);
    archive_stage_settle(stage, room);
    page = all(stage);
    assert_int_equal(count(&page, "better"), 0);
    archive_page_free(&page);
}

static void before(archive_stage *stage, size_t limit, size_t expected,
                   bool more)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_before(stage->archive, ROOM, strlen(ROOM),
                                         &(room_id){ INT64_MAX, 0 }, limit,
                                         ALL, &page), ARCHIVE_OK);
    assert_int_equal(page.count, expected);
    assert_true(page.more == more);
    archive_page_free(&page);
}

/* Messages are found behind any number of other events, which are looked at in
 * steps. */
static void few_messages_in_front_of_many_edits(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 2000);
    room_id id;

    for (int i = 0; i < 10; i++) { /* a room keeps few events */
        id = archive_stage_say(stage, room, "one", NULL);
        for (int j = 0; j < 90; j++) {
            archive_stage_edit(stage, room, id, j % 2 ? "two" : "three");
        }
        archive_stage_settle(stage, room);
    }
    before(stage, 1, 1, true);
    before(stage, 2, 2, true);
    before(stage, 9, 9, true);
    before(stage, 10, 10, false);
    before(stage, 1000, 10, false);
}

/* As in a database that was put together by hand: no row takes the place of
 * another one. */
static void a_wrong_top_hides_nothing(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_page page;

    for (int i = 0; i < 20; i++) {
        archive_stage_say(stage, room, "before", NULL);
    }
    archive_stage_settle(stage, room);
    archive_stage_halt(stage);
    change(stage, "UPDATE chatws_rooms SET top = top - 18");
    archive_stage_resume(stage);
    room = archive_stage_room(stage, ROOM, 100);
    for (int i = 0; i < 20; i++) {
        archive_stage_say(stage, room, "after", NULL);
    }
    archive_stage_settle(stage, room);
    page = all(stage);
    assert_int_equal(page.count, 40);
    assert_int_equal(count(&page, "before"), 20);
    archive_page_free(&page);
}

/* One thread writes a batch while another one has the room. */
typedef struct {
    archive_stage *stage;
    room_handle room;
    archive_db *db;
    archive_batch_result result;
} writing;

static void *write_room(void *context)
{
    writing *it = context;
    archive_batch *batch = archive_batch_create(it->stage->store, it->db);

    archive_batch_begin(batch);
    assert_int_equal(archive_batch_write(batch, it->room, &it->result),
                     ARCHIVE_OK);
    archive_batch_destroy(batch);
    return NULL;
}

static void a_busy_room_is_looked_at_again(void **state)
{
    archive_stage *stage = *state;
    writing it = { .stage = stage, .db = archive_stage_connect(stage) };
    pthread_t thread;

    it.room = archive_stage_room(stage, ROOM, 100);
    archive_stage_say(stage, it.room, "text", NULL);
    archive_stage_settle(stage, it.room);
    assert_true(room_item_lock(stage->store, it.room.index));
    assert_int_equal(pthread_create(&thread, NULL, write_room, &it), 0);
    pthread_join(thread, NULL);
    room_item_leave(stage->store, it.room.index);
    assert_true(it.result.more);
    assert_int_equal(it.result.upto, 0);
    write_room(&it);
    assert_false(it.result.more);
    archive_db_destroy(it.db);
}

/* The row says that a machine of our name writes, which was started another
 * time: another host, perhaps. */
static void a_name_is_not_a_machine(void **state)
{
    archive_stage *stage = *state;
    archive_db *db = archive_stage_connect(stage);
    archive_lock ours;
    char other[sizeof(ours.host)];
    char sql[300];
    bool held = true;

    archive_stage_halt(stage);
    archive_lock_name(&ours, NULL);
    memcpy(other, ours.host, sizeof(other));
    other[strcspn(other, " ") + 1] ^= 1; /* a digit of its start */
    snprintf(sql, sizeof(sql),
             "UPDATE chatws_writer SET instance = 5, pid = 1, beat = 7,"
             " host = '%s'", other);
    assert_int_equal(archive_lock_take(&ours, db, &held), ARCHIVE_OK);
    assert_true(held); /* which tells the time */
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    assert_int_equal(archive_lock_take(&ours, db, &held), ARCHIVE_OK);
    assert_false(held);
    /* It would have told it is there. */
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_writer SET stamp = stamp - 31",
                         true), ARCHIVE_OK);
    assert_int_equal(archive_lock_take(&ours, db, &held), ARCHIVE_OK);
    assert_true(held);
    /* A clock that was wrong then does not keep it for ever. */
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_writer SET stamp = stamp + 99999",
                         true), ARCHIVE_OK);
    assert_int_equal(archive_lock_take(&ours, db, &held), ARCHIVE_OK);
    assert_false(held);
    ours.other_us -= INT64_C(31000000);
    assert_int_equal(archive_lock_take(&ours, db, &held), ARCHIVE_OK);
    assert_true(held);
    archive_db_destroy(db);
}

/* In MariaDB a text may be longer than its driver is asked for. */
static void a_row_that_is_too_long(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *db = archive_stage_connect(stage);
    const void *values[] = { ROOM };
    size_t size;

    if (strcmp(stage->settings.driver, "mysql") != 0) {
        archive_db_destroy(db);
        skip();
    }
    archive_stage_say(stage, room, "text", NULL);
    archive_stage_settle(stage, room);
    change(stage, "ALTER TABLE chatws_rooms MODIFY topic MEDIUMTEXT");
    change(stage, "UPDATE chatws_rooms SET topic = REPEAT('x', 200000)");
    assert_int_equal(archive_db_select(db, ARCHIVE_ROOM_GET, values),
                     ARCHIVE_OK);
    assert_true(archive_db_row(db));
    (void)archive_db_text(db, 12, &size);
    assert_int_equal(size, 131072);
    archive_db_destroy(db);
}

static void put_sanction(room_store *store, uint64_t whom)
{
    int64_t now = base_clock_mono();
    room_sanction ban = { .kind = ROOM_SANCTION_BAN, .realm = 11, .scope = 11,
                          .whom = whom, .until_us = ROOM_SANCTION_FOREVER,
                          .made_us = now };

    ban.user.user = whom;
    assert_int_equal(room_sanction_put(store, &ban, now, NULL), ROOM_OK);
}

static unsigned sanctions_in(archive_db *db)
{
    unsigned found = 0;

    assert_int_equal(archive_db_select(db, ARCHIVE_SANCTIONS_LIST, NULL),
                     ARCHIVE_OK);
    while (archive_db_row(db)) {
        found++;
    }
    return found;
}

static void write_sanctions(archive_sanction_list *list, archive_db *db,
                            room_store *store, archive_status expected)
{
    uint32_t version;

    assert_int_equal(archive_db_begin(db, false), ARCHIVE_OK);
    assert_int_equal(archive_sanction_write(list, db, store, &version),
                     expected);
    assert_int_equal(archive_db_end(db, expected == ARCHIVE_OK), ARCHIVE_OK);
}

/* A segment whose rooms have moved to another one has no say in it: others were
 * banned there since. */
static void an_old_segment_drops_no_sanction(void **state)
{
    archive_stage *stage = *state;
    archive_db *db = archive_stage_connect(stage);
    archive_sanction_list list = { .known = false };
    room_store *store = stage->store;
    unsigned ended;

    archive_stop(stage->archive, base_clock_mono());
    for (uint64_t i = 300; i > 0; i--) {
        put_sanction(store, i * 7919 % 301);
    }
    assert_true(archive_sanction_due(&list, store));
    write_sanctions(&list, db, store, ARCHIVE_OK);
    assert_int_equal(sanctions_in(db), 300);
    /* Some end and some come; the rest is as it was. */
    assert_int_equal(room_sanction_end(store, 11, 5, 1 << ROOM_SANCTION_BAN,
                                       &ended), ROOM_OK);
    put_sanction(store, 1000);
    put_sanction(store, 1001);
    assert_true(archive_sanction_due(&list, store));
    write_sanctions(&list, db, store, ARCHIVE_OK);
    assert_int_equal(sanctions_in(db), 301);
    assert_false(archive_sanction_due(&list, store));
    list.known = false; /* as after a commit that failed */
    put_sanction(store, 1002);
    room_store_close(store);
    assert_false(archive_sanction_due(&list, store));
    write_sanctions(&list, db, store, ARCHIVE_AWAY);
    assert_int_equal(sanctions_in(db), 301);
    archive_sanction_free(&list);
    archive_db_destroy(db);
}

/* A list of rooms looks at no more of them than it tells. */
static void lists_of_rooms_have_an_index(void **state)
{
    archive_stage *stage = *state;
    archive_db *db = archive_stage_connect(stage);

    if (stage->file[0]) {
        assert_int_equal(
            archive_db_command(db, "EXPLAIN QUERY PLAN SELECT newest_ms,"
                                   " newest_n, name FROM chatws_rooms"
                                   " WHERE newest_ms >= 1 AND top > 0"
                                   " AND instr(name, 'a') = 1 ORDER BY"
                                   " newest_ms DESC, newest_n DESC", true),
            ARCHIVE_OK);
        assert_true(archive_db_row(db));
        assert_non_null(strstr(archive_db_text(db, 3, NULL),
                               "USING COVERING INDEX chatws_newest"));
        assert_false(archive_db_row(db)); /* nothing is sorted */
    }
    archive_db_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_last_edit_has_a_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(few_messages_in_front_of_many_edits,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_top_hides_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_busy_room_is_looked_at_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_is_not_a_machine, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_row_that_is_too_long, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_old_segment_drops_no_sanction,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(lists_of_rooms_have_an_index, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
