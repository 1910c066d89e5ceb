/* test_room_stress.c - many writers and readers at once, some of them killed.
 *
 * Each writer sends a numbered message to each room in turn, with a ref, and
 * counts what was acknowledged. One that is killed is started again and goes
 * on behind its count, so that its last message may be sent twice: it must
 * still be there once. Each reader follows all rooms and must see each
 * writer's numbers without a hole, and the same order as the other reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "room/people/room_member.h"
#include "room/segment/room_slot.h"
#include "room_arena.h"

#define WRITERS 4
#define READERS 2
#define ROOMS 8
#define EACH 1000u /* messages of one writer to one room */
#define KILLS 60
#define STEP (ROOMS * EACH / (KILLS + 10)) /* messages of one writer */
#define LIMIT_US INT64_C(60000000)

/* Shared by everybody. */
typedef struct {
    arena a;
    room_handle rooms[ROOMS];
    _Atomic uint32_t acked[WRITERS][ROOMS];
    _Atomic uint64_t digest[READERS][ROOMS];
    _Atomic uint32_t most; /* a writer that has sent so many waits: whoever
                              kills it may come late */
} ring;

/* One of them. */
typedef struct {
    ring *shared;
    unsigned number;
    int result;
} worker;

/* What a reader knows of one room. */
typedef struct {
    uint64_t next;
    uint32_t seen[WRITERS];
    uint64_t digest;
    room_id last;
    bool wrong;
} follower;

typedef struct {
    uint32_t writer;
    uint32_t number;
    char rest[240]; /* and the id */
} body;

static room_status send_one(ring *shared, unsigned writer, unsigned room,
                            uint32_t number)
{
    body text = { writer, number, "" };
    room_log_entry entry = {
        .head = &text,
        .head_size = 8 + (number * 7 + room) % 200,
        .user = writer,
        .ref = &number,
        .ref_size = sizeof(number),
        .wall_ms = base_clock_wall(),
        .mono_us = base_clock_mono(),
    };
    room_id id;
    uint64_t seq;
    room_status status = room_log_append(shared->a.store, shared->rooms[room],
                                         &entry, &id, &seq);

    room_log_wake_readers(shared->a.store, shared->rooms[room], -1);
    return status == ROOM_REPEATED ? ROOM_OK : status;
}

static room_status visit_room(ring *shared, int slot, unsigned writer,
                              unsigned room, uint32_t number)
{
    room_member who = { .user = writer * 100 + number % 5, .guest = true,
                        .name_size = 1 + number % 60 };
    room_store *store = shared->a.store;
    room_status status;

    memset(who.name, 'n', sizeof(who.name));
    who.name_key = who.user;
    status = room_member_join(store, shared->rooms[room], slot, &who, NULL);
    if (status == ROOM_OK && number % 3 != 0) {
        status = arena_member_goes(store, shared->rooms[room], slot, who.user,
                                   base_clock_mono(), NULL);
    }
    return status;
}

static uint32_t sent_by(ring *shared, unsigned writer)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < ROOMS; i++) {
        sum += atomic_load(&shared->acked[writer][i]);
    }
    return sum;
}

/* Waits until it may go on. False: for too long. */
static bool may_send(ring *shared, unsigned writer)
{
    int64_t end = base_clock_mono() + LIMIT_US;

    while (sent_by(shared, writer) >= atomic_load(&shared->most)) {
        if (base_clock_mono() > end) {
            return false;
        }
        sched_yield();
    }
    return true;
}

/* 0, or what went wrong. */
static int write_all(ring *shared, unsigned writer)
{
    int slot = room_slot_claim(shared->a.store, getpid());

    for (uint32_t i = 0; i < EACH * ROOMS; i++) {
        unsigned room = i % ROOMS;
        uint32_t number = i / ROOMS;
        room_status status;

        if (number < atomic_load(&shared->acked[writer][room])) {
            continue;
        }
        if (!may_send(shared, writer)) {
            return 1;
        }
        status = send_one(shared, writer, room, number);
        if (status != ROOM_OK) {
            return 16 + (int)status;
        }
        status = visit_room(shared, slot, writer, room, number);
        if (status != ROOM_OK) {
            return 32 + (int)status;
        }
        atomic_store(&shared->acked[writer][room], number + 1);
    }
    room_slot_release(shared->a.store, slot);
    return 0;
}

static bool follow(void *context, const room_log_record *record)
{
    follower *f = context;
    body text;

    if (record->size > sizeof(text) || record->seq != f->next
        || room_id_compare(&f->last, &record->id) >= 0) {
        f->wrong = true;
        return false;
    }
    room_log_copy(record, &text);
    if (text.writer >= WRITERS || f->seen[text.writer] != text.number) {
        f->wrong = true;
        return false;
    }
    f->seen[text.writer]++;
    f->next++;
    f->last = record->id;
    f->digest = f->digest * 31 + text.writer * EACH + text.number;
    return true;
}

static void ignore_room(void *context, uint32_t room)
{
    (void)context;
    (void)room;
}

static int read_all(ring *shared, unsigned reader)
{
    room_store *store = shared->a.store;
    int slot = room_slot_claim(store, getpid());
    int64_t end = base_clock_mono() + LIMIT_US;
    follower rooms[ROOMS];
    uint64_t wanted = (uint64_t)WRITERS * EACH + 1;
    unsigned done = 0;

    memset(rooms, 0, sizeof(rooms));
    for (unsigned i = 0; i < ROOMS; i++) {
        rooms[i].next = 1;
        room_slot_watch(store, shared->rooms[i], slot, true);
    }
    while (done < ROOMS && base_clock_mono() < end) {
        done = 0;
        for (unsigned i = 0; i < ROOMS; i++) {
            uint64_t next;

            if (room_log_read(store, shared->rooms[i], rooms[i].next,
                              UINT64_MAX, 4096, follow, &rooms[i], &next)
                    != ROOM_OK || rooms[i].wrong) {
                return 2;
            }
            done += rooms[i].next == wanted;
        }
        room_slot_take(store, slot, ignore_room, NULL);
        sched_yield();
    }
    for (unsigned i = 0; i < ROOMS; i++) {
        atomic_store(&shared->digest[reader][i], rooms[i].digest);
    }
    room_slot_release(store, slot);
    return done < ROOMS ? 3 : 0;
}

static ring *make_ring(void)
{
    ring *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(shared != MAP_FAILED);
    arena_open(&shared->a, 8000, ROOMS);
    atomic_store(&shared->most, UINT32_MAX);
    for (unsigned i = 0; i < ROOMS; i++) {
        char key[2] = { 'r', (char)('0' + i) };

        assert_int_equal(room_table_open(shared->a.store, key, 2, 1000000,
                                         ARENA_FOREVER, base_clock_now(),
                                         &shared->rooms[i]), ROOM_OK);
    }
    return shared;
}

static void check_ring(ring *shared)
{
    room_store_figures now;

    room_slot_reap(shared->a.store, -1);
    arena_check(&shared->a);
    room_member_expire(shared->a.store,
                       base_clock_mono() + 2 * ROOM_MEMBER_GRACE_US);
    arena_check(&shared->a);
    room_store_figures_get(shared->a.store, &now);
    assert_int_equal(now.evicted, 0);
    assert_int_equal(now.resets, 0);
    assert_int_equal(now.cells_free, now.cells);
    assert_int_equal(room_slot_count(shared->a.store), 0);
    for (unsigned i = 0; i < ROOMS; i++) {
        assert_int_equal(room_log_next(shared->a.store, shared->rooms[i]),
                         WRITERS * EACH + 1);
        assert_int_equal(room_member_count(shared->a.store,
                                           shared->rooms[i]), 0);
        assert_true(atomic_load(&shared->digest[0][i])
                    == atomic_load(&shared->digest[1][i]));
    }
    arena_close(&shared->a);
    munmap(shared, sizeof(*shared));
}

static void *write_thread(void *context)
{
    worker *w = context;

    w->result = write_all(w->shared, w->number);
    return NULL;
}

static void *read_thread(void *context)
{
    worker *w = context;

    w->result = read_all(w->shared, w->number);
    return NULL;
}

static void threads_agree(void **state)
{
    ring *shared = make_ring();
    worker workers[WRITERS + READERS];
    pthread_t threads[WRITERS + READERS];

    (void)state;
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        bool writes = i < WRITERS;

        workers[i] = (worker){ shared, writes ? i : i - WRITERS, -1 };
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        writes ? write_thread : read_thread,
                                        &workers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].result, 0);
    }
    check_ring(shared);
}

#ifndef __SANITIZE_THREAD__ /* which does not follow processes */

static pid_t start(ring *shared, unsigned number, bool writes)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(writes ? write_all(shared, number)
                     : read_all(shared, number));
    }
    return pid;
}

static uint32_t sent_by_all(ring *shared)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < WRITERS; i++) {
        sum += sent_by(shared, i);
    }
    return sum;
}

/* Kills writers in turn, each after STEP more messages of each of them, and
 * starts them again. None is at its end when it is killed. */
static void kill_some(ring *shared, pid_t *writers)
{
    int64_t end = base_clock_mono() + LIMIT_US;

    for (unsigned i = 1; i <= KILLS; i++) {
        unsigned victim = i % WRITERS;
        int status;

        atomic_store(&shared->most, (i + 1) * STEP);
        while (sent_by_all(shared) < i * STEP * WRITERS) {
            assert_true(base_clock_mono() < end);
            sched_yield();
        }
        kill(writers[victim], SIGKILL);
        assert_int_equal(waitpid(writers[victim], &status, 0),
                         writers[victim]);
        assert_true(WIFSIGNALED(status));
        room_slot_reap(shared->a.store, -1);
        writers[victim] = start(shared, victim, true);
    }
    atomic_store(&shared->most, UINT32_MAX);
}

static void processes_agree_though_some_are_killed(void **state)
{
    ring *shared = make_ring();
    pid_t pids[WRITERS + READERS];

    (void)state;
    atomic_store(&shared->most, STEP);
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        pids[i] = start(shared, i < WRITERS ? i : i - WRITERS, i < WRITERS);
    }
    kill_some(shared, pids);
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    check_ring(shared);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_agree),
#ifndef __SANITIZE_THREAD__
        cmocka_unit_test(processes_agree_though_some_are_killed),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
