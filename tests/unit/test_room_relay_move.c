/* test_room_relay_move.c - a site gets another segment, or a relay, or another
 * relay, or loses it: what is moved, and what has to be read in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/relay/room_reader.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room_teller.h"

typedef struct {
    room_teller there;
    arena old;
    arena now;
    room_handle room;  /* of the old one */
    room_handle moved;
    char told[20000];
} stage;

static void begin(stage *s, uint32_t relay)
{
    memset(s, 0, sizeof(*s));
    room_teller_open(&s->there);
    for (int i = 0; i < 3; i++) {
        room_said_by_ann(&s->there.a, s->there.room, "word");
    }
    arena_open_relay(&s->old, 40, 3, relay, NULL);
    s->room = arena_room(&s->old, "room", 20);
    room_teller_fetch(&s->there);
    if (relay != 0) {
        assert_int_equal(room_teller_read_in(&s->there, &s->old, s->room),
                         ROOM_OK);
    }
    else {
        room_said_by_ann(&s->old, s->room, "word");
    }
    strcpy(s->told, room_said_after(&s->old, s->room, NULL, UINT64_MAX, NULL));
}

static void move(stage *s, uint32_t relay, uint32_t pages)
{
    room_move_figures told;

    arena_open_relay(&s->now, pages, 3, relay, s->old.store);
    room_move_all(s->old.store, s->now.store, arena_at(ARENA_NOW), &told);
    s->moved = arena_room(&s->now, "room", 20);
}

static void end(stage *s)
{
    arena_check(&s->old);
    arena_check(&s->now);
    arena_close(&s->old);
    arena_close(&s->now);
    room_teller_close(&s->there);
}

static room_relay_facts facts_of(arena *a, room_handle room)
{
    room_relay_facts facts;

    assert_int_equal(room_relay_look(a->store, room, &facts), ROOM_OK);
    return facts;
}

static void is_told_as_before(stage *s)
{
    assert_false(room_relay_wanted(s->now.store, s->moved));
    assert_string_equal(room_said_after(&s->now, s->moved, NULL, UINT64_MAX,
                                        NULL), s->told);
}

static void goes_on(stage *s)
{
    room_import_record *record = &s->there.rows.records[0];
    room_relay_facts facts = facts_of(&s->now, s->moved);

    record->id = facts.newest;
    record->id.n++;
    assert_int_equal(room_follow_append(s->now.store, s->moved, &facts.newest,
                                        record, NULL, arena_at(ARENA_NOW)),
                     ROOM_OK);
    assert_true(room_relay_has(s->now.store, s->moved, &record->id));
}

static void another_size_goes_on_with_the_relay(void **state)
{
    stage s;
    base_hash_key secret = { 11, 22 };

    (void)state;
    begin(&s, TELLER_RELAY);
    assert_false(room_relay_ready(s.old.store));
    room_relay_begin(s.old.store, &secret);
    assert_true(room_relay_ready(s.old.store));
    room_relay_begin(s.old.store, NULL); /* changes nothing */
    atomic_store(&room_relay_figures(s.old.store)[ROOM_RELAY_FIGURES - 1], 42);
    move(&s, TELLER_RELAY, 80);
    assert_true(room_relay_ready(s.now.store));
    assert_memory_equal(room_store_secret(s.now.store), &secret,
                        sizeof(secret));
    assert_true(room_relay_host(s.now.store) == room_relay_host(s.old.store));
    assert_int_equal(
        atomic_load(&room_relay_figures(s.now.store)[ROOM_RELAY_FIGURES - 1]),
        42);
    assert_int_equal(facts_of(&s.now, s.moved).epoch, TELLER_EPOCH);
    is_told_as_before(&s);
    goes_on(&s);
    end(&s);
}

static void hosts_are_told_apart(void **state)
{
    arena a;
    arena b;

    (void)state;
    arena_open_relay(&a, 40, 3, TELLER_RELAY, NULL);
    arena_open_relay(&b, 40, 3, TELLER_RELAY, NULL);
    assert_true(room_relay_host(a.store) != room_relay_host(b.store));
    arena_close(&a);
    arena_close(&b);
}

static void what_a_site_has_had_is_of_no_epoch(void **state)
{
    stage s;

    (void)state;
    begin(&s, 0);
    move(&s, TELLER_RELAY, 40);
    assert_false(room_relay_ready(s.now.store));
    assert_int_equal(facts_of(&s.now, s.moved).epoch, 0);
    is_told_as_before(&s);
    goes_on(&s);
    end(&s);
}

static void another_relay_begins_anew(void **state)
{
    stage s;

    (void)state;
    begin(&s, TELLER_RELAY);
    room_relay_begin(s.old.store, NULL);
    move(&s, TELLER_RELAY + 1, 40);
    assert_false(room_relay_ready(s.now.store));
    assert_int_equal(facts_of(&s.now, s.moved).epoch, 0);
    is_told_as_before(&s);
    goes_on(&s);
    end(&s);
}

static void without_it_the_rooms_go_on(void **state)
{
    stage s;
    room_id newest;
    room_id id;

    (void)state;
    begin(&s, TELLER_RELAY);
    newest = facts_of(&s.old, s.room).newest;
    move(&s, 0, 40);
    is_told_as_before(&s);
    id = room_said_by_ann(&s.now, s.moved, "more");
    assert_true(room_id_compare(&id, &newest) > 0);
    end(&s);
}

/* What the relay has anyway is no loss. */
static void what_stays_behind_is_read_in(void **state)
{
    stage s;
    room_move_figures told;
    room_handle fresh;

    (void)state;
    begin(&s, TELLER_RELAY);
    fresh = arena_room(&s.old, "fresh", 20);
    arena_open_relay(&s.now, 40, 1, TELLER_RELAY, s.old.store);
    assert_true(room_relay_wanted(s.old.store, fresh));
    atomic_store(&s.old.store->hints[s.room.index].idle_us, 1);
    assert_int_equal(room_teller_read_in(&s.there, &s.old, fresh), ROOM_OK);
    room_move_all(s.old.store, s.now.store, arena_at(ARENA_NOW), &told);
    assert_int_equal(told.rooms, 1);
    assert_int_equal(told.left, 0);
    assert_int_equal(told.evicted, 0);
    s.moved = arena_room(&s.now, "room", 20);
    assert_true(room_relay_wanted(s.now.store, s.moved));
    assert_int_equal(room_teller_read_in(&s.there, &s.now, s.moved), ROOM_OK);
    is_told_as_before(&s);
    end(&s);
}

static void what_is_unread_is_not_moved(void **state)
{
    stage s;
    room_handle fresh;

    (void)state;
    begin(&s, TELLER_RELAY);
    arena_room(&s.old, "fresh", 20);
    move(&s, TELLER_RELAY, 40);
    fresh = arena_room(&s.now, "fresh", 20);
    assert_true(room_relay_wanted(s.now.store, fresh));
    is_told_as_before(&s);
    end(&s);
}

/* Positions that were lost stay so. */
static void a_loss_goes_along(void **state)
{
    stage s;
    room_id first;
    room_id second;
    room_log_position at;

    (void)state;
    begin(&s, TELLER_RELAY);
    first = s.there.rows.records[0].id;
    second = s.there.rows.records[1].id;
    assert_int_equal(room_follow_lose(s.old.store, s.room, &second), ROOM_OK);
    move(&s, TELLER_RELAY, 40);
    assert_int_equal(room_log_seek(s.now.store, s.moved, &first, 0,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    assert_true(at.gap);
    assert_int_equal(room_log_seek(s.now.store, s.moved, &second, 0,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    assert_true(at.resumed);
    end(&s);
}

static bool lacks_nothing(arena *a, room_handle room, const room_id *id)
{
    room_log_position at;

    assert_int_equal(room_log_seek(a->store, room, id, 0,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    return at.resumed;
}

/* Who has read past something that came in late lacks it, also behind a second
 * such thing, and in the new segment. */
static void what_came_in_late_goes_along(void **state)
{
    stage s;
    const room_import_record *records = s.there.rows.records;

    (void)state;
    begin(&s, TELLER_RELAY);
    assert_true(lacks_nothing(&s.old, s.room, &records[2].id));
    assert_int_equal(room_follow_skip(s.old.store, s.room, &records[0].id),
                     ROOM_OK);
    assert_int_equal(room_follow_skip(s.old.store, s.room, &records[1].id),
                     ROOM_OK);
    move(&s, TELLER_RELAY, 40);
    assert_true(lacks_nothing(&s.now, s.moved, &records[0].id));
    assert_false(lacks_nothing(&s.now, s.moved, &records[1].id));
    assert_false(lacks_nothing(&s.now, s.moved, &records[2].id));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_size_goes_on_with_the_relay),
        cmocka_unit_test(hosts_are_told_apart),
        cmocka_unit_test(what_a_site_has_had_is_of_no_epoch),
        cmocka_unit_test(another_relay_begins_anew),
        cmocka_unit_test(without_it_the_rooms_go_on),
        cmocka_unit_test(what_stays_behind_is_read_in),
        cmocka_unit_test(what_is_unread_is_not_moved),
        cmocka_unit_test(a_loss_goes_along),
        cmocka_unit_test(what_came_in_late_goes_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
