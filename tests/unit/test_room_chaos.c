/* test_room_chaos.c - everything at once in a segment that is too small.
 *
 * A few workers open more rooms than there are, append more than there is
 * place for, read, join, rename and leave, all at random; the processes among
 * them are killed and started again. The segment must be whole afterwards, and
 * what is read must always be in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/people/room_member.h"
#include "room/segment/room_slot.h"
#include "room/set/room_rate.h"
#include "room_arena.h"

#define WORKERS 4
#define STEPS 6000u /* of one worker, at least */
#define ROOMS 6
#define KEYS 10
#define KILLS 60

typedef struct {
    arena a;
    _Atomic uint32_t steps;  /* of all */
    _Atomic uint32_t faults; /* answers that must not be */
    _Atomic uint32_t stored;
    _Atomic uint32_t amended;
    _Atomic bool killing;    /* nobody ends by itself */
} pit;

typedef struct {
    pit *shared;
    int slot;
    uint64_t random;
    room_id last; /* of the read that is under way */
} worker;

static void no_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static unsigned pick(worker *w, unsigned most)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (unsigned)(w->random % most);
}

static void expect(worker *w, bool right)
{
    if (!right) {
        atomic_fetch_add(&w->shared->faults, 1);
    }
}

static bool take_in(void *context, const room_log_record *record)
{
    worker *w = context;
    unsigned char body[9000];

    expect(w, room_id_compare(&w->last, &record->id) < 0
                  && record->size <= sizeof(body));
    w->last = record->id;
    if (record->size <= sizeof(body)) {
        size_t i = 0;

        room_log_copy(record, body);
        while (body[i] == body[0]) {
            i++;
        }
        expect(w, i >= 20 && body[i] >= '0' && body[i] <= '9'
                      && body[record->size - 1] == '}');
    }
    return true;
}

/* What has to be in every entry; the text is all of the tail but its end. */
static room_log_entry entry_of(worker *w, char *body, size_t most,
                               room_log_kind kind)
{
    static const char tail[] = ",\"text\":\"................................"
                               "................................\"}";
    size_t lead = sizeof(",\"text\":") - 1;
    room_log_entry entry = { .kind = kind, .head = body, .user = pick(w, 5),
                             .tail = tail, .tail_size = sizeof(tail) - 1,
                             .text_at = lead,
                             .text_size = sizeof(tail) - 2 - lead,
                             .wall_ms = base_clock_wall(),
                             .mono_us = base_clock_mono() };

    if (kind != ROOM_LOG_MESSAGE && kind != ROOM_LOG_EDITED) {
        entry.text_at = entry.text_size = 0;
    }
    entry.head_size = 20 + pick(w, (unsigned)most);
    memset(body, 'a' + (int)pick(w, 26), entry.head_size);
    return entry;
}

/* Of what was read last, perhaps in another room. */
static void amend(worker *w, room_handle room)
{
    static const room_log_kind kinds[] = {
        ROOM_LOG_EDITED, ROOM_LOG_EDITED, ROOM_LOG_DELETED, ROOM_LOG_STATE,
        ROOM_LOG_CLEARED
    };
    room_store *store = w->shared->a.store;
    char body[500];
    room_log_kind kind = kinds[pick(w, 100) == 0 ? 4 : pick(w, 4)];
    room_log_entry event = entry_of(w, body, 300, kind);
    room_state was;
    room_state now;
    room_log_target target = { .id = w->last, .was = &was, .now = &now };
    room_status status = room_state_read(store, room, &was);
    room_id id;
    uint64_t seq;

    if (kind == ROOM_LOG_EDITED) {
        target.author = 1 + pick(w, 4);
    }
    now = was;
    now.slow_s = pick(w, 3);
    if (status == ROOM_OK) {
        status = room_log_amend(store, room, &event, &target, &id, &seq);
    }
    expect(w, status == ROOM_OK || status == ROOM_GONE || status == ROOM_SAME
                  || status == ROOM_ABSENT || status == ROOM_DENIED
                  || status == ROOM_STALE);
    atomic_fetch_add(&w->shared->amended, status == ROOM_OK);
}

static void append(worker *w, room_handle room)
{
    char body[8000];
    room_log_entry entry = entry_of(w, body, pick(w, 10) == 0 ? 7000 : 300,
                                    ROOM_LOG_MESSAGE);
    unsigned ref = pick(w, 1000000);
    room_id id;
    uint64_t seq;
    room_status status;

    if (pick(w, 2) == 0) {
        entry.ref = &ref;
        entry.ref_size = sizeof(ref);
    }
    status = room_log_append(w->shared->a.store, room, &entry, &id, &seq);
    expect(w, status == ROOM_OK || status == ROOM_GONE
                  || status == ROOM_REPEATED);
    atomic_fetch_add(&w->shared->stored, status == ROOM_OK);
    room_log_wake_readers(w->shared->a.store, room, w->slot);
}

static void sit(worker *w, room_handle room)
{
    room_member who = { .user = pick(w, 12), .guest = pick(w, 4) > 0,
                        .name_size = 1 + pick(w, ROOM_NAME_MAX),
                        .name_key = pick(w, 8), .skeleton_key = pick(w, 9) };
    room_store *store = w->shared->a.store;
    room_status status;

    memset(who.name, 'n', sizeof(who.name));
    switch (pick(w, 4)) {
    case 0:
        status = pick(w, 2) ? room_member_rename(store, room, &who)
                            : room_member_reset(store, room, &who, pick(w, 8));
        break;
    case 1:
        status = room_member_join(store, room, w->slot, &who, NULL);
        break;
    default:
        status = arena_member_goes(store, room, w->slot, who.user,
                                   pick(w, 2) * base_clock_mono(), NULL);
        room_member_expire(store, base_clock_mono());
        break;
    }
    expect(w, status != ROOM_BUSY && status != ROOM_TOO_BIG);
}

static void step(worker *w)
{
    room_store *store = w->shared->a.store;
    room_handle room;
    uint64_t next;
    char key[8];
    int size = snprintf(key, sizeof(key), "r%u", pick(w, KEYS));
    room_status status = room_table_open(store, key, (size_t)size,
                                         pick(w, 3) * 20, 1 + pick(w, 50),
                                         base_clock_now(), &room);

    expect(w, status == ROOM_OK || status == ROOM_FULL);
    if (status != ROOM_OK) {
        return;
    }
    switch (pick(w, 7)) {
    case 6:
        amend(w, room);
        break;
    case 0:
        sit(w, room);
        break;
    case 1:
        room_slot_watch(store, room, w->slot, pick(w, 4) == 0);
        break;
    case 2:
        memset(&w->last, 0, sizeof(w->last));
        room_log_read(store, room, 0, UINT64_MAX, 20000, take_in, w, &next);
        break;
    case 3:
        room_rate_take(store, pick(w, 50), 0, base_clock_mono(), 10, 5, NULL);
        break;
    default:
        append(w, room);
        break;
    }
}

static void ignore_room(void *context, uint32_t room)
{
    (void)context;
    (void)room;
}

static void work(pit *shared, uint64_t seed)
{
    room_store *store = shared->a.store;
    worker w = { shared, room_slot_claim(store, getpid()),
                 seed * UINT64_C(0x9e3779b97f4a7c15) + 1, { 0, 0 } };

    for (unsigned i = 0; i < STEPS || atomic_load(&shared->killing); i++) {
        step(&w);
        atomic_fetch_add(&shared->steps, 1);
        if (i % 64 == 0) {
            room_slot_take(store, w.slot, ignore_room, NULL);
            room_slot_reap(store, w.slot);
        }
    }
    room_slot_release(store, w.slot);
}

static pit *make_pit(void)
{
    pit *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(shared != MAP_FAILED);
    arena_open(&shared->a, 64, ROOMS);
    base_log_set(no_line, NULL, BASE_LOG_ERROR);
    return shared;
}

static void check_pit(pit *shared)
{
    room_store_figures now;

    room_slot_reap(shared->a.store, -1);
    arena_check(&shared->a);
    room_member_expire(shared->a.store,
                       base_clock_mono() + 2 * ROOM_MEMBER_GRACE_US);
    arena_check(&shared->a);
    room_store_figures_get(shared->a.store, &now);
    assert_int_equal(atomic_load(&shared->faults), 0);
    assert_int_equal(now.resets, 0);
    assert_int_equal(now.cells_free, now.cells);
    assert_int_equal(room_slot_count(shared->a.store), 0);
    assert_in_range(now.evicted_pages, 100, UINT32_MAX);
    assert_in_range(now.rooms_reused, 1, UINT32_MAX);
    assert_in_range(atomic_load(&shared->stored), STEPS / 10, UINT32_MAX);
    assert_in_range(atomic_load(&shared->amended), STEPS / 100, UINT32_MAX);
    arena_close(&shared->a);
    munmap(shared, sizeof(*shared));
}

static void *work_thread(void *context)
{
    pit *shared = context;

    work(shared, atomic_fetch_add(&shared->steps, 1));
    return NULL;
}

static void threads_leave_it_whole(void **state)
{
    pit *shared = make_pit();
    pthread_t threads[WORKERS];

    (void)state;
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work_thread,
                                        shared), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    check_pit(shared);
}

#ifndef __SANITIZE_THREAD__ /* which does not follow processes */

static pid_t start(pit *shared, uint64_t seed)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        work(shared, seed);
        _exit(0);
    }
    return pid;
}

static void killed_processes_leave_it_whole(void **state)
{
    pit *shared = make_pit();
    pid_t pids[WORKERS];
    uint64_t seed = 0;
    int64_t end = base_clock_mono() + INT64_C(60000000);

    (void)state;
    atomic_store(&shared->killing, true);
    for (unsigned i = 0; i < WORKERS; i++) {
        pids[i] = start(shared, ++seed);
    }
    for (unsigned i = 1; i <= KILLS; i++) {
        uint32_t until = atomic_load(&shared->steps) + 200;
        int status;

        while (atomic_load(&shared->steps) < until) {
            assert_true(base_clock_mono() < end);
            sched_yield();
        }
        kill(pids[i % WORKERS], SIGKILL);
        assert_int_equal(waitpid(pids[i % WORKERS], &status, 0),
                         pids[i % WORKERS]);
        assert_true(WIFSIGNALED(status));
        pids[i % WORKERS] = start(shared, ++seed);
    }
    atomic_store(&shared->killing, false);
    for (unsigned i = 0; i < WORKERS; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    check_pit(shared);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_leave_it_whole),
#ifndef __SANITIZE_THREAD__
        cmocka_unit_test(killed_processes_leave_it_whole),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
