/* test_hub_presence.c - hub_presence.h over two children: everybody is told who
 * comes, goes and types, and never less than what makes the list right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "act/past/act_history.h"
#include "hub/room/hub_presence.h"
#include "hub_peer.h"
#include "room/people/room_member.h"
#include "room/table/room_table.h"

#define HELLO "{\"type\":\"hello\",\"room\":\"/lobby\","
#define MESSAGE "{\"type\":\"message\",\"id\":\""
#define PRESENCE "{\"type\":\"presence\",\"count\":"
#define GUEST(digit, name) \
    "{\"id\":\"g-" digit "000000000000000\",\"name\":\"" name \
    "\",\"guest\":true}"

static void expect_has(const hub_peer_frame *frame, const char *part)
{
    char *text = strndup((const char *)frame->data, frame->size);

    if (!strstr(text, part)) {
        fail_msg("no \"%s\" in %s", part, text);
    }
    free(text);
}

/* The next event is exactly this one. */
static void expect(hub_peer *peer, const char *event)
{
    hub_peer_frame frame;

    assert_true(hub_peer_next(peer, &frame));
    expect_has(&frame, event);
    assert_int_equal(frame.size, strlen(event));
}

/* Nothing is told of who is there until look() says so. */
static void set_up(hub_stage *stage, int hubs)
{
    hub_stage_open(stage, hubs);
    stage->settings.presence_most = 200;
    stage_clock_hold();
}

/* Each child looks who is there, once. */
static void look(void)
{
    stage_clock_pass(HUB_PRESENCE_US);
}

static uint64_t user(unsigned digit)
{
    return (uint64_t)digit << 60;
}

/* A guest of this digit joins. */
static void join(hub_peer *peer, hub_stage *stage, int which, unsigned digit)
{
    hub_peer_join(peer, stage, which, "/lobby", user(digit));
}

/* Joins, names the guest, and reads the hello and the answer. */
static void enter(hub_peer *peer, hub_stage *stage, int which, unsigned digit,
                  const char *name, const char *members)
{
    char command[80];
    hub_peer_frame frame;

    join(peer, stage, which, digit);
    assert_true(hub_peer_next(peer, &frame));
    expect_has(&frame, HELLO);
    expect_has(&frame, members);
    snprintf(command, sizeof(command), "{\"type\":\"name\",\"name\":\"%s\"}",
             name);
    hub_peer_say(peer, command);
    hub_peer_expect_text(peer, "{\"type\":\"you\",");
}

/* Reads on to an event that begins so. */
static void read_to(hub_peer *peer, hub_peer_frame *frame, const char *start)
{
    do {
        assert_true(hub_peer_next(peer, frame));
    } while (frame->size < strlen(start)
             || memcmp(frame->data, start, strlen(start)) != 0);
}

static void presence(hub_peer *peer, hub_peer_frame *frame)
{
    read_to(peer, frame, PRESENCE);
}

static void finish(hub_stage *stage, hub_peer *peers, int count)
{
    stage_clock_release();
    for (int i = 0; i < count; i++) {
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_stage_close(stage);
}

/* Ends the grace of everybody who is waited for. */
static void end_graces(hub_stage *stage)
{
    (void)hub_stage_members(stage, "/lobby");
}

static void leave(hub_stage *stage, hub_peer *peer)
{
    uint64_t before = hub_stage_count(stage, ACT_COUNT_ROOM_CLIENTS);

    hub_peer_leave(peer);
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_ROOM_CLIENTS) < before);
}

/* What a client knows of who is there, from its hello and the events: ids and
 * names. */
typedef struct {
    json_t *names;
    size_t left; /* how many were told to have left */
} people;

static void put(people *known, const json_t *list)
{
    size_t i;
    json_t *who;

    json_array_foreach(list, i, who) {
        json_object_set(known->names,
                        json_string_value(json_object_get(who, "id")),
                        json_object_get(who, "name"));
    }
}

static void apply(people *known, const hub_peer_frame *frame)
{
    json_t *event = json_loadb((const char *)frame->data, frame->size, 0, NULL);
    const json_t *list = json_object_get(event, "list");
    size_t i;
    json_t *who;

    assert_non_null(event);
    if (list) {
        json_object_clear(known->names);
        put(known, list);
    }
    put(known, json_object_get(event, "joined"));
    put(known, json_object_get(event, "renamed"));
    json_array_foreach(json_object_get(event, "left"), i, who) {
        json_object_del(known->names,
                        json_string_value(json_object_get(who, "id")));
        known->left++;
    }
    assert_int_equal(json_integer_value(json_object_get(event, "count")),
                     json_object_size(known->names));
    json_decref(event);
}

/* The names by id, each in parentheses. */
static bool are(const people *known, const char *names)
{
    char text[200] = "";

    for (int digit = 1; digit < 10; digit++) {
        char id[20];
        const json_t *name;

        snprintf(id, sizeof(id), "g-%d000000000000000", digit);
        name = json_object_get(known->names, id);
        if (name) {
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "(%s)",
                     json_string_value(name));
        }
    }
    return strcmp(text, names) == 0;
}

/* Events come until these, and no others, are known. */
static void follow(hub_peer *peer, people *known, const char *names)
{
    hub_peer_frame frame;

    look();
    while (!are(known, names)) {
        presence(peer, &frame);
        apply(known, &frame);
    }
}

/* Ann is in one child; what happens in the other comes to her. */
static void test_coming_and_going(void **state)
{
    people known = { json_object(), 0 };
    hub_stage stage;
    hub_peer peers[3];

    (void)state;
    set_up(&stage, 2);
    enter(&peers[0], &stage, 0, 1, "Ann", "\"members\":{\"count\":1,\"list\":["
          GUEST("1", "guest-1000") "]}");
    follow(&peers[0], &known, "(Ann)");
    enter(&peers[1], &stage, 1, 2, "Bob", "\"members\":{\"count\":2,\"list\":["
          GUEST("1", "Ann") "," GUEST("2", "guest-2000") "]}");
    follow(&peers[0], &known, "(Ann)(Bob)");
    hub_peer_say(&peers[1], "{\"type\":\"name\",\"name\":\"Rob\"}");
    follow(&peers[0], &known, "(Ann)(Rob)");
    /* A reload, by way of the other child, and a second tab: no news. */
    leave(&stage, &peers[1]);
    join(&peers[1], &stage, 0, 2);
    hub_peer_expect_text(&peers[1], HELLO "\"you\":" GUEST("2", "Rob"));
    join(&peers[2], &stage, 1, 2);
    hub_peer_expect_text(&peers[2], HELLO "\"you\":" GUEST("2", "Rob"));
    leave(&stage, &peers[2]);
    end_graces(&stage);
    enter(&peers[2], &stage, 1, 3, "Cid", "\"members\":{\"count\":3,");
    follow(&peers[0], &known, "(Ann)(Rob)(Cid)");
    assert_int_equal(known.left, 0);
    leave(&stage, &peers[1]);
    end_graces(&stage);
    follow(&peers[0], &known, "(Ann)(Cid)");
    assert_int_equal(known.left, 1);
    peers[1] = peers[2];
    finish(&stage, peers, 2);
    json_decref(known.names);
}

/* A hello that is newer than what the others know, and older than the next
 * look: its client gets the whole list. */
static void test_hello_between_two_looks(void **state)
{
    hub_stage stage;
    hub_peer peers[4];
    hub_peer_frame frame;

    (void)state;
    set_up(&stage, 1);
    enter(&peers[0], &stage, 0, 1, "Ann", "\"count\":1,");
    look();
    presence(&peers[0], &frame);
    enter(&peers[1], &stage, 0, 2, "Bob", "\"count\":2,");
    enter(&peers[2], &stage, 0, 3, "Cid", "\"count\":3,\"list\":["
          GUEST("1", "Ann") "," GUEST("2", "Bob") ","
          GUEST("3", "guest-3000") "]");
    hub_peer_say(&peers[1], "{\"type\":\"name\",\"name\":\"Rob\"}");
    hub_peer_expect_text(&peers[1], "{\"type\":\"you\",");
    look();
    expect(&peers[0], PRESENCE "3,\"joined\":[" GUEST("2", "Rob") ","
           GUEST("3", "Cid") "]}");
    for (int i = 1; i < 3; i++) {
        expect(&peers[i], PRESENCE "3,\"list\":[" GUEST("1", "Ann") ","
               GUEST("2", "Rob") "," GUEST("3", "Cid") "]}");
    }
    /* Whose hello is what the look finds needs to be told nothing. */
    join(&peers[3], &stage, 0, 4);
    hub_peer_expect_text(&peers[3], HELLO);
    look();
    for (int i = 0; i < 3; i++) {
        expect(&peers[i], PRESENCE "4,\"joined\":["
               GUEST("4", "guest-4000") "]}");
    }
    hub_peer_say(&peers[0], "{\"type\":\"message\",\"text\":\"x\"}");
    hub_peer_expect_text(&peers[3], MESSAGE);
    finish(&stage, peers, 4);
}

static void test_only_a_number(void **state)
{
    hub_stage stage;
    hub_peer peers[4];
    hub_peer_frame frame;

    (void)state;
    set_up(&stage, 2);
    stage.settings.presence_most = 2;
    enter(&peers[0], &stage, 0, 1, "Ann", "\"members\":{\"count\":1,");
    look();
    presence(&peers[0], &frame);
    join(&peers[1], &stage, 1, 2);
    hub_peer_expect_text(&peers[1], HELLO);
    look();
    expect(&peers[0], PRESENCE "2,\"joined\":[" GUEST("2", "guest-2000") "]}");
    join(&peers[2], &stage, 0, 3);
    assert_true(hub_peer_next(&peers[2], &frame));
    expect_has(&frame, "\"members\":{\"count\":3}}");
    look();
    expect(&peers[0], PRESENCE "3}");
    expect(&peers[1], PRESENCE "3}");
    stage.settings.presence_most = 0;
    join(&peers[3], &stage, 0, 4);
    assert_true(hub_peer_next(&peers[3], &frame));
    expect_has(&frame, "\"burst\":null}}");
    look();
    for (int i = 0; i < 3; i++) {
        expect(&peers[i], PRESENCE "4}");
    }
    leave(&stage, &peers[1]);
    leave(&stage, &peers[2]);
    end_graces(&stage);
    look();
    expect(&peers[0], PRESENCE "2,\"list\":[" GUEST("1", "Ann") ","
           GUEST("4", "guest-4000") "]}");
    hub_peer_say(&peers[0], "{\"type\":\"message\",\"text\":\"x\"}");
    hub_peer_expect_text(&peers[3], MESSAGE);
    peers[1] = peers[3];
    finish(&stage, peers, 2);
}

/* A full socket is given no news; when it is read again, the whole list. */
static void test_a_stopped_reader(void **state)
{
    hub_stage stage;
    hub_peer peers[3];
    hub_peer_frame frame;

    (void)state;
    set_up(&stage, 2);
    enter(&peers[0], &stage, 0, 1, "Ann", "\"count\":1,");
    look();
    presence(&peers[0], &frame);
    enter(&peers[1], &stage, 0, 2, "Bob", "\"count\":2,");
    look();
    presence(&peers[0], &frame);
    for (unsigned i = 0; i < 300; i++) {
        hub_stage_flood(&stage, "/lobby", i, 1, 4000);
        read_to(&peers[1], &frame, MESSAGE);
    }
    join(&peers[2], &stage, 1, 3);
    hub_peer_expect_text(&peers[2], HELLO);
    look();
    presence(&peers[1], &frame);
    expect_has(&frame, "\"count\":3");
    do {
        read_to(&peers[0], &frame, MESSAGE);
    } while (!memmem(frame.data, frame.size, "00000299 ", 9));
    look();
    presence(&peers[0], &frame);
    expect_has(&frame, PRESENCE "3,\"list\":[" GUEST("1", "Ann") ","
               GUEST("2", "Bob") "," GUEST("3", "guest-3000") "]}");
    finish(&stage, peers, 3);
}

static void type(hub_peer *peer)
{
    hub_peer_say(peer, "{\"type\":\"typing\"}");
}

static void test_typing(void **state)
{
    static const char ann[]
        = "{\"type\":\"typing\",\"from\":" GUEST("1", "Ann") "}";
    const act_start all = { .history = UINT64_MAX };
    base_bytes kept = BASE_BYTES_INIT;
    bool any;
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key,
                          .key_size = hub_stage_key(key, "/lobby") };
    hub_stage stage;
    hub_peer peers[4];
    hub_peer_frame frame;

    (void)state;
    set_up(&stage, 2);
    enter(&peers[0], &stage, 0, 1, "Ann", "\"count\":1,");
    look();
    presence(&peers[0], &frame);
    join(&peers[1], &stage, 0, 2);
    hub_peer_expect_text(&peers[1], HELLO);
    look();
    presence(&peers[0], &frame);
    join(&peers[2], &stage, 1, 3);
    hub_peer_expect_text(&peers[2], HELLO);
    look();
    presence(&peers[0], &frame);
    join(&peers[3], &stage, 1, 1); /* her other tab */
    hub_peer_expect_text(&peers[3], HELLO);
    presence(&peers[1], &frame);
    type(&peers[0]);
    type(&peers[3]); /* less than two seconds later */
    type(&peers[0]);
    expect(&peers[1], ann);
    expect(&peers[2], ann);
    hub_peer_say(&peers[3], "{\"type\":\"message\",\"text\":\"x\"}");
    for (int i = 0; i < 4; i++) {
        hub_peer_expect_text(&peers[i], MESSAGE);
    }
    assert_int_equal(act_history_after(stage.store, &room, &stage.settings,
                                       &all, &kept, &any), ROOM_OK);
    base_bytes_append(&kept, "", 1);
    assert_null(strstr((char *)kept.data, "typing"));
    base_bytes_free(&kept);
    finish(&stage, peers, 4);
}

/* Nobody is told in a large room, nor by a guest who may only read. */
static void test_no_typing(void **state)
{
    hub_stage stage;
    hub_peer peers[4];
    hub_peer_frame frame;

    (void)state;
    set_up(&stage, 1);
    stage.settings.presence_most = 2;
    for (int i = 0; i < 3; i++) {
        stage.settings.guests = i == 2 ? ACT_GUESTS_READONLY
                                        : ACT_GUESTS_ON;
        hub_peer_join(&peers[i], &stage, 0, "/lobby", 1u + (unsigned)i);
        hub_peer_expect_text(&peers[i], HELLO);
    }
    look();
    for (int i = 0; i < 2; i++) {
        read_to(&peers[i], &frame, PRESENCE "3}");
    }
    type(&peers[2]);
    read_to(&peers[2], &frame,
            "{\"type\":\"error\",\"code\":\"read_only\"");
    type(&peers[1]);
    hub_peer_say(&peers[1], "{\"type\":\"message\",\"text\":\"x\"}");
    hub_peer_expect_text(&peers[0], MESSAGE);
    finish(&stage, peers, 3);
}

/* Takes the guest's name away as a child does that is killed before it wakes
 * anybody. */
static void reset_silently(hub_stage *stage, unsigned digit, uint64_t from)
{
    room_member who = { .user = user(digit), .guest = true, .name = "reset",
                        .name_size = 5, .name_key = from + 1 };
    char key[ACT_KEY_MOST];
    size_t size = hub_stage_key(key, "/lobby");
    room_handle room;
    room_member now;

    assert_int_equal(room_table_find(stage->store, key, size, &room),
                     ROOM_OK);
    assert_int_equal(room_member_find(stage->store, room, who.user, &now),
                     ROOM_OK);
    assert_int_equal(room_member_reset(stage->store, room, &who,
                                       now.name_key), ROOM_OK);
}

/* Who lost the name is told, in every child, though nobody was woken; after
 * more than the segment notes, everybody is told what the own name is. */
static void test_a_name_that_goes_back(void **state)
{
    hub_stage stage;
    hub_peer peers[2];

    (void)state;
    set_up(&stage, 2);
    stage.settings.presence_most = 0;
    enter(&peers[0], &stage, 0, 1, "Ann", "");
    enter(&peers[1], &stage, 1, 2, "Bob", "");
    reset_silently(&stage, 1, 1000);
    look();
    expect(&peers[0], "{\"type\":\"you\",\"id\":\"g-1000000000000000\","
                      "\"name\":\"reset\"}");
    for (unsigned i = 0; i < 5 * ROOM_RESETS_MOST; i++) {
        reset_silently(&stage, 1, 2000 + i);
    }
    look();
    expect(&peers[1], "{\"type\":\"you\",\"id\":\"g-2000000000000000\","
                      "\"name\":\"Bob\"}");
    finish(&stage, peers, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coming_and_going),
        cmocka_unit_test(test_hello_between_two_looks),
        cmocka_unit_test(test_only_a_number),
        cmocka_unit_test(test_a_stopped_reader),
        cmocka_unit_test(test_typing),
        cmocka_unit_test(test_no_typing),
        cmocka_unit_test(test_a_name_that_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
