/* test_relay_addresses.c - how many connections an address has on other hosts:
 * what they tell, what the segment has of it, and what makes no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "relay/people/relay_addresses.h"
#include "relay/people/relay_host.h"
#include "room/people/room_address.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_lock.h"
#include "room_arena.h"

#define ID "00000000000000ff"
#define NOW INT64_C(100000000)
#define SECOND INT64_C(1000000)

static const relay_settings settings = { .prefix = "word" };

/* The reader of one host, without a Redis. */
typedef struct {
    arena a;
    relay_bus bus;
    relay_addresses *it;
    base_bytes told;  /* the text of the last message, */
    unsigned count;   /* of so many */
} stage;

static void send(void *reader, relay_order *order)
{
    stage *s = reader;
    size_t size;
    const char *text = relay_order_argument(order, 0, &size);

    assert_memory_equal(text, "PUBLISH", 7);
    text = relay_order_argument(order, 1, &size);
    assert_int_equal(size, 17);
    assert_memory_equal(text, "chatws-word:hosts", 17);
    text = relay_order_argument(order, 2, &size);
    s->told.len = 0;
    base_bytes_append(&s->told, text, size);
    s->count++;
    relay_order_free(order);
}

static void begin_with(stage *s, uint32_t pages)
{
    memset(s, 0, sizeof(*s));
    arena_open_relay(&s->a, pages, 2, 7, NULL);
    assert_true(room_reader_elect(s->a.store));
    s->bus = (relay_bus){ .store = s->a.store, .settings = &settings,
                          .host = ID, .reader = s, .send = send };
    s->it = relay_addresses_create(&s->bus);
}

static void begin(stage *s)
{
    begin_with(s, 800);
}

static void end(stage *s)
{
    relay_addresses_destroy(s->it);
    room_reader_resign(s->a.store);
    arena_close(&s->a);
    base_bytes_free(&s->told);
}

static void hear(stage *s, int host, const char *text, int64_t now)
{
    relay_addresses_hear(s->it, host, (relay_line){ text, strlen(text) }, now);
}

static uint32_t count_of(stage *s, uint64_t key)
{
    return room_address_count_all(s->a.store, key);
}

static void expect_told(stage *s, unsigned count, const char *text)
{
    assert_int_equal(s->count, count);
    assert_int_equal(s->told.len, strlen(text));
    assert_memory_equal(s->told.data, text, s->told.len);
}

static void hosts_are_summed(void **state)
{
    stage s;

    (void)state;
    begin(&s);
    hear(&s, 0, "0000000000000007:5 0000000000000009:4", NOW);
    hear(&s, 63, "0000000000000001:9 0000000000000007:11", NOW);
    assert_int_equal(count_of(&s, 7), 0);
    relay_addresses_tick(s.it, true, NOW);
    assert_int_equal(count_of(&s, 1), 9);
    assert_int_equal(count_of(&s, 7), 16);
    assert_int_equal(count_of(&s, 9), 4);
    hear(&s, 0, "0000000000000009:6 0000000000000003:7", NOW + SECOND);
    relay_addresses_tick(s.it, true, NOW + SECOND);
    assert_int_equal(count_of(&s, 3), 7);
    assert_int_equal(count_of(&s, 7), 11);
    assert_int_equal(count_of(&s, 9), 6);
    hear(&s, 63, "", NOW + SECOND);
    relay_addresses_tick(s.it, true, NOW + SECOND);
    assert_int_equal(count_of(&s, 1), 0);
    assert_int_equal(count_of(&s, 7), 0);
    /* the same one again and again, and more than there can be */
    hear(&s, 0, "0000000000000007:4294967295 0000000000000007:4294967295",
         NOW + SECOND);
    relay_addresses_tick(s.it, true, NOW + SECOND);
    assert_int_equal(count_of(&s, 7), UINT32_MAX);
    end(&s);
}

/* Whoever was there must get in elsewhere soon. */
static void a_host_that_is_silent_is_forgotten(void **state)
{
    stage s;

    (void)state;
    begin(&s);
    hear(&s, 0, "0000000000000007:5", NOW);
    hear(&s, 1, "0000000000000007:8", NOW + 4 * SECOND);
    relay_addresses_tick(s.it, true, NOW + 6 * SECOND);
    assert_int_equal(count_of(&s, 7), 13);
    relay_addresses_tick(s.it, true, NOW + 6 * SECOND + 1);
    assert_int_equal(count_of(&s, 7), 8);
    relay_addresses_away(s.it);
    assert_int_equal(count_of(&s, 7), 0);
    hear(&s, 1, "0000000000000007:8", NOW + 7 * SECOND);
    relay_addresses_tick(s.it, true, NOW + 7 * SECOND);
    assert_int_equal(count_of(&s, 7), 8);
    end(&s);
}

static void what_makes_no_sense_changes_nothing(void **state)
{
    static const char *const texts[] = {
        " ", "0000000000000007", "0000000000000007:", "0000000000000007:0",
        "0000000000000007:-1", "0000000000000007:4294967296", ":5",
        "7:5", "000000000000000g:5", "0000000000000007:5 x",
        "0000000000000007:5  0000000000000008:5",
        "0000000000000007:99999999999999999999", "0000000000000007:5:5",
    };
    base_bytes many = BASE_BYTES_INIT;
    stage s;

    (void)state;
    begin(&s);
    hear(&s, 0, "0000000000000007:5", NOW);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        hear(&s, 0, texts[i], NOW);
    }
    hear(&s, -1, "0000000000000007:6", NOW);
    hear(&s, RELAY_HOST_MOST, "0000000000000007:6", NOW);
    for (unsigned i = 0; i <= RELAY_ADDRESSES_MOST; i++) {
        base_bytes_append_format(&many, "%s%016x:9", i > 0 ? " " : "", i + 1);
    }
    relay_addresses_hear(s.it, 0, (relay_line){ (char *)many.data, many.len },
                         NOW);
    relay_addresses_tick(s.it, true, NOW);
    assert_int_equal(count_of(&s, 7), 5);
    assert_int_equal(count_of(&s, 8), 0);
    many.len -= sizeof(" 0000000000001001:9") - 1;
    relay_addresses_hear(s.it, 0, (relay_line){ (char *)many.data, many.len },
                         NOW);
    relay_addresses_tick(s.it, true, NOW);
    assert_int_equal(count_of(&s, 7), 9);
    base_bytes_free(&many);
    end(&s);
}

/* Only who has several, and while there is somebody to hear it. */
static void it_tells_of_its_own(void **state)
{
    stage s;
    uint32_t places[10];

    (void)state;
    begin(&s);
    relay_addresses_tick(s.it, false, NOW);
    assert_int_equal(s.count, 0);
    for (int i = 0; i < 10; i++) {
        room_address_enter(s.a.store, i < 7 ? 0x17 : 0x18, i % 2, 99,
                           &places[i]);
    }
    relay_addresses_tick(s.it, false, NOW + SECOND);
    assert_int_equal(s.count, 0);
    relay_addresses_tick(s.it, false, NOW + 2 * SECOND);
    expect_told(&s, 1, "C " ID " 0000000000000017:7");
    /* what others have is not told on */
    hear(&s, 0, "0000000000000033:50", NOW + 4 * SECOND);
    relay_addresses_tick(s.it, false, NOW + 4 * SECOND);
    expect_told(&s, 2, "C " ID " 0000000000000017:7");
    relay_addresses_tick(s.it, true, NOW + 6 * SECOND);
    assert_int_equal(s.count, 2);
    for (int i = 0; i < 5; i++) {
        room_address_leave(s.a.store, places[i]);
    }
    relay_addresses_tick(s.it, false, NOW + 7 * SECOND);
    expect_told(&s, 3, "C " ID);
    relay_addresses_tick(s.it, false, NOW + 9 * SECOND);
    assert_int_equal(s.count, 3);
    end(&s);
}

/* Of too many the largest. */
static void it_tells_of_the_largest(void **state)
{
    stage s;
    uint32_t place;

    (void)state;
    begin_with(&s, 20000);
    for (uint64_t key = 1; key <= RELAY_ADDRESSES_MOST + 50; key++) {
        uint32_t more = key <= 50 ? 1 : 0;

        for (uint32_t i = 0; i < RELAY_ADDRESSES_LEAST + more; i++) {
            assert_int_equal(room_address_enter(s.a.store, key, 0, 99, &place),
                             ROOM_OK);
        }
    }
    relay_addresses_tick(s.it, false, NOW);
    assert_int_equal(s.told.len,
                     sizeof("C " ID) - 1
                         + RELAY_ADDRESSES_MOST
                               * (sizeof(" 0000000000000001:4") - 1));
    base_bytes_append(&s.told, "", 1);
    for (unsigned key = 1; key <= 50; key++) {
        char word[30];

        snprintf(word, sizeof(word), " %016x:5", key);
        assert_non_null(strstr((char *)s.told.data, word));
    }
    end(&s);
}

static void *hold(void *context)
{
    assert_int_equal(room_lock_take(context), ROOM_LOCK_TAKEN);
    return NULL;
}

/* It is done as soon as the lock can be had again: here its owner has ended. */
static void a_lock_that_is_held_delays_it(void **state)
{
    stage s;
    room_lock *lock;
    pthread_t thread;

    (void)state;
    begin(&s);
    lock = &s.a.store->header->addresses;
    hear(&s, 0, "0000000000000007:5 0000000000000008:6", NOW);
    relay_addresses_tick(s.it, true, NOW);
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_TAKEN);
    hear(&s, 0, "0000000000000008:7 0000000000000009:8", NOW);
    relay_addresses_tick(s.it, true, NOW);
    room_lock_drop(lock);
    assert_int_equal(count_of(&s, 7), 5);
    assert_int_equal(count_of(&s, 9), 0);
    assert_int_equal(pthread_create(&thread, NULL, hold, lock), 0);
    pthread_join(thread, NULL);
    relay_addresses_tick(s.it, true, NOW);
    assert_int_equal(count_of(&s, 7), 0);
    assert_int_equal(count_of(&s, 8), 7);
    assert_int_equal(count_of(&s, 9), 8);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_summed),
        cmocka_unit_test(a_host_that_is_silent_is_forgotten),
        cmocka_unit_test(what_makes_no_sense_changes_nothing),
        cmocka_unit_test(it_tells_of_its_own),
        cmocka_unit_test(it_tells_of_the_largest),
        cmocka_unit_test(a_lock_that_is_held_delays_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
