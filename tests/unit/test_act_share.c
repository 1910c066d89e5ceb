/* test_act_share.c - what moderators do on one host that shares its rooms, up
 * to the real Redis and to the other host: sanctions, reports, purges, and what
 * is told when Redis is away.
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

#include "act/act_obey.h"
#include "archive/erase/archive_erasing.h"
#include "base/base_log.h"
#include "relay/people/relay_sanction.h"
#include "relay/reader/relay_hello.h"
#include "relay/reader/relay_load.h"
#include "relay/reader/relay_words.h"
#include "relay/relay.h"
#include "relay_hosts.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_layout.h"
#include "room/set/room_notice.h"

#define BOSS UINT64_C(0xb055)
#define EVE UINT64_C(0xe5e0000000000000)
#define EVE_ID "g-e5e0000000000000"
#define WAIT_US INT64_C(60000000)

/* In place of relay/'s own: orders go over the host's connection, at once. */
struct relay {
    relay_hosts_one *host;
    unsigned sent;
};

void relay_send(relay *r, relay_order *order)
{
    relay_bus_send(&r->host->bus, order);
}

void relay_ask(relay *r, relay_order *order, int64_t until_us)
{
    r->sent++;
    order->status = RELAY_AWAY;
    if (r->host->asks) {
        relay_link_ask(r->host->asks, order, until_us);
    }
}

const relay_settings *relay_told(const relay *r)
{
    return r->host->bus.settings;
}

room_status relay_load_room(relay *r, room_handle handle,
                            const relay_room *room, bool make)
{
    (void)r;
    (void)handle;
    (void)room;
    (void)make;
    return ROOM_UNREAD;
}

room_status relay_load_known(relay *r, const relay_room *room,
                             room_table_nowhere *nowhere)
{
    (void)r;
    (void)room;
    (void)nowhere;
    return ROOM_UNREAD;
}

void relay_load_reach(relay *r, room_handle handle, const relay_room *room,
                      const room_id *position)
{
    (void)r;
    (void)handle;
    (void)room;
    (void)position;
}

/* ------------------------------------------------------------- the command */

static act_settings settings;

static uint64_t realm(void)
{
    act_room_key key = { .key = HOSTS_ROOM, .key_size = strlen(HOSTS_ROOM) };

    return act_room_realm(&key, &settings);
}

/* As a POST does, without waiting for the room. */
static act_result obey(relay *r, uint64_t user, const char *json)
{
    static const act_address nowhere;
    act_room_key key = { .key = HOSTS_ROOM, .key_size = strlen(HOSTS_ROOM) };
    chat_person who = { .user = user, .guest = user == EVE };
    act_call call = { .store = r->host->segment.store, .slot = -1,
                      .settings = &settings, .from = &nowhere, .who = &who,
                      .key = &key, .relay = r, .seated = true,
                      .room = r->host->room };
    chat_command command;
    act_result result;

    settings.moderates = user == BOSS;
    settings.speaks = 1;
    settings.history_count = 10;
    settings.history_age = 1000000;
    assert_int_equal(chat_command_parse(json, strlen(json), 1000, &command),
                     CHAT_OK);
    result = act_obey(&call, &command);
    while (result.order) {
        relay_ask(r, result.order, base_clock_mono() + WAIT_US);
        act_obey_finish(&call, &command, &result);
    }
    chat_command_destroy(&command);
    return result;
}

static int64_t until(const relay_hosts_one *host, unsigned kind)
{
    return room_sanction_until(host->segment.store, kind, realm(), EVE,
                               base_clock_mono());
}

static void test_sanctions(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };

    assert_int_equal(obey(&r, BOSS, "{\"type\":\"mute\",\"user\":\"" EVE_ID
                          "\",\"for\":60}").error, CHAT_OK);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                          "\",\"reason\":\"spam\"}").error, CHAT_OK);
    relay_hosts_settle(it->both, 2);
    assert_true(until(&it->b, ROOM_SANCTION_MUTE) != 0);
    assert_true(until(&it->b, ROOM_SANCTION_BAN) == ROOM_SANCTION_FOREVER);
    assert_int_equal(room_notice_count(it->b.segment.store), 2);
    assert_int_equal(room_notice_count(it->a.segment.store), 2);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"pardon\",\"user\":\"" EVE_ID
                          "\"}").error, CHAT_OK);
    relay_hosts_settle(it->both, 2);
    assert_true(until(&it->b, ROOM_SANCTION_MUTE) == 0);
    assert_true(until(&it->b, ROOM_SANCTION_BAN) == 0);
    assert_int_equal(r.sent, 3);
}

/* Both hosts have the message that is reported. */
static void bring_message(relay_hosts_one *host)
{
    static const char body[] = "{\"type\":\"message\",\"id\":\"1000-0\","
                               "\"text\":\"x\"}";
    room_import_record record = {
        .kind = ROOM_LOG_MESSAGE, .id = { 1000, 0 }, .author = EVE,
        .stored_ms = base_clock_wall(), .body = body,
        .size = sizeof(body) - 1, .text_at = sizeof(body) - 5, .text_size = 3,
    };
    room_import_room what = { .birth = { 1, 0 }, .complete = { 1, 0 },
                              .newest = { 1000, 0 }, .records = &record,
                              .count = 1 };

    assert_int_equal(room_relay_read_in(host->segment.store, host->room, &what,
                                        1, base_clock_now()), ROOM_OK);
}

/* Somebody on two hosts reports it to both, before one has heard of the other:
 * nobody is told twice. */
static void test_a_report_on_two_hosts(void **state)
{
    static const char report[] = "{\"type\":\"report\",\"id\":\"1000-0\"}";
    relay_hosts_pair *it = *state;
    relay a = { .host = &it->a };
    relay b = { .host = &it->b };

    bring_message(&it->a);
    bring_message(&it->b);
    assert_int_equal(obey(&a, BOSS, report).error, CHAT_OK);
    assert_int_equal(obey(&b, BOSS, report).error, CHAT_OK);
    assert_int_equal(a.sent + b.sent, 2);
    relay_hosts_settle(it->both, 2);
    assert_int_equal(room_notice_count(it->a.segment.store), 1);
    assert_int_equal(room_notice_count(it->b.segment.store), 1);
    assert_int_equal(obey(&b, BOSS, report).error, CHAT_OK);
    assert_int_equal(b.sent, 1);
}

/* A child has stopped with the lock of what moderators are told. */
typedef struct {
    room_store *store;
    atomic_bool held;
} holding;

static void *hold(void *context)
{
    holding *it = context;

    assert_int_equal(room_lock_take(&it->store->header->notices),
                     ROOM_LOCK_TAKEN);
    atomic_store(&it->held, true);
    (void)poll(NULL, 0, 300);
    room_lock_drop(&it->store->header->notices);
    return NULL;
}

/* The reader is in a hurry, and nobody tells it again. */
static void test_a_report_waits_for_its_lock(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };
    holding held = { .store = it->b.segment.store };
    pthread_t thread;

    bring_message(&it->a);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"report\","
                          "\"id\":\"1000-0\"}").error, CHAT_OK);
    assert_int_equal(pthread_create(&thread, NULL, hold, &held), 0);
    while (!atomic_load(&held.held)) {
        (void)poll(NULL, 0, 1);
    }
    relay_hosts_settle(it->both, 2);
    pthread_join(thread, NULL);
    assert_int_equal(room_notice_count(it->b.segment.store), 1);
}

/* This one could not keep it: its table was full. */
static void test_a_pardon_of_what_others_have(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };

    assert_int_equal(obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                          "\"}").error, CHAT_OK);
    relay_hosts_settle(it->both, 2);
    (void)room_sanction_end(it->a.segment.store, realm(), EVE,
                            1u << ROOM_SANCTION_BAN, NULL);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"pardon\",\"user\":\"" EVE_ID
                          "\"}").error, CHAT_OK);
    relay_hosts_settle(it->both, 2);
    assert_true(until(&it->b, ROOM_SANCTION_BAN) == 0);
}

/* The guest is on the other host only. */
static void test_a_ban_with_the_address(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };
    act_result done;

    relay_hosts_join(&it->b, EVE, "Eve", true, false);
    room_search_mark(it->a.segment.store, it->a.room, realm());
    relay_hosts_pass(it, 2);
    done = obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                "\",\"address\":true}");
    assert_int_equal(done.error, CHAT_OK);
    assert_true(done.has_address && done.address);
    relay_hosts_settle(it->both, 2);
    assert_true(room_sanction_until(it->b.segment.store,
                                    ROOM_SANCTION_ADDRESS, realm(), EVE + 1,
                                    base_clock_mono()) != 0);
}

static void test_redis_is_away(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };
    act_result done;

    relay_hosts_lose(&it->a);
    done = obey(&r, BOSS, "{\"type\":\"mute\",\"user\":\"" EVE_ID
                "\",\"for\":60}");
    assert_int_equal(done.error, CHAT_HERE_ONLY);
    assert_true(done.retry > 0);
    assert_true(until(&it->a, ROOM_SANCTION_MUTE) != 0);
    /* it comes by itself, too */
    relay_hosts_find(&it->a);
    relay_hosts_settle(it->both, 2);
    assert_true(until(&it->b, ROOM_SANCTION_MUTE) != 0);
}

/* A message of Eve in a room that need not be on any host. */
static void say(relay *r, const char *key, const char *text)
{
    static unsigned number;
    char tail[200];
    char ref[20];
    room_log_entry entry = { .kind = ROOM_LOG_MESSAGE,
                             .head = "{\"type\":\"message\",\"id\":\"",
                             .user = EVE, .ref = ref, .tail = tail };
    relay_room room = { .settings = relay_told(r), .key = key,
                        .key_size = strlen(key), .keep_count = 1000,
                        .keep_age_ms = 1000000 };
    static const base_hash_key secret;
    room_id newest = { 0, 0 };
    relay_hello hello = { .archive = 0 };
    relay_order *order;
    int64_t wait;
    bool archived;
    char why[400];

    entry.head_size = strlen(entry.head);
    entry.ref_size = (size_t)snprintf(ref, sizeof(ref), "r%u", ++number);
    entry.tail_size = (size_t)snprintf(tail, sizeof(tail),
                                       "\",\"text\":\"%s\"}", text);
    entry.text_at = 9; /* with its quotes */
    entry.text_size = strlen(text) + 2;
    assert_true(relay_hello_ask(r->host->asks, room.settings, r->host->id,
                                &secret, &hello, why, sizeof(why)));
    relay_words_set(r->host->segment.store, RELAY_WORD_SINCE,
                    hello.since.ms);
    relay_words_set(r->host->segment.store, RELAY_WORD_CONNECTED, 1);
    order = relay_room_fetch(&room, NULL, true, 1000, &hello.since, NULL, NULL);
    relay_ask(r, order, base_clock_mono() + WAIT_US);
    assert_int_equal(order->status, RELAY_OK);
    relay_order_free(order);
    order = relay_room_store(&room, &entry, NULL, &newest, NULL, NULL);
    relay_ask(r, order, base_clock_mono() + WAIT_US);
    assert_int_equal(relay_room_stored(order, &newest, &wait, &archived),
                     ROOM_OK);
    relay_order_free(order);
}

/* So many records in Redis have this text. */
static unsigned find(const char *room, const char *text)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    char command[100];
    unsigned count = 0;

    snprintf(command, sizeof(command), "HVALS chatws:{%s}:text", room);
    relay_hosts_ask(command, &answer);
    for (size_t i = 0; i < relay_answer_count(&answer); i++) {
        size_t size;
        const char *value = relay_answer_text(&answer, i, &size);

        count += memmem(value, size, text, strlen(text)) != NULL;
    }
    relay_answer_free(&answer);
    return count;
}

static long long period(void)
{
    return (long long)(base_clock_wall() / RELAY_SANCTION_PERIOD_MS);
}

static void list_room(const char *key)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    char command[200];

    snprintf(command, sizeof(command), "ZADD chatws:realm:%016llx:%lld 0 %s",
             (unsigned long long)realm(), period(), key);
    relay_hosts_ask(command, &answer);
    relay_answer_free(&answer);
}

static void test_a_purge_looks_into_all_rooms(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };
    relay_answer answer = RELAY_ANSWER_INIT;
    char command[100];
    archive_erasing job;
    size_t size;

    say(&r, "site\n/chat/a", "one-secret");
    for (int i = 0; i < 450; i++) {
        say(&r, "site\n/chat/b", "many-secrets");
    }
    say(&r, "site\n/chat/c", "last-secret");
    relay_hosts_ask("SET chatws:archive 1", &answer);
    list_room("site\n/chat/a");
    list_room("site\n/chat/b");
    list_room("site\n/chat/nowhere");
    list_room("site\n/chat/c");
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                          "\",\"purge\":true}").error, CHAT_OK);
    assert_int_equal(find("site/chat/a", "secret"), 0);
    assert_int_equal(find("site/chat/b", "secret"), 0);
    assert_int_equal(find("site/chat/c", "secret"), 0);
    assert_int_equal(find("site/chat/b", "\"type\":\"deleted\""), 450);
    assert_int_equal(find("site/chat/b", "\"by\":{\"id\":\"u-"), 450);
    /* the ban; in one round three lists and four rooms, of which b takes three
     * steps; all of it again because of what is nowhere; at last whether
     * Redis has all, and a word for an archive */
    assert_int_equal(r.sent, 452 * 2 + 1 + (3 + 4 + 6) + (3 + 4 + 4) + 2);
    relay_hosts_ask("HVALS chatws:jobs", &answer);
    assert_true(archive_erasing_read(relay_answer_text(&answer, 0, &size),
                                     &job));
    assert_true(job.user == EVE && job.realm == realm() && job.room == 0);
    relay_hosts_settle(it->both, 2);
    snprintf(command, sizeof(command), "ZCARD chatws:realm:%016llx:%lld",
             (unsigned long long)realm(), period());
    relay_hosts_ask(command, &answer);
    assert_int_equal(relay_answer_number(&answer, 0), 3);
    relay_answer_free(&answer);
}

/* Redis goes while it is at it. */
static void test_a_purge_that_does_not_end(void **state)
{
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };

    say(&r, "site\n/chat/a", "one-secret");
    list_room("site\n/chat/a");
    relay_hosts_lose(&it->a);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                          "\",\"purge\":true}").error, CHAT_HERE_ONLY);
    relay_hosts_find(&it->a);
    assert_int_equal(find("site/chat/a", "secret"), 1);
    assert_int_equal(obey(&r, BOSS, "{\"type\":\"ban\",\"user\":\"" EVE_ID
                          "\",\"purge\":true}").error, CHAT_OK);
    assert_int_equal(find("site/chat/a", "secret"), 0);
}

/* What Redis has lost is not told as deleted before it is back. */
static void test_a_purge_of_what_comes_back(void **state)
{
    static const char ban[] = "{\"type\":\"ban\",\"user\":\"" EVE_ID
                              "\",\"purge\":true}";
    relay_hosts_pair *it = *state;
    relay r = { .host = &it->a };
    relay_answer answer = RELAY_ANSWER_INIT;
    char command[100];
    act_result done;

    say(&r, "site\n/chat/a", "one-secret");
    list_room("site\n/chat/a");
    snprintf(command, sizeof(command),
             "HSET chatws:{site/chat/a}:meta filling %lld~x",
             (long long)base_clock_wall() + 60000);
    relay_hosts_ask(command, &answer);
    done = obey(&r, BOSS, ban);
    assert_int_equal(done.error, CHAT_UNAVAILABLE);
    assert_true(done.retry > 0);
    assert_true(until(&it->a, ROOM_SANCTION_BAN) != 0);
    relay_hosts_ask("HDEL chatws:{site/chat/a}:meta filling", &answer);
    assert_int_equal(obey(&r, BOSS, ban).error, CHAT_OK);
    assert_int_equal(find("site/chat/a", "secret"), 0);
    relay_words_set(it->a.segment.store, RELAY_WORD_CONNECTED, 0);
    assert_int_equal(obey(&r, BOSS, ban).error, CHAT_UNAVAILABLE);
    relay_words_set(it->a.segment.store, RELAY_WORD_CONNECTED, 1);
    /* It has lost the lists, too, and nobody has found out. */
    relay_hosts_ask("FLUSHALL", &answer);
    assert_int_equal(obey(&r, BOSS, ban).error, CHAT_UNAVAILABLE);
    relay_answer_free(&answer);
}

/* What moderators do is logged. */
static void say_nothing(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                         \
    cmocka_unit_test_setup_teardown(name, relay_hosts_setup, \
                                    relay_hosts_teardown)
        TEST(test_sanctions),
        TEST(test_a_report_on_two_hosts),
        TEST(test_a_report_waits_for_its_lock),
        TEST(test_a_pardon_of_what_others_have),
        TEST(test_a_ban_with_the_address),
        TEST(test_redis_is_away),
        TEST(test_a_purge_looks_into_all_rooms),
        TEST(test_a_purge_that_does_not_end),
        TEST(test_a_purge_of_what_comes_back),
    };
    int failed;

    base_log_set(say_nothing, NULL, BASE_LOG_INFO);
    if (!relay_hosts_start()) {
        return 77; /* there is no redis-server */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    relay_hosts_stop();
    return failed;
}
