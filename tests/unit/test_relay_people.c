/* test_relay_people.c - who is in a room that several hosts have: what they
 * tell each other through a real Redis.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "relay/people/relay_name.h"
#include "relay/people/relay_sanction.h"
#include "relay_hosts.h"
#include "room/people/room_typing.h"

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

static void test_who_comes_is_everywhere(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, ANN, "Ann", false, true);
    relay_hosts_join(&it->b, EVE, "guest-0000", true, false);
    relay_hosts_pass(it, 3);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(relay_hosts_name(it->both[i], ANN), "Ann");
        assert_string_equal(relay_hosts_name(it->both[i], EVE), "guest-0000");
        assert_int_equal(relay_hosts_members(it->both[i]), 2);
        assert_true(moderates(it->both[i], ANN));
        assert_false(moderates(it->both[i], EVE));
    }
    assert_int_equal(relay_hosts_fields(), 2);
    relay_hosts_leave(&it->a, ANN, true);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->a), 1);
    assert_int_equal(relay_hosts_members(&it->b), 1);
    assert_int_equal(relay_hosts_fields(), 1);
}

/* For a ban of the address. */
static void test_a_guests_address_goes_along(void **state)
{
    relay_hosts_pair *it = *state;
    room_member member;

    relay_hosts_join(&it->a, EVE, "guest-0000", true, false);
    relay_hosts_pass(it, 3);
    assert_int_equal(room_member_find(it->b.segment.store, it->b.room, EVE,
                                      &member), ROOM_OK);
    assert_int_equal(member.address, EVE + 1);
}

static void test_what_has_not_changed_is_not_told(void **state)
{
    relay_hosts_pair *it = *state;
    unsigned orders;
    unsigned heard;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    heard = it->a.heard;
    orders = it->a.orders + it->b.orders;
    for (int i = 0; i < 3; i++) {
        relay_hosts_pass(it, 3);
    }
    assert_int_equal(it->a.heard, heard);
    assert_in_range(it->a.orders + it->b.orders, orders, orders + 1);
}

static void test_what_is_told_has_a_lease(void **state)
{
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_ask("PEXPIRE " HOSTS_PEOPLE " 1000", &answer);
    relay_hosts_pass(it, 91);
    relay_hosts_ask("PTTL " HOSTS_PEOPLE, &answer);
    assert_in_range(relay_answer_number(&answer, 0), 290000, 300000);
    relay_answer_free(&answer);
}

static void test_two_hosts_with_one_user(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_join(&it->b, ANN, "Ann", false, true);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->a), 1);
    assert_true(moderates(&it->a, ANN));
    assert_int_equal(relay_hosts_fields(), 2);
    /* neither makes the other's connection a moderator's for good */
    relay_hosts_join(&it->b, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_leave(&it->b, ANN, true);
    relay_hosts_pass(it, 3);
    assert_false(moderates(&it->a, ANN));
    assert_false(moderates(&it->b, ANN));
    relay_hosts_leave(&it->b, ANN, false);
    relay_hosts_pass(it, 20);
    assert_int_equal(relay_hosts_members(&it->b), 1);
    relay_hosts_leave(&it->a, ANN, false);
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->a), 0);
    assert_int_equal(relay_hosts_members(&it->b), 0);
    assert_int_equal(relay_hosts_fields(), 0);
}

static void test_a_thousand(void **state)
{
    relay_hosts_pair *it = *state;
    char name[20];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        relay_hosts_join(&it->a, 1000 + i, name, i % 2 == 0, false);
    }
    it->a.orders = 0;
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->b), 1000);
    assert_string_equal(relay_hosts_name(&it->b, 1999), "user999");
    assert_in_range(it->a.orders, 2, 4);
    for (unsigned i = 0; i < 999; i++) {
        relay_hosts_leave(&it->a, 1000 + i, false);
    }
    relay_hosts_pass(it, 3);
    assert_int_equal(relay_hosts_members(&it->b), 1);
    assert_int_equal(relay_hosts_fields(), 1);
}

/* -------------------------------------------------------------- the names */

static void rename_on(relay_hosts_one *host, uint64_t user, const char *name)
{
    chat_person who = { .user = user, .guest = true };
    room_member member;

    chat_person_set_name(&who, name, strlen(name));
    relay_name_member(host->segment.store, &who, &member);
    assert_int_equal(room_member_rename(host->segment.store, host->room,
                                        &member), ROOM_OK);
}

static void test_a_new_name_is_told(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, EVE, "guest-0000", true, false);
    relay_hosts_pass(it, 3);
    rename_on(&it->a, EVE, "Eve");
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->b, EVE), "Eve");
    /* also by the host where the second connection is */
    relay_hosts_join(&it->b, EVE, "guest-0000", true, false);
    relay_hosts_pass(it, 3);
    rename_on(&it->b, EVE, "Evelyn");
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->a, EVE), "Evelyn");
}

/* Both choose at once: all agree in the end, and are silent then. */
static void test_two_new_names_at_once(void **state)
{
    relay_hosts_pair *it = *state;
    unsigned heard;

    relay_hosts_join(&it->a, EVE, "guest-0000", true, false);
    relay_hosts_join(&it->b, EVE, "guest-0000", true, false);
    relay_hosts_pass(it, 3);
    rename_on(&it->a, EVE, "One");
    rename_on(&it->b, EVE, "Two");
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 3);
    assert_string_equal(relay_hosts_name(&it->a, EVE),
                        relay_hosts_name(&it->b, EVE));
    heard = it->a.heard;
    for (int i = 0; i < 3; i++) {
        relay_hosts_pass(it, 3);
    }
    assert_int_equal(it->a.heard, heard);
}

static void test_a_guest_gives_way(void **state)
{
    relay_hosts_pair *it = *state;
    const char *name;

    relay_hosts_join(&it->b, EVE, "Ann", true, false);
    relay_hosts_join(&it->a, ANN, "Ann", false, false);
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 3);
    for (int i = 0; i < 2; i++) {
        name = relay_hosts_name(it->both[i], EVE);
        assert_string_equal(relay_hosts_name(it->both[i], ANN), "Ann");
        assert_memory_equal(name, "guest-", 6);
    }
}

/* The one with the higher number takes its default name. */
static void test_two_guests_with_one_name(void **state)
{
    relay_hosts_pair *it = *state;

    relay_hosts_join(&it->a, BOB, "Kim", true, false);
    relay_hosts_join(&it->b, EVE, "Kim", true, false);
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 3);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(relay_hosts_name(it->both[i], BOB), "Kim");
        assert_memory_equal(relay_hosts_name(it->both[i], EVE), "guest-", 6);
    }
}

static void join_called(relay_hosts_one *host, uint64_t user, const char *id)
{
    chat_person who = { .user = user };
    room_member member;

    chat_person_set_name(&who, "Kim", 3);
    chat_person_set_id(&who, id, strlen(id));
    relay_name_member(host->segment.store, &who, &member);
    assert_int_equal(room_member_join(host->segment.store, host->room,
                                      host->slot, &member, NULL), ROOM_OK);
}

static void test_two_users_with_one_name(void **state)
{
    relay_hosts_pair *it = *state;

    join_called(&it->a, EVE, "eve");
    join_called(&it->b, BOB, "bob");
    relay_hosts_pass(it, 3);
    relay_hosts_pass(it, 3);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(relay_hosts_name(it->both[i], BOB), "Kim");
        assert_string_equal(relay_hosts_name(it->both[i], EVE), "Kim (eve)");
    }
}

/* --------------------------------------------------------------- the rest */

static void test_typing_is_noted(void **state)
{
    relay_hosts_pair *it = *state;
    uint64_t seen = 0;
    uint64_t users[ROOM_TYPING_MOST];

    relay_hosts_publish("chatws:{site/chat/lobby}", "T 0000000000000e5e");
    relay_hosts_publish("chatws:{site/chat/lobby}", "T 0000000000000e5e");
    relay_hosts_publish("chatws:{site/chat/lobby}", "T e5e");
    relay_hosts_publish("chatws:{site/chat/lobby}", "T");
    relay_hosts_settle(it->both, 2);
    assert_int_equal(room_typing_take(it->b.segment.store, it->b.room, &seen,
                                      users), 1);
    assert_int_equal(users[0], EVE);
}

static void test_the_realm_is_told(void **state)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    char command[100];
    relay_hosts_pair *it = *state;

    relay_hosts_pass(it, 3);
    snprintf(command, sizeof(command),
             "ZRANGEBYLEX chatws:realm:0000000000001234:%lld - +",
             (long long)(base_clock_wall() / RELAY_SANCTION_PERIOD_MS));
    relay_hosts_ask(command, &answer);
    assert_int_equal(relay_answer_count(&answer), 1);
    assert_true(relay_answer_is(&answer, 0, HOSTS_ROOM));
    relay_answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                         \
    cmocka_unit_test_setup_teardown(name, relay_hosts_setup, \
                                    relay_hosts_teardown)
        TEST(test_who_comes_is_everywhere),
        TEST(test_a_guests_address_goes_along),
        TEST(test_what_has_not_changed_is_not_told),
        TEST(test_what_is_told_has_a_lease),
        TEST(test_two_hosts_with_one_user),
        TEST(test_a_thousand),
        TEST(test_a_new_name_is_told),
        TEST(test_two_new_names_at_once),
        TEST(test_a_guest_gives_way),
        TEST(test_two_guests_with_one_name),
        TEST(test_two_users_with_one_name),
        TEST(test_typing_is_noted),
        TEST(test_the_realm_is_told),
    };
    int failed;

    if (!relay_hosts_start()) {
        return 77; /* there is no redis-server */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    relay_hosts_stop();
    return failed;
}
