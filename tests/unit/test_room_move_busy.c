/* test_room_move_busy.c - moving while others write, die, or have damaged the
 * old segment; and over and over again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_log.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"
#include "room_check.h"

#define WRITERS 4
#define ROOMS 8
#define ROUNDS 10
#define AHEAD 20 /* messages to each room */
#define MOST 500 /* of one writer to each room: all of them fit */
#define FLIP_ROUNDS 400
#define LIMIT_US INT64_C(60000000)

/* Shared with the writers. */
typedef struct {
    arena a;
    room_handle rooms[ROOMS];
    _Atomic uint32_t acked[WRITERS][ROOMS]; /* the number of the last one */
    _Atomic uint32_t refused;
} ring;

typedef struct {
    uint32_t writer;
    uint32_t number;
} body;

typedef struct {
    uint32_t last[WRITERS];
    bool wrong;
} audit;

static void ignore_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

/* Lets the others catch up, so that no room overflows; but not for ever, since
 * one of them may be dead. */
static void wait_for_others(const ring *shared, uint32_t number)
{
    for (unsigned i = 0; i < 200; i++) {
        bool ahead = false;

        for (unsigned w = 0; w < WRITERS; w++) {
            ahead = ahead
                    || number > atomic_load(&shared->acked[w][0]) + AHEAD;
        }
        if (!ahead) {
            return;
        }
        sched_yield();
    }
}

/* Writes until it is told that the segment is no more. When the mover does not
 * get to it for long, the last message is said again and again: its ref lets
 * it not be stored twice, so no room overflows. */
static int write_on(ring *shared, uint32_t writer)
{
    for (uint32_t turn = 1; turn < 10000000; turn++) {
        uint32_t number = turn < MOST ? turn : MOST;

        wait_for_others(shared, number);
        for (unsigned i = 0; i < ROOMS; i++) {
            body text = { writer, number };
            room_log_entry entry = {
                .head = &text, .head_size = sizeof(text), .user = writer,
                .ref = &number, .ref_size = sizeof(number),
                .wall_ms = base_clock_wall(), .mono_us = base_clock_mono(),
            };
            room_id id;
            uint64_t seq;
            room_status status = room_log_append(
                shared->a.store, shared->rooms[i], &entry, &id, &seq);

            if (status == ROOM_MOVED) {
                atomic_fetch_add(&shared->refused, 1);
                return 0;
            }
            if (status != (turn > MOST ? ROOM_REPEATED : ROOM_OK)) {
                return 1;
            }
            atomic_store(&shared->acked[writer][i], number);
        }
    }
    return 1;
}

static bool read_body(void *context, const room_log_record *record)
{
    audit *books = context;
    unsigned char bytes[sizeof(body) + ROOM_ID_TEXT];
    body text;

    if (record->size > sizeof(bytes)) {
        books->wrong = true;
        return true;
    }
    room_log_copy(record, bytes);
    memcpy(&text, bytes, sizeof(text));
    if (text.writer >= WRITERS
        || (books->last[text.writer] != 0
            && text.number != books->last[text.writer] + 1)) {
        books->wrong = true;
        return true;
    }
    books->last[text.writer] = text.number;
    return true;
}

/* Each writer's last acknowledged message is the last one there; one that was
 * killed may have stored one more. */
static void expect_all(ring *shared, arena *to, bool killed)
{
    for (unsigned i = 0; i < ROOMS; i++) {
        audit books = { { 0 }, false };
        char key[3] = { 'r', (char)('0' + i), 0 };
        room_handle room;
        uint64_t next;

        assert_int_equal(room_table_find(to->store, key, 2, &room), ROOM_OK);
        assert_int_equal(room_log_read(to->store, room, 1, UINT64_MAX,
                                       SIZE_MAX, read_body, &books, &next),
                         ROOM_OK);
        assert_false(books.wrong);
        for (unsigned w = 0; w < WRITERS; w++) {
            uint32_t acked = atomic_load(&shared->acked[w][i]);

            if (books.last[w] == acked + 1 && killed && w == 0) {
                continue;
            }
            assert_int_equal(books.last[w], acked);
        }
    }
}

static void wait_until_all_write(ring *shared)
{
    int64_t begun = base_clock_mono();

    for (unsigned w = 0; w < WRITERS; w++) {
        while (atomic_load(&shared->acked[w][ROOMS - 1]) < 20) {
            assert_true(base_clock_mono() - begun < LIMIT_US);
            sched_yield();
        }
    }
}

/* Several processes write; one is killed on the way; what was acknowledged is
 * in the new segment, and nothing was stored after the move. */
static void run_round(bool killed)
{
    ring *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    arena to;
    room_move_figures told;
    pid_t pids[WRITERS];
    int status;

    assert_true(shared != MAP_FAILED);
    arena_open(&shared->a, 3000, ROOMS);
    for (unsigned i = 0; i < ROOMS; i++) {
        char key[3] = { 'r', (char)('0' + i), 0 };

        shared->rooms[i] = arena_room(&shared->a, key, 100000);
    }
    for (uint32_t w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        if (pids[w] == 0) {
            _exit(write_on(shared, w));
        }
    }
    wait_until_all_write(shared);
    if (killed) {
        kill(pids[0], SIGKILL);
    }
    arena_open_after(&to, 2000, ROOMS + 3, shared->a.store);
    room_move_all(shared->a.store, to.store, base_clock_now(), &told);
    for (unsigned w = 0; w < WRITERS; w++) {
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_true(status == 0 || (killed && w == 0));
    }
    assert_in_range(atomic_load(&shared->refused), WRITERS - killed, WRITERS);
    assert_int_equal(told.rooms, ROOMS);
    assert_int_equal(told.left + told.evicted, 0);
    arena_check(&to);
    expect_all(shared, &to, killed);
    arena_close(&to);
    arena_close(&shared->a);
    munmap(shared, sizeof(*shared));
}

static void nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        run_round(false);
    }
}

static void a_killed_writer_loses_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        run_round(true);
    }
}

/* Flips bits anywhere but in the locks, whose words belong to the system. */
static void flip(arena *a, uint64_t *random)
{
    const room_geometry *g = &a->store->geometry;
    unsigned char *bytes = a->memory;

    for (unsigned i = 0; i < 12; i++) {
        size_t at;
        uint64_t offset;

        *random = *random * UINT64_C(6364136223846793005) + 1;
        at = g->at_buckets + (*random >> 20) % (a->size - g->at_buckets);
        offset = (at - g->at_items) % sizeof(room_item);
        if (at >= g->at_items && at < g->at_hints
            && offset < sizeof(room_lock)) {
            continue;
        }
        bytes[at] ^= (unsigned char)(1u << (*random >> 60));
    }
}

/* It may lose messages and rooms, but what arrives is whole. */
static void a_damaged_segment_is_moved_as_far_as_it_goes(void **state)
{
    uint64_t random = 88172645463325252u;
    uint64_t messages = 0;

    (void)state;
    base_log_set(ignore_line, NULL, BASE_LOG_ERROR);
    for (unsigned round = 0; round < FLIP_ROUNDS; round++) {
        arena from;
        arena to;
        room_move_figures told;

        arena_open(&from, 60, 4);
        for (unsigned i = 0; i < 40; i++) {
            char key[2] = { (char)('a' + i % 4), 0 };

            assert_int_equal(arena_fill(&from, arena_room(&from, key, 100),
                                        i * 97 % 1500, ARENA_NOW), ROOM_OK);
        }
        flip(&from, &random);
        arena_open_after(&to, 60, 4, from.store);
        room_move_all(from.store, to.store, arena_at(ARENA_NOW), &told);
        arena_check(&to);
        messages += told.messages;
        arena_close(&from);
        arena_close(&to);
    }
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_in_range(messages, FLIP_ROUNDS * 20, FLIP_ROUNDS * 40);
}

static unsigned count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* Shared ones: a sanitizer makes private ones as it likes. */
static unsigned count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024];
    unsigned count = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        count += strstr(line, " rw-s ") != NULL;
    }
    fclose(maps);
    return count;
}

/* As httpd's parent does at each change of the size: what it has of the old
 * segments is gone, and counters go on. */
static void many_moves_leave_nothing_behind(void **state)
{
    room_store_options options = { .size = 1024 * 1024, .gauges = 1 };
    room_store *store = NULL;
    apr_pool_t *pool;
    room_handle room;
    char why[200] = "";
    unsigned fds = 0;
    unsigned mappings = 0;
    uint64_t sums[ROOM_COUNTERS];
    arena a = { NULL, 0, NULL };
    int slot;

    (void)state;
    apr_pool_create(&pool, NULL);
    for (unsigned i = 0; i < 40; i++) {
        room_store *old = store;
        room_move_figures told;

        options.size += 64 * 1024;
        options.after = old;
        assert_true(room_store_create(pool, &options, &store, why,
                                      sizeof(why)));
        if (old != NULL) {
            room_move_all(old, store, arena_at(ARENA_NOW), &told);
            assert_int_equal(told.messages, i);
            room_store_destroy(old);
        }
        a.store = store;
        room = arena_room(&a, "room", 100);
        arena_say(&a, room, "x", ARENA_NOW);
        slot = room_slot_claim(store, getpid());
        room_slot_counters(store, slot)[0] += 1;
        room_slot_counters(store, slot)[1] += 1;
        room_slot_release(store, slot);
        if (i == 1) {
            fds = count_fds();
            mappings = count_mappings();
        }
    }
    assert_int_equal(count_fds(), fds);
    assert_true(mappings > 0);
    assert_int_equal(count_mappings(), mappings);
    room_slot_counters_sum(store, sums);
    assert_int_equal(sums[0], 0);
    assert_int_equal(sums[1], 40);
    room_store_destroy(store);
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost),
        cmocka_unit_test(a_killed_writer_loses_nothing),
        cmocka_unit_test(a_damaged_segment_is_moved_as_far_as_it_goes),
        cmocka_unit_test(many_moves_leave_nothing_behind),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
