/* test_relay_erased.c - somebody is erased between hosts that share a real
 * Redis, also when one of them was away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "chat/chat_person.h"
#include "relay/people/relay_erase.h"
#include "relay_hosts.h"
#include "room/relay/room_follow.h"
#include "room/set/room_sanction.h"
#include "room_said.h"

#define EVE 0xe5e
#define EVES "0000000000000e5e"
#define TIME 100 /* up to then */
#define MOMENT 1 /* seconds */

static void read_in(relay_hosts_one *host)
{
    room_import_room what = { .birth = { 1, 0 }, .newest = { 1, 0 },
                              .complete = { 1, 0 } };

    assert_int_equal(room_relay_read_in(host->segment.store, host->room, &what,
                                        1, arena_at(ARENA_NOW)), ROOM_OK);
}

/* Eve's message comes to the host. */
static void say(relay_hosts_one *host, uint64_t ms, const char *text)
{
    char body[200];
    room_relay_facts facts;
    room_import_record record = { .kind = ROOM_LOG_MESSAGE, .id = { ms, 1 },
                                  .author = EVE, .stored_ms = ARENA_NOW,
                                  .body = body };

    record.size = (size_t)sprintf(
        body, "{\"type\":\"message\",\"id\":\"%d-1\",\"from\":{\"id\":\"g-"
        EVES "\",\"name\":\"Eve\",\"guest\":true},\"text\":\"%s\"}", (int)ms,
        text);
    record.text_size = strlen(text) + 2;
    record.text_at = record.size - record.text_size - 1;
    assert_int_equal(room_relay_look(host->segment.store, host->room, &facts),
                     ROOM_OK);
    assert_int_equal(room_follow_append(host->segment.store, host->room,
                                        &facts.newest, &record, NULL,
                                        arena_at(ARENA_NOW)), ROOM_OK);
}

static relay_sanction_from from(const relay_hosts_one *host)
{
    return (relay_sanction_from){ host->bus.settings, host->id };
}

static void tell(relay_hosts_pair *it, relay_hosts_one *host)
{
    relay_sanction_from sender = from(host);

    relay_bus_send(&host->bus, relay_erase_tell(&sender, EVE, TIME));
    relay_hosts_settle(it->both, 2);
}

static bool has(const relay_hosts_one *host, const char *text)
{
    return room_said_holds(&host->segment, text);
}

static void all_hosts_take_it_out(void **state)
{
    relay_hosts_pair *it = *state;

    for (int i = 0; i < 2; i++) {
        read_in(it->both[i]);
        say(it->both[i], TIME, "secret");
        say(it->both[i], TIME + 1, "later");
    }
    tell(it, &it->a);
    relay_hosts_pass(it, MOMENT);
    for (int i = 0; i < 2; i++) {
        const char *told = room_said_after(&it->both[i]->segment,
                                           it->both[i]->room, NULL, 10, NULL);

        assert_false(has(it->both[i], "secret"));
        assert_true(has(it->both[i], "later"));
        assert_non_null(strstr(told, "\"from\":" CHAT_PERSON_ERASED
                                     ",\"text\":\"\",\"deleted\":true}"));
        assert_non_null(strstr(told, "\"name\":\"Eve\""));
    }
}

/* Before it offers, or is offered, anything. */
static void who_was_away_does_it_when_it_comes(void **state)
{
    relay_hosts_pair *it = *state;

    read_in(&it->b);
    say(&it->b, TIME, "secret");
    relay_hosts_lose(&it->b);
    tell(it, &it->a);
    relay_hosts_pass(it, MOMENT);
    assert_true(has(&it->b, "secret"));
    relay_hosts_find(&it->b);
    assert_false(has(&it->b, "secret"));
}

/* A child had asked Redis before, and brings it afterwards. */
static void what_comes_late_is_found(void **state)
{
    relay_hosts_pair *it = *state;

    read_in(&it->b);
    tell(it, &it->a);
    relay_hosts_pass(it, MOMENT);
    say(&it->b, TIME, "secret");
    relay_hosts_pass(it, 8);
    assert_false(has(&it->b, "secret"));
}

static uint64_t scope_of(const relay_hosts_one *host)
{
    return base_hash(room_store_secret(host->segment.store), HOSTS_ROOM,
                     strlen(HOSTS_ROOM));
}

static int64_t kicked(const relay_hosts_one *host)
{
    return room_sanction_until(host->segment.store, ROOM_SANCTION_KICK,
                               scope_of(host), EVE, base_clock_mono());
}

static void whoever_is_there_is_sent_out(void **state)
{
    relay_hosts_pair *it = *state;
    relay_sanction_from sender = from(&it->b);

    read_in(&it->a);
    relay_bus_send(&it->b.bus, relay_erase_send_out(&sender, EVE));
    relay_hosts_settle(it->both, 2);
    assert_int_equal(kicked(&it->a), 0); /* it is not there */
    relay_hosts_join(&it->a, EVE, "Eve", true, false);
    relay_bus_send(&it->b.bus, relay_erase_send_out(&sender, EVE));
    relay_hosts_settle(it->both, 2);
    assert_true(kicked(&it->a) > 0);
}

static void sanctions_end_here(void **state)
{
    relay_hosts_pair *it = *state;
    room_sanction what = { .kind = ROOM_SANCTION_BAN, .realm = 1, .scope = 1,
                           .whom = EVE, .until_us = ROOM_SANCTION_FOREVER,
                           .user = { .user = EVE, .name_size = 3,
                                     .name = "Eve" },
                           .by = { .user = 2, .name_size = 3,
                                   .name = "Ann" } };

    what.made_us = base_clock_mono();
    assert_int_equal(room_sanction_put(it->b.segment.store, &what,
                                       what.made_us, NULL), ROOM_OK);
    tell(it, &it->a);
    assert_false(room_sanction_any(it->b.segment.store));
}

static void what_makes_no_sense_is_nothing(void **state)
{
    static const char *const texts[] = {
        "Y", "Y ", "Z", "Z ", "Y one", "Z one", "Y one ", "Z one ",
        "Y one " EVES, "Y one " EVES " ", "Y one " EVES " 0",
        "Y one " EVES " -5", "Y one " EVES " 99999999999999999999",
        "Y one 0000000000000E5E 200", "Y one 0e5e 200", "Z one 0e5e",
        "Y one 0000000000000000 200", "Z one 0000000000000000",
        "Y " EVES " 200", "Yone " EVES " 200",
    };
    relay_hosts_pair *it = *state;

    read_in(&it->b);
    say(&it->b, TIME, "secret");
    relay_hosts_join(&it->b, EVE, "Eve", true, false);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        relay_hosts_publish("chatws:hosts", texts[i]);
    }
    relay_hosts_settle(it->both, 2);
    relay_hosts_pass(it, MOMENT);
    assert_true(has(&it->b, "secret"));
    assert_int_equal(kicked(&it->b), 0);
}

/* ----------------------------------------------------- rooms that there are */

static void add_key(void *context, const char *key, size_t key_size)
{
    base_bytes_append(context, key, key_size);
    base_bytes_append_text(context, "|");
}

static void rooms_are_listed_by_their_keys(void **state)
{
    relay_hosts_pair *it = *state;
    relay_answer answer = RELAY_ANSWER_INIT;
    char place[RELAY_ERASE_PLACE] = "0";
    base_bytes keys = BASE_BYTES_INIT;
    bool more = true;

    relay_hosts_ask("HSET chatws:{site/chat/lobby}:meta a b", &answer);
    relay_hosts_ask("SET chatws:{site/chat/lobby}:log a", &answer);
    relay_hosts_ask("SET chatws-other:{site/chat/a}:meta a", &answer);
    relay_hosts_ask("SET chatws:{}:meta a", &answer);
    while (more) {
        relay_order *order = relay_erase_list(it->a.bus.settings, place);

        relay_link_ask(it->a.asks, order,
                       base_clock_mono() + INT64_C(60000000));
        assert_int_equal(order->status, RELAY_OK);
        more = relay_erase_listed(order, it->a.bus.settings, place, add_key,
                                  &keys);
        relay_order_free(order);
    }
    base_bytes_append(&keys, "", 1);
    assert_string_equal(keys.data, HOSTS_ROOM "|");
    base_bytes_free(&keys);
    relay_answer_free(&answer);
}

int main(void)
{
#define PAIR(test) \
    cmocka_unit_test_setup_teardown(test, relay_hosts_setup, \
                                    relay_hosts_teardown)
    const struct CMUnitTest tests[] = {
        PAIR(all_hosts_take_it_out),
        PAIR(who_was_away_does_it_when_it_comes),
        PAIR(what_comes_late_is_found),
        PAIR(whoever_is_there_is_sent_out),
        PAIR(sanctions_end_here),
        PAIR(what_makes_no_sense_is_nothing),
        PAIR(rooms_are_listed_by_their_keys),
    };
    int failed;

    if (!relay_hosts_start()) {
        return 77;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    relay_hosts_stop();
    return failed;
}
