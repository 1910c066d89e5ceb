/* test_room_archive_storm.c - the writer is killed two hundred times while
 * others speak, and now and then one of these: what somebody was told to be
 * archived is, and nothing is missing in the end. What a database would have is
 * counted in memory that all share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room_rows.h"

#define KILLS 200
#define SPEAKERS 3
#define ROOMS 2
#define SAID_MOST 100000
#define WAIT_US INT64_C(60000000)

/* The database, and what the speakers know. */
typedef struct {
    _Atomic uint8_t rows[SPEAKERS][SAID_MOST];
    _Atomic uint32_t said[SPEAKERS]; /* stored: the numbers below this one */
    _Atomic uint32_t acked;
    _Atomic uint32_t broken; /* told to be archived, and was not */
    _Atomic uint32_t stop;
} shared;

typedef struct {
    arena a;
    room_handle rooms[ROOMS];
    shared *all;
} stage;

/* The bodies are "SPEAKER NUMBER ID". */
static bool write_row(void *context, const room_log_record *record)
{
    shared *all = context;
    char body[100];
    unsigned speaker;
    unsigned number;

    if (record->size < sizeof(body)) {
        room_log_copy(record, body);
        body[record->size] = '\0';
        if (sscanf(body, "%u %u ", &speaker, &number) == 2
            && speaker < SPEAKERS && number < SAID_MOST) {
            atomic_store(&all->rows[speaker][number], 1);
        }
    }
    return true;
}

static void write_room(void *context, room_handle room)
{
    stage *s = context;
    room_archive_facts facts;
    uint64_t next;

    if (room_archive_look(s->a.store, room, &facts) == ROOM_OK
        && room_archive_read(s->a.store, room, facts.from, 2000, write_row,
                             s->all, &next) == ROOM_OK) {
        room_archive_done(s->a.store, room, next);
    }
    room_archive_mark(s->a.store, room);
}

/* Until it is killed, or everything is written. */
static void write_on(stage *s)
{
    while (!room_archive_elect(s->a.store)) {
        usleep(200);
    }
    for (;;) {
        struct pollfd fd = { .fd = room_archive_fd(s->a.store),
                             .events = POLLIN };

        poll(&fd, 1, 20);
        room_archive_take(s->a.store, write_room, s);
    }
}

static void speak(stage *s, unsigned speaker)
{
    uint32_t number = atomic_load(&s->all->said[speaker]);

    for (; number < SAID_MOST && atomic_load(&s->all->stop) == 0; number++) {
        char text[100];
        room_handle room = s->rooms[number % ROOMS];
        room_log_entry entry = { .head = text, .user = speaker,
                                 .wall_ms = base_clock_wall(),
                                 .mono_us = base_clock_mono() };
        room_id id;
        uint64_t seq;

        entry.head_size = (size_t)snprintf(text, sizeof(text), "%u %u ",
                                           speaker, number);
        if (room_log_append(s->a.store, room, &entry, &id, &seq) != ROOM_OK) {
            continue; /* nothing was stored */
        }
        atomic_store(&s->all->said[speaker], number + 1);
        room_log_wake_readers(s->a.store, room, -1);
        if (number % 4 != 0) {
            continue;
        }
        if (room_ack_wait(s->a.store, room, seq, base_clock_mono() + WAIT_US)
            == ROOM_OK) {
            atomic_fetch_add(&s->all->acked, 1);
            if (atomic_load(&s->all->rows[speaker][number]) == 0) {
                atomic_fetch_add(&s->all->broken, 1);
            }
        }
        else {
            atomic_fetch_add(&s->all->broken, 1);
        }
    }
}

static pid_t start_writer(stage *s)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        write_on(s);
        _exit(0);
    }
    return pid;
}

static pid_t start_speaker(stage *s, unsigned speaker)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (room_slot_claim(s->a.store, getpid()) < 0) {
            _exit(1);
        }
        speak(s, speaker);
        _exit(0);
    }
    return pid;
}

static void end_by(pid_t pid, int signal_number)
{
    int status;

    if (signal_number != 0) {
        kill(pid, signal_number);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void open_stage(stage *s)
{
    arena_open_archive(&s->a, 4000, ROOMS, NULL);
    s->all = mmap(NULL, sizeof(*s->all), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s->all != MAP_FAILED);
    for (int i = 0; i < ROOMS; i++) {
        char key[] = { 'r', (char)('0' + i), '\0' };

        s->rooms[i] = room_rows_new(&s->a, key, 3);
    }
}

static void wait_until_written(stage *s)
{
    int64_t until = base_clock_mono() + WAIT_US;
    room_archive_figures figures;

    do {
        usleep(1000);
        room_archive_figures_get(s->a.store, base_clock_mono(), &figures);
    } while (figures.lag_messages > 0 && base_clock_mono() < until);
    assert_int_equal(figures.lag_messages, 0);
    assert_int_equal(figures.lost, 0);
}

/* Each message that was stored is in the database; of a speaker who was killed
 * the last one may be or not. */
static unsigned count_missing(const stage *s, unsigned *all)
{
    unsigned missing = 0;

    *all = 0;
    for (unsigned i = 0; i < SPEAKERS; i++) {
        uint32_t said = atomic_load(&s->all->said[i]);

        *all += said;
        for (uint32_t n = 0; n < said; n++) {
            missing += atomic_load(&s->all->rows[i][n]) == 0;
        }
    }
    return missing;
}

static void nothing_is_missing_after_the_storm(void **state)
{
    static stage s;
    pid_t speakers[SPEAKERS];
    pid_t writer;
    unsigned all;

    (void)state;
    open_stage(&s);
    for (unsigned i = 0; i < SPEAKERS; i++) {
        speakers[i] = start_speaker(&s, i);
    }
    writer = start_writer(&s);
    srandom(12);
    for (unsigned i = 0; i < KILLS; i++) {
        usleep((useconds_t)(random() % 5000));
        end_by(writer, SIGKILL);
        if (i % 20 == 19) {
            unsigned which = (unsigned)random() % SPEAKERS;

            end_by(speakers[which], SIGKILL);
            speakers[which] = start_speaker(&s, which);
        }
        writer = start_writer(&s);
        room_slot_reap(s.a.store, -1);
    }
    atomic_store(&s.all->stop, 1);
    for (unsigned i = 0; i < SPEAKERS; i++) {
        end_by(speakers[i], 0);
    }
    room_slot_reap(s.a.store, -1);
    wait_until_written(&s);
    end_by(writer, SIGKILL);
    assert_int_equal(count_missing(&s, &all), 0);
    assert_int_equal(atomic_load(&s.all->broken), 0);
    print_message("  %u messages, %u acked\n", all,
                  atomic_load(&s.all->acked));
    assert_true(atomic_load(&s.all->acked) > 0);
    arena_check(&s.a);
    arena_close(&s.a);
    munmap(s.all, sizeof(*s.all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missing_after_the_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
