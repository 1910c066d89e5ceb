/* test_archive_cut.c - of several hosts with one database that one writes which
 * the relay reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "source_fake.h"

#define ROOM "site\n/chat/lobby"
#define WAIT_US INT64_C(60000000)

static source_fake fake;
static archive_stage stage;

static int setup(void **state)
{
    heard_log_begin(BASE_LOG_INFO);
    source_fake_begin(&fake);
    *state = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    archive_stage_close(&stage);
    source_fake_end(&fake);
    heard_log_end();
    return 0;
}

static void set_away(bool away)
{
    pthread_mutex_lock(&fake.lock);
    fake.away = away;
    pthread_mutex_unlock(&fake.lock);
}

/* Somebody has the row. */
static bool is_taken(void)
{
    archive_db *db = archive_stage_connect(&stage);
    bool taken;

    assert_int_equal(archive_db_select(db, ARCHIVE_WRITER_GET, NULL),
                     ARCHIVE_OK);
    taken = archive_db_row(db) && archive_db_number(db, 0) != 0;
    archive_db_destroy(db);
    return taken;
}

static void wait_row(bool taken)
{
    int64_t until_us = base_clock_mono() + WAIT_US;

    while (is_taken() != taken) {
        assert_true(base_clock_mono() < until_us);
        (void)poll(NULL, 0, 20);
    }
}

static bool was_called(const source_fake *it, void *context)
{
    (void)context;
    return it->alive > 3;
}

static void who_is_cut_off_gives_the_row_back(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);

    (void)state;
    archive_stage_open_shared(&stage, &fake.source);
    (void)source_fake_say(&fake, room, ROOM_LOG_MESSAGE, "a", NULL);
    source_fake_settle(&fake, room);
    wait_row(true);
    set_away(true);
    wait_row(false);
    (void)source_fake_say(&fake, room, ROOM_LOG_MESSAGE, "b", NULL);
    set_away(false);
    source_fake_settle(&fake, room);
    wait_row(true);
}

/* It does not even take it. */
static void who_was_never_reached_has_not_got_it(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    int64_t began_us;

    (void)state;
    set_away(true);
    archive_stage_open_shared(&stage, &fake.source);
    (void)source_fake_say(&fake, room, ROOM_LOG_MESSAGE, "a", NULL);
    source_fake_wait(&fake, was_called, NULL);
    assert_false(is_taken());
    /* Nor does its end wait for anything. */
    began_us = base_clock_mono();
    archive_stage_halt(&stage);
    assert_true(base_clock_mono() - began_us < WAIT_US / 2);
    set_away(false);
    archive_stage_begin(&stage);
    source_fake_settle(&fake, room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_cut_off_gives_the_row_back,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_never_reached_has_not_got_it,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
