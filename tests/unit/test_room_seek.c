/* test_room_seek.c - where a join or a cursor starts to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/segment/room_layout.h"
#include "room_arena.h"

#define T UINT64_C(1795321234567) /* ARENA_NOW */

/* One cursor and what it comes to. */
typedef struct {
    const char *what;
    room_id after;
    uint64_t seq;
    bool gap;
    room_id cursor;
} seek_row;

static void check_rows(arena *a, room_handle room, int64_t wall_ms,
                       const seek_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        room_log_position at;

        print_message("  %s\n", rows[i].what);
        assert_int_equal(room_log_seek(a->store, room, &rows[i].after, 2,
                                       ARENA_MONO(wall_ms), &at), ROOM_OK);
        assert_int_equal(at.seq, rows[i].seq);
        assert_int_equal(at.gap, rows[i].gap);
        assert_int_equal(at.resumed, !rows[i].gap);
        assert_int_equal(room_id_compare(&at.cursor, &rows[i].cursor), 0);
        assert_int_equal(at.next_seq, room_log_next(a->store, room));
    }
}

static void cursors_of_an_empty_room(void **state)
{
    static const seek_row rows[] = {
        { "its birth", { T, 0 }, 1, false, { T, 0 } },
        { "before its birth", { T - 1, 9 }, 1, true, { T, 0 } },
        { "in the future", { T, 1 }, 1, true, { T, 0 } },
        { "nought", { 0, 0 }, 1, true, { T, 0 } },
        { "the greatest", { UINT64_MAX, UINT64_MAX }, 1, true, { T, 0 } },
    };
    arena a;
    room_log_position at;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 10);
    check_rows(&a, room, ARENA_NOW, rows, sizeof(rows) / sizeof(rows[0]));
    room_log_seek(a.store, room, NULL, UINT64_MAX, ARENA_MONO(ARENA_NOW), &at);
    assert_int_equal(at.seq, 1);
    assert_false(at.resumed || at.gap);
    assert_int_equal(at.cursor.ms, T);
    arena_close(&a);
}

/* Ids T+10-0, T+20-0, T+20-1, T+30-0, all kept. */
static void cursors_of_a_complete_room(void **state)
{
    static const seek_row rows[] = {
        { "before the birth", { T - 1, 0 }, 1, true, { T, 0 } },
        { "the birth", { T, 0 }, 1, false, { T, 0 } },
        { "between birth and first", { T + 5, 3 }, 1, false, { T + 5, 3 } },
        { "the first", { T + 10, 0 }, 2, false, { T + 10, 0 } },
        { "between two", { T + 10, 7 }, 2, false, { T + 10, 7 } },
        { "the second", { T + 20, 0 }, 3, false, { T + 20, 0 } },
        { "the third", { T + 20, 1 }, 4, false, { T + 20, 1 } },
        { "between the last two", { T + 29, 0 }, 4, false, { T + 29, 0 } },
        { "the newest", { T + 30, 0 }, 5, false, { T + 30, 0 } },
        { "just after it", { T + 30, 1 }, 1, true, { T, 0 } },
        { "far after it", { T + 99999, 0 }, 1, true, { T, 0 } },
    };
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 10);
    arena_say(&a, room, "1", ARENA_NOW + 10);
    arena_say(&a, room, "2", ARENA_NOW + 20);
    arena_say(&a, room, "3", ARENA_NOW + 20);
    arena_say(&a, room, "4", ARENA_NOW + 30);
    check_rows(&a, room, ARENA_NOW + 50, rows,
               sizeof(rows) / sizeof(rows[0]));
    arena_close(&a);
}

/* Ten messages T+1 to T+10, of which three are kept; all are in transit. */
static void cursors_of_a_room_that_dropped_some(void **state)
{
    static const seek_row rows[] = {
        { "the birth", { T, 0 }, 8, true, { T + 7, 0 } },
        { "a dropped one", { T + 6, 0 }, 8, true, { T + 7, 0 } },
        { "after a dropped one", { T + 6, 9 }, 8, true, { T + 7, 0 } },
        { "the last dropped one", { T + 7, 0 }, 8, false, { T + 7, 0 } },
        { "in front of the first kept", { T + 7, 1 }, 8, false, { T + 7, 1 } },
        { "the first kept", { T + 8, 0 }, 9, false, { T + 8, 0 } },
        { "the newest", { T + 10, 0 }, 11, false, { T + 10, 0 } },
        { "after it", { T + 10, 1 }, 8, true, { T + 7, 0 } },
    };
    arena a;
    arena_seen seen;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 3);
    for (int i = 1; i <= 10; i++) {
        arena_say(&a, room, "m", ARENA_NOW + i);
    }
    check_rows(&a, room, ARENA_NOW + 50, rows,
               sizeof(rows) / sizeof(rows[0]));
    arena_read(&a, room, 1, &seen);
    assert_int_equal(seen.first, 1);
    arena_close(&a);
}

static void cursors_of_a_room_that_keeps_nothing(void **state)
{
    static const seek_row rows[] = {
        { "the birth", { T, 0 }, 3, true, { T + 2, 0 } },
        { "the one before", { T + 1, 0 }, 3, true, { T + 2, 0 } },
        { "the newest", { T + 2, 0 }, 3, false, { T + 2, 0 } },
        { "after it", { T + 2, 1 }, 3, true, { T + 2, 0 } },
    };
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 0);
    arena_say(&a, room, "1", ARENA_NOW + 1);
    arena_say(&a, room, "2", ARENA_NOW + 2);
    check_rows(&a, room, ARENA_NOW + 50, rows,
               sizeof(rows) / sizeof(rows[0]));
    arena_close(&a);
}

/* Nobody appends, and yet the history grows old. */
static void age_drops_without_an_append(void **state)
{
    static const seek_row young[] = {
        { "the birth", { T, 0 }, 1, false, { T, 0 } },
        { "the first", { T + 1, 0 }, 2, false, { T + 1, 0 } },
    };
    static const seek_row old[] = {
        { "the birth", { T, 0 }, 2, true, { T + 1, 0 } },
        { "the first", { T + 1, 0 }, 2, false, { T + 1, 0 } },
        { "the second", { T + 500, 0 }, 3, false, { T + 500, 0 } },
    };
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    assert_int_equal(room_table_open(a.store, "r", 1, 10, 1000,
                                     arena_at(ARENA_NOW), &room), ROOM_OK);
    arena_say(&a, room, "1", ARENA_NOW + 1);
    arena_say(&a, room, "2", ARENA_NOW + 500);
    check_rows(&a, room, ARENA_NOW + 1001, young, 2);
    check_rows(&a, room, ARENA_NOW + 1002, old, 3);
    arena_close(&a);
}

static void history_is_what_was_asked_for(void **state)
{
    static const struct {
        uint64_t history;
        uint64_t seq;
        uint64_t cursor_ms;
    } rows[] = {
        { UINT64_MAX, 6, T + 5 }, { 5, 6, T + 5 },  { 6, 6, T + 5 },
        { 4, 7, T + 6 },          { 1, 10, T + 9 }, { 0, 11, T + 10 },
    };
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 5);
    for (int i = 1; i <= 10; i++) {
        arena_say(&a, room, "m", ARENA_NOW + i);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_log_position at;

        room_log_seek(a.store, room, NULL, rows[i].history,
                      ARENA_MONO(ARENA_NOW), &at);
        assert_int_equal(at.seq, rows[i].seq);
        assert_int_equal(at.cursor.ms, rows[i].cursor_ms);
        assert_false(at.gap || at.resumed);
        room_log_seek(a.store, room, &at.cursor, 0, ARENA_MONO(ARENA_NOW), &at);
        assert_int_equal(at.seq, rows[i].seq);
        assert_true(at.resumed);
    }
    arena_close(&a);
}

/* The cursor of every message, in a log of many pages with bodies that run
 * over several of them. */
static void every_id_of_a_long_log_is_found(void **state)
{
    arena a;
    room_handle room;
    arena_seen seen;

    (void)state;
    arena_open(&a, 400, 2);
    room = arena_room(&a, "r", 1000);
    for (int i = 1; i <= 300; i++) {
        size_t size = i % 11 == 0 ? 3000 : (size_t)(i * 37 % 500);

        assert_int_equal(arena_fill(&a, room, size, ARENA_NOW + 10 * i),
                         ROOM_OK);
    }
    for (uint64_t i = 1; i <= 300; i++) {
        room_id exact = { T + 10 * i, 0 };
        room_id behind = { T + 10 * i + 5, 0 };
        room_log_position at;

        room_log_seek(a.store, room, &exact, 0, ARENA_MONO(ARENA_NOW), &at);
        assert_int_equal(at.seq, i + 1);
        assert_true(at.resumed);
        arena_read(&a, room, i, &seen);
        assert_int_equal(seen.first, i);
        assert_int_equal(seen.count, 301 - i);
        if (i < 300) {
            room_log_seek(a.store, room, &behind, 0, ARENA_MONO(ARENA_NOW),
                          &at);
            assert_int_equal(at.seq, i + 1);
        }
    }
    arena_check(&a);
    arena_close(&a);
}

/* One page and what is in it: `first` to `last` (0: none). */
typedef struct {
    const char *what;
    room_id before;
    uint64_t limit;
    uint64_t first;
    uint64_t last;
    bool more;
} page_row;

static void check_pages(arena *a, room_handle room, int64_t wall_ms,
                        const page_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        room_log_page page;

        print_message("  %s\n", rows[i].what);
        assert_int_equal(room_log_seek_page(a->store, room, &rows[i].before,
                                            rows[i].limit, ARENA_MONO(wall_ms),
                                            &page),
                         ROOM_OK);
        if (rows[i].last) {
            assert_int_equal(page.from, rows[i].first);
            assert_int_equal(page.to, rows[i].last + 1);
        }
        else {
            assert_int_equal(page.from, page.to);
        }
        assert_int_equal(page.more, rows[i].more);
    }
}

static void pages_of_an_empty_room(void **state)
{
    static const page_row rows[] = {
        { "before all", { 0, 0 }, 50, 0, 0, false },
        { "before its birth", { T, 0 }, 50, 0, 0, false },
        { "before the end of time", { UINT64_MAX, 0 }, 50, 0, 0, false },
    };
    arena a;
    room_log_page page;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 10);
    check_pages(&a, room, ARENA_NOW, rows, sizeof(rows) / sizeof(rows[0]));
    room_log_seek_page(a.store, room, &rows[0].before, 1,
                       ARENA_MONO(ARENA_NOW), &page);
    assert_int_equal(page.cursor.ms, T);
    room.generation++;
    assert_int_equal(room_log_seek_page(a.store, room, &rows[0].before, 1,
                                        ARENA_MONO(ARENA_NOW), &page),
                     ROOM_GONE);
    arena_close(&a);
}

/* Ten messages T+1-0 to T+10-0, of which five are kept; all are in transit.
 * The one after them is T+10-1. */
static void pages_of_a_room_that_dropped_some(void **state)
{
    static const page_row rows[] = {
        { "the newest two", { UINT64_MAX, UINT64_MAX }, 2, 10, 11, true },
        { "all", { UINT64_MAX, UINT64_MAX }, 5, 7, 11, false },
        { "as many as one likes", { T + 11, 0 }, UINT64_MAX, 7, 11, false },
        { "not the one itself", { T + 10, 1 }, 1, 10, 10, true },
        { "one position behind it", { T + 10, 2 }, 1, 11, 11, true },
        { "n is 0", { T + 10, 0 }, 2, 8, 9, true },
        { "just the rest", { T + 10, 0 }, 3, 7, 9, false },
        { "between two", { T + 8, 77 }, 1, 8, 8, true },
        { "only the first", { T + 8, 0 }, 50, 7, 7, false },
        { "the first kept", { T + 7, 0 }, 50, 0, 0, false },
        { "one that is not kept", { T + 3, 0 }, 50, 0, 0, false },
        { "its birth", { T, 0 }, 50, 0, 0, false },
        { "nought", { 0, 0 }, 50, 0, 0, false },
    };
    arena a;
    arena_seen seen;
    room_log_page page;
    room_handle room;

    (void)state;
    arena_open(&a, 32, 2);
    room = arena_room(&a, "r", 5);
    for (int i = 1; i <= 10; i++) {
        arena_say(&a, room, "m", ARENA_NOW + i);
    }
    arena_say(&a, room, "m", ARENA_NOW + 10);
    check_pages(&a, room, ARENA_NOW + 50, rows,
                sizeof(rows) / sizeof(rows[0]));
    arena_read(&a, room, 1, &seen);
    assert_int_equal(seen.first, 1);
    room_log_seek_page(a.store, room, &rows[0].before, 1,
                       ARENA_MONO(ARENA_NOW), &page);
    assert_int_equal(page.cursor.ms, T + 6);
    arena_close(&a);
}

/* Walking back by pages of seven meets every message once. */
static void pages_of_a_long_log(void **state)
{
    arena a;
    room_handle room;
    room_id before = { UINT64_MAX, 0 };
    room_log_page page = { .more = true };
    uint64_t seen = 301;

    (void)state;
    arena_open(&a, 400, 2);
    room = arena_room(&a, "r", 1000);
    for (int i = 1; i <= 300; i++) {
        size_t size = i % 11 == 0 ? 3000 : (size_t)(i * 37 % 500);

        assert_int_equal(arena_fill(&a, room, size, ARENA_NOW + 10 * i),
                         ROOM_OK);
    }
    while (page.more) {
        assert_int_equal(room_log_seek_page(a.store, room, &before, 7,
                                            ARENA_MONO(ARENA_NOW), &page),
                         ROOM_OK);
        assert_int_equal(page.to, seen);
        assert_true(page.to - page.from == 7 || page.from == 1);
        seen = page.from;
        before = (room_id){ T + 10 * seen, 0 };
    }
    assert_int_equal(seen, 1);
    arena_close(&a);
}

typedef struct {
    uint64_t next;
    unsigned left; /* so many are taken, then no more */
} taker;

static bool take(void *context, const room_log_record *record)
{
    taker *t = context;

    if (t->left == 0) {
        return false;
    }
    assert_int_equal(record->seq, t->next);
    t->next++;
    t->left--;
    return true;
}

/* A reader that goes on where it was does not search: it gets along even where
 * a search would fail, because the pages are not linked backwards. */
static void a_cursor_knows_its_place(void **state)
{
    arena a;
    room_log_cursor at = { 1, 0, 0 };
    taker t = { 1, 0 };
    room_handle room;

    (void)state;
    arena_open(&a, 512, 2);
    room = arena_room(&a, "r", 1000);
    for (int i = 1; i <= 400; i++) {
        arena_fill(&a, room, 1000, ARENA_NOW + i);
    }
    for (uint32_t page = 0; page < a.store->geometry.pages; page++) {
        a.store->pages[page].prev = ROOM_NONE;
    }
    while (at.seq <= 400) {
        t.left = 7;
        assert_int_equal(room_log_read_on(a.store, room, &at, UINT64_MAX,
                                          5000, take, &t), ROOM_OK);
        assert_int_equal(at.seq, t.next);
    }
    assert_int_equal(room_log_next(a.store, room), 401);
    arena_close(&a);
}

/* Whatever a hint says, the messages are those that a search finds: also when
 * its page has gone to another room and come back. */
static void a_wrong_hint_is_noticed(void **state)
{
    arena a;
    room_handle room;
    room_handle other;

    (void)state;
    arena_open(&a, 64, 2);
    room = arena_room(&a, "r", 20);
    other = arena_room(&a, "s", 20);
    for (unsigned round = 0; round < 30; round++) {
        arena_fill(&a, round % 3 ? room : other, 900, ARENA_NOW + round);
        arena_fill(&a, room, 200 + 31 * round, ARENA_NOW + round);
        for (uint32_t page = 0; page < 66; page++) {
            for (uint32_t offset = 0; offset < 1040; offset += 4) {
                uint64_t next = room_log_next(a.store, room);
                uint64_t from = next > 5 ? next - 5 : 1;
                room_log_cursor at = { from, page, offset };
                taker t = { from, 3 };

                room_log_read_on(a.store, room, &at, next, 100000, take, &t);
                assert_int_equal(at.seq, t.next);
                assert_int_equal(t.left, next - from < 3 ? 3 - (next - from)
                                                         : 0);
            }
        }
    }
    arena_check(&a);
    arena_close(&a);
}

/* What has grown too old is walked over once: nobody looks at it again, or a
 * room that was busy an hour ago would cost each reader a walk over all that it
 * kept. */
static void what_is_too_old_is_passed_once(void **state)
{
    arena a;
    room_handle room;
    room_log_position at;

    (void)state;
    arena_open(&a, 64, 2);
    assert_int_equal(room_table_open(a.store, "r", 1, 100, 1000,
                                     arena_at(ARENA_NOW), &room), ROOM_OK);
    for (unsigned i = 0; i < 50; i++) {
        arena_fill(&a, room, 100, ARENA_NOW);
    }
    room_log_seek(a.store, room, NULL, 10, ARENA_MONO(ARENA_NOW + 1001), &at);
    assert_int_equal(at.seq, 51);
    arena_check(&a);
    for (uint32_t page = 0; page < a.store->geometry.pages; page++) {
        memset(a.store->pages[page].data, 0, ROOM_PAGE_DATA);
    }
    room_log_seek(a.store, room, NULL, 10, ARENA_MONO(ARENA_NOW + 1002), &at);
    assert_int_equal(at.seq, 51);
    assert_int_equal(atomic_load(&a.store->header->resets), 0);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_of_an_empty_room),
        cmocka_unit_test(cursors_of_a_complete_room),
        cmocka_unit_test(cursors_of_a_room_that_dropped_some),
        cmocka_unit_test(cursors_of_a_room_that_keeps_nothing),
        cmocka_unit_test(age_drops_without_an_append),
        cmocka_unit_test(history_is_what_was_asked_for),
        cmocka_unit_test(every_id_of_a_long_log_is_found),
        cmocka_unit_test(pages_of_an_empty_room),
        cmocka_unit_test(pages_of_a_room_that_dropped_some),
        cmocka_unit_test(pages_of_a_long_log),
        cmocka_unit_test(a_cursor_knows_its_place),
        cmocka_unit_test(a_wrong_hint_is_noticed),
        cmocka_unit_test(what_is_too_old_is_passed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
