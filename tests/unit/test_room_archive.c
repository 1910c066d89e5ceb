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
#include "room/archive/room_archive_figures.h"
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
    assert_int_equal(facts.complete.ms, a.store->header->since_ms);
    archive_all(&a, room);
    assert_int_equal(room_ack_upto(a.store, room), 1);
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW) + 5, &figures);
    assert_int_equal(figures.lag_messages + (uint64_t)figures.lag_us, 0);
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

/* Whose own readers come first calls later: the mark is there at once, and
 * others leave the call to it. */
static void the_writer_is_called_behind_the_readers(void **state)
{
    arena a;
    room_handle room;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room_archive_begin(a.store, NULL);
    assert_true(room_archive_elect(a.store));
    room = new_room(&a, "room", 5);
    archive_all(&a, room);
    (void)take(&a);
    room_said_message(&a, room, &(room_said){ ANN, "one", NULL, ARENA_NOW });
    room_log_wake_readers(a.store, room, 0);
    room_log_wake_readers(a.store, room, -1);
    assert_false(is_readable(&a));
    room_slot_call_writer(a.store);
    assert_true(is_readable(&a));
    assert_int_equal(take(&a).count, 1);
    room_archive_resign(a.store);
    arena_close(&a);
}

/* Runs it in a child, which ends as it likes. */
static pid_t start(void (*run)(arena *a), arena *a)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        run(a);
        _exit(0);
    }
    return pid;
}

static void be_writer_for_ever(arena *a)
{
    if (!room_archive_elect(a->store)) {
        _exit(1);
    }
    take(a);
    for (;;) {
        pause();
    }
}

static void a_killed_writer_is_followed(void **state)
{
    arena a;
    room_handle room;
    int status;
    pid_t pid;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = new_room(&a, "room", 5);
    say(&a, room, "one");
    pid = start(be_writer_for_ever, &a);
    while (atomic_load(&a.store->children[a.store->geometry.slots].pid)
               != (uint32_t)pid
           || is_readable(&a)) {
        usleep(1000);
    }
    assert_false(room_archive_elect(a.store));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    /* It took the mark and wrote nothing: the next one is shown the room. */
    assert_true(room_archive_elect(a.store));
    assert_true(is_readable(&a));
    assert_int_equal(take(&a).count, 1);
    assert_int_equal(read_all(&a, room, 1).count, 1);
    archive_all(&a, room);
    /* And one that lets go as well. */
    room_archive_resign(a.store);
    assert_true(room_archive_elect(a.store));
    assert_int_equal(take(&a).count, 0);
    room_archive_resign(a.store);
    arena_check(&a);
    arena_close(&a);
}

/* The dead child has stored something and told nobody. */
static void say_and_die(arena *a)
{
    room_handle room = arena_room(a, "room", 5);

    room_slot_claim(a->store, getpid());
    room_said_message(a, room, &(room_said){ ANN, "one", NULL, ARENA_NOW });
    kill(getpid(), SIGKILL);
}

static void what_a_killed_child_has_said_is_shown(void **state)
{
    arena a;
    room_handle room;
    int status;
    pid_t pid;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = new_room(&a, "room", 5);
    room_archive_elect(a.store);
    take(&a);
    archive_all(&a, room);
    pid = start(say_and_die, &a);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(take(&a).count, 0);
    assert_int_equal(room_slot_reap(a.store, -1), 1);
    assert_true(is_readable(&a));
    assert_int_equal(take(&a).count, 1);
    arena_close(&a);
}

static void what_is_not_written_is_shown_again(void **state)
{
    arena a;
    room_handle room;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = new_room(&a, "room", 5);
    room_archive_elect(a.store);
    say(&a, room, "one");
    assert_int_equal(take(&a).count, 1);
    assert_int_equal(take(&a).count, 0);
    room_archive_mark(a.store, room);
    assert_true(is_readable(&a));
    assert_int_equal(take(&a).count, 1);
    /* In a closed segment there is nothing to do, and nothing wakes. */
    room_archive_mark(a.store, room);
    room_store_close(a.store);
    assert_int_equal(take(&a).count, 0);
    assert_false(is_readable(&a));
    room_archive_resign(a.store);
    assert_false(room_archive_elect(a.store));
    arena_close(&a);
}

static bool stop_at_two(void *context, const room_log_record *record)
{
    (void)context;
    return record->seq < 2;
}

static void the_lag_is_that_of_the_oldest(void **state)
{
    arena a;
    room_handle room;
    room_archive_figures figures;
    uint64_t next;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    room = new_room(&a, "room", 5);
    archive_all(&a, room);
    for (int i = 0; i < 4; i++) {
        room_said_message(&a, room, &(room_said){ ANN, "x", NULL,
                                                  ARENA_NOW + i });
    }
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW + 10), &figures);
    assert_int_equal(figures.lag_messages, 4);
    assert_int_equal(figures.lag_us, 10000);
    room_archive_read(a.store, room, 1, SIZE_MAX, stop_at_two, NULL, &next);
    assert_int_equal(next, 2);
    room_archive_done(a.store, room, next);
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW + 10), &figures);
    assert_int_equal(figures.lag_messages, 3);
    assert_int_equal(figures.lag_us, 9000);
    archive_all(&a, room);
    room_archive_count(a.store, 3, 1);
    room_archive_figures_get(a.store, ARENA_MONO(ARENA_NOW + 10), &figures);
    assert_int_equal(figures.lag_messages, 0);
    assert_int_equal(figures.lag_us, 0);
    assert_int_equal(figures.commits, 3);
    assert_int_equal(figures.errors, 1);
    arena_close(&a);
}

/* Also while a room is in use: what it has is written once more. */
static void another_database_is_followed(void **state)
{
    arena a;
    room_handle room;
    room_archive_facts facts;

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    assert_true(room_archive_follow(a.store, 7));
    room = new_room(&a, "room", 5);
    assert_true(room_archive_elect(a.store));
    say(&a, room, "one");
    (void)take(&a);
    archive_all(&a, room);
    assert_true(room_archive_follow(a.store, 7));
    assert_true(room_ack_upto(a.store, room) == 2);
    assert_int_equal(take(&a).count, 0);

    assert_true(room_archive_follow(a.store, 8));
    assert_true(room_ack_upto(a.store, room) == 0);
    assert_int_equal(take(&a).count, 1);
    assert_int_equal(room_archive_look(a.store, room, &facts), ROOM_OK);
    assert_true(facts.fresh);
    assert_int_equal(facts.from, 1);
    assert_int_equal(facts.next, 2);
    assert_non_null(strstr(read_all(&a, room, facts.from).text, "one"));
    archive_all(&a, room);
    assert_true(room_ack_upto(a.store, room) == 2);
    arena_check(&a);
    arena_close(&a);
}

static void the_secret_is_the_archives(void **state)
{
    arena a;
    arena b;
    const base_hash_key secret = { 11, 12 };
    const base_hash_key other = { 13, 14 };

    (void)state;
    arena_open_archive(&a, 24, 3, NULL);
    assert_int_not_equal(room_store_secret(a.store)->k0, 11);
    room_archive_begin(a.store, &secret);
    room_archive_begin(a.store, &other);
    assert_int_equal(room_store_secret(a.store)->k0, 11);
    assert_int_equal(room_store_secret(a.store)->k1, 12);
    arena_open_archive(&b, 40, 3, a.store);
    assert_int_equal(room_store_secret(b.store)->k0, 11);
    arena_close(&b);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_without_an_archive),
        cmocka_unit_test(nobody_uses_a_room_that_is_not_read_in),
        cmocka_unit_test(the_writer_sees_what_is_new),
        cmocka_unit_test(the_writer_is_called_behind_the_readers),
        cmocka_unit_test(a_killed_writer_is_followed),
        cmocka_unit_test(what_a_killed_child_has_said_is_shown),
        cmocka_unit_test(what_is_not_written_is_shown_again),
        cmocka_unit_test(the_lag_is_that_of_the_oldest),
        cmocka_unit_test(another_database_is_followed),
        cmocka_unit_test(the_secret_is_the_archives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
