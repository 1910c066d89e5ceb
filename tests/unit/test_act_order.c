/* test_act_order.c - what mute, lock, ban and the right to speak do to each
 * command, in one table; the same for who has a seat and for who posts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/act_member.h"
#include "act/act_obey.h"
#include "act/moderation/act_amend.h"
#include "act/moderation/act_author.h"
#include "act/moderation/act_ban.h"
#include "base/base_clock.h"
#include "hub_stage.h"
#include "room/log/room_log.h"
#include "room/segment/room_slot.h"

/* A guest, another one, and a user who moderates. */
enum { ANN, CAT, BOSS, PERSONS };

typedef struct {
    hub_stage stage;
    char key[ACT_KEY_MOST];
    act_room_key lobby;
    room_handle room;
    int slot;
    chat_person persons[PERSONS];
    act_settings settings; /* of who asks */
    act_address from;
    char own[ROOM_ID_TEXT];   /* Ann's message, */
    char other[ROOM_ID_TEXT]; /* and Cat's */
} scene;

static act_result obey(scene *s, int who, bool seated, const char *json)
{
    act_call call = { .store = s->stage.store,
                      .slot = s->slot,
                      .settings = &s->settings,
                      .from = &s->from,
                      .who = &s->persons[who],
                      .key = &s->lobby,
                      .seated = seated };
    chat_command command;
    act_result result;

    if (seated) {
        call.room = s->room;
    }
    s->settings.moderates = who == BOSS;
    (void)chat_command_parse(json, strlen(json), 1000, &command);
    result = act_obey(&call, &command);
    chat_command_destroy(&command);
    return result;
}

static void set_up(scene *s)
{
    static const char *const names[PERSONS] = { "Ann", "Cat", "Bob" };

    memset(s, 0, sizeof(*s));
    hub_stage_open(&s->stage, 0);
    s->settings = s->stage.settings;
    s->settings.presence_most = 10;
    s->settings.speaks = s->settings.creates = 1;
    s->settings.amend = 900000;
    s->slot = room_slot_claim(s->stage.store, getpid());
    s->lobby = (act_room_key){ .key = s->key,
                               .key_size = hub_stage_key(s->key, "/lobby") };
    assert_int_equal(act_room_open(s->stage.store, &s->lobby, &s->settings,
                                   &s->room), ROOM_OK);
    for (int i = 0; i < PERSONS; i++) {
        s->persons[i].user = (uint64_t)(i + 1) << 60;
        s->persons[i].guest = i != BOSS;
        s->persons[i].moderator = i == BOSS;
        chat_person_set_name(&s->persons[i], names[i], 3);
        assert_int_equal(act_member_join(s->stage.store, s->room, s->slot,
                                         &s->persons[i], 0, NULL), CHAT_OK);
    }
    room_id_format(&(room_id){ 0 }, s->own);
    for (int i = ANN; i <= CAT; i++) {
        act_result said = obey(s, i, true,
                               "{\"type\":\"message\",\"text\":\"x\"}");

        assert_int_equal(said.error, CHAT_OK);
        room_id_format(&said.id, i == ANN ? s->own : s->other);
    }
}

static void finish(scene *s)
{
    room_slot_release(s->stage.store, s->slot);
    hub_stage_close(&s->stage);
}

typedef enum { AS_IT_IS, MUTED, LOCKED, SILENT, READONLY, BANNED } condition;

static void make_so(scene *s, condition what)
{
    const char *order = NULL;

    switch (what) {
    case MUTED:
        order = "{\"type\":\"mute\",\"user\":\"g-1000000000000000\","
                "\"for\":60}";
        break;
    case BANNED:
        order = "{\"type\":\"ban\",\"user\":\"g-1000000000000000\"}";
        break;
    case LOCKED: order = "{\"type\":\"room\",\"locked\":true}"; break;
    case SILENT: s->settings.speaks = 0; break;
    case READONLY: s->settings.guests = ACT_GUESTS_READONLY; break;
    case AS_IT_IS: break;
    }
    if (order) {
        assert_int_equal(obey(s, BOSS, true, order).error, CHAT_OK);
    }
}

/* `%s` is the id of the own message, or of the other one. */
static const struct {
    const char *json;
    bool other;
    chat_error errors[BANNED + 1];
} rows[] = {
    { "{\"type\":\"message\",\"text\":\"y\"}", false,
      { CHAT_OK, CHAT_MUTED, CHAT_LOCKED, CHAT_READ_ONLY, CHAT_READ_ONLY,
        CHAT_BANNED } },
    { "{\"type\":\"edit\",\"id\":\"%s\",\"text\":\"y\"}", false,
      { CHAT_OK, CHAT_MUTED, CHAT_LOCKED, CHAT_READ_ONLY, CHAT_READ_ONLY,
        CHAT_BANNED } },
    { "{\"type\":\"typing\"}", false,
      { CHAT_OK, CHAT_MUTED, CHAT_LOCKED, CHAT_READ_ONLY, CHAT_READ_ONLY,
        CHAT_BANNED } },
    { "{\"type\":\"name\",\"name\":\"Eve\"}", false,
      { CHAT_OK, CHAT_MUTED, CHAT_OK, CHAT_READ_ONLY, CHAT_OK,
        CHAT_BANNED } },
    { "{\"type\":\"report\",\"id\":\"%s\"}", true,
      { CHAT_OK, CHAT_MUTED, CHAT_OK, CHAT_READ_ONLY, CHAT_READ_ONLY,
        CHAT_BANNED } },
    { "{\"type\":\"delete\",\"id\":\"%s\"}", false,
      { CHAT_OK, CHAT_OK, CHAT_OK, CHAT_OK, CHAT_OK, CHAT_BANNED } },
    { "{\"type\":\"delete\",\"id\":\"%s\"}", true,
      { CHAT_NOT_YOURS, CHAT_NOT_YOURS, CHAT_NOT_YOURS, CHAT_NOT_YOURS,
        CHAT_NOT_YOURS, CHAT_BANNED } },
    { "{\"type\":\"mute\",\"user\":\"u-x\"}", false,
      { CHAT_NO_MODERATOR, CHAT_NO_MODERATOR, CHAT_NO_MODERATOR,
        CHAT_NO_MODERATOR, CHAT_NO_MODERATOR, CHAT_NO_MODERATOR } },
    { "{\"type\":\"clear\"}", false,
      { CHAT_NO_MODERATOR, CHAT_NO_MODERATOR, CHAT_NO_MODERATOR,
        CHAT_NO_MODERATOR, CHAT_NO_MODERATOR, CHAT_NO_MODERATOR } },
};

static void each_command(void **state)
{
    char json[200];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int what = AS_IT_IS; what <= BANNED; what++) {
            for (int seated = 0; seated < 2; seated++) {
                act_result done;
                scene s;

                set_up(&s);
                make_so(&s, (condition)what);
                (void)snprintf(json, sizeof(json), rows[i].json,
                               rows[i].other ? s.other : s.own);
                done = obey(&s, ANN, seated, json);
                if (done.error != rows[i].errors[what]) {
                    fail_msg("%s, condition %d, seated %d: %s", json, what,
                             seated, chat_error_code(done.error));
                }
                /* who waits, waits in vain: it stays so */
                assert_int_equal(done.retry, 0);
                assert_int_equal(done.rest > 0, done.error == CHAT_MUTED);
                finish(&s);
            }
        }
    }
}

/* Whoever moderates is above all of them. */
static void a_moderator(void **state)
{
    static const char *const some[] = {
        "{\"type\":\"message\",\"text\":\"y\"}",
        "{\"type\":\"typing\"}",
        "{\"type\":\"room\",\"slow\":3600}",
        "{\"type\":\"message\",\"text\":\"z\"}",
        "{\"type\":\"message\",\"text\":\"z\"}",
        "{\"type\":\"clear\"}",
    };
    scene s;

    (void)state;
    set_up(&s);
    make_so(&s, LOCKED);
    make_so(&s, SILENT);
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        assert_int_equal(obey(&s, BOSS, i % 2 == 0, some[i]).error, CHAT_OK);
    }
    finish(&s);
}

/* Where nobody is banned or muted nothing but that is asked. */
static void who_is_exempt(void **state)
{
    static const char *const some[] = {
        "{\"type\":\"mute\",\"user\":\"g-%016llx\"}",
        "{\"type\":\"ban\",\"user\":\"g-%016llx\"}",
        "{\"type\":\"kick\",\"user\":\"g-%016llx\"}",
    };
    char json[100];
    scene s;

    (void)state;
    set_up(&s);
    s.persons[CAT].moderator = true;
    assert_int_equal(act_member_join(s.stage.store, s.room, s.slot,
                                     &s.persons[CAT], 0, NULL), CHAT_OK);
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        (void)snprintf(json, sizeof(json), some[i],
                       (unsigned long long)s.persons[CAT].user);
        assert_int_equal(obey(&s, BOSS, true, json).error, CHAT_EXEMPT);
        assert_false(act_ban_any(s.stage.store));
    }
    (void)snprintf(json, sizeof(json), some[1],
                   (unsigned long long)s.persons[ANN].user);
    assert_int_equal(obey(&s, BOSS, true, json).error, CHAT_OK);
    assert_true(act_ban_any(s.stage.store));
    finish(&s);
}

/* More is kept than is read at a time. */
static void a_long_log(void **state)
{
    char json[960];
    chat_person who = { .user = 0 };
    scene s;
    act_call call;

    (void)state;
    set_up(&s);
    call = (act_call){ .store = s.stage.store, .slot = s.slot,
                       .settings = &s.settings, .from = &s.from,
                       .who = &s.persons[BOSS], .key = &s.lobby };
    (void)snprintf(json, sizeof(json), "{\"type\":\"message\",\"text\":"
                                       "\"%0900d\"}", 1);
    for (int i = 0; i < 90; i++) {
        assert_int_equal(obey(&s, CAT, true, json).error, CHAT_OK);
    }
    assert_int_equal(obey(&s, BOSS, true, json).error, CHAT_OK);
    assert_true(act_author_name(&call, s.room, s.persons[BOSS].user, &who));
    assert_int_equal(who.name_size, 3);
    assert_memory_equal(who.name, "Bob", 3);
    assert_false(act_author_name(&call, s.room, 1, &who));
    assert_int_equal(act_amend_purge(&call, s.room, s.persons[BOSS].user, 9),
                     1);
    assert_int_equal(act_amend_purge(&call, s.room, s.persons[CAT].user, 80),
                     80);
    assert_int_equal(act_amend_purge(&call, s.room, s.persons[CAT].user, 80),
                     11);
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command),
        cmocka_unit_test(a_moderator),
        cmocka_unit_test(who_is_exempt),
        cmocka_unit_test(a_long_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
