/* test_room_store.c - room_store.h over APR, and room_lock.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "base/base_clock.h"
#include "room/segment/room_lock.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"
#include "room_check.h"

static void a_segment_is_seen_by_children(void **state)
{
    room_store_options options = { .size = 4 * 1024 * 1024 };
    room_store_figures now;
    apr_pool_t *pool;
    room_store *store;
    room_handle room;
    char why[200] = "";
    int status;
    pid_t pid;

    (void)state;
    apr_pool_create(&pool, NULL);
    if (!room_store_create(pool, &options, &store, why, sizeof(why))) {
        fail_msg("%s", why);
    }
    assert_true(room_store_usable(store));
    room_store_figures_get(store, &now);
    assert_int_equal(now.size, options.size);
    assert_in_range(now.rooms, now.pages / 9, now.pages / 8 + 1);
    assert_int_equal(now.guarantee, 4);
    assert_true(fcntl(room_slot_fd(store, 0), F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(room_slot_fd(store, 0), F_GETFL) & O_NONBLOCK);
    room_table_open(store, "r", 1, 9, 9, arena_at(ARENA_NOW), &room);
    pid = fork();
    if (pid == 0) {
        room_log_entry entry = { .head = "x", .head_size = 1,
                                 .wall_ms = ARENA_NOW };
        room_id id;
        uint64_t seq;

        _exit((int)room_log_append(store, room, &entry, &id, &seq));
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(room_log_next(store, room), 2);
    assert_true(room_check(store, why, sizeof(why)));
    apr_pool_destroy(pool);
}

static void what_is_too_small_is_told(void **state)
{
    static const room_store_options rows[] = {
        { .size = 1000 },
        { .size = 256 * 1024, .rooms = 100000 },
        { .size = 256 * 1024, .slots = 100000 },
        { .size = 1024 * 1024, .rooms = UINT32_MAX },
    };
    apr_pool_t *pool;

    (void)state;
    apr_pool_create(&pool, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_store *store = NULL;
        char why[200] = "";

        assert_false(room_store_create(pool, &rows[i], &store, why,
                                       sizeof(why)));
        assert_non_null(strstr(why, "shared memory"));
        assert_non_null(strstr(why, "are needed"));
        assert_null(store);
    }
    apr_pool_destroy(pool);
}

/* What the sentence says is needed is enough. */
static void what_is_needed_is_enough(void **state)
{
    room_store_options options = { .size = 64 * 1024, .rooms = 5000,
                                   .slots = 128 };
    unsigned long long needed;
    apr_pool_t *pool;
    room_store *store;
    char why[200] = "";

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_false(room_store_create(pool, &options, &store, why, sizeof(why)));
    assert_int_equal(sscanf(strstr(why, "about"), "about %llu", &needed), 1);
    options.size = (size_t)needed;
    if (!room_store_create(pool, &options, &store, why, sizeof(why))) {
        fail_msg("%s", why);
    }
    apr_pool_destroy(pool);
}

static room_lock *shared_lock(void)
{
    room_lock *lock = mmap(NULL, sizeof(*lock), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(lock != MAP_FAILED && room_lock_init(lock));
    return lock;
}

/* A child that holds the lock and stays, stopped by its parent at will. */
static pid_t holder(room_lock *lock)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        room_lock_take(lock);
        (void)!write(ready[1], "r", 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void a_dead_owner_is_told_until_mended(void **state)
{
    room_lock *lock = shared_lock();
    pid_t pid = holder(lock);

    (void)state;
    assert_int_equal(room_lock_try(lock), ROOM_LOCK_BUSY);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    pid = holder(lock); /* takes it, learns it, and dies without mending */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_DIED);
    room_lock_mend(lock);
    room_lock_drop(lock);
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_TAKEN);
    room_lock_drop(lock);
    pid = holder(lock);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(room_lock_try(lock), ROOM_LOCK_DIED);
    room_lock_drop(lock); /* without being mended: it is made anew */
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_DIED);
    room_lock_mend(lock);
    room_lock_drop(lock);
    assert_int_equal(room_lock_try(lock), ROOM_LOCK_TAKEN);
    room_lock_drop(lock);
    munmap(lock, sizeof(*lock));
}

static void a_stuck_owner_costs_two_seconds_once(void **state)
{
    room_lock *lock = shared_lock();
    pid_t pid = holder(lock);
    int64_t started = base_clock_mono();

    (void)state;
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_BUSY);
    assert_true(base_clock_mono() - started >= 1900000);
    started = base_clock_mono();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(room_lock_take(lock), ROOM_LOCK_BUSY);
    }
    assert_true(base_clock_mono() - started < 20 * 1900000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(room_lock_take(lock), ROOM_LOCK_DIED);
    room_lock_mend(lock);
    room_lock_drop(lock);
    munmap(lock, sizeof(*lock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_is_seen_by_children),
        cmocka_unit_test(what_is_too_small_is_told),
        cmocka_unit_test(what_is_needed_is_enough),
        cmocka_unit_test(a_dead_owner_is_told_until_mended),
        cmocka_unit_test(a_stuck_owner_costs_two_seconds_once),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
