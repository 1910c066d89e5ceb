/* test_relay_sanction.c - sanctions, pardons and reports between hosts that
 * share a real Redis, also when one of them was away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "relay/people/relay_agree.h"
#include "relay/people/relay_packed.h"
#include "relay/people/relay_sanction.h"
#include "relay_hosts.h"
#include "room/set/room_notice.h"
#include "room/set/room_rate.h"

#define SECOND INT64_C(1000000)
#define EVE 0xe5e
#define ADDRESS 0xadd
#define ROOM_NAME 0x40
#define EVES "0000000000001234/0000000000000e5e/"

/* What act/ makes for a moderator's word. */
static room_notice notice_of(unsigned kind, int64_t seconds)
{
    room_notice it = { .kind = ROOM_NOTICE_SANCTION, .room = ROOM_NAME,
                       .rest_s = seconds };
    room_sanction *what = &it.what;

    what->kind = kind;
    what->realm = HOSTS_REALM;
    what->scope = kind == ROOM_SANCTION_KICK ? ROOM_NAME : HOSTS_REALM;
    what->whom = kind == ROOM_SANCTION_ADDRESS ? ADDRESS : EVE;
    what->made_us = base_clock_mono();
    what->until_us = seconds > 0 ? what->made_us + seconds * SECOND
                                 : ROOM_SANCTION_FOREVER;
    what->user.user = EVE;
    what->user.guest = 1;
    what->user.name_size = 3;
    memcpy(what->user.name, "Eve", 3);
    what->by.user = 1;
    what->by.name_size = 3;
    memcpy(what->by.name, "Ann", 3);
    what->reason_size = 4;
    memcpy(what->reason, "spam", 4);
    return it;
}

static void agree(relay_hosts_one *host)
{
    static bool failed;

    relay_agree(&host->bus, &failed);
}

static relay_sanction_from from(const relay_hosts_one *host)
{
    return (relay_sanction_from){ host->bus.settings, host->id };
}

static void keep_here(const relay_hosts_one *host, const room_notice *notice)
{
    assert_int_equal(room_sanction_put(host->segment.store, &notice->what,
                                       notice->what.made_us, NULL), ROOM_OK);
}

/* On the host of a moderator. */
static void sanction(relay_hosts_pair *it, relay_hosts_one *host,
                     unsigned kind, int64_t seconds)
{
    room_notice notice = notice_of(kind, seconds);
    relay_sanction_from who = from(host);
    relay_order *order = relay_sanction_keep(&who, NULL, NULL);

    keep_here(host, &notice);
    relay_sanction_add(order, &notice, notice.what.made_us);
    relay_bus_send(&host->bus, order);
    relay_hosts_settle(it->both, 2);
}

static void pardon(relay_hosts_pair *it, relay_hosts_one *host)
{
    room_notice notice = notice_of(ROOM_SANCTION_MUTE, 0);
    relay_sanction_from who = from(host);

    notice.kind = ROOM_NOTICE_PARDON;
    (void)room_sanction_end(host->segment.store, HOSTS_REALM, EVE, 15, NULL);
    relay_bus_send(&host->bus, relay_sanction_pardon(&who, &notice));
    relay_hosts_settle(it->both, 2);
}

/* How long it still holds, in seconds; -1: forever. */
static int64_t holds(const relay_hosts_one *host, unsigned kind)
{
    int64_t now = base_clock_mono();
    int64_t until = room_sanction_until(
        host->segment.store, kind,
        kind == ROOM_SANCTION_KICK ? ROOM_NAME : HOSTS_REALM,
        kind == ROOM_SANCTION_ADDRESS ? ADDRESS : EVE, now);

    return until == ROOM_SANCTION_FOREVER ? -1
           : until == 0 ? 0 : (until - now + SECOND / 2) / SECOND;
}

static bool told(const relay_hosts_one *host, uint64_t *seen,
                 room_notice *notice)
{
    return room_notice_next(host->segment.store, seen, notice);
}

static void test_a_sanction_is_everywhere(void **state)
{
    relay_hosts_pair *it = *state;
    room_notice notice;
    uint64_t seen = 0;

    sanction(it, &it->a, ROOM_SANCTION_MUTE, 600);
    sanction(it, &it->b, ROOM_SANCTION_KICK, 10);
    sanction(it, &it->a, ROOM_SANCTION_BAN, 0);
    for (int i = 0; i < 2; i++) {
        assert_in_range(holds(it->both[i], ROOM_SANCTION_MUTE), 598, 600);
        assert_in_range(holds(it->both[i], ROOM_SANCTION_KICK), 8, 10);
        assert_int_equal(holds(it->both[i], ROOM_SANCTION_BAN), -1);
    }
    assert_true(told(&it->b, &seen, &notice));
    assert_int_equal(notice.kind, ROOM_NOTICE_SANCTION);
    assert_int_equal(notice.what.kind, ROOM_SANCTION_MUTE);
    assert_int_equal(notice.rest_s, 600);
    assert_memory_equal(notice.what.reason, "spam", 4);
    assert_memory_equal(notice.what.by.name, "Ann", 3);
    assert_true(told(&it->b, &seen, &notice));
    assert_int_equal(notice.what.kind, ROOM_SANCTION_BAN);
    assert_false(told(&it->b, &seen, &notice));
    seen = 0; /* what its own moderator says act/ tells */
    assert_true(told(&it->a, &seen, &notice));
    assert_int_equal(notice.what.kind, ROOM_SANCTION_KICK);
    assert_false(told(&it->a, &seen, &notice));
}

static void test_a_ban_with_an_address(void **state)
{
    relay_hosts_pair *it = *state;

    sanction(it, &it->a, ROOM_SANCTION_BAN, 600);
    sanction(it, &it->a, ROOM_SANCTION_ADDRESS, 600);
    assert_in_range(holds(&it->b, ROOM_SANCTION_ADDRESS), 598, 600);
    /* banned again, and not the address */
    sanction(it, &it->a, ROOM_SANCTION_BAN, 700);
    assert_int_equal(holds(&it->b, ROOM_SANCTION_ADDRESS), 0);
    assert_in_range(holds(&it->b, ROOM_SANCTION_BAN), 698, 700);
}

static void test_a_pardon_is_everywhere(void **state)
{
    relay_hosts_pair *it = *state;
    room_notice notice;
    uint64_t seen;

    sanction(it, &it->a, ROOM_SANCTION_BAN, 600);
    sanction(it, &it->a, ROOM_SANCTION_ADDRESS, 600);
    sanction(it, &it->a, ROOM_SANCTION_MUTE, 600);
    seen = room_notice_count(it->a.segment.store);
    pardon(it, &it->b);
    for (unsigned kind = 0; kind <= ROOM_SANCTION_KICK; kind++) {
        assert_int_equal(holds(&it->a, kind), 0);
        assert_int_equal(holds(&it->b, kind), 0);
    }
    assert_true(told(&it->a, &seen, &notice));
    assert_int_equal(notice.kind, ROOM_NOTICE_PARDON);
    assert_int_equal(notice.what.user.user, EVE);
}

/* Two moderators at once: all hosts have the one that Redis got last. */
static void test_two_decide_at_once(void **state)
{
    relay_hosts_pair *it = *state;
    room_notice list[2] = { notice_of(ROOM_SANCTION_MUTE, 100),
                            notice_of(ROOM_SANCTION_MUTE, 900) };

    for (int i = 0; i < 2; i++) {
        relay_sanction_from who = from(it->both[i]);
        relay_order *order = relay_sanction_keep(&who, NULL, NULL);

        keep_here(it->both[i], &list[i]);
        relay_sanction_add(order, &list[i], list[i].what.made_us);
        relay_bus_send(&it->both[i]->bus, order);
    }
    relay_hosts_settle(it->both, 2);
    assert_in_range(holds(&it->a, ROOM_SANCTION_MUTE), 898, 900);
    assert_in_range(holds(&it->b, ROOM_SANCTION_MUTE), 898, 900);
}

static void test_a_host_that_was_away(void **state)
{
    relay_hosts_pair *it = *state;
    room_notice late = notice_of(ROOM_SANCTION_MUTE, 600);

    sanction(it, &it->a, ROOM_SANCTION_BAN, 600);
    relay_hosts_lose(&it->b);
    /* it decides alone, and does not hear of a pardon */
    keep_here(&it->b, &late);
    relay_hosts_pass(it, 1);
    pardon(it, &it->a);
    relay_hosts_find(&it->b);
    relay_hosts_settle(it->both, 2);
    assert_int_equal(holds(&it->b, ROOM_SANCTION_BAN), 0);
    assert_int_equal(holds(&it->b, ROOM_SANCTION_MUTE), 0);
    assert_int_equal(holds(&it->a, ROOM_SANCTION_MUTE), 0);
    /* what came after that holds everywhere then */
    relay_hosts_lose(&it->b);
    relay_hosts_pass(it, 1);
    late = notice_of(ROOM_SANCTION_BAN, 0);
    keep_here(&it->b, &late);
    late = notice_of(ROOM_SANCTION_ADDRESS, 0);
    keep_here(&it->b, &late);
    sanction(it, &it->a, ROOM_SANCTION_MUTE, 300);
    relay_hosts_find(&it->b);
    relay_hosts_settle(it->both, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(holds(it->both[i], ROOM_SANCTION_BAN), -1);
        assert_int_equal(holds(it->both[i], ROOM_SANCTION_ADDRESS), -1);
        assert_in_range(holds(it->both[i], ROOM_SANCTION_MUTE), 298, 300);
    }
}

/* Nothing is offered, or told again, when all agree. */
static void test_agreeing_is_silent(void **state)
{
    relay_hosts_pair *it = *state;
    uint64_t told_before;
    unsigned orders;

    sanction(it, &it->a, ROOM_SANCTION_BAN, 600);
    sanction(it, &it->a, ROOM_SANCTION_ADDRESS, 600);
    sanction(it, &it->b, ROOM_SANCTION_MUTE, 0);
    told_before = room_notice_count(it->b.segment.store);
    orders = it->b.orders;
    agree(&it->b);
    relay_hosts_settle(it->both, 2);
    assert_int_equal(it->b.orders, orders + 1);
    assert_int_equal(room_notice_count(it->b.segment.store), told_before);
}

/* A Redis that has lost all gets it from whoever comes. */
static void test_redis_loses_all(void **state)
{
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;

    sanction(it, &it->a, ROOM_SANCTION_BAN, 600);
    sanction(it, &it->a, ROOM_SANCTION_MUTE, 0);
    relay_hosts_ask("FLUSHALL", &answer);
    agree(&it->b);
    relay_hosts_settle(it->both, 2);
    relay_hosts_ask("HLEN chatws:sanctions", &answer);
    assert_int_equal(relay_answer_number(&answer, 0), 2);
    relay_answer_free(&answer);
}

static void test_what_has_ended_goes(void **state)
{
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;

    relay_hosts_ask("HSET chatws:sanctions " EVES "mute x "
                    EVES "ban 1000~2000~{} " EVES "pardon 1000 y 17", &answer);
    agree(&it->b);
    relay_hosts_settle(it->both, 2);
    relay_hosts_ask("HLEN chatws:sanctions", &answer);
    assert_int_equal(relay_answer_number(&answer, 0), 0);
    relay_answer_free(&answer);
}

static void keep_order(void *reader, relay_order *order)
{
    *(relay_order **)reader = order;
}

/* Nobody is let in then. */
static void test_what_is_refused_is_told(void **state)
{
    relay_hosts_pair *it = *state;
    relay_bus bus = it->a.bus;
    relay_order *order = NULL;
    bool failed = false;

    bus.reader = &order;
    bus.send = keep_order;
    relay_agree(&bus, &failed);
    order->status = RELAY_REFUSED;
    relay_answer_add(&order->answer, "ERR no", 6);
    order->done(order);
    assert_true(failed);
    relay_agree(&bus, &failed);
    order->status = RELAY_OK;
    relay_answer_add(&order->answer, "1795321234567", 13);
    order->done(order);
    assert_false(failed);
}

static void test_a_report_is_told_once(void **state)
{
    relay_hosts_pair *it = *state;
    room_notice notice = notice_of(0, 0);
    relay_sanction_from who = from(&it->a);
    uint64_t seen = 0;

    notice.kind = ROOM_NOTICE_REPORT;
    notice.target = (room_id){ 5, 6 };
    notice.what.whom = 0x77;
    relay_bus_send(&it->a.bus, relay_sanction_report(&who, &notice));
    relay_hosts_settle(it->both, 2);
    assert_false(told(&it->a, &seen, &notice));
    assert_true(told(&it->b, &seen, &notice));
    assert_int_equal(notice.kind, ROOM_NOTICE_REPORT);
    assert_int_equal(notice.room, ROOM_NAME);
    assert_int_equal(notice.target.n, 6);
    assert_true(room_rate_noted(it->b.segment.store, 0x77, base_clock_mono())
                != 0);
}

static void test_garbage_harms_nobody(void **state)
{
    static const char *const texts[] = {
        "S", "S ", "S x", "S x y\nz", "S 0000000000000001 5\n+", "U", "U x\n{}",
        "S 0000000000000009 1000\n+900 0 {}\n-900 0 {\"kind\":\"ban\"}",
        ("S 0000000000000009 99999999999999999999\n+1 0 {\"kind\":\"ban\","
         "\"user\":{\"n\":\"E\"},\"by\":{\"n\":\"A\"}}"),
        "N x\n", "N x\n{\"kind\":\"ban\"}", "Z", "B", "B  ", "",
    };
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        relay_hosts_publish("chatws:hosts", texts[i]);
    }
    relay_hosts_ask("HSET chatws:sanctions a b / / // 5 " EVES "ban 9~0~{} "
                    EVES "mute 99999999999999999999~1 z/z/pardon 5",
                    &answer);
    agree(&it->a);
    relay_hosts_settle(it->both, 2);
    sanction(it, &it->b, ROOM_SANCTION_BAN, 600);
    assert_in_range(holds(&it->a, ROOM_SANCTION_BAN), 598, 600);
    relay_answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                         \
    cmocka_unit_test_setup_teardown(name, relay_hosts_setup, \
                                    relay_hosts_teardown)
        TEST(test_a_sanction_is_everywhere),
        TEST(test_a_ban_with_an_address),
        TEST(test_a_pardon_is_everywhere),
        TEST(test_two_decide_at_once),
        TEST(test_a_host_that_was_away),
        TEST(test_agreeing_is_silent),
        TEST(test_redis_loses_all),
        TEST(test_what_has_ended_goes),
        TEST(test_what_is_refused_is_told),
        TEST(test_a_report_is_told_once),
        TEST(test_garbage_harms_nobody),
    };
    int failed;

    if (!relay_hosts_start()) {
        return 77; /* there is no redis-server */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    relay_hosts_stop();
    return failed;
}
