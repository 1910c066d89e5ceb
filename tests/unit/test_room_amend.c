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
    id = room_said_by_ann(&a, room, "the secret word");
    assert_string_equal(room_said_after(&a, room, NULL, UINT64_MAX, NULL),
                        body(wanted, id, "\"the secret word\",\"x\":1}"));
    assert_int_equal(room_said_erase(&a, room, id, 0), ROOM_OK);
    told = room_said_after(&a, room, NULL, 2, NULL);
    body(wanted, id, "\"\",\"x\":1,\"deleted\":true}");
    assert_memory_equal(told, wanted, strlen(wanted));
    assert_non_null(strstr(told, "{\"event\":1,"));
    assert_false(room_said_holds(&a, "secret"));
    assert_int_equal(room_said_erase(&a, room, id, 0), ROOM_SAME);
    assert_int_equal(room_said_erase(&a, room, id, ANN), ROOM_SAME);
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

        id = room_said_by_ann(&a, room, "an earlier word");
        for (size_t i = 1; i < 6; i++) {
            memset(text, 'a' + (int)i, sizeof(text));
            snprintf(text + size * i % 1400, 20, "number %zu", i);
            room_said_edit(&a, room, id, text);
            assert_false(room_said_holds(&a, "earlier"));
            snprintf(wanted, sizeof(wanted), "number %zu", i - 1);
            assert_false(room_said_holds(&a, wanted));
            arena_check(&a);
        }
        told = room_said_after(&a, room, &id, 0, NULL);
        assert_null(strstr(told, "number 4"));
        assert_non_null(strstr(told, "number 5\"}\n"));
        snprintf(wanted, sizeof(wanted), "\"%s\",\"x\":1,\"edited\":true}",
                 text);
        memcpy(text, wanted, sizeof(text));
        body(wanted, id, text);
        id.n--;
        told = room_said_after(&a, room, &id, 0, NULL);
        assert_non_null(strstr(told, wanted));
        id.n++;
        assert_int_equal(room_said_erase(&a, room, id, ANN), ROOM_OK);
        assert_false(room_said_holds(&a, "number"));
        assert_null(strstr(room_said_after(&a, room, NULL, UINT64_MAX, NULL),
                           "edited"));
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
    id = room_said_message(&a, room,
                           &(room_said){ ANN, "old", NULL, ARENA_NOW });
    mine.id = id;
    mine.not_before_ms = ARENA_NOW + 1;
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_LATE);
    mine.author = BOB;
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_DENIED);
    mine = (room_log_target){ .id = id,
                              .author = ANN,
                              .not_before_ms = ARENA_NOW };
    by_ann.text = "old";
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_SAME);
    by_ann.text = "new";
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_OK);
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &unused),
        ROOM_SAME);
    assert_int_equal(room_log_next(a.store, room), 3);
    /* An event is no message, and what never was is none either. */
    assert_int_equal(room_said_erase(&a, room, event, 0), ROOM_ABSENT);
    event.n += 7;
    assert_int_equal(room_said_erase(&a, room, event, 0), ROOM_ABSENT);
    assert_int_equal(room_said_erase(&a, room, (room_id){ 0, 0 }, 0),
                     ROOM_ABSENT);
    deleted = room_said_by_ann(&a, room, "gone");
    assert_int_equal(room_said_erase(&a, room, deleted, 0), ROOM_OK);
    mine.id = deleted;
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
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
    id = room_said_by_ann(&a, room, "the secret word");
    for (int i = 0; i < 9; i++) {
        room_said_by_ann(&a, room, "more");
    }
    /* Transit counts as there. */
    assert_true(room_said_holds(&a, "secret"));
    assert_int_equal(room_said_erase(&a, room, id, ANN), ROOM_OK);
    assert_false(room_said_holds(&a, "secret"));
    room_said_message(&a, room,
                      &(room_said){ ANN, "later", NULL, ARENA_NOW + 60000 });
    assert_int_equal(room_said_erase(&a, room, id, ANN), ROOM_ABSENT);
    assert_int_equal(room_said_erase(&a, room, id, 0), ROOM_OK);
    arena_check(&a);
    arena_close(&a);
}

/* The message has left, the edit of it has not: its text goes all the same, by
 * a moderator, and by the author whom the archive knows. */
static void an_edit_outlives_its_message(void **state)
{
    arena a;
    room_handle room;
    room_id id;
    room_id event;
    room_said by_ann = { ANN, "second text", NULL, ARENA_NOW + 60000 };
    room_log_target mine = { .author = ANN };

    (void)state;
    arena_open(&a, 64, 4);
    room = arena_room(&a, "r", 3);
    mine.id = id = room_said_by_ann(&a, room, "more");
    room_said_by_ann(&a, room, "more");
    room_said_by_ann(&a, room, "more");
    room_said_edit(&a, room, id, "first text");
    room_said_message(&a, room,
                      &(room_said){ ANN, "later", NULL, ARENA_NOW + 60000 });
    assert_true(room_said_holds(&a, "first text"));
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_ABSENT);
    mine.known = true;
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_OK);
    assert_false(room_said_holds(&a, "first text"));
    assert_non_null(strstr(room_said_after(&a, room, NULL, UINT64_MAX, NULL),
                           "second text"));
    assert_int_equal(room_said_erase(&a, room, id, 0), ROOM_OK);
    assert_false(room_said_holds(&a, "second text"));
    assert_int_equal(room_said_clear(&a, room), ROOM_OK);
    assert_int_equal(
        room_said_event(&a, room, ROOM_LOG_EDITED, &by_ann, mine, &event),
        ROOM_ABSENT);
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
        room_said_message(
            &a, room, &(room_said){ ANN, text, NULL, ARENA_NOW + i * 20000 });
    }
    for (int i = 0; i < 190; i++) {
        snprintf(text, sizeof(text), "word %d.", i);
        assert_false(room_said_holds(&a, text));
    }
    assert_true(room_said_holds(&a, "word 199."));
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
    room_said_by_ann(&a, room, "not taken along");
    for (int i = 0; i < 4; i++) {
        ids[i] = room_said_by_ann(&a, room, "word");
    }
    room_said_edit(&a, room, ids[0], "an earlier word");
    room_said_edit(&a, room, ids[1], "one that stays");
    room_said_edit(&a, room, ids[0], "the newest word");
    assert_int_equal(room_said_erase(&a, room, ids[2], 0), ROOM_OK);
    assert_int_equal(room_said_state(&a, room, &usual, &now), ROOM_OK);
    strcpy(before, room_said_after(&a, room, NULL, UINT64_MAX, NULL));
    arena_open_after(&b, 96, 6, a.store);
    room_move_all(a.store, b.store, arena_at(ARENA_NOW), &told);
    assert_int_equal(told.messages, 4);
    assert_int_equal(room_table_find(b.store, "r", 1, &room), ROOM_OK);
    moved = room_said_after(&b, room, NULL, UINT64_MAX, NULL);
    assert_string_equal(moved, before);
    assert_false(room_said_holds(&b, "earlier"));
    assert_int_equal(room_state_read(b.store, room, &read), ROOM_OK);
    assert_true(read.locked && read.topic_size == 3);
    arena_check(&b);
    room_said_edit(&b, room, ids[1], "again");
    assert_false(room_said_holds(&b, "stays"));
    assert_int_equal(room_said_erase(&b, room, ids[0], ANN), ROOM_OK);
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
        id = room_said_by_ann(&a, room, text);
        if (i % 3 == 0) {
            id.n -= (uint64_t)i < 20 ? 0 : 20;
            (void)room_said_erase(&a, room, id, 0);
        }
        else if (i % 3 == 1) {
            room_said_edit(&a, room, id, text + i % 90);
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
        cmocka_unit_test(an_edit_outlives_its_message),
        cmocka_unit_test(what_was_let_go_is_not_there),
        cmocka_unit_test(amendments_move),
        cmocka_unit_test(a_message_may_go_while_it_is_amended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
