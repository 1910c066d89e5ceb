/* test_room_amend_fault.c - a process is killed at every step of an amendment,
 * and at every step of the repair of that: the event is there and the old text
 * is nowhere, or nothing has happened. The same command, sent again, is done
 * once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/segment/room_fault.h"
#include "room/segment/room_slot.h"
#include "room_check.h"
#include "room_said.h"

#define MESSAGES 9
#define EDITED 6

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
    room_id ids[MESSAGES];
    uint64_t next;
} stage;

typedef room_status scene_fn(stage *s);

/* A repair looks at the clock itself. */
static int64_t now_ms(void)
{
    return ARENA_NOW - ARENA_UPTIME + base_clock_mono() / 1000;
}

static room_status change(stage *s, room_log_kind kind, room_id id,
                          const char *text)
{
    static const room_state usual;
    static const room_state locked = { .locked = true };
    room_id event;

    return room_said_event(&s->a, s->room, kind,
                           &(room_said){ ANN, text, "again", now_ms() },
                           (room_log_target){ .id = id,
                                              .author = kind == ROOM_LOG_EDITED
                                                            ? ANN : 0,
                                              .was = &usual, .now = &locked },
                           &event);
}

static room_status edit_again(stage *s)
{
    return change(s, ROOM_LOG_EDITED, s->ids[EDITED], "word three");
}

static room_status erase_edited(stage *s)
{
    return change(s, ROOM_LOG_DELETED, s->ids[EDITED], "");
}

/* With whose it was. */
static room_status erase_whose(stage *s)
{
    room_id event;

    return room_said_event(&s->a, s->room, ROOM_LOG_DELETED,
                           &(room_said){ ANN, "", "again", now_ms() },
                           (room_log_target){ .id = s->ids[EDITED],
                                              .erase = true },
                           &event);
}

/* It is behind the history already. */
static room_status erase_in_transit(stage *s)
{
    return change(s, ROOM_LOG_DELETED, s->ids[0], "");
}

static room_status clear(stage *s)
{
    return change(s, ROOM_LOG_CLEARED, s->ids[0], "");
}

static room_status lock(stage *s)
{
    return change(s, ROOM_LOG_STATE, s->ids[0], "");
}

static void set_up(stage *s)
{
    room_id event;

    memset(s, 0, sizeof(*s));
    arena_open(&s->a, 24, 3);
    s->room = arena_room(&s->a, "room", 4);
    for (int i = 0; i < MESSAGES; i++) {
        char text[600] = "word one";

        memset(text + 8, 'x', (size_t)(i * 70));
        s->ids[i] = room_said_message(
            &s->a, s->room, &(room_said){ ANN, text, NULL, now_ms() });
    }
    assert_int_equal(room_said_event(
        &s->a, s->room, ROOM_LOG_EDITED,
        &(room_said){ ANN, "word two", NULL, now_ms() },
        (room_log_target){ .id = s->ids[EDITED], .author = ANN }, &event),
        ROOM_OK);
    s->next = room_log_next(s->a.store, s->room);
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
    return WIFEXITED(status);
}

static bool take_in(void *context, const room_log_record *record)
{
    char *into = context;
    size_t used = strlen(into);

    assert_in_range(used + record->size, 1, 20000);
    room_log_copy(record, into + used);
    into[used + record->size] = '\0';
    return true;
}

static void check_outcome(stage *s, scene_fn *scene)
{
    bool done = room_log_next(s->a.store, s->room) > s->next;
    char told[20001] = "";
    room_state state;
    uint64_t next;

    room_log_read(s->a.store, s->room, 0, UINT64_MAX, SIZE_MAX, take_in, told,
                  &next);
    room_state_read(s->a.store, s->room, &state);
    assert_int_equal(state.locked, scene == lock && done);
    if (scene == clear) {
        assert_int_equal(room_said_holds(&s->a, "word one"), !done);
        assert_int_equal(strstr(told, "word one") != NULL, !done);
        return;
    }
    if (scene == erase_in_transit) {
        assert_int_equal(room_said_holds(&s->a, "word one\""), !done);
        assert_int_equal(strstr(told, "deleted") != NULL, done);
        return;
    }
    if (scene != lock) {
        assert_int_equal(room_said_holds(&s->a, "word two"), !done);
        assert_int_equal(strstr(told, "word two") != NULL, !done);
        assert_int_equal(strstr(told, "\"edited\":true") != NULL,
                         !done || scene == edit_again);
    }
}

/* Whoever was not answered sends it again. */
static void go_on(stage *s, scene_fn *scene)
{
    bool done;

    arena_check(&s->a);
    check_outcome(s, scene);
    done = room_log_next(s->a.store, s->room) > s->next;
    assert_int_equal(scene(s), done ? ROOM_REPEATED : ROOM_OK);
    assert_int_equal(room_log_next(s->a.store, s->room), s->next + 1);
    check_outcome(s, scene);
    arena_check(&s->a);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(arena_fill(&s->a, s->room, 500, now_ms()), ROOM_OK);
    }
    arena_check(&s->a);
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
    assert_in_range(k, 6, 1000);
}

static room_status look(stage *s)
{
    char why[200];

    return room_check(s->a.store, why, sizeof(why)) ? ROOM_OK : ROOM_GONE;
}

/* Dies in the scene, then in the repair of that, and so on. */
static void sweep_repair(scene_fn *scene)
{
    bool done = false;

    for (unsigned k = 1; !done; k += 2) {
        stage s;

        set_up(&s);
        done = dies_at(&s, scene, k);
        for (unsigned step = 1; !dies_at(&s, look, step); step++) {
            assert_in_range(step, 1, 2000);
        }
        go_on(&s, scene);
        arena_close(&s.a);
    }
}

static room_status erase_in_a_child(stage *s)
{
    room_slot_claim(s->a.store, getpid());
    return erase_edited(s);
}

/* Nobody looks at the room after that: whoever buries the child takes the text
 * out. */
static void the_text_goes_with_the_dead(void **state)
{
    bool done = false;

    (void)state;
    for (unsigned k = 1; !done; k++) {
        stage s;
        bool stored;

        set_up(&s);
        done = dies_at(&s, erase_in_a_child, k);
        stored = room_log_next(s.a.store, s.room) > s.next;
        room_slot_reap(s.a.store, -1);
        assert_false(stored && room_said_holds(&s.a, "word two"));
        arena_close(&s.a);
    }
}

#define SCENE(name)                         \
    static void name##_is_cut(void **state) \
    {                                       \
        (void)state;                        \
        sweep(name);                        \
        sweep_repair(name);                 \
    }

SCENE(edit_again)
SCENE(erase_edited)
SCENE(erase_whose)
SCENE(erase_in_transit)
SCENE(clear)
SCENE(lock)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_again_is_cut),
        cmocka_unit_test(erase_edited_is_cut),
        cmocka_unit_test(erase_whose_is_cut),
        cmocka_unit_test(erase_in_transit_is_cut),
        cmocka_unit_test(clear_is_cut),
        cmocka_unit_test(lock_is_cut),
        cmocka_unit_test(the_text_goes_with_the_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
