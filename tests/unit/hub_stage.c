/* hub_stage.c - see hub_stage.h. */
#include "hub_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "act/act_member.h"
#include "act/relay/act_await.h"
#include "descriptors.h"
#include "room/segment/room_slot.h"
#include "room/table/room_table.h"
#include "room_check.h"

#define SIZE (16u * 1024 * 1024)

/* Longer than any test takes, however busy the machine is. */
#define LONG_US INT64_C(3600000000)

/* Within that a hub that is to end has ended. */
#define SOON_US INT64_C(30000000)

void hub_stage_pause(int64_t end, const char *what, const char *file, int line)
{
    if (stage_clock_real() > end) {
        fail_msg("%s:%d: waited in vain for %s", file, line, what);
    }
    poll(NULL, 0, 1);
}

static void open_stage(hub_stage *stage, const hub_archive *archive,
                       struct relay *r)
{
    room_store_options options = { .slots = 8, .rooms = 64,
                                   .archive = archive || r,
                                   .relay = r != NULL,
                                   .gauges = act_count_gauges() };
    char why[200] = "";

    signal(SIGPIPE, SIG_IGN); /* as httpd does */
    memset(stage, 0, sizeof(*stage));
    stage->descriptors = descriptors_count();
    stage->size = SIZE;
    stage->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(stage->memory != MAP_FAILED);
    if (!room_store_over(stage->memory, SIZE, &options, &stage->store, why,
                         sizeof(why))) {
        fail_msg("%s", why);
    }
    stage->settings = (act_settings){
        .history_count = 100,
        .history_age = 24 * 3600 * 1000,
        .ping_interval = LONG_US,
        .ping_timeout = LONG_US,
        .slow_client = LONG_US,
        .max_message = 8192,
        .max_payload = 65536,
        .burst = 20,
        .speaks = 1,
        .creates = 1,
        .archive_keep = archive ? INT64_MAX : 0,
    };
    stage->drain = 100000;
    stage->drain_rate = 0;
    stage->max_connections = 1000;
    stage->archive = archive;
    stage->relay = r;
}

void hub_stage_open_archived(hub_stage *stage, const hub_archive *archive)
{
    open_stage(stage, archive, NULL);
}

void hub_stage_open_relayed(hub_stage *stage, struct relay *r)
{
    open_stage(stage, NULL, r);
}

void hub_stage_open(hub_stage *stage, int hubs)
{
    open_stage(stage, NULL, NULL);
    for (int i = 0; i < hubs; i++) {
        hub_stage_start(stage, i);
    }
}

void hub_stage_start(hub_stage *stage, int which)
{
    hub_options options = { .store = stage->store,
                            .max_connections = stage->max_connections,
                            .archive = stage->archive,
                            .relay = stage->relay,
                            .stopping = stage->stopping,
                            .hands = stage->hands,
                            .current = stage->current,
                            .context = stage,
                            .give_back = stage->give_back,
                            .board = stage->board,
                            .figures = stage->figures,
                            .drain = stage->drain,
                            .drain_rate = stage->drain_rate };

    stage->hubs[which] = hub_create(&options);
    assert_non_null(stage->hubs[which]);
    HUB_STAGE_WAIT(hub_slot(stage->hubs[which]) >= 0);
}

void hub_stage_stop(hub_stage *stage, int which, bool graceful)
{
    int64_t end = stage_clock_real() + (graceful ? stage->drain : 0) + SOON_US;

    hub_stop(stage->hubs[which], graceful);
    hub_join(stage->hubs[which]);
    hub_destroy(stage->hubs[which]);
    stage->hubs[which] = NULL;
    assert_true(stage_clock_real() < end);
}

static void expect_no_gauges(const hub_stage *stage)
{
    for (act_count which = 0; which < ACT_COUNTS; which++) {
        if (act_count_describe(which)->gauge) {
            HUB_STAGE_WAIT(hub_stage_count(stage, which) == 0);
        }
    }
}

void hub_stage_close(hub_stage *stage)
{
    char why[200] = "";

    expect_no_gauges(stage);
    for (int i = 0; i < HUB_STAGE_MOST; i++) {
        if (stage->hubs[i]) {
            hub_stage_stop(stage, i, false);
        }
    }
    if (!room_check(stage->store, why, sizeof(why))) {
        fail_msg("%s", why);
    }
    expect_no_gauges(stage);
    assert_int_equal(room_slot_count(stage->store), 0);
    room_store_free(stage->store);
    munmap(stage->memory, stage->size);
    assert_int_equal(descriptors_count(), stage->descriptors);
}

uint64_t hub_stage_count(const hub_stage *stage, act_count which)
{
    uint64_t sums[ACT_COUNTS];

    act_count_sums(stage->store, sums);
    return sums[which];
}

size_t hub_stage_key(char key[ACT_KEY_MOST], const char *path)
{
    return (size_t)snprintf(key, ACT_KEY_MOST, "host\n%s", path);
}

uint32_t hub_stage_members(const hub_stage *stage, const char *path)
{
    char key[ACT_KEY_MOST];
    room_handle handle;

    if (room_table_find(stage->store, key, hub_stage_key(key, path), &handle)
        != ROOM_OK) {
        return 0;
    }
    (void)room_member_expire(stage->store,
                             base_clock_mono() + 2 * ROOM_MEMBER_GRACE_US);
    return room_member_count(stage->store, handle);
}

act_result hub_stage_command(hub_stage *stage, const char *path,
                             uint64_t user, const char *json)
{
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key,
                          .key_size = hub_stage_key(key, path),
                          .relay = stage->relay };
    chat_person who = { .user = user, .guest = true };
    act_address from = { .tag = 0 };
    act_call call = { .store = stage->store,
                      .slot = -1,
                      .settings = &stage->settings,
                      .from = &from,
                      .who = &who,
                      .key = &room,
                      .relay = stage->relay };
    act_result result;
    chat_command command;

    chat_command_parse(json, strlen(json), stage->settings.max_message,
                       &command);
    result = act_obey(&call, &command);
    act_await(&call, &command, &result);
    chat_command_destroy(&command);
    return result;
}

act_result hub_stage_publish(hub_stage *stage, const char *path,
                             uint64_t user, const char *text,
                             const char *ref)
{
    base_bytes json = BASE_BYTES_INIT;
    act_result result;

    base_bytes_append_format(&json, "{\"type\":\"message\",\"text\":\"%s\"",
                             text);
    if (ref) {
        base_bytes_append_format(&json, ",\"ref\":\"%s\"", ref);
    }
    base_bytes_append(&json, "}", 2); /* and the NUL */
    result = hub_stage_command(stage, path, user, (const char *)json.data);
    base_bytes_free(&json);
    return result;
}

void hub_stage_flood(hub_stage *stage, const char *path, unsigned first,
                     unsigned count, size_t size)
{
    char *text = malloc(size + 1);

    assert_true(text != NULL && size >= 9);
    memset(text, 'x', size);
    text[size] = '\0';
    for (unsigned i = first; i < first + count; i++) {
        snprintf(text, 9, "%08u", i % 100000000);
        text[8] = ' ';
        assert_int_equal(
            hub_stage_publish(stage, path, 99, text, NULL).error, CHAT_OK);
    }
    free(text);
}
