/* test_room_reader.c - the reader of a segment with a relay: who it is, which
 * rooms it is told of, and the members of other hosts that it holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/people/room_member.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_teller.h"

#define ROOMS 3

static bool is_called(const arena *a)
{
    struct pollfd poll_fd = { .fd = room_reader_fd(a->store),
                              .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

static void note(void *context, room_handle room)
{
    uint32_t *generations = context;

    generations[room.index] = room.generation;
}

/* The generations of the rooms that are marked; 0: it is not. */
static void take(arena *a, uint32_t generations[ROOMS])
{
    memset(generations, 0, ROOMS * sizeof(*generations));
    room_reader_take(a->store, note, generations);
    assert_false(is_called(a));
}

static bool is_marked(arena *a, room_handle room)
{
    uint32_t generations[ROOMS];

    take(a, generations);
    return generations[room.index] == room.generation;
}

static room_member member(uint64_t user)
{
    return (room_member){ .user = user, .name_key = user, .guest = true,
                          .name_size = 1, .name = { (char)('a' + user) } };
}

static room_status join(arena *a, room_handle room, int slot, uint64_t user)
{
    room_member who = member(user);

    return room_member_join(a->store, room, slot, &who, NULL);
}

/* Runs it in a process that is killed then. */
static void die_after(arena *a, void (*run)(arena *a))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        run(a);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void there_is_none_without_a_relay(void **state)
{
    arena a;
    uint32_t generations[ROOMS];

    (void)state;
    arena_open_archive(&a, 40, ROOMS, NULL);
    arena_room(&a, "room", 5);
    assert_false(room_reader_elect(a.store));
    assert_int_equal(room_reader_fd(a.store), -1);
    assert_int_equal(room_reader_slot(a.store), -1);
    memset(generations, 0, sizeof(generations));
    room_reader_mark(a.store, (room_handle){ 0, 1 });
    room_reader_take(a.store, note, generations);
    assert_int_equal(generations[0], 0);
    assert_int_equal(join(&a, (room_handle){ 0, 1 }, -1, 1), ROOM_FULL);
    arena_check(&a);
    arena_close(&a);
}

static void try_in_vain(arena *a)
{
    if (room_reader_elect(a->store)) {
        _exit(1);
    }
}

static void there_is_one_at_a_time(void **state)
{
    arena a;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    assert_true(room_reader_elect(a.store));
    die_after(&a, try_in_vain);
    room_reader_resign(a.store);
    assert_true(room_reader_elect(a.store));
    room_reader_resign(a.store);
    room_store_close(a.store);
    assert_false(room_reader_elect(a.store));
    arena_check(&a);
    arena_close(&a);
}

static void it_is_told_of_what_is_made_and_read_in(void **state)
{
    arena a;
    room_teller t;
    room_handle rooms[4];
    uint32_t generations[ROOMS];

    (void)state;
    room_teller_open(&t);
    room_teller_fetch(&t);
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    assert_true(room_reader_elect(a.store));
    take(&a, generations);
    rooms[0] = arena_room(&a, "a", 5);
    assert_true(is_called(&a));
    assert_true(is_marked(&a, rooms[0]));
    assert_false(is_marked(&a, rooms[0]));
    arena_room(&a, "a", 6); /* it is there */
    assert_false(is_called(&a));
    assert_int_equal(room_teller_read_in(&t, &a, rooms[0]), ROOM_OK);
    assert_true(is_marked(&a, rooms[0]));
    room_reader_mark(a.store, rooms[0]);
    assert_true(is_called(&a));
    assert_true(is_marked(&a, rooms[0]));
    /* What was marked is of the room that took its place. */
    rooms[1] = arena_room(&a, "b", 5);
    rooms[2] = arena_room(&a, "c", 5);
    take(&a, generations);
    rooms[3] = arena_room(&a, "d", 5);
    take(&a, generations);
    assert_int_equal(generations[rooms[3].index], rooms[3].generation);
    assert_true(rooms[3].generation > 1);
    room_reader_resign(a.store);
    arena_check(&a);
    arena_close(&a);
    room_teller_close(&t);
}

/* A new one has to look at all, and so have those whom the last one should have
 * woken. */
static void read_and_tell_nobody(arena *a)
{
    room_import_room what = { .birth = { ARENA_NOW, 0 },
                              .newest = { ARENA_NOW, 0 },
                              .complete = { ARENA_NOW, 0 } };
    char body[] = "{\"text\":\"\"}";
    room_import_record record =
        room_teller_record(body, sizeof(body) - 1,
                           (room_id){ ARENA_NOW + 1, 0 });
    room_handle room = arena_room(a, "room", 5);
    uint32_t generations[ROOMS];

    if (!room_reader_elect(a->store)
        || room_relay_read_in(a->store, room, &what, 1, arena_at(ARENA_NOW))
               != ROOM_OK
        || room_follow_append(a->store, room, &what.newest, &record, NULL,
                              arena_at(ARENA_NOW)) != ROOM_OK
        || join(a, room, room_reader_slot(a->store), 1) != ROOM_OK) {
        _exit(1);
    }
    take(a, generations);
}

static void mark(void *context, uint32_t room)
{
    uint32_t *rooms = context;

    *rooms |= 1u << room;
}

static bool add(void *context, const room_member *who)
{
    uint32_t *users = context;

    *users |= 1u << who->user;
    return true;
}

static uint32_t ours(arena *a, room_handle room)
{
    uint32_t users = 0;

    assert_int_equal(room_relay_people(a->store, room, add, &users), ROOM_OK);
    return users;
}

static void who_dies_is_followed_by_another(void **state)
{
    arena a;
    room_handle room;
    uint32_t woken = 0;
    int slot;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    room = arena_room(&a, "room", 5);
    slot = room_slot_claim(a.store, getpid());
    die_after(&a, read_and_tell_nobody);
    assert_int_equal(room_member_count(a.store, room), 1);
    assert_int_equal(atomic_load(&a.store->items[room.index].ghosts), 0);
    assert_true(room_reader_elect(a.store));
    assert_true(is_marked(&a, room));
    /* Nobody has left before it knows. */
    assert_int_equal(atomic_load(&a.store->items[room.index].ghosts), 0);
    assert_true(room_reader_part(a.store));
    assert_int_equal(atomic_load(&a.store->items[room.index].ghosts), 1);
    assert_int_equal(ours(&a, room), 0);
    room_slot_take(a.store, slot, mark, &woken);
    assert_true((woken >> room.index & 1) != 0);
    assert_int_equal(room_log_next(a.store, room), 2);
    room_reader_resign(a.store);
    room_slot_release(a.store, slot);
    arena_check(&a);
    arena_close(&a);
}

/* A child that made a room may have died before it told. */
static void make_one(arena *a)
{
    uint32_t generations[ROOMS];

    room_slot_claim(a->store, getpid());
    arena_room(a, "room", 5);
    room_reader_take(a->store, note, generations);
}

static void when_a_child_dies_it_looks_at_all(void **state)
{
    arena a;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    assert_true(room_reader_elect(a.store));
    die_after(&a, make_one);
    assert_int_equal(room_slot_reap(a.store, -1), 1);
    assert_true(is_marked(&a, arena_room(&a, "room", 5)));
    room_reader_resign(a.store);
    arena_check(&a);
    arena_close(&a);
}

static void members_of_other_hosts_are_members(void **state)
{
    arena a;
    room_handle room;
    int child;
    int reader;
    bool gone;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    room = arena_room(&a, "room", 5);
    child = room_slot_claim(a.store, getpid());
    reader = room_reader_slot(a.store);
    assert_true(room_reader_elect(a.store));
    assert_int_equal(join(&a, room, child, 1), ROOM_OK);
    assert_int_equal(join(&a, room, reader, 2), ROOM_OK);
    assert_int_equal(join(&a, room, reader, 3), ROOM_OK);
    assert_int_equal(join(&a, room, child, 3), ROOM_OK);
    assert_int_equal(join(&a, room, child, 4), ROOM_OK);
    assert_int_equal(join(&a, room, reader, 4), ROOM_OK);
    assert_int_equal(join(&a, room, child, 5), ROOM_OK);
    assert_int_equal(room_member_count(a.store, room), 5);
    assert_int_equal(ours(&a, room), 1u << 1 | 1u << 3 | 1u << 4 | 1u << 5);
    /* Here he is gone, but there he is not. */
    assert_int_equal(arena_member_goes(a.store, room, child, 3, 0, &gone),
                     ROOM_OK);
    assert_false(gone);
    assert_int_equal(arena_member_goes(a.store, room, child, 4, 1, &gone),
                     ROOM_OK);
    assert_false(gone);
    assert_int_equal(ours(&a, room), 1u << 1 | 1u << 5);
    /* In the grace. */
    assert_int_equal(arena_member_goes(a.store, room, child, 5,
                                       ARENA_MONO(ARENA_NOW), &gone), ROOM_OK);
    assert_true(gone);
    assert_int_equal(ours(&a, room), 1u << 1 | 1u << 5);
    assert_int_equal(join(&a, room, reader, 5), ROOM_OK);
    assert_int_equal(ours(&a, room), 1u << 1);
    assert_int_equal(arena_member_goes(a.store, room, reader, 2, 0, &gone),
                     ROOM_OK);
    assert_true(gone);
    assert_int_equal(room_member_count(a.store, room), 4);
    arena_check(&a);
    /* Whoever follows asks the others anew. */
    room_reader_resign(a.store);
    assert_true(room_reader_part(a.store));
    assert_int_equal(atomic_load(&a.store->items[room.index].ghosts), 3);
    assert_int_equal(room_relay_people(a.store, (room_handle){ 0, 99 }, add,
                                       &child), ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

static void a_room_of_others_alone_is_given_away(void **state)
{
    arena a;
    room_handle room;
    room_handle own;
    int child;
    int reader;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    child = room_slot_claim(a.store, getpid());
    reader = room_reader_slot(a.store);
    room = arena_room(&a, "others", 5);
    for (uint64_t user = 1; user < 6; user++) {
        assert_int_equal(join(&a, room, reader, user), ROOM_OK);
    }
    own = arena_room(&a, "own", 5);
    assert_int_equal(join(&a, own, reader, 1), ROOM_OK);
    assert_int_equal(join(&a, own, child, 7), ROOM_OK);
    assert_int_equal(join(&a, own, child, 1), ROOM_OK);
    arena_room(&a, "c", 5);
    for (int i = 0; i < 9; i++) {
        arena_room(&a, i % 2 ? "d" : "e", 5);
        arena_room(&a, "f", 5);
    }
    assert_int_equal(room_member_count(a.store, room), 0);
    assert_int_equal(room_member_count(a.store, own), 2);
    assert_int_equal(join(&a, room, reader, 1), ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

static void they_leave_place_for_our_own(void **state)
{
    arena a;
    room_handle room;
    uint32_t cells;
    uint32_t held = 0;

    (void)state;
    arena_open_relay(&a, 40, ROOMS, TELLER_RELAY, NULL);
    room = arena_room(&a, "room", 5);
    cells = a.store->geometry.cells;
    while (join(&a, room, room_reader_slot(a.store), 100 + held) == ROOM_OK) {
        held++;
    }
    assert_in_range(held, cells / 2, cells - cells / 4);
    assert_int_equal(join(&a, room, 0, 1), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_none_without_a_relay),
        cmocka_unit_test(there_is_one_at_a_time),
        cmocka_unit_test(it_is_told_of_what_is_made_and_read_in),
        cmocka_unit_test(who_dies_is_followed_by_another),
        cmocka_unit_test(when_a_child_dies_it_looks_at_all),
        cmocka_unit_test(members_of_other_hosts_are_members),
        cmocka_unit_test(a_room_of_others_alone_is_given_away),
        cmocka_unit_test(they_leave_place_for_our_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
