/* test_archive_stream.c - whoever writes the archive gets from the relay what
 * all hosts have said: it comes into the database in order and once, and is
 * told back when it is there, and not before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive_page.h"
#include "archive/writer/archive_queue.h"
#include "archive/writer/archive_secret.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "heard_log.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/relay/room_relay.h"
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

static void all_of_it_comes_in_order(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    source_fake_room *other = source_fake_room_new(&fake, OTHER);
    room_id last = { 0, 0 };
    archive_page page;
    room_id first;

    (void)state;
    first = say(room, "first");
    for (int i = 0; i < 600; i++) { /* more than are read at once */
        say(room, "word");
        if (i % 100 == 0) {
            say(other, "elsewhere");
        }
    }
    source_fake_say(&fake, room, ROOM_LOG_EDITED, "better", &first);
    source_fake_say(&fake, room, ROOM_LOG_DELETED, NULL,
                    &room->records[3].id);
    source_fake_settle(&fake, room);
    source_fake_settle(&fake, other);
    page = read_room();
    assert_int_equal(page.count, 603);
    for (size_t i = 0; i < page.count; i++) {
        assert_true(room_id_compare(&page.rows[i].id, &last) > 0);
        last = page.rows[i].id;
    }
    assert_true(room_id_compare(&page.newest, &room->top) == 0);
    assert_true(page.rows[3].deleted);
    archive_page_free(&page);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "first"), 0);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "better"), 2);
    assert_int_equal(archive_stage_rows(&stage, OTHER, NULL), 6);
}

/* No number of it is ever told before the commit. */
static void what_is_told_is_there(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);

    (void)state;
    for (int i = 0; i < 10; i++) {
        room_id id = say(room, "word");

        source_fake_settle(&fake, room);
        assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), i + 1);
        assert_true(room_id_compare(&room->kept, &id) == 0);
    }
}

static void once_more_changes_nothing(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    room_id id = say(room, "first");
    room_id second;
    archive_page page;

    (void)state;
    source_fake_say(&fake, room, ROOM_LOG_EDITED, "second", &id);
    source_fake_say(&fake, room, ROOM_LOG_EDITED, "third", &id);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "third"), 2);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "second"), 0);
    second = room->top;
    /* It knows only of the first edit now. */
    pthread_mutex_lock(&fake.lock);
    room->count = 2;
    room->top = room->records[1].id;
    room->kept = room->records[0].id;
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    page = read_room();
    assert_int_equal(page.count, 3);
    assert_true(room_id_compare(&page.newest, &second) == 0);
    archive_page_free(&page);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "third"), 2);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "second"), 0);
}

static void what_was_cleared_stays_so(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    archive_past past;
    archive_db *db;

    (void)state;
    say(room, "secret");
    source_fake_archive(&fake, room, "secret, too");
    pthread_mutex_lock(&fake.lock);
    room->state.locked = true; /* the event went with all others */
    pthread_mutex_unlock(&fake.lock);
    source_fake_say(&fake, room, ROOM_LOG_CLEARED, NULL, NULL);
    source_fake_archive(&fake, room, "after");
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 2);
    db = archive_stage_connect(&stage);
    assert_int_equal(archive_past_read(db, ROOM, strlen(ROOM), &past),
                     ARCHIVE_OK);
    assert_true(past.state.locked);
    archive_db_destroy(db);
    pthread_mutex_lock(&fake.lock); /* Redis has gone back */
    room->kept = room->birth;
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "secret"), 0);
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 2);
}

static bool was_refused(const source_fake *it, void *context)
{
    const room_id *id = context;

    for (size_t i = 0; i < it->done; i++) {
        if (it->dones[i].refused
            && room_id_compare(&it->dones[i].upto, id) == 0) {
            return true;
        }
    }
    return false;
}

static void what_is_refused_is_told(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    room_archive_figures figures;
    archive_db *db;
    room_id bad;

    (void)state;
    if (!stage.file[0]) {
        return; /* test_archive_refusal has the other ways to say it */
    }
    source_fake_archive(&fake, room, "word");
    db = archive_stage_connect(&stage);
    assert_int_equal(
        archive_db_command(db,
                           "CREATE TRIGGER forbidden BEFORE INSERT ON"
                           " chatws_events WHEN NEW.folded LIKE '%bad%'"
                           " BEGIN SELECT RAISE(ABORT, 'not in here'); END",
                           true),
        ARCHIVE_OK);
    archive_db_destroy(db);
    say(room, "good");
    bad = say(room, "bad");
    say(room, "fine");
    source_fake_wait(&fake, was_refused, &bad);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 4);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "bad"), 0);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "fine"), 1);
    room_archive_figures_get(stage.store, base_clock_mono(), &figures);
    assert_int_equal(figures.lost, 1);
}

static bool was_asked(const source_fake *it, void *context)
{
    return it->taken > *(unsigned *)context + 3;
}

/* Somebody reads, and so the old text stays in SQLite's WAL. */
static void a_change_is_told_when_the_text_is_gone(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    source_fake_room *other = source_fake_room_new(&fake, OTHER);
    room_id id = say(room, "wrong");
    archive_db *db;
    unsigned before;
    int64_t begun_us;
    bool held;

    (void)state;
    source_fake_settle(&fake, room);
    if (!stage.file[0]) {
        return; /* other databases have no such file */
    }
    db = archive_stage_connect(&stage);
    begun_us = base_clock_mono();
    assert_int_equal(archive_db_command(db, "BEGIN", true), ARCHIVE_OK);
    assert_int_equal(archive_db_command(db, "SELECT * FROM chatws_rooms",
                                        true), ARCHIVE_OK);
    source_fake_say(&fake, room, ROOM_LOG_DELETED, NULL, &id);
    say(other, "elsewhere");
    source_fake_settle(&fake, other);
    pthread_mutex_lock(&fake.lock);
    before = fake.taken;
    pthread_mutex_unlock(&fake.lock);
    source_fake_wait(&fake, was_asked, &before);
    /* Until others have waited for too long. */
    held = source_fake_behind(&fake, room);
    assert_true(held
                || base_clock_mono() - begun_us >= ARCHIVE_QUEUE_HOLD_US);
    assert_int_equal(archive_db_command(db, "COMMIT", true), ARCHIVE_OK);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, "wrong"), 0);
    archive_db_destroy(db);
}

static unsigned times_alive(void)
{
    unsigned times;

    pthread_mutex_lock(&fake.lock);
    times = fake.alive;
    pthread_mutex_unlock(&fake.lock);
    return times;
}

/* Meanwhile the other host tells that it has the row. */
static void wait_alive(archive_db *db)
{
    int64_t until_us = base_clock_mono() + INT64_C(60000000);
    unsigned before = times_alive();

    while (times_alive() <= before + 1) {
        assert_true(base_clock_mono() < until_us);
        assert_int_equal(
            archive_db_command(db, "UPDATE chatws_writer SET beat = beat + 1",
                               true), ARCHIVE_OK);
        (void)poll(NULL, 0, 50);
    }
}

static void whoever_has_lost_the_row_writes_nothing(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    room_archive_figures figures;
    archive_db *db;

    (void)state;
    source_fake_archive(&fake, room, "word");
    db = archive_stage_connect(&stage);
    /* Another host has it, and its clock says that it told so just now. */
    assert_int_equal(
        archive_db_command(db,
                           "UPDATE chatws_writer SET instance = 5,"
                           " host = 'elsewhere x y', stamp = stamp + 100000,"
                           " beat = beat + 1", true), ARCHIVE_OK);
    say(room, "again");
    wait_alive(db); /* it is said all the same */
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 1);
    assert_true(source_fake_behind(&fake, room));
    assert_int_equal(heard_log_count("CW1102"), 0);
    room_archive_figures_get(stage.store, base_clock_mono(), &figures);
    assert_int_equal(figures.writes, 0);
    assert_int_equal(
        archive_db_command(db, "UPDATE chatws_writer SET instance = 0", true),
        ARCHIVE_OK);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 2);
    room_archive_figures_get(stage.store, base_clock_mono(), &figures);
    assert_int_equal(figures.writes, 1);
    archive_db_destroy(db);
}

static void a_source_that_is_away_comes_back(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    unsigned before = 0;

    (void)state;
    source_fake_wait(&fake, was_asked, &before);
    pthread_mutex_lock(&fake.lock);
    fake.away = true;
    before = fake.taken;
    pthread_mutex_unlock(&fake.lock);
    say(room, "word");
    source_fake_wait(&fake, was_asked, &before);
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 0);
    pthread_mutex_lock(&fake.lock);
    fake.away = false;
    pthread_mutex_unlock(&fake.lock);
    source_fake_settle(&fake, room);
    assert_int_equal(archive_stage_rows(&stage, ROOM, NULL), 1);
}

/* What is there at the end is written. */
static void the_end_waits_for_what_there_is(void **state)
{
    source_fake_room *room = source_fake_room_new(&fake, ROOM);

    (void)state;
    source_fake_archive(&fake, room, "word");
    for (int i = 0; i < 300; i++) {
        say(room, "more");
    }
    archive_stage_halt(&stage);
    assert_true(room_id_compare(&room->kept, &room->top) == 0);
}

static bool reads_secret(base_hash_key *key)
{
    archive_db *db = archive_stage_connect(&stage);
    bool has_one;

    assert_int_equal(archive_secret_read(db, key, &has_one), ARCHIVE_OK);
    archive_db_destroy(db);
    return has_one;
}

static void the_secret_comes_from_the_relay(void **state)
{
    const base_hash_key theirs = { 11, 22 };
    const base_hash_key others = { 33, 44 };
    source_fake_room *room = source_fake_room_new(&fake, ROOM);
    base_hash_key key;

    (void)state;
    archive_stage_wait(&stage);
    assert_true(room_archive_asked(stage.store));
    source_fake_archive(&fake, room, "word");
    assert_false(reads_secret(&key)); /* nobody has told one */
    room_relay_begin(stage.store, &theirs);
    source_fake_archive(&fake, room, "word");
    /* In a turn that has begun after that. */
    source_fake_archive(&fake, room, "word");
    assert_true(reads_secret(&key));
    assert_memory_equal(&key, &theirs, sizeof(key));
    archive_stage_halt(&stage);
    /* After a restart it comes first. */
    archive_stage_resume(&stage);
    assert_memory_equal(room_store_secret(stage.store), &theirs, sizeof(key));
    assert_int_equal(heard_log_count("CW1109"), 0);
    /* Or it is another one in Redis: that counts. */
    room_relay_begin(stage.store, &others);
    source_fake_archive(&fake, room, "word");
    source_fake_archive(&fake, room, "word");
    assert_int_equal(heard_log_count("CW1109"), 1);
    assert_true(reads_secret(&key));
    assert_memory_equal(&key, &theirs, sizeof(key));
}

int main(void)
{
#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_of_it_comes_in_order),
        TEST(what_is_told_is_there),
        TEST(once_more_changes_nothing),
        TEST(what_was_cleared_stays_so),
        TEST(what_is_refused_is_told),
        TEST(a_change_is_told_when_the_text_is_gone),
        TEST(whoever_has_lost_the_row_writes_nothing),
        TEST(a_source_that_is_away_comes_back),
        TEST(the_end_waits_for_what_there_is),
        TEST(the_secret_comes_from_the_relay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
