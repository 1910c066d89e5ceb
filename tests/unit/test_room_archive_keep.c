/* test_room_archive_keep.c - what is not in the archive yet is not let go: by a
 * room's rule, for lack of memory or of rooms, or when the segment is replaced
 * by another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room/segment/room_slot.h"
#include "room_rows.h"

static uint64_t lost(const arena *a)
{
    room_archive_figures figures;

    room_archive_figures_get(a->store, 0, &figures);
    return figures.lost;
}

static uint64_t lag(const arena *a)
{
    room_archive_figures figures;

    room_archive_figures_get(a->store, 0, &figures);
    return figures.lag_messages;
}

static void archive_all(arena *a, room_handle room)
{
    room_archive_done(a->store, room, room_log_next(a->store, room));
}

static void say(arena *a, room_handle room, const char *text, int64_t wall_ms)
{
    room_said_message(a, room, &(room_said){ ANN, text, NULL, wall_ms });
}

/* The first number that is physically there. */
static uint64_t first_of(arena *a, room_handle room, int64_t wall_ms)
{
    room_log_state info;

    assert_int_equal(room_log_info(a->store, room, ARENA_MONO(wall_ms), &info),
                     ROOM_OK);
    return info.first_seq;
}

static void the_rule_spares_it(void **state)
{
    arena a;
    room_handle room;

    (void)state;
    arena_open_archive(&a, 60, 3, NULL);
    room = room_rows_new(&a, "room", 2);
    for (int i = 0; i < 10; i++) {
        say(&a, room, "word", ARENA_NOW + i * 60000);
    }
    assert_int_equal(first_of(&a, room, ARENA_NOW + 600000), 1);
    /* Readers are told no more than the room keeps. */
    assert_null(strstr(room_said_after(&a, room, NULL, UINT64_MAX, NULL),
                       "321234567-0"));
    room_archive_done(a.store, room, 6);
    say(&a, room, "word", ARENA_NOW + 700000);
    assert_int_equal(first_of(&a, room, ARENA_NOW + 700000), 6);
    archive_all(&a, room);
    say(&a, room, "word", ARENA_NOW + 800000);
    assert_in_range(first_of(&a, room, ARENA_NOW + 800000), 10, 11);
    assert_int_equal(lost(&a), 0);
    arena_check(&a);
    arena_close(&a);
}

static void fill(arena *a, room_handle room, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(arena_fill(a, room, 900, ARENA_NOW), ROOM_OK);
    }
}

/* Memory is taken from what the archive has, be it another room's. */
static void memory_spares_it(void **state)
{
    arena a;
    room_handle waits;
    room_handle written;

    (void)state;
    arena_open_archive(&a, 64, 3, NULL);
    waits = room_rows_new(&a, "waits", 1000);
    written = room_rows_new(&a, "written", 1000);
    fill(&a, waits, 14);
    for (int i = 0; i < 200; i++) {
        fill(&a, written, 1);
        archive_all(&a, written);
    }
    assert_int_equal(first_of(&a, waits, ARENA_NOW), 1);
    assert_true(first_of(&a, written, ARENA_NOW) > 100);
    assert_int_equal(lost(&a) + a.store->header->evicted, 0);
    assert_int_equal(lag(&a), 14);
    arena_check(&a);
    arena_close(&a);
}

static bool note_since(void *context, const room_log_record *record)
{
    uint64_t *since = context;

    *since = record->since;
    return false;
}

/* When nothing else is left it goes, and the writer sees that. */
static void memory_takes_it_in_the_end(void **state)
{
    arena a;
    room_handle room;
    uint64_t since = 0;
    uint64_t next;
    uint64_t first;

    (void)state;
    arena_open_archive(&a, 64, 3, NULL);
    room = room_rows_new(&a, "room", 1000);
    fill(&a, room, 10);
    room_archive_done(a.store, room, 6);
    fill(&a, room, 90);
    first = first_of(&a, room, ARENA_NOW);
    assert_true(first > 6);
    assert_int_equal(lost(&a) + lag(&a), 100 - 5);
    assert_int_equal(a.store->header->evicted, lost(&a));
    assert_int_equal(room_archive_read(a.store, room, 6, SIZE_MAX, note_since,
                                       &since, &next), ROOM_OK);
    assert_int_equal(since, first);
    arena_check(&a);
    arena_close(&a);
}

/* A flood in one room, while the database is away, costs that room: the others
 * keep what they keep. */
static void a_flood_is_not_spared(void **state)
{
    arena a;
    room_handle quiet;
    room_handle flood;
    int slot;

    (void)state;
    arena_open_archive(&a, 64, 3, NULL);
    quiet = room_rows_new(&a, "quiet", 1000);
    flood = room_rows_new(&a, "flood", 1000);
    slot = room_slot_claim(a.store, getpid());
    room_slot_watch(a.store, quiet, slot, true);
    room_slot_watch(a.store, flood, slot, true);
    fill(&a, quiet, 12);
    archive_all(&a, quiet);
    fill(&a, flood, 300);
    assert_int_equal(first_of(&a, quiet, ARENA_NOW), 1);
    assert_true(lost(&a) > 200);
    arena_check(&a);
    arena_close(&a);
}

static void a_clear_leaves_nothing_to_write(void **state)
{
    arena a;
    room_handle room;
    static room_rows rows;

    (void)state;
    memset(&rows, 0, sizeof(rows));
    arena_open_archive(&a, 64, 3, NULL);
    room = room_rows_new(&a, "room", 1000);
    say(&a, room, "secret one", ARENA_NOW);
    say(&a, room, "secret two", ARENA_NOW);
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    room_rows_write(&a, room, &rows);
    assert_int_equal(rows.room.count, 1);
    assert_int_equal(rows.records[0].kind, ROOM_LOG_CLEARED);
    assert_int_equal(rows.jumps, 0);
    assert_int_equal(lost(&a), 0);
    arena_check(&a);
    arena_close(&a);
}

/* The room keeps nothing, but the archive does. */
static void what_only_the_archive_has_is_cleared(void **state)
{
    arena a;
    room_handle room;
    static room_rows rows;

    (void)state;
    arena_open_archive(&a, 64, 3, NULL);
    room = room_rows_new(&a, "room", 0);
    assert_int_equal(room_said_clear(&a, room), ROOM_SAME);
    say(&a, room, "one", ARENA_NOW);
    archive_all(&a, room);
    say(&a, room, "two", ARENA_NOW + 60000);
    archive_all(&a, room);
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    assert_int_equal(room_said_clear(&a, room), ROOM_SAME);
    arena_check(&a);
    arena_close(&a);
    /* Read in, with none of its messages. */
    memset(&rows, 0, sizeof(rows));
    rows.room.birth = (room_id){ ARENA_NOW - 9, 0 };
    rows.room.newest = rows.room.complete = (room_id){ ARENA_NOW - 5, 0 };
    arena_open_archive(&a, 64, 3, NULL);
    room = room_rows_open(&a, "room", 5, &rows);
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* What was deleted or edited before it was written never comes there. */
static void old_texts_are_not_written(void **state)
{
    arena a;
    room_handle room;
    room_id ids[2];
    static room_rows rows;

    (void)state;
    memset(&rows, 0, sizeof(rows));
    arena_open_archive(&a, 64, 3, NULL);
    room = room_rows_new(&a, "room", 1000);
    ids[0] = room_said_by_ann(&a, room, "secret one");
    ids[1] = room_said_by_ann(&a, room, "secret two");
    room_said_edit(&a, room, ids[0], "public");
    assert_int_equal(room_said_erase(&a, room, ids[1], 0), ROOM_OK);
    room_rows_write(&a, room, &rows);
    assert_int_equal(rows.room.count, 4);
    for (size_t i = 0; i < rows.room.count; i++) {
        assert_null(memmem(rows.records[i].body, rows.records[i].size,
                           "secret", 6));
    }
    assert_true(rows.records[0].edited);
    assert_memory_equal(rows.bodies[0] + rows.records[0].text_at, "\"public\"",
                        rows.records[0].text_size);
    assert_true(rows.records[1].deleted);
    assert_memory_equal(rows.bodies[1] + rows.records[1].text_at, "\"\"", 2);
    assert_memory_equal(rows.bodies[2] + rows.records[2].text_at, "\"public\"",
                        rows.records[2].text_size);
    assert_int_equal(rows.records[3].text_size, 0);
    arena_check(&a);
    arena_close(&a);
}

/* Rooms that are in the archive give way first. */
static void a_room_that_waits_is_given_away_last(void **state)
{
    arena a;
    room_handle waits;
    room_handle written;

    (void)state;
    arena_open_archive(&a, 64, 3, NULL);
    waits = room_rows_new(&a, "waits", 10);
    say(&a, waits, "one", ARENA_NOW);
    written = room_rows_new(&a, "written", 10);
    say(&a, written, "one", ARENA_NOW + 1);
    archive_all(&a, written);
    for (int i = 0; i < 20; i++) {
        char key[] = { 'k', (char)('a' + i), '\0' };

        arena_room(&a, key, 5);
    }
    assert_int_equal(room_log_next(a.store, waits), 2);
    assert_int_equal(lost(&a), 0);
    assert_true(room_log_next(a.store, written) == UINT64_MAX);
    arena_check(&a);
    arena_close(&a);
}

/* From one segment to another, whose archive says what it has got. */
typedef struct {
    arena from;
    arena to;
    room_handle old;
    room_handle now;
    room_move_figures told;
    room_rows rows;
} moving;

static void move(moving *m, uint32_t pages, bool archive)
{
    if (archive) {
        arena_open_archive(&m->to, pages, 3, m->from.store);
    }
    else {
        arena_open_after(&m->to, pages, 3, m->from.store);
    }
    room_move_all(m->from.store, m->to.store, arena_at(ARENA_NOW), &m->told);
    assert_int_equal(room_table_find(m->to.store, "room", 4, &m->now),
                     ROOM_OK);
    assert_false(room_import_wanted(m->to.store, m->now));
    arena_check(&m->to);
}

static void begin(moving *m, bool archive, uint32_t keep)
{
    memset(m, 0, sizeof(*m));
    if (archive) {
        arena_open_archive(&m->from, 80, 3, NULL);
        m->old = room_rows_new(&m->from, "room", keep);
    }
    else {
        arena_open(&m->from, 80, 3);
        m->old = arena_room(&m->from, "room", keep);
    }
}

static void end(moving *m)
{
    arena_check(&m->to);
    arena_close(&m->from);
    arena_close(&m->to);
}

static void a_move_takes_along_what_waits(void **state)
{
    moving m;
    const char *told;

    (void)state;
    begin(&m, true, 2);
    for (int i = 0; i < 6; i++) {
        char text[] = { 'w', (char)('0' + i), '\0' };

        say(&m.from, m.old, text, ARENA_NOW);
    }
    room_archive_done(m.from.store, m.old, 3);
    move(&m, 60, true);
    assert_int_equal(lag(&m.to), 4);
    assert_int_equal(lost(&m.to), 0);
    assert_int_equal(m.told.messages, 2);
    assert_int_equal(m.told.evicted, 0);
    told = room_said_after(&m.to, m.now, NULL, UINT64_MAX, NULL);
    assert_null(strstr(told, "w3"));
    assert_non_null(strstr(told, "w4"));
    room_rows_write(&m.to, m.now, &m.rows);
    assert_int_equal(m.rows.jumps, 0);
    assert_int_equal(m.rows.room.count, 4);
    assert_non_null(memmem(m.rows.bodies[0], m.rows.records[0].size, "w2", 2));
    assert_int_equal(lag(&m.to), 0);
    end(&m);
}

static void a_move_knows_what_is_archived(void **state)
{
    moving m;
    room_archive_facts facts;

    (void)state;
    begin(&m, true, 10);
    for (int i = 0; i < 6; i++) {
        say(&m.from, m.old, "word", ARENA_NOW);
    }
    room_archive_done(m.from.store, m.old, 5);
    room_import_keep(m.from.store, m.old, 77);
    move(&m, 60, true);
    assert_int_equal(lag(&m.to), 2);
    assert_int_equal(room_archive_look(m.to.store, m.now, &facts), ROOM_OK);
    assert_true(facts.fresh); /* not this limit */
    room_import_kept(m.to.store, m.now, 76);
    assert_int_equal(room_archive_look(m.to.store, m.now, &facts), ROOM_OK);
    assert_true(facts.fresh);
    room_import_kept(m.to.store, m.now, 77);
    assert_int_equal(room_archive_look(m.to.store, m.now, &facts), ROOM_OK);
    assert_false(facts.fresh);
    assert_int_equal(facts.next - facts.from, 2);
    assert_int_equal(facts.keep_ms, 77);
    assert_memory_equal(&facts.birth,
                        &m.from.store->items[m.old.index].birth,
                        sizeof(facts.birth));
    end(&m);
}

/* The new segment is too small for it. */
static void a_move_says_what_is_lost(void **state)
{
    moving m;

    (void)state;
    begin(&m, true, 1000);
    fill(&m.from, m.old, 60);
    room_archive_done(m.from.store, m.old, 4);
    move(&m, 24, true);
    assert_true(lost(&m.to) > 30);
    assert_int_equal(lost(&m.to) + lag(&m.to), 57);
    assert_int_equal(m.told.evicted, lost(&m.to));
    room_rows_write(&m.to, m.now, &m.rows);
    assert_int_equal(m.rows.jumps, 1);
    end(&m);
}

static void an_archive_begins_and_ends(void **state)
{
    moving m;
    room_archive_facts facts;

    (void)state;
    begin(&m, false, 10);
    for (int i = 0; i < 6; i++) {
        say(&m.from, m.old, "word", ARENA_NOW);
    }
    move(&m, 60, true);
    assert_false(room_archive_ready(m.to.store));
    assert_int_equal(lag(&m.to), 6);
    assert_int_equal(room_archive_look(m.to.store, m.now, &facts), ROOM_OK);
    assert_true(facts.fresh);
    room_rows_write(&m.to, m.now, &m.rows);
    assert_int_equal(m.rows.room.count, 6);
    assert_int_equal(m.rows.jumps, 0);
    end(&m);

    begin(&m, true, 10);
    say(&m.from, m.old, "word", ARENA_NOW);
    move(&m, 60, false);
    assert_true(room_ack_upto(m.to.store, m.now) == UINT64_MAX);
    assert_non_null(strstr(room_said_after(&m.to, m.now, NULL, 9, NULL),
                           "word"));
    end(&m);
}

/* What the one has the other has not. */
static void another_archive_gets_all(void **state)
{
    moving m;

    (void)state;
    begin(&m, true, 3);
    room_archive_begin(m.from.store, NULL);
    for (int i = 0; i < 6; i++) {
        say(&m.from, m.old, "word", ARENA_NOW);
    }
    room_archive_done(m.from.store, m.old, 7);
    m.from.store->geometry.archive_name = 8;
    move(&m, 60, true);
    assert_false(room_archive_ready(m.to.store));
    assert_int_equal(lag(&m.to), 6);
    assert_int_equal(lost(&m.to), 0);
    room_rows_write(&m.to, m.now, &m.rows);
    assert_int_equal(m.rows.room.count, 6);
    end(&m);
}

/* Counters and readiness go on, and rooms that are not read in stay out. */
static void the_rest_goes_on(void **state)
{
    moving m;
    room_archive_figures figures;
    room_handle unread;

    (void)state;
    begin(&m, true, 10);
    room_archive_begin(m.from.store, NULL);
    room_archive_count(m.from.store, 7, 2);
    unread = arena_room(&m.from, "unread", 5);
    assert_true(room_import_wanted(m.from.store, unread));
    move(&m, 60, true);
    assert_true(room_archive_ready(m.to.store));
    room_archive_figures_get(m.to.store, 0, &figures);
    assert_int_equal(figures.commits, 7);
    assert_int_equal(figures.errors, 2);
    assert_int_equal(m.told.rooms, 1);
    assert_int_equal(m.told.left, 0);
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_spares_it),
        cmocka_unit_test(memory_spares_it),
        cmocka_unit_test(memory_takes_it_in_the_end),
        cmocka_unit_test(a_flood_is_not_spared),
        cmocka_unit_test(a_clear_leaves_nothing_to_write),
        cmocka_unit_test(what_only_the_archive_has_is_cleared),
        cmocka_unit_test(old_texts_are_not_written),
        cmocka_unit_test(a_room_that_waits_is_given_away_last),
        cmocka_unit_test(a_move_takes_along_what_waits),
        cmocka_unit_test(a_move_knows_what_is_archived),
        cmocka_unit_test(a_move_says_what_is_lost),
        cmocka_unit_test(an_archive_begins_and_ends),
        cmocka_unit_test(another_archive_gets_all),
        cmocka_unit_test(the_rest_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
