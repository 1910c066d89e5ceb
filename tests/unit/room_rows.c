/* room_rows.c - see room_rows.h. */
#include "room_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

room_handle room_rows_new(arena *a, const char *key, uint32_t keep)
{
    room_handle room = arena_room(a, key, keep);

    assert_int_equal(room_import_read(a->store, room, NULL,
                                      arena_at(ARENA_NOW)), ROOM_OK);
    return room;
}

static bool take_row(void *context, const room_log_record *record)
{
    room_rows *rows = context;
    size_t at = rows->room.count;
    room_import_record *row = &rows->records[at];
    char *body = rows->bodies[at];

    assert_in_range(at, 0, ROWS_MOST - 1);
    assert_in_range(record->size, 1, sizeof(rows->bodies[0]));
    rows->jumps += record->since > rows->next;
    rows->next = record->seq + 1;
    room_log_copy(record, body);
    *row = (room_import_record){
        .kind = record->kind, .id = record->id, .author = record->author,
        .ref = record->ref,
        .stored_ms = ARENA_NOW - ROWS_AGE_MS(record->stored_us),
        .body = body, .size = record->size, .text_at = record->text_at,
        .text_size = record->text_size, .edited = record->edited,
        .deleted = record->deleted };
    if (record->kind == ROOM_LOG_EDITED
        || record->kind == ROOM_LOG_DELETED) {
        /* As a database would find it in the body. */
        char *target = memmem(body, record->size, "\"target\":\"", 10);
        char *end;

        assert_non_null(target);
        end = memchr(target + 10, '"', record->size);
        assert_true(room_id_parse(target + 10, (size_t)(end - target - 10),
                                  &row->target));
    }
    rows->refs[at] = (room_import_ref){ .kind = row->kind,
                                        .author = row->author,
                                        .ref = row->ref, .id = row->id,
                                        .stored_ms = row->stored_ms };
    rows->room.count++;
    return true;
}

void room_rows_write(arena *a, room_handle room, room_rows *rows)
{
    room_archive_facts facts;
    uint64_t next;

    assert_int_equal(room_archive_look(a->store, room, &facts), ROOM_OK);
    rows->next = facts.from;
    assert_int_equal(room_archive_read(a->store, room, facts.from, SIZE_MAX,
                                       take_row, rows, &next), ROOM_OK);
    rows->room.birth = rows->room.complete = facts.birth;
    rows->room.newest = facts.newest;
    rows->room.state = facts.state;
    room_archive_done(a->store, room, next);
}

room_status room_rows_import(arena *a, room_handle room, const room_rows *rows)
{
    room_import_room what = rows->room;

    what.records = rows->records;
    what.refs = rows->refs;
    what.ref_count = what.count;
    return room_import_read(a->store, room, &what, arena_at(ARENA_NOW));
}

room_handle room_rows_open(arena *a, const char *key, uint32_t keep,
                           const room_rows *rows)
{
    room_handle room = arena_room(a, key, keep);

    assert_int_equal(room_rows_import(a, room, rows), ROOM_OK);
    return room;
}
