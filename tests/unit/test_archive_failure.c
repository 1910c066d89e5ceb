/* test_archive_failure.c - the database is away, locked, damaged, of another
 * version, or somebody else's: the chat goes on, and nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/archive_past.h"
#include "archive/archive_page.h"
#include "archive/archive_room.h"
#include "archive/archive_schema.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/archive/room_import.h"
#include "room/set/room_sanction.h"

#define ROOM "site\n/chat/lobby"
#define SOON_US INT64_C(60000000)

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

static bool is_file(const archive_stage *stage)
{
    return stage->file[0] != '\0';
}

static bool archived(archive_stage *stage, room_handle room, int64_t within_us)
{
    return room_ack_wait(stage->store, room,
                         room_log_next(stage->store, room) - 1,
                         base_clock_mono() + within_us) == ROOM_OK;
}

static size_t rows(archive_stage *stage, const char *key)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id first = { 1, 0 };
    size_t count;

    assert_int_equal(archive_page_after(stage->archive, key, strlen(key),
                                        &first, 1000, 1 << 20, &page),
                     ARCHIVE_OK);
    count = page.count;
    archive_page_free(&page);
    return count;
}

static void locked_by_another(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *other = archive_stage_connect(stage);
    room_archive_figures figures;

    if (!is_file(stage)) {
        archive_db_destroy(other);
        skip();
    }
    assert_int_equal(archive_db_begin(other, false), ARCHIVE_OK);
    archive_stage_say(stage, room, "waits", NULL);
    assert_false(archived(stage, room, 200000));
    room_archive_figures_get(stage->store, base_clock_mono(), &figures);
    assert_int_equal(figures.lag_messages, 1);
    assert_int_equal(archive_db_end(other, false), ARCHIVE_OK);
    archive_db_destroy(other);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(rows(stage, ROOM), 1);
    assert_int_equal(figures.errors, 0); /* that was not even an error */
}

/* For longer than the driver waits: it is told once, and written then. */
static void locked_for_long(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *other = archive_stage_connect(stage);
    int64_t until = base_clock_mono() + SOON_US;

    if (!is_file(stage)) {
        archive_db_destroy(other);
        skip();
    }
    assert_int_equal(archive_db_begin(other, false), ARCHIVE_OK);
    archive_stage_say(stage, room, "waits long", NULL);
    while (heard_log_count("CW1101") == 0) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
    assert_true(heard_log_count("database is locked: another program has"
                                " it locked: end that") > 0);
    assert_int_equal(archive_db_end(other, false), ARCHIVE_OK);
    archive_db_destroy(other);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(rows(stage, ROOM), 1);
}

/* As on a full disk: what the kernel refuses is not the end. */
static void no_more_bytes(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    int64_t until = base_clock_mono() + SOON_US;
    struct rlimit was;
    struct rlimit few;
    char text[3000];

    if (!is_file(stage)) {
        skip();
    }
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    few = was;
    few.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    for (int i = 0; i < 100; i++) {
        archive_stage_say(stage, room, text, NULL);
    }
    while (heard_log_count("CW1101") == 0) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(rows(stage, ROOM), 100);
    assert_true(heard_log_count("disk I/O error: look at the disk") > 0
                || heard_log_count("disk is full: make room") > 0);
}

static void overwrite(const char *file, size_t size)
{
    int fd = open(file, O_WRONLY | O_CREAT, 0600);
    char junk[256];

    memset(junk, 'x', sizeof(junk));
    assert_true(fd >= 0);
    for (size_t at = 0; at < size; at += sizeof(junk)) {
        assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
    }
    close(fd);
}

/* What is no database is told once, and written when there is one again. */
static void not_a_database(void **state)
{
    archive_stage *stage = *state;
    room_handle room;
    int64_t until = base_clock_mono() + SOON_US;

    if (!is_file(stage)) {
        skip();
    }
    archive_stage_halt(stage);
    overwrite(stage->file, 8192);
    stage->archive = NULL;
    archive_stage_begin(stage);
    while (heard_log_count("CW1101") == 0) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
    assert_true(heard_log_count("not a database: the file is something"
                                " else") > 0);
    assert_false(room_archive_ready(stage->store));
    unlink(stage->file);
    archive_stage_wait(stage);
    room = archive_stage_room(stage, ROOM, 10);
    archive_stage_say(stage, room, "after all", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(heard_log_count("CW1101"), 1);
}

static void newer_tables_are_refused(void **state)
{
    archive_stage *stage = *state;
    archive_db *db = archive_stage_connect(stage);
    int64_t until = base_clock_mono() + SOON_US;

    archive_stage_halt(stage);
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_meta SET value = '99'"
                             " WHERE name = 'version'", true), ARCHIVE_OK);
    archive_stage_begin(stage);
    while (heard_log_count("CW1101") == 0) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
    assert_true(heard_log_count("its tables are of version 99") > 0);
    assert_false(room_archive_ready(stage->store));
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_meta SET value = '1'"
                             " WHERE name = 'version'", true), ARCHIVE_OK);
    archive_db_destroy(db);
    archive_stage_wait(stage);
}

/* The row says that another httpd writes, which told it just now. */
static void another_httpd_writes(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 10);
    archive_db *db = archive_stage_connect(stage);

    archive_stage_say(stage, room, "first", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_writer SET instance = 5, pid = 1,"
                             " stamp = stamp + 1000000,"
                             " host = 'elsewhere x y'", true), ARCHIVE_OK);
    archive_stage_say(stage, room, "second", NULL);
    assert_false(archived(stage, room, 1000000));
    assert_true(heard_log_count("CW1102") > 0);
    assert_true(heard_log_count("(process 1 of elsewhere)") > 0);
    assert_int_equal(rows(stage, ROOM), 1);
    /* It has told nothing for a minute. */
    assert_int_equal(archive_db_command(
                         db, "UPDATE chatws_writer SET stamp = 1", true),
                     ARCHIVE_OK);
    assert_true(archived(stage, room, SOON_US));
    assert_int_equal(rows(stage, ROOM), 2);
    archive_db_destroy(db);
}

static void only_we_read_the_file(void **state)
{
    archive_stage *stage = *state;
    struct stat info;

    if (!is_file(stage)) {
        skip();
    }
    assert_int_equal(stat(stage->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void sanctions_outlive_a_stop(void **state)
{
    archive_stage *stage = *state;
    int64_t now = base_clock_mono();
    room_sanction ban = { .kind = ROOM_SANCTION_BAN, .realm = 11, .scope = 11,
                          .whom = 77, .until_us = now + SOON_US * 100,
                          .made_us = now, .reason = "spam",
                          .reason_size = 4 };
    room_sanction got;
    unsigned count;

    ban.user.user = 77;
    memcpy(ban.user.name, "Eve", 3);
    ban.user.name_size = 3;
    assert_int_equal(room_sanction_put(stage->store, &ban, now, NULL),
                     ROOM_OK);
    ban.kind = ROOM_SANCTION_MUTE;
    ban.until_us = ROOM_SANCTION_FOREVER;
    assert_int_equal(room_sanction_put(stage->store, &ban, now, NULL),
                     ROOM_OK);
    assert_int_equal(room_ack_wait_sanctions(
                         stage->store, room_sanction_version(stage->store),
                         now + SOON_US), ROOM_OK);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    now = base_clock_mono();
    assert_int_equal(room_sanction_read(stage->store, ROOM_SANCTION_BAN, 11,
                                        77, now, &got), ROOM_OK);
    assert_in_range(got.until_us, now + SOON_US * 98, now + SOON_US * 101);
    assert_memory_equal(got.reason, "spam", 4);
    assert_memory_equal(got.user.name, "Eve", 3);
    assert_int_equal(room_sanction_until(stage->store, ROOM_SANCTION_MUTE, 11,
                                         77, now),
                     ROOM_SANCTION_FOREVER);
    assert_int_equal(room_sanction_end(stage->store, 11, 77,
                                       1 << ROOM_SANCTION_MUTE, &count),
                     ROOM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(room_ack_wait_sanctions(
                         stage->store, room_sanction_version(stage->store),
                         now + SOON_US), ROOM_OK);
    archive_stage_halt(stage);
    archive_stage_resume(stage);
    assert_int_equal(room_sanction_until(stage->store, ROOM_SANCTION_MUTE, 11,
                                         77, base_clock_mono()), 0);
    assert_true(room_sanction_until(stage->store, ROOM_SANCTION_BAN, 11, 77,
                                    base_clock_mono()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(locked_by_another, setup, teardown),
        cmocka_unit_test_setup_teardown(locked_for_long, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(not_a_database, setup, teardown),
        cmocka_unit_test_setup_teardown(newer_tables_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_httpd_writes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_we_read_the_file, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sanctions_outlive_a_stop, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
