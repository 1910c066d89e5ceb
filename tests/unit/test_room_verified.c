/* test_room_verified.c - room_member.h: whom the site knows: ids apart from
 * names, and who moderates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room/people/room_member.h"
#include "room_arena.h"

static room_member person(uint64_t user, const char *name)
{
    room_member who = { .user = user, .guest = false };

    who.name_size = strlen(name);
    memcpy(who.name, name, who.name_size);
    for (const char *at = name; *at != '\0'; at++) {
        who.name_key = who.name_key * 31 + (unsigned char)*at;
    }
    return who;
}

static void expect_name(arena *a, room_handle room, uint64_t user,
                        const char *name)
{
    room_member who;

    assert_int_equal(room_member_find(a->store, room, user, &who), ROOM_OK);
    assert_int_equal(who.name_size, strlen(name));
    assert_memory_equal(who.name, name, who.name_size);
    assert_int_equal(who.user, user);
}

static room_status enter(arena *a, room_handle room, int slot,
                         bool moderator)
{
    room_member who = person(700, "Mia");

    who.moderator = moderator;
    return room_member_join(a->store, room, slot, &who, NULL);
}

static void go(arena *a, room_handle room, int slot, bool moderator,
               int64_t until_us)
{
    const room_member_leaving who = { 700, moderator, until_us };

    assert_int_equal(room_member_leave(a->store, room, slot, &who, NULL),
                     ROOM_OK);
    arena_check(a);
}

static void expect_moderator(arena *a, room_handle room, bool want)
{
    room_member found;

    assert_int_equal(room_member_find(a->store, room, 700, &found), ROOM_OK);
    assert_int_equal(found.moderator, want);
}

/* As long as any connection is a moderator's, in whatever child, and in the
 * grace what it was at the end; each change makes a new list. */
static void a_moderator_is_one_by_any_connection(void **state)
{
    arena a;
    room_handle room;
    uint64_t version;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "room", 10);
    assert_int_equal(enter(&a, room, 1, false), ROOM_OK);
    expect_moderator(&a, room, false);
    version = room_member_version(a.store, room);
    assert_int_equal(enter(&a, room, 2, true), ROOM_OK);
    expect_moderator(&a, room, true);
    assert_int_not_equal(room_member_version(a.store, room), version);
    assert_int_equal(enter(&a, room, 1, true), ROOM_OK);
    assert_int_equal(enter(&a, room, 2, false), ROOM_OK);
    go(&a, room, 2, true, 0);
    expect_moderator(&a, room, true);
    version = room_member_version(a.store, room);
    go(&a, room, 1, true, 0);
    expect_moderator(&a, room, false);
    assert_int_not_equal(room_member_version(a.store, room), version);
    go(&a, room, 2, false, 0);
    assert_int_equal(enter(&a, room, 3, true), ROOM_OK);
    go(&a, room, 1, false, INT64_MAX / 2); /* slot 3 takes the cell */
    expect_moderator(&a, room, true);
    go(&a, room, 3, true, INT64_MAX / 2);
    expect_moderator(&a, room, true);
    assert_int_equal(enter(&a, room, 4, false), ROOM_OK);
    expect_moderator(&a, room, false);
    /* Told wrongly, it never falls below what there is. */
    assert_int_equal(enter(&a, room, 4, false), ROOM_OK);
    go(&a, room, 4, true, 0);
    go(&a, room, 4, true, 0);
    assert_int_equal(room_member_count(a.store, room), 0);
    arena_close(&a);
}

static room_member known_as(uint64_t user, const char *name, const char *id)
{
    room_member who = person(user, name);

    who.id_size = strlen(id);
    memcpy(who.id, id, who.id_size);
    return who;
}

static void expect_id(arena *a, room_handle room, uint64_t user,
                      const char *name, const char *id)
{
    room_member found;

    expect_name(a, room, user, name);
    assert_int_equal(room_member_find(a->store, room, user, &found), ROOM_OK);
    assert_int_equal(found.id_size, strlen(id));
    assert_memory_equal(found.id, id, found.id_size);
}

/* Names and ids of all lengths, in so many cells. */
static void ids_of_all_lengths(void **state)
{
    static const size_t sizes[] = { 1, 16, 39, 40, 41, 88, 104, 127, 128 };
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);
    char text[2 * ROOM_NAME_MAX + 1];
    room_store_figures figures;
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "room", 10);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('0' + i % 75);
    }
    for (size_t i = 0; i < count * count; i++) {
        size_t name = sizes[i / count];
        size_t id = sizes[i % count];
        room_member who = { .user = 200 + i, .name_key = i, .id_size = id,
                            .name_size = name };
        room_member found;

        memcpy(who.name, text, name);
        memcpy(who.id, text + name, id);
        assert_int_equal(room_member_join(a.store, room, 1, &who, NULL),
                         ROOM_OK);
        arena_check(&a);
        assert_int_equal(room_member_find(a.store, room, who.user, &found),
                         ROOM_OK);
        assert_memory_equal(&found, &who, sizeof(who));
        assert_int_equal(arena_member_goes(a.store, room, 1, who.user, 0,
                                           NULL), ROOM_OK);
    }
    room_store_figures_get(a.store, &figures);
    assert_int_equal(figures.cells_free, figures.cells);
    arena_close(&a);
}

/* Two logins that fold alike are what they are; but a name that is not the id
 * may have been chosen to be another's. */
static void verified_names_are_told_apart(void **state)
{
    room_member login = person(200, "ann");
    room_member twin = person(201, "ann");
    room_member chosen = known_as(202, "ann", "4711");
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "room", 10);
    assert_int_equal(room_member_join(a.store, room, 1, &login, NULL), ROOM_OK);
    assert_int_equal(room_member_join(a.store, room, 1, &twin, NULL), ROOM_OK);
    assert_int_equal(room_member_join(a.store, room, 1, &chosen, NULL),
                     ROOM_NAME_TAKEN);
    chosen.insists = true;
    assert_int_equal(room_member_join(a.store, room, 1, &chosen, NULL),
                     ROOM_OK);
    expect_id(&a, room, 202, "ann", "4711");
    /* A second tab with another name, which is free or not. */
    chosen = known_as(202, "Anne", "4711");
    assert_int_equal(room_member_join(a.store, room, 2, &chosen, NULL),
                     ROOM_OK);
    expect_id(&a, room, 202, "Anne", "4711");
    chosen = known_as(202, "ann", "4711");
    assert_int_equal(room_member_join(a.store, room, 2, &chosen, NULL),
                     ROOM_NAME_TAKEN);
    arena_member_goes(a.store, room, 1, 200, 0, NULL);
    arena_member_goes(a.store, room, 1, 201, 0, NULL);
    assert_int_equal(room_member_join(a.store, room, 2, &chosen, NULL),
                     ROOM_OK);
    /* And the login that comes now is told so. */
    assert_int_equal(room_member_join(a.store, room, 1, &login, NULL),
                     ROOM_NAME_TAKEN);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moderator_is_one_by_any_connection),
        cmocka_unit_test(ids_of_all_lengths),
        cmocka_unit_test(verified_names_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
