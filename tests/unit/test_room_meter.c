/* test_room_meter.c - room_meter.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/segment/room_layout.h"
#include "room/set/room_meter.h"

enum {
    LINE_A,
    LINE_B,
    LINE_C,
    LINE_D
};
#include "room_arena.h"

#define SECOND INT64_C(1000000)
#define START (100 * SECOND)

static const room_meter_figures one = {
    .requests = 1,
    .traffic = { .sent = 100,
                 .received = 20,
                 .packets_sent = 3,
                 .packets_received = 2,
                 .wire_sent = 256,
                 .wire_received = 124 },
};

/* Each key is of an address of its own. */
static void add(room_store *store, uint64_t key, unsigned line, int64_t now)
{
    room_meter_add(store, key, (uint16_t)key, line, &one, now);
}

static room_meter_figures read_one(arena *a, uint64_t key, int64_t now,
                                   unsigned line)
{
    room_meter_figures all[ROOM_METER_LINES];

    (void)room_meter_read(a->store, key, now, all);
    return all[line];
}

static bool is_known(arena *a, uint64_t key, int64_t now)
{
    room_meter_figures all[ROOM_METER_LINES];

    return room_meter_read(a->store, key, now, all);
}

static void adds_up(void **state)
{
    arena a;
    room_meter_figures found;

    (void)state;
    arena_open(&a, 32, 2);
    for (int i = 0; i < 3; i++) {
        add(a.store, 7, LINE_B, START);
    }
    add(a.store, 8, LINE_D, START);
    add(a.store, 0, LINE_D, START);
    found = read_one(&a, 7, START, LINE_B);
    assert_int_equal(found.requests, 3);
    assert_int_equal(found.traffic.sent, 300);
    assert_int_equal(found.traffic.received, 60);
    assert_int_equal(found.traffic.packets_sent, 9);
    assert_int_equal(found.traffic.packets_received, 6);
    assert_int_equal(found.traffic.wire_sent, 768);
    assert_int_equal(found.traffic.wire_received, 372);
    found = read_one(&a, 7, START, LINE_D);
    assert_int_equal(found.requests, 0);
    assert_int_equal(found.traffic.sent, 0);
    assert_int_equal(read_one(&a, 0, START, LINE_D).requests, 2);
    assert_int_equal(read_one(&a, 0, START, LINE_B).requests, 3);
    assert_int_equal(read_one(&a, 0, START, LINE_A).requests, 0);
    arena_close(&a);
}

static void reading_makes_no_meter(void **state)
{
    arena a;

    (void)state;
    arena_open(&a, 32, 2);
    for (uint64_t key = 1; key < 1000; key++) {
        assert_false(is_known(&a, key, START));
    }
    for (uint64_t key = 1; key <= a.store->geometry.meters; key++) {
        add(a.store, key, LINE_D, START);
        assert_true(is_known(&a, key, START));
    }
    arena_close(&a);
}

/* Nobody makes place before ten seconds; then the one that is idle longest,
 * and what it had is not the next one's. */
static void the_idle_make_place(void **state)
{
    arena a;
    uint64_t most;

    (void)state;
    arena_open(&a, 32, 2);
    most = a.store->geometry.meters;
    for (uint64_t key = 1; key <= most; key++) {
        add(a.store, key, LINE_D, START + (int64_t)key);
    }
    add(a.store, most + 1, LINE_D, START + 9 * SECOND);
    assert_false(is_known(&a, most + 1, START + 9 * SECOND));
    assert_int_equal(read_one(&a, 0, START, LINE_D).requests, most + 1);
    assert_true(is_known(&a, 1, START + 9 * SECOND)); /* used by that */
    add(a.store, most + 1, LINE_B, START + 11 * SECOND);
    assert_true(is_known(&a, most + 1, START + 11 * SECOND));
    assert_int_equal(
        read_one(&a, most + 1, START + 11 * SECOND, LINE_B).requests, 1);
    assert_int_equal(
        read_one(&a, most + 1, START + 11 * SECOND, LINE_D).requests, 0);
    assert_true(is_known(&a, 1, START + 11 * SECOND));
    assert_false(is_known(&a, 2, START + 11 * SECOND));
    assert_true(is_known(&a, 3, START + 11 * SECOND));
    arena_close(&a);
}

/* From one line of a key to another; nothing of all together. */
static void moves(void **state)
{
    arena a;

    (void)state;
    arena_open(&a, 32, 2);
    add(a.store, 7, LINE_D, START);
    add(a.store, 7, LINE_D, START);
    room_meter_reassign(a.store, 7, LINE_D, LINE_C, &one, START);
    room_meter_reassign(a.store, 7, LINE_D, LINE_D, &one, START);
    room_meter_reassign(a.store, 8, LINE_D, LINE_B, &one, START);
    room_meter_reassign(a.store, 0, LINE_D, LINE_B, &one, START);
    assert_int_equal(read_one(&a, 7, START, LINE_D).traffic.sent, 100);
    assert_int_equal(read_one(&a, 7, START, LINE_C).traffic.sent, 100);
    assert_int_equal(read_one(&a, 0, START, LINE_D).traffic.sent, 200);
    assert_false(is_known(&a, 8, START));
    /* What is not there, because the meter is a new one, is not moved. */
    room_meter_reassign(a.store, 7, LINE_B, LINE_D, &one, START);
    assert_int_equal(read_one(&a, 7, START, LINE_B).traffic.sent, 0);
    assert_int_equal(read_one(&a, 7, START, LINE_D).traffic.sent, 100);
    arena_close(&a);
}

enum {
    PROCESSES = 4,
    ROUNDS = 20000,
    SHARED = 3,
    AHEAD = 2000
};

/* How far each process is; shared by them. */
typedef _Atomic uint64_t progress[PROCESSES];

static void wait_for_others(const progress rounds, uint64_t round)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        while (round > atomic_load(&rounds[i]) + AHEAD) {
            sched_yield();
        }
    }
}

/* One address that asks for as many as it can leaves half of them to others,
 * two leave a third, and what they have had for long is had by all. */
static void one_address_has_a_share(void **state)
{
    arena a;
    uint64_t most;
    uint64_t known = 0;

    (void)state;
    arena_open(&a, 400, 2);
    most = a.store->geometry.meters;
    assert_in_range(most, 8, 255);
    for (uint64_t key = 1; key <= 3 * most; key++) {
        room_meter_add(a.store, key, 7, LINE_D, &one, START);
    }
    for (uint64_t key = 1; key <= 3 * most; key++) {
        known += is_known(&a, key, START);
    }
    assert_in_range(known, most / 2 - 1, most / 2 + 1);
    for (uint64_t key = 0; key < most / 4; key++) {
        room_meter_add(a.store, 100000 + key, (uint16_t)(1000 + key), LINE_D,
                       &one, START);
        assert_true(is_known(&a, 100000 + key, START));
    }
    for (uint64_t key = 1; key <= 3 * most; key++) {
        room_meter_add(a.store, 200000 + key, 8, LINE_D, &one, START);
    }
    add(a.store, 300000, LINE_D, START);
    assert_true(is_known(&a, 300000, START));
    for (uint64_t key = 400000; key < 400000 + most / 2; key++) {
        add(a.store, key, LINE_D, START + 11 * SECOND);
        assert_true(is_known(&a, key, START + 11 * SECOND));
    }
    arena_close(&a);
}

/* One process: the keys that all share, and many of its own that push each
 * other out. The time is that of its rounds, so it may not go far ahead: a
 * shared key would look as if nobody had used it for long. */
static void add_much(room_store *store, uint64_t process, progress rounds)
{
    for (uint64_t i = 0; i < ROUNDS; i++) {
        int64_t now = START + (int64_t)i * 1000;

        wait_for_others(rounds, i);
        atomic_store(&rounds[process], i);
        add(store, 1 + i % SHARED, LINE_A, now);
        add(store, 1000 * (process + 1) + i / 100, LINE_C, now);
    }
}

/* Keys in use lose nothing while others come and go in several processes. */
static void processes_share_it(void **state)
{
    arena a;
    int64_t end = START + ROUNDS * 1000;
    uint64_t sum = 0;
    progress *rounds = mmap(NULL, sizeof(*rounds), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_true(rounds != MAP_FAILED);
    arena_open(&a, 32, 2);
    for (uint64_t key = 1; key <= SHARED; key++) {
        add(a.store, key, LINE_A, START);
    }
    for (uint64_t i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            add_much(a.store, i, *rounds);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (uint64_t key = 1; key <= SHARED; key++) {
        room_meter_figures found = read_one(&a, key, end, LINE_A);

        sum += found.requests;
        assert_int_equal(found.traffic.sent, 100 * found.requests);
        assert_int_equal(read_one(&a, key, end, LINE_C).requests, 0);
    }
    assert_int_equal(sum, SHARED + PROCESSES * ROUNDS);
    assert_int_equal(read_one(&a, 0, end, LINE_C).requests, PROCESSES * ROUNDS);
    arena_close(&a);
    munmap(rounds, sizeof(*rounds));
}

/* Whoever holds the lock and dies leaves a table that works. */
static void a_death_in_the_lock(void **state)
{
    arena a;
    int status = -1;

    (void)state;
    arena_open(&a, 32, 2);
    if (fork() == 0) {
        (void)room_lock_take(&a.store->header->meters);
        _exit(0);
    }
    assert_true(wait(&status) > 0);
    add(a.store, 5, LINE_B, START);
    assert_int_equal(read_one(&a, 5, START, LINE_B).requests, 1);
    arena_close(&a);
}

static void totals_are_carried_over(void **state)
{
    arena a;
    arena b;

    (void)state;
    arena_open(&a, 32, 2);
    arena_open(&b, 40, 2);
    add(a.store, 5, LINE_B, START);
    add(b.store, 0, LINE_B, START);
    room_meter_move(a.store, b.store);
    assert_int_equal(read_one(&b, 0, START, LINE_B).traffic.wire_sent, 512);
    assert_false(is_known(&b, 5, START));
    arena_close(&a);
    arena_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(moves),
        cmocka_unit_test(reading_makes_no_meter),
        cmocka_unit_test(the_idle_make_place),
        cmocka_unit_test(one_address_has_a_share),
        cmocka_unit_test(processes_share_it),
        cmocka_unit_test(a_death_in_the_lock),
        cmocka_unit_test(totals_are_carried_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
