/* test_room_events.c - events among the messages: what is kept of them, who is
 * told them, what a room's state is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "room/segment/room_layout.h"
#include "room_said.h"

/* CONTRACT A8, C11. */
static void a_clear_leaves_no_gap_and_no_text(void **state)
{
    arena a;
    room_handle room;
    room_id ids[8];
    room_log_position at;
    room_said_reading stream = { .next = 4 };
    room_said_reading lost = { .next = 0 };

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    for (int i = 0; i < 8; i++) {
        ids[i] = room_said_by_ann(&a, room, "the secret word");
    }
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    assert_false(room_said_holds(&a, "secret"));
    /* A stream that had not got all of it, and a cursor that was exact. */
    room_said_read(&a, room, &stream);
    assert_int_equal(stream.count, 1);
    assert_int_equal(stream.gaps, 0);
    assert_non_null(strstr(stream.text, "{\"event\":3,"));
    assert_non_null(
        strstr(room_said_after(&a, room, &ids[5], 0, &at), "\"event\":3,"));
    assert_true(at.resumed && !at.gap);
    room_said_after(&a, room, &ids[3], 0, &at);
    assert_true(at.gap);
    assert_int_equal(room_said_clear(&a, room), ROOM_SAME);
    /* Twice, before the stream came. */
    stream.next = 6;
    room_said_by_ann(&a, room, "another word");
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    room_said_read(&a, room, &stream);
    assert_int_equal(stream.count, 1);
    assert_int_equal(stream.gaps, 0);
    room_said_read(&a, room, &lost);
    assert_int_equal(lost.gaps, 1);
    room_said_after(&a, room, &ids[5], 0, &at);
    assert_true(at.resumed && !at.gap);
    arena_check(&a);
    arena_close(&a);
}

/* A long log, so that pages are given back, and a clear in a new page. */
static void a_clear_frees_the_pages(void **state)
{
    arena a;
    room_handle room;
    char text[900];

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 1000);
    memset(text, 'w', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (size_t size = 60; size < sizeof(text); size += 60) {
        room_store_figures now;

        for (int i = 0; i < 30; i++) {
            room_said_by_ann(&a, room, text + sizeof(text) - 1 - size);
        }
        assert_int_equal(room_said_clear(&a, room), ROOM_OK);
        assert_false(room_said_holds(&a, "www"));
        room_store_figures_get(a.store, &now);
        assert_in_range(now.pages_free, 62, 63);
        arena_check(&a);
    }
    arena_close(&a);
}

static uint64_t kept(arena *a, room_handle room)
{
    room_log_state now;

    assert_int_equal(room_log_info(a->store, room, ARENA_MONO(ARENA_NOW), &now),
                     ROOM_OK);
    return now.kept;
}

/* CONTRACT A6. */
static void history_counts_messages(void **state)
{
    arena a;
    room_handle room;
    room_id ids[3];
    char text[20];
    room_log_page page;
    room_log_position at;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    for (int i = 0; i < 3; i++) {
        ids[i] = room_said_by_ann(&a, room, "word");
    }
    for (int i = 0; i < 103; i++) {
        snprintf(text, sizeof(text), "edit %d", i);
        room_said_edit(&a, room, ids[1], text);
    }
    assert_int_equal(kept(&a, room), 3);
    room_said_after(&a, room, &ids[0], 0, &at);
    assert_true(at.resumed);
    /* From the second newest message on, and the events behind it. */
    room_log_seek(a.store, room, NULL, 2, ARENA_MONO(ARENA_NOW), &at);
    assert_int_equal(at.seq, 2);
    assert_int_equal(room_id_compare(&at.cursor, &ids[0]), 0);
    room_log_seek(a.store, room, NULL, 0, ARENA_MONO(ARENA_NOW), &at);
    assert_int_equal(at.seq, 107);
    room_log_seek_page(a.store, room, &(room_id){ UINT64_MAX, 0 }, 1,
                       ARENA_MONO(ARENA_NOW), &page);
    assert_true(page.from == 3 && page.to == 107 && page.more);
    room_log_seek_page(a.store, room, &ids[2], 9, ARENA_MONO(ARENA_NOW), &page);
    assert_true(page.from == 1 && page.to == 3 && !page.more);
    arena_check(&a);
    /* One more than COUNT + 100: the oldest goes, whatever it is. */
    room_said_edit(&a, room, ids[1], "once more");
    assert_int_equal(kept(&a, room), 2);
    room_said_edit(&a, room, ids[1], "and again");
    assert_int_equal(kept(&a, room), 1);
    arena_check(&a);
    /* A message that goes by the rule takes the events behind it along. */
    for (int i = 0; i < 4; i++) {
        room_said_by_ann(&a, room, "more");
    }
    assert_int_equal(kept(&a, room), 3);
    assert_null(
        strstr(room_said_after(&a, room, NULL, UINT64_MAX, NULL), "event"));
    arena_check(&a);
    arena_close(&a);
}

/* One who edits all the time pushes nobody out. */
static void a_hundred_edits_push_nobody_out(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    char text[20];

    (void)state;
    arena_open(&a, 128, 4);
    room = arena_room(&a, "r", 50);
    for (int i = 0; i < 50; i++) {
        id = room_said_by_ann(&a, room, "word");
    }
    for (int i = 0; i < 150; i++) {
        snprintf(text, sizeof(text), "edit %d", i);
        room_said_edit(&a, room, id, text);
        assert_int_equal(kept(&a, room), 50);
    }
    arena_check(&a);
    arena_close(&a);
}

/* CONTRACT A24. */
static void refs_are_of_one_kind(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    room_id first = { 0, 0 };
    room_id again = { 0, 0 };
    room_said by_ann = { ANN, "new", "c-1", ARENA_NOW };
    room_log_target target = { .author = ANN };

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 10);
    id = room_said_message(&a, room,
                           &(room_said){ ANN, "old", "c-1", ARENA_NOW });
    target.id = id;
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, target, &first),
        ROOM_OK);
    by_ann.text = "another";
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, target, &again),
        ROOM_REPEATED);
    assert_int_equal(room_id_compare(&first, &again), 0);
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_DELETED, &by_ann, target, &again),
        ROOM_OK);
    assert_int_equal(room_log_next(a.store, room), 4);
    arena_close(&a);
}

static void a_room_has_a_state(void **state)
{
    static const room_state usual;
    room_state now = { .topic = "Tea", .topic_size = 3, .slow_s = 30 };
    room_state read;
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 2);
    assert_int_equal(room_said_state(&a, room, &now, &usual), ROOM_STALE);
    assert_int_equal(room_said_state(&a, room, &usual, &usual), ROOM_SAME);
    assert_int_equal(room_said_state(&a, room, &usual, &now), ROOM_OK);
    assert_int_equal(room_state_read(a.store, room, &read), ROOM_OK);
    assert_true(read.topic_size == 3 && memcmp(read.topic, "Tea", 3) == 0
                && read.slow_s == 30 && !read.locked);
    assert_true(room_state_special(a.store, room.index));
    /* Its log may lose all that it likes, and be cleared. */
    for (int i = 0; i < 9; i++) {
        room_said_message(
            &a, room, &(room_said){ ANN, "w", NULL, ARENA_NOW + i * 60000 });
    }
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    room_state_read(a.store, room, &read);
    assert_int_equal(read.slow_s, 30);
    assert_int_equal(room_said_state(&a, room, &now, &usual), ROOM_OK);
    assert_false(room_state_special(a.store, room.index));
    room.generation++;
    assert_int_equal(room_state_read(a.store, room, &read), ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

/* The last page of a long message, where no record begins, leads to itself. */
static void nobody_walks_in_a_circle(void **state)
{
    char text[3500];
    room_said_reading all = { .next = 1 };
    room_log_position at;
    uint32_t last;
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 9);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 3; i++) {
        room_said_by_ann(&a, room, "w");
    }
    room_said_edit(&a, room, room_said_by_ann(&a, room, "w"), "v");
    room_said_by_ann(&a, room, text);
    last = a.store->items[room.index]
               .extents[a.store->items[room.index].active & 1].last;
    assert_int_equal(a.store->pages[last].start, 0);
    a.store->pages[last].prev = last;
    alarm(60);
    assert_int_equal(room_log_seek(a.store, room, NULL, 2,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    alarm(0);
    room_said_read(&a, room, &all);
    assert_int_equal(all.count, 0); /* it was damaged, and is empty now */
    room_said_by_ann(&a, room, "w");
    room_said_read(&a, room, &all);
    assert_int_equal(all.count, 1);
    arena_close(&a);
}

static room_status say_slowly(arena *a, room_handle room, uint64_t user,
                              int64_t wall_ms, int64_t *wait_us)
{
    room_log_entry entry = { .head = "{\"id\":\"", .head_size = 7,
                             .tail = "\",\"text\":\"w\"}", .tail_size = 13,
                             .text_at = 9, .text_size = 3, .user = user,
                             .wait_us = wait_us, .wall_ms = wall_ms,
                             .mono_us = ARENA_MONO(wall_ms) };
    uint64_t seq;
    room_id id;

    return room_log_append(a->store, room, &entry, &id, &seq);
}

static void slow_counts_from_what_was_said_before(void **state)
{
    static const room_state usual;
    room_state now = { .slow_s = 30 };
    room_said early = { BOB, "w", NULL, ARENA_NOW - 40000 };
    room_said late = { ANN, "w", NULL, ARENA_NOW - 10000 };
    int64_t wait_us = 0;
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 9);
    room_said_message(&a, room, &early);
    room_said_message(&a, room, &late);
    /* An event is nothing that somebody has said. */
    room_said_erase(&a, room, room_said_message(&a, room, &early), 0);
    assert_int_equal(room_said_state(&a, room, &usual, &now), ROOM_OK);
    assert_int_equal(say_slowly(&a, room, ANN, ARENA_NOW + 1000, &wait_us),
                     ROOM_SLOW);
    assert_int_equal(wait_us, 19000000);
    assert_int_equal(say_slowly(&a, room, BOB, ARENA_NOW + 1000, &wait_us),
                     ROOM_OK);
    assert_int_equal(say_slowly(&a, room, ANN, ARENA_NOW + 20000, &wait_us),
                     ROOM_OK);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_leaves_no_gap_and_no_text),
        cmocka_unit_test(a_clear_frees_the_pages),
        cmocka_unit_test(history_counts_messages),
        cmocka_unit_test(a_hundred_edits_push_nobody_out),
        cmocka_unit_test(refs_are_of_one_kind),
        cmocka_unit_test(a_room_has_a_state),
        cmocka_unit_test(nobody_walks_in_a_circle),
        cmocka_unit_test(slow_counts_from_what_was_said_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
