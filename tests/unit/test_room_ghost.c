/* test_room_ghost.c - room_member.h's grace: who lost the last connection is
 * waited for; and room_typing.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room/people/room_member.h"
#include "room/people/room_typing.h"
#include "room/segment/room_layout.h"
#include "room_arena.h"

#define SECOND INT64_C(1000000)
#define START (100 * SECOND)
#define END (START + ROOM_MEMBER_GRACE_US)

typedef struct {
    arena a;
    room_handle room;
    uint64_t version; /* as last noted */
} stage;

static room_member person(uint64_t user, const char *name)
{
    room_member who = { .user = user, .guest = user < 100 };

    who.name_size = strlen(name);
    memcpy(who.name, name, who.name_size);
    for (const char *at = name; *at != '\0'; at++) {
        who.name_key = who.name_key * 31 + (unsigned char)*at;
    }
    return who;
}

static room_status join(stage *s, int slot, uint64_t user, const char *name,
                        room_member_joined *out)
{
    room_member who = person(user, name);

    return room_member_join(s->a.store, s->room, slot, &who, out);
}

static bool leave(stage *s, int slot, uint64_t user, int64_t until)
{
    bool gone = false;

    assert_int_equal(arena_member_goes(s->a.store, s->room, slot, user, until,
                                       &gone), ROOM_OK);
    arena_check(&s->a);
    return gone;
}

static void expect_count(stage *s, uint32_t count)
{
    arena_check(&s->a);
    assert_int_equal(room_member_count(s->a.store, s->room), count);
}

/* Whether the list of members has changed since the last time. */
static bool changed(stage *s)
{
    uint64_t now = room_member_version(s->a.store, s->room);
    bool is = now != s->version;

    s->version = now;
    return is;
}

/* Ann (7) is in the room, in slot 1. */
static void set_up(stage *s)
{
    memset(s, 0, sizeof(*s));
    arena_open(&s->a, 32, 2);
    s->room = arena_room(&s->a, "r", 0);
    assert_int_equal(join(s, 1, 7, "Ann", NULL), ROOM_OK);
    (void)changed(s);
}

static void a_ghost_is_a_member_until_its_end(void **state)
{
    room_member who;
    stage s;

    (void)state;
    set_up(&s);
    assert_true(leave(&s, 1, 7, END));
    expect_count(&s, 1);
    assert_int_equal(room_member_find(s.a.store, s.room, 7, &who), ROOM_OK);
    assert_memory_equal(who.name, "Ann", 3);
    assert_int_equal(join(&s, 2, 8, "Ann", NULL), ROOM_NAME_TAKEN);
    assert_int_equal(arena_member_goes(s.a.store, s.room, 1, 7, END, NULL),
                     ROOM_ABSENT);
    assert_int_equal(room_member_expire(s.a.store, END - SECOND), 0);
    expect_count(&s, 1);
    assert_false(changed(&s));
    assert_int_equal(room_member_expire(s.a.store, END), 1);
    expect_count(&s, 0);
    assert_true(changed(&s));
    assert_int_equal(join(&s, 2, 8, "Ann", NULL), ROOM_OK);
    arena_close(&s.a);
}

static void whoever_comes_back_never_left(void **state)
{
    room_member_joined out;
    stage s;

    (void)state;
    set_up(&s);
    for (int slot = 2; slot < 10; slot++) {
        assert_true(leave(&s, slot - 1, 7, END));
        assert_int_equal(join(&s, slot, 7, "Bob", &out), ROOM_OK);
        assert_false(out.fresh);
        assert_memory_equal(out.member.name, "Ann", 3);
        expect_count(&s, 1);
        assert_int_equal(room_member_expire(s.a.store, END + SECOND * slot), 0);
    }
    assert_int_equal(join(&s, 9, 7, "Bob", NULL), ROOM_OK);
    assert_false(leave(&s, 9, 7, END));
    assert_false(changed(&s));
    assert_true(leave(&s, 9, 7, 0));
    expect_count(&s, 0);
    assert_true(changed(&s));
    arena_close(&s.a);
}

/* A verified name wins, also over the one that the ghost had. */
static void a_ghost_can_get_another_name(void **state)
{
    room_member_joined out;
    room_member who;
    stage s;

    (void)state;
    set_up(&s);
    assert_int_equal(join(&s, 1, 200, "Dan", NULL), ROOM_OK);
    assert_true(leave(&s, 1, 200, END));
    assert_int_equal(join(&s, 2, 200, "Dan the Second", &out), ROOM_OK);
    assert_false(out.fresh);
    assert_int_equal(out.member.name_size, strlen("Dan the Second"));
    assert_true(leave(&s, 1, 7, END));
    who = person(7, "Anne");
    assert_int_equal(room_member_rename(s.a.store, s.room, &who), ROOM_OK);
    expect_count(&s, 2);
    assert_int_equal(room_member_expire(s.a.store, END), 1);
    expect_count(&s, 1);
    arena_close(&s.a);
}

/* The one child that looks does so for all. */
static void it_looks_once_a_second(void **state)
{
    stage s;

    (void)state;
    set_up(&s);
    assert_int_equal(join(&s, 1, 8, "Bob", NULL), ROOM_OK);
    assert_true(leave(&s, 1, 7, START));
    assert_int_equal(room_member_expire(s.a.store, START), 1);
    assert_true(leave(&s, 1, 8, START));
    assert_int_equal(room_member_expire(s.a.store, START + SECOND / 2), 0);
    assert_int_equal(room_member_expire(s.a.store, START + SECOND - 1), 0);
    assert_int_equal(room_member_expire(s.a.store, START + SECOND), 1);
    expect_count(&s, 0);
    arena_close(&s.a);
}

/* More than are looked at under one lock, half of them with a tail. */
static void thousands_end_at_once(void **state)
{
    enum { MANY = 9000 };
    room_store_figures now;
    stage s;

    (void)state;
    memset(&s, 0, sizeof(s));
    arena_open(&s.a, 16000, 2);
    s.room = arena_room(&s.a, "r", 0);
    for (unsigned i = 0; i < MANY; i++) {
        char name[60];

        memset(name, 'n', sizeof(name));
        name[i % 2 ? 10 : 59] = '\0';
        name[0] = (char)(1 + i % 100);
        name[1] = (char)(1 + i / 100);
        assert_int_equal(join(&s, 1, 1000 + i, name, NULL), ROOM_OK);
    }
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(arena_member_goes(s.a.store, s.room, 1, 1000 + i,
                                           i % 3 ? START : END, NULL),
                         ROOM_OK);
    }
    expect_count(&s, MANY);
    assert_int_equal(room_member_expire(s.a.store, START), MANY / 3 * 2);
    expect_count(&s, MANY / 3);
    assert_int_equal(room_member_expire(s.a.store, END), MANY / 3);
    room_store_figures_get(s.a.store, &now);
    assert_int_equal(now.cells_free, now.cells);
    arena_close(&s.a);
}

/* Who is there goes before those who are not there any more, and never before
 * one who is. */
static void ghosts_give_way(void **state)
{
    stage s;
    uint32_t cells;
    char name[24];

    (void)state;
    set_up(&s);
    cells = s.a.store->geometry.cells;
    for (uint32_t i = 1; i < cells; i++) {
        snprintf(name, sizeof(name), "ghost %u", i);
        assert_int_equal(join(&s, 2, 1000 + i, name, NULL), ROOM_OK);
        assert_int_equal(arena_member_goes(s.a.store, s.room, 2, 1000 + i, END,
                                           NULL), ROOM_OK);
    }
    assert_in_range(room_member_count(s.a.store, s.room), cells - 7, cells);
    for (uint32_t i = 1; i + 8 < cells; i++) {
        snprintf(name, sizeof(name), "guest %u", i);
        assert_int_equal(join(&s, 3, 9000000 + i, name, NULL), ROOM_OK);
    }
    arena_check(&s.a);
    assert_in_range(room_member_expire(s.a.store, END + SECOND), 0, 8);
    while (join(&s, 3, ++cells * 7919, "last", NULL) == ROOM_OK) {
        continue;
    }
    arena_check(&s.a);
    assert_int_equal(join(&s, 1, 7, "Ann", NULL), ROOM_OK);
    arena_close(&s.a);
}

/* Whoever comes back into a full table is still who it was, even when there is
 * nobody else who could give way. */
static void nobody_gives_way_to_oneself(void **state)
{
    stage s;
    room_member_joined back;
    char name[24];

    (void)state;
    set_up(&s);
    for (uint32_t i = 1; i + 1 < s.a.store->geometry.cells; i++) {
        snprintf(name, sizeof(name), "guest %u", i);
        assert_int_equal(join(&s, 3, 1000 + i, name, NULL), ROOM_OK);
    }
    assert_true(leave(&s, 1, 7, END));
    assert_int_equal(join(&s, 2, 7, "somebody", &back), ROOM_OK);
    assert_false(back.fresh);
    assert_int_equal(back.member.name_size, 3);
    assert_memory_equal(back.member.name, "Ann", 3);
    arena_check(&s.a);
    arena_close(&s.a);
}

static void typists_are_noted(void **state)
{
    uint64_t users[ROOM_TYPING_MOST];
    uint64_t seen;
    uint64_t other;
    stage s;

    (void)state;
    set_up(&s);
    seen = other = room_typing_count(s.a.store, s.room);
    assert_int_equal(room_typing_take(s.a.store, s.room, &seen, users), 0);
    assert_int_equal(room_typing_note(s.a.store, s.room, 7, START), ROOM_OK);
    assert_int_equal(room_typing_note(s.a.store, s.room, 7,
                                      START + ROOM_TYPING_US - 1),
                     ROOM_REPEATED);
    assert_int_equal(room_typing_note(s.a.store, s.room, 8, START), ROOM_OK);
    assert_int_equal(room_typing_take(s.a.store, s.room, &seen, users), 2);
    assert_int_equal(users[0], 7);
    assert_int_equal(users[1], 8);
    assert_int_equal(room_typing_take(s.a.store, s.room, &seen, users), 0);
    assert_int_equal(room_typing_note(s.a.store, s.room, 7,
                                      START + ROOM_TYPING_US), ROOM_OK);
    for (unsigned i = 0; i < 2 * ROOM_TYPING_MOST; i++) {
        assert_int_equal(room_typing_note(s.a.store, s.room, 100 + i, START),
                         ROOM_OK);
    }
    /* Only the last ones are known, in their order. */
    assert_int_equal(room_typing_take(s.a.store, s.room, &other, users),
                     ROOM_TYPING_MOST);
    for (unsigned i = 0; i < ROOM_TYPING_MOST; i++) {
        assert_int_equal(users[i], 100 + ROOM_TYPING_MOST + i);
    }
    s.room.generation++;
    assert_int_equal(room_typing_note(s.a.store, s.room, 7, START), ROOM_GONE);
    assert_int_equal(room_typing_take(s.a.store, s.room, &seen, users), 0);
    arena_close(&s.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ghost_is_a_member_until_its_end),
        cmocka_unit_test(whoever_comes_back_never_left),
        cmocka_unit_test(a_ghost_can_get_another_name),
        cmocka_unit_test(it_looks_once_a_second),
        cmocka_unit_test(thousands_end_at_once),
        cmocka_unit_test(ghosts_give_way),
        cmocka_unit_test(nobody_gives_way_to_oneself),
        cmocka_unit_test(typists_are_noted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
