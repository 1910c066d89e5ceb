/* test_room_archive.c - the archive's writer: what it is shown, how it is
 * woken, and who waits for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_import.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_said.h"

#define TAKEN_MOST 16

typedef struct {
    room_handle rooms[TAKEN_MOST];
    unsigned count;
} taken;

static void note(void *context, room_handle room)
{
    taken *all = context;

    assert_in_range(all->count, 0, TAKEN_MOST - 1);
    all->rooms[all->count++] = room;
}

static taken take(arena *a)
{
    taken all = { .count = 0 };

    room_archive_take(a->store, note, &all);
    return all;
}

static bool is_readable(const arena *a)
{
    struct pollfd poll_fd = { .fd = room_archive_fd(a->store),
                              .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

/* A room that the archive does not know. */
static room_handle new_room(arena *a, const char *key, uint32_t keep)
{
    room_handle room = arena_room(a, key, keep);

    assert_true(room_import_wanted(a->store, room));
    assert_int_equal(room_import_read(a->store, room, NULL,
                                      arena_at(ARENA_NOW)), ROOM_OK);
    assert_false(room_import_wanted(a->store, room));
    return room;
}

static void say(arena *a, room_handle room, const char *text)
{
    room_said_message(a, room, &(room_said){ ANN, text, NULL, ARENA_NOW });
    room_log_wake_readers(a->store, room, -1);
}

/* All of it is in the archive. */
static void archive_all(arena *a, room_handle room)
{
    room_archive_done(a->store, room, room_log_next(a->store, room));
}

typedef struct {
    char text[4000];
    size_t size;
    uint64_t since; /* of the first */
    unsigned count;
} written;

static bool write_one(void *context, const room_log_record *record)
{
    written *it = context;

    if (it->count++ == 0) {
        it->since = record->since;
    }
    assert_in_range(record->size, 1, sizeof(it->text) - it->size - 1);
    room_log_copy(record, it->text + it->size);
    if (record->kind == ROOM_LOG_MESSAGE) {
        assert_in_range(record->text_at, 1, record->size);
        assert_int_equal(it->text[it->size + record->text_at], '"');
        assert_int_equal(it->text[it->size + record->text_at
                                  + record->text_size - 1], '"');
    }
    it->size += record->size;
    return true;
}

static written read_all(arena *a, room_handle room, uint64_t from)
{
    written it = { .size = 0 };
    uint64_t next;

    assert_int_equal(room_archive_read(a->store, room, from, SIZE_MAX,
                                       write_one, &it, &next), ROOM_OK);
    it.text[it.size] = '\0';
    return it;
}

static void nothing_without_an_archive(void **state)
{
    arena a;
    room_handle room;
    room_archive_figures figures;
    room_archive_facts facts;

    (void)state;
    arena_open(&a, 24, 3);
    room = arena_room(&a, "room", 5);
    assert_false(room_import_wanted(a.store, room));
    assert_true(room_archive_ready(a.store));
    assert_false(room_archive_elect(a.store));
    assert_int_equal(room_archive_fd(a.store), -1);
    say(&a, room, "one");
    assert_true(room_ack_upto(a.store, room) == UINT64_MAX);
    assert_int_equal(room_ack_wait(a.store, room, 1, 0), ROOM_OK);
    assert_int_equal(room_archive_look(a.store, room, &facts), ROOM_ABSENT);
    room_archive_done(a.store, room, 2);
    room_archive_figures_get(a.store, 0, &figures);
    assert_false(figures.on);
    assert_int_equal(take(&a).count, 0);
    arena_check(&a);
    arena_close(&a);
}

static void nobody_uses_a_room_that_is_not_read_in(void **state)
{
    arena a;
    room_handle room;
    room_log_entry entry = { .head = "x", .head_size = 1 };
    room_log_position at;
    room_log_page page;
    room_log_state now;
    room_id id = { ARENA_NOW, 0 };
    uint64_t seq;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = arena_room(&a, "room", 5);
    assert_int_equal(room_log_append(a.store, room, &entry, &id, &seq),
                     ROOM_UNREAD);
    assert_int_equal(room_log_seek(a.store, room, NULL, 5, 0, &at),
                     ROOM_UNREAD);
    assert_int_equal(room_log_seek_page(a.store, room, &id, 5, 0, &page),
                     ROOM_UNREAD);
    assert_int_equal(room_log_info(a.store, room, 0, &now), ROOM_UNREAD);
    /* But one that is not to be archived is as ever. */
    room_import_keep(a.store, room, 0);
    assert_false(room_import_wanted(a.store, room));
    say(&a, room, "one");
    assert_true(room_ack_upto(a.store, room) == UINT64_MAX);
    room_archive_elect(a.store);
    assert_int_equal(take(&a).count, 0);
    room_archive_resign(a.store);
    arena_check(&a);
    arena_close(&a);
}

static void the_writer_sees_what_is_new(void **state)
{
    arena a;
    room_handle room;
    room_archive_facts facts;
    room_archive_figures figures;
    written it;
    taken all;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    assert_false(room_archive_ready(a.store));
    room_archive_begin(a.store, NULL);
    assert_true(room_archive_ready(a.store));
    assert_true(room_archive_elect(a.store));
    assert_int_equal(take(&a).count, 0);
    assert_false(is_readable(&a));
    /* The room itself, for the sake of its birth. */
    room = new_room(&a, "room", 5);
    assert_true(is_readable(&a));
    all = take(&a);
    assert_int_equal(all.count, 1);
    assert_int_equal(room_archive_look(a.store, all.rooms[0], &facts),
                     ROOM_OK);
    assert_true(facts.fresh);
    assert_int_equal(facts.from, 1);
    assert_int_equal(facts.next, 1);
    assert_int_equal(facts.key_size, 4);
    assert_memory_equal(facts.key, "room", 4);
    assert_int_equal(room_id_compare(&facts.birth, &facts.newest), 0);
    archive_all(&a, room);
    assert_int_equal(room_ack_upto(a.store, room), 1);
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW) + 5, &figures);
    assert_int_equal(figures.lag_messages, 0);
    assert_int_equal(figures.lag_us, 0);
    say(&a, room, "one");
    say(&a, room, "two");
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW) + 5, &figures);
    assert_int_equal(figures.lag_messages, 2);
    assert_int_equal(figures.lag_us, 5);
    assert_true(is_readable(&a));
    assert_int_equal(take(&a).count, 1);
    assert_false(is_readable(&a));
    it = read_all(&a, room, 1);
    assert_int_equal(it.count, 2);
    assert_non_null(strstr(it.text, "\"one\""));
    assert_int_equal(room_ack_upto(a.store, room), 1);
    room_archive_done(a.store, room, 3);
    assert_int_equal(room_ack_upto(a.store, room), 3);
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW) + 5, &figures);
    assert_int_equal(figures.lag_messages, 0);
    /* Nothing comes of waking without news, and nothing moves it back. */
    room_log_wake_readers(a.store, room, -1);
    assert_false(is_readable(&a));
    room_archive_done(a.store, room, 2);
    room_archive_done(a.store, room, 9);
    assert_int_equal(room_ack_upto(a.store, room), 3);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_without_an_archive),
        cmocka_unit_test(nobody_uses_a_room_that_is_not_read_in),
        cmocka_unit_test(the_writer_sees_what_is_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
