/* archive_turn.c - see archive_turn.h. */
#include "archive/writer/archive_turn.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/archive_schema.h"
#include "archive/erase/archive_erasing.h"
#include "archive/writer/archive_chores.h"
#include "archive/writer/archive_clean.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_queue.h"
#include "archive/writer/archive_sanction.h"
#include "archive/writer/archive_secret.h"
#include "archive/writer/archive_stream.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/archive/room_clock.h"
#include "room/relay/room_relay.h"

/* How long nobody need come when there is nothing to do. */
#define LOOK_MS 1000

/* The source is asked that often when nobody calls. */
#define SOURCE_MS 250

/* Between two commits: at more than a few hundred a second the disk would be
 * all that there is, and an ack may be late by 20 ms. */
#define COMMIT_US INT64_C(4000)

/* Jobs are asked for that often; when one could do nothing just now, it comes
 * again after a while. */
#define JOB_US INT64_C(1000000)
#define JOB_AGAIN_US INT64_C(200000)

/* Nothing was written for so long. */
#define QUIET_US INT64_C(500000)

/* While somebody waits until SQLite's WAL is emptied. */
#define CLEAN_MS 20
#define CLEAN_TRIES 4

/* Our row is written that often when nothing else is; where another host is to
 * take over soon when we do not any more, more often. */
#define BEAT_US INT64_C(20000000)
#define BEAT_SHARED_US INT64_C(3000000)

struct archive_turn {
    room_store *store;
    archive_db *db;
    archive_batch *batch;
    archive_lock lock;
    archive_chores chores;
    archive_sanction_list sanctions;
    archive_queue queue;
    const room_source *source; /* NULL: the store */
    archive_stream *stream;    /* in the place of the queue, then */
    bool ack;          /* archive_settings.ack */
    bool agreed;       /* archive_secret_agree */
    bool moved;        /* the source may have more */
    bool holds;        /* the row of archive_lock */
    archive_clean clean;
    int64_t job_us;    /* when the source is asked for one next */
    uint64_t file;     /* archive_db_facts.file that is followed */
    int64_t beat_us;
    int64_t commit_us; /* when the last commit began */
};

static void pause_for(int64_t us)
{
    struct timespec rest = { us / 1000000, us % 1000000 * 1000 };

    if (us > 0) {
        (void)nanosleep(&rest, NULL);
    }
}

/* Something is committed, and not told yet. */
static bool holds_back(const archive_turn *turn)
{
    return turn->stream ? archive_stream_holds(turn->stream)
                        : turn->queue.held.len > 0;
}

static int clean_ms(const archive_turn *turn)
{
    if (holds_back(turn)) {
        return CLEAN_MS;
    }
    return turn->stream ? SOURCE_MS : LOOK_MS;
}

/* Tells what was held for texts that are in no file any more. */
static void release(archive_turn *turn)
{
    archive_past_change gone =
        archive_clean_gone(&turn->clean, &turn->chores.merging,
                           ARCHIVE_QUEUE_HOLD_US);

    if (turn->stream) {
        archive_stream_release(turn->stream, gone);
    }
    else {
        archive_queue_release(&turn->queue, turn->store, gone);
    }
}

/* Until it has succeeded, whether or not somebody still waits for that. */
static archive_status clean(archive_turn *turn, bool *worked)
{
    archive_status status =
        archive_clean_step(&turn->clean, &turn->chores.merging, turn->db,
                           clean_ms(turn) * INT64_C(1000), worked);

    release(turn);
    return status;
}

/* What the commit has brought about is told; but not before the texts that were
 * overwritten are out of all files, if that can be had. */
static archive_status tell_commit(archive_turn *turn, size_t taken,
                                  bool sanctions, uint32_t version)
{
    archive_status status = ARCHIVE_OK;
    archive_past_change change;

    archive_batch_tell(turn->batch);
    room_archive_count(turn->store, 1, 0);
    change = turn->stream
                 ? archive_stream_commit(turn->stream, turn->store)
                 : archive_queue_commit(&turn->queue, taken, turn->store);
    if (sanctions) {
        room_archive_done_sanctions(turn->store, version);
    }
    if (change == ARCHIVE_PAST_INDEXED) {
        turn->chores.merging.soon = true;
    }
    if (change != ARCHIVE_PAST_AS_IT_WAS) {
        status = archive_clean_wal(&turn->clean, turn->db, CLEAN_TRIES);
    }
    release(turn);
    return status;
}

/* None of it is in the database. */
static archive_status take_back(archive_turn *turn, size_t taken,
                                archive_status status)
{
    char reason[ARCHIVE_DB_REASON];

    if (turn->stream) {
        archive_stream_take_back(turn->stream);
    }
    else {
        archive_queue_take_back(&turn->queue, taken);
    }
    archive_batch_forget(turn->batch);
    turn->sanctions.known = false;
    if (status != ARCHIVE_FAILED || archive_batch_care(turn->batch)) {
        return status == ARCHIVE_FAILED ? ARCHIVE_OK : status;
    }
    /* Nor with care: it is nothing that a record has. */
    memcpy(reason, archive_db_about(turn->db)->refused, sizeof(reason));
    return archive_db_refuse(turn->db, reason);
}

/* One transaction. Our row is in it: who has lost that commits nothing. */
static archive_status write_batch(archive_turn *turn)
{
    size_t taken = 0;
    uint32_t version = 0;
    bool stuck = false;
    bool sanctions = archive_sanction_due(&turn->sanctions, turn->store);
    archive_status status = archive_db_begin(turn->db, true);

    archive_batch_begin(turn->batch);
    turn->commit_us = base_clock_mono();
    if (status == ARCHIVE_OK) {
        status = archive_lock_beat(&turn->lock, turn->db, &turn->holds);
        turn->beat_us = turn->commit_us;
    }
    if (status == ARCHIVE_OK && turn->holds) {
        status = turn->stream
                     ? archive_stream_fill(turn->stream, turn->batch,
                                           &stuck)
                     : archive_queue_fill(&turn->queue, turn->batch,
                                          &taken, &stuck);
    }
    if (status == ARCHIVE_OK && turn->holds && sanctions) {
        turn->sanctions.careful = archive_batch_careful(turn->batch);
        status = archive_sanction_write(&turn->sanctions, turn->db,
                                        turn->store, &version);
    }
    if (status == ARCHIVE_OK && turn->holds) {
        status = archive_db_end(turn->db, true);
    }
    else if (archive_db_end(turn->db, false) != ARCHIVE_OK) {
        status = ARCHIVE_AWAY; /* or it was so before */
    }
    if (status != ARCHIVE_OK || !turn->holds) {
        return take_back(turn, taken, status);
    }
    status = tell_commit(turn, taken, sanctions, version);
    return status == ARCHIVE_OK && stuck ? ARCHIVE_AWAY : status;
}

/* Before the first room is opened. */
static archive_status begin_store(archive_turn *turn)
{
    archive_status status;

    if (!room_archive_asked(turn->store)) {
        status = archive_sanction_load(turn->db, turn->store);
        if (status == ARCHIVE_OK) {
            status = archive_secret_begin(turn->db, turn->store);
        }
        if (status != ARCHIVE_OK) {
            return status;
        }
    }
    if (turn->stream && !turn->agreed
        && room_relay_ready(turn->store)) {
        status = archive_secret_agree(turn->db, turn->store);
        turn->agreed = status == ARCHIVE_OK;
        return status;
    }
    return ARCHIVE_OK;
}

/* SQLite's file was deleted or replaced: what was written is not there. */
static archive_status follow_file(archive_turn *turn)
{
    uint64_t file = archive_db_about(turn->db)->file;
    archive_status status;

    if (file == turn->file) {
        return ARCHIVE_OK;
    }
    archive_batch_forget(turn->batch);
    turn->sanctions.known = turn->holds = false;
    if (turn->stream) { /* nor is it in the relay any more */
        turn->agreed = false;
        turn->file = file;
        return ARCHIVE_OK;
    }
    archive_queue_forget(&turn->queue);
    status = archive_secret_add(turn->db, room_store_secret(turn->store));
    if (status == ARCHIVE_OK && !room_archive_follow(turn->store, file)) {
        status = ARCHIVE_AWAY;
    }
    turn->file = status == ARCHIVE_OK ? file : turn->file;
    return status;
}

static archive_status hold_row(archive_turn *turn)
{
    int64_t now = base_clock_mono();
    archive_status status = ARCHIVE_OK;

    if (turn->holds && now - turn->beat_us
                           > (turn->stream ? BEAT_SHARED_US : BEAT_US)) {
        status = archive_lock_beat(&turn->lock, turn->db, &turn->holds);
        turn->beat_us = now;
    }
    if (status == ARCHIVE_OK && !turn->holds) {
        status = archive_lock_take(&turn->lock, turn->db, &turn->holds);
        turn->beat_us = now;
        archive_batch_forget(turn->batch); /* somebody may have written */
        turn->sanctions.known = false;
        if (turn->stream) {
            archive_stream_forget(turn->stream);
        }
    }
    return status != ARCHIVE_OK ? status
               : archive_lock_claim(&turn->lock, turn->db, turn->source);
}

static archive_status do_chores(archive_turn *turn, bool *idle)
{
    bool touched;
    archive_status status;

    turn->chores.even = room_clock_even(turn->store, base_clock_now());
    turn->chores.lock = &turn->lock;
    turn->chores.holds = turn->holds;
    turn->chores.quiet = base_clock_mono() - turn->commit_us > QUIET_US;
    status = archive_chores_step(&turn->chores, turn->db,
                                 base_clock_wall(), idle, &touched);
    turn->holds = turn->chores.holds;
    if (touched || status != ARCHIVE_OK) {
        archive_batch_forget(turn->batch);
    }
    return status;
}

/* A piece of what another host wants to be erased. What makes no sense is
 * done. */
static archive_status do_job(archive_turn *turn, bool *worked)
{
    const room_source *source = turn->source;
    int64_t now = base_clock_mono();
    char text[ARCHIVE_ERASING_TEXT];
    archive_status status = ARCHIVE_OK;
    archive_erasing job;
    archive_erasing was;

    if (!source || now < turn->job_us) {
        return ARCHIVE_OK;
    }
    *worked = source->job(source->context, text, sizeof(text));
    if (!*worked) {
        turn->job_us = now + JOB_US;
        return ARCHIVE_OK;
    }
    job.done = !archive_erasing_read(text, &job);
    was = job;
    if (!job.done) {
        archive_stream_forget(turn->stream); /* it may have what is to go */
        status = archive_erasing_step(turn->db, &turn->lock, &job);
        archive_batch_forget(turn->batch);
    }
    if (status == ARCHIVE_OK && !job.done && job.looked == was.looked
        && job.merging == was.merging) {
        turn->job_us = now + JOB_AGAIN_US;
        *worked = false;
    }
    archive_erasing_write(&job, text);
    return status == ARCHIVE_OK
                   && source->job_done(source->context, !job.done, text)
                          != ROOM_OK
               ? ARCHIVE_AWAY : status;
}

static bool has_work(const archive_turn *turn)
{
    return (turn->stream ? archive_stream_waits(turn->stream)
                           : archive_queue_waits(&turn->queue))
           || archive_sanction_due(&turn->sanctions, turn->store);
}

static void ignore(void *context, room_handle room)
{
    (void)context;
    (void)room;
}

/* Gets what there is to write. */
static archive_status take(archive_turn *turn)
{
    archive_status status;
    bool moved;

    if (!turn->stream) {
        room_archive_take(turn->store, archive_queue_add, &turn->queue);
        return ARCHIVE_OK;
    }
    /* A call only says that there is something. */
    room_archive_take(turn->store, ignore, NULL);
    status = archive_stream_take(turn->stream, turn->db, &moved);
    turn->moved = turn->moved || moved;
    return status;
}

static archive_status write_all(archive_turn *turn)
{
    archive_status status;

    pause_for(turn->commit_us + COMMIT_US - base_clock_mono());
    if (!turn->stream) {
        (void)take(turn);
    }
    status = write_batch(turn);
    /* There may be more, which nobody has called for. */
    turn->moved = turn->stream && status == ARCHIVE_OK;
    /* The row is to be taken anew. */
    return status == ARCHIVE_OK && !turn->holds ? ARCHIVE_AWAY : status;
}

/* ARCHIVE_FAILED: somebody else writes, or (`cut`) is to. */
static archive_status prepare(archive_turn *turn, bool cut)
{
    archive_status status = archive_schema_open(turn->db);

    release(turn);
    if (status == ARCHIVE_OK) {
        status = begin_store(turn);
    }
    if (status == ARCHIVE_OK) {
        status = follow_file(turn);
    }
    if (status == ARCHIVE_OK && cut) {
        archive_turn_leave(turn);
        turn->holds = false;
    }
    else if (status == ARCHIVE_OK) {
        status = hold_row(turn);
    }
    room_archive_figures_write(turn->store,
                               turn->holds && status == ARCHIVE_OK);
    return status == ARCHIVE_OK && !turn->holds ? ARCHIVE_FAILED : status;
}

archive_status archive_turn_take(archive_turn *turn, bool last, int *wait_ms)
{
    archive_status status;
    archive_status taken;
    bool worked = false;
    bool idle = true;
    bool job = false;
    bool cut;

    *wait_ms = 0;
    turn->moved = false;
    /* Before anything that may fail; a reload may mean another archive. */
    cut = turn->stream
          && (room_store_closed(turn->store)
              || !archive_stream_reach(turn->stream, turn->ack));
    status = prepare(turn, cut);
    if (status == ARCHIVE_FAILED && last && turn->stream) {
        *wait_ms = clean_ms(turn);
        return ARCHIVE_OK; /* whoever writes goes on, or comes */
    }
    if (status != ARCHIVE_OK) {
        return status;
    }
    taken = take(turn);
    if (has_work(turn)) {
        status = write_all(turn);
    }
    if (status == ARCHIVE_OK) {
        status = clean(turn, &worked);
    }
    if (status == ARCHIVE_OK && !last) {
        status = do_chores(turn, &idle);
    }
    if (status == ARCHIVE_OK && !last) {
        status = do_job(turn, &job);
    }
    if (status == ARCHIVE_OK && !has_work(turn) && idle && !worked && !job
        && !turn->moved) {
        *wait_ms = clean_ms(turn);
    }
    return status == ARCHIVE_OK ? taken : status;
}

bool archive_turn_waits(const archive_turn *turn)
{
    return archive_queue_waits(&turn->queue) || turn->moved
           || holds_back(turn);
}

void archive_turn_begin(archive_turn *turn)
{
    turn->clean.due = true; /* the last one may have left it */
}

void archive_turn_leave(archive_turn *turn)
{
    if (turn->holds) {
        archive_lock_leave(&turn->lock, turn->db);
    }
    room_archive_figures_write(turn->store, false);
}

void archive_turn_close(archive_turn *turn)
{
    archive_db_close(turn->db);
}

archive_turn *archive_turn_create(const archive_settings *settings,
                                  room_store *store)
{
    archive_turn *turn = calloc(1, sizeof(*turn));

    BASE_CHECK(turn != NULL);
    turn->store = store;
    turn->db = archive_db_create(settings, store, true);
    turn->batch = archive_batch_create(store, turn->db);
    archive_lock_name(&turn->lock, store);
    turn->ack = settings->ack;
    turn->source = settings->source;
    if (turn->source) {
        turn->stream = archive_stream_create(turn->source);
        turn->lock.relayed = true;
    }
    return turn;
}

void archive_turn_destroy(archive_turn *turn)
{
    archive_batch_destroy(turn->batch);
    archive_db_destroy(turn->db);
    archive_sanction_free(&turn->sanctions);
    archive_queue_free(&turn->queue);
    archive_stream_destroy(turn->stream);
    free(turn);
}
