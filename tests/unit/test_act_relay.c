/* test_act_relay.c - act_await.h and act_room.h: what a POST waits for where
 * several hosts are one chat, and how its rooms are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "act/relay/act_await.h"
#include "relay_double.h"
#include "room/log/room_log.h"
#include "room/relay/room_relay.h"

/* A POST on a thread of its own. */
typedef struct {
    hub_stage *stage;
    const char *ref;
    pthread_t thread;
    _Atomic bool over;
    act_result done;
} posting;

static void *post(void *context)
{
    posting *it = context;

    it->done = hub_stage_publish(it->stage, RELAY_DOUBLE_ROOM, 1, "x",
                                 it->ref);
    it->over = true;
    return NULL;
}

static void begin(posting *it, hub_stage *stage, const char *ref)
{
    *it = (posting){ .stage = stage, .ref = ref };
    assert_int_equal(pthread_create(&it->thread, NULL, post, it), 0);
}

static room_handle room_of(const hub_stage *stage)
{
    char key[ACT_KEY_MOST];
    room_handle room;

    assert_int_equal(room_table_find(stage->store, key,
                                     hub_stage_key(key, RELAY_DOUBLE_ROOM),
                                     &room), ROOM_OK);
    return room;
}

/* It is answered when the room has it. */
static void test_comes_by(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    posting one;

    (void)state;
    relay_double_hide(r, true);
    begin(&one, &stage, "one");
    HUB_STAGE_WAIT(relay_double_answered(r) == 1);
    assert_false(one.over);
    relay_double_hide(r, false);
    pthread_join(one.thread, NULL);
    assert_int_equal(one.done.error, CHAT_OK);
    assert_false(one.done.repeated);
    assert_true(room_relay_has(stage.store, room_of(&stage), &one.done.id));
    relay_double_close(r, &stage);
}

/* The relay has lost it: what comes by is later. */
static void test_lost(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    posting one;
    act_result two;
    int64_t lost;

    (void)state;
    relay_double_hide(r, true);
    begin(&one, &stage, "one");
    HUB_STAGE_WAIT(relay_double_answered(r) == 1);
    lost = base_clock_wall();
    HUB_STAGE_WAIT(base_clock_wall() > lost); /* for another id */
    relay_double_drop(r, true);
    relay_double_hide(r, false);
    two = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", "two");
    assert_int_equal(two.error, CHAT_OK);
    pthread_join(one.thread, NULL);
    assert_int_equal(one.done.error, CHAT_UNAVAILABLE);
    assert_true(one.done.retry > 0);
    relay_double_close(r, &stage);
}

/* The same ref again, while the first one is on its way. */
static void test_resend(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    posting one;
    posting two;

    (void)state;
    relay_double_hide(r, true);
    begin(&one, &stage, "one");
    HUB_STAGE_WAIT(relay_double_answered(r) == 1);
    begin(&two, &stage, "one");
    HUB_STAGE_WAIT(relay_double_answered(r) == 2);
    assert_false(two.over);
    relay_double_hide(r, false);
    pthread_join(one.thread, NULL);
    pthread_join(two.thread, NULL);
    assert_int_equal(two.done.error, CHAT_OK);
    assert_true(two.done.repeated);
    assert_int_equal(room_id_compare(&one.done.id, &two.done.id), 0);
    relay_double_close(r, &stage);
}

/* Neither an order nor a record is waited for longer than ACT_AWAIT_US. */
static void wait_in_vain(bool held)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    int64_t start = base_clock_mono();
    act_result done;

    relay_double_hide(r, !held);
    relay_double_hold(r, held);
    done = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", NULL);
    assert_in_range(base_clock_mono() - start, ACT_AWAIT_US - 100000,
                    ACT_AWAIT_US + 20000000);
    assert_int_equal(done.error, CHAT_UNAVAILABLE);
    assert_true(done.retry > 0);
    assert_null(done.order);
    relay_double_close(r, &stage);
}

static void test_in_vain(void **state)
{
    (void)state;
    wait_in_vain(true);
    wait_in_vain(false);
}

static void test_away(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    act_result done;

    (void)state;
    relay_double_refuse(r, "AWAY", 1);
    done = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", NULL);
    assert_int_equal(done.error, CHAT_UNAVAILABLE);
    assert_int_equal(done.size, 0);
    done = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", NULL);
    assert_int_equal(done.error, CHAT_OK);
    relay_double_close(r, &stage);
}

/* The room is given away while the relay has the order. */
static void test_evicted(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    room_handle before = room_of(&stage);
    room_handle other;
    posting one;
    char key[ACT_KEY_MOST];
    char path[20];
    int made = 0;

    (void)state;
    relay_double_hide(r, true);
    relay_double_hold(r, true);
    begin(&one, &stage, "one");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    do {
        assert_in_range(made, 0, 1000);
        snprintf(path, sizeof(path), "/%d", made++);
        assert_int_equal(room_table_open(stage.store, key,
                                         hub_stage_key(key, path), 1, 1,
                                         base_clock_now(), &other), ROOM_OK);
    } while (other.index != before.index);
    relay_double_hold(r, false);
    pthread_join(one.thread, NULL);
    assert_int_equal(one.done.error, CHAT_OK);
    assert_true(one.done.id.ms > 0);
    relay_double_drop(r, true);
    relay_double_close(r, &stage);
}

/* The loop cannot read a room in; and who only asks for one gets a position by
 * the others' clock. */
static void test_rooms(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    room_table_nowhere nowhere;
    room_handle handle;
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key };

    (void)state;
    room.key_size = hub_stage_key(key, "/new");
    assert_int_equal(act_room_open(stage.store, &room, &stage.settings,
                                   &handle), ROOM_UNREAD);
    room.relay = r;
    assert_int_equal(act_room_open(stage.store, &room, &stage.settings,
                                   &handle), ROOM_OK);
    room.relay = NULL;
    assert_int_equal(act_room_open(stage.store, &room, &stage.settings,
                                   &handle), ROOM_OK);
    room.relay = r;
    room.key_size = hub_stage_key(key, "/nobody");
    assert_int_equal(act_room_seek(stage.store, &room, &stage.settings,
                                   &handle, &nowhere), ROOM_ABSENT);
    assert_int_equal(nowhere.complete.ms, 5);
    assert_int_equal(nowhere.newest.ms, 6);
    relay_double_close(r, &stage);
}

/* Where the child has no relay though its rooms need one, nothing is said that
 * others would not hear. */
static void test_without(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    act_result done;

    (void)state;
    stage.relay = NULL;
    done = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", NULL);
    assert_int_equal(done.error, CHAT_UNAVAILABLE);
    stage.relay = r;
    room_store_close(stage.store);
    done = hub_stage_publish(&stage, RELAY_DOUBLE_ROOM, 1, "x", NULL);
    assert_int_equal(done.error, CHAT_UNAVAILABLE);
    assert_true(done.moved);
    assert_int_equal(relay_double_sent(r), 0);
    relay_double_close(r, &stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_by),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_resend),
        cmocka_unit_test(test_in_vain),
        cmocka_unit_test(test_away),
        cmocka_unit_test(test_evicted),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
