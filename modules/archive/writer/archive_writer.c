/* archive_writer.c - see archive_writer.h. */
#include "archive/writer/archive_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "archive/writer/archive_turn.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "room/archive/room_archive.h"

/* How long others wait for their turn, in milliseconds. */
#define ELECT_MS 500
#define AWAY_MS 100
#define LOOK_MS 1000

/* Whoever called us has just sent something: those who read it run first. More
 * is said meanwhile, too. */
#define READERS_US INT64_C(1000)

/* At the end, while something is held back. */
#define END_US INT64_C(5000)

struct archive_writer {
    room_store *store;
    archive_pool *readers;
    archive_turn *turn;
    bool elected;
    _Atomic int64_t stop_us; /* 0: go on; until when what there is is written */
    pthread_mutex_t lock_ended;
    pthread_cond_t ended_now;
    bool ended;
    int wake[2];
    pthread_t thread;
};

static bool stopping(const archive_writer *writer)
{
    return atomic_load(&writer->stop_us) != 0;
}

/* Sleeps until there is something for us, or for so long. */
static void wait_for(archive_writer *writer, int fd, int ms)
{
    struct pollfd polled[] = { { writer->wake[0], POLLIN, 0 },
                               { fd, POLLIN, 0 } };

    if (!stopping(writer)) {
        (void)poll(polled, fd >= 0 ? 2 : 1, ms);
    }
}

/* While it is stopping, the pipe would not let it sleep. */
static void pause_for(int64_t us)
{
    struct timespec rest = { (time_t)(us / 1000000),
                             (long)(us % 1000000 * 1000) };

    if (us > 0) {
        (void)nanosleep(&rest, NULL);
    }
}

static bool elect(archive_writer *writer)
{
    if (!writer->elected) {
        writer->elected = room_archive_elect(writer->store);
        if (writer->elected) {
            archive_turn_begin(writer->turn);
        }
    }
    return writer->elected;
}

/* What is there is written, or the time is over. */
static void finish(archive_writer *writer)
{
    archive_status status;
    int ms;

    if (!elect(writer)) {
        return;
    }
    do {
        status = archive_turn_take(writer->turn, true, &ms);
        if (status != ARCHIVE_OK) {
            pause_for(AWAY_MS * 1000);
        }
        else if (ms > 0 && archive_turn_waits(writer->turn)) {
            pause_for(END_US);
        }
    } while ((status != ARCHIVE_OK || archive_turn_waits(writer->turn))
             && base_clock_mono() < atomic_load(&writer->stop_us));
    archive_turn_leave(writer->turn);
    room_archive_resign(writer->store);
    writer->elected = false;
}

static void take_turn(archive_writer *writer)
{
    int ms;
    archive_status status = archive_turn_take(writer->turn, false, &ms);

    if (status != ARCHIVE_OK) {
        wait_for(writer, -1, status == ARCHIVE_AWAY ? AWAY_MS : LOOK_MS);
    }
    else if (ms > 0) {
        wait_for(writer, room_archive_fd(writer->store), ms);
        pause_for(READERS_US);
    }
}

static void *run(void *context)
{
    archive_writer *writer = context;

    while (!stopping(writer)) {
        archive_pool_trim(writer->readers);
        if (!elect(writer)) {
            wait_for(writer, -1, ELECT_MS);
        }
        else {
            take_turn(writer);
        }
    }
    finish(writer);
    archive_turn_close(writer->turn);
    pthread_mutex_lock(&writer->lock_ended);
    writer->ended = true;
    pthread_cond_signal(&writer->ended_now);
    pthread_mutex_unlock(&writer->lock_ended);
    return NULL;
}

static void destroy(archive_writer *writer)
{
    archive_turn_destroy(writer->turn);
    pthread_cond_destroy(&writer->ended_now);
    pthread_mutex_destroy(&writer->lock_ended);
    if (writer->wake[0] >= 0) {
        close(writer->wake[0]);
        close(writer->wake[1]);
    }
    free(writer);
}

archive_writer *archive_writer_start(const archive_settings *settings,
                                     room_store *store, archive_pool *readers)
{
    archive_writer *writer = calloc(1, sizeof(*writer));
    pthread_condattr_t clock;

    BASE_CHECK(writer != NULL);
    writer->store = store;
    writer->readers = readers;
    writer->turn = archive_turn_create(settings, store);
    writer->wake[0] = writer->wake[1] = -1;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->ended_now, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&writer->lock_ended, NULL);
    if (pipe2(writer->wake, O_CLOEXEC | O_NONBLOCK) != 0
        || !base_thread_start(&writer->thread, run, writer)) {
        base_log(BASE_LOG_ERROR, "CW1103",
                 "no thread can be had: this child does not write into the"
                 " archive");
        destroy(writer);
        return NULL;
    }
    return writer;
}

/* A wait of the database's that is longer than that is not ours to end. */
static bool wait_ended(archive_writer *writer, int64_t until_us)
{
    struct timespec until = { (time_t)(until_us / 1000000),
                              (long)(until_us % 1000000 * 1000) };
    int error = 0;

    pthread_mutex_lock(&writer->lock_ended);
    while (!writer->ended && error == 0) {
        error = pthread_cond_timedwait(&writer->ended_now,
                                       &writer->lock_ended, &until);
    }
    pthread_mutex_unlock(&writer->lock_ended);
    return error == 0;
}

bool archive_writer_stop(archive_writer *writer, int64_t deadline_us)
{
    if (!writer) {
        return true;
    }
    atomic_store(&writer->stop_us, deadline_us > 0 ? deadline_us : 1);
    (void)!write(writer->wake[1], "", 1);
    if (wait_ended(writer, deadline_us + 500000)) {
        pthread_join(writer->thread, NULL);
        destroy(writer);
        return true;
    }
    pthread_detach(writer->thread);
    return false;
}
