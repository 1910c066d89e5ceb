/* test_room_relay_wait.c - waiting until the relay has brought a message: no
 * look at it takes a lock, and none sees it too early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/log/room_item.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_layout.h"
#include "room_teller.h"

#define MESSAGES 60000u
#define A_MINUTE 60000000

static const char body[] = "{\"text\":\"\"}";

/* Ids of which several are of one millisecond, and then a few are left out. */
static room_id numbered(unsigned i)
{
    return (room_id){ ARENA_NOW + 10 + i / 7 * 3, 3 * (i % 7) };
}

static room_status append(arena *a, room_handle room, unsigned i)
{
    room_import_record record =
        room_teller_record(body, sizeof(body) - 1, numbered(i));

    return room_follow_append(a->store, room, &(room_id){ 0, 0 }, &record,
                              NULL, arena_at(ARENA_NOW));
}

static void open_room(arena *a, room_handle *room)
{
    room_import_room what = { .birth = { ARENA_NOW, 0 },
                              .newest = { ARENA_NOW, 0 },
                              .complete = { ARENA_NOW, 0 } };

    arena_open_relay(a, 40, 3, TELLER_RELAY, NULL);
    *room = arena_room(a, "room", 5);
    assert_int_equal(room_relay_read_in(a->store, *room, &what, 1,
                                        arena_at(ARENA_NOW)), ROOM_OK);
}

static pid_t start(void (*run)(arena *a, room_handle room), arena *a,
                   room_handle room)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        run(a, room);
        _exit(0);
    }
    return pid;
}

static void has_ended_well(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void it_has_what_came(void **state)
{
    arena a;
    room_handle room;
    room_id between = { ARENA_NOW + 11, 0 };
    room_id next = { ARENA_NOW + 13, 1 };

    (void)state;
    open_room(&a, &room);
    assert_true(room_relay_has(a.store, room, &(room_id){ ARENA_NOW, 0 }));
    assert_false(room_relay_has(a.store, room, &(room_id){ ARENA_NOW, 1 }));
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    assert_true(room_relay_has(a.store, room, &(room_id){ ARENA_NOW + 9, 99 }));
    assert_false(room_relay_has(a.store, room, &between));
    assert_int_equal(append(&a, room, 7), ROOM_OK);
    assert_true(room_relay_has(a.store, room, &between));
    assert_false(room_relay_has(a.store, room, &next));
    assert_false(room_relay_has(a.store, (room_handle){ 0, 9 }, &between));
    assert_false(room_relay_has(a.store, (room_handle){ 9999, 1 }, &between));
    arena_check(&a);
    arena_close(&a);
}

/* The relay had given an id to something that it lost, and others come. */
static void what_later_ones_came_without_is_not_there(void **state)
{
    arena a;
    room_handle room;
    room_id birth = { ARENA_NOW, 0 };
    room_id first = numbered(0);
    room_id lost = { first.ms, first.n + 1 };
    room_id between;

    (void)state;
    open_room(&a, &room);
    assert_int_equal(room_relay_find(a.store, room, &birth), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &first), ROOM_UNREAD);
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &first), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &lost), ROOM_UNREAD);
    between = (room_id){ first.ms - 1, 5 };
    assert_int_equal(room_relay_find(a.store, room, &between), ROOM_ABSENT);
    for (unsigned i = 1; i < 60; i++) {
        room_id behind = numbered(i);

        behind.n++;
        assert_int_equal(append(&a, room, i), ROOM_OK);
        assert_int_equal(room_relay_find(a.store, room, &lost), ROOM_ABSENT);
        assert_int_equal(room_relay_find(a.store, room, &behind),
                         ROOM_UNREAD);
        for (unsigned k = 0; k <= i; k++) {
            room_id id = numbered(k);

            assert_int_equal(room_relay_find(a.store, room, &id), ROOM_OK);
        }
    }
    assert_int_equal(room_relay_find(a.store, (room_handle){ 0, 9 }, &first),
                     ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

/* Nobody knows any more whether it was there. */
static void what_was_cleared_or_let_go_was_there(void **state)
{
    static const char event[] = "{\"type\":\"cleared\"}";
    room_import_record cleared = { .kind = ROOM_LOG_CLEARED,
                                   .id = numbered(9), .author = ANN,
                                   .stored_ms = ARENA_NOW, .body = event,
                                   .size = sizeof(event) - 1 };
    arena a;
    room_handle room;
    room_id lost = { numbered(9).ms, numbered(9).n - 1 };
    room_id later = { numbered(9).ms, numbered(9).n + 1 };
    room_id id = numbered(0);

    (void)state;
    open_room(&a, &room);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(append(&a, room, i), ROOM_OK);
    }
    assert_int_equal(room_follow_append(a.store, room, &(room_id){ 0, 0 },
                                        &cleared, NULL, arena_at(ARENA_NOW)),
                     ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &id), ROOM_OK);
    assert_int_equal(append(&a, room, 14), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &lost), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &later), ROOM_ABSENT);
    assert_int_equal(room_follow_lose(a.store, room, &cleared.id), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &id), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* While somebody holds the room's lock. */
static void no_look_takes_a_lock(void **state)
{
    arena a;
    room_handle room;
    room_id id = numbered(0);

    (void)state;
    open_room(&a, &room);
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    assert_true(room_item_lock(a.store, room.index));
    assert_true(room_relay_has(a.store, room, &id));
    assert_int_equal(room_relay_wait(a.store, room, &id, 0), ROOM_OK);
    assert_int_equal(room_relay_find(a.store, room, &id), ROOM_OK);
    assert_false(room_relay_wanted(a.store, room));
    room_item_leave(a.store, room.index);
    arena_close(&a);
}

static bool count_nobody(void *context, const room_member *who)
{
    (void)context;
    (void)who;
    return true;
}

static void whoever_needs_the_lock_is_told_that_it_is_busy(void **state)
{
    arena a;
    room_handle room;
    room_id id = numbered(0);
    room_import_room what = { .count = 0 };
    base_clock_time now = arena_at(ARENA_NOW);
    room_relay_facts facts;

    (void)state;
    open_room(&a, &room);
    assert_true(room_item_lock(a.store, room.index));
    assert_int_equal(room_relay_look(a.store, room, &facts), ROOM_BUSY);
    assert_int_equal(append(&a, room, 0), ROOM_BUSY);
    assert_int_equal(room_relay_read_in(a.store, room, &what, 1, now),
                     ROOM_BUSY);
    assert_int_equal(room_follow_replace(a.store, room, &what, 1, now),
                     ROOM_BUSY);
    assert_int_equal(room_follow_epoch(a.store, room, 2), ROOM_BUSY);
    assert_int_equal(room_follow_lose(a.store, room, &id), ROOM_BUSY);
    assert_int_equal(room_relay_people(a.store, room, count_nobody, NULL),
                     ROOM_BUSY);
    room_item_leave(a.store, room.index);
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

static void append_all(arena *a, room_handle room)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        if (append(a, room, i) != ROOM_OK) {
            _exit(1);
        }
    }
}

/* Another process appends as fast as it can. */
static void none_is_seen_too_early(void **state)
{
    arena a;
    room_handle room;
    unsigned seen = 0;
    pid_t pid;

    (void)state;
    open_room(&a, &room);
    pid = start(append_all, &a, room);
    while (seen < MESSAGES) {
        /* One that comes between two of them is there with the later one. */
        unsigned looked = seen + (unsigned)(seen % 3 == 0) * 9;
        room_id id = numbered(looked < MESSAGES ? looked : seen);
        room_relay_facts facts;

        if (room_relay_has(a.store, room, &id)) {
            assert_int_equal(room_relay_look(a.store, room, &facts), ROOM_OK);
            assert_true(room_id_compare(&facts.newest, &id) >= 0);
            seen++;
        }
        else if (waitpid(pid, NULL, WNOHANG) == pid) {
            assert_true(room_relay_has(a.store, room, &id));
            pid = 0;
        }
    }
    if (pid != 0) {
        has_ended_well(pid);
    }
    arena_check(&a);
    arena_close(&a);
}

static void wait_for_it(arena *a, room_handle room)
{
    room_id id = numbered(1);

    if (room_relay_wait(a->store, room, &id, base_clock_mono() + A_MINUTE)
        != ROOM_OK) {
        _exit(1);
    }
}

/* Somebody sleeps. */
static void await_sleeper(const arena *a, room_handle room)
{
    int64_t until = base_clock_mono() + A_MINUTE;

    while (atomic_load(&a->store->ties[room.index].sleepers) == 0) {
        assert_true(base_clock_mono() < until);
        sched_yield();
    }
}

static void another_process_is_woken(void **state)
{
    arena a;
    room_handle room;
    pid_t pid;

    (void)state;
    open_room(&a, &room);
    pid = start(wait_for_it, &a, room);
    await_sleeper(&a, room);
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    await_sleeper(&a, room);
    assert_int_equal(append(&a, room, 1), ROOM_OK);
    has_ended_well(pid);
    assert_int_equal(atomic_load(&a.store->ties[room.index].sleepers), 0);
    arena_close(&a);
}

static void wait_in_vain(arena *a, room_handle room)
{
    room_id id = numbered(1);

    if (room_relay_wait(a->store, room, &id, base_clock_mono() + A_MINUTE)
        != ROOM_GONE) {
        _exit(1);
    }
}

static void it_ends_with_the_room_or_the_time(void **state)
{
    arena a;
    room_handle room;
    room_id id = numbered(1);
    pid_t pid;

    (void)state;
    open_room(&a, &room);
    assert_int_equal(room_relay_wait(a.store, room, &id,
                                     base_clock_mono() + 3000), ROOM_BUSY);
    pid = start(wait_in_vain, &a, room);
    await_sleeper(&a, room);
    arena_room(&a, "b", 5);
    arena_room(&a, "c", 5);
    arena_room(&a, "d", 5);
    has_ended_well(pid);
    assert_int_equal(room_relay_wait(a.store, room, &id, INT64_MAX),
                     ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

/* One at a time reads a room in. */
static void open_unread(arena *a, room_handle *room)
{
    arena_open_relay(a, 40, 3, TELLER_RELAY, NULL);
    *room = arena_room(a, "room", 5);
}

static void read_in(arena *a, room_handle room)
{
    room_import_room what = { .birth = { ARENA_NOW, 0 },
                              .newest = { ARENA_NOW, 0 },
                              .complete = { ARENA_NOW, 0 } };

    assert_int_equal(room_relay_read_in(a->store, room, &what, 1,
                                        arena_at(ARENA_NOW)), ROOM_OK);
}

static void expect_no_turn(arena *a, room_handle room)
{
    uint64_t turn;

    if (room_relay_load_begin(a->store, room, base_clock_mono() + A_MINUTE,
                              &turn)
        || room_relay_wanted(a->store, room)) {
        _exit(1);
    }
}

static void expect_turn(arena *a, room_handle room)
{
    uint64_t turn;

    if (!room_relay_load_begin(a->store, room, base_clock_mono() + A_MINUTE,
                               &turn)) {
        _exit(1);
    }
}

static void who_comes_second_waits_for_the_first(void **state)
{
    arena a;
    room_handle room;
    uint64_t turn;
    uint64_t other;
    pid_t pid;

    (void)state;
    open_unread(&a, &room);
    assert_true(room_relay_load_begin(a.store, room, INT64_MAX, &turn));
    assert_false(room_relay_load_begin(a.store, room,
                                       base_clock_mono() + 3000, &other));
    pid = start(expect_no_turn, &a, room);
    await_sleeper(&a, room);
    read_in(&a, room);
    room_relay_load_end(a.store, room, turn);
    has_ended_well(pid);
    assert_false(room_relay_load_begin(a.store, room, INT64_MAX, &turn));
    arena_close(&a);
}

/* The first one could not; the second one dies in it. */
static void the_next_one_takes_over(void **state)
{
    arena a;
    room_handle room;
    room_tie *tie;
    uint64_t turn;
    uint64_t late;
    pid_t pid;

    (void)state;
    open_unread(&a, &room);
    tie = &a.store->ties[room.index];
    assert_true(room_relay_load_begin(a.store, room, INT64_MAX, &late));
    pid = start(expect_turn, &a, room);
    await_sleeper(&a, room);
    room_relay_load_end(a.store, room, late);
    has_ended_well(pid);
    assert_int_not_equal(atomic_load(&tie->loading), 0);
    atomic_fetch_sub(&tie->loading, 2000000); /* so long ago */
    assert_true(room_relay_load_begin(a.store, room, INT64_MAX, &turn));
    room_relay_load_end(a.store, room, late);
    assert_int_equal(atomic_load(&tie->loading), turn);
    room_relay_load_end(a.store, room, turn);
    assert_int_equal(atomic_load(&tie->loading), 0);
    arena_close(&a);
}

static void hold_lock(arena *a, room_handle room)
{
    if (!room_item_lock(a->store, room.index)) {
        _exit(1);
    }
    atomic_store(&a->store->ties[room.index].sleepers, 1);
    for (;;) {
        pause();
    }
}

/* The reader has much else to do; others wait on as if it had not looked. */
static void the_reader_does_not_wait_for_a_stuck_lock(void **state)
{
    arena a;
    room_handle room;
    pid_t pid;
    int64_t begun;

    (void)state;
    open_room(&a, &room);
    assert_true(room_reader_elect(a.store));
    pid = start(hold_lock, &a, room);
    await_sleeper(&a, room);
    begun = base_clock_mono();
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(append(&a, room, i), ROOM_BUSY);
    }
    assert_in_range(base_clock_mono() - begun, 100000, 5 * 1900000);
    assert_int_equal(atomic_load(&a.store->items[room.index].lock.stuck), 0);
    room_reader_resign(a.store);
    begun = base_clock_mono();
    assert_int_equal(append(&a, room, 0), ROOM_BUSY);
    assert_true(base_clock_mono() - begun > 1900000);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(append(&a, room, 0), ROOM_OK);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_what_came),
        cmocka_unit_test(what_later_ones_came_without_is_not_there),
        cmocka_unit_test(what_was_cleared_or_let_go_was_there),
        cmocka_unit_test(no_look_takes_a_lock),
        cmocka_unit_test(whoever_needs_the_lock_is_told_that_it_is_busy),
        cmocka_unit_test(none_is_seen_too_early),
        cmocka_unit_test(another_process_is_woken),
        cmocka_unit_test(it_ends_with_the_room_or_the_time),
        cmocka_unit_test(who_comes_second_waits_for_the_first),
        cmocka_unit_test(the_next_one_takes_over),
        cmocka_unit_test(the_reader_does_not_wait_for_a_stuck_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
