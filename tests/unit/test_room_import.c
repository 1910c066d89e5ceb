/* test_room_import.c - a room is read in from the archive: it is as it was, and
 * goes on from there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/segment/room_layout.h"
#include "room_rows.h"

#define PAGES 40

/* Two segments, one after the other, and what is archived in between. */
typedef struct {
    arena before;
    arena after;
    room_handle old;
    room_rows rows;
} stage;

static void begin(stage *s)
{
    memset(s, 0, sizeof(*s));
    arena_open_archive(&s->before, PAGES, 3, NULL);
    s->old = room_rows_new(&s->before, "room", 20);
}

/* Everything stops, and is read in by the next start. */
static room_handle restart(stage *s)
{
    room_rows_write(&s->before, s->old, &s->rows);
    arena_open_archive(&s->after, PAGES, 3, NULL);
    s->after.store->header->since_ms = ARENA_NOW + 1000;
    return room_rows_open(&s->after, "room", 20, &s->rows);
}

static void end(stage *s)
{
    arena_check(&s->before);
    arena_check(&s->after);
    arena_close(&s->before);
    arena_close(&s->after);
}

static room_id say(arena *a, room_handle room, const char *text,
                   const char *ref)
{
    return room_said_message(a, room, &(room_said){ ANN, text, ref,
                                                    ARENA_NOW + 1 });
}

static void it_is_told_as_before(void **state)
{
    stage s;
    room_id ids[4];
    room_handle now;
    char before[8000];

    (void)state;
    begin(&s);
    ids[0] = say(&s.before, s.old, "plain", NULL);
    ids[1] = say(&s.before, s.old, "to be edited", NULL);
    ids[2] = say(&s.before, s.old, "to be deleted", NULL);
    room_said_edit(&s.before, s.old, ids[1], "edited once");
    assert_int_equal(room_said_erase(&s.before, s.old, ids[2], 0), ROOM_OK);
    room_said_edit(&s.before, s.old, ids[1], "edited twice");
    ids[3] = say(&s.before, s.old, "last", NULL);
    strcpy(before, room_said_after(&s.before, s.old, NULL, UINT64_MAX, NULL));
    now = restart(&s);
    assert_string_equal(room_said_after(&s.after, now, NULL, UINT64_MAX, NULL),
                        before);
    assert_false(room_said_holds(&s.after, "edited once"));
    assert_false(room_said_holds(&s.after, "to be"));
    /* It is amended on. */
    room_said_edit(&s.after, now, ids[1], "edited thrice");
    assert_false(room_said_holds(&s.after, "edited twice"));
    assert_non_null(strstr(room_said_after(&s.after, now, NULL, UINT64_MAX,
                                           NULL), "edited thrice"));
    assert_int_equal(room_said_erase(&s.after, now, ids[1], 0), ROOM_OK);
    assert_false(room_said_holds(&s.after, "edited thrice"));
    assert_int_equal(room_said_erase(&s.after, now, ids[2], 0), ROOM_SAME);
    assert_int_equal(room_said_erase(&s.after, now, ids[0], BOB), ROOM_DENIED);
    assert_int_equal(room_said_erase(&s.after, now, ids[0], ANN), ROOM_OK);
    assert_false(room_said_holds(&s.after, "plain"));
    end(&s);
}

/* The message of an edit is there, and the edit itself is not history. */
static void a_revised_message_is_edited_on(void **state)
{
    stage s;
    room_id id;
    const char *told;
    room_handle now;

    (void)state;
    begin(&s);
    id = say(&s.before, s.old, "first", NULL);
    room_said_edit(&s.before, s.old, id, "second");
    room_rows_write(&s.before, s.old, &s.rows);
    s.rows.room.count = 1; /* the edit was left out */
    arena_open_archive(&s.after, PAGES, 3, NULL);
    now = room_rows_open(&s.after, "room", 20, &s.rows);
    told = room_said_after(&s.after, now, NULL, UINT64_MAX, NULL);
    assert_non_null(strstr(told, "\"second\",\"x\":1,\"edited\":true}"));
    room_said_edit(&s.after, now, id, "third");
    told = room_said_after(&s.after, now, NULL, UINT64_MAX, NULL);
    assert_non_null(strstr(told, "\"third\",\"x\":1,\"edited\":true}"));
    assert_false(room_said_holds(&s.after, "second"));
    end(&s);
}

/* As that of somebody whose client gives no ref. */
static void its_text_may_be_its_last_member(void **state)
{
    static const char *const bodies[] = {
        "{\"a\":\"\",\"text\":\"plain\"}",
        "{\"a\":\"\",\"text\":\"edited\",\"edited\":true}",
        "{\"a\":\"\",\"text\":\"\",\"deleted\":true}",
    };
    arena a;
    room_handle room;
    room_rows rows = { .room.count = 3 };
    const char *told;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t text = i == 0 ? 7 : i == 1 ? 8 : 2;

        rows.records[i] = (room_import_record){
            .id = { ARENA_NOW, i + 1 }, .author = ANN, .body = bodies[i],
            .size = strlen(bodies[i]), .text_at = 15, .text_size = text,
            .edited = i == 1, .deleted = i == 2, .stored_ms = ARENA_NOW };
    }
    arena_open_archive(&a, PAGES, 3, NULL);
    room = room_rows_open(&a, "room", 20, &rows);
    told = room_said_after(&a, room, NULL, UINT64_MAX, NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(told, bodies[i]));
    }
    room_said_edit(&a, room, rows.records[0].id, "other");
    room_said_edit(&a, room, rows.records[1].id, "another");
    told = room_said_after(&a, room, NULL, UINT64_MAX, NULL);
    assert_non_null(strstr(told, "\"other\",\"edited\":true}"));
    assert_non_null(strstr(told, "\"another\",\"edited\":true}"));
    assert_int_equal(room_said_erase(&a, room, rows.records[1].id, 0),
                     ROOM_OK);
    assert_false(room_said_holds(&a, "another"));
    arena_check(&a);
    arena_close(&a);
}

static void ids_and_cursors_go_on(void **state)
{
    stage s;
    room_id ids[2];
    room_id next;
    room_id birth;
    room_handle now;
    room_log_position at;

    (void)state;
    begin(&s);
    birth = s.before.store->items[s.old.index].birth;
    ids[0] = say(&s.before, s.old, "one", NULL);
    ids[1] = say(&s.before, s.old, "two", NULL);
    now = restart(&s);
    assert_non_null(strstr(room_said_after(&s.after, now, &ids[0], 0, &at),
                           "two"));
    assert_true(at.resumed);
    room_said_after(&s.after, now, &birth, 0, &at);
    assert_true(at.resumed);
    assert_string_equal(room_said_after(&s.after, now, &ids[1], 0, &at), "");
    assert_true(at.resumed);
    /* It saw something that was lost. */
    next = ids[1];
    next.n++;
    room_said_after(&s.after, now, &next, 0, &at);
    assert_true(at.gap);
    next.ms = birth.ms - 1;
    room_said_after(&s.after, now, &next, 0, &at);
    assert_true(at.gap);
    /* The clock was set back meanwhile. */
    next = room_said_message(&s.after, now, &(room_said){ ANN, "three", NULL,
                                                          ARENA_NOW - 99 });
    assert_true(room_id_compare(&next, &ids[1]) > 0);
    end(&s);
}

static void an_empty_room_keeps_its_birth(void **state)
{
    stage s;
    room_id birth;
    room_handle now;
    room_log_position at;

    (void)state;
    begin(&s);
    birth = s.before.store->items[s.old.index].birth;
    now = restart(&s);
    assert_string_equal(room_said_after(&s.after, now, &birth, 0, &at), "");
    assert_true(at.resumed);
    say(&s.after, now, "one", NULL);
    assert_non_null(strstr(room_said_after(&s.after, now, &birth, 0, &at),
                           "one"));
    assert_true(at.resumed);
    end(&s);
}

static void refs_are_remembered(void **state)
{
    stage s;
    room_handle now;
    room_id first;
    room_id id;
    uint64_t seq;
    room_log_entry again = { .head = "x", .head_size = 1, .user = ANN,
                             .ref = "r1", .ref_size = 2,
                             .wall_ms = ARENA_NOW + 1,
                             .mono_us = ARENA_MONO(ARENA_NOW + 1) };

    (void)state;
    begin(&s);
    first = say(&s.before, s.old, "one", "r1");
    say(&s.before, s.old, "two", "r2");
    now = restart(&s);
    assert_int_equal(room_log_append(s.after.store, now, &again, &id, &seq),
                     ROOM_REPEATED);
    assert_int_equal(room_id_compare(&id, &first), 0);
    /* Somebody else's is another one. */
    again.user = BOB;
    assert_int_equal(room_log_append(s.after.store, now, &again, &id, &seq),
                     ROOM_OK);
    end(&s);
    /* Ten minutes later it is forgotten, counted from when it was stored. */
    begin(&s);
    say(&s.before, s.old, "one", "r1");
    room_rows_write(&s.before, s.old, &s.rows);
    s.rows.refs[0].stored_ms = ARENA_NOW - 600000;
    s.rows.records[0].stored_ms = ARENA_NOW - 600000;
    arena_open_archive(&s.after, PAGES, 3, NULL);
    now = room_rows_open(&s.after, "room", 20, &s.rows);
    again.user = ANN;
    assert_int_equal(room_log_append(s.after.store, now, &again, &id, &seq),
                     ROOM_OK);
    end(&s);
}

static void state_comes_back(void **state)
{
    stage s;
    room_handle now;
    const room_state usual = { .slow_s = 0 };
    room_state locked = { .locked = true, .slow_s = 7, .topic = "hello",
                          .topic_size = 5 };
    room_state is;

    (void)state;
    begin(&s);
    assert_int_equal(room_said_state(&s.before, s.old, &usual, &locked),
                     ROOM_OK);
    now = restart(&s);
    assert_int_equal(room_state_read(s.after.store, now, &is), ROOM_OK);
    assert_true(is.locked);
    assert_int_equal(is.slow_s, 7);
    assert_memory_equal(is.topic, "hello", 5);
    assert_int_equal(room_said_state(&s.after, now, &locked, &usual), ROOM_OK);
    end(&s);
}

static void only_the_first_one_counts(void **state)
{
    stage s;
    room_handle now;
    room_log_state info;

    (void)state;
    begin(&s);
    say(&s.before, s.old, "one", NULL);
    now = restart(&s);
    say(&s.after, now, "two", NULL);
    assert_int_equal(room_rows_import(&s.after, now, &s.rows), ROOM_OK);
    assert_int_equal(room_log_info(s.after.store, now, ARENA_MONO(ARENA_NOW),
                                   &info), ROOM_OK);
    assert_int_equal(info.kept, 2);
    end(&s);
}

/* What it keeps is by its own rule, and the archive has all of it. */
static void no_more_is_kept_than_the_room_keeps(void **state)
{
    stage s;
    room_handle now;
    room_log_state info;
    room_archive_figures figures;

    (void)state;
    begin(&s);
    for (int i = 0; i < 9; i++) {
        say(&s.before, s.old, "word", NULL);
    }
    room_rows_write(&s.before, s.old, &s.rows);
    arena_open_archive(&s.after, PAGES, 3, NULL);
    now = room_rows_open(&s.after, "room", 4, &s.rows);
    assert_int_equal(room_log_info(s.after.store, now, ARENA_MONO(ARENA_NOW),
                                   &info), ROOM_OK);
    assert_int_equal(info.kept, 4);
    assert_int_equal(room_id_compare(&info.complete, &s.rows.records[4].id),
                     0);
    room_archive_figures_get(s.after.store, 0, &figures);
    assert_int_equal(figures.lag_messages, 0);
    end(&s);
}

/* By the machine's clock it was said before the machine began to run. */
static void what_is_older_than_the_machine_is_kept(void **state)
{
    stage s;
    room_handle now;
    base_clock_time soon = { ARENA_NOW, 5 };
    room_import_room what;
    room_log_position at;

    (void)state;
    begin(&s);
    say(&s.before, s.old, "one", NULL);
    room_rows_write(&s.before, s.old, &s.rows);
    s.rows.records[0].stored_ms = ARENA_NOW - 3600000;
    what = s.rows.room;
    what.records = s.rows.records;
    arena_open_archive(&s.after, PAGES, 3, NULL);
    assert_int_equal(room_table_open(s.after.store, "room", 4, 20, 7200000,
                                     soon, &now), ROOM_OK);
    assert_int_equal(room_import_read(s.after.store, now, &what, soon),
                     ROOM_OK);
    assert_int_equal(room_log_seek(s.after.store, now, NULL, 20, 5, &at),
                     ROOM_OK);
    assert_int_equal(at.next_seq - at.seq, 1);
    /* Not a moment longer than it is to be kept. */
    assert_int_equal(room_log_seek(s.after.store, now, NULL, 20,
                                   INT64_C(3600) * 1000000 + 6, &at),
                     ROOM_OK);
    assert_int_equal(at.next_seq - at.seq, 0);
    end(&s);
}

/* A row that nobody can have written leaves no hole: what is in front of it
 * stays in the archive. */
static void bad_rows_are_left_out(void **state)
{
    stage s;
    room_handle now;
    room_log_position at;
    const char *told;

    (void)state;
    for (int bad = 0; bad < 5; bad++) {
        begin(&s);
        say(&s.before, s.old, "one", NULL);
        say(&s.before, s.old, "two", NULL);
        say(&s.before, s.old, "three", NULL);
        room_rows_write(&s.before, s.old, &s.rows);
        switch (bad) {
        case 0: s.rows.records[1].text_size = 5000; break;
        case 1: s.rows.records[1].edited = true; break;
        case 2: s.rows.records[1].kind = (room_log_kind)77; break;
        case 3: s.rows.records[1].text_size += 7; break; /* all */
        default: s.rows.records[1].size = 0; break;
        }
        arena_open_archive(&s.after, PAGES, 3, NULL);
        now = room_rows_open(&s.after, "room", 20, &s.rows);
        told = room_said_after(&s.after, now, NULL, UINT64_MAX, NULL);
        assert_null(strstr(told, "one"));
        assert_null(strstr(told, "two"));
        assert_non_null(strstr(told, "three"));
        room_said_after(&s.after, now, &s.rows.records[0].id, 0, &at);
        assert_true(at.gap);
        room_said_after(&s.after, now, &s.rows.records[1].id, 0, &at);
        assert_true(at.resumed);
        end(&s);
    }
}

/* A room that is given away comes back from the archive. */
static void a_room_given_away_comes_back(void **state)
{
    stage s;
    room_id id;
    room_handle now;
    room_log_position at;
    room_store_figures figures;
    room_archive_figures archive;

    (void)state;
    begin(&s);
    id = say(&s.before, s.old, "one", NULL);
    room_rows_write(&s.before, s.old, &s.rows);
    room_rows_new(&s.before, "b", 5);
    room_rows_new(&s.before, "c", 5);
    room_rows_new(&s.before, "d", 5);
    room_rows_new(&s.before, "e", 5);
    room_rows_new(&s.before, "f", 5);
    assert_true(room_log_next(s.before.store, s.old) == UINT64_MAX);
    room_store_figures_get(s.before.store, &figures);
    assert_int_equal(figures.evicted, 0);
    assert_int_equal(figures.rooms_evicted, 0);
    now = room_rows_open(&s.before, "room", 20, &s.rows);
    assert_non_null(strstr(room_said_after(&s.before, now, NULL, 20, NULL),
                           "one"));
    room_said_after(&s.before, now, &id, 0, &at);
    assert_true(at.resumed);
    room_archive_figures_get(s.before.store, 0, &archive);
    assert_int_equal(archive.lost, 0);
    arena_check(&s.before);
    arena_close(&s.before);
}

/* Something was said that never came to the archive. */
static void what_was_lost_is_a_gap(void **state)
{
    stage s;
    room_id ids[3];
    room_id next;
    room_handle now;
    room_log_position at;
    room_archive_figures archive;

    (void)state;
    begin(&s);
    ids[0] = say(&s.before, s.old, "one", NULL);
    room_rows_write(&s.before, s.old, &s.rows);
    ids[1] = say(&s.before, s.old, "two", NULL);
    ids[2] = say(&s.before, s.old, "three", NULL);
    for (int i = 0; i < 6; i++) {
        char key[] = { 'b', (char)('0' + i), '\0' };

        say(&s.before, room_rows_new(&s.before, key, 5), "filler", NULL);
    }
    assert_true(room_log_next(s.before.store, s.old) == UINT64_MAX);
    room_archive_figures_get(s.before.store, 0, &archive);
    assert_in_range(archive.lost, 2, 10);
    now = room_rows_open(&s.before, "room", 20, &s.rows);
    next = say(&s.before, now, "four", NULL);
    assert_true(room_id_compare(&next, &ids[2]) > 0);
    for (int i = 0; i < 3; i++) {
        room_said_after(&s.before, now, &ids[i], 0, &at);
        assert_true(at.gap);
    }
    room_said_after(&s.before, now, &next, 0, &at);
    assert_true(at.resumed);
    /* The writer sees it too. */
    s.rows.next = 0;
    room_rows_write(&s.before, now, &s.rows);
    assert_int_equal(s.rows.jumps, 1);
    assert_int_equal(s.rows.room.count, 2);
    /* And it stays so when the room is given away once more. */
    for (int i = 0; i < 6; i++) {
        char key[] = { 'c', (char)('0' + i), '\0' };

        arena_room(&s.before, key, 5);
    }
    assert_true(room_log_next(s.before.store, now) == UINT64_MAX);
    now = room_rows_open(&s.before, "room", 20, &s.rows);
    for (int i = 0; i < 3; i++) {
        room_said_after(&s.before, now, &ids[i], 0, &at);
        assert_true(at.gap);
    }
    assert_non_null(strstr(room_said_after(&s.before, now, NULL, 9, NULL),
                           "four"));
    room_said_after(&s.before, now, &next, 0, &at);
    assert_true(at.resumed);
    arena_check(&s.before);
    arena_close(&s.before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_as_before),
        cmocka_unit_test(a_revised_message_is_edited_on),
        cmocka_unit_test(its_text_may_be_its_last_member),
        cmocka_unit_test(ids_and_cursors_go_on),
        cmocka_unit_test(an_empty_room_keeps_its_birth),
        cmocka_unit_test(refs_are_remembered),
        cmocka_unit_test(state_comes_back),
        cmocka_unit_test(only_the_first_one_counts),
        cmocka_unit_test(no_more_is_kept_than_the_room_keeps),
        cmocka_unit_test(what_is_older_than_the_machine_is_kept),
        cmocka_unit_test(bad_rows_are_left_out),
        cmocka_unit_test(a_room_given_away_comes_back),
        cmocka_unit_test(what_was_lost_is_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
