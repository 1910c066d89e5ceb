/* room_arena.c - see room_arena.h. */
#include "room_arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "room/segment/room_layout.h"
#include "room_check.h"

#define SLOTS 70

static void open_with(arena *a, uint32_t pages, room_store_options options)
{
    room_geometry geometry;
    char why[200] = "";
    size_t size = 64 * 1024;
    size_t step = 64;

    while (!room_layout_plan(&geometry, size, &options, why, sizeof(why))
           || geometry.pages != pages) {
        size += step;
        assert_true(size < 256 * 1024 * 1024);
    }
    a->size = size;
    a->memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(a->memory != MAP_FAILED);
    assert_true(room_store_over(a->memory, size, &options, &a->store, why,
                                sizeof(why)));
    a->store->header->since_ms = ARENA_NOW;
}

void arena_open_after(arena *a, uint32_t pages, uint32_t rooms,
                      const room_store *after)
{
    open_with(a, pages, (room_store_options){ .rooms = rooms, .slots = SLOTS,
                                              .gauges = 1, .after = after });
}

void arena_open(arena *a, uint32_t pages, uint32_t rooms)
{
    arena_open_after(a, pages, rooms, NULL);
}

void arena_open_archive(arena *a, uint32_t pages, uint32_t rooms,
                        const room_store *after)
{
    open_with(a, pages, (room_store_options){ .rooms = rooms, .slots = SLOTS,
                                              .gauges = 1, .after = after,
                                              .archive = 7 });
}

void arena_open_relay(arena *a, uint32_t pages, uint32_t rooms, uint32_t relay,
                      const room_store *after)
{
    open_with(a, pages, (room_store_options){ .rooms = rooms, .slots = SLOTS,
                                              .gauges = 1, .after = after,
                                              .relay = relay });
}

void arena_open_shared(arena *a, uint32_t pages, uint32_t relay,
                       uint32_t archive, const room_store *after)
{
    open_with(a, pages, (room_store_options){ .rooms = 3, .slots = SLOTS,
                                              .gauges = 1, .after = after,
                                              .relay = relay,
                                              .archive = archive });
}

void arena_close(arena *a)
{
    room_store_free(a->store);
    munmap(a->memory, a->size);
}

void arena_check(arena *a)
{
    char why[200] = "";

    if (!room_check(a->store, why, sizeof(why))) {
        fail_msg("%s", why);
    }
}

room_handle arena_room(arena *a, const char *key, uint32_t keep)
{
    room_handle room = { 0, 0 };

    assert_int_equal(room_table_open(a->store, key, strlen(key), keep,
                                     ARENA_FOREVER, arena_at(ARENA_NOW), &room),
                     ROOM_OK);
    return room;
}

base_clock_time arena_at(int64_t wall_ms)
{
    return (base_clock_time){ wall_ms, ARENA_MONO(wall_ms) };
}

room_id arena_say(arena *a, room_handle room, const char *text,
                  int64_t wall_ms)
{
    room_log_entry entry = { .head = text, .head_size = strlen(text),
                             .tail = "!", .tail_size = 1, .user = 1,
                             .wall_ms = wall_ms,
                             .mono_us = ARENA_MONO(wall_ms) };
    room_id id = { 0, 0 };
    uint64_t seq = 0;

    assert_int_equal(room_log_append(a->store, room, &entry, &id, &seq),
                     ROOM_OK);
    return id;
}

room_status arena_fill(arena *a, room_handle room, size_t size,
                       int64_t wall_ms)
{
    char *body = malloc(size + 1);
    room_log_entry entry = { .head = body, .head_size = size, .user = 1,
                             .wall_ms = wall_ms,
                             .mono_us = ARENA_MONO(wall_ms) };
    room_id id;
    uint64_t seq;
    room_status status;

    for (size_t i = 0; i < size; i++) {
        body[i] = (char)('a' + i % 26);
    }
    status = room_log_append(a->store, room, &entry, &id, &seq);
    free(body);
    return status;
}

static bool take_in(void *context, const room_log_record *record)
{
    arena_seen *seen = context;
    char *body = malloc(record->size + 1);
    size_t part = record->size < sizeof(seen->text) - 1
                      ? record->size : sizeof(seen->text) - 1;

    if (seen->count++ == 0) {
        seen->first = record->seq;
    }
    seen->id = record->id;
    seen->size = record->size;
    room_log_copy(record, body);
    memcpy(seen->text, body, part);
    seen->text[part] = '\0';
    free(body);
    return true;
}

void arena_read(arena *a, room_handle room, uint64_t from, arena_seen *seen)
{
    memset(seen, 0, sizeof(*seen));
    assert_int_equal(room_log_read(a->store, room, from, UINT64_MAX, SIZE_MAX,
                                   take_in, seen, &seen->next),
                     ROOM_OK);
}

room_status arena_member_goes(room_store *store, room_handle room, int slot,
                              uint64_t user, int64_t until_us, bool *gone)
{
    const room_member_leaving who = { user, false, until_us };

    return room_member_leave(store, room, slot, &who, gone);
}
