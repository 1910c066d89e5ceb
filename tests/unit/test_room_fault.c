/* test_room_fault.c - a process is killed at every step in turn.
 *
 * Built with its own copy of room/ that has the fault points compiled in. For
 * each scene a child runs it and kills itself at its k-th step, for k = 1, 2,
 * ... until it gets through; after each the segment is whole again, nothing
 * that was acknowledged is lost, and life goes on. The repair is cut off in
 * the same way.
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
#include "room/people/room_address.h"
#include "room/people/room_member.h"
#include "room/people/room_stirred.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"
#include "room_check.h"

static unsigned steps_left; /* 0: never */

void room_fault_hit(int place)
{
    (void)place;
    if (steps_left > 0 && --steps_left == 0) {
        kill(getpid(), SIGKILL);
    }
}

/* What a scene works on. */
typedef struct {
    arena a;
    room_handle room;
    room_handle other;
    uint64_t said; /* messages in `room` before the scene */
} stage;

typedef void scene_fn(stage *s);

static room_member person(uint64_t user, const char *name)
{
    room_member who = { .user = user, .guest = user < 100 };

    who.name_size = strlen(name);
    memcpy(who.name, name, who.name_size);
    for (const char *at = name; *at != '\0'; at++) {
        who.name_key = who.name_key * 31 + (unsigned char)*at;
    }
    who.skeleton_key = who.name_key % 1000 + 1;
    return who;
}

#define LONG_NAME "a name that is longer than one cell can hold, on and on"

static void set_up(stage *s)
{
    room_member ann = person(1, "Ann");
    room_member bob = person(2, LONG_NAME);

    memset(s, 0, sizeof(*s));
    arena_open(&s->a, 24, 3);
    s->room = arena_room(&s->a, "room", 8);
    s->other = arena_room(&s->a, "other", 100);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(arena_fill(&s->a, s->room, 300, ARENA_NOW + i),
                         ROOM_OK);
        assert_int_equal(arena_fill(&s->a, s->other, 900, ARENA_NOW + i),
                         ROOM_OK);
    }
    s->said = room_log_next(s->a.store, s->room) - 1;
    room_member_join(s->a.store, s->room, 5, &ann, NULL);
    room_member_join(s->a.store, s->room, 6, &ann, NULL);
    room_member_join(s->a.store, s->room, 5, &bob, NULL);
}

static void append_small(stage *s)
{
    room_log_entry entry = { .head = "s", .head_size = 1, .user = 9,
                             .ref = "ref", .ref_size = 3,
                             .wall_ms = ARENA_NOW + 100000, .mono_us = 5 };
    room_id id;
    uint64_t seq;

    room_log_append(s->a.store, s->room, &entry, &id, &seq);
}

/* Needs pages that only eviction gives. */
static void append_large(stage *s)
{
    arena_fill(&s->a, s->room, 4500, ARENA_NOW + 100000);
}

static void open_new(stage *s)
{
    arena_room(&s->a, "new", 5);
}

/* The third room and then the place of an idle one that still has pages. */
static void open_in_place(stage *s)
{
    arena_fill(&s->a, arena_room(&s->a, "idle", 0), 2000, ARENA_NOW + 100000);
    arena_room(&s->a, "next", 5);
}

static void join_new(stage *s)
{
    room_member eve = person(3, LONG_NAME " and on");

    room_member_join(s->a.store, s->room, 7, &eve, NULL);
}

static void join_more(stage *s)
{
    room_member ann = person(1, "Ann");

    room_member_join(s->a.store, s->room, 8, &ann, NULL);
}

static void join_verified(stage *s)
{
    room_member dan = person(200, "Dan");

    room_member_join(s->a.store, s->room, 8, &dan, NULL);
    dan = person(200, LONG_NAME " Dan");
    room_member_join(s->a.store, s->room, 9, &dan, NULL);
}

/* A moderator with a name and an id in four cells, who is renamed; and who is
 * none any more when one of the two connections goes. */
static void join_moderator(stage *s)
{
    room_member mia = person(300, LONG_NAME LONG_NAME);
    room_member_leaving leaving = { 300, true, 0 };

    mia.moderator = true;
    mia.id_size = ROOM_NAME_MAX;
    memset(mia.id, 'm', mia.id_size);
    room_member_join(s->a.store, s->room, 8, &mia, NULL);
    mia.name[0] = 'M';
    mia.moderator = false;
    room_member_join(s->a.store, s->room, 9, &mia, NULL);
    room_member_leave(s->a.store, s->room, 8, &leaving, NULL);
}

static void rename_one(stage *s)
{
    room_member ann = person(1, "Anne of the " LONG_NAME);

    room_member_rename(s->a.store, s->room, &ann);
}

/* The verified Ann comes, and the guest gets another name. */
static void reset_one(stage *s)
{
    room_member verified = person(200, "Ann");
    room_member guest = person(1, "guest-0000 of the " LONG_NAME);

    room_member_join(s->a.store, s->room, 8, &verified, NULL);
    room_member_reset(s->a.store, s->room, &guest, verified.name_key);
}

static void leave_moves(stage *s)
{
    arena_member_goes(s->a.store, s->room, 5, 1, 0, NULL);
}

static void leave_last(stage *s)
{
    arena_member_goes(s->a.store, s->room, 5, 2, 0, NULL);
}

/* Bob becomes a ghost and comes back, in another child. */
static void leave_and_come_back(stage *s)
{
    room_member bob = person(2, "another name");

    arena_member_goes(s->a.store, s->room, 5, 2, base_clock_mono() + 1000000,
                      NULL);
    room_member_join(s->a.store, s->room, 9, &bob, NULL);
}

static void leave_and_expire(stage *s)
{
    arena_member_goes(s->a.store, s->room, 5, 2, base_clock_mono(), NULL);
    room_member_expire(s->a.store, base_clock_mono() + 1000000);
}

/* A room with nobody but a ghost makes place for another. */
static void open_where_a_ghost_is(stage *s)
{
    room_handle third = arena_room(&s->a, "third", 0);
    room_member eve = person(3, LONG_NAME " and on");

    room_member_join(s->a.store, third, 7, &eve, NULL);
    arena_member_goes(s->a.store, third, 7, 3, base_clock_mono() + 1000000,
                      NULL);
    arena_room(&s->a, "next", 5);
}

static void claim_and_release(stage *s)
{
    int slot = room_slot_claim(s->a.store, getpid());
    room_member gus = person(4, "Gus");

    room_slot_watch(s->a.store, s->room, slot, true);
    room_member_join(s->a.store, s->room, slot, &gus, NULL);
    room_slot_release(s->a.store, slot);
}

/* An address comes with its first connection, with a second one, to another
 * child, and goes; a neighbour in the bucket takes the entry. */
static void count_connections(stage *s)
{
    uint32_t buckets = s->a.store->geometry.addresses;
    uint32_t places[3];
    int slot = room_slot_claim(s->a.store, getpid());

    room_address_enter(s->a.store, 7, slot, 9, &places[0]);
    room_address_enter(s->a.store, 7, slot, 9, &places[1]);
    room_address_leave(s->a.store, places[0]);
    room_address_leave(s->a.store, places[1]);
    room_address_enter(s->a.store, 7 + buckets, slot, 9, &places[2]);
    room_address_enter(s->a.store, 7, slot, 9, &places[0]);
    room_slot_release(s->a.store, slot);
}

/* Runs the scene in a child that dies at its k-th step; true when it got
 * through. */
static bool dies_at(stage *s, scene_fn *scene, unsigned k)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        steps_left = k;
        scene(s);
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

static void check_scene(stage *s)
{
    char why[200];

    (void)room_check(s->a.store, why, sizeof(why));
}

static bool count_name(void *context, const room_member *who)
{
    room_member bob = person(2, LONG_NAME);
    unsigned *found = context;

    *found += who->name_size == bob.name_size
              && memcmp(who->name, bob.name, bob.name_size) == 0;
    return true;
}

/* A child that died counts no more, and everything is counted as before. */
static void check_addresses(stage *s)
{
    uint32_t buckets = s->a.store->geometry.addresses;
    uint32_t places[30];

    for (uint32_t i = 0; i < 30; i++) {
        uint64_t key = 7 + (i % 3) * buckets;

        assert_int_equal(room_address_enter(s->a.store, key, 1, 10,
                                            &places[i]), ROOM_OK);
    }
    assert_int_equal(room_address_enter(s->a.store, 7, 2, 10, &places[0]),
                     ROOM_FULL);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(room_address_count_all(s->a.store, 7 + i * buckets),
                         10);
    }
}

/* The segment is whole, what was stored is there, and it works on. */
static void go_on(stage *s, scene_fn *scene)
{
    uint64_t before = room_log_next(s->a.store, s->room);
    room_log_entry again = { .head = "s", .head_size = 1, .user = 9,
                             .ref = "ref", .ref_size = 3,
                             .wall_ms = ARENA_NOW + 100001, .mono_us = 6 };
    unsigned bobs = 0;
    arena_seen seen;
    room_id id;
    uint64_t seq;

    arena_check(&s->a);
    before = room_log_next(s->a.store, s->room);
    assert_in_range(before, s->said + 1, s->said + 2);
    if (scene != append_large) {
        arena_read(&s->a, s->room, 1, &seen);
        assert_in_range(seen.count, 8, s->said + 1);
    }
    if (scene == append_small) {
        assert_int_equal(room_log_append(s->a.store, s->room, &again, &id,
                                         &seq),
                         before > s->said + 1 ? ROOM_REPEATED : ROOM_OK);
        assert_int_equal(room_log_next(s->a.store, s->room), s->said + 2);
    }
    room_member_each(s->a.store, s->room, 100, count_name, &bobs, NULL);
    assert_int_equal(bobs, scene == leave_last || scene == leave_and_expire
                               ? bobs : 1);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(arena_fill(&s->a, s->room, 500, ARENA_NOW), ROOM_OK);
    }
    arena_check(&s->a);
    room_slot_reap(s->a.store, -1);
    arena_check(&s->a);
    check_addresses(s);
}

static void sweep(scene_fn *scene)
{
    bool through = false;
    unsigned k = 0;

    while (!through) {
        stage s;

        set_up(&s);
        through = dies_at(&s, scene, ++k);
        go_on(&s, scene);
        arena_close(&s.a);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 4, 1000);
}

/* Dies in the scene, then in the repair of that, and so on. */
static void sweep_repair(scene_fn *scene, unsigned every)
{
    bool done = false;

    for (unsigned k = 1; !done; k += every) {
        stage s;

        set_up(&s);
        done = dies_at(&s, scene, k);
        for (unsigned step = 1; !dies_at(&s, check_scene, step); step++) {
            assert_in_range(step, 1, 2000);
        }
        go_on(&s, scene);
        arena_close(&s.a);
    }
}

static void wake_and_join(stage *s)
{
    int slot = room_slot_claim(s->a.store, getpid());

    append_small(s);
    room_log_wake_readers(s->a.store, s->room, slot);
    join_new(s);
    reset_one(s);
    room_slot_release(s->a.store, slot);
}

static void count_room(void *context, uint32_t room)
{
    uint32_t *seen = context;

    seen[room]++;
}

/* A child dies between what it does and what it tells others of that: whoever
 * buries it is told of all rooms. Or nobody died: it has told that room. */
static void what_the_dead_did_is_told(void **state)
{
    bool through = false;

    (void)state;
    for (unsigned k = 1; !through; k++) {
        uint32_t news[3] = { 0 };
        uint32_t stirred[3] = { 0 };
        int reader;
        bool died;
        stage s;

        set_up(&s);
        reader = room_slot_claim(s.a.store, getpid());
        room_slot_watch(s.a.store, s.room, reader, true);
        through = dies_at(&s, wake_and_join, k);
        died = room_slot_reap(s.a.store, reader) == 1;
        assert_true(died != through || k == 1); /* it had no slot yet */
        room_slot_take(s.a.store, reader, count_room, news);
        room_stirred_take(s.a.store, reader, count_room, stirred);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t told = died || (through && i == s.room.index);

            assert_int_equal(news[i], told);
            assert_int_equal(stirred[i], told);
        }
        room_slot_release(s.a.store, reader);
        arena_close(&s.a);
        assert_in_range(k, 1, 1000);
    }
}

#define SCENE(name)                        \
    static void name##_is_cut(void **state) \
    {                                      \
        (void)state;                       \
        sweep(name);                       \
    }                                      \
    static void name##_repair_is_cut(void **state) \
    {                                      \
        (void)state;                       \
        sweep_repair(name, 3);             \
    }

SCENE(append_small)
SCENE(append_large)
SCENE(open_new)
SCENE(open_in_place)
SCENE(join_new)
SCENE(join_more)
SCENE(join_verified)
SCENE(join_moderator)
SCENE(rename_one)
SCENE(reset_one)
SCENE(leave_moves)
SCENE(leave_last)
SCENE(leave_and_come_back)
SCENE(leave_and_expire)
SCENE(open_where_a_ghost_is)
SCENE(claim_and_release)
SCENE(count_connections)

#define BOTH(name) \
    cmocka_unit_test(name##_is_cut), cmocka_unit_test(name##_repair_is_cut)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(append_small),  BOTH(append_large),  BOTH(open_new),
        BOTH(open_in_place), BOTH(join_new),      BOTH(join_more),
        BOTH(join_verified), BOTH(rename_one),    BOTH(reset_one),
        BOTH(leave_moves),   BOTH(leave_last),    BOTH(leave_and_come_back),
        BOTH(leave_and_expire), BOTH(open_where_a_ghost_is),
        BOTH(claim_and_release), BOTH(count_connections),
        BOTH(join_moderator),
        cmocka_unit_test(what_the_dead_did_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
