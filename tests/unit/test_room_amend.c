/* test_room_amend.c - events that change what was said: what is told of it, to
 * whom, and that nothing of the old text is left in the segment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room_said.h"

/* The log as its reader is told it: one body after the other. */
typedef struct {
    char text[65536];
    size_t size;
    unsigned count;
    uint64_t next; /* the number that is wanted */
    unsigned gaps;
    bool messages_only;
} reading;

static room_id say(arena *a, room_handle room, const char *text)
{
    return room_said_message(a, room, &(room_said){ ANN, text, NULL, ARENA_NOW });
}

static room_id edit(arena *a, room_handle room, room_id id, const char *text)
{
    room_id event = { 0, 0 };

    assert_int_equal(room_said_event(a, room, ROOM_LOG_EDITED,
                              &(room_said){ ANN, text, NULL, ARENA_NOW },
                              (room_log_target){ .id = id, .author = ANN },
                              &event), ROOM_OK);
    return event;
}

static room_status erase(arena *a, room_handle room, room_id id,
                         uint64_t author)
{
    room_id event;

    return room_said_event(a, room, ROOM_LOG_DELETED,
                    &(room_said){ BOB, "", NULL, ARENA_NOW },
                    (room_log_target){ .id = id, .author = author }, &event);
}

static room_status clear(arena *a, room_handle room)
{
    room_id event;

    return room_said_event(a, room, ROOM_LOG_CLEARED,
                    &(room_said){ BOB, "", NULL, ARENA_NOW },
                    (room_log_target){ .author = 0 }, &event);
}

static bool take_in(void *context, const room_log_record *record)
{
    reading *it = context;

    it->gaps += it->next < record->since;
    it->next = record->seq + 1;
    if (it->messages_only && record->kind != ROOM_LOG_MESSAGE) {
        return true;
    }
    assert_in_range(it->size + record->size, 1, sizeof(it->text) - 2);
    room_log_copy(record, it->text + it->size);
    it->size += record->size;
    it->text[it->size++] = '\n';
    it->count++;
    return true;
}

/* From the number that is wanted on, which moves along. */
static void go_on(arena *a, room_handle room, reading *it)
{
    uint64_t next;

    it->size = it->count = 0;
    assert_int_equal(room_log_read(a->store, room, it->next, UINT64_MAX, 20000,
                                   take_in, it, &next), ROOM_OK);
    it->text[it->size] = '\0';
}

/* What whoever has this position is told; NULL: no position. */
static const char *after(arena *a, room_handle room, const room_id *cursor,
                         uint64_t history, room_log_position *at)
{
    static reading it;
    room_log_position unused;

    at = at ? at : &unused;
    memset(&it, 0, sizeof(it));
    assert_int_equal(room_log_seek(a->store, room, cursor, history,
                                   ARENA_MONO(ARENA_NOW), at), ROOM_OK);
    it.next = at->seq;
    go_on(a, room, &it);
    assert_int_equal(it.gaps, 0);
    return it.text;
}

static char *body(char *into, room_id id, const char *rest)
{
    char text[ROOM_ID_TEXT];

    room_id_format(&id, text);
    sprintf(into, "{\"id\":\"%s\",\"from\":1,\"text\":%s\n", text, rest);
    return into;
}

static void a_deleted_message_keeps_all_but_its_text(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    char wanted[300];
    const char *told;

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 10);
    id = say(&a, room, "the secret word");
    assert_string_equal(after(&a, room, NULL, UINT64_MAX, NULL),
                        body(wanted, id, "\"the secret word\",\"x\":1}"));
    assert_int_equal(erase(&a, room, id, 0), ROOM_OK);
    told = after(&a, room, NULL, 2, NULL);
    body(wanted, id, "\"\",\"x\":1,\"deleted\":true}");
    assert_memory_equal(told, wanted, strlen(wanted));
    assert_non_null(strstr(told, "{\"event\":1,"));
    assert_false(room_said_holds(&a, "secret"));
    assert_int_equal(erase(&a, room, id, 0), ROOM_SAME);
    assert_int_equal(erase(&a, room, id, ANN), ROOM_SAME);
    arena_check(&a);
    arena_close(&a);
}

/* Longer and shorter than it was, over the ends of pages; every text but the
 * newest is gone, and the superseded edits are told without any. */
static void an_edited_message_has_its_newest_text(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    char wanted[4000];
    char text[3000];

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 100);
    for (size_t size = 1; size < 1400; size = size * 3 + 7) {
        const char *told;

        id = say(&a, room, "an earlier word");
        for (size_t i = 1; i < 6; i++) {
            memset(text, 'a' + (int)i, sizeof(text));
            snprintf(text + size * i % 1400, 20, "number %zu", i);
            edit(&a, room, id, text);
            assert_false(room_said_holds(&a, "earlier"));
            snprintf(wanted, sizeof(wanted), "number %zu", i - 1);
            assert_false(room_said_holds(&a, wanted));
            arena_check(&a);
        }
        told = after(&a, room, &id, 0, NULL);
        assert_null(strstr(told, "number 4"));
        assert_non_null(strstr(told, "number 5\"}\n"));
        snprintf(wanted, sizeof(wanted), "\"%s\",\"x\":1,\"edited\":true}",
                 text);
        memcpy(text, wanted, sizeof(text));
        body(wanted, id, text);
        id.n--;
        told = after(&a, room, &id, 0, NULL);
        assert_non_null(strstr(told, wanted));
        id.n++;
        assert_int_equal(erase(&a, room, id, ANN), ROOM_OK);
        assert_false(room_said_holds(&a, "number"));
        assert_null(strstr(after(&a, room, NULL, UINT64_MAX, NULL), "edited"));
    }
    arena_check(&a);
    arena_close(&a);
}

static void only_the_author_in_time(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    room_id event;
    room_id unused;
    room_id deleted;
    room_log_target mine = { .author = ANN };
    room_said by_ann = { ANN, "new", NULL, ARENA_NOW };

    (void)state;
    arena_open(&a, 32, 4);
    room = arena_room(&a, "r", 10);
    id = room_said_message(&a, room, &(room_said){ ANN, "old", NULL, ARENA_NOW });
    mine.id = id;
    mine.not_before_ms = ARENA_NOW + 1;
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
                     ROOM_LATE);
    mine.author = BOB;
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
                     ROOM_DENIED);
    mine = (room_log_target){ .id = id, .author = ANN,
                              .not_before_ms = ARENA_NOW };
    by_ann.text = "old";
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
                     ROOM_SAME);
    by_ann.text = "new";
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
                     ROOM_OK);
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine,
                              &unused), ROOM_SAME);
    assert_int_equal(room_log_next(a.store, room), 3);
    /* An event is no message, and what never was is none either. */
    assert_int_equal(erase(&a, room, event, 0), ROOM_ABSENT);
    event.n += 7;
    assert_int_equal(erase(&a, room, event, 0), ROOM_ABSENT);
    assert_int_equal(erase(&a, room, (room_id){ 0, 0 }, 0), ROOM_ABSENT);
    deleted = say(&a, room, "gone");
    assert_int_equal(erase(&a, room, deleted, 0), ROOM_OK);
    mine.id = deleted;
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
                     ROOM_ABSENT);
    arena_check(&a);
    arena_close(&a);
}

/* CONTRACT A7: everybody has it on the screen, and the room has let it go. */
static void what_was_evicted_can_be_deleted_by_a_moderator(void **state)
{
    arena a;
    room_handle room;
    room_id id;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    id = say(&a, room, "the secret word");
    for (int i = 0; i < 9; i++) {
        say(&a, room, "more");
    }
    /* Transit counts as there. */
    assert_true(room_said_holds(&a, "secret"));
    assert_int_equal(erase(&a, room, id, ANN), ROOM_OK);
    assert_false(room_said_holds(&a, "secret"));
    room_said_message(&a, room, &(room_said){ ANN, "later", NULL, ARENA_NOW + 60000 });
    assert_int_equal(erase(&a, room, id, ANN), ROOM_ABSENT);
    assert_int_equal(erase(&a, room, id, 0), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* What the room let go by itself is overwritten, too. */
static void what_was_let_go_is_not_there(void **state)
{
    arena a;
    room_handle room;
    char text[40];

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof(text), "word %d.", i);
        room_said_message(&a, room, &(room_said){ ANN, text, NULL, ARENA_NOW + i * 20000 });
    }
    for (int i = 0; i < 190; i++) {
        snprintf(text, sizeof(text), "word %d.", i);
        assert_false(room_said_holds(&a, text));
    }
    assert_true(room_said_holds(&a, "word 199."));
    arena_check(&a);
    arena_close(&a);
}

/* CONTRACT A8, C11. */
static void a_clear_leaves_no_gap_and_no_text(void **state)
{
    arena a;
    room_handle room;
    room_id ids[8];
    room_log_position at;
    reading stream = { .next = 4 };
    reading lost = { .next = 0 };

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    for (int i = 0; i < 8; i++) {
        ids[i] = say(&a, room, "the secret word");
    }
    assert_int_equal(clear(&a, room), ROOM_OK);
    assert_false(room_said_holds(&a, "secret"));
    /* A stream that had not got all of it, and a cursor that was exact. */
    go_on(&a, room, &stream);
    assert_int_equal(stream.count, 1);
    assert_int_equal(stream.gaps, 0);
    assert_non_null(strstr(stream.text, "{\"event\":3,"));
    assert_non_null(strstr(after(&a, room, &ids[5], 0, &at), "\"event\":3,"));
    assert_true(at.resumed && !at.gap);
    after(&a, room, &ids[3], 0, &at);
    assert_true(at.gap);
    assert_int_equal(clear(&a, room), ROOM_SAME);
    /* Twice, before the stream came. */
    stream.next = 6;
    say(&a, room, "another word");
    assert_int_equal(clear(&a, room), ROOM_OK);
    go_on(&a, room, &stream);
    assert_int_equal(stream.count, 1);
    assert_int_equal(stream.gaps, 0);
    go_on(&a, room, &lost);
    assert_int_equal(lost.gaps, 1);
    after(&a, room, &ids[5], 0, &at);
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
            say(&a, room, text + sizeof(text) - 1 - size);
        }
        assert_int_equal(clear(&a, room), ROOM_OK);
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

    assert_int_equal(room_log_info(a->store, room, ARENA_MONO(ARENA_NOW),
                                   &now), ROOM_OK);
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
        ids[i] = say(&a, room, "word");
    }
    for (int i = 0; i < 103; i++) {
        snprintf(text, sizeof(text), "edit %d", i);
        edit(&a, room, ids[1], text);
    }
    assert_int_equal(kept(&a, room), 3);
    after(&a, room, &ids[0], 0, &at);
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
    room_log_seek_page(a.store, room, &ids[2], 9, ARENA_MONO(ARENA_NOW),
                       &page);
    assert_true(page.from == 1 && page.to == 3 && !page.more);
    arena_check(&a);
    /* One more than COUNT + 100: the oldest goes, whatever it is. */
    edit(&a, room, ids[1], "once more");
    assert_int_equal(kept(&a, room), 2);
    edit(&a, room, ids[1], "and again");
    assert_int_equal(kept(&a, room), 1);
    arena_check(&a);
    /* A message that goes by the rule takes the events behind it along. */
    for (int i = 0; i < 4; i++) {
        say(&a, room, "more");
    }
    assert_int_equal(kept(&a, room), 3);
    assert_null(strstr(after(&a, room, NULL, UINT64_MAX, NULL), "event"));
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
        id = say(&a, room, "word");
    }
    for (int i = 0; i < 150; i++) {
        snprintf(text, sizeof(text), "edit %d", i);
        edit(&a, room, id, text);
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
    id = room_said_message(&a, room, &(room_said){ ANN, "old", "c-1", ARENA_NOW });
    target.id = id;
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, target,
                              &first), ROOM_OK);
    by_ann.text = "another";
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, target,
                              &again), ROOM_REPEATED);
    assert_int_equal(room_id_compare(&first, &again), 0);
    assert_int_equal(room_said_event(&a, room, ROOM_LOG_DELETED, &by_ann, target,
                              &again), ROOM_OK);
    assert_int_equal(room_log_next(a.store, room), 4);
    arena_close(&a);
}

static room_status set_state(arena *a, room_handle room, const room_state *was,
                             const room_state *now)
{
    room_id event;

    return room_said_event(a, room, ROOM_LOG_STATE,
                    &(room_said){ BOB, "", NULL, ARENA_NOW },
                    (room_log_target){ .was = was, .now = now }, &event);
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
    assert_int_equal(set_state(&a, room, &now, &usual), ROOM_STALE);
    assert_int_equal(set_state(&a, room, &usual, &usual), ROOM_SAME);
    assert_int_equal(set_state(&a, room, &usual, &now), ROOM_OK);
    assert_int_equal(room_state_read(a.store, room, &read), ROOM_OK);
    assert_true(read.topic_size == 3 && memcmp(read.topic, "Tea", 3) == 0
                && read.slow_s == 30 && !read.locked);
    assert_true(room_state_special(a.store, room.index));
    /* Its log may lose all that it likes, and be cleared. */
    for (int i = 0; i < 9; i++) {
        room_said_message(&a, room, &(room_said){ ANN, "w", NULL, ARENA_NOW + i * 60000 });
    }
    assert_int_equal(clear(&a, room), ROOM_OK);
    room_state_read(a.store, room, &read);
    assert_int_equal(read.slow_s, 30);
    assert_int_equal(set_state(&a, room, &now, &usual), ROOM_OK);
    assert_false(room_state_special(a.store, room.index));
    room.generation++;
    assert_int_equal(room_state_read(a.store, room, &read), ROOM_GONE);
    arena_check(&a);
    arena_close(&a);
}

/* To another size: what was amended stays so, and can be amended again. */
static void amendments_move(void **state)
{
    room_state now = { .topic = "Tea", .topic_size = 3, .locked = true };
    static const room_state usual;
    room_move_figures told;
    room_state read;
    arena a;
    arena b;
    room_handle room;
    room_id ids[4];
    char before[4000];
    const char *moved;

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 4);
    say(&a, room, "not taken along");
    for (int i = 0; i < 4; i++) {
        ids[i] = say(&a, room, "word");
    }
    edit(&a, room, ids[0], "an earlier word");
    edit(&a, room, ids[1], "one that stays");
    edit(&a, room, ids[0], "the newest word");
    assert_int_equal(erase(&a, room, ids[2], 0), ROOM_OK);
    assert_int_equal(set_state(&a, room, &usual, &now), ROOM_OK);
    strcpy(before, after(&a, room, NULL, UINT64_MAX, NULL));
    arena_open_after(&b, 96, 6, a.store);
    room_move_all(a.store, b.store, arena_at(ARENA_NOW), &told);
    assert_int_equal(told.messages, 4);
    assert_int_equal(room_table_find(b.store, "r", 1, &room), ROOM_OK);
    moved = after(&b, room, NULL, UINT64_MAX, NULL);
    assert_string_equal(moved, before);
    assert_false(room_said_holds(&b, "earlier"));
    assert_int_equal(room_state_read(b.store, room, &read), ROOM_OK);
    assert_true(read.locked && read.topic_size == 3);
    arena_check(&b);
    edit(&b, room, ids[1], "again");
    assert_false(room_said_holds(&b, "stays"));
    assert_int_equal(erase(&b, room, ids[0], ANN), ROOM_OK);
    assert_false(room_said_holds(&b, "newest"));
    arena_check(&b);
    arena_close(&b);
    arena_close(&a);
}

/* Evicted in the very step that makes place for its deletion. */
static void a_message_may_go_while_it_is_amended(void **state)
{
    arena a;
    room_handle room;

    (void)state;
    arena_open(&a, 16, 2);
    room = arena_room(&a, "r", 1000);
    for (int i = 0; i < 400; i++) {
        char text[400];
        room_id id;

        memset(text, 'w', sizeof(text));
        text[100 + i % 250] = '\0';
        id = say(&a, room, text);
        if (i % 3 == 0) {
            id.n -= (uint64_t)i < 20 ? 0 : 20;
            (void)erase(&a, room, id, 0);
        }
        else if (i % 3 == 1) {
            edit(&a, room, id, text + i % 90);
        }
        arena_check(&a);
    }
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deleted_message_keeps_all_but_its_text),
        cmocka_unit_test(an_edited_message_has_its_newest_text),
        cmocka_unit_test(only_the_author_in_time),
        cmocka_unit_test(what_was_evicted_can_be_deleted_by_a_moderator),
        cmocka_unit_test(what_was_let_go_is_not_there),
        cmocka_unit_test(a_clear_leaves_no_gap_and_no_text),
        cmocka_unit_test(a_clear_frees_the_pages),
        cmocka_unit_test(history_counts_messages),
        cmocka_unit_test(a_hundred_edits_push_nobody_out),
        cmocka_unit_test(refs_are_of_one_kind),
        cmocka_unit_test(a_room_has_a_state),
        cmocka_unit_test(amendments_move),
        cmocka_unit_test(a_message_may_go_while_it_is_amended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
