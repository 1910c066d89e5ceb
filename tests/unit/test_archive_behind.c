/* test_archive_behind.c - the relay and the archive have not got the same: what
 * one lacks is brought there, or noted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "archive/archive_page.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "room/archive/room_archive_figures.h"
#include "source_fake.h"

#define ROOM "site\n/chat/lobby"
#define OTHER "site\n/chat/other"

static source_fake fake;
static archive_stage stage;

static int setup(void **state)
{
    heard_log_begin(BASE_LOG_INFO);
    source_fake_begin(&fake);
    archive_stage_open_shared(&stage, &fake.source);
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

static archive_page read_room(void)
{
    archive_page page = ARCHIVE_PAGE_INIT;

    assert_int_equal(archive_page_after(stage.archive, ROOM, strlen(ROOM),
                                        &(room_id){ 1, 0 }, 1000, 1024 * 1024,
                                        &page), ARCHIVE_OK);
    return page;
}

static room_id say(source_fake_room *room, const char *text)
{
    return source_fake_say(&fake, room, ROOM_LOG_MESSAGE, text, NULL);
}

static void a_gap_is_noted(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    room_archive_figures figures;
    archive_page page;
    room_id front;

    (void)state;
    source_fake_archive(&fake, room, "first");
    page = read_room();
    assert_true(room_id_compare(&page.complete, &room->complete) == 0);
    archive_page_free(&page);
    pthread_mutex_lock(&fake.lock);
    room->top.ms += 100; /* what was said meanwhile is gone */
    front = room->top;
    room->complete = front;
    room->gap = true;
    pthread_mutex_unlock(&fake.lock);
    source_fake_archive(&fake, room, "behind");
    page = read_room();
    assert_int_equal(page.complete.ms, front.ms);
    archive_page_free(&page);
    /* Once more if it was read before the message came. */
    assert_in_range(heard_log_count("CW1108"), 1, 2);
    room_archive_figures_get(stage.store, base_clock_mono(), &figures);
    assert_in_range(figures.lost, 1, 2); /* at least */
    /* Nothing is left of it at all. */
    pthread_mutex_lock(&fake.lock);
    room->top.ms += 100;
    room->complete = front = room->top;
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    page = read_room();
    assert_int_equal(page.complete.ms, front.ms);
    archive_page_free(&page);
}

/* A whole history that the archive never had is none. */
static void what_was_before_the_archive_is_no_loss(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);

    (void)state;
    pthread_mutex_lock(&fake.lock);
    room->complete = room->top = (room_id){ room->birth.ms + 500, 0 };
    room->gap = true;
    pthread_mutex_unlock(&fake.lock);
    source_fake_archive(&fake, room, "word");
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 1);
    assert_int_equal(heard_log_count("CW1108"), 0);
}

static void an_unknown_room_is_offered(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    source_fake_room *other = source_fake_room_new(&fake, OTHER);
    room_id top;

    (void)state;
    for (int i = 0; i < 30; i++) {
        say(room, "one");
    }
    top = say(room, "two");
    source_fake_settle(&fake, room);
    pthread_mutex_lock(&fake.lock); /* all was lost there */
    room->unknown = other->unknown = true;
    room->count = 0;
    room->top = room->kept = room->birth = (room_id){ 0, 0 };
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    source_fake_settle(&fake, other);
    assert_int_equal(room->offers, 1);
    assert_int_equal(room->offered, 20); /* as many as it keeps */
    assert_false(room->nowhere);
    assert_true(room_id_compare(&room->top, &top) == 0);
    assert_int_equal(other->offers, 1);
    assert_true(other->nowhere);
    /* Nothing was written for that. */
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 31);
    assert_int_equal(archive_stage_rows(&stage, OTHER, NULL), 0);
}

/* Another host has brought it there, who was cut off for long. */
static void a_room_that_is_short_is_offered(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    room_id top;

    (void)state;
    say(room, "one");
    say(room, "two");
    source_fake_archive(&fake, room, "three");
    pthread_mutex_lock(&fake.lock);
    top = room->top;
    room->count = 2;
    room->top = room->records[1].id;
    room->kept = (room_id){ 0, 0 };
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    assert_int_equal(room->offers, 1);
    assert_int_equal(room->offered, 3);
    assert_true(room_id_compare(&room->top, &top) == 0);
    source_fake_archive(&fake, room, "four");
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 4);
}

/* What nobody had lost is told as written, though there is no record of it. */
static void an_end_without_a_record_is_no_gap(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    archive_page page;

    (void)state;
    source_fake_archive(&fake, room, "one");
    pthread_mutex_lock(&fake.lock);
    room->top.ms += 100;
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    source_fake_archive(&fake, room, "two");
    page = read_room();
    assert_true(room_id_compare(&page.complete, &room->complete) == 0);
    archive_page_free(&page);
}

/* A database that was put back from a backup has not got what it is said to
 * have. */
static void a_database_that_has_less_has_a_gap(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    archive_page page;
    room_id kept;

    (void)state;
    source_fake_archive(&fake, room, "one");
    pthread_mutex_lock(&fake.lock);
    room->top.ms += 100;
    kept = room->kept = room->top;
    pthread_mutex_unlock(&fake.lock);
    source_fake_archive(&fake, room, "two");
    page = read_room();
    assert_true(room_id_compare(&page.complete, &kept) == 0);
    archive_page_free(&page);
}

int main(void)
{
#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_gap_is_noted),
        TEST(what_was_before_the_archive_is_no_loss),
        TEST(an_unknown_room_is_offered),
        TEST(a_room_that_is_short_is_offered),
        TEST(an_end_without_a_record_is_no_gap),
        TEST(a_database_that_has_less_has_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
