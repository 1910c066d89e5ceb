/* test_act_health.c - what the figures say: each part when it is well, and at
 * the number from which it is not; the worst stands first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "act/act_count.h"
#include "act/control/act_health.h"

/* A server that is well, to be changed by a test. */
typedef struct {
    room_store_figures store;
    uint64_t counts[ACT_COUNTS];
    room_archive_figures archive;
    relay_figures relay;
    act_health_input now;
} patient;

static void be_well(patient *of)
{
    memset(of, 0, sizeof(*of));
    of->store = (room_store_figures){ .pages = 1000, .pages_free = 500,
                                      .rooms = 100, .rooms_used = 10,
                                      .cells = 200, .cells_free = 100 };
    of->counts[ACT_COUNT_CONNECTIONS] = 10;
    of->archive = (room_archive_figures){ .on = true, .writes = 1 };
    of->relay = (relay_figures){ .on = true, .connected = true, .hosts = 2,
                                 .lag_us = 1000 };
    of->now = (act_health_input){ .store = &of->store, .counts = of->counts,
                                  .archive = &of->archive,
                                  .relay = &of->relay, .children = 2,
                                  .connections_limit = 1000,
                                  .uptime = 3600 };
}

/* The finding of a part; its sentence is whole. */
static act_health_finding find(const patient *of, const char *code)
{
    act_health_finding found[ACT_HEALTH_MOST];
    size_t count = act_health_find(&of->now, found);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(found[i].code, code) == 0) {
            size_t size = strlen(found[i].text);

            assert_true(size > 0 && size + 1 < sizeof(found[i].text));
            assert_int_equal(found[i].text[size - 1], '.');
            return found[i];
        }
    }
    fail_msg("nothing about %s", code);
    return found[0];
}

static void expect(const patient *of, const char *code, act_health_level level,
                   const char *text)
{
    act_health_finding found = find(of, code);

    assert_int_equal(found.level, level);
    if (!strstr(found.text, text)) {
        fail_msg("%s: not in: %s", text, found.text);
    }
}

#define BAD ACT_HEALTH_BAD
#define WARN ACT_HEALTH_WARN
#define OK ACT_HEALTH_OK

static void test_well(void **state)
{
    act_health_finding found[ACT_HEALTH_MOST];
    patient of;

    (void)state;
    be_well(&of);
    assert_int_equal(act_health_find(&of.now, found), ACT_HEALTH_MOST);
    for (size_t i = 0; i < ACT_HEALTH_MOST; i++) {
        assert_int_equal(found[i].level, OK);
        assert_non_null(strstr(found[i].doc, ".md#"));
        (void)find(&of, found[i].code);
    }
    assert_string_equal(act_health_name(OK), "ok");
    assert_string_equal(act_health_name(WARN), "warn");
    assert_string_equal(act_health_name(BAD), "bad");
}

/* What there is not is not told of. */
static void test_parts(void **state)
{
    act_health_finding found[ACT_HEALTH_MOST];
    patient of;

    (void)state;
    be_well(&of);
    of.now.archive = NULL;
    of.now.relay = NULL;
    assert_int_equal(act_health_find(&of.now, found), ACT_HEALTH_MOST - 2);
    of.now.store = NULL;
    of.now.counts = NULL;
    of.now.archive = &of.archive;
    of.now.relay = &of.relay;
    assert_int_equal(act_health_find(&of.now, found), 2);
    assert_string_equal(found[0].code, "segment");
    assert_int_equal(found[0].level, BAD);
    assert_string_equal(found[1].code, "limits");
}

static void test_order(void **state)
{
    act_health_finding found[ACT_HEALTH_MOST];
    patient of;

    (void)state;
    be_well(&of);
    of.now.forks = true;
    of.relay.connected = false;
    of.store.pages_free = 10;
    assert_int_equal(act_health_find(&of.now, found), ACT_HEALTH_MOST);
    assert_string_equal(found[0].code, "redis");
    assert_string_equal(found[1].code, "segment");
    assert_string_equal(found[2].code, "limits");
    assert_string_equal(found[3].code, "rooms");
    assert_int_equal(found[0].level, BAD);
    assert_int_equal(found[2].level, WARN);
    assert_int_equal(found[3].level, OK);
}

static void test_memory(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.store.pages_free = 50;
    expect(&of, "segment", OK, "5 %");
    of.store.pages_free = 49;
    expect(&of, "segment", WARN, "4 %");
    of.store.pages_free = 500;
    of.store.evicted = 7;
    expect(&of, "segment", WARN, "7 messages");
    of.store.cells_free = 10;
    expect(&of, "members", OK, "5 %");
    of.store.cells_free = 9;
    expect(&of, "members", WARN, "ChatSharedMemory");
}

static void test_rooms(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.store.rooms_used = 89;
    of.store.rooms_full = 3;
    expect(&of, "rooms", OK, "89 of 100");
    of.store.rooms_used = 90;
    expect(&of, "rooms", WARN, "ChatMaxRooms");
    of.store.rooms_used = 100;
    expect(&of, "rooms", BAD, "3 new ones");
    of.store.rooms_full = 0;
    expect(&of, "rooms", WARN, "100 of 100");
}

static void test_descriptors(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.counts[ACT_COUNT_CONNECTIONS] = 799;
    expect(&of, "descriptors", OK, "799");
    of.counts[ACT_COUNT_CONNECTIONS] = 800;
    expect(&of, "descriptors", WARN, "800 connections are open of 1000");
    of.counts[ACT_COUNT_CLOSED_DESCRIPTORS] = 4;
    of.counts[ACT_COUNT_CONNECTIONS] = 899;
    expect(&of, "descriptors", WARN, "899");
    of.counts[ACT_COUNT_CONNECTIONS] = 900;
    expect(&of, "descriptors", BAD, "4 connections were closed");
    of.counts[ACT_COUNT_CONNECTIONS] = 10;
    of.counts[ACT_COUNT_REFUSED_FULL] = 5;
    expect(&of, "descriptors", WARN, "9 connections were refused or closed");
    of.counts[ACT_COUNT_CLOSED_DESCRIPTORS] = 0;
    of.counts[ACT_COUNT_REFUSED_FULL] = 0;
    of.now.connections_limit = 0; /* nobody has told */
    expect(&of, "descriptors", OK, "10 connections are open.");
}

static void test_children(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.store.repairs = 2;
    expect(&of, "children", WARN, "2 times");
    of.now.children = 0;
    expect(&of, "children", BAD, "No child");
    of.counts[ACT_COUNT_CONNECTIONS] = 0;
    of.store.repairs = 0;
    expect(&of, "children", OK, "0 children");
}

static void test_archive(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.archive.lag_messages = 12;
    of.archive.lag_us = 9999999;
    expect(&of, "archive", OK, "12 messages");
    of.archive.lag_us = 10000000;
    expect(&of, "archive", BAD, "10 s");
    of.archive.lag_us = 0;
    of.archive.errors = 3;
    expect(&of, "archive", WARN, "3 errors");
    of.archive.lost = 4;
    expect(&of, "archive", WARN, "4 messages");
    of.archive.writes = 0; /* another host does */
    expect(&of, "archive", WARN, "4 messages");
    of.now.relay = NULL;
    expect(&of, "archive", BAD, "Nobody writes");
    of.now.uptime = 15;
    expect(&of, "archive", WARN, "4 messages");
}

static void test_redis(void **state)
{
    patient of;

    (void)state;
    be_well(&of);
    of.relay.lag_us = -1;
    expect(&of, "redis", OK, "2 others");
    of.relay.lag_us = 999999;
    expect(&of, "redis", OK, "2 others");
    of.relay.lag_us = 1000000;
    expect(&of, "redis", WARN, "1000 ms");
    of.relay.connected = false;
    expect(&of, "redis", BAD, "Redis is away");
}

/* The longest sentences with the largest numbers are whole. */
static void test_large(void **state)
{
    act_health_finding found[ACT_HEALTH_MOST];
    patient of;

    (void)state;
    be_well(&of);
    memset(&of.store, 0xff, sizeof(of.store));
    memset(of.counts, 0xff, sizeof(of.counts));
    of.store.pages = of.store.cells = 1;
    of.now.connections_limit = UINT64_MAX;
    of.now.forks = true;
    of.archive.lag_us = of.relay.lag_us = INT64_MAX;
    of.archive.lag_messages = UINT64_MAX;
    assert_int_equal(act_health_find(&of.now, found), ACT_HEALTH_MOST);
    for (size_t i = 0; i < ACT_HEALTH_MOST; i++) {
        (void)find(&of, found[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_archive),
        cmocka_unit_test(test_redis),
        cmocka_unit_test(test_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
