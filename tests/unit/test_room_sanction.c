/* test_room_sanction.c - room_sanction.h: who is in the table and for how long,
 * who gives way in a full one, and what a process leaves that is killed at any
 * step. Built with its own copy of room/ that has the fault points compiled in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room/set/room_notice.h"
#include "room_arena.h"

#define NOW INT64_C(5000000)
#define SECOND INT64_C(1000000)
#define REALM 77
#define OTHER 78
#define ALL_KINDS 15u

static unsigned steps_left; /* 0: never */

void room_fault_hit(int place)
{
    (void)place;
    if (steps_left > 0 && --steps_left == 0) {
        kill(getpid(), SIGKILL);
    }
}

static room_sanction make(room_sanction_kind kind, uint64_t realm,
                          uint64_t whom, int64_t until_us)
{
    room_sanction what = { .kind = kind, .realm = realm, .scope = realm,
                           .whom = whom, .until_us = until_us,
                           .made_us = NOW };

    what.user.user = whom;
    what.user.name_size = 3;
    memcpy(what.user.name, "Eve", 3);
    what.reason_size = 4;
    memcpy(what.reason, "spam", 4);
    return what;
}

static void put(arena *a, room_sanction_kind kind, uint64_t realm,
                uint64_t whom, int64_t until_us)
{
    room_sanction what = make(kind, realm, whom, until_us);

    assert_int_equal(room_sanction_put(a->store, &what, NOW, NULL), ROOM_OK);
}

static int64_t until(arena *a, room_sanction_kind kind, uint64_t realm,
                     uint64_t whom, int64_t now_us)
{
    return room_sanction_until(a->store, kind, realm, whom, now_us);
}

static void a_sanction_holds_for_its_time(void **state)
{
    arena a;
    room_sanction read;

    (void)state;
    arena_open(&a, 24, 3);
    assert_int_equal(until(&a, ROOM_SANCTION_MUTE, REALM, 1, NOW), 0);
    put(&a, ROOM_SANCTION_MUTE, REALM, 1, NOW + SECOND);
    put(&a, ROOM_SANCTION_BAN, REALM, 2, ROOM_SANCTION_FOREVER);
    assert_int_equal(until(&a, ROOM_SANCTION_MUTE, REALM, 1, NOW),
                     NOW + SECOND);
    assert_int_equal(until(&a, ROOM_SANCTION_BAN, REALM, 2, NOW),
                     ROOM_SANCTION_FOREVER);
    /* of another kind, of another realm, of somebody else, later */
    assert_int_equal(until(&a, ROOM_SANCTION_BAN, REALM, 1, NOW), 0);
    assert_int_equal(until(&a, ROOM_SANCTION_MUTE, OTHER, 1, NOW), 0);
    assert_int_equal(until(&a, ROOM_SANCTION_MUTE, REALM, 3, NOW), 0);
    assert_int_equal(until(&a, ROOM_SANCTION_MUTE, REALM, 1, NOW + SECOND), 0);
    assert_int_equal(room_sanction_read(a.store, ROOM_SANCTION_BAN, REALM, 2,
                                        NOW, &read), ROOM_OK);
    assert_memory_equal(read.reason, "spam", 4);
    assert_int_equal(room_sanction_read(a.store, ROOM_SANCTION_MUTE, REALM, 1,
                                        NOW + SECOND, &read), ROOM_ABSENT);
    /* a new one replaces the old one, be it shorter or longer */
    put(&a, ROOM_SANCTION_BAN, REALM, 2, NOW + 2 * SECOND);
    assert_int_equal(until(&a, ROOM_SANCTION_BAN, REALM, 2, NOW),
                     NOW + 2 * SECOND);
    assert_int_equal(atomic_load(&a.store->header->sanction_count), 2);
    room_sanction_expire(a.store, NOW + SECOND);
    assert_int_equal(atomic_load(&a.store->header->sanction_count), 1);
    room_sanction_expire(a.store, NOW + 3 * SECOND);
    assert_int_equal(atomic_load(&a.store->header->sanction_count), 0);
    arena_close(&a);
}

static bool count_them(void *context, const room_sanction *what)
{
    (void)what;
    ++*(unsigned *)context;
    return true;
}

static unsigned count_realm(arena *a, uint64_t realm)
{
    unsigned count = 0;

    assert_int_equal(room_sanction_each(a->store, realm, NOW, count_them,
                                        &count), ROOM_OK);
    return count;
}

static void a_pardon_ends_what_its_realm_said(void **state)
{
    arena a;
    room_sanction address = make(ROOM_SANCTION_ADDRESS, REALM, 1,
                                 ROOM_SANCTION_FOREVER);
    uint32_t news;
    unsigned ended;

    (void)state;
    arena_open(&a, 24, 3);
    address.whom = 4711;
    put(&a, ROOM_SANCTION_MUTE, REALM, 1, NOW + SECOND);
    put(&a, ROOM_SANCTION_BAN, REALM, 1, NOW + SECOND);
    put(&a, ROOM_SANCTION_BAN, OTHER, 1, NOW + SECOND);
    news = room_sanction_news(a.store);
    assert_int_equal(room_sanction_put(a.store, &address, NOW, NULL), ROOM_OK);
    assert_int_not_equal(room_sanction_news(a.store), news);
    assert_int_equal(count_realm(&a, REALM), 3);
    assert_int_not_equal(until(&a, ROOM_SANCTION_ADDRESS, REALM, 4711, NOW), 0);
    assert_int_equal(room_sanction_end(a.store, REALM, 1, ALL_KINDS, &ended),
                     ROOM_OK);
    assert_int_equal(ended, 3);
    assert_int_equal(count_realm(&a, REALM), 0);
    assert_int_equal(count_realm(&a, OTHER), 1);
    assert_int_equal(until(&a, ROOM_SANCTION_ADDRESS, REALM, 4711, NOW), 0);
    assert_int_equal(room_sanction_end(a.store, REALM, 1, ALL_KINDS, &ended),
                     ROOM_OK);
    assert_int_equal(ended, 0);
    arena_close(&a);
}

/* Whoever fills the table gives up his own, however much he adds. */
static void a_full_table_is_shared(void **state)
{
    arena a;
    uint32_t most;
    room_sanction what;
    room_sanction gone;

    (void)state;
    arena_open(&a, 400, 3);
    most = a.store->geometry.sanctions;
    assert_in_range(most, 16, 100);
    put(&a, ROOM_SANCTION_BAN, OTHER, 1, NOW + SECOND);
    for (uint32_t i = 0; i < 10 * most; i++) {
        what = make(ROOM_SANCTION_BAN, REALM, i,
                    NOW + SECOND * (2 + (int64_t)i));
        assert_int_equal(room_sanction_put(a.store, &what, NOW, &gone),
                         ROOM_OK);
        assert_int_equal(gone.until_us != 0, i >= most - 1);
        if (gone.until_us != 0) { /* the soonest of the same realm */
            assert_int_equal(gone.realm, REALM);
            assert_int_equal(gone.whom, i - (most - 1));
        }
        assert_int_not_equal(until(&a, ROOM_SANCTION_BAN, REALM, i, NOW), 0);
    }
    assert_int_not_equal(until(&a, ROOM_SANCTION_BAN, OTHER, 1, NOW), 0);
    /* another realm gets a place, and what has ended costs nobody one */
    put(&a, ROOM_SANCTION_BAN, OTHER, 2, ROOM_SANCTION_FOREVER);
    assert_int_equal(count_realm(&a, OTHER), 2);
    what = make(ROOM_SANCTION_BAN, OTHER, 3, ROOM_SANCTION_FOREVER);
    assert_int_equal(room_sanction_put(a.store, &what, NOW + SECOND, &gone),
                     ROOM_OK);
    assert_int_equal(gone.until_us, 0);
    /* replacing needs no place */
    assert_int_equal(room_sanction_put(a.store, &what, NOW, &gone), ROOM_OK);
    assert_int_equal(gone.until_us, 0);
    arena_close(&a);
}

static void a_resize_keeps_them(void **state)
{
    arena a;
    arena b;
    room_move_figures told;
    room_sanction what = make(ROOM_SANCTION_MUTE, REALM, 9, 0);

    (void)state;
    arena_open(&a, 400, 3);
    put(&a, ROOM_SANCTION_BAN, REALM, 1, ROOM_SANCTION_FOREVER);
    put(&a, ROOM_SANCTION_MUTE, REALM, 2, ARENA_MONO(ARENA_NOW) + SECOND);
    put(&a, ROOM_SANCTION_MUTE, REALM, 3, ARENA_MONO(ARENA_NOW) - SECOND);
    arena_open_after(&b, 24, 3, a.store);
    room_move_all(a.store, b.store, arena_at(ARENA_NOW), &told);
    assert_int_equal(until(&b, ROOM_SANCTION_BAN, REALM, 1, NOW),
                     ROOM_SANCTION_FOREVER);
    assert_int_equal(until(&b, ROOM_SANCTION_MUTE, REALM, 2, NOW),
                     ARENA_MONO(ARENA_NOW) + SECOND);
    assert_int_equal(until(&b, ROOM_SANCTION_MUTE, REALM, 3, NOW), 0);
    /* the old one takes no more: the successors do */
    assert_int_equal(room_sanction_put(a.store, &what, NOW, NULL), ROOM_MOVED);
    assert_int_equal(room_sanction_end(a.store, REALM, 1, ALL_KINDS, NULL),
                     ROOM_MOVED);
    arena_close(&a);
    arena_close(&b);
}

static void tell(arena *a, uint64_t user)
{
    room_notice notice;

    memset(&notice, 0, sizeof(notice));
    notice.what.user.user = user;
    assert_true(room_notice_put(a->store, &notice));
}

/* In order; whoever is too late misses the oldest, and goes on. */
static void notices_are_a_ring(void **state)
{
    arena a;
    room_notice notice;
    uint64_t seen;
    uint64_t most;

    (void)state;
    arena_open(&a, 24, 3);
    most = a.store->geometry.notices;
    seen = room_notice_count(a.store);
    assert_false(room_notice_next(a.store, &seen, &notice));
    for (uint64_t i = 0; i < 3; i++) {
        tell(&a, i);
    }
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(room_notice_next(a.store, &seen, &notice));
        assert_int_equal(notice.what.user.user, i);
    }
    assert_false(room_notice_next(a.store, &seen, &notice));
    for (uint64_t i = 0; i < most + 5; i++) {
        tell(&a, i);
    }
    for (uint64_t i = 5; i < most + 5; i++) {
        assert_true(room_notice_next(a.store, &seen, &notice));
        assert_int_equal(notice.what.user.user, i);
    }
    assert_false(room_notice_next(a.store, &seen, &notice));
    arena_close(&a);
}

/* What was said of somebody is not there any more when it has ended. */
static void nothing_stays_behind(void **state)
{
    arena a;

    (void)state;
    arena_open(&a, 24, 3);
    put(&a, ROOM_SANCTION_BAN, REALM, 1, ROOM_SANCTION_FOREVER);
    assert_non_null(memmem(a.memory, a.size, "spam", 4));
    assert_int_equal(room_sanction_end(a.store, REALM, 1, ALL_KINDS, NULL),
                     ROOM_OK);
    assert_null(memmem(a.memory, a.size, "spam", 4));
    arena_close(&a);
}

typedef void scene_fn(arena *a);

static void make_some(arena *a)
{
    room_sanction what = make(ROOM_SANCTION_BAN, REALM, 1, NOW + 9 * SECOND);

    what.made_us = NOW + 1;
    (void)room_sanction_put(a->store, &what, NOW, NULL); /* replaces */
    put(a, ROOM_SANCTION_MUTE, REALM, 5, NOW + SECOND);
    room_sanction_expire(a->store, NOW + 2 * SECOND);
    (void)room_sanction_end(a->store, OTHER, 3, ALL_KINDS, NULL);
}

static void look_at_them(arena *a)
{
    (void)count_realm(a, REALM);
}

static bool dies_at(arena *a, scene_fn *scene, unsigned k)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        steps_left = k;
        scene(a);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        return true;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return false;
}

/* Nobody who was banned is free, and nobody else is not. */
static void check_after(arena *a)
{
    for (uint64_t i = 0; i < 4; i++) {
        bool other = i == 3;
        int64_t end = until(a, ROOM_SANCTION_BAN, other ? OTHER : REALM, i,
                            NOW);

        assert_true(other ? end == 0 || end == ROOM_SANCTION_FOREVER
                          : end == ROOM_SANCTION_FOREVER
                                || (i == 1 && end == NOW + 9 * SECOND));
    }
    assert_int_equal(until(a, ROOM_SANCTION_BAN, REALM, 3, NOW), 0);
    assert_int_equal(atomic_load(&a->store->header->sanction_version) & 1, 0);
    assert_in_range(count_realm(a, REALM), 3, 4);
    assert_int_equal(atomic_load(&a->store->header->sanction_count),
                     count_realm(a, REALM) + count_realm(a, OTHER));
    put(a, ROOM_SANCTION_KICK, REALM, 100, NOW + SECOND);
    assert_int_equal(until(a, ROOM_SANCTION_KICK, REALM, 100, NOW),
                     NOW + SECOND);
}

static void killed_at_each_step(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        arena a;

        arena_open(&a, 24, 3);
        for (uint64_t i = 0; i < 4; i++) {
            put(&a, ROOM_SANCTION_BAN, i == 3 ? OTHER : REALM, i,
                ROOM_SANCTION_FOREVER);
        }
        through = dies_at(&a, make_some, ++k);
        for (unsigned step = 1; !dies_at(&a, look_at_them, step); step++) {
            assert_in_range(step, 1, 200);
        }
        check_after(&a);
        arena_close(&a);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 8, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sanction_holds_for_its_time),
        cmocka_unit_test(a_pardon_ends_what_its_realm_said),
        cmocka_unit_test(a_full_table_is_shared),
        cmocka_unit_test(a_resize_keeps_them),
        cmocka_unit_test(notices_are_a_ring),
        cmocka_unit_test(nothing_stays_behind),
        cmocka_unit_test(killed_at_each_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
