/* test_room_log.c - room_log.h: append, read, refs, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room_arena.h"

static void a_message_is_read_back_with_its_id(void **state)
{
    arena a;
    room_handle room;
    arena_seen seen;
    char wanted[100];
    room_id id;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "host\n/chat/lobby", 10);
    assert_int_equal(room_log_next(a.store, room), 1);
    id = arena_say(&a, room, "hello ", ARENA_NOW + 5);
    assert_int_equal(id.ms, ARENA_NOW + 5);
    assert_int_equal(room_log_next(a.store, room), 2);
    arena_read(&a, room, 1, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.next, 2);
    snprintf(wanted, sizeof(wanted), "hello %lld-0!",
             (long long)ARENA_NOW + 5);
    assert_string_equal(seen.text, wanted);
    arena_read(&a, room, 2, &seen);
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.next, 2);
    arena_check(&a);
    arena_close(&a);
}

/* Every size around the ends of pages, read back byte by byte. */
static void bodies_run_over_pages(void **state)
{
    arena a;
    room_handle room;
    uint64_t seq = 1;

    (void)state;
    arena_open(&a, 64, 2);
    room = arena_room(&a, "r", 20);
    for (size_t size = 0; size < 3300; size += 1 + size % 7) {
        arena_seen seen;
        char id[ROOM_ID_TEXT];

        assert_int_equal(arena_fill(&a, room, size, ARENA_NOW), ROOM_OK);
        arena_read(&a, room, seq++, &seen);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.size, size + room_id_format(&seen.id, id));
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(seen.text[i], 'a' + i % 26);
        }
        assert_string_equal(seen.text + size, id);
        arena_check(&a);
    }
    arena_close(&a);
}

static void ids_increase_when_the_clock_goes_back(void **state)
{
    arena a;
    room_handle room;
    room_id before = { 0, 0 };

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 100);
    for (int i = 0; i < 50; i++) {
        int64_t wall = ARENA_NOW + (i == 20 ? 1000 : 0)
                       - (i > 20 ? 3600 * 1000 : 0);
        room_id id = arena_say(&a, room, "x", wall);

        assert_int_equal(room_id_compare(&before, &id), -1);
        before = id;
    }
    assert_int_equal(before.ms, ARENA_NOW + 1000);
    assert_int_equal(before.n, 29);
    arena_check(&a);
    arena_close(&a);
}

static bool stop_at_three(void *context, const room_log_record *record)
{
    unsigned *count = context;

    if (record->seq == 3) {
        return false;
    }
    ++*count;
    return true;
}

static void a_read_is_bounded(void **state)
{
    arena a;
    room_handle room;
    unsigned count = 0;
    uint64_t next = 0;
    room_handle stale;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 100);
    for (int i = 0; i < 9; i++) {
        arena_say(&a, room, "0123456789", ARENA_NOW);
    }
    room_log_read(a.store, room, 1, UINT64_MAX, SIZE_MAX, stop_at_three,
                  &count, &next);
    assert_int_equal(count, 2);
    assert_int_equal(next, 3);
    room_log_read(a.store, room, 3, UINT64_MAX, SIZE_MAX, stop_at_three,
                  &count, &next);
    assert_int_equal(count, 2);
    assert_int_equal(next, 3);
    room_log_read(a.store, room, 4, UINT64_MAX, 1, stop_at_three, &count,
                  &next);
    assert_int_equal(count, 3);
    assert_int_equal(next, 5);
    room_log_read(a.store, room, 4, UINT64_MAX, 2 * 26, stop_at_three, &count,
                  &next);
    assert_int_equal(count, 5);
    assert_int_equal(next, 6);
    room_log_read(a.store, room, 4, 8, SIZE_MAX, stop_at_three, &count,
                  &next);
    assert_int_equal(count, 9);
    assert_int_equal(next, 8);
    room_log_read(a.store, room, 40, UINT64_MAX, SIZE_MAX, stop_at_three,
                  &count, &next);
    assert_int_equal(next, 40);
    stale = room;
    stale.generation++;
    assert_int_equal(room_log_read(a.store, stale, 1, 2, 1, stop_at_three,
                                   &count, &next), ROOM_GONE);
    stale.index = 1000000;
    assert_int_equal(room_log_read(a.store, stale, 1, 2, 1, stop_at_three,
                                   &count, &next), ROOM_GONE);
    assert_true(room_log_next(a.store, stale) == UINT64_MAX);
    arena_close(&a);
}

static void history_is_bounded_in_count_and_age(void **state)
{
    arena a;
    room_handle room;
    room_log_state now;
    room_id ids[30];

    (void)state;
    arena_open(&a, 64, 2);
    assert_int_equal(room_table_open(a.store, "r", 1, 10, 60000,
                                     arena_at(ARENA_NOW), &room), ROOM_OK);
    for (int i = 0; i < 30; i++) {
        ids[i] = arena_say(&a, room, "x", ARENA_NOW + 1 + i * 1000);
    }
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 30000), &now);
    assert_int_equal(now.kept, 10);
    assert_int_equal(room_id_compare(&now.complete, &ids[19]), 0);
    assert_int_equal(room_id_compare(&now.newest, &ids[29]), 0);
    assert_int_equal(now.first_seq, 1); /* transit */
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 29001 + 60000), &now);
    assert_int_equal(now.kept, 1);
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 29002 + 60000), &now);
    assert_int_equal(now.kept, 0);
    assert_int_equal(room_id_compare(&now.complete, &ids[29]), 0);
    arena_say(&a, room, "y", ARENA_NOW + 200000);
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 200000), &now);
    assert_int_equal(now.kept, 1);
    assert_int_equal(now.first_seq, 31); /* older than 30 s */
    arena_check(&a);
    arena_close(&a);
}

static void streams_find_what_joins_no_longer_see(void **state)
{
    arena a;
    room_handle room;
    room_log_position at;
    room_log_state now;
    arena_seen seen;

    (void)state;
    arena_open(&a, 1200, 2);
    room = arena_room(&a, "r", 0);
    for (int i = 0; i < 5; i++) {
        arena_say(&a, room, "x", ARENA_NOW + 10000 * i);
    }
    room_log_seek(a.store, room, NULL, UINT64_MAX, ARENA_MONO(ARENA_NOW), &at);
    assert_int_equal(at.seq, 6);
    arena_read(&a, room, 1, &seen); /* 30 s: the second and on */
    assert_int_equal(seen.first, 2);
    assert_int_equal(seen.count, 4);
    for (int i = 0; i < 700; i++) {
        assert_int_equal(arena_fill(&a, room, 1000, ARENA_NOW + 50000),
                         ROOM_OK);
    }
    room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 50000), &now);
    assert_in_range(now.bytes, 250 * 1024, 256 * 1024);
    assert_int_equal(now.next_seq, 706);
    arena_check(&a);
    arena_close(&a);
}

static room_status say_ref(arena *a, room_handle room, uint64_t user,
                           const char *ref, int64_t mono_us, room_id *id)
{
    room_log_entry entry = { .head = "x", .head_size = 1, .user = user,
                             .ref = ref, .ref_size = strlen(ref),
                             .wall_ms = ARENA_NOW, .mono_us = mono_us };
    uint64_t seq = 77;
    room_status status = room_log_append(a->store, room, &entry, id, &seq);

    assert_true(status != ROOM_REPEATED || seq == 0);
    return status;
}

static void a_ref_is_stored_once_in_ten_minutes(void **state)
{
    arena a;
    room_handle one;
    room_handle two;
    room_id first;
    room_id id;

    (void)state;
    arena_open(&a, 32, 4);
    one = arena_room(&a, "one", 100);
    two = arena_room(&a, "two", 100);
    assert_int_equal(say_ref(&a, one, 1, "c-1", 1000, &first), ROOM_OK);
    assert_int_equal(say_ref(&a, one, 1, "c-1", 2000, &id), ROOM_REPEATED);
    assert_int_equal(room_id_compare(&first, &id), 0);
    assert_int_equal(say_ref(&a, one, 1, "c-2", 2000, &id), ROOM_OK);
    assert_int_equal(say_ref(&a, one, 2, "c-1", 2000, &id), ROOM_OK);
    assert_int_equal(say_ref(&a, two, 1, "c-1", 2000, &id), ROOM_OK);
    assert_int_equal(say_ref(&a, one, 1, "", 2000, &id), ROOM_OK);
    assert_int_equal(say_ref(&a, one, 1, "", 2000, &id), ROOM_OK);
    assert_int_equal(say_ref(&a, one, 1, "c-1", 999 + ROOM_REF_US, &id),
                     ROOM_REPEATED);
    assert_int_equal(room_id_compare(&first, &id), 0);
    assert_int_equal(say_ref(&a, one, 1, "c-1", 1000 + ROOM_REF_US, &id),
                     ROOM_OK);
    assert_int_equal(room_id_compare(&first, &id), -1);
    assert_int_equal(room_log_next(a.store, one), 7);
    arena_check(&a);
    arena_close(&a);
}

static void what_is_too_big_is_refused(void **state)
{
    arena a;
    room_handle room;
    char ref[ROOM_REF_MAX + 2];
    room_id id;

    (void)state;
    arena_open(&a, 40, 2);
    room = arena_room(&a, "r", 100);
    assert_int_equal(arena_fill(&a, room, 10 * 1008 - 64 - 15, ARENA_NOW),
                     ROOM_OK);
    assert_int_equal(arena_fill(&a, room, 10 * 1008 - 64 - 14, ARENA_NOW),
                     ROOM_TOO_BIG);
    assert_int_equal(arena_fill(&a, room, 5000000, ARENA_NOW), ROOM_TOO_BIG);
    memset(ref, 'r', sizeof(ref));
    ref[ROOM_REF_MAX + 1] = '\0';
    assert_int_equal(say_ref(&a, room, 1, ref, 1, &id), ROOM_TOO_BIG);
    ref[ROOM_REF_MAX] = '\0';
    assert_int_equal(say_ref(&a, room, 1, ref, 1, &id), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_read_back_with_its_id),
        cmocka_unit_test(bodies_run_over_pages),
        cmocka_unit_test(ids_increase_when_the_clock_goes_back),
        cmocka_unit_test(a_read_is_bounded),
        cmocka_unit_test(history_is_bounded_in_count_and_age),
        cmocka_unit_test(streams_find_what_joins_no_longer_see),
        cmocka_unit_test(a_ref_is_stored_once_in_ten_minutes),
        cmocka_unit_test(what_is_too_big_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
