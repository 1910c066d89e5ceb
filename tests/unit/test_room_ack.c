/* test_room_ack.c - waiting for the archive: only who asked is woken, threads
 * sleep until it is there, and sanctions are waited for as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_rows.h"

static bool is_readable(const arena *a)
{
    struct pollfd poll_fd = { .fd = room_archive_fd(a->store),
                              .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

static void look(void *context, room_handle room)
{
    (void)context;
    (void)room;
}

static void take(arena *a)
{
    room_archive_take(a->store, look, NULL);
}

static void say(arena *a, room_handle room, const char *text)
{
    room_said_message(a, room, &(room_said){ ANN, text, NULL, ARENA_NOW });
    room_log_wake_readers(a->store, room, -1);
}

/* Runs it in a child, which ends as it likes. */
static pid_t start(void (*run)(arena *a), arena *a)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        run(a);
        _exit(0);
    }
    return pid;
}

static void mark(void *context, uint32_t room)
{
    uint32_t *rooms = context;

    *rooms |= 1u << room;
}

static uint32_t woken_for(arena *a, int slot)
{
    uint32_t rooms = 0;

    room_slot_take(a->store, slot, mark, &rooms);
    return rooms;
}

static void only_who_waits_is_woken(void **state)
{
    arena a;
    room_handle room;
    int slots[2];

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = room_rows_new(&a, "room", 5);
    slots[0] = room_slot_claim(a.store, getpid());
    slots[1] = room_slot_claim(a.store, getpid());
    room_slot_watch(a.store, room, slots[0], true);
    room_slot_watch(a.store, room, slots[1], true);
    say(&a, room, "one");
    assert_int_equal(woken_for(&a, slots[0]), 1u << room.index);
    assert_int_equal(woken_for(&a, slots[1]), 1u << room.index);
    room_ack_await(a.store, room, slots[1]);
    assert_int_equal(room_ack_upto(a.store, room), 0);
    room_archive_done(a.store, room, 2);
    assert_int_equal(woken_for(&a, slots[0]), 0);
    assert_int_equal(woken_for(&a, slots[1]), 1u << room.index);
    assert_int_equal(room_ack_upto(a.store, room), 2);
    /* Once. */
    say(&a, room, "two");
    woken_for(&a, slots[1]);
    room_archive_done(a.store, room, 3);
    assert_int_equal(woken_for(&a, slots[1]), 0);
    room_slot_release(a.store, slots[0]);
    room_slot_release(a.store, slots[1]);
    arena_check(&a);
    arena_close(&a);
}

static void wait_for_one(arena *a)
{
    room_handle room = arena_room(a, "room", 5);

    _exit(room_ack_wait(a->store, room, 1, base_clock_mono() + 60000000)
          == ROOM_OK ? 0 : 1);
}

static void a_thread_waits(void **state)
{
    arena a;
    room_handle room;
    int status;
    pid_t pid;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = room_rows_new(&a, "room", 5);
    say(&a, room, "one");
    assert_int_equal(room_ack_wait(a.store, room, 1, base_clock_mono() + 1000),
                     ROOM_BUSY);
    pid = start(wait_for_one, &a);
    while (atomic_load(&a.store->cursors[room.index].sleepers) == 0) {
        usleep(1000);
    }
    room_archive_done(a.store, room, 1);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    room_archive_done(a.store, room, 2);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(atomic_load(&a.store->cursors[room.index].sleepers), 0);
    room.generation++;
    assert_int_equal(room_ack_wait(a.store, room, 1, base_clock_mono()
                                                         + 60000000),
                     ROOM_GONE);
    assert_int_equal(room_ack_upto(a.store, room), 0);
    arena_close(&a);
}

static room_sanction mute(uint64_t realm, uint64_t whom)
{
    room_sanction what = { .kind = ROOM_SANCTION_MUTE, .realm = realm,
                           .scope = realm, .whom = whom, .until_us = 1000000,
                           .user = { .user = whom, .name_size = 1 } };

    return what;
}

static bool count_one(void *context, const room_sanction *what)
{
    unsigned *count = context;

    *count += what->kind == ROOM_SANCTION_MUTE;
    return true;
}

static void sanctions_are_archived(void **state)
{
    arena a;
    room_sanction one = mute(1, 5);
    room_sanction two = mute(2, 5);
    uint32_t version;
    unsigned count = 0;
    int slot;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    slot = room_slot_claim(a.store, getpid());
    room_archive_elect(a.store);
    take(&a);
    assert_true(room_ack_sanctions(a.store, room_sanction_version(a.store)));
    assert_int_equal(room_sanction_put(a.store, &one, 0, NULL), ROOM_OK);
    assert_int_equal(room_sanction_put(a.store, &two, 0, NULL), ROOM_OK);
    assert_true(is_readable(&a));
    take(&a);
    version = room_sanction_version(a.store);
    assert_int_equal(version % 2, 0);
    assert_false(room_ack_sanctions(a.store, version));
    assert_int_equal(room_ack_wait_sanctions(a.store, version,
                                             base_clock_mono()), ROOM_BUSY);
    assert_int_equal(room_sanction_all(a.store, 0, count_one, &count),
                     ROOM_OK);
    assert_int_equal(count, 2);
    woken_for(&a, slot);
    room_archive_done_sanctions(a.store, version);
    assert_true(room_ack_sanctions(a.store, version));
    assert_int_equal(room_ack_wait_sanctions(a.store, version, 0), ROOM_OK);
    assert_int_equal(atomic_load(&a.store->children[slot].pending), 1);
    /* To end one is a change too, and so is its end. */
    assert_int_equal(room_sanction_end(a.store, 1, 5, 15, NULL), ROOM_OK);
    assert_false(room_ack_sanctions(a.store, room_sanction_version(a.store)));
    assert_true(is_readable(&a));
    version = room_sanction_version(a.store);
    room_sanction_expire(a.store, 2000000);
    assert_int_not_equal(room_sanction_version(a.store), version);
    room_slot_release(a.store, slot);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_waits_is_woken),
        cmocka_unit_test(a_thread_waits),
        cmocka_unit_test(sanctions_are_archived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
