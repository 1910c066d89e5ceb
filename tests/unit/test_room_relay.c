/* test_room_relay.c - a room of a segment with a relay: it is read in, follows
 * what comes by, and is told as the room of the host that it came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room/segment/room_layout.h"
#include "room_teller.h"

static void without_a_relay_there_is_none_of_it(void **state)
{
    arena a;
    room_handle room;
    room_id id = { 1, 0 };
    room_relay_facts facts;
    room_import_room what = { .count = 0 };
    base_clock_time now = arena_at(ARENA_NOW);

    (void)state;
    arena_open(&a, TELLER_PAGES, 3);
    room = arena_room(&a, "room", 5);
    assert_false(room_relay_on(a.store));
    assert_true(room_relay_ready(a.store));
    assert_false(room_relay_wanted(a.store, room));
    assert_false(room_relay_has(a.store, room, &id));
    assert_int_equal(room_relay_wait(a.store, room, &id, INT64_MAX),
                     ROOM_GONE);
    assert_int_equal(room_relay_look(a.store, room, &facts), ROOM_GONE);
    assert_int_equal(room_relay_read_in(a.store, room, &what, 1, now),
                     ROOM_OK);
    assert_int_equal(room_follow_replace(a.store, room, &what, 1, now),
                     ROOM_GONE);
    assert_int_equal(room_follow_epoch(a.store, room, 1), ROOM_GONE);
    assert_int_equal(room_follow_lose(a.store, room, &id), ROOM_GONE);
    arena_say(&a, room, "works", ARENA_NOW);
    arena_check(&a);
    arena_close(&a);
}

static void a_new_room_has_to_be_read_in(void **state)
{
    room_teller_pair s;
    room_log_position at;
    room_log_state info;
    room_relay_facts facts;
    room_import_record record;

    (void)state;
    room_teller_begin(&s);
    assert_true(room_relay_on(s.here.store));
    room_teller_say(&s, "one");
    s.room = arena_room(&s.here, "room", 20);
    assert_true(room_relay_wanted(s.here.store, s.room));
    assert_int_equal(room_relay_look(s.here.store, s.room, &facts), ROOM_OK);
    assert_true(facts.unread);
    assert_int_equal(facts.epoch, 0);
    assert_int_equal(facts.keep_count, 20);
    assert_memory_equal(facts.key, "room", facts.key_size);
    assert_int_equal(room_log_seek(s.here.store, s.room, NULL, 5, 0, &at),
                     ROOM_UNREAD);
    assert_int_equal(room_log_info(s.here.store, s.room, 0, &info),
                     ROOM_UNREAD);
    room_teller_fetch(&s.there);
    record = s.there.rows.records[0];
    assert_int_equal(room_follow_append(s.here.store, s.room, &facts.newest,
                                        &record, NULL, arena_at(ARENA_NOW)),
                     ROOM_UNREAD);
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, 1,
                                         arena_at(ARENA_NOW)), ROOM_UNREAD);
    /* Its newest is only a guess yet. */
    assert_false(room_relay_has(s.here.store, s.room, &(room_id){ 1, 0 }));
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    assert_false(room_relay_wanted(s.here.store, s.room));
    assert_int_equal(room_relay_look(s.here.store, s.room, &facts), ROOM_OK);
    assert_false(facts.unread);
    assert_int_equal(facts.epoch, TELLER_EPOCH);
    assert_int_equal(facts.birth.ms, s.there.rows.room.birth.ms);
    assert_int_equal(room_id_compare(&facts.newest, &record.id), 0);
    room_teller_compare(&s);
    room_teller_end(&s);
}

static void the_first_who_reads_it_in_counts(void **state)
{
    room_teller_pair s;

    (void)state;
    room_teller_begin(&s);
    room_teller_say(&s, "one");
    s.room = room_teller_new(&s.there, &s.here, "room");
    room_teller_say(&s, "two");
    room_teller_fetch(&s.there);
    assert_int_equal(room_teller_read_in(&s.there, &s.here, s.room), ROOM_OK);
    assert_int_equal(room_log_next(s.here.store, s.room), 2);
    assert_int_equal(room_teller_read_in(&s.there, &s.here,
                                         (room_handle){ s.room.index, 999 }),
                     ROOM_GONE);
    assert_int_equal(room_teller_pass(&s.there, &s.here, s.room), 1);
    room_teller_compare(&s);
    room_teller_end(&s);
}

/* Who was told a position before the room's birth has missed nothing. */
static void a_fresh_room_is_exact_from_where_it_is_known(void **state)
{
    room_teller_pair s;
    room_id told = { ARENA_NOW + 5, 0 };
    room_id before = { ARENA_NOW + 4, 0 };
    room_import_room what = { .birth = { ARENA_NOW + 9, 0 },
                              .newest = { ARENA_NOW + 9, 0 },
                              .complete = told };

    (void)state;
    room_teller_begin(&s);
    s.room = arena_room(&s.here, "room", 20);
    assert_int_equal(room_relay_read_in(s.here.store, s.room, &what, 3,
                                        arena_at(ARENA_NOW)), ROOM_OK);
    assert_true(room_teller_cursor(&s, told).resumed);
    assert_true(room_teller_cursor(&s, what.birth).resumed);
    assert_true(room_teller_cursor(&s, before).gap);
    room_teller_end(&s);
}

static void nobody_stores_here_but_the_relay(void **state)
{
    room_teller_pair s;
    room_log_entry entry = { .head = "{", .head_size = 1, .tail = "}",
                             .tail_size = 1, .user = ANN,
                             .wall_ms = ARENA_NOW };
    room_log_target target = { .id = { 1, 0 } };
    room_id id;
    uint64_t seq;

    (void)state;
    room_teller_begin_read_in(&s);
    assert_int_equal(room_log_append(s.here.store, s.room, &entry, &id, &seq),
                     ROOM_BUSY);
    entry.kind = ROOM_LOG_CLEARED;
    assert_int_equal(room_log_amend(s.here.store, s.room, &entry, &target, &id,
                                    &seq), ROOM_BUSY);
    assert_int_equal(room_log_next(s.here.store, s.room), 1);
    room_teller_end(&s);
}

static void it_follows_what_is_said_and_amended(void **state)
{
    room_teller_pair s;
    room_id ids[3];
    const room_state usual = { .slow_s = 0 };
    const room_state slow = { .slow_s = 3, .topic = "hm", .topic_size = 2,
                              .locked = true };
    room_state is;

    (void)state;
    room_teller_begin_read_in(&s);
    ids[0] = room_teller_say_live(&s, "plain");
    ids[1] = room_teller_say_live(&s, "to be edited");
    ids[2] = room_teller_say_live(&s, "to be deleted");
    room_said_edit(&s.there.a, s.there.room, ids[1], "edited once");
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    room_teller_compare(&s);
    room_said_edit(&s.there.a, s.there.room, ids[1], "edited twice");
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    assert_false(room_said_holds(&s.here, "edited once"));
    room_said_erase(&s.there.a, s.there.room, ids[2], 0);
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    assert_false(room_said_holds(&s.here, "to be"));
    room_teller_compare(&s);
    room_said_state(&s.there.a, s.there.room, &usual, &slow);
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    assert_int_equal(room_state_read(s.here.store, s.room, &is), ROOM_OK);
    assert_memory_equal(&is, &slow, sizeof(is));
    room_said_erase(&s.there.a, s.there.room, ids[1], 0);
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    assert_false(room_said_holds(&s.here, "edited twice"));
    assert_true(room_said_holds(&s.here, "plain"));
    room_said_clear(&s.there.a, s.there.room);
    assert_int_equal(room_teller_live(&s.there, &s.here, s.room), ROOM_OK);
    assert_false(room_said_holds(&s.here, "plain"));
    room_teller_compare(&s);
    assert_int_equal(room_state_read(s.here.store, s.room, &is), ROOM_OK);
    assert_int_equal(is.slow_s, 3);
    room_teller_end(&s);
}

static void what_does_not_come_next_is_refused(void **state)
{
    room_teller_pair s;
    room_import_record record;
    room_id first;
    room_id newest;
    room_id later;
    static char large[TELLER_PAGES * 1024];

    (void)state;
    room_teller_begin_read_in(&s);
    first = room_teller_say_live(&s, "one");
    newest = room_teller_say_live(&s, "two");
    record = s.there.rows.records[1];
    assert_int_equal(room_follow_append(s.here.store, s.room, &first, &record,
                                        NULL, arena_at(ARENA_NOW)), ROOM_SAME);
    later = (room_id){ newest.ms + 2, 0 };
    record.id = (room_id){ newest.ms + 3, 0 };
    assert_int_equal(room_follow_append(s.here.store, s.room, &later, &record,
                                        NULL, arena_at(ARENA_NOW)),
                     ROOM_STALE);
    memset(large, 'x', sizeof(large));
    record.body = large;
    record.size = TELLER_PAGES / 4 * ROOM_PAGE_DATA;
    assert_int_equal(room_follow_append(s.here.store, s.room, &newest, &record,
                                        NULL, arena_at(ARENA_NOW)),
                     ROOM_TOO_BIG);
    assert_int_equal(room_follow_append(s.here.store,
                                        (room_handle){ 0, 999 }, &newest,
                                        &s.there.rows.records[1], NULL,
                                        arena_at(ARENA_NOW)), ROOM_GONE);
    room_teller_compare(&s);
    room_store_close(s.here.store);
    record = s.there.rows.records[1];
    record.id = later;
    assert_int_equal(room_follow_append(s.here.store, s.room, &newest, &record,
                                        NULL, arena_at(ARENA_NOW)),
                     ROOM_MOVED);
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, TELLER_EPOCH,
                                         arena_at(ARENA_NOW)), ROOM_MOVED);
    assert_int_equal(room_follow_epoch(s.here.store, s.room, 1), ROOM_MOVED);
    assert_int_equal(room_follow_lose(s.here.store, s.room, &later),
                     ROOM_MOVED);
    room_teller_compare(&s);
    room_teller_end(&s);
}

/* It knows more than the stream in front of this record: ids of its own, or
 * what was lost there. */
static void it_may_be_ahead_of_what_comes_before(void **state)
{
    room_teller_pair s;
    room_id newest;
    room_import_record record;

    (void)state;
    room_teller_begin_read_in(&s);
    newest = room_teller_say_live(&s, "one");
    record = s.there.rows.records[0];
    record.id.ms = newest.ms + 1;
    assert_int_equal(room_follow_append(s.here.store, s.room,
                                        &(room_id){ 1, 0 }, &record, NULL,
                                        arena_at(ARENA_NOW)), ROOM_OK);
    assert_true(room_relay_has(s.here.store, s.room, &record.id));
    room_teller_end(&s);
}

/* One amendment of something that was said, at random. */
static void amend(room_teller_pair *s, const room_id *ids, unsigned said)
{
    room_id id = ids[(unsigned)rand() % said];
    room_id event;
    char text[40];

    snprintf(text, sizeof(text), "edit %d %s", rand() % 1000,
             rand() % 4 ? "" : "of more than a few words");
    switch (rand() % 12) {
    case 0:
        (void)room_said_clear(&s->there.a, s->there.room);
        break;
    case 1: case 2: case 3:
        (void)room_said_erase(&s->there.a, s->there.room, id, 0);
        break;
    default:
        (void)room_said_event(&s->there.a, s->there.room, ROOM_LOG_EDITED,
                              &(room_said){ ANN, text, NULL, ARENA_NOW },
                              (room_log_target){ .id = id, .author = ANN },
                              &event);
        break;
    }
}

/* What was live, and what was missed and fetched: any mixture is the same in
 * the end. */
static void any_way_leads_to_the_same(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 150; seed++) {
        room_teller_pair s;
        room_id ids[30];

        srand(seed);
        room_teller_begin_read_in(&s);
        for (unsigned i = 0; i < 30; i++) {
            char text[600] = "m";

            memset(text + 1, 'a' + (int)i % 26, (size_t)(rand() % 400));
            ids[i] = room_said_by_ann(&s.there.a, s.there.room, text);
            if (rand() % 3) {
                amend(&s, ids, i + 1);
            }
            if (rand() % 2) {
                room_teller_fetch(&s.there);
                room_teller_pass(&s.there, &s.here, s.room);
                room_teller_compare(&s);
            }
        }
        room_teller_fetch(&s.there);
        room_teller_pass(&s.there, &s.here, s.room);
        room_teller_compare(&s);
        room_teller_end(&s);
    }
}

/* A record that nobody has written so, which changes one of these. */
static room_import_record any_record(const room_id *targets, unsigned count)
{
    static const char edit[] =
        "{\"event\":2,\"target\":\"1-0\",\"text\":\"evil\"}";
    bool fits = rand() % 2 == 0;

    return (room_import_record){
        .kind = (room_log_kind)(rand() % (fits ? 5 : 9)),
        .body = edit,
        .size = sizeof(edit) - 1,
        .text_at = fits ? sizeof(edit) - 8 : (size_t)rand() % 60,
        .text_size = fits ? 6 : (size_t)rand() % 60,
        .stored_ms = INT64_MAX / 60 * (rand() % 60),
        .target = targets[(unsigned)rand() % count],
        .deleted = !fits && rand() % 2,
        .edited = !fits && rand() % 2,
    };
}

/* Every line is an object: what is no message has no text to be taken out. */
static void is_whole(room_teller_pair *s)
{
    const char *told = room_said_after(&s->here, s->room, NULL, UINT64_MAX,
                                       NULL);

    for (; *told != '\0'; told = strchr(told, '\n') + 1) {
        assert_memory_equal(told, "{\"", 2);
    }
}

/* Nobody has looked at what it changes. */
static void nonsense_damages_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 40; seed++) {
        room_teller_pair s;
        room_id targets[40] = { { 0, 0 }, { UINT64_MAX, UINT64_MAX } };
        room_id id;

        srand(seed);
        room_teller_begin_read_in(&s);
        targets[2] = room_teller_say_live(&s, "one");
        id = targets[2];
        for (unsigned i = 3; i < 40; i++) {
            room_import_record record = any_record(targets, i);
            room_state wild;
            room_status status;

            memset(&wild, 0xee, sizeof(wild));
            id.n++;
            record.id = targets[i] = id;
            status = room_follow_append(s.here.store, s.room, &targets[2],
                                        &record, &wild, arena_at(ARENA_NOW));
            assert_true(status == ROOM_OK || status == ROOM_TOO_BIG);
            is_whole(&s);
            assert_int_equal(room_state_read(s.here.store, s.room, &wild),
                             ROOM_OK);
            assert_in_range(wild.topic_size, 0, ROOM_TOPIC_MAX);
        }
        room_teller_end(&s);
    }
}

static void what_was_deleted_stays_so(void **state)
{
    static const char edit[] =
        "{\"event\":2,\"target\":\"1-0\",\"text\":\"evil\"}";
    room_teller_pair s;
    room_import_record record = { .kind = ROOM_LOG_EDITED, .body = edit,
                                  .size = sizeof(edit) - 1,
                                  .text_at = sizeof(edit) - 8,
                                  .text_size = 6 };

    (void)state;
    room_teller_begin_read_in(&s);
    record.target = room_teller_say_live(&s, "one");
    record.id = record.target;
    record.id.n += 2;
    room_said_erase(&s.there.a, s.there.room, record.target, 0);
    room_teller_live(&s.there, &s.here, s.room);
    assert_int_equal(room_follow_append(s.here.store, s.room, &record.target,
                                        &record, NULL, arena_at(ARENA_NOW)),
                     ROOM_OK);
    assert_non_null(strstr(room_said_after(&s.here, s.room, NULL, UINT64_MAX,
                                           NULL), "\"deleted\":true}"));
    room_teller_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_relay_there_is_none_of_it),
        cmocka_unit_test(a_new_room_has_to_be_read_in),
        cmocka_unit_test(the_first_who_reads_it_in_counts),
        cmocka_unit_test(a_fresh_room_is_exact_from_where_it_is_known),
        cmocka_unit_test(nobody_stores_here_but_the_relay),
        cmocka_unit_test(it_follows_what_is_said_and_amended),
        cmocka_unit_test(what_does_not_come_next_is_refused),
        cmocka_unit_test(it_may_be_ahead_of_what_comes_before),
        cmocka_unit_test(any_way_leads_to_the_same),
        cmocka_unit_test(nonsense_damages_nothing),
        cmocka_unit_test(what_was_deleted_stays_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
