/* archive_writer.c - see archive_writer.h. */
#include "archive/writer/archive_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/writer/archive_chores.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_queue.h"
#include "archive/writer/archive_sanction.h"
#include "archive/writer/archive_secret.h"
#include "archive/archive_schema.h"
#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_clock.h"

/* How long others wait for their turn, in milliseconds. */
#define ELECT_MS 500
#define AWAY_MS 100
#define LOOK_MS 1000

/* Between two commits: at more than a few hundred a second the disk would be
 * all that there is, and an ack may be late by 20 ms. */
#define COMMIT_US INT64_C(4000)

/* Whoever called us has just sent something: those who read it run first. More
 * is said meanwhile, too. */
#define READERS_US INT64_C(1000)

/* Nothing was written for so long. */
#define QUIET_US INT64_C(500000)

/* While somebody waits until SQLite's WAL is emptied. */
#define CLEAN_MS 20
#define CLEAN_US INT64_C(5000)
#define CLEAN_TRIES 4

/* Our row is written that often when nothing else is. */
#define BEAT_US INT64_C(20000000)

struct archive_writer {
    room_store *store;
    archive_pool *readers;
    archive_db *db;
    archive_batch *batch;
    archive_lock lock;
    archive_chores chores;
    archive_sanction_list sanctions;
    archive_queue queue;
    bool elected;
    bool holds;         /* the row of archive_lock */
    bool unclean;       /* old texts are still in the WAL */
    int64_t cleaned_us; /* when that was looked at */
    uint64_t file;      /* archive_db_facts.file that is followed */
    int64_t beat_us;
    int64_t commit_us;  /* when the last commit began */
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

/* What was overwritten is in SQLite's WAL until that is emptied, which whoever
 * reads puts off: mostly one of ours, for a moment. */
static archive_status empty_wal(archive_writer *writer, int tries)
{
    archive_status status = ARCHIVE_OK;
    bool sqlite = archive_db_about(writer->db)->dialect == ARCHIVE_SQLITE;
    bool busy = sqlite;

    if (sqlite) { /* it must not wait while it keeps others from the file */
        status = archive_db_command(writer->db, "PRAGMA busy_timeout=0", true);
    }
    for (int i = 0; i < tries && busy && status == ARCHIVE_OK; i++) {
        pause_for(i > 0 ? CLEAN_US : 0);
        status = archive_db_command(writer->db,
                                    "PRAGMA wal_checkpoint(TRUNCATE)", true);
        busy = status == ARCHIVE_OK && archive_db_row(writer->db)
               && archive_db_number(writer->db, 0) != 0;
    }
    if (sqlite && status == ARCHIVE_OK) {
        status = archive_schema_wait(writer->db);
    }
    writer->unclean = status != ARCHIVE_OK || busy;
    writer->cleaned_us = base_clock_mono();
    return status;
}

static int clean_ms(const archive_writer *writer)
{
    return writer->queue.held.len > 0 ? CLEAN_MS : LOOK_MS;
}

/* What is in no file any more. Nobody waits for an index that takes long. */
static archive_past_change gone(const archive_writer *writer)
{
    const archive_merging *merging = &writer->chores.merging;

    if (writer->unclean) {
        return ARCHIVE_PAST_AS_IT_WAS;
    }
    return archive_merge_wanted(merging)
                   && merging->lasted_us < ARCHIVE_QUEUE_HOLD_US / 2
               ? ARCHIVE_PAST_TEXT : ARCHIVE_PAST_INDEXED;
}

/* Until it has succeeded, whether or not somebody still waits for that. */
static archive_status clean(archive_writer *writer, bool *worked)
{
    archive_merging *merging = &writer->chores.merging;
    archive_status status = ARCHIVE_OK;

    *worked = false;
    if (archive_merge_wanted(merging)) {
        int before = merging->steps;

        status = archive_merge_step(merging, writer->db, false, worked);
        writer->unclean = writer->unclean || before != merging->steps;
    }
    if (status == ARCHIVE_OK && writer->unclean
        && base_clock_mono() - writer->cleaned_us
               >= clean_ms(writer) * INT64_C(1000)) {
        status = empty_wal(writer, 1);
    }
    archive_queue_release(&writer->queue, writer->store, gone(writer));
    return status;
}

/* What the commit has brought about is told; but not before the texts that were
 * overwritten are out of all files, if that can be had. */
static archive_status tell_commit(archive_writer *writer, size_t taken,
                                  bool sanctions, uint32_t version)
{
    archive_status status = ARCHIVE_OK;
    archive_past_change change;

    archive_batch_tell(writer->batch);
    room_archive_count(writer->store, 1, 0);
    change = archive_queue_commit(&writer->queue, taken, writer->store);
    if (sanctions) {
        room_archive_done_sanctions(writer->store, version);
    }
    if (change == ARCHIVE_PAST_INDEXED) {
        writer->chores.merging.soon = true;
    }
    if (change != ARCHIVE_PAST_AS_IT_WAS) {
        writer->unclean = true;
        status = empty_wal(writer, CLEAN_TRIES);
    }
    archive_queue_release(&writer->queue, writer->store, gone(writer));
    return status;
}

/* None of it is in the database. */
static archive_status take_back(archive_writer *writer, size_t taken,
                                archive_status status)
{
    char reason[ARCHIVE_DB_REASON];

    archive_queue_take_back(&writer->queue, taken);
    archive_batch_forget(writer->batch);
    writer->sanctions.known = false;
    if (status != ARCHIVE_FAILED || archive_batch_care(writer->batch)) {
        return status == ARCHIVE_FAILED ? ARCHIVE_OK : status;
    }
    /* Nor with care: it is nothing that a record has. */
    memcpy(reason, archive_db_about(writer->db)->refused, sizeof(reason));
    return archive_db_refuse(writer->db, reason);
}

/* One transaction. Our row is in it: who has lost that commits nothing. */
static archive_status write_batch(archive_writer *writer)
{
    size_t taken = 0;
    uint32_t version = 0;
    bool stuck = false;
    bool sanctions = archive_sanction_due(&writer->sanctions, writer->store);
    archive_status status = archive_db_begin(writer->db, true);

    archive_batch_begin(writer->batch);
    writer->commit_us = base_clock_mono();
    if (status == ARCHIVE_OK) {
        status = archive_lock_beat(&writer->lock, writer->db, &writer->holds);
        writer->beat_us = writer->commit_us;
    }
    if (status == ARCHIVE_OK && writer->holds) {
        status = archive_queue_fill(&writer->queue, writer->batch, &taken,
                                    &stuck);
    }
    if (status == ARCHIVE_OK && writer->holds && sanctions) {
        writer->sanctions.careful = archive_batch_careful(writer->batch);
        status = archive_sanction_write(&writer->sanctions, writer->db,
                                        writer->store, &version);
    }
    if (status == ARCHIVE_OK && writer->holds) {
        status = archive_db_end(writer->db, true);
    }
    else if (archive_db_end(writer->db, false) != ARCHIVE_OK) {
        status = ARCHIVE_AWAY; /* or it was so before */
    }
    if (status != ARCHIVE_OK || !writer->holds) {
        return take_back(writer, taken, status);
    }
    status = tell_commit(writer, taken, sanctions, version);
    return status == ARCHIVE_OK && stuck ? ARCHIVE_AWAY : status;
}

/* Before the first room is opened. */
static archive_status begin_store(archive_writer *writer)
{
    archive_status status;

    if (room_archive_ready(writer->store)) {
        return ARCHIVE_OK;
    }
    status = archive_sanction_load(writer->db, writer->store);
    return status == ARCHIVE_OK
               ? archive_secret_begin(writer->db, writer->store) : status;
}

/* SQLite's file was deleted or replaced: what was written is not there. */
static archive_status follow_file(archive_writer *writer)
{
    uint64_t file = archive_db_about(writer->db)->file;
    archive_status status;

    if (file == writer->file) {
        return ARCHIVE_OK;
    }
    archive_queue_forget(&writer->queue);
    archive_batch_forget(writer->batch);
    writer->sanctions.known = writer->holds = false;
    status = archive_secret_add(writer->db, room_store_secret(writer->store));
    if (status == ARCHIVE_OK && !room_archive_follow(writer->store, file)) {
        status = ARCHIVE_AWAY;
    }
    writer->file = status == ARCHIVE_OK ? file : writer->file;
    return status;
}

static archive_status hold_row(archive_writer *writer)
{
    int64_t now = base_clock_mono();
    archive_status status = ARCHIVE_OK;

    if (writer->holds && now - writer->beat_us > BEAT_US) {
        status = archive_lock_beat(&writer->lock, writer->db, &writer->holds);
        writer->beat_us = now;
    }
    if (status == ARCHIVE_OK && !writer->holds) {
        status = archive_lock_take(&writer->lock, writer->db, &writer->holds);
        writer->beat_us = now;
        archive_batch_forget(writer->batch); /* somebody may have written */
        writer->sanctions.known = false;
    }
    return status;
}

static archive_status do_chores(archive_writer *writer, bool *idle)
{
    bool touched;
    archive_status status;

    writer->chores.even = room_clock_even(writer->store, base_clock_now());
    writer->chores.lock = &writer->lock;
    writer->chores.holds = writer->holds;
    writer->chores.quiet = base_clock_mono() - writer->commit_us > QUIET_US;
    status = archive_chores_step(&writer->chores, writer->db,
                                 base_clock_wall(), idle, &touched);
    writer->holds = writer->chores.holds;
    if (touched || status != ARCHIVE_OK) {
        archive_batch_forget(writer->batch);
    }
    return status;
}

static bool has_work(const archive_writer *writer)
{
    return archive_queue_waits(&writer->queue)
           || archive_sanction_due(&writer->sanctions, writer->store);
}

/* One turn of the elected one. */
static archive_status work(archive_writer *writer)
{
    archive_status status = archive_schema_open(writer->db);
    bool worked = false;
    bool idle = true;

    archive_queue_release(&writer->queue, writer->store, gone(writer));
    if (status == ARCHIVE_OK) {
        status = begin_store(writer);
    }
    if (status == ARCHIVE_OK) {
        status = follow_file(writer);
    }
    if (status == ARCHIVE_OK) {
        status = hold_row(writer);
    }
    if (status != ARCHIVE_OK || !writer->holds) {
        return status != ARCHIVE_OK ? status : ARCHIVE_FAILED;
    }
    room_archive_take(writer->store, archive_queue_add, &writer->queue);
    if (has_work(writer)) {
        pause_for(writer->commit_us + COMMIT_US - base_clock_mono());
        room_archive_take(writer->store, archive_queue_add, &writer->queue);
        status = write_batch(writer);
        if (status == ARCHIVE_OK && !writer->holds) {
            return ARCHIVE_AWAY; /* to be taken anew */
        }
    }
    if (status == ARCHIVE_OK) {
        status = clean(writer, &worked);
    }
    if (status == ARCHIVE_OK && !stopping(writer)) {
        status = do_chores(writer, &idle);
    }
    if (status == ARCHIVE_OK && !has_work(writer) && idle && !worked) {
        wait_for(writer, room_archive_fd(writer->store), clean_ms(writer));
        pause_for(READERS_US);
    }
    return status;
}

static bool elect(archive_writer *writer)
{
    if (!writer->elected) {
        writer->elected = room_archive_elect(writer->store);
        writer->unclean = writer->elected; /* the last one may have left it */
    }
    return writer->elected;
}

/* What is there is written, or the time is over. */
static void finish(archive_writer *writer)
{
    archive_status status;

    if (!elect(writer)) {
        return;
    }
    do {
        status = work(writer);
        if (status != ARCHIVE_OK) {
            pause_for(AWAY_MS * 1000);
        }
        else if (writer->queue.held.len > 0) {
            pause_for(CLEAN_US);
        }
    } while ((status != ARCHIVE_OK || archive_queue_waits(&writer->queue)
              || writer->queue.held.len > 0)
             && base_clock_mono() < atomic_load(&writer->stop_us));
    if (writer->holds) {
        archive_lock_leave(&writer->lock, writer->db);
    }
    room_archive_resign(writer->store);
    writer->elected = false;
}

static void *run(void *context)
{
    archive_writer *writer = context;
    archive_status status;

    while (!stopping(writer)) {
        archive_pool_trim(writer->readers);
        if (!elect(writer)) {
            wait_for(writer, -1, ELECT_MS);
        }
        else {
            status = work(writer);
            if (status != ARCHIVE_OK) {
                wait_for(writer, -1,
                         status == ARCHIVE_AWAY ? AWAY_MS : LOOK_MS);
            }
        }
    }
    finish(writer);
    archive_db_close(writer->db);
    pthread_mutex_lock(&writer->lock_ended);
    writer->ended = true;
    pthread_cond_signal(&writer->ended_now);
    pthread_mutex_unlock(&writer->lock_ended);
    return NULL;
}

static void destroy(archive_writer *writer)
{
    archive_batch_destroy(writer->batch);
    archive_db_destroy(writer->db);
    archive_sanction_free(&writer->sanctions);
    archive_queue_free(&writer->queue);
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
    writer->db = archive_db_create(settings, store, true);
    writer->batch = archive_batch_create(store, writer->db);
    writer->wake[0] = writer->wake[1] = -1;
    archive_lock_name(&writer->lock, store);
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
