/* test_room_address.c - room_address.h: connections by address, the dead, a
 * full table. That a process may be killed anywhere is in test_room_fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "room/people/room_address.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_layout.h"
#include "room_arena.h"

static base_address ipv4(unsigned char last)
{
    unsigned char bytes[4] = { 203, 0, 113, last };
    base_address address;

    base_address_set(&address, bytes, sizeof(bytes));
    return address;
}

static void keys_and_tags(void **state)
{
    arena a;
    base_address one = ipv4(1);
    base_address two = ipv4(2);
    base_address six;
    base_address neighbour;
    unsigned char bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

    (void)state;
    arena_open(&a, 32, 2);
    base_address_set(&six, bytes, sizeof(bytes));
    bytes[8] = 0xff;
    base_address_set(&neighbour, bytes, sizeof(bytes));
    assert_int_not_equal(room_address_key(a.store, "site", &one), 0);
    assert_int_equal(room_address_key(a.store, "site", &one),
                     room_address_key(a.store, "site", &one));
    assert_int_not_equal(room_address_key(a.store, "site", &one),
                         room_address_key(a.store, "other", &one));
    assert_int_not_equal(room_address_key(a.store, "site", &one),
                         room_address_key(a.store, "site", &two));
    assert_int_equal(room_address_key(a.store, "site", &six),
                     room_address_key(a.store, "site", &neighbour));
    assert_int_equal(room_address_tag(a.store, &six),
                     room_address_tag(a.store, &neighbour));
    arena_close(&a);
}

static void counts_over_children(void **state)
{
    arena a;
    uint32_t places[11];

    (void)state;
    arena_open(&a, 32, 2);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(room_address_enter(a.store, 7, i % 3, 10, &places[i]),
                         ROOM_OK);
        assert_int_equal(room_address_count_all(a.store, 7), i + 1);
    }
    assert_int_equal(room_address_enter(a.store, 7, 5, 10, &places[10]),
                     ROOM_FULL);
    assert_int_equal(places[10], ROOM_ADDRESS_NOWHERE);
    assert_int_equal(room_address_enter(a.store, 8, 5, 10, &places[10]),
                     ROOM_OK);
    room_address_leave(a.store, places[4]);
    assert_int_equal(room_address_count_all(a.store, 7), 9);
    assert_int_equal(room_address_enter(a.store, 7, 60, 10, &places[4]),
                     ROOM_OK);
    for (int i = 0; i < 11; i++) {
        room_address_leave(a.store, places[i]);
    }
    room_address_leave(a.store, ROOM_ADDRESS_NOWHERE);
    assert_int_equal(room_address_count_all(a.store, 7), 0);
    assert_int_equal(room_address_count_all(a.store, 8), 0);
    assert_int_equal(room_address_enter(a.store, 7, -1, 10, &places[0]),
                     ROOM_BUSY);
    assert_int_equal(room_address_enter(a.store, 7, 70, 10, &places[0]),
                     ROOM_BUSY);
    arena_close(&a);
}

/* Two live children, and one that is killed with its connections: only its
 * share goes, when its slot is reaped. */
static void the_share_of_the_dead_goes(void **state)
{
    arena a;
    uint32_t place;
    int slot;
    int status;
    pid_t pid;

    (void)state;
    arena_open(&a, 32, 2);
    slot = room_slot_claim(a.store, getpid());
    assert_int_equal(room_address_enter(a.store, 7, slot, 99, &place), ROOM_OK);
    pid = fork();
    if (pid == 0) {
        int own = room_slot_claim(a.store, getpid());

        for (int i = 0; i < 5; i++) {
            room_address_enter(a.store, 7, own, 99, &place);
        }
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(room_address_count_all(a.store, 7), 6);
    assert_int_equal(room_slot_reap(a.store, slot), 1);
    assert_int_equal(room_address_count_all(a.store, 7), 1);
    room_slot_release(a.store, slot);
    assert_int_equal(room_address_count_all(a.store, 7), 0);
    arena_close(&a);
}

/* More addresses than the table has places: those that find none are let in
 * uncounted, those that did keep their count, and when some leave there is
 * place again. */
static void a_full_table_refuses_nobody(void **state)
{
    arena a;
    uint32_t most;
    uint32_t *places;
    uint32_t place;

    (void)state;
    arena_open(&a, 400, 2);
    most = a.store->geometry.addresses;
    places = calloc(most, sizeof(*places));
    assert_non_null(places);
    for (uint32_t i = 0; i < most; i++) {
        assert_int_equal(room_address_enter(a.store, 1000 + 7 * i, 1, 1,
                                            &places[i]), ROOM_OK);
    }
    assert_int_equal(room_address_enter(a.store, 5, 1, 1, &place), ROOM_BUSY);
    assert_int_equal(place, ROOM_ADDRESS_NOWHERE);
    assert_int_equal(room_address_enter(a.store, 1000, 2, 1, &place),
                     ROOM_FULL);
    for (uint32_t i = 0; i < most; i++) {
        room_address_leave(a.store, places[i]);
    }
    a.store->header->address_swept_us = 0;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < most; i++) {
            assert_int_equal(room_address_enter(a.store,
                                                round * 7919 + 13 * i, 1, 1,
                                                &places[i]), ROOM_OK);
            room_address_leave(a.store, places[i]);
            a.store->header->address_swept_us = 0;
        }
    }
    free(places);
    arena_close(&a);
}

/* Processes that come and go at once lose nothing and keep nothing. */
static void processes_share_it(void **state)
{
    arena a;
    uint32_t place;

    (void)state;
    arena_open(&a, 32, 2);
    assert_int_equal(room_address_enter(a.store, 3, 0, 9, &place), ROOM_OK);
    for (int process = 1; process <= 4; process++) {
        if (fork() == 0) {
            for (uint64_t i = 0; i < 20000; i++) {
                uint32_t mine;

                room_address_enter(a.store, i % 5, process, 1000, &mine);
                room_address_leave(a.store, mine);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (uint64_t key = 0; key < 5; key++) {
        assert_int_equal(room_address_count_all(a.store, key), key == 3);
    }
    arena_close(&a);
}

static void expect_list(room_store *store, uint32_t least,
                        const room_address_sum *wanted, size_t count)
{
    base_bytes list = BASE_BYTES_INIT;
    const room_address_sum *sums;

    base_bytes_append_text(&list, "what was in there");
    assert_true(room_address_list(store, least, &list));
    assert_int_equal(list.len, count * sizeof(*wanted));
    sums = (const void *)list.data;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sums[i].key, wanted[i].key);
        assert_int_equal(sums[i].count, wanted[i].count);
    }
    base_bytes_free(&list);
}

/* Over all children, without those of other hosts. */
static void lists_what_this_host_has(void **state)
{
    static const room_address_sum all[] = { { 3, 1 }, { 7, 6 }, { 9, 2 } };
    arena a;
    uint32_t place;

    (void)state;
    arena_open_relay(&a, 32, 2, 7, NULL);
    expect_list(a.store, 1, NULL, 0);
    for (int i = 0; i < 6; i++) {
        room_address_enter(a.store, 7, i % 3, 99, &place);
    }
    room_address_enter(a.store, 9, 2, 99, &place);
    room_address_enter(a.store, 9, 1, 99, &place);
    room_address_enter(a.store, 3, 0, 99, &place);
    room_address_enter(a.store, 4, 0, 99, &place);
    room_address_leave(a.store, place);
    assert_int_equal(room_address_set(a.store, 8, room_reader_slot(a.store),
                                      50), ROOM_OK);
    assert_int_equal(room_address_set(a.store, 3, room_reader_slot(a.store),
                                      50), ROOM_OK);
    expect_list(a.store, 1, all, 3);
    expect_list(a.store, 2, all + 1, 2);
    expect_list(a.store, 7, NULL, 0);
    arena_close(&a);
}

/* They count, and are gone with the reader. */
static void what_other_hosts_have(void **state)
{
    arena a;
    uint32_t place;
    int reader;

    (void)state;
    arena_open_relay(&a, 32, 2, 7, NULL);
    assert_true(room_reader_elect(a.store));
    reader = room_reader_slot(a.store);
    assert_int_equal(room_address_enter(a.store, 7, 1, 10, &place), ROOM_OK);
    assert_int_equal(room_address_set(a.store, 7, reader, 9), ROOM_OK);
    assert_int_equal(room_address_enter(a.store, 7, 1, 10, &place), ROOM_FULL);
    assert_int_equal(room_address_set(a.store, 7, reader, 3), ROOM_OK);
    assert_int_equal(room_address_count_all(a.store, 7), 4);
    assert_int_equal(room_address_set(a.store, 7, reader, 0), ROOM_OK);
    assert_int_equal(room_address_set(a.store, 7, reader, 0), ROOM_OK);
    assert_int_equal(room_address_count_all(a.store, 7), 1);
    assert_int_equal(room_address_set(a.store, 7, reader, UINT32_MAX),
                     ROOM_OK);
    assert_int_equal(room_address_count_all(a.store, 7), UINT32_MAX);
    assert_int_equal(room_address_set(a.store, 5, reader, 20), ROOM_OK);
    room_reader_resign(a.store);
    assert_int_equal(room_address_count_all(a.store, 5), 0);
    assert_int_equal(room_address_count_all(a.store, 7), 1);
    assert_int_equal(room_address_set(a.store, 7, -1, 3), ROOM_BUSY);
    assert_int_equal(room_address_set(a.store, 7, reader + 1, 3), ROOM_BUSY);
    for (uint64_t key = 100; key < 100 + a.store->geometry.addresses - 1;
         key++) {
        assert_int_equal(room_address_set(a.store, key, reader, 5), ROOM_OK);
    }
    assert_int_equal(room_address_set(a.store, 99, reader, 5), ROOM_FULL);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_tags),
        cmocka_unit_test(counts_over_children),
        cmocka_unit_test(the_share_of_the_dead_goes),
        cmocka_unit_test(a_full_table_refuses_nobody),
        cmocka_unit_test(processes_share_it),
        cmocka_unit_test(lists_what_this_host_has),
        cmocka_unit_test(what_other_hosts_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
