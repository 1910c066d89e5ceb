/* test_room_soak.c - many messages through a thousand rooms of eight
 * processes: the used memory stays constant, the counters are exact.
 *
 * 200,000 messages; CHATWS_LONG=1: ten million. Nothing expires and no room
 * keeps fewer for its count, so whatever is not there was evicted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"

#define WRITERS 8
#define ROOMS 1000u
#define PAGES 6000u
#define SHORT 200000u
#define LONG 10000000u
#define LIMIT_US INT64_C(1500000000)
#define SLACK 100u /* pages: a batch that is freed ahead, and some on the way */

typedef struct {
    arena a;
    room_handle rooms[ROOMS];
    _Atomic uint64_t stored;
    _Atomic uint32_t failed;
} ring;

static uint64_t wanted(void)
{
    const char *value = getenv("CHATWS_LONG");

    return value != NULL && value[0] != 0 && strcmp(value, "0") != 0 ? LONG
                                                                   : SHORT;
}

/* Some rooms get many more than others. */
static unsigned pick(uint64_t *random)
{
    uint64_t value;

    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    value = *random >> 33;
    return (unsigned)(value % 4 == 0 ? value / 4 % 10 : value / 4 % ROOMS);
}

static int write_all(ring *shared, unsigned writer, uint64_t count)
{
    static char text[1500];
    uint64_t random = writer + 1;
    int slot = room_slot_claim(shared->a.store, getpid());

    memset(text, 'x', sizeof(text));
    for (uint64_t i = 0; i < count; i++) {
        unsigned room = pick(&random);
        room_log_entry entry = {
            .head = text,
            .head_size = (random >> 20) % (i % 50 == 0 ? sizeof(text) : 200),
            .user = writer, .ref = &i, .ref_size = i % 2 ? sizeof(i) : 0,
            .wall_ms = base_clock_wall(), .mono_us = base_clock_mono(),
        };
        room_id id;
        uint64_t seq;

        if (room_log_append(shared->a.store, shared->rooms[room], &entry, &id,
                            &seq) != ROOM_OK) {
            atomic_fetch_add(&shared->failed, 1);
            continue;
        }
        atomic_fetch_add(&shared->stored, 1);
        atomic_fetch_add(&room_slot_counters(shared->a.store, slot)[3], 1);
    }
    room_slot_release(shared->a.store, slot);
    return 0;
}

static uint64_t pages_free(ring *shared)
{
    room_store_figures now;

    room_store_figures_get(shared->a.store, &now);
    return now.pages_free;
}

/* Follows the writers; the most pages that were free after the warm-up. */
static uint64_t watch(ring *shared, uint64_t all)
{
    int64_t begun = base_clock_mono();
    uint64_t most = 0;

    while (atomic_load(&shared->stored) + atomic_load(&shared->failed) < all) {
        uint64_t now = pages_free(shared);

        if (atomic_load(&shared->stored) > all / 2 && now > most) {
            most = now;
        }
        assert_true(base_clock_mono() - begun < LIMIT_US);
        usleep(2000);
    }
    return most;
}

static uint64_t count_kept(ring *shared)
{
    uint64_t kept = 0;

    for (unsigned i = 0; i < ROOMS; i++) {
        room_log_state now;

        assert_int_equal(room_log_info(shared->a.store, shared->rooms[i],
                                       base_clock_mono(), &now), ROOM_OK);
        assert_true(now.kept > 0);
        kept += now.kept;
    }
    return kept;
}

static void make_rooms(ring *shared)
{
    arena_open(&shared->a, PAGES, ROOMS);
    for (unsigned i = 0; i < ROOMS; i++) {
        char key[8];

        snprintf(key, sizeof(key), "r%u", i);
        shared->rooms[i] = arena_room(&shared->a, key, UINT32_MAX);
    }
}

static void memory_stays_and_counters_are_exact(void **state)
{
    ring *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t all = wanted();
    pid_t pids[WRITERS];
    room_store_figures now;
    uint64_t sums[ROOM_COUNTERS];
    int status;

    (void)state;
    assert_true(shared != MAP_FAILED);
    make_rooms(shared);
    for (unsigned w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        if (pids[w] == 0) {
            _exit(write_all(shared, w, all / WRITERS));
        }
    }
    assert_in_range(watch(shared, all), 0, SLACK);
    for (unsigned w = 0; w < WRITERS; w++) {
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(atomic_load(&shared->failed), 0);
    arena_check(&shared->a);
    room_store_figures_get(shared->a.store, &now);
    assert_in_range(now.pages_free, 0, SLACK);
    assert_int_equal(now.evicted, all - count_kept(shared));
    room_slot_counters_sum(shared->a.store, sums);
    assert_int_equal(sums[3], all);
    assert_int_equal(now.resets + now.repairs, 0);
    arena_close(&shared->a);
    munmap(shared, sizeof(*shared));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_stays_and_counters_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
