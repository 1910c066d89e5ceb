/* test_room_relay_gap.c - what a room of a segment with a relay has lost, and
 * what it was replaced by, is a gap for whoever has read of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/segment/room_layout.h"
#include "room_teller.h"

/* What is older than what the room lost. */
static void what_was_lost_is_a_gap(void **state)
{
    room_teller_pair s;
    room_id ids[3];
    room_said_reading reader = { .next = 1 };

    (void)state;
    room_teller_begin_read_in(&s);
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = room_teller_say_live(&s, "word");
    }
    assert_true(room_teller_cursor(&s, ids[0]).resumed);
    room_said_read(&s.here, s.room, &reader);
    assert_int_equal(room_follow_lose(s.here.store, s.room, &ids[1]),
                     ROOM_OK);
    assert_true(room_teller_cursor(&s, ids[0]).gap);
    assert_true(room_teller_cursor(&s, ids[1]).resumed);
    room_teller_say_live(&s, "next");
    room_said_read(&s.here, s.room, &reader);
    assert_int_equal(reader.count, 1);
    assert_int_equal(reader.gaps, 0);
    room_teller_compare(&s);
    /* What is let go does not make it exact again. */
    arena_room(&s.here, "room", 3);
    assert_true(room_teller_cursor(&s, ids[0]).gap);
    assert_true(room_teller_cursor(&s, ids[1]).resumed);
    assert_int_equal(room_follow_lose(s.here.store, s.room,
                                      &(room_id){ 1, 0 }), ROOM_OK);
    assert_true(room_teller_cursor(&s, ids[1]).resumed);
    assert_int_equal(room_follow_lose(s.here.store,
                                      (room_handle){ 9, 9 }, &ids[0]),
                     ROOM_GONE);
    room_teller_end(&s);
}

static void what_is_replaced_is_a_jump(void **state)
{
    room_teller_pair s;
    room_id last;
    room_id first;
    room_relay_facts facts;
    room_said_reading reader = { .next = 1 };

    (void)state;
    room_teller_begin_read_in(&s);
    first = room_teller_say_live(&s, "one");
    last = room_teller_say_live(&s, "two");
    room_said_read(&s.here, s.room, &reader);
    room_teller_say(&s, "missed");
    room_teller_say(&s, "three");
    room_teller_fetch(&s.there);
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, TELLER_EPOCH,
                                         arena_at(ARENA_NOW)), ROOM_OK);
    room_teller_compare(&s);
    room_said_read(&s.here, s.room, &reader);
    assert_int_equal(reader.gaps, 1);
    assert_int_equal(reader.count, 4);
    /* The same one: nothing was lost. */
    assert_true(room_teller_cursor(&s, first).resumed);
    /* Another one, which begins anew. */
    s.there.rows.room.count = 0;
    s.there.rows.room.newest = s.there.rows.room.birth;
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, 2,
                                         arena_at(ARENA_NOW)), ROOM_OK);
    assert_int_equal(room_relay_look(s.here.store, s.room, &facts), ROOM_OK);
    assert_int_equal(facts.epoch, 2);
    assert_true(room_id_compare(&facts.newest, &last) > 0);
    assert_true(room_teller_cursor(&s, last).gap);
    assert_true(room_teller_cursor(&s, facts.newest).resumed);
    reader.gaps = 0;
    room_teller_say_live(&s, "four");
    room_said_read(&s.here, s.room, &reader);
    assert_int_equal(reader.gaps, 1);
    assert_int_equal(room_follow_epoch(s.here.store, s.room, 8), ROOM_OK);
    assert_int_equal(room_relay_look(s.here.store, s.room, &facts), ROOM_OK);
    assert_int_equal(facts.epoch, 8);
    room_teller_end(&s);
}

/* One that does not fit takes those in front of it along: no holes. */
/* It is given away, and comes back as the relay has it then. */
static void give_away(room_teller_pair *s)
{
    for (unsigned i = 0; i < 6; i++) {
        arena_room(&s->here, i % 2 == 0 ? "other" : "another", 5);
        arena_room(&s->here, "a third", 5);
    }
    s->room = arena_room(&s->here, "room", 20);
    assert_true(room_relay_wanted(s->here.store, s->room));
}

static void what_was_forgotten_in_doubt_may_be_a_gap(void **state)
{
    room_teller_pair s;
    room_id ids[4];

    (void)state;
    room_teller_begin_read_in(&s);
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = room_teller_say_live(&s, "word");
    }
    room_follow_doubt(s.here.store);
    room_follow_agree(s.here.store, s.room);
    give_away(&s);
    room_teller_fetch(&s.there);
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    assert_true(room_teller_cursor(&s, ids[0]).resumed);
    /* Another one may be the master now, but it has all. */
    room_follow_doubt(s.here.store);
    give_away(&s);
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    assert_true(room_teller_cursor(&s, ids[0]).resumed);
    /* It has not. */
    room_follow_agree(s.here.store, s.room);
    ids[3] = room_said_message(&s.there.a, s.there.room,
                               &(room_said){ ANN, "last", NULL,
                                             ARENA_NOW + 1000 });
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    room_follow_doubt(s.here.store);
    give_away(&s);
    s.there.rows.room.count--;
    s.there.rows.room.newest = ids[2];
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    assert_true(room_teller_cursor(&s, ids[0]).gap);
    assert_true(room_teller_cursor(&s, ids[2]).resumed);
    assert_true(room_teller_cursor(&s, ids[3]).gap);
    room_teller_end(&s);
}

static void what_does_not_fit_is_passed_over(void **state)
{
    room_teller_pair s;
    static char large[TELLER_PAGES * 1024];
    room_id first;
    room_id big;

    (void)state;
    room_teller_begin_read_in(&s);
    first = room_teller_say_live(&s, "one");
    big = room_teller_say(&s, "two");
    room_teller_say(&s, "three");
    room_teller_fetch(&s.there);
    s.there.rows.records[1].body = large;
    s.there.rows.records[1].size = TELLER_PAGES / 4 * ROOM_PAGE_DATA;
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, TELLER_EPOCH,
                                         arena_at(ARENA_NOW)), ROOM_OK);
    assert_true(room_teller_cursor(&s, first).gap);
    assert_true(room_teller_cursor(&s, big).resumed);
    assert_string_equal(room_said_after(&s.here, s.room, NULL, UINT64_MAX,
                                        NULL),
                        room_said_after(&s.here, s.room, &big, 0, NULL));
    room_teller_end(&s);
}

/* Whoever finds it damaged empties it; the relay has all of it. */
static void what_was_damaged_is_read_in_again(void **state)
{
    room_teller_pair s;
    room_item *item;
    room_id id;
    room_said_reading reader = { .next = 1 };

    (void)state;
    room_teller_begin_read_in(&s);
    id = room_teller_say_live(&s, "one");
    room_teller_say_live(&s, "two");
    room_said_read(&s.here, s.room, &reader);
    item = &s.here.store->items[s.room.index];
    item->extents[atomic_load(&item->active) & 1].check++;
    room_said_message(&s.there.a, s.there.room,
                      &(room_said){ ANN, "three", NULL, ARENA_NOW + 1 });
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room),
                     ROOM_UNREAD);
    assert_false(room_relay_has(s.here.store, s.room, &id));
    assert_true(room_relay_wanted(s.here.store, s.room));
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    room_teller_compare(&s);
    assert_true(room_teller_cursor(&s, id).resumed);
    room_said_read(&s.here, s.room, &reader);
    assert_int_equal(reader.gaps, 1);
    assert_int_equal(reader.count, 3);
    assert_int_equal(atomic_load(&s.here.store->header->resets), 1);
    atomic_store(&s.here.store->header->resets, 0);
    room_teller_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_lost_is_a_gap),
        cmocka_unit_test(what_is_replaced_is_a_jump),
        cmocka_unit_test(what_was_forgotten_in_doubt_may_be_a_gap),
        cmocka_unit_test(what_does_not_fit_is_passed_over),
        cmocka_unit_test(what_was_damaged_is_read_in_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
