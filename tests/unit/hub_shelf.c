/* hub_shelf.c - see hub_shelf.h. */
#include "hub_shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "room/archive/room_archive.h"
#include "room/archive/room_import.h"
#include "room/log/room_log.h"
#include "room/table/room_table.h"

#define ROOM "/busy"

typedef struct {
    room_id id;
    size_t size;
} row;

static room_handle room_of(const hub_shelf *shelf)
{
    char key[ACT_KEY_MOST];
    room_handle room;

    assert_int_equal(room_table_find(shelf->stage->store, key,
                                     hub_stage_key(key, ROOM), &room),
                     ROOM_OK);
    return room;
}

static void lock(hub_shelf *shelf)
{
    assert_int_equal(pthread_mutex_lock(&shelf->mutex), 0);
}

static void unlock(hub_shelf *shelf)
{
    assert_int_equal(pthread_mutex_unlock(&shelf->mutex), 0);
}

/* With the mutex. */
static void visit_rows(const hub_shelf *shelf, const room_id *after,
                       size_t most, hub_archive_visit *visit, void *context,
                       hub_archive_end *end)
{
    size_t visited = 0;
    row one;

    for (size_t at = 0; at < shelf->rows.len; at += sizeof(one) + one.size) {
        memcpy(&one, shelf->rows.data + at, sizeof(one));
        if (room_id_compare(&one.id, after) <= 0) {
            continue;
        }
        if (visited > most
            || !visit(context, &one.id, shelf->rows.data + at + sizeof(one),
                      one.size)) {
            return;
        }
        visited += one.size;
    }
    end->all = true;
}

static bool read_after(void *archive, const act_room_key *room,
                       const room_id *after, size_t most,
                       hub_archive_visit *visit, void *context,
                       hub_archive_end *end)
{
    hub_shelf *shelf = archive;
    bool away;

    lock(shelf);
    if (shelf->readings < HUB_SHELF_ASKED) {
        shelf->asked[shelf->readings] = *after;
    }
    shelf->readings++;
    while (shelf->held) {
        unlock(shelf);
        poll(NULL, 0, 1);
        lock(shelf);
    }
    away = shelf->away;
    end->complete = shelf->complete;
    if (!away && room->key_size == strlen("host\n" ROOM)) {
        visit_rows(shelf, after, most, visit, context, end);
    }
    unlock(shelf);
    return !away;
}

void hub_shelf_open(hub_shelf *shelf, hub_stage *stage, bool ack)
{
    char key[ACT_KEY_MOST];
    room_handle room;

    memset(shelf, 0, sizeof(*shelf));
    shelf->stage = stage;
    shelf->door = (hub_archive){ .archive = shelf, .ack = ack,
                                 .read_after = read_after };
    pthread_mutex_init(&shelf->mutex, NULL);
    hub_stage_open_archived(stage, &shelf->door);
    room_archive_begin(stage->store, NULL);
    assert_true(room_archive_elect(stage->store));
    stage->settings.history_count = 10;
    assert_int_equal(room_table_open(stage->store, key,
                                     hub_stage_key(key, ROOM), 10,
                                     24 * 3600 * 1000, base_clock_now(),
                                     &room), ROOM_OK);
    assert_int_equal(room_import_read(stage->store, room, NULL,
                                      base_clock_now()), ROOM_OK);
    hub_stage_start(stage, 0);
}

void hub_shelf_close(hub_shelf *shelf)
{
    room_archive_resign(shelf->stage->store);
    hub_stage_close(shelf->stage);
    pthread_mutex_destroy(&shelf->mutex);
    base_bytes_free(&shelf->rows);
}

static bool take_record(void *context, const room_log_record *record)
{
    hub_shelf *shelf = context;
    row one = { record->id, record->size };
    base_bytes *rows = &shelf->rows;

    base_bytes_append(rows, &one, sizeof(one));
    base_bytes_reserve(rows, record->size);
    room_log_copy(record, rows->data + rows->len);
    rows->len += record->size;
    return true;
}

static uint64_t take(hub_shelf *shelf, room_handle room)
{
    room_archive_facts facts;
    uint64_t next;

    assert_int_equal(room_archive_look(shelf->stage->store, room, &facts),
                     ROOM_OK);
    next = facts.from > shelf->next ? facts.from : shelf->next;
    lock(shelf);
    while (next < facts.next) {
        assert_int_equal(room_archive_read(shelf->stage->store, room, next,
                                           65536, take_record, shelf, &next),
                         ROOM_OK);
    }
    unlock(shelf);
    shelf->next = next;
    return next;
}

void hub_shelf_take(hub_shelf *shelf)
{
    (void)take(shelf, room_of(shelf));
}

void hub_shelf_write(hub_shelf *shelf)
{
    room_handle room = room_of(shelf);

    room_archive_done(shelf->stage->store, room, take(shelf, room));
}

void hub_shelf_forget(hub_shelf *shelf)
{
    size_t at = 0;
    row one;

    lock(shelf);
    while (at < shelf->rows.len / 2) {
        memcpy(&one, shelf->rows.data + at, sizeof(one));
        at += sizeof(one) + one.size;
        shelf->complete = one.id;
    }
    base_bytes_drop(&shelf->rows, at);
    unlock(shelf);
}

void hub_shelf_away(hub_shelf *shelf, bool away)
{
    lock(shelf);
    shelf->away = away;
    unlock(shelf);
}

void hub_shelf_hold(hub_shelf *shelf, bool hold)
{
    lock(shelf);
    shelf->held = hold;
    unlock(shelf);
}

unsigned hub_shelf_readings(hub_shelf *shelf)
{
    unsigned readings;

    lock(shelf);
    readings = shelf->readings;
    unlock(shelf);
    return readings;
}
