/* test_room_table.c - room_table.h: find, make, full, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_item.h"
#include "room/people/room_member.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"

static room_status open_at(arena *a, const char *key, uint32_t keep,
                           int64_t wall_ms, room_handle *out)
{
    return room_table_open(a->store, key, strlen(key), keep, ARENA_FOREVER,
                           arena_at(wall_ms), out);
}

static void no_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static bool same(room_handle one, room_handle other)
{
    return one.index == other.index && one.generation == other.generation;
}

static void a_key_is_one_room(void **state)
{
    arena a;
    room_handle one;
    room_handle two;
    room_handle found;
    char longest[ROOM_KEY_MAX + 1];

    (void)state;
    arena_open(&a, 64, 16);
    assert_int_equal(room_table_find(a.store, "one", 3, &found),
                     ROOM_ABSENT);
    one = arena_room(&a, "one", 1);
    two = arena_room(&a, "two", 1);
    assert_false(same(one, two));
    assert_true(same(one, arena_room(&a, "one", 1)));
    assert_int_equal(room_table_find(a.store, "one", 3, &found), ROOM_OK);
    assert_true(same(one, found));
    assert_int_equal(room_table_find(a.store, "on", 2, &found), ROOM_ABSENT);
    memset(longest, 'k', sizeof(longest));
    assert_int_equal(room_table_open(a.store, longest, ROOM_KEY_MAX, 1, 1,
                                     arena_at(1), &found), ROOM_OK);
    assert_int_equal(room_table_open(a.store, longest, ROOM_KEY_MAX + 1, 1, 1,
                                     arena_at(1), &found), ROOM_TOO_BIG);
    assert_int_equal(room_table_open(a.store, "", 0, 1, 1, arena_at(1), &found),
                     ROOM_TOO_BIG);
    arena_check(&a);
    arena_close(&a);
}

static void the_last_rule_counts(void **state)
{
    arena a;
    room_handle room;
    room_log_state now;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 10);
    for (int i = 0; i < 8; i++) {
        arena_say(&a, room, "x", ARENA_NOW);
    }
    arena_room(&a, "r", 3);
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW), &now);
    assert_int_equal(now.kept, 3);
    arena_close(&a);
}

/* A room that somebody watches or is in stays. */
static void a_full_table_refuses(void **state)
{
    arena a;
    room_member who = { .user = 1, .name_size = 1, .name = "n" };
    room_handle watched;
    room_handle joined;
    room_handle other;
    room_store_figures now;

    (void)state;
    arena_open(&a, 64, 2);
    watched = arena_room(&a, "watched", 0);
    joined = arena_room(&a, "joined", 0);
    assert_int_equal(room_slot_watch(a.store, watched, 69, true), ROOM_OK);
    assert_int_equal(room_member_join(a.store, joined, 0, &who, NULL),
                     ROOM_OK);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &other), ROOM_FULL);
    assert_true(same(watched, arena_room(&a, "watched", 0)));
    room_store_figures_get(a.store, &now);
    assert_int_equal(now.rooms_used, 2);
    assert_int_equal(now.rooms_full, 1);

    /* Who is still within the grace makes place. */
    arena_member_goes(a.store, joined, 0, 1,
                      base_clock_mono() + ROOM_MEMBER_GRACE_US, NULL);
    assert_int_equal(room_member_count(a.store, joined), 1);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &other), ROOM_OK);
    assert_int_equal(other.index, joined.index);
    assert_int_equal(room_log_next(a.store, other), 1);
    assert_true(room_log_next(a.store, joined) == UINT64_MAX);
    assert_int_equal(room_slot_watch(a.store, joined, 1, true), ROOM_GONE);
    assert_int_equal(room_member_join(a.store, joined, 0, &who, NULL),
                     ROOM_GONE);
    assert_int_equal(arena_fill(&a, joined, 5, ARENA_NOW), ROOM_GONE);
    assert_int_equal(room_table_find(a.store, "joined", 6, &joined),
                     ROOM_ABSENT);
    arena_check(&a);
    arena_close(&a);
}

static void the_room_that_is_idle_longest_makes_place(void **state)
{
    static const int64_t used[] = { 30, 10, 20, 40 };
    arena a;
    room_handle rooms[4];
    room_handle other;

    (void)state;
    arena_open(&a, 64, 4);
    for (int i = 0; i < 4; i++) {
        char key[4];

        snprintf(key, sizeof(key), "%d", i);
        assert_int_equal(open_at(&a, key, 0, ARENA_NOW + used[i], &rooms[i]),
                         ROOM_OK);
        arena_say(&a, rooms[i], "x", ARENA_NOW + used[i]);
    }
    assert_int_equal(open_at(&a, "n1", 0, ARENA_NOW + 50, &other), ROOM_OK);
    assert_int_equal(other.index, rooms[1].index);
    assert_int_equal(open_at(&a, "n2", 0, ARENA_NOW + 50, &other), ROOM_OK);
    assert_int_equal(other.index, rooms[2].index);
    assert_int_equal(open_at(&a, "n3", 0, ARENA_NOW + 50, &other), ROOM_OK);
    assert_int_equal(other.index, rooms[0].index);
    arena_check(&a);
    arena_close(&a);
}

/* A room that keeps nothing (any more) makes place first, then the one that is
 * idle longest, whatever it keeps. */
static void what_is_kept_protects_while_others_are_empty(void **state)
{
    arena a;
    room_handle oldest;
    room_handle expiring;
    room_handle empty;
    room_handle other;
    room_store_figures now;

    (void)state;
    arena_open(&a, 64, 3);
    oldest = arena_room(&a, "oldest", 9);
    arena_say(&a, oldest, "x", ARENA_NOW);
    assert_int_equal(room_table_open(a.store, "expiring", 8, 9, 1000,
                                     arena_at(ARENA_NOW + 1), &expiring),
                     ROOM_OK);
    arena_say(&a, expiring, "x", ARENA_NOW + 1);
    assert_int_equal(open_at(&a, "empty", 9, ARENA_NOW + 2, &empty), ROOM_OK);

    assert_int_equal(open_at(&a, "n1", 9, ARENA_NOW + 1001, &other), ROOM_OK);
    assert_int_equal(other.index, empty.index);
    arena_say(&a, other, "x", ARENA_NOW + 1001);
    assert_int_equal(open_at(&a, "n2", 9, ARENA_NOW + 3000, &other), ROOM_OK);
    assert_int_equal(other.index, expiring.index);
    arena_say(&a, other, "x", ARENA_NOW + 3000);
    room_store_figures_get(a.store, &now);
    assert_int_equal(now.rooms_reused, 2);
    assert_int_equal(now.rooms_evicted, 0);
    assert_int_equal(now.evicted, 0);

    assert_int_equal(open_at(&a, "n3", 9, ARENA_NOW + 3001, &other), ROOM_OK);
    assert_int_equal(other.index, oldest.index);
    room_store_figures_get(a.store, &now);
    assert_int_equal(now.rooms_evicted, 1);
    assert_int_equal(now.evicted, 1);
    assert_int_equal(now.rooms_full, 0);
    arena_check(&a);
    arena_close(&a);
}

/* A stranger makes thousands of rooms and says something in each. Whoever is
 * in a room keeps it, and a new one is had at once. */
static void all_rooms_for_a_day(void **state)
{
    enum { ROOMS = 300, FLOOD = 3000 };
    arena a;
    room_member who = { .user = 1, .name_size = 1, .name = "n" };
    room_handle lived;
    room_handle room;
    room_store_figures now;

    (void)state;
    arena_open(&a, 1024, ROOMS);
    lived = arena_room(&a, "lived", 10);
    arena_say(&a, lived, "hello", ARENA_NOW);
    assert_int_equal(room_member_join(a.store, lived, 0, &who, NULL),
                     ROOM_OK);
    base_log_set(no_line, NULL, BASE_LOG_ERROR);
    for (int i = 0; i < FLOOD; i++) {
        char key[16];

        snprintf(key, sizeof(key), "flood %d", i);
        assert_int_equal(open_at(&a, key, 10, ARENA_NOW + i, &room), ROOM_OK);
        arena_say(&a, room, "x", ARENA_NOW + i);
    }
    assert_int_equal(open_at(&a, "honest", 10, ARENA_NOW + FLOOD, &room),
                     ROOM_OK);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_int_equal(room_log_next(a.store, lived), 2);
    room_store_figures_get(a.store, &now);
    assert_int_equal(now.rooms_evicted, FLOOD + 2 - ROOMS);
    assert_int_equal(now.rooms_full, 0);
    for (int i = FLOOD + 2 - ROOMS; i < FLOOD; i++) {
        char key[16];
        int size = snprintf(key, sizeof(key), "flood %d", i);

        assert_int_equal(room_table_find(a.store, key, (size_t)size, &room),
                         ROOM_OK);
    }
    arena_check(&a);
    arena_close(&a);
}

/* Cursors of a room that made place never fit the one that comes after it,
 * even when the clock went back. */
static void a_later_room_has_later_ids(void **state)
{
    arena a;
    room_handle room;
    room_log_position at;
    room_id last;

    (void)state;
    arena_open(&a, 64, 1);
    assert_int_equal(open_at(&a, "one", 0, ARENA_NOW, &room), ROOM_OK);
    last = arena_say(&a, room, "x", ARENA_NOW + 5000);
    assert_int_equal(open_at(&a, "two", 0, ARENA_NOW - 3600000, &room),
                     ROOM_OK);
    assert_int_equal(open_at(&a, "one", 0, ARENA_NOW - 3600000, &room),
                     ROOM_OK);
    room_log_seek(a.store, room, &last, 0, ARENA_MONO(ARENA_NOW), &at);
    assert_true(at.gap);
    assert_int_equal(room_id_compare(&at.cursor, &last), 1);
    arena_close(&a);
}

static bool add_up(void *context, const room_table_row *row)
{
    unsigned *sum = context;

    assert_int_equal(row->key_size, 2);
    *sum += (unsigned)(row->key[1] - '0') * 100 + (unsigned)row->kept;
    return row->key[1] != '9';
}

static void each_room_is_visited(void **state)
{
    arena a;
    unsigned sum = 0;

    (void)state;
    arena_open(&a, 64, 8);
    for (int i = 1; i <= 4; i++) {
        char key[3] = { 'r', (char)('0' + i), '\0' };
        room_handle room = arena_room(&a, key, 9);

        for (int k = 0; k < i; k++) {
            arena_say(&a, room, "x", ARENA_NOW);
        }
    }
    room_table_each(a.store, ARENA_MONO(ARENA_NOW), add_up, &sum);
    assert_int_equal(sum, 1010);
    arena_close(&a);
}

/* Many keys through few rooms: the chains stay right. */
static void keys_come_and_go(void **state)
{
    arena a;
    char key[16];
    room_handle room;
    room_handle again;

    (void)state;
    arena_open(&a, 64, 7);
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        assert_int_equal(open_at(&a, key, 0, ARENA_NOW + i, &room), ROOM_OK);
        arena_say(&a, room, key, ARENA_NOW + i);
        assert_int_equal(open_at(&a, key, 0, ARENA_NOW + i, &again), ROOM_OK);
        assert_true(same(room, again));
    }
    arena_check(&a);
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        assert_int_equal(room_table_find(a.store, key, strlen(key), &room),
                         i < 493 ? ROOM_ABSENT : ROOM_OK);
    }
    arena_close(&a);
}

typedef struct {
    const char *id;
    unsigned count;
} lines_seen;

static void count_line(void *context, base_log_level level, const char *line)
{
    lines_seen *seen = context;

    assert_int_equal(level, BASE_LOG_WARN);
    assert_non_null(strstr(line, seen->id));
    seen->count++;
}

/* The same for those that keep messages and are given away. */
static void a_flood_of_given_rooms_fills_no_log(void **state)
{
    lines_seen lines = { "CW0304", 0 };
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 64, 1);
    arena_say(&a, arena_room(&a, "keeping", 10), "x", ARENA_NOW);
    base_log_set(count_line, &lines, BASE_LOG_DEBUG);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(open_at(&a, i % 2 == 0 ? "a" : "b", 1, ARENA_NOW,
                                 &room), ROOM_OK);
        arena_say(&a, room, "x", ARENA_NOW);
    }
    assert_int_equal(lines.count, 1);
    atomic_fetch_sub(&a.store->header->evicted_told_us, 60000000);
    assert_int_equal(open_at(&a, "c", 1, ARENA_NOW, &room), ROOM_OK);
    assert_int_equal(lines.count, 2);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    arena_close(&a);
}

/* Each refusal is counted, but one line a minute is written. */
static void a_flood_of_new_rooms_fills_no_log(void **state)
{
    arena a;
    room_handle room;
    room_store_figures now;
    lines_seen lines = { "CW0302", 0 };

    (void)state;
    arena_open(&a, 64, 1);
    assert_int_equal(room_slot_watch(a.store, arena_room(&a, "watched", 10),
                                     3, true), ROOM_OK);
    base_log_set(count_line, &lines, BASE_LOG_DEBUG);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &room), ROOM_FULL);
    }
    assert_int_equal(lines.count, 1);
    atomic_fetch_sub(&a.store->header->full_told_us, 59000000);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &room), ROOM_FULL);
    assert_int_equal(lines.count, 1);
    atomic_fetch_sub(&a.store->header->full_told_us, 1000000);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &room), ROOM_FULL);
    assert_int_equal(lines.count, 2);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    room_store_figures_get(a.store, &now);
    assert_int_equal(now.rooms_full, 1002);
    arena_close(&a);
}

/* Somebody who is in the only room that can be given away. */
typedef struct {
    room_store *store;
    uint32_t room;
    sem_t inside;
    sem_t leave; /* posted: leaves, 50 ms later */
} holder;

static void *hold(void *context)
{
    holder *h = context;
    struct timespec pause = { .tv_nsec = 50000000 };

    if (room_item_lock(h->store, h->room)) {
        sem_post(&h->inside);
        sem_wait(&h->leave);
        nanosleep(&pause, NULL);
        room_item_leave(h->store, h->room);
    }
    return NULL;
}

static pthread_t start_holder(holder *h, room_store *store, uint32_t room)
{
    pthread_t thread;

    h->store = store;
    h->room = room;
    sem_init(&h->inside, 0, 0);
    sem_init(&h->leave, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, hold, h), 0);
    sem_wait(&h->inside);
    return thread;
}

/* A table of two rooms; one has a reader. Returns the other's place. */
static uint32_t fill_table(arena *a)
{
    arena_open(a, 64, 2);
    assert_int_equal(room_slot_watch(a->store, arena_room(a, "read", 1), 69,
                                     true), ROOM_OK);
    return arena_room(a, "idle", 1).index;
}

/* The last room that can be given away is in use for a moment by somebody who
 * has to wait for a processor: that is waited for, and the table is free for
 * others meanwhile. */
static void a_busy_idle_room_is_waited_for(void **state)
{
    arena a;
    holder h;
    uint32_t idle = fill_table(&a);
    pthread_t thread = start_holder(&h, a.store, idle);
    room_handle made;

    (void)state;
    sem_post(&h.leave);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &made), ROOM_OK);
    assert_int_equal(made.index, idle);
    pthread_join(thread, NULL);
    arena_check(&a);
    arena_close(&a);
}

/* Whoever has it does not go on: that is told after two seconds, the next time
 * at once; it never is a table full of members. */
static void a_stuck_idle_room_is_busy(void **state)
{
    arena a;
    holder h;
    uint32_t idle = fill_table(&a);
    pthread_t thread = start_holder(&h, a.store, idle);
    int64_t begun = base_clock_mono();
    room_handle made;

    (void)state;
    base_log_set(no_line, NULL, BASE_LOG_ERROR);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &made), ROOM_BUSY);
    assert_true(base_clock_mono() - begun >= 1900000);
    begun = base_clock_mono();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &made), ROOM_BUSY);
    }
    assert_true(base_clock_mono() - begun < 20 * 1900000);
    assert_int_equal(open_at(&a, "read", 1, ARENA_NOW, &made), ROOM_OK);
    sem_post(&h.leave);
    pthread_join(thread, NULL);
    assert_int_equal(open_at(&a, "new", 1, ARENA_NOW, &made), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_new_rooms_fills_no_log),
        cmocka_unit_test(a_busy_idle_room_is_waited_for),
        cmocka_unit_test(a_stuck_idle_room_is_busy),
        cmocka_unit_test(a_flood_of_given_rooms_fills_no_log),
        cmocka_unit_test(a_key_is_one_room),
        cmocka_unit_test(the_last_rule_counts),
        cmocka_unit_test(a_full_table_refuses),
        cmocka_unit_test(the_room_that_is_idle_longest_makes_place),
        cmocka_unit_test(what_is_kept_protects_while_others_are_empty),
        cmocka_unit_test(all_rooms_for_a_day),
        cmocka_unit_test(a_later_room_has_later_ids),
        cmocka_unit_test(each_room_is_visited),
        cmocka_unit_test(keys_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
