/* test_room_member.c - room_member.h: tabs, names, leaving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room/people/room_member.h"
#include "room_arena.h"

#define LONG_NAME                                                    \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 " \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456"

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

static room_status join(arena *a, room_handle room, int slot, uint64_t user,
                        const char *name, room_member_joined *out)
{
    room_member who = person(user, name);

    return room_member_join(a->store, room, slot, &who, out);
}

static void expect_name(arena *a, room_handle room, uint64_t user,
                        const char *name)
{
    room_member who;

    assert_int_equal(room_member_find(a->store, room, user, &who), ROOM_OK);
    assert_int_equal(who.name_size, strlen(name));
    assert_memory_equal(who.name, name, who.name_size);
    assert_int_equal(who.user, user);
    assert_int_equal(who.guest, user < 100);
}

static void several_tabs_are_one_member(void **state)
{
    arena a;
    room_handle room;
    room_member_joined out;
    bool gone = true;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    assert_int_equal(join(&a, room, 1, 7, "Ann", &out), ROOM_OK);
    assert_true(out.fresh);
    assert_int_equal(join(&a, room, 1, 7, "other", &out), ROOM_OK);
    assert_false(out.fresh);
    assert_int_equal(out.member.name_size, 3);
    assert_memory_equal(out.member.name, "Ann", 3);
    assert_int_equal(join(&a, room, 2, 7, "third", &out), ROOM_OK);
    assert_int_equal(join(&a, room, 3, 7, "fourth", NULL), ROOM_OK);
    assert_int_equal(room_member_count(a.store, room), 1);
    arena_check(&a);
    /* The cell with the name belongs to slot 1, which leaves first. */
    assert_int_equal(arena_member_goes(a.store, room, 1, 7, 0, &gone),
                     ROOM_OK);
    assert_false(gone);
    assert_int_equal(arena_member_goes(a.store, room, 1, 7, 0, &gone),
                     ROOM_OK);
    assert_false(gone);
    assert_int_equal(arena_member_goes(a.store, room, 1, 7, 0, &gone),
                     ROOM_ABSENT);
    expect_name(&a, room, 7, "Ann");
    arena_check(&a);
    assert_int_equal(arena_member_goes(a.store, room, 3, 7, 0, &gone),
                     ROOM_OK);
    assert_false(gone);
    assert_int_equal(arena_member_goes(a.store, room, 2, 7, 0, &gone),
                     ROOM_OK);
    assert_true(gone);
    assert_int_equal(room_member_count(a.store, room), 0);
    assert_int_equal(arena_member_goes(a.store, room, 2, 7, 0, &gone),
                     ROOM_ABSENT);
    arena_check(&a);
    arena_close(&a);
}

static void a_name_is_one_users(void **state)
{
    arena a;
    room_handle room;
    room_handle other;
    room_member who;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    other = arena_room(&a, "o", 1);
    assert_int_equal(join(&a, room, 1, 1, "Ann", NULL), ROOM_OK);
    assert_int_equal(join(&a, room, 1, 2, "Ann", NULL), ROOM_NAME_TAKEN);
    assert_int_equal(join(&a, other, 1, 2, "Ann", NULL), ROOM_OK);
    assert_int_equal(join(&a, room, 1, 2, "Bob", NULL), ROOM_OK);
    who = person(2, "Ann");
    assert_int_equal(room_member_rename(a.store, room, &who),
                     ROOM_NAME_TAKEN);
    who = person(2, LONG_NAME);
    assert_int_equal(room_member_rename(a.store, room, &who), ROOM_OK);
    expect_name(&a, room, 2, LONG_NAME);
    assert_int_equal(join(&a, room, 1, 3, "Bob", NULL), ROOM_OK);
    who = person(3, LONG_NAME);
    assert_int_equal(room_member_rename(a.store, room, &who),
                     ROOM_NAME_TAKEN);
    who = person(2, LONG_NAME);
    assert_int_equal(room_member_rename(a.store, room, &who), ROOM_OK);
    who = person(9, "x");
    assert_int_equal(room_member_rename(a.store, room, &who), ROOM_ABSENT);
    assert_int_equal(room_member_count(a.store, room), 3);
    arena_check(&a);
    arena_close(&a);
}

static void a_verified_name_wins(void **state)
{
    arena a;
    room_handle room;
    room_member_joined out;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    assert_int_equal(join(&a, room, 1, 1, "Ann", NULL), ROOM_OK);
    assert_int_equal(join(&a, room, 1, 200, "Ann", NULL), ROOM_OK);
    assert_int_equal(room_member_count(a.store, room), 2);
    assert_int_equal(join(&a, room, 2, 200, "Ann B", &out), ROOM_OK);
    assert_false(out.fresh);
    expect_name(&a, room, 200, "Ann B");
    expect_name(&a, room, 1, "Ann");
    assert_int_equal(join(&a, room, 1, 2, "Ann B", NULL), ROOM_NAME_TAKEN);
    arena_check(&a);
    arena_close(&a);
}

static bool collect(void *context, const room_member *who)
{
    char *text = context;

    strncat(text, who->name, who->name_size);
    strcat(text, " ");
    return strlen(text) < 12;
}

static void members_are_listed(void **state)
{
    arena a;
    room_handle room;
    uint64_t version;
    char text[100] = "";

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    version = room_member_version(a.store, room);
    join(&a, room, 1, 1, "Ann", NULL);
    assert_true(room_member_version(a.store, room) != version);
    version = room_member_version(a.store, room);
    join(&a, room, 2, 1, "Ann", NULL);
    assert_true(room_member_version(a.store, room) == version);
    join(&a, room, 1, 2, "Bob", NULL);
    join(&a, room, 1, 3, "Cid", NULL);
    join(&a, room, 1, 4, "Dan", NULL);
    room_member_each(a.store, room, 2, collect, text, NULL);
    assert_string_equal(text, "Dan Cid ");
    text[0] = '\0';
    room_member_each(a.store, room, 100, collect, text, NULL);
    assert_string_equal(text, "Dan Cid Bob ");
    version = room_member_version(a.store, room);
    arena_member_goes(a.store, room, 1, 3, 0, NULL);
    assert_true(room_member_version(a.store, room) != version);
    text[0] = '\0';
    room_member_each(a.store, room, 100, collect, text, NULL);
    assert_string_equal(text, "Dan Bob Ann ");
    arena_close(&a);
}

static void bad_names_and_slots_are_refused(void **state)
{
    arena a;
    room_handle room;
    room_member who = person(1, "x");

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    who.name_size = 0;
    assert_int_equal(room_member_join(a.store, room, 1, &who, NULL),
                     ROOM_TOO_BIG);
    who.name_size = ROOM_NAME_MAX + 1;
    assert_int_equal(room_member_join(a.store, room, 1, &who, NULL),
                     ROOM_TOO_BIG);
    assert_int_equal(room_member_rename(a.store, room, &who), ROOM_TOO_BIG);
    who.name_size = ROOM_NAME_MAX;
    assert_int_equal(room_member_join(a.store, room, -1, &who, NULL),
                     ROOM_FULL);
    assert_int_equal(room_member_join(a.store, room, 70, &who, NULL),
                     ROOM_FULL);
    assert_int_equal(room_member_join(a.store, room, 69, &who, NULL),
                     ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* Until the table is full, and again after all left. */
static void a_full_table_refuses(void **state)
{
    arena a;
    room_handle room;
    room_store_figures now;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 1);
    room_store_figures_get(a.store, &now);
    for (int round = 0; round < 2; round++) {
        uint64_t cells = now.cells;
        uint64_t count = 0;
        char name[160];
        room_status status;

        do {
            count++;
            snprintf(name, sizeof(name), "%s%llu", count % 2 ? LONG_NAME : "",
                     (unsigned long long)count);
            name[ROOM_NAME_MAX] = '\0';
            status = join(&a, room, 1, count + 1000, name, NULL);
        } while (status == ROOM_OK);
        assert_int_equal(status, ROOM_FULL);
        assert_in_range(count, cells * 2 / 3 - 1, cells * 2 / 3 + 2);
        arena_check(&a);
        while (--count > 0) {
            assert_int_equal(arena_member_goes(a.store, room, 1,
                                               count + 1000, 0, NULL),
                             ROOM_OK);
        }
        room_store_figures_get(a.store, &now);
        assert_int_equal(now.cells_free, cells);
        arena_check(&a);
    }
    arena_close(&a);
}

static room_member looking(uint64_t user, bool guest, uint64_t name,
                           uint64_t skeleton)
{
    room_member who = { .user = user, .guest = guest, .name = "n",
                        .name_size = 1, .name_key = name,
                        .skeleton_key = skeleton };

    return who;
}

static void test_names_that_look_alike(void **state)
{
    arena a;
    room_handle room;
    room_member ann = looking(1, true, 10, 100);
    room_member eve = looking(2, true, 11, 100);
    room_member own = looking(1, true, 12, 100);
    room_member plain = looking(3, true, 13, 0);
    room_member other = looking(4, true, 14, 0);
    room_member found;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "room", 10);
    assert_int_equal(room_member_join(a.store, room, 1, &ann, NULL), ROOM_OK);
    assert_int_equal(room_member_join(a.store, room, 1, &eve, NULL),
                     ROOM_NAME_TAKEN);
    eve.skeleton_key = 101;
    assert_int_equal(room_member_join(a.store, room, 1, &eve, NULL), ROOM_OK);
    /* the own old name is no rival */
    assert_int_equal(room_member_rename(a.store, room, &own), ROOM_OK);
    eve.skeleton_key = 100;
    assert_int_equal(room_member_rename(a.store, room, &eve),
                     ROOM_NAME_TAKEN);
    /* those without a skeleton are compared by name only */
    assert_int_equal(room_member_join(a.store, room, 1, &plain, NULL),
                     ROOM_OK);
    assert_int_equal(room_member_join(a.store, room, 1, &other, NULL),
                     ROOM_OK);
    assert_int_equal(room_member_rival(a.store, room, &eve,
                                       ROOM_RIVALS_GUESTS, &found),
                     ROOM_OK);
    assert_int_equal(found.user, 1);
    assert_int_equal(arena_member_goes(a.store, room, 1, 1, 0, NULL),
                     ROOM_OK);
    assert_int_equal(room_member_rival(a.store, room, &eve,
                                       ROOM_RIVALS_GUESTS, &found),
                     ROOM_ABSENT);
    assert_int_equal(room_member_rename(a.store, room, &eve), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* A guest gives its name back: in its grace too, and only that name. */
static void test_reset(void **state)
{
    arena a;
    room_handle room;
    uint64_t users[ROOM_RESETS_MOST];
    uint64_t seen = 0;
    room_member ann = looking(1, true, 10, 100);
    room_member eve = looking(2, true, 11, 101);
    room_member sir = looking(9, false, 12, 100);
    room_member twin = looking(8, false, 10, 100);
    room_member fallback = looking(1, true, 20, 200);
    room_member found;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "room", 10);
    room_member_join(a.store, room, 1, &ann, NULL);
    room_member_join(a.store, room, 1, &eve, NULL);
    room_member_join(a.store, room, 2, &twin, NULL);
    arena_member_goes(a.store, room, 1, 1, INT64_MAX / 2, NULL);
    assert_int_equal(room_member_join(a.store, room, 2, &sir, NULL), ROOM_OK);
    /* of several with that look the guest is found */
    assert_int_equal(room_member_rival(a.store, room, &sir,
                                       ROOM_RIVALS_GUESTS, &found),
                     ROOM_OK);
    assert_int_equal(found.user, 1);
    assert_int_equal(room_member_reset(a.store, room, &fallback, 77),
                     ROOM_ABSENT);
    assert_int_equal(room_member_resets(a.store, room, &seen, users), 0);
    fallback.name_key = 11;
    assert_int_equal(room_member_reset(a.store, room, &fallback, 10),
                     ROOM_NAME_TAKEN);
    fallback.name_key = 20;
    assert_int_equal(room_member_reset(a.store, room, &fallback, 10),
                     ROOM_OK);
    assert_int_equal(room_member_resets(a.store, room, &seen, users), 1);
    assert_int_equal(users[0], 1);
    assert_int_equal(room_member_resets(a.store, room, &seen, users), 0);
    assert_int_equal(room_member_rival(a.store, room, &sir,
                                       ROOM_RIVALS_GUESTS, &found),
                     ROOM_ABSENT);
    assert_int_equal(room_member_find(a.store, room, 1, &found), ROOM_OK);
    assert_int_equal(found.name_key, 20);
    arena_check(&a);
    for (unsigned i = 0; i < ROOM_RESETS_MOST; i++) {
        fallback.name_key = 21 + i;
        assert_int_equal(room_member_reset(a.store, room, &fallback, 20 + i),
                         ROOM_OK);
    }
    assert_int_equal(room_member_resets(a.store, room, &seen, users),
                     ROOM_RESETS_MOST + 1);
    assert_int_equal(room_member_resets(a.store, room, &seen, users), 0);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_tabs_are_one_member),
        cmocka_unit_test(a_name_is_one_users),
        cmocka_unit_test(a_verified_name_wins),
        cmocka_unit_test(members_are_listed),
        cmocka_unit_test(bad_names_and_slots_are_refused),
        cmocka_unit_test(a_full_table_refuses),
        cmocka_unit_test(test_names_that_look_alike),
        cmocka_unit_test(test_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
