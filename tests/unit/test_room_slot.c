/* test_room_slot.c - room_slot.h: claims, wake-ups, the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "room/people/room_member.h"
#include "room/people/room_stirred.h"
#include "room/segment/room_home.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"

static bool is_ready(const arena *a, int slot)
{
    struct pollfd fd = { .fd = room_slot_fd(a->store, slot),
                         .events = POLLIN };

    return poll(&fd, 1, 0) == 1;
}

static void mark(void *context, uint32_t room)
{
    uint64_t *seen = context;

    seen[room / 64] |= UINT64_C(1) << room % 64;
}

static void a_slot_has_one_owner(void **state)
{
    arena a;
    int first;

    (void)state;
    arena_open(&a, 64, 4);
    first = room_slot_claim(a.store, 11);
    assert_in_range(first, 0, 69);
    for (int i = 1; i < 70; i++) {
        assert_in_range(room_slot_claim(a.store, 12), 0, 69);
    }
    assert_int_equal(room_slot_claim(a.store, 13), -1);
    assert_int_equal(room_slot_count(a.store), 70);
    assert_int_equal(room_slot_reap(a.store, first), 0);
    room_slot_release(a.store, first);
    assert_int_equal(room_slot_claim(a.store, 14), first);
    assert_int_equal(room_slot_fd(a.store, -1), -1);
    assert_int_equal(room_slot_fd(a.store, 70), -1);
    for (int i = 0; i < 70; i++) {
        room_slot_release(a.store, i);
    }
    assert_int_equal(room_slot_count(a.store), 0);
    arena_close(&a);
}

static void wake_ups_are_coalesced(void **state)
{
    arena a;
    uint64_t seen[2] = { 0, 0 };
    uint64_t count = 0;
    int slot;

    (void)state;
    arena_open(&a, 300, 100);
    slot = room_slot_claim(a.store, 1);
    assert_false(is_ready(&a, slot));
    for (int i = 0; i < 50; i++) {
        room_slot_wake(a.store, slot, 3);
        room_slot_wake(a.store, slot, 99);
    }
    room_slot_wake(a.store, slot, 100); /* no such room, no such slots */
    room_slot_wake(a.store, -1, 1);
    room_slot_wake(a.store, 70, 1);
    assert_int_equal(read(room_slot_fd(a.store, slot), &count, 8), 8);
    assert_int_equal(count, 1);
    room_slot_take(a.store, slot, mark, seen);
    assert_true(seen[0] == 8 && seen[1] == UINT64_C(1) << 35);
    seen[0] = seen[1] = 0;
    assert_false(is_ready(&a, slot));
    room_slot_take(a.store, slot, mark, seen);
    assert_true(seen[0] == 0 && seen[1] == 0);
    room_slot_wake(a.store, slot, 64);
    assert_true(is_ready(&a, slot));
    room_slot_take(a.store, slot, mark, seen);
    assert_true(seen[1] == 1);
    room_slot_release(a.store, slot);
    arena_close(&a);
}

static void note(void *context, uint32_t room)
{
    uint32_t *seen = context;

    assert_in_range(seen[0], 0, 7);
    seen[++seen[0]] = room;
}

/* Each marked room once, wherever it stands among thousands. */
static void marks_are_found(void **state)
{
    static const uint32_t marked[] = { 0, 63, 64, 4095, 4096, 4999 };
    uint32_t seen[9] = { 0 };
    arena a;
    int slots[2];

    (void)state;
    arena_open(&a, 10000, 5000);
    for (int i = 0; i < 2; i++) {
        slots[i] = room_slot_claim(a.store, 1);
    }
    for (int i = 0; i < 6; i++) {
        room_slot_wake(a.store, slots[0], marked[5 - i]);
    }
    room_slot_take(a.store, slots[1], note, seen);
    assert_int_equal(seen[0], 0);
    room_slot_take(a.store, slots[0], note, seen);
    assert_int_equal(seen[0], 6);
    assert_memory_equal(seen + 1, marked, sizeof(marked));
    room_slot_mark_all(a.store, slots[0]);
    room_slot_release(a.store, slots[0]);
    assert_int_equal(room_slot_claim(a.store, 1), slots[0]);
    seen[0] = 0;
    room_slot_take(a.store, slots[0], note, seen);
    room_stirred_take(a.store, slots[0], note, seen);
    assert_int_equal(seen[0], 0);
    room_slot_release(a.store, slots[0]);
    room_slot_release(a.store, slots[1]);
    arena_close(&a);
}

static void take_stirred(arena *a, int slot, uint32_t room, uint32_t times)
{
    uint32_t seen[9] = { 0 };

    room_stirred_take(a->store, slot, note, seen);
    assert_int_equal(seen[0], times);
    assert_int_equal(seen[1], times > 0 ? room : 0);
    assert_false(is_ready(a, slot));
}

/* Whatever makes the version grow, or the count of those that were reset, tells
 * that to those who read the room, and to nobody else; without a wake-up. */
static void readers_learn_who_comes_and_goes(void **state)
{
    room_member who = { .user = 2, .guest = true, .name_size = 3,
                        .name = "Bob", .name_key = 2 };
    arena a;
    room_handle room;
    int reader;
    int other;
    uint64_t version;

    (void)state;
    arena_open(&a, 64, 4);
    arena_room(&a, "another", 1);
    room = arena_room(&a, "r", 1);
    reader = room_slot_claim(a.store, 1);
    other = room_slot_claim(a.store, 1);
    room_slot_watch(a.store, room, reader, true);
    for (int i = 0; i < 6; i++) {
        version = room_member_version(a.store, room);
        switch (i) {
        case 0: room_member_join(a.store, room, other, &who, NULL); break;
        case 1: room_member_join(a.store, room, other, &who, NULL); break;
        case 2: room_member_rename(a.store, room, &who); break;
        case 3: room_member_reset(a.store, room, &who, 2); break;
        case 4: arena_member_goes(a.store, room, other, 2, 1, NULL); break;
        default: arena_member_goes(a.store, room, other, 2, 1, NULL); break;
        }
        take_stirred(&a, reader, room.index,
                     room_member_version(a.store, room) != version);
    }
    take_stirred(&a, other, room.index, 0);
    assert_int_equal(room_member_expire(a.store, base_clock_mono()), 1);
    take_stirred(&a, reader, room.index, 1);
    room_slot_watch(a.store, room, reader, false);
    room_member_join(a.store, room, other, &who, NULL);
    take_stirred(&a, reader, room.index, 0);
    room_slot_release(a.store, reader);
    room_slot_release(a.store, other);
    arena_close(&a);
}

/* Whoever reads it first has it, as long as it reads. */
static void a_room_has_a_home(void **state)
{
    arena a;
    room_handle room;
    int slots[2];

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 1);
    for (int i = 0; i < 2; i++) {
        slots[i] = room_slot_claim(a.store, 1);
        room_slot_watch(a.store, room, slots[i], true);
    }
    assert_int_equal(room_home_find(a.store, room, slots[1]), slots[1]);
    assert_int_equal(room_home_find(a.store, room, slots[0]), slots[1]);
    room_slot_watch(a.store, room, slots[1], false);
    assert_int_equal(room_home_find(a.store, room, slots[0]), slots[0]);
    room_slot_watch(a.store, room, slots[1], true);
    room_slot_release(a.store, slots[0]);
    assert_int_equal(room_home_find(a.store, room, slots[1]), slots[1]);
    assert_int_equal(room_home_find(a.store, room, 1000), -1);
    room.index = UINT32_MAX;
    assert_int_equal(room_home_find(a.store, room, slots[1]), -1);
    room_slot_release(a.store, slots[1]);
    arena_close(&a);
}

static void readers_are_woken(void **state)
{
    arena a;
    room_handle room;
    int slots[3];

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 1);
    for (int i = 0; i < 66; i++) {
        slots[i % 3] = room_slot_claim(a.store, 1); /* beyond one word */
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(room_slot_watch(a.store, room, slots[i], true),
                         ROOM_OK);
    }
    assert_int_equal(room_slot_watch(a.store, room, slots[2], false),
                     ROOM_OK);
    assert_int_equal(room_slot_watch(a.store, room, 70, true), ROOM_FULL);
    arena_say(&a, room, "x", ARENA_NOW);
    room_log_wake_readers(a.store, room, slots[0]);
    assert_false(is_ready(&a, slots[0]));
    assert_true(is_ready(&a, slots[1]));
    assert_false(is_ready(&a, slots[2]));
    room_log_wake_readers(a.store, room, -1);
    assert_true(is_ready(&a, slots[0]));
    for (int i = 0; i < 66; i++) {
        room_slot_release(a.store, i);
    }
    room.generation++;
    room_log_wake_readers(a.store, room, -1);
    arena_close(&a);
}

/* A child claims a slot, joins, watches, counts, and is killed. */
static pid_t child_that_dies(arena *a, room_handle room)
{
    room_member who = { .user = 1, .guest = true, .name_size = 3,
                        .name = "Ann", .name_key = 1 };
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        int slot = room_slot_claim(a->store, getpid());
        _Atomic uint64_t *counters = room_slot_counters(a->store, slot);

        room_member_join(a->store, room, slot, &who, NULL);
        who.user = 2;
        who.name_key = 2;
        room_member_join(a->store, room, slot, &who, NULL);
        room_member_join(a->store, room, slot, &who, NULL);
        room_slot_watch(a->store, room, slot, true);
        atomic_fetch_add(&counters[0], 5); /* a gauge */
        atomic_fetch_add(&counters[1], 7);
        (void)!write(ready[1], "r", 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static int64_t after_grace(void)
{
    return base_clock_mono() + ROOM_MEMBER_GRACE_US + 1000000;
}

static void the_dead_are_reaped(void **state)
{
    arena a;
    room_handle room;
    room_handle other;
    room_member who = { .user = 2, .guest = true, .name_size = 3,
                        .name = "Bob", .name_key = 2 };
    uint64_t sums[ROOM_COUNTERS];
    uint64_t seen[1] = { 0 };
    int self;
    pid_t pid;

    (void)state;
    arena_open(&a, 64, 2);
    room = arena_room(&a, "r", 0);
    other = arena_room(&a, "o", 1);
    self = room_slot_claim(a.store, getpid());
    pid = child_that_dies(&a, room);
    assert_int_equal(room_member_join(a.store, room, self, &who, NULL),
                     ROOM_OK);
    assert_int_equal(room_member_count(a.store, room), 2);
    assert_int_equal(room_slot_reap(a.store, self), 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(room_slot_reap(a.store, self), 1);
    assert_int_equal(room_slot_reap(a.store, self), 0);
    assert_int_equal(room_slot_count(a.store), 1);
    assert_int_equal(room_member_count(a.store, room), 2);
    assert_int_equal(room_member_expire(a.store, base_clock_mono()), 0);
    assert_int_equal(room_member_expire(a.store, after_grace()), 1);
    assert_int_equal(room_member_count(a.store, room), 1);
    assert_int_equal(room_member_find(a.store, room, 1, &who), ROOM_ABSENT);
    assert_int_equal(room_member_find(a.store, room, 2, &who), ROOM_OK);
    room_slot_counters_sum(a.store, sums);
    assert_int_equal(sums[0], 0);
    assert_int_equal(sums[1], 7);
    assert_true(is_ready(&a, self));
    room_slot_take(a.store, self, mark, seen);
    assert_true(seen[0] == 3);
    arena_member_goes(a.store, room, self, 2, 0, NULL);
    /* Nobody watches it any more: it makes place. */
    arena_say(&a, other, "x", ARENA_NOW);
    assert_int_not_equal(arena_room(&a, "n", 1).generation, 1);
    room_slot_release(a.store, self);
    arena_check(&a);
    arena_close(&a);
}

/* Whoever claims next buries the dead too. */
static void a_claim_takes_a_dead_slot(void **state)
{
    arena a;
    room_handle room;
    pid_t pid;

    (void)state;
    arena_open(&a, 64, 2);
    room = arena_room(&a, "r", 0);
    pid = child_that_dies(&a, room);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(room_member_count(a.store, room), 2);
    assert_int_equal(room_slot_claim(a.store, getpid()), 0);
    assert_int_equal(room_member_expire(a.store, after_grace()), 2);
    assert_int_equal(room_member_count(a.store, room), 0);
    room_slot_release(a.store, 0);
    arena_check(&a);
    arena_close(&a);
}

static void *claim_and_end(void *context)
{
    arena *a = context;

    room_slot_claim(a->store, 1);
    return NULL;
}

static void a_thread_that_ends_is_dead(void **state)
{
    arena a;
    pthread_t thread;

    (void)state;
    arena_open(&a, 64, 2);
    pthread_create(&thread, NULL, claim_and_end, &a);
    pthread_join(thread, NULL);
    assert_int_equal(room_slot_count(a.store), 1);
    assert_int_equal(room_slot_reap(a.store, -1), 1);
    assert_int_equal(room_slot_count(a.store), 0);
    arena_close(&a);
}

/* Children count, end and begin while somebody adds up. */
static void what_is_counted_only_grows(void **state)
{
    enum { TURNS = 20000 };
    uint64_t before = 0;
    uint64_t sums[ROOM_COUNTERS];
    int status = 0;
    arena a;
    pid_t pid;

    (void)state;
    arena_open(&a, 64, 2);
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < TURNS; i++) {
            int slot = room_slot_claim(a.store, getpid());

            atomic_fetch_add(&room_slot_counters(a.store, slot)[1], 1);
            room_slot_release(a.store, slot);
        }
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        room_slot_counters_sum(a.store, sums);
        assert_true(sums[1] >= before);
        before = sums[1];
    }
    room_slot_counters_sum(a.store, sums);
    assert_int_equal(sums[1], TURNS);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_has_one_owner),
        cmocka_unit_test(wake_ups_are_coalesced),
        cmocka_unit_test(marks_are_found),
        cmocka_unit_test(readers_learn_who_comes_and_goes),
        cmocka_unit_test(a_room_has_a_home),
        cmocka_unit_test(readers_are_woken),
        cmocka_unit_test(the_dead_are_reaped),
        cmocka_unit_test(a_claim_takes_a_dead_slot),
        cmocka_unit_test(a_thread_that_ends_is_dead),
        cmocka_unit_test(what_is_counted_only_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
