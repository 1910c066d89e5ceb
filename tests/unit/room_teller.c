/* room_teller.c - see room_teller.h. */
#include "room_teller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/relay/room_relay.h"
#include "room/segment/room_layout.h"

void room_teller_open(room_teller *t)
{
    memset(t, 0, sizeof(*t));
    arena_open_archive(&t->a, 40, 3, NULL);
    t->room = room_rows_new(&t->a, "room", 20);
    t->databases = 1;
    room_archive_follow(t->a.store, t->databases);
}

void room_teller_close(room_teller *t)
{
    arena_check(&t->a);
    arena_close(&t->a);
}

void room_teller_fetch(room_teller *t)
{
    /* Another archive has nothing, so that all is written once more. */
    assert_true(room_archive_follow(t->a.store, ++t->databases));
    memset(&t->rows, 0, sizeof(t->rows));
    room_rows_write(&t->a, t->room, &t->rows);
    t->rows.room.records = t->rows.records;
    t->rows.room.keep_ms = 0;
}

room_status room_teller_read_in(room_teller *t, arena *to, room_handle room)
{
    return room_relay_read_in(to->store, room, &t->rows.room, TELLER_EPOCH,
                              arena_at(ARENA_NOW));
}

room_handle room_teller_new(room_teller *t, arena *to, const char *key)
{
    room_handle room = arena_room(to, key, 20);

    room_teller_fetch(t);
    assert_int_equal(room_teller_read_in(t, to, room), ROOM_OK);
    return room;
}

unsigned room_teller_pass(room_teller *t, arena *to, room_handle room)
{
    unsigned passed = 0;
    room_relay_facts facts;

    assert_int_equal(room_relay_look(to->store, room, &facts), ROOM_OK);
    for (size_t i = 0; i < t->rows.room.count; i++) {
        const room_import_record *record = &t->rows.records[i];
        const room_id *before = i > 0 ? &record[-1].id : &facts.newest;

        if (room_id_compare(&record->id, &facts.newest) <= 0) {
            continue;
        }
        if (room_id_compare(before, &facts.newest) < 0) {
            before = &facts.newest;
        }
        assert_int_equal(room_follow_append(to->store, room, before, record,
                                            &t->rows.room.state,
                                            arena_at(ARENA_NOW)), ROOM_OK);
        passed++;
    }
    return passed;
}

room_status room_teller_live(room_teller *t, arena *to, room_handle room)
{
    const room_import_record *last;
    room_relay_facts facts;

    room_teller_fetch(t);
    last = &t->rows.records[t->rows.room.count - 1];
    assert_int_equal(room_relay_look(to->store, room, &facts), ROOM_OK);
    return room_follow_append(to->store, room, &facts.newest, last,
                              &t->rows.room.state, arena_at(ARENA_NOW));
}

room_import_record room_teller_record(const char *body, size_t size,
                                      room_id id)
{
    return (room_import_record){ .kind = ROOM_LOG_MESSAGE, .id = id,
                                 .author = ANN, .stored_ms = ARENA_NOW,
                                 .body = body, .size = size, .text_at = 8,
                                 .text_size = 2 };
}

void room_teller_begin(room_teller_pair *s)
{
    memset(s, 0, sizeof(*s));
    room_teller_open(&s->there);
    arena_open_relay(&s->here, TELLER_PAGES, 3, TELLER_RELAY, NULL);
}

void room_teller_begin_read_in(room_teller_pair *s)
{
    room_teller_begin(s);
    s->room = room_teller_new(&s->there, &s->here, "room");
}

void room_teller_end(room_teller_pair *s)
{
    arena_check(&s->here);
    assert_int_equal(atomic_load(&s->here.store->header->resets), 0);
    arena_close(&s->here);
    room_teller_close(&s->there);
}

room_id room_teller_say(room_teller_pair *s, const char *text)
{
    return room_said_message(&s->there.a, s->there.room,
                             &(room_said){ ANN, text, NULL, ARENA_NOW });
}

room_id room_teller_say_live(room_teller_pair *s, const char *text)
{
    room_id id = room_said_by_ann(&s->there.a, s->there.room, text);

    assert_int_equal(room_teller_live(&s->there, &s->here, s->room), ROOM_OK);
    return id;
}

void room_teller_compare(room_teller_pair *s)
{
    static char there[65536];

    strcpy(there, room_said_after(&s->there.a, s->there.room, NULL, UINT64_MAX,
                                  NULL));
    assert_string_equal(room_said_after(&s->here, s->room, NULL, UINT64_MAX,
                                        NULL), there);
}

room_log_position room_teller_cursor(room_teller_pair *s, room_id cursor)
{
    room_log_position at;

    assert_int_equal(room_log_seek(s->here.store, s->room, &cursor, 0,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    return at;
}
