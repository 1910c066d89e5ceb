/* test_act_obey.c - act_obey.h: who may do what, the same for who sits in the
 * room and for who posts, and what it counts as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "act/act_member.h"
#include "act/act_obey.h"
#include "hub_stage.h"
#include "room/room_status.h"
#include "room/log/room_log.h"
#include "room/people/room_typing.h"
#include "room/segment/room_slot.h"

#define MESSAGE "{\"type\":\"message\",\"text\":\"hi\"}"
#define REF "{\"type\":\"message\",\"text\":\"hi\",\"ref\":\"1\"}"
#define TYPING "{\"type\":\"typing\"}"
#define NAME "{\"type\":\"name\",\"name\":\"Eve\"}"
#define NONE ACT_COUNTS

/* The first two are members. */
enum { ANN, CAT, BEN, DAN, PERSONS };

typedef struct {
    hub_stage stage;
    char key[ACT_KEY_MOST];
    act_room_key lobby;
    room_handle room;
    int slot;
    uint32_t largest; /* ChatPresence of the members */
    chat_person persons[PERSONS];
    act_address from;
} scene;

static void set_up(scene *s)
{
    static const char *const names[PERSONS] = { "Ann", "Cat", NULL, "Dan" };

    memset(s, 0, sizeof(*s));
    hub_stage_open(&s->stage, 0);
    s->stage.settings.presence_most = 2;
    s->slot = room_slot_claim(s->stage.store, getpid());
    s->lobby = (act_room_key){ .key = s->key,
                               .key_size = hub_stage_key(s->key, "/lobby") };
    assert_int_equal(act_room_open(s->stage.store, &s->lobby,
                                   &s->stage.settings, &s->room), ROOM_OK);
    for (int i = 0; i < PERSONS; i++) {
        s->persons[i].user = (uint64_t)(i + 1) << 60;
        s->persons[i].guest = i == ANN || i == BEN;
        if (names[i]) {
            chat_person_set_name(&s->persons[i], names[i], 3);
        }
        if (i < BEN) {
            assert_int_equal(act_member_join(s->stage.store, s->room, s->slot,
                                             &s->persons[i], 0, NULL), CHAT_OK);
        }
    }
}

static void finish(scene *s)
{
    room_slot_release(s->stage.store, s->slot);
    hub_stage_close(&s->stage);
}

static act_result obey(scene *s, int who, bool seated, const char *json)
{
    act_call call = { .store = s->stage.store,
                      .slot = s->slot,
                      .settings = &s->stage.settings,
                      .from = &s->from,
                      .who = &s->persons[who],
                      .key = seated ? NULL : &s->lobby,
                      .seated = seated,
                      .presence_most = s->largest };
    chat_command command;
    act_result result;

    if (seated) {
        call.room = s->room;
    }
    (void)chat_command_parse(json, strlen(json),
                             s->stage.settings.max_message, &command);
    result = act_obey(&call, &command);
    chat_command_destroy(&command);
    return result;
}

typedef struct {
    const char *what;
    const char *json;
    int who;
    bool readonly; /* ChatGuests readonly */
    bool news;
    bool stranger;
    chat_error error;
    act_count counter; /* NONE: counts as nothing */
} row;

static const row rows[] = {
    { "a guest says something", MESSAGE, ANN,
      .news = true, .counter = ACT_COUNT_MESSAGES },
    { "so does a user", MESSAGE, CAT,
      .news = true, .counter = ACT_COUNT_MESSAGES },
    { "guests only read", MESSAGE, ANN, .readonly = true,
      .error = CHAT_READ_ONLY, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "but users speak", MESSAGE, CAT, .readonly = true,
      .news = true, .counter = ACT_COUNT_MESSAGES },
    { "no text", "{\"type\":\"message\"}", ANN,
      .error = CHAT_BAD_JSON, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "what is malformed is told first", "{", ANN, .readonly = true,
      .error = CHAT_BAD_JSON, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "a guest types", TYPING, ANN, .news = true, .counter = NONE },
    { "who only reads does not type", TYPING, ANN, .readonly = true,
      .error = CHAT_READ_ONLY, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "a user types", TYPING, CAT, .readonly = true, .news = true,
      .counter = NONE },
    { "a new name", NAME, ANN, .counter = NONE },
    { "who only reads has a name too", NAME, ANN, .readonly = true,
      .counter = NONE },
    { "a user has its own", NAME, CAT,
      .error = CHAT_FORBIDDEN, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "another one's name", "{\"type\":\"name\",\"name\":\"cat\"}", ANN,
      .error = CHAT_NAME_TAKEN, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "one that looks like it", "{\"type\":\"name\",\"name\":\"C\u0430t\"}",
      ANN, .error = CHAT_NAME_TAKEN, .counter = ACT_COUNT_COMMAND_ERRORS },
};

/* Only for who posts: nobody sits in a room that is no member of it. */
static const row posted[] = {
    { "a passer-by says something", MESSAGE, BEN,
      .news = true, .counter = ACT_COUNT_MESSAGES },
    { "a user as well", MESSAGE, DAN, .readonly = true,
      .news = true, .counter = ACT_COUNT_MESSAGES },
    { "nobody sees it type", TYPING, BEN, .counter = NONE },
    { "it is not renamed", NAME, BEN, .stranger = true,
      .error = CHAT_FORBIDDEN, .counter = ACT_COUNT_COMMAND_ERRORS },
    { "a user is not, because it is one", NAME, DAN,
      .error = CHAT_FORBIDDEN, .counter = ACT_COUNT_COMMAND_ERRORS },
};

static void check(const row *given, bool seated)
{
    static const act_count counters[] = {
        ACT_COUNT_MESSAGES, ACT_COUNT_REPEATED, ACT_COUNT_COMMAND_ERRORS,
        ACT_COUNT_RATE_LIMITED,
    };
    scene s;
    act_result done;

    set_up(&s);
    s.stage.settings.guests = given->readonly ? ACT_GUESTS_READONLY
                                               : ACT_GUESTS_ON;
    done = obey(&s, given->who, seated, given->json);
    if (done.error != given->error || done.news != given->news
        || done.stranger != given->stranger
        || (done.size > 0) != (given->counter == ACT_COUNT_MESSAGES)) {
        fail_msg("%s%s: error %d, news %d, stranger %d, %zu bytes",
                 given->what, seated ? ", seated" : "", (int)done.error,
                 done.news, done.stranger, done.size);
    }
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        if (hub_stage_count(&s.stage, counters[i])
            != (counters[i] == given->counter)) {
            fail_msg("%s%s: counter %d", given->what,
                     seated ? ", seated" : "", (int)counters[i]);
        }
    }
    finish(&s);
}

static void everybody(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i], true);
        check(&rows[i], false);
    }
    for (size_t i = 0; i < sizeof(posted) / sizeof(posted[0]); i++) {
        check(&posted[i], false);
    }
}

/* By POST and by WebSocket in turn. */
static void repeated(void **state)
{
    scene s;
    act_result first;
    act_result again;

    (void)state;
    set_up(&s);
    first = obey(&s, ANN, true, REF);
    again = obey(&s, ANN, false, REF);
    assert_true(again.repeated && again.news && again.size == 0);
    assert_int_equal(room_id_compare(&first.id, &again.id), 0);
    assert_false(obey(&s, CAT, false, REF).repeated);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_REPEATED), 1);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_MESSAGES), 2);
    finish(&s);
}

/* The rate is one for all commands on all ways, good or bad; and it comes
 * before everything else. */
static void over_the_rate(void **state)
{
    static const char *const some[] = { MESSAGE, TYPING, NAME, "{" };
    scene s;
    act_result done;

    (void)state;
    set_up(&s);
    s.stage.settings.rate = 1;
    s.stage.settings.burst = 4;
    for (int i = 0; i < 4; i++) {
        assert_int_not_equal(obey(&s, ANN, i % 2 == 0, some[i]).error,
                             CHAT_RATE_LIMITED);
    }
    s.stage.settings.guests = ACT_GUESTS_READONLY;
    for (int i = 0; i < 4; i++) {
        done = obey(&s, ANN, i % 2 == 0, some[i]);
        assert_int_equal(done.error, CHAT_RATE_LIMITED);
        assert_in_range(done.retry, 1, 1000000);
    }
    assert_int_equal(obey(&s, CAT, true, MESSAGE).error, CHAT_OK);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_RATE_LIMITED), 4);
    finish(&s);
}

/* What all keys of one address send is added up, and one that is over its own
 * rate takes nothing from the others. */
static void over_the_rate_of_the_address(void **state)
{
    scene s;

    (void)state;
    set_up(&s);
    s.from.key = 77;
    s.stage.settings.rate = s.stage.settings.burst = 1;
    s.stage.settings.address_rate = 1;
    s.stage.settings.address_burst = 2;
    assert_int_equal(obey(&s, ANN, true, MESSAGE).error, CHAT_OK);
    assert_int_equal(obey(&s, ANN, true, MESSAGE).error, CHAT_RATE_LIMITED);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_ADDRESS_RATE), 0);
    assert_int_equal(obey(&s, CAT, false, MESSAGE).error, CHAT_OK);
    assert_int_equal(obey(&s, BEN, false, MESSAGE).error, CHAT_RATE_LIMITED);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_ADDRESS_RATE), 1);
    finish(&s);
}

/* Where too many are here for a list of them, or none is wanted, and for who
 * was told a moment ago, nobody is told who types; that is no error. */
static void typing_is_a_hint(void **state)
{
    scene s;

    (void)state;
    set_up(&s);
    s.stage.settings.presence_most = 1;
    assert_int_equal(obey(&s, ANN, true, TYPING).error, CHAT_OK);
    s.stage.settings.presence_most = 0;
    assert_int_equal(obey(&s, ANN, false, TYPING).error, CHAT_OK);
    assert_int_equal(room_typing_count(s.stage.store, s.room), 0);
    s.stage.settings.presence_most = 2;
    assert_true(obey(&s, ANN, false, TYPING).news);
    assert_false(obey(&s, ANN, true, TYPING).news);
    assert_int_equal(room_typing_count(s.stage.store, s.room), 1);
    finish(&s);
}

/* The largest value of the members counts, but not for who wants none. */
static void typing_with_different_values(void **state)
{
    scene s;

    (void)state;
    set_up(&s);
    s.largest = 2;
    s.stage.settings.presence_most = 0;
    assert_false(obey(&s, ANN, true, TYPING).news);
    s.stage.settings.presence_most = 1;
    assert_true(obey(&s, ANN, true, TYPING).news);
    finish(&s);
}

/* The new name is told, and it is the one that the next message has. */
static void renamed(void **state)
{
    scene s;
    act_result done;
    chat_person who;

    (void)state;
    set_up(&s);
    done = obey(&s, ANN, true, NAME);
    assert_string_equal(done.you.name, "Eve");
    assert_true(done.you.guest && done.you.user == s.persons[ANN].user);
    assert_int_equal(act_member_find(s.stage.store, s.room,
                                     s.persons[ANN].user, &who), ROOM_OK);
    assert_string_equal(who.name, "Eve");
    finish(&s);
}

/* A room that nobody has entered is made by a message, and by nothing else. */
static void a_new_room(void **state)
{
    static const struct {
        const char *json;
        chat_error error;
    } some[] = { { TYPING, CHAT_OK }, { NAME, CHAT_FORBIDDEN },
                 { MESSAGE, CHAT_OK }, { MESSAGE, CHAT_RATE_LIMITED } };
    scene s;

    (void)state;
    set_up(&s);
    s.from.key = 77;
    s.stage.settings.address_rooms = 1;
    s.stage.settings.address_rooms_period = 3600;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        s.key[s.lobby.key_size - 1] = i < 3 ? 'x' : 'z';
        assert_int_equal(obey(&s, ANN, false, some[i].json).error,
                         some[i].error);
    }
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_ADDRESS_ROOMS), 1);
    assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_MESSAGES), 1);
    finish(&s);
}

/* Whoever may not make a room may not do so by saying something there. */
static void a_room_that_may_not_be_made(void **state)
{
    scene s;
    act_result done;

    (void)state;
    set_up(&s);
    s.key[s.lobby.key_size - 1] = 'x';
    s.stage.settings.creates = 0;
    done = obey(&s, CAT, false, MESSAGE);
    assert_int_equal(done.error, CHAT_NOT_FOUND);
    assert_int_equal(done.retry, 0);
    s.stage.settings.creates = 1;
    assert_int_equal(obey(&s, CAT, false, MESSAGE).error, CHAT_OK);
    s.stage.settings.creates = 0;
    assert_int_equal(obey(&s, ANN, false, MESSAGE).error, CHAT_OK);
    finish(&s);
}

/* Every way to be allowed something, and what a hello tells of it. */
static void what_settings_allow(void **state)
{
    static const struct {
        act_settings settings;
        bool guest;
        chat_rights rights;
        chat_error message;
        chat_error name;
    } cases[] = {
        { { .speaks = 1 }, true, { .speak = true }, CHAT_OK, CHAT_OK },
        { { .speaks = 0 }, true, { .speak = false }, CHAT_READ_ONLY,
          CHAT_READ_ONLY },
        { { .speaks = 0 }, false, { .speak = false }, CHAT_READ_ONLY,
          CHAT_READ_ONLY },
        { { .speaks = 1, .guests = ACT_GUESTS_READONLY }, true,
          { .speak = false }, CHAT_READ_ONLY, CHAT_OK },
        { { .speaks = 1, .guests = ACT_GUESTS_READONLY }, false,
          { .speak = true }, CHAT_OK, CHAT_FORBIDDEN },
        { { .guests = ACT_GUESTS_READONLY }, true, { .speak = false },
          CHAT_READ_ONLY, CHAT_READ_ONLY },
        { { .moderates = 1, .guests = ACT_GUESTS_READONLY }, true,
          { .speak = true, .moderate = true }, CHAT_OK, CHAT_OK },
        { { .speaks = 1, .moderates = 1 }, false,
          { .speak = true, .moderate = true }, CHAT_OK, CHAT_FORBIDDEN },
    };
    scene s;

    (void)state;
    set_up(&s);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        act_settings *now = &s.stage.settings;
        chat_rights rights;
        int who = cases[i].guest ? ANN : CAT;

        now->speaks = cases[i].settings.speaks;
        now->moderates = cases[i].settings.moderates;
        now->guests = cases[i].settings.guests;
        rights = act_settings_rights(now, cases[i].guest);
        assert_int_equal(rights.speak, cases[i].rights.speak);
        assert_int_equal(rights.moderate, cases[i].rights.moderate);
        assert_int_equal(obey(&s, who, true, MESSAGE).error,
                         cases[i].message);
        assert_int_equal(obey(&s, who, true, TYPING).error, cases[i].message);
        assert_int_equal(obey(&s, who, true, NAME).error, cases[i].name);
    }
    finish(&s);
}

/* One site and one section; the path of the room does not matter. */
static void realms(void **state)
{
    static const act_settings chat = { .realm = 7 };
    static const act_settings staff = { .realm = 8 };
    static const act_settings none = { .realm = 0 };
    act_room_key red = { .key = "a.test\n/red", .key_size = 11 };
    act_room_key blue = { .key = "a.test\n/blue", .key_size = 12 };
    act_room_key other = { .key = "b.test\n/red", .key_size = 11 };

    (void)state;
    assert_true(act_room_realm(&red, &chat) == act_room_realm(&blue, &chat));
    assert_true(act_room_realm(&red, &none) == act_room_realm(&blue, &none));
    assert_true(act_room_realm(&red, &chat) != act_room_realm(&other, &chat));
    assert_true(act_room_realm(&red, &chat) != act_room_realm(&red, &staff));
    assert_true(act_room_realm(&red, &chat) != act_room_realm(&red, &none));
    /* The same for ever: it is kept where no secret is. */
    assert_true(act_room_realm(&red, &chat) == UINT64_C(0xad46413b9fea6180));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody),
        cmocka_unit_test(repeated),
        cmocka_unit_test(over_the_rate),
        cmocka_unit_test(over_the_rate_of_the_address),
        cmocka_unit_test(typing_is_a_hint),
        cmocka_unit_test(typing_with_different_values),
        cmocka_unit_test(renamed),
        cmocka_unit_test(a_new_room),
        cmocka_unit_test(a_room_that_may_not_be_made),
        cmocka_unit_test(what_settings_allow),
        cmocka_unit_test(realms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
