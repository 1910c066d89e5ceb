/* test_relay_crowd.c - who is in a room as hosts say, which of them are alive,
 * and what they tell each other of persons and sanctions: also what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "relay/people/relay_crowd.h"
#include "relay/people/relay_host.h"
#include "relay/people/relay_packed.h"

#define MANY 3000

static void test_crowd_finds_and_forgets(void **state)
{
    relay_crowd crowd = RELAY_CROWD_INIT;

    (void)state;
    assert_null(relay_crowd_find(&crowd, 7));
    for (uint64_t i = 0; i < MANY; i++) {
        relay_crowd_one *one = relay_crowd_add(&crowd, i << 32);

        assert_non_null(one);
        one->told = i % 3 == 0;
        one->hosts = i % 3 == 1;
    }
    assert_int_equal(crowd.count, MANY);
    relay_crowd_tidy(&crowd);
    assert_int_equal(crowd.count, MANY / 3 * 2);
    for (uint64_t i = 0; i < MANY; i++) {
        const relay_crowd_one *one = relay_crowd_find(&crowd, i << 32);

        assert_int_equal(one != NULL, i % 3 != 2);
        assert_true(!one || one->told == (i % 3 == 0));
    }
    for (size_t i = 0; i < crowd.most; i++) {
        crowd.list[i].told = crowd.list[i].hosts = 0;
    }
    relay_crowd_tidy(&crowd);
    assert_int_equal(crowd.most, 0);
}

static void test_crowd_is_bounded(void **state)
{
    relay_crowd crowd = RELAY_CROWD_INIT;

    (void)state;
    for (uint64_t i = 0; i < RELAY_CROWD_MOST; i++) {
        relay_crowd_one *one = relay_crowd_add(&crowd, i);

        assert_non_null(one);
        one->told = 1;
    }
    assert_null(relay_crowd_add(&crowd, RELAY_CROWD_MOST));
    assert_non_null(relay_crowd_add(&crowd, 5));
    relay_crowd_free(&crowd);
}

static int hear(relay_hosts *hosts, unsigned number, int64_t now)
{
    char id[RELAY_HOST_SIZE + 1];

    snprintf(id, sizeof(id), "%016x", number);
    return relay_host_hear(hosts, id, RELAY_HOST_SIZE, now);
}

static void test_hosts_die_and_come_back(void **state)
{
    relay_hosts hosts = { .alive = 0 };
    int one = hear(&hosts, 1, 0);
    int two = hear(&hosts, 2, RELAY_HOST_DEAD_US / 2);

    (void)state;
    assert_true(one >= 0 && two >= 0 && one != two);
    assert_int_equal(hear(&hosts, 1, 1), one);
    assert_int_equal(relay_host_count(&hosts), 2);
    assert_int_equal(relay_host_bury(&hosts, RELAY_HOST_DEAD_US), 0);
    assert_int_equal(relay_host_bury(&hosts, RELAY_HOST_DEAD_US + 2),
                     UINT64_C(1) << one);
    assert_int_equal(relay_host_count(&hosts), 1);
    relay_host_trust(&hosts, RELAY_HOST_DEAD_US * 5);
    assert_int_equal(relay_host_bury(&hosts, RELAY_HOST_DEAD_US * 6), 0);
    assert_int_equal(relay_host_bury(&hosts, RELAY_HOST_DEAD_US * 6 + 1),
                     UINT64_C(1) << two);
}

static void test_hosts_are_bounded(void **state)
{
    relay_hosts hosts = { .alive = 0 };

    (void)state;
    for (unsigned i = 0; i < RELAY_HOST_MOST; i++) {
        assert_true(hear(&hosts, i, 1) >= 0);
    }
    assert_int_equal(hear(&hosts, RELAY_HOST_MOST, 1), -1);
    assert_true(hear(&hosts, 3, 1) >= 0);
    assert_int_equal(relay_host_hear(&hosts, "000000000000000g",
                                     RELAY_HOST_SIZE, 1), -1);
    assert_int_equal(relay_host_hear(&hosts, "0000", 4, 1), -1);
}

static relay_packed_member member_named(const char *name)
{
    relay_packed_member it = { .named_ms = INT64_C(1795321234567) };

    it.who.user = 0xabc;
    chat_person_set_name(&it.who, name, strlen(name));
    return it;
}

static void write_and_read(const relay_packed_member *from)
{
    base_bytes json = BASE_BYTES_INIT;
    relay_packed_member to;

    relay_packed_write_member(&json, from);
    assert_null(memchr(json.data, '\n', json.len));
    memset(&to, 0xff, sizeof(to));
    assert_true(relay_packed_read_member((const char *)json.data, json.len,
                                         from->who.user, &to));
    assert_int_equal(to.who.user, from->who.user);
    assert_int_equal(to.who.guest, from->who.guest);
    assert_int_equal(to.who.moderator, from->who.moderator);
    assert_string_equal(to.who.name, from->who.name);
    assert_string_equal(to.who.id, from->who.id);
    assert_int_equal(to.address, from->address);
    assert_int_equal(to.named_ms, from->named_ms);
    base_bytes_free(&json);
}

static void test_members_come_as_they_went(void **state)
{
    relay_packed_member it = member_named("Ann \"<\xe2\x98\x83>\" \\n");

    (void)state;
    write_and_read(&it);
    it.who.moderator = true;
    chat_person_set_id(&it.who, "ann", 3);
    write_and_read(&it);
    it = member_named("guest-00ab");
    it.who.guest = true;
    it.address = UINT64_MAX;
    write_and_read(&it);
}

static room_notice notice_of(room_notice_kind kind, unsigned what)
{
    room_notice it = { .kind = kind, .rest_s = 600, .room = 5 };

    it.what.kind = what;
    it.what.realm = 0xfedcba9876543210;
    it.what.scope = 2;
    it.what.whom = 3;
    it.what.address = what == ROOM_SANCTION_BAN;
    it.what.user.user = 3;
    it.what.user.name_size = 3;
    memcpy(it.what.user.name, "Eve", 3);
    it.what.by.user = 4;
    it.what.by.name_size = 3;
    memcpy(it.what.by.name, "Ann", 3);
    it.what.by.id_size = 2;
    memcpy(it.what.by.id, "a1", 2);
    it.what.reason_size = 4;
    memcpy(it.what.reason, "spam", 4);
    if (kind == ROOM_NOTICE_REPORT) {
        it.target = (room_id){ 1795321234567, 8 };
        it.what.user = (room_sanction_person){ .user = 0 };
        it.what.kind = 0;
        it.what.address = 0;
    }
    return it;
}

static void test_notices_come_as_they_went(void **state)
{
    room_notice list[] = {
        notice_of(ROOM_NOTICE_SANCTION, ROOM_SANCTION_MUTE),
        notice_of(ROOM_NOTICE_SANCTION, ROOM_SANCTION_BAN),
        notice_of(ROOM_NOTICE_SANCTION, ROOM_SANCTION_ADDRESS),
        notice_of(ROOM_NOTICE_SANCTION, ROOM_SANCTION_KICK),
        notice_of(ROOM_NOTICE_PARDON, ROOM_SANCTION_MUTE),
        notice_of(ROOM_NOTICE_REPORT, 0),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        base_bytes json = BASE_BYTES_INIT;
        room_notice to;

        relay_packed_write_notice(&json, &list[i]);
        assert_null(memchr(json.data, '\n', json.len));
        assert_true(relay_packed_read_notice((const char *)json.data, json.len,
                                             &to));
        assert_memory_equal(&to, &list[i], sizeof(to));
        base_bytes_free(&json);
    }
}

static void test_garbage_is_nobody(void **state)
{
    static const char *const bad[] = {
        "", "{", "{}", "[]", "null", "{\"n\":\"\"}", "{\"n\":7}",
        "{\"n\":\"a\\u0000b\"}", "{\"n\":\"a\\u0007\"}", "{\"n\":\"\xff\"}",
        "{\"n\":\"a\",\"n\":\"b\"}", "{\"g\":1}", "{\"n\":\"a\"}x",
        "{\"n\":\"a\\ud800\"}",
    };
    char name[200];
    char json[300];
    relay_packed_member out;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(relay_packed_read_member(bad[i], strlen(bad[i]), 1,
                                              &out));
    }
    memset(name, 'x', 129);
    name[129] = '\0';
    snprintf(json, sizeof(json), "{\"n\":\"%s\"}", name);
    assert_false(relay_packed_read_member(json, strlen(json), 1, &out));
    name[128] = '\0';
    snprintf(json, sizeof(json),
             "{\"n\":\"%s\",\"i\":[],\"t\":-1e300,\"a\":\"zz\",\"m\":{}}",
             name);
    assert_true(relay_packed_read_member(json, strlen(json), 1, &out));
    assert_int_equal(out.who.name_size, 128);
    assert_int_equal(out.who.id_size, 0);
    assert_int_equal(out.named_ms, 0);
    assert_int_equal(out.address, 0);
    assert_false(out.who.moderator);
}

static void test_garbage_is_no_notice(void **state)
{
#define BY "\"by\":{\"n\":\"A\"}"
#define USER "\"user\":{\"n\":\"E\"}"
    static const char *const bad[] = {
        "", "{}", "{\"kind\":\"ban\"}", "{\"kind\":\"ban\"," BY "}",
        "{\"kind\":\"bun\"," BY "," USER "}", "{\"kind\":1," BY "," USER "}",
        "{\"kind\":\"report\"," BY "}",
        "{\"kind\":\"report\",\"target\":\"x\"," BY "}",
        "{\"kind\":\"ban\",\"by\":{\"n\":{\"n\":{}}}," USER "}",
        "{\"kind\":\"mute\",\"reason\":\"a\\nb\"," BY "," USER "}",
    };
    static const char good[] = "{\"kind\":\"ban\",\"for\":1e400," BY ","
                               USER "}";
    static const char odd[] = "{\"kind\":\"ban\",\"for\":\"x\",\"realm\":7,"
                              "\"reason\":3," BY "," USER "}";
    char reason[202];
    char json[300];
    room_notice out;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(relay_packed_read_notice(bad[i], strlen(bad[i]), &out));
    }
    memset(reason, 'r', 201);
    reason[201] = '\0';
    snprintf(json, sizeof(json),
             "{\"kind\":\"ban\",\"reason\":\"%s\"," BY "," USER "}", reason);
    assert_false(relay_packed_read_notice(json, strlen(json), &out));
    assert_false(relay_packed_read_notice(good, strlen(good), &out));
    assert_true(relay_packed_read_notice(odd, strlen(odd), &out));
    assert_int_equal(out.rest_s, 0);
    assert_int_equal(out.what.realm, 0);
    assert_int_equal(out.what.reason_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowd_finds_and_forgets),
        cmocka_unit_test(test_crowd_is_bounded),
        cmocka_unit_test(test_hosts_die_and_come_back),
        cmocka_unit_test(test_hosts_are_bounded),
        cmocka_unit_test(test_members_come_as_they_went),
        cmocka_unit_test(test_notices_come_as_they_went),
        cmocka_unit_test(test_garbage_is_nobody),
        cmocka_unit_test(test_garbage_is_no_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
