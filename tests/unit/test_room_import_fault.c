/* test_room_import_fault.c - a process is killed at every step of reading a
 * room in, and of giving one away that the archive has not got: the next one
 * reads it in as if nothing had happened, and nothing is there twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room_check.h"
#include "room_rows.h"

static unsigned steps_left; /* 0: never */

void room_fault_hit(int place)
{
    (void)place;
    if (steps_left > 0 && --steps_left == 0) {
        kill(getpid(), SIGKILL);
    }
}

typedef struct {
    arena a;
    room_handle room;
    room_rows rows;
    char told[8000]; /* what the room is told as */
    room_id ids[3];
} stage;

typedef void scene_fn(stage *s);

static void set_up(stage *s)
{
    arena before;
    room_handle old;
    const room_state usual = { .slow_s = 0 };
    const room_state slow = { .slow_s = 3, .topic = "hm", .topic_size = 2 };

    memset(s, 0, sizeof(*s));
    arena_open_archive(&before, 24, 3, NULL);
    old = room_rows_new(&before, "room", 20);
    for (int i = 0; i < 3; i++) {
        char text[900] = "word ";

        memset(text + 5, 'a' + i, (size_t)(i * 400));
        s->ids[i] = room_said_message(&before, old,
                                      &(room_said){ ANN, text, i == 2 ? "r"
                                                                : NULL,
                                                    ARENA_NOW });
    }
    room_said_edit(&before, old, s->ids[0], "another word");
    assert_int_equal(room_said_erase(&before, old, s->ids[1], 0), ROOM_OK);
    assert_int_equal(room_said_state(&before, old, &usual, &slow), ROOM_OK);
    strcpy(s->told, room_said_after(&before, old, NULL, UINT64_MAX, NULL));
    room_rows_write(&before, old, &s->rows);
    arena_close(&before);
    arena_open_archive(&s->a, 24, 3, NULL);
    s->room = arena_room(&s->a, "room", 20);
}

static void read_in(stage *s)
{
    room_rows_import(&s->a, s->room, &s->rows);
}

static void read_in_nothing(stage *s)
{
    room_import_read(s->a.store, s->room, NULL, arena_at(ARENA_NOW));
}

static void check_scene(stage *s)
{
    char why[200];

    (void)room_check(s->a.store, why, sizeof(why));
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

static void is_as_before(stage *s)
{
    room_log_position at;
    room_log_entry again = { .head = "x", .head_size = 1, .user = ANN,
                             .ref = "r", .ref_size = 1,
                             .wall_ms = ARENA_NOW + 9,
                             .mono_us = ARENA_MONO(ARENA_NOW) };
    room_state is;
    room_id id;
    uint64_t seq;

    arena_check(&s->a);
    assert_string_equal(room_said_after(&s->a, s->room, NULL, UINT64_MAX,
                                        NULL), s->told);
    assert_int_equal(room_state_read(s->a.store, s->room, &is), ROOM_OK);
    assert_int_equal(is.slow_s, 3);
    room_said_after(&s->a, s->room, &s->ids[1], 0, &at);
    assert_true(at.resumed);
    assert_int_equal(room_log_append(s->a.store, s->room, &again, &id, &seq),
                     ROOM_REPEATED);
    assert_true(room_ack_upto(s->a.store, s->room)
                == room_log_next(s->a.store, s->room));
    for (int i = 0; i < 40; i++) {
        assert_int_equal(arena_fill(&s->a, s->room, 500, ARENA_NOW), ROOM_OK);
    }
    arena_check(&s->a);
}

static void reading_in_is_cut(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        stage s;

        set_up(&s);
        through = dies_at(&s, read_in, ++k);
        /* Whether it got to its end or not. */
        read_in(&s);
        is_as_before(&s);
        arena_close(&s.a);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 20, 1000);
}

static void its_repair_is_cut(void **state)
{
    bool done = false;

    (void)state;
    for (unsigned k = 1; !done; k += 3) {
        stage s;

        set_up(&s);
        done = dies_at(&s, read_in, k);
        for (unsigned step = 1; !dies_at(&s, check_scene, step); step++) {
            assert_in_range(step, 1, 2000);
        }
        /* Two in a row. */
        dies_at(&s, read_in, k / 2 + 1);
        read_in(&s);
        is_as_before(&s);
        arena_close(&s.a);
    }
}

/* The archive has lost it meanwhile, and somebody was killed with half of it:
 * no earlier position is exact. */
static void nothing_is_left_of_half_a_room(void **state)
{
    bool through = false;

    (void)state;
    for (unsigned k = 1; !through; k++) {
        stage s;
        room_log_position at;

        set_up(&s);
        through = dies_at(&s, read_in, k);
        if (room_import_wanted(s.a.store, s.room)) {
            dies_at(&s, read_in_nothing, k % 7 + 1);
            read_in_nothing(&s);
            arena_check(&s.a);
            assert_string_equal(room_said_after(&s.a, s.room, NULL, UINT64_MAX,
                                                NULL), "");
            room_said_after(&s.a, s.room, &s.ids[0], 0, &at);
            assert_true(at.gap);
            assert_false(room_state_special(s.a.store, s.room.index));
            room_said_by_ann(&s.a, s.room, "new");
            arena_check(&s.a);
        }
        arena_close(&s.a);
    }
}

/* The third room, and then the place of one that the archive has not got. */
static void give_away(stage *s)
{
    arena_room(&s->a, "b", 5);
    arena_room(&s->a, "c", 5);
    arena_room(&s->a, "d", 5);
    arena_room(&s->a, "e", 5);
}

static void what_was_given_away_unwritten_is_a_gap(void **state)
{
    bool through = false;

    (void)state;
    for (unsigned k = 1; !through; k++) {
        stage s;
        room_log_position at;
        room_id lost;
        room_handle now;

        set_up(&s);
        read_in(&s);
        lost = room_said_by_ann(&s.a, s.room, "lost");
        room_rows_new(&s.a, "x", 5);
        room_rows_new(&s.a, "y", 5);
        room_said_by_ann(&s.a, arena_room(&s.a, "x", 5), "busy");
        room_said_by_ann(&s.a, arena_room(&s.a, "y", 5), "busy");
        through = dies_at(&s, give_away, k);
        now = arena_room(&s.a, "room", 20);
        if (room_import_wanted(s.a.store, now)) {
            assert_int_equal(room_rows_import(&s.a, now, &s.rows), ROOM_OK);
            room_said_after(&s.a, now, &lost, 0, &at);
            assert_true(at.gap);
        }
        else {
            room_said_after(&s.a, now, &lost, 0, &at);
            assert_true(at.resumed);
        }
        arena_check(&s.a);
        arena_close(&s.a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_in_is_cut),
        cmocka_unit_test(its_repair_is_cut),
        cmocka_unit_test(nothing_is_left_of_half_a_room),
        cmocka_unit_test(what_was_given_away_unwritten_is_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
