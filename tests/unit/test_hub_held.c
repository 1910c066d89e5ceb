/* test_hub_held.c - somebody holds a lock of the rooms for long, as a child
 * that was stopped (SECURITY X12): everybody is told so at once, the loop goes
 * on, and nobody stays a member for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "act/act_list.h"
#include "act/past/act_history.h"
#include "act/act_visit.h"
#include "base/base_log.h"
#include "hub_peer.h"
#include "hub_text.h"
#include "room/people/room_member.h"
#include "room/segment/room_layout.h"

#define CROWD 30
#define WAIT_US INT64_C(2000000) /* nobody waits longer for a lock */
#define SAID "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"r\"}"
#define UNAVAILABLE "{\"type\":\"error\",\"code\":\"unavailable\","

/* Holds a lock until it is told to let go. */
typedef struct {
    room_lock *lock;
    pthread_t thread;
    sem_t held;
    sem_t let_go;
} holder;

static void no_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static void *run(void *context)
{
    holder *who = context;

    assert_int_equal(room_lock_take(who->lock), ROOM_LOCK_TAKEN);
    sem_post(&who->held);
    sem_wait(&who->let_go);
    room_lock_drop(who->lock);
    return NULL;
}

static void hold(holder *who, room_lock *lock)
{
    who->lock = lock;
    sem_init(&who->held, 0, 0);
    sem_init(&who->let_go, 0, 0);
    assert_int_equal(pthread_create(&who->thread, NULL, run, who), 0);
    sem_wait(&who->held);
}

static void let_go(holder *who)
{
    sem_post(&who->let_go);
    pthread_join(who->thread, NULL);
}

static room_handle find(hub_stage *stage, const char *path)
{
    char key[ACT_KEY_MOST];
    room_handle room = { 0, 0 };

    assert_int_equal(room_table_find(stage->store, key,
                                     hub_stage_key(key, path), &room),
                     ROOM_OK);
    return room;
}

static room_lock *lock_of_room(hub_stage *stage)
{
    return &stage->store->items[find(stage, "/lobby").index].lock;
}

static room_lock *lock_of_members(hub_stage *stage)
{
    return &stage->store->header->members;
}

typedef room_lock *which_lock(hub_stage *stage);

static void set_up(hub_stage *stage)
{
    base_log_set(no_line, NULL, BASE_LOG_ERROR);
    hub_stage_open(stage, 1);
}

static void tear_down(hub_stage *stage)
{
    HUB_STAGE_WAIT(hub_stage_members(stage, "/lobby") == 0);
    hub_stage_close(stage);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
}

/* Thirty leave; the loop serves an echo as soon as one wait is over. */
static void leave_while_it_is_held(which_lock *which)
{
    static hub_peer crowd[CROWD];
    hub_stage stage;
    hub_peer echo;
    holder other;
    room_handle room;
    int64_t start;

    set_up(&stage);
    hub_peer_echo(&echo, &stage, 0);
    for (unsigned i = 0; i < CROWD; i++) {
        hub_peer_join(&crowd[i], &stage, 0, "/lobby", i + 1);
        hub_peer_expect_text(&crowd[i], "{\"type\":\"hello\"");
    }
    room = find(&stage, "/lobby");
    hold(&other, which(&stage));
    start = base_clock_mono();
    for (unsigned i = 0; i < CROWD; i++) {
        hub_peer_leave(&crowd[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    hub_peer_say(&echo, "still there");
    hub_peer_expect(&echo, WS_FRAME_TEXT, "still there", 11);
    assert_in_range(base_clock_mono() - start, 0, CROWD * WAIT_US / 2);
    assert_int_equal(room_member_count(stage.store, room), CROWD);
    let_go(&other);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 0);
    /* Nobody here reads the room any more: it may be given away. */
    HUB_STAGE_WAIT(room_layout_lonely(stage.store, room.index));
    hub_peer_leave(&echo);
    tear_down(&stage);
}

static void test_x12_leaving_is_not_forgotten_room(void **state)
{
    (void)state;
    leave_while_it_is_held(lock_of_room);
}

static void test_x12_leaving_is_not_forgotten_members(void **state)
{
    (void)state;
    leave_while_it_is_held(lock_of_members);
}

static void expect_refused_socket(hub_stage *stage)
{
    hub_peer peer;

    hub_peer_join(&peer, stage, 0, "/lobby", 7);
    hub_peer_expect_text(&peer, UNAVAILABLE);
    hub_peer_expect_close(&peer, 1013);
    hub_peer_leave(&peer);
}

static void expect_refused_stream(hub_stage *stage)
{
    hub_peer peer;
    hub_offer *offer = hub_peer_offer_room(&peer, stage, 0, "/lobby", 8);

    offer->way = &hub_way_sse;
    peer.chunked = true;
    hub_offer_hand_over(offer);
    assert_non_null(strstr(hub_text_until(&peer, UNAVAILABLE), "retry: "));
    (void)hub_text_until(&peer, "\"retry\":2}\n\n");
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
}

static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    (void)lines;
    (void)length;
    base_bytes_append_format(out, "head %d\n", retry);
}

static void expect_refused_poll(hub_stage *stage)
{
    hub_peer peer;
    hub_offer *offer = hub_peer_offer_room(&peer, stage, 0, "/lobby", 9);

    offer->way = &hub_way_longpoll;
    offer->wait = 5000000;
    offer->head = write_head;
    hub_offer_hand_over(offer);
    (void)hub_text_until(&peer, "head 2\n");
    (void)hub_text_until(&peer, UNAVAILABLE);
    (void)hub_text_until(&peer, "\"retry\":2}");
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
}

/* The rows that httpd's workers answer. */
static void expect_refused_workers(hub_stage *stage, bool reads)
{
    const act_start all = { .history = UINT64_MAX };
    const chat_person who = { .user = 11, .guest = true };
    act_address from = { .tag = 0 };
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key,
                          .key_size = hub_stage_key(key, "/lobby") };
    base_bytes json = BASE_BYTES_INIT;
    act_result posted = hub_stage_publish(stage, "/lobby", 10, "x", NULL);
    bool any;

    assert_int_equal(posted.error, CHAT_UNAVAILABLE);
    assert_int_equal(posted.retry, WAIT_US);
    assert_false(act_list_members(stage->store, &room, 100, NULL, &json));
    assert_int_equal(act_history_after(stage->store, &room, &stage->settings,
                                       &all, &json, &any) == ROOM_OK, reads);
    json.len = 0;
    act_visit(stage->store, hub_slot(stage->hubs[0]), &room, &stage->settings,
              &from, &who);
    base_bytes_free(&json);
}

static void come_while_it_is_held(which_lock *which, bool reads)
{
    hub_stage stage;
    hub_peer member;
    holder other;
    room_handle room;

    set_up(&stage);
    hub_peer_join(&member, &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&member, "{\"type\":\"hello\"");
    room = find(&stage, "/lobby");
    hold(&other, which(&stage));
    expect_refused_socket(&stage);
    expect_refused_stream(&stage);
    expect_refused_poll(&stage);
    expect_refused_workers(&stage, reads);
    hub_peer_say(&member, SAID);
    hub_peer_expect_text(&member, UNAVAILABLE);
    let_go(&other);
    assert_int_equal(room_member_count(stage.store, room), 1);
    hub_peer_say(&member, SAID);
    hub_peer_expect_text(&member, "{\"type\":\"message\"");
    hub_peer_expect_text(&member, "{\"type\":\"ack\",\"ref\":\"r\"");
    hub_peer_leave(&member);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    tear_down(&stage);
}

static void test_x12_who_comes_is_told_room(void **state)
{
    (void)state;
    come_while_it_is_held(lock_of_room, false);
}

static void test_x12_who_comes_is_told_members(void **state)
{
    (void)state;
    come_while_it_is_held(lock_of_members, true);
}

static int64_t cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* News that cannot be read are looked for again at the sweep, not at once. */
static void test_x12_the_loop_does_not_spin(void **state)
{
    hub_stage stage;
    hub_peer member;
    holder other;
    room_item *item;
    room_handle room;
    int64_t start;
    int64_t used;

    (void)state;
    set_up(&stage);
    hub_peer_join(&member, &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&member, "{\"type\":\"hello\"");
    room = find(&stage, "/lobby");
    item = &stage.store->items[room.index];
    hold(&other, &item->lock);
    atomic_fetch_add(&item->published, 1); /* as if something was said */
    HUB_STAGE_WAIT(atomic_load(&item->lock.stuck) != 0);
    start = base_clock_mono();
    used = cpu_us();
    HUB_STAGE_WAIT(base_clock_mono() - start > 1000000);
    assert_in_range(cpu_us() - used, 0, (base_clock_mono() - start) / 4);
    atomic_fetch_sub(&item->published, 1);
    let_go(&other);
    assert_int_equal(hub_stage_publish(&stage, "/lobby", 2, "y", NULL).error,
                     CHAT_OK);
    hub_peer_expect_text(&member, "{\"type\":\"message\"");
    hub_peer_leave(&member);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    tear_down(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_x12_leaving_is_not_forgotten_room),
        cmocka_unit_test(test_x12_leaving_is_not_forgotten_members),
        cmocka_unit_test(test_x12_who_comes_is_told_room),
        cmocka_unit_test(test_x12_who_comes_is_told_members),
        cmocka_unit_test(test_x12_the_loop_does_not_spin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
