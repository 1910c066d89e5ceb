/* test_relay_hosts.c - who is in a room that several hosts have, when one of
 * them or their Redis is gone for a while, or says what makes no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "relay_hosts.h"
#include "room/people/room_people.h"
#include "room/relay/room_reader.h"

#define ANN 0xa1
#define BOB 0xb0b
#define EVE 0xe5e

static bool moderates(const relay_hosts_one *host, uint64_t user)
{
    room_member member;

    return room_member_find(host->segment.store, host->room, user, &member)
               == ROOM_OK
           && member.moderator;
}

/* As a cut of the network does. */
static void test_both_connections_go_at_once(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->b, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_leave(&it->a, ANN, false);
    relay_hosts_leave(&it->b, ANN, false);
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->a), 1);
    assert_int_equal(relay_hosts_members(&it->b), 1);
    relay_hosts_join(&it->b, ANN, "Ann", false, false);
    relay_hosts_pass(it, 15);
    assert_int_equal(relay_hosts_members(&it->a), 1);
    relay_hosts_leave(&it->b, ANN, false);
    relay_hosts_pass(it, 15);
    assert_int_equal(relay_hosts_members(&it->a), 0);
    assert_int_equal(relay_hosts_members(&it->b), 0);
    assert_int_equal(relay_hosts_fields(), 0);
}

static void test_a_host_dies(void **state)
{
    relay_hosts_pair *it = *state;
    char command[60];
    relay_answer answer = RELAY_ANSWER_INIT;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->a, BOB, "Bob", false, false);
    relay_hosts_join(&it->b, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->b), 2);
    relay_hosts_lose(&it->a);
    relay_hosts_pass(it, 10);
    assert_int_equal(relay_hosts_members(&it->b), 2);
    relay_hosts_pass(it, 12);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "");
    assert_string_equal(relay_hosts_name(&it->b, BOB), "Bob");
    /* who looks later does not find them either */
    snprintf(command, sizeof(command), "HSET chatws:hosts %s 1000", it->a.id);
    relay_hosts_ask(command, &answer);
    relay_hosts_lose(&it->b);
    relay_hosts_find(&it->b);
    assert_int_equal(relay_hosts_members(&it->b), 1);
    assert_int_equal(relay_hosts_fields(), 1);
    relay_answer_free(&answer);
    /* and it comes back */
    relay_hosts_find(&it->a);
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "Ann");
}

static void test_redis_is_away_for_a_while(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->a, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_lose(&it->a);
    relay_hosts_lose(&it->b);
    relay_hosts_pass(it, 100);
    assert_int_equal(relay_hosts_members(&it->b), 2);
    relay_hosts_leave(&it->a, BOB, false);
    relay_hosts_join(&it->a, EVE, "Eve", true, false);
    relay_hosts_find(&it->b);
    relay_hosts_find(&it->a);
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "Ann");
    assert_string_equal(relay_hosts_name(&it->b, BOB), "");
    assert_string_equal(relay_hosts_name(&it->b, EVE), "Eve");
}

/* Nobody leaves for it. */
static void test_redis_loses_all(void **state)
{
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;
    uint64_t version;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    version = room_member_version(it->b.segment.store, it->b.room);
    relay_hosts_lose(&it->b);
    relay_hosts_ask("FLUSHALL", &answer);
    relay_hosts_find(&it->b);
    relay_hosts_pass(it, 16); /* until then the other one has found out */
    assert_int_equal(relay_hosts_fields(), 1);
    relay_hosts_pass(it, 10);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "Ann");
    assert_int_equal(room_member_version(it->b.segment.store, it->b.room),
                     version);
    /* what nobody tells again is gone, but not at once */
    relay_hosts_ask("DEL " HOSTS_PEOPLE, &answer);
    relay_hosts_lose(&it->b);
    relay_hosts_find(&it->b);
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "Ann");
    relay_hosts_lose(&it->a);
    relay_hosts_pass(it, 20);
    assert_string_equal(relay_hosts_name(&it->b, ANN), "");
    relay_answer_free(&answer);
}

/* Another child's reader takes over. */
static void test_a_reader_follows_a_reader(void **state)
{
    relay_hosts_pair *it = *state;
    room_store *store = it->b.segment.store;

    relay_hosts_join(&it->a, ANN, "Ann", false, true);
    relay_hosts_join(&it->b, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_lose(&it->b);
    relay_others_destroy(it->b.others);
    it->b.one.people = NULL;
    room_reader_resign(store);
    assert_true(room_reader_elect(store) && room_reader_part(store));
    it->b.others = relay_others_create(&it->b.bus);
    relay_hosts_find(&it->b);
    for (int i = 0; i < 15; i++) {
        assert_int_equal(relay_hosts_members(&it->b), 2);
        relay_hosts_pass(it, 1);
    }
    assert_true(moderates(&it->b, ANN));
    assert_int_equal(relay_hosts_fields(), 2);
    relay_hosts_leave(&it->a, ANN, true);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->b), 1);
}

/* Whoever leaves meanwhile is not taken for one of this host's own. */
static void test_who_leaves_between_two_readers(void **state)
{
    relay_hosts_pair *it = *state;
    room_store *store = it->b.segment.store;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->b, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_lose(&it->b);
    relay_others_destroy(it->b.others);
    it->b.one.people = NULL;
    room_reader_resign(store);
    relay_hosts_leave(&it->a, ANN, false);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_fields(), 1);
    assert_true(room_reader_elect(store) && room_reader_part(store));
    it->b.others = relay_others_create(&it->b.bus);
    relay_hosts_find(&it->b);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_fields(), 1);
    assert_int_equal(relay_hosts_members(&it->a), 1);
}

static void test_garbage_harms_nobody(void **state)
{
    static const char *const lines[] = {
        "P", "P ", "P x\n+", "P 0000000000000002\n+0000000000000007 {}",
        "P 0000000000000003\n\n\n+\n-\n+7 {\"n\":\"x\"}\n-zz",
        "P 0000000000000003\n+0000000000000007 {\"n\":\"\\u0001\"}",
        "P 0000000000000003\n-0000000000000009\n",
    };
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        relay_hosts_publish("chatws:{site/chat/lobby}", lines[i]);
    }
    relay_hosts_ask("HSET chatws:hosts 0000000000000004 9999999999999 x y",
                    &answer);
    relay_hosts_ask("HSET " HOSTS_PEOPLE " x y 0000000000000004/7 {} "
                    "0000000000000004/0000000000000007 {\"n\":7} / z",
                    &answer);
    relay_hosts_lose(&it->a);
    relay_hosts_find(&it->a);
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 15);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(relay_hosts_members(it->both[i]), 1);
        assert_string_equal(relay_hosts_name(it->both[i], ANN), "Ann");
    }
    relay_answer_free(&answer);
}

/* Somebody has stopped with the members' lock, which is that of all rooms. */
typedef struct {
    room_store *store;
    atomic_int turn;
} holding;

static void *hold(void *context)
{
    holding *it = context;

    assert_true(room_people_enter(it->store));
    atomic_store(&it->turn, 1);
    while (atomic_load(&it->turn) != 2) {
        (void)poll(NULL, 0, 5);
    }
    room_people_leave(it->store);
    return NULL;
}

static void test_a_stuck_lock_costs_one_wait(void **state)
{
    relay_hosts_pair *it = *state;
    holding stuck = { .store = it->b.segment.store };
    pthread_t thread;
    int64_t began;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->a, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->b), 2);
    assert_int_equal(pthread_create(&thread, NULL, hold, &stuck), 0);
    while (atomic_load(&stuck.turn) != 1) {
        (void)poll(NULL, 0, 5);
    }
    relay_hosts_leave(&it->a, ANN, false);
    relay_hosts_leave(&it->a, BOB, false);
    relay_hosts_join(&it->a, EVE, "Eve", true, false);
    relay_others_tick(it->a.others, base_clock_mono() + 2000000);
    began = base_clock_mono();
    relay_hosts_settle(it->both, 2);
    assert_in_range(base_clock_mono() - began, 1, 3 * 1900000);
    atomic_store(&stuck.turn, 2);
    pthread_join(thread, NULL);
    assert_int_equal(relay_hosts_members(&it->b), 2);
    /* nobody stays for it */
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->b, EVE), "Eve");
    relay_hosts_pass(it, 25);
    assert_int_equal(relay_hosts_members(&it->b), 1);
}

/* A look is asked for, and what is heard before it comes is newer. */
static void test_a_look_is_older_than_what_was_heard(void **state)
{
    relay_hosts_pair *it = *state;
    char text[100];

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->a, BOB, "Bob", false, false);
    relay_hosts_pass(it, 3);
    snprintf(text, sizeof(text), "P %s\n-00000000000000a1\n"
             "+0000000000000e5e {\"n\":\"Eve\",\"t\":5}", it->a.id);
    relay_others_live(it->b.others, &it->b.one); /* asks */
    relay_others_hear_room(it->b.others, &it->b.one, text, strlen(text));
    relay_hosts_settle(&it->both[1], 1); /* its answer still has Ann */
    assert_string_equal(relay_hosts_name(&it->b, ANN), "");
    assert_string_equal(relay_hosts_name(&it->b, BOB), "Bob");
    assert_string_equal(relay_hosts_name(&it->b, EVE), "Eve");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                         \
    cmocka_unit_test_setup_teardown(name, relay_hosts_setup, \
                                    relay_hosts_teardown)
        TEST(test_both_connections_go_at_once),
        TEST(test_a_host_dies),
        TEST(test_redis_is_away_for_a_while),
        TEST(test_redis_loses_all),
        TEST(test_a_reader_follows_a_reader),
        TEST(test_who_leaves_between_two_readers),
        TEST(test_garbage_harms_nobody),
        TEST(test_a_stuck_lock_costs_one_wait),
        TEST(test_a_look_is_older_than_what_was_heard),
    };
    int failed;

    if (!relay_hosts_start()) {
        return 77; /* there is no redis-server */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    relay_hosts_stop();
    return failed;
}
