/* test_act_list.c - act_list.h: the members of a room, and the rooms below a
 * prefix, with bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/act_list.h"
#include "base/base_clock.h"
#include "hub_peer.h"

#define HELLO "{\"type\":\"hello\""

static void expect_members(hub_stage *stage, const char *path, uint32_t most,
                           const char *want)
{
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key,
                          .key_size = hub_stage_key(key, path) };
    base_bytes json = BASE_BYTES_INIT;

    assert_true(act_list_members(stage->store, &room, most, NULL, &json));
    base_bytes_append(&json, "", 1);
    assert_string_equal(json.data, want);
    base_bytes_free(&json);
}

static void members(void **state)
{
    hub_stage stage;
    hub_peer peers[2];

    (void)state;
    hub_stage_open(&stage, 1);
    expect_members(&stage, "/lobby", 200, "{\"count\":0,\"list\":[]}");
    for (int i = 0; i < 2; i++) {
        hub_peer_join(&peers[i], &stage, 0, "/lobby",
                      (uint64_t)(i + 1) << 60);
        hub_peer_expect_text(&peers[i], HELLO);
    }
    expect_members(&stage, "/lobby", 2,
                   "{\"count\":2,\"list\":["
                   "{\"id\":\"g-1000000000000000\",\"name\":\"guest-1000\","
                   "\"guest\":true},"
                   "{\"id\":\"g-2000000000000000\",\"name\":\"guest-2000\","
                   "\"guest\":true}]}");
    expect_members(&stage, "/lobby", 1, "{\"count\":2}");
    expect_members(&stage, "/lobb", 1, "{\"count\":0,\"list\":[]}");
    for (int i = 0; i < 2; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_stage_close(&stage);
}

/* The paths found, each with a comma, and a "+" when there are more. */
static void expect_rooms(hub_stage *stage, const char *prefix, size_t most,
                         const char *want)
{
    char key[ACT_KEY_MOST];
    act_room_key below = { .key = key,
                          .key_size = hub_stage_key(key, prefix) };
    base_bytes text = BASE_BYTES_INIT;
    size_t count;
    bool more;
    act_list_room *list = act_list_rooms(stage->store, &below,
                                         &stage->settings, most, &count,
                                         &more);

    for (size_t i = 0; i < count; i++) {
        base_bytes_append_format(&text, "%.*s,", (int)list[i].key_size - 5,
                                 list[i].key + 5);
    }
    base_bytes_append_text(&text, more ? "+" : "");
    base_bytes_append(&text, "", 1);
    assert_string_equal(text.data, want);
    base_bytes_free(&text);
    free(list);
}

static void rooms(void **state)
{
    hub_stage stage;
    hub_peer peer;
    char path[32];

    (void)state;
    hub_stage_open(&stage, 1);
    expect_rooms(&stage, "/", 3, "");
    for (int i = 9; i > 0; i--) {
        snprintf(path, sizeof(path), "/many/%d", i);
        hub_stage_publish(&stage, path, 7, "x", NULL);
    }
    hub_stage_publish(&stage, "/many", 7, "x", NULL);
    hub_stage_publish(&stage, "/many/", 7, "x", NULL);
    hub_stage_publish(&stage, "/manyx", 7, "x", NULL);
    stage.settings.history_count = 0;
    hub_stage_publish(&stage, "/many/0", 7, "nothing is kept", NULL);
    expect_rooms(&stage, "/many/", 9,
                 "/many/1,/many/2,/many/3,/many/4,/many/5,/many/6,/many/7,"
                 "/many/8,/many/9,");
    expect_rooms(&stage, "/many/", 2, "/many/1,/many/2,+");
    hub_peer_join(&peer, &stage, 0, "/many/8", 1);
    hub_peer_expect_text(&peer, HELLO);
    expect_rooms(&stage, "/many/", 2, "/many/8,/many/1,+");
    stage.settings.history_count = 9;
    /* Ids of two rooms are the same in one millisecond. */
    for (int64_t begun = base_clock_wall(); base_clock_wall() <= begun;) {
        continue;
    }
    hub_stage_publish(&stage, "/many/5", 7, "the last word", NULL);
    expect_rooms(&stage, "/many/", 2, "/many/8,/many/5,+");
    expect_rooms(&stage, "/many/8", 2, "");
    expect_rooms(&stage, "/manyx/", 2, "");
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),
        cmocka_unit_test(rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
