/* test_act_overview.c - what an owner sees of all rooms at once: act_overview.h
 * and act_sanctioned.h; what is found, in which order, and how much of it is
 * told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "act/control/act_overview.h"
#include "act/control/act_sanctioned.h"
#include "act/control/act_words.h"
#include "act/moderation/act_sanction.h"
#include "base/base_clock.h"
#include "room/people/room_search.h"
#include "room/set/room_sanction.h"
#include "room_arena.h"

#define SIZE ((size_t)64 * 1024 * 1024)
#define ROOMS 600
#define REALM 77
#define FOUND_MOST 3

/* What is asked of the rooms in the arena, and what is told. */
typedef struct {
    arena rooms;
    chat_control asked;
    act_answer about;
    base_bytes words;
    base_bytes json;
} scene;

/* So large that there is place for all sanctions. */
static void open_rooms(arena *a)
{
    const room_store_options options = { .rooms = ROOMS, .slots = 2,
                                         .gauges = 1 };
    char why[200] = "";

    a->size = SIZE;
    a->memory = mmap(NULL, a->size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(a->memory != MAP_FAILED);
    assert_true(room_store_over(a->memory, a->size, &options, &a->store, why,
                                sizeof(why)));
}

static int setup(void **state)
{
    scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    open_rooms(&s->rooms);
    s->about = (act_answer){ .store = s->rooms.store, .slot = -1,
                             .asked = &s->asked };
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    scene *s = *state;

    base_bytes_free(&s->words);
    base_bytes_free(&s->json);
    arena_close(&s->rooms);
    free(s);
    return 0;
}

static void search(scene *s, const char *words)
{
    s->words.len = 0;
    act_words_fold(words, strlen(words), &s->words);
}

static void ask_room(scene *s, const char *room)
{
    memset(&s->asked, 0, sizeof(s->asked));
    assert_true(chat_control_set_room(&s->asked, room, strlen(room)));
}

static void ask_site(scene *s, const char *site)
{
    memset(&s->asked, 0, sizeof(s->asked));
    assert_true(chat_control_set_site(&s->asked, site, strlen(site)));
}

static room_member member_called(const char *name, uint64_t user)
{
    room_member who = { .user = user, .name_key = user * 31,
                        .guest = name[0] == 'g',
                        .name_size = strlen(name) };

    memcpy(who.name, name, who.name_size);
    return who;
}

static void join(scene *s, room_handle room, const char *name, uint64_t user)
{
    room_member who = member_called(name, user);

    assert_int_equal(room_member_join(s->rooms.store, room, 0, &who, NULL),
                     ROOM_OK);
}

/* How often it is in what was told. */
static unsigned count(const scene *s, const char *text)
{
    const char *at = (const char *)s->json.data;
    unsigned found = 0;

    while ((at = strstr(at, text)) != NULL) {
        found++;
        at += strlen(text);
    }
    return found;
}

/* It ends so. */
static void expect_total(const scene *s, const char *of, unsigned total)
{
    char end[64];
    int size = snprintf(end, sizeof(end), "],\"%s_total\":%u", of, total);

    assert_true(s->json.len > (size_t)size);
    assert_string_equal(s->json.data + s->json.len - size, end);
}

static void end_text(scene *s)
{
    base_bytes_append(&s->json, "", 1);
    s->json.len--;
}

static void list_rooms(scene *s)
{
    s->json.len = 0;
    act_overview_rooms(&s->about, &s->words, &s->json);
    end_text(s);
}

static void list_members(scene *s)
{
    s->json.len = 0;
    assert_true(act_overview_members(&s->about, &s->words, &s->json));
    end_text(s);
}

static void list_sanctioned(scene *s)
{
    s->json.len = 0;
    assert_true(act_sanctioned_write(&s->about, &s->words, &s->json));
    end_text(s);
}

/* ------------------------------------------------------------------- rooms */

#define STATE "\"topic\":\"\",\"slow\":0,\"locked\":false}"

static void the_rooms_with_the_most_members(void **state)
{
    scene *s = *state;
    room_handle empty = arena_room(&s->rooms, "site\n/empty", 9);
    room_handle full = arena_room(&s->rooms, "site\n/full", 9);

    (void)empty;
    join(s, full, "ann", 1);
    (void)arena_say(&s->rooms, full, "text", ARENA_NOW + 1);
    list_rooms(s);
    assert_string_equal(
        s->json.data,
        ",\"room_list\":["
        "{\"room\":\"site/full\",\"members\":1,\"kept\":1,\"newest\":"
        "\"1795321234568-0\"," STATE ","
        "{\"room\":\"site/empty\",\"members\":0,\"kept\":0," STATE
        "],\"room_total\":2");
}

static void the_rooms_that_are_meant(void **state)
{
    scene *s = *state;

    (void)arena_room(&s->rooms, "one\n/Stra\xc3\x9f" "e", 9);
    (void)arena_room(&s->rooms, "one\n/lobby", 9);
    (void)arena_room(&s->rooms, "two\n/lobby", 9);
    search(s, "STRASSE");
    list_rooms(s);
    expect_total(s, "room", 1);
    search(s, "two/LOB");
    list_rooms(s);
    assert_int_equal(count(s, "\"room\":\"two/lobby\""), 1);
    expect_total(s, "room", 1);
    search(s, "");
    ask_site(s, "one");
    list_rooms(s);
    expect_total(s, "room", 2);
    ask_room(s, "/lobby");
    list_rooms(s);
    expect_total(s, "room", 2);
    search(s, "nowhere");
    list_rooms(s);
    assert_string_equal(s->json.data, ",\"room_list\":[],\"room_total\":0");
}

/* Of more than are told those with the most members, which come last here. */
static void more_rooms_than_are_told(void **state)
{
    scene *s = *state;
    char key[32];

    for (int i = 0; i < ROOMS; i++) {
        snprintf(key, sizeof(key), "site\n/r%03d", i);
        room_handle room = arena_room(&s->rooms, key, 1);

        if (i >= ROOMS - 2) {
            join(s, room, "ann", 1);
        }
    }
    list_rooms(s);
    assert_int_equal(count(s, "{\"room\":"), ACT_OVERVIEW_ROOMS);
    assert_int_equal(count(s, "\"members\":1"), 2);
    expect_total(s, "room", 600);
}

/* ----------------------------------------------------------------- members */

static void the_members_of_a_room(void **state)
{
    scene *s = *state;
    room_handle room = arena_room(&s->rooms, "site\n/lobby", 9);

    join(s, room, "ann", 1);
    join(s, room, "gus", UINT64_C(0x1000000000000000));
    ask_room(s, "site/lobby");
    list_members(s);
    assert_string_equal(
        s->json.data,
        ",\"member_list\":["
        "{\"id\":\"g-1000000000000000\",\"name\":\"gus\",\"guest\":true},"
        "{\"id\":\"u-ann\",\"name\":\"ann\"}],\"member_total\":2");
    search(s, "U-A");
    list_members(s);
    assert_string_equal(s->json.data,
                        ",\"member_list\":[{\"id\":\"u-ann\",\"name\":"
                        "\"ann\"}],\"member_total\":1");
    search(s, "");
    ask_room(s, "site/nowhere");
    list_members(s);
    assert_string_equal(s->json.data, ",\"member_list\":[],\"member_total\":0");
}

/* All are counted; and a search looks at more than are told. */
static void more_members_than_are_told(void **state)
{
    scene *s = *state;
    room_handle room = arena_room(&s->rooms, "site\n/lobby", 9);
    char name[16];

    for (unsigned i = 1; i <= 300; i++) {
        snprintf(name, sizeof(name), "%s-%u", i <= 250 ? "pat" : "kim", i);
        join(s, room, name, i);
    }
    ask_room(s, "/lobby");
    list_members(s);
    assert_int_equal(count(s, "{\"id\":"), ACT_OVERVIEW_MEMBERS);
    expect_total(s, "member", 300);
    search(s, "pat-1");
    list_members(s);
    assert_int_equal(count(s, "{\"id\":"), 111);
    expect_total(s, "member", 111);
    search(s, "pat");
    list_members(s);
    assert_int_equal(count(s, "{\"id\":"), ACT_OVERVIEW_MEMBERS);
    expect_total(s, "member", 250);
}

/* --------------------------------------------------- whom and what is meant */

static void rooms_by_words(void **state)
{
    scene *s = *state;
    room_handle lobby = arena_room(&s->rooms, "site\n/lobby", 9);
    room_handle second = arena_room(&s->rooms, "site\n/lobby/2", 9);
    room_handle found[FOUND_MOST];

    (void)arena_room(&s->rooms, "site\n/lobby/3", 9); /* nobody is there */
    join(s, lobby, "ann", 1);
    join(s, second, "ann", 1);
    search(s, "LOBBY");
    assert_int_equal(act_overview_found(&s->about, &s->words, found,
                                        FOUND_MOST), 2);
    assert_int_equal(act_overview_found(&s->about, &s->words, found, 1), 1);
    search(s, "site/lobby");
    assert_int_equal(act_overview_found(&s->about, &s->words, found,
                                        FOUND_MOST), 1);
    assert_int_equal(found[0].index, lobby.index);
    search(s, "/lobby/2");
    assert_int_equal(act_overview_found(&s->about, &s->words, found,
                                        FOUND_MOST), 1);
    assert_int_equal(found[0].index, second.index);
    ask_room(s, "site/lobby");
    assert_int_equal(act_overview_found(&s->about, &s->words, found,
                                        FOUND_MOST), 0);
    memset(&s->asked, 0, sizeof(s->asked));
    join(s, arena_room(&s->rooms, "site\n/Lobby", 9), "ann", 1);
    search(s, "site/lobby"); /* another room, and so are both called */
    assert_int_equal(act_overview_found(&s->about, &s->words, found,
                                        FOUND_MOST), 2);
    ask_room(s, "site/lobby");
    assert_true(act_overview_room(&s->about, &found[0]));
    assert_int_equal(found[0].index, lobby.index);
    ask_room(s, "site/nowhere");
    assert_false(act_overview_room(&s->about, &found[0]));
}

static void users_by_words(void **state)
{
    scene *s = *state;
    room_handle rooms[2] = { arena_room(&s->rooms, "one\n/lobby", 9),
                             arena_room(&s->rooms, "two\n/lobby", 9) };
    uint64_t users[FOUND_MOST];

    for (int i = 0; i < 2; i++) {
        join(s, rooms[i], "gus", UINT64_C(0x1000000000000000));
        join(s, rooms[i], "Gustav", i == 0 ? 7 : 8);
    }
    search(s, "gus");
    assert_int_equal(act_overview_users(&s->about, &s->words, users,
                                        FOUND_MOST), 3);
    assert_int_equal(act_overview_users(&s->about, &s->words, users, 2), 2);
    ask_site(s, "one");
    assert_int_equal(act_overview_users(&s->about, &s->words, users,
                                        FOUND_MOST), 2);
    search(s, "gustav");
    assert_int_equal(act_overview_users(&s->about, &s->words, users,
                                        FOUND_MOST), 1);
    assert_int_equal(users[0], 7);
    memset(&s->asked, 0, sizeof(s->asked));
    assert_true(chat_control_set_user(&s->asked, "g-1000000000000000", 18));
    assert_int_equal(act_overview_users(&s->about, &s->words, users,
                                        FOUND_MOST), 1);
    assert_int_equal(users[0], UINT64_C(0x1000000000000000));
}

/* --------------------------------------------------------------- sanctions */

static void put(scene *s, room_sanction_kind kind, uint64_t realm,
                const char *name, uint64_t user)
{
    static int64_t made;
    chat_person who = { .user = user };
    room_sanction what = { .kind = kind, .realm = realm, .scope = realm,
                           .whom = user, .until_us = ROOM_SANCTION_FOREVER,
                           .made_us = ++made };

    chat_person_set_name(&who, name, strlen(name));
    act_sanction_keep_person(&who, &what.user);
    chat_person_set_name(&who, "mod", 3);
    act_sanction_keep_person(&who, &what.by);
    assert_int_equal(room_sanction_put(s->rooms.store, &what,
                                       base_clock_mono(), NULL), ROOM_OK);
}

#define ENTRY(kind, name)                                                   \
    "\"kind\":\"" kind "\",\"user\":{\"id\":\"u-" name "\",\"name\":\"" name \
    "\"},\"by\":{\"id\":\"u-mod\",\"name\":\"mod\",\"moderator\":true}"

/* The other half of a ban is none of its own, and who was sent out may come
 * again. */
static void the_newest_sanctions(void **state)
{
    scene *s = *state;
    room_handle room = arena_room(&s->rooms, "site\n/lobby", 9);

    room_search_mark(s->rooms.store, room, REALM);
    put(s, ROOM_SANCTION_MUTE, REALM, "eve", 1);
    put(s, ROOM_SANCTION_KICK, REALM, "kim", 2);
    put(s, ROOM_SANCTION_BAN, REALM + 1, "bob", 3);
    put(s, ROOM_SANCTION_ADDRESS, REALM + 1, "bob", 4);
    list_sanctioned(s);
    assert_string_equal(s->json.data,
                        ",\"sanction_list\":[{" ENTRY("ban", "bob") "},"
                        "{\"room\":\"site/lobby\"," ENTRY("mute", "eve")
                        "}],\"sanction_total\":2");
    ask_site(s, "site");
    list_sanctioned(s);
    assert_string_equal(s->json.data,
                        ",\"sanction_list\":[{\"room\":\"site/lobby\","
                        ENTRY("mute", "eve") "}],\"sanction_total\":1");
    ask_site(s, "other");
    list_sanctioned(s);
    assert_string_equal(s->json.data,
                        ",\"sanction_list\":[],\"sanction_total\":0");
}

/* By who it is, and by a room of those where it holds. */
static void sanctions_by_words(void **state)
{
    scene *s = *state;

    room_search_mark(s->rooms.store,
                     arena_room(&s->rooms, "site\n/lobby", 9), REALM);
    room_search_mark(s->rooms.store,
                     arena_room(&s->rooms, "site\n/garden", 9), REALM);
    room_search_mark(s->rooms.store,
                     arena_room(&s->rooms, "site\n/cellar", 9), REALM + 1);
    put(s, ROOM_SANCTION_MUTE, REALM, "eve", 1);
    put(s, ROOM_SANCTION_BAN, REALM + 1, "bob", 2);
    for (int i = 0; i < 2; i++) {
        search(s, i == 0 ? "/Lobby" : "garden");
        list_sanctioned(s);
        assert_int_equal(count(s, i == 0 ? "\"room\":\"site/lobby\""
                                         : "\"room\":\"site/garden\""), 1);
        assert_int_equal(count(s, ENTRY("mute", "eve")), 1);
        expect_total(s, "sanction", 1);
    }
    search(s, "u-BOB");
    list_sanctioned(s);
    assert_int_equal(count(s, ENTRY("ban", "bob")), 1);
    expect_total(s, "sanction", 1);
    search(s, "nobody");
    list_sanctioned(s);
    assert_string_equal(s->json.data,
                        ",\"sanction_list\":[],\"sanction_total\":0");
}

/* What a search finds is counted, also where it is not told. */
static void more_sanctions_than_are_told(void **state)
{
    scene *s = *state;
    char name[16];

    for (unsigned i = 1; i <= ACT_SANCTIONED_MOST + 20; i++) {
        snprintf(name, sizeof(name), "%s-%u", i % 2 ? "odd" : "even", i);
        put(s, ROOM_SANCTION_MUTE, REALM + i % 3, name, i);
    }
    list_sanctioned(s);
    assert_int_equal(count(s, "{\"kind\":"), ACT_SANCTIONED_MOST);
    expect_total(s, "sanction", 1020);
    assert_int_equal(count(s, "\"u-odd-1\""), 0); /* the oldest */
    search(s, "ODD");
    list_sanctioned(s);
    assert_int_equal(count(s, "{\"kind\":"), 510);
    expect_total(s, "sanction", 510);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_rooms_with_the_most_members),
        TEST(the_rooms_that_are_meant),
        TEST(more_rooms_than_are_told),
        TEST(the_members_of_a_room),
        TEST(more_members_than_are_told),
        TEST(rooms_by_words),
        TEST(users_by_words),
        TEST(the_newest_sanctions),
        TEST(sanctions_by_words),
        TEST(more_sanctions_than_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
