/* test_room_move.c - from one segment to another: nothing is lost on the way
 * but what does not fit, and that is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/base_log.h"
#include "room/people/room_member.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room_arena.h"

#define PAGE_BODY 950 /* one record of this fills a page */
#define YEARS_MS INT64_C(315360000000) /* ahead of this system's clock */

static room_move_figures move(arena *from, arena *to)
{
    room_move_figures told;

    room_move_all(from->store, to->store, arena_at(ARENA_NOW + 100), &told);
    arena_check(to);
    return told;
}

static room_handle find(arena *a, const char *key)
{
    room_handle room = { 0, 0 };

    assert_int_equal(room_table_find(a->store, key, strlen(key), &room),
                     ROOM_OK);
    return room;
}

static room_log_state info(arena *a, room_handle room)
{
    room_log_state now;

    assert_int_equal(room_log_info(a->store, room,
                                   ARENA_MONO(ARENA_NOW + 100), &now),
                     ROOM_OK);
    return now;
}

static room_status say_ref(arena *a, room_handle room, const char *ref,
                           int64_t wall_ms, room_id *id)
{
    room_log_entry entry = { .head = "ref", .head_size = 3, .user = 7,
                             .ref = ref, .ref_size = strlen(ref),
                             .wall_ms = wall_ms,
                             .mono_us = ARENA_MONO(wall_ms) };
    uint64_t seq;

    return room_log_append(a->store, room, &entry, id, &seq);
}

static void fill(arena *a, room_handle room, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++) {
        assert_int_equal(arena_fill(a, room, PAGE_BODY, ARENA_NOW), ROOM_OK);
    }
}

/* What a cursor finds, as far as a client can tell. */
typedef struct {
    room_id cursor;
    uint64_t left; /* messages that follow */
    bool resumed;
    bool gap;
} outlook;

static outlook look(arena *a, room_handle room, const room_id *after)
{
    room_log_position at;
    outlook seen;

    assert_int_equal(room_log_seek(a->store, room, after, UINT64_MAX,
                                   ARENA_MONO(ARENA_NOW + 100), &at), ROOM_OK);
    memset(&seen, 0, sizeof(seen));
    seen.cursor = at.cursor;
    seen.left = at.next_seq - at.seq;
    seen.resumed = at.resumed;
    seen.gap = at.gap;
    return seen;
}

static void expect_same_outlook(arena *a, room_handle one, arena *b,
                                room_handle two, const room_id *after)
{
    outlook left = look(a, one, after);
    outlook right = look(b, two, after);

    assert_memory_equal(&left, &right, sizeof(left));
}

/* Every cursor, also one between two ids or unknown, means the same. */
static void cursors_stay_exact(void **state)
{
    arena from;
    arena to;
    room_handle old;
    room_handle now;
    arena_seen before;
    arena_seen after;
    room_move_figures told;

    (void)state;
    arena_open(&from, 64, 4);
    arena_room(&from, "first", 9);
    old = arena_room(&from, "room", 20);
    for (int i = 0; i < 30; i++) {
        arena_say(&from, old, "a message", ARENA_NOW + i / 3 * 2);
    }
    arena_open_after(&to, 48, 2, from.store);
    told = move(&from, &to);
    assert_int_equal(told.rooms, 2);
    assert_int_equal(told.messages, 20);
    assert_int_equal(told.left + told.evicted, 0);
    now = find(&to, "room");
    arena_read(&from, old, info(&from, old).next_seq - 20, &before);
    arena_read(&to, now, 0, &after);
    assert_int_equal(after.count, 20);
    assert_string_equal(before.text, after.text);
    assert_memory_equal(&before.id, &after.id, sizeof(before.id));
    expect_same_outlook(&from, old, &to, now, NULL);
    for (uint64_t ms = 0; ms < 22; ms++) {
        for (uint64_t n = 0; n < 4; n++) {
            room_id at = { (uint64_t)ARENA_NOW + ms - 1, n };

            expect_same_outlook(&from, old, &to, now, &at);
        }
    }
    arena_close(&from);
    arena_close(&to);
}

/* Rooms that keep nothing, or never had anything: their position stays. */
static void silent_rooms_keep_their_position(void **state)
{
    arena from;
    arena to;
    room_handle old[2];
    room_id last;

    (void)state;
    arena_open(&from, 64, 4);
    old[0] = arena_room(&from, "none", 0);
    old[1] = arena_room(&from, "new", 10);
    arena_say(&from, old[0], "gone", ARENA_NOW + 1);
    last = arena_say(&from, old[0], "gone", ARENA_NOW + 50);
    arena_open_after(&to, 64, 4, from.store);
    assert_int_equal(move(&from, &to).messages, 0);
    expect_same_outlook(&from, old[0], &to, find(&to, "none"), NULL);
    expect_same_outlook(&from, old[0], &to, find(&to, "none"), &last);
    expect_same_outlook(&from, old[1], &to, find(&to, "new"), NULL);
    assert_true(look(&to, find(&to, "none"), &last).resumed);
    arena_close(&from);
    arena_close(&to);
}

/* Ids go on, also when the clock has gone back, and the rule of what is kept
 * holds. */
static void ids_and_rules_go_on(void **state)
{
    arena from;
    arena to;
    room_handle now;
    room_id last = { 0, 0 };
    room_id next;

    (void)state;
    arena_open(&from, 64, 4);
    now = arena_room(&from, "room", 5);
    for (int i = 0; i < 5; i++) {
        last = arena_say(&from, now, "x", ARENA_NOW + 50);
    }
    arena_open_after(&to, 64, 4, from.store);
    move(&from, &to);
    now = find(&to, "room");
    next = arena_say(&to, now, "x", ARENA_NOW - 3600000);
    assert_int_equal(next.ms, last.ms);
    assert_int_equal(next.n, last.n + 1);
    assert_int_equal(info(&to, now).kept, 5);
    assert_int_equal(look(&to, now, &last).left, 1);
    assert_true(look(&to, now, &last).resumed);
    arena_close(&from);
    arena_close(&to);
}

static void refs_are_remembered(void **state)
{
    arena from;
    arena to;
    room_handle old;
    room_handle now;
    room_id first;
    room_id again = { 0, 0 };

    (void)state;
    arena_open(&from, 64, 8);
    arena_room(&from, "other", 5);
    old = arena_room(&from, "room", 5);
    assert_int_equal(say_ref(&from, old, "r1", ARENA_NOW, &first), ROOM_OK);
    arena_open_after(&to, 32, 3, from.store);
    move(&from, &to);
    now = find(&to, "room");
    assert_int_equal(say_ref(&to, now, "r1", ARENA_NOW, &again),
                     ROOM_REPEATED);
    assert_memory_equal(&first, &again, sizeof(first));
    assert_int_equal(say_ref(&to, find(&to, "other"), "r1", ARENA_NOW,
                             &again), ROOM_OK);
    assert_int_equal(say_ref(&to, now, "r2", ARENA_NOW, &again), ROOM_OK);
    arena_close(&from);
    arena_close(&to);
}

/* Whoever still has the old segment reads on, and is told when it writes. */
static void the_old_one_is_closed(void **state)
{
    arena from;
    arena to;
    room_handle old;
    room_handle other;
    room_id id;
    arena_seen seen;

    (void)state;
    arena_open(&from, 64, 4);
    old = arena_room(&from, "room", 5);
    assert_int_equal(say_ref(&from, old, "r1", ARENA_NOW, &id), ROOM_OK);
    arena_open_after(&to, 64, 4, from.store);
    move(&from, &to);
    assert_int_equal(say_ref(&from, old, "r2", ARENA_NOW, &id), ROOM_MOVED);
    assert_int_equal(arena_fill(&from, old, 10, ARENA_NOW), ROOM_MOVED);
    assert_int_equal(room_table_open(from.store, "new", 3, 1, 1,
                                     arena_at(ARENA_NOW), &other), ROOM_MOVED);
    assert_int_equal(room_table_open(from.store, "room", 4, 5, ARENA_FOREVER,
                                     arena_at(ARENA_NOW), &other), ROOM_OK);
    arena_read(&from, old, 0, &seen);
    assert_int_equal(seen.count, 1);
    arena_check(&from);
    arena_close(&from);
    arena_close(&to);
}

/* A much smaller one: the largest rooms lose their oldest messages, and all
 * that is lost is counted. */
static void the_oldest_of_the_largest_stay_behind(void **state)
{
    arena from;
    arena to;
    room_handle rooms[4];
    room_move_figures told;
    room_store_figures now;
    room_id birth = { (uint64_t)ARENA_NOW, 0 };
    uint64_t there = 0;

    (void)state;
    arena_open(&from, 256, 8);
    for (unsigned i = 0; i < 4; i++) {
        char key[2] = { (char)('a' + i), 0 };

        rooms[i] = arena_room(&from, key, 1000);
        fill(&from, rooms[i], 4u << (2 * i > 5 ? 5 : 2 * i));
    }
    arena_open_after(&to, 64, 8, from.store);
    told = move(&from, &to);
    room_store_figures_get(to.store, &now);
    for (unsigned i = 0; i < 4; i++) {
        char key[2] = { (char)('a' + i), 0 };

        there += info(&to, find(&to, key)).kept;
    }
    assert_int_equal(told.messages, there);
    assert_int_equal(told.evicted, 4 + 16 + 64 + 128 - there);
    assert_int_equal(now.evicted, told.evicted);
    assert_in_range(there, 56, 64);
    assert_int_equal(info(&to, find(&to, "a")).kept, 4);
    assert_int_equal(info(&to, find(&to, "b")).kept, 16);
    assert_in_range(info(&to, find(&to, "d")).kept,
                    info(&to, find(&to, "c")).kept - 1, 32);
    assert_true(look(&to, find(&to, "d"), &birth).gap);
    assert_true(look(&to, find(&to, "a"), &birth).resumed);
    arena_close(&from);
    arena_close(&to);
}

/* A message that is too large for the new one goes, and all before it. */
static void what_is_too_large_stays_behind(void **state)
{
    arena from;
    arena to;
    room_handle room;
    room_move_figures told;

    (void)state;
    arena_open(&from, 128, 2);
    room = arena_room(&from, "room", 100);
    arena_say(&from, room, "before", ARENA_NOW);
    assert_int_equal(arena_fill(&from, room, 20000, ARENA_NOW + 1), ROOM_OK);
    arena_say(&from, room, "after", ARENA_NOW + 2);
    arena_open_after(&to, 32, 2, from.store);
    told = move(&from, &to);
    assert_int_equal(told.messages, 1);
    assert_int_equal(told.evicted, 2);
    assert_int_equal(info(&to, find(&to, "room")).kept, 1);
    arena_close(&from);
    arena_close(&to);
}

/* Fewer rooms: those stay that somebody is in, then those that were used last;
 * a room that stayed behind is born again after all that it said. */
static void idle_rooms_stay_behind(void **state)
{
    arena from;
    arena to;
    room_handle rooms[6];
    room_member who = { .user = 1, .guest = true, .name_size = 1,
                        .name = "n", .name_key = 1 };
    room_move_figures told;
    room_handle again;
    room_id newest;

    (void)state;
    arena_open(&from, 64, 8);
    for (int i = 0; i < 6; i++) {
        char key[2] = { (char)('a' + i), 0 };

        assert_int_equal(room_table_open(from.store, key, 1, 10, 50,
                                         arena_at(ARENA_NOW), &rooms[i]),
                         ROOM_OK);
        arena_say(&from, rooms[i], "x", ARENA_NOW + 99 - i);
    }
    assert_int_equal(room_member_join(from.store, rooms[5], 1, &who, NULL),
                     ROOM_OK);
    arena_say(&from, rooms[4], "x", ARENA_NOW + 80000);
    newest = arena_say(&from, rooms[4], "x", ARENA_NOW - 80000);
    arena_open_after(&to, 64, 3, from.store);
    told = move(&from, &to);
    assert_int_equal(told.rooms, 3);
    assert_int_equal(told.left, 3);
    assert_int_equal(told.messages, 3);
    assert_int_equal(told.evicted, 4);
    find(&to, "a");
    find(&to, "b");
    assert_int_equal(room_member_count(to.store, find(&to, "f")), 0);
    /* It takes the place of one that nobody is in any more, either. */
    assert_int_equal(room_table_open(to.store, "e", 1, 10, ARENA_FOREVER,
                                     arena_at(ARENA_NOW), &again), ROOM_OK);
    assert_true(look(&to, again, &newest).gap);
    arena_close(&to);
    arena_open_after(&to, 64, 5, from.store);
    assert_int_equal(move(&from, &to).left, 1);
    assert_int_equal(room_table_open(to.store, "e", 1, 10, ARENA_FOREVER,
                                     arena_at(ARENA_NOW + 200), &again),
                     ROOM_OK);
    arena_say(&to, again, "x", ARENA_NOW + 90000);
    assert_true(look(&to, again, &newest).gap);
    arena_close(&to);
    arena_close(&from);
}

static void ignore_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

/* A room that cannot be read keeps nothing, goes on with later ids, and tells
 * a gap to whoever has not got all. */
static void a_damaged_room_tells_a_gap(void **state)
{
    arena from;
    arena to;
    room_handle room;
    room_id ids[5];
    room_id next;

    (void)state;
    arena_open(&from, 64, 4);
    room = arena_room(&from, "room", 10);
    for (int i = 0; i < 5; i++) {
        ids[i] = arena_say(&from, room, "x", ARENA_NOW + YEARS_MS + i);
    }
    memset(from.store->pages[0].data, 0xff, 100);
    arena_open_after(&to, 64, 4, from.store);
    base_log_set(ignore_line, NULL, BASE_LOG_ERROR);
    assert_int_equal(move(&from, &to).messages, 0);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    room = find(&to, "room");
    next = arena_say(&to, room, "y", ARENA_NOW - 1000);
    assert_true(room_id_compare(&next, &ids[4]) > 0);
    assert_true(look(&to, room, &ids[3]).gap);
    assert_true(look(&to, room, &ids[4]).resumed);
    assert_int_equal(look(&to, room, &ids[4]).left, 1);
    arena_close(&from);
    arena_close(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_stay_exact),
        cmocka_unit_test(silent_rooms_keep_their_position),
        cmocka_unit_test(ids_and_rules_go_on),
        cmocka_unit_test(refs_are_remembered),
        cmocka_unit_test(the_old_one_is_closed),
        cmocka_unit_test(the_oldest_of_the_largest_stay_behind),
        cmocka_unit_test(what_is_too_large_stays_behind),
        cmocka_unit_test(idle_rooms_stay_behind),
        cmocka_unit_test(a_damaged_room_tells_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
