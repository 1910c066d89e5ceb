/* archive_batch.c - see archive_batch.h. */
#include "archive/writer/archive_batch.h"

#include <stdlib.h>
#include <string.h>

#include "archive/writer/archive_deed.h"
#include "archive/writer/archive_mind.h"
#include "base/base_check.h"
#include "base/base_hash.h"
#include "room/archive/room_archive_figures.h"

/* Bytes that are read under a room's lock at a time. */
#define READ_BYTES 65536
#define READ_RECORDS 512

/* With care each record takes three statements more. */
#define CAREFUL_ROWS 128

/* A record that is in the database without its text. */
typedef struct {
    room_handle room;
    uint64_t seq;
    const room_source_room *told; /* or by its id, of this room */
    room_id id;
} refusal;

struct archive_batch {
    room_store *store;
    archive_db *db;
    archive_deed deed;
    size_t bytes;
    uint64_t careful;   /* about so many rows are written with care */
    base_bytes refused; /* refusal: of this transaction */
    bool stuck;         /* it has a room of which nothing can be written */
    room_handle room;   /* that is written */
    base_clock_time now;
    uint64_t next;  /* what the last visited record is followed by */
    uint64_t since; /* what the first one can stand for */
    size_t count;
    uint64_t seqs[READ_RECORDS];
    archive_record records[READ_RECORDS];
    room_archive_facts facts;
    const room_source *source;    /* of archive_batch_put */
    const room_source_room *told; /* that is written; NULL: one of the store */
    archive_mind *mind;
};

archive_batch *archive_batch_create(room_store *store, archive_db *db)
{
    archive_batch *batch = calloc(1, sizeof(*batch));

    BASE_CHECK(batch != NULL);
    batch->store = store;
    batch->db = db;
    batch->mind = archive_mind_create();
    batch->deed.db = db;
    batch->deed.state = &batch->facts.state;
    return batch;
}

void archive_batch_destroy(archive_batch *batch)
{
    if (batch) {
        for (size_t i = 0; i < READ_RECORDS; i++) {
            archive_record_free(&batch->records[i]);
        }
        base_bytes_free(&batch->refused);
        archive_mind_destroy(batch->mind);
        free(batch);
    }
}

void archive_batch_begin(archive_batch *batch)
{
    batch->deed.rows = 0;
    batch->bytes = 0;
    batch->stuck = false;
    batch->refused.len = 0;
}

void archive_batch_forget(archive_batch *batch)
{
    archive_mind_forget(batch->mind);
}

bool archive_batch_full(const archive_batch *batch)
{
    uint64_t most = batch->careful > 0 ? CAREFUL_ROWS : ARCHIVE_BATCH_ROWS;

    return batch->deed.rows >= most || batch->bytes >= ARCHIVE_BATCH_BYTES;
}

bool archive_batch_care(archive_batch *batch)
{
    bool was = archive_batch_careful(batch);

    batch->careful = ARCHIVE_BATCH_ROWS;
    return !was;
}

bool archive_batch_careful(const archive_batch *batch)
{
    return batch->careful > 0;
}

void archive_batch_tell(archive_batch *batch)
{
    if (batch->refused.len > 0 || batch->stuck
        || batch->careful < batch->deed.rows) {
        batch->careful = batch->deed.rows; /* it was found, or is not there */
    }
    batch->careful -= batch->deed.rows;
    for (size_t at = 0; at < batch->refused.len; at += sizeof(refusal)) {
        refusal one;

        memcpy(&one, batch->refused.data + at, sizeof(one));
        if (one.told) {
            batch->source->done(batch->source->context, one.told, &one.id,
                                true);
            room_archive_figures_lose(batch->store, 1);
            room_archive_count(batch->store, 0, 1);
        }
        else {
            room_archive_refuse(batch->store, one.room, one.seq);
        }
    }
    batch->refused.len = 0;
}

static bool take_record(void *context, const room_log_record *record)
{
    archive_batch *batch = context;

    /* A hole is looked at where a read begins. */
    if (batch->count == READ_RECORDS
        || (batch->count > 0 && batch->next < record->since)) {
        return false;
    }
    if (batch->count == 0) {
        batch->since = record->since;
    }
    batch->seqs[batch->count] = record->seq;
    archive_record_take(&batch->records[batch->count++], record, batch->now);
    batch->next = record->seq + 1;
    return true;
}

/* Records were lost before they came here: no position up to `last` is exact,
 * and one of them may have told what moderators have set. But those that are
 * there in another file, which was put in the place of this one, are no
 * loss. */
static archive_status note_loss(archive_batch *batch, archive_past *past,
                                const room_id *last)
{
    archive_status status;

    if (room_id_compare(&past->newest, last) >= 0) {
        return ARCHIVE_OK;
    }
    past->complete = *last;
    status = archive_past_complete(batch->db, past);
    /* With care it waits for its event: it may be that which is refused. */
    return status == ARCHIVE_OK && !batch->careful
               ? archive_past_state(batch->db, past, &batch->facts.state)
               : status;
}

static archive_refusal_room refusal_room(const archive_batch *batch)
{
    return (archive_refusal_room){ batch->facts.key, batch->facts.key_size };
}

/* ARCHIVE_FAILED: even what is left when all was taken from it is refused, and
 * nothing of it was done. */
static archive_status write_carefully(archive_batch *batch, archive_past *past,
                                      size_t at, bool *more)
{
    archive_record *record = &batch->records[at];
    archive_refusal_room room = refusal_room(batch);
    archive_refusal_degree degree = ARCHIVE_WHOLE;
    refusal one = { batch->room, batch->seqs[at], batch->told,
                    { (uint64_t)record->ms, (uint64_t)record->n } };
    archive_past before = *past;
    archive_status status = archive_refusal_save(batch->db);

    if (status == ARCHIVE_OK) {
        status = archive_deed_write(&batch->deed, past, record, degree,
                                    more);
    }
    if (status == ARCHIVE_FAILED) {
        archive_record_fold(record);
        archive_refusal_tell(batch->db, &room, record);
        base_bytes_append(&batch->refused, &one, sizeof(one));
    }
    while (status == ARCHIVE_FAILED && degree != ARCHIVE_NOTHING) {
        degree = archive_refusal_reduce(record, degree);
        *past = before;
        status = archive_refusal_undo(batch->db);
        if (status == ARCHIVE_OK) {
            status = degree == ARCHIVE_NOTHING
                         ? ARCHIVE_FAILED
                         : archive_deed_write(&batch->deed, past, record,
                                              degree, more);
        }
    }
    if (status == ARCHIVE_FAILED) {
        batch->refused.len -= sizeof(one);
    }
    return status == ARCHIVE_OK ? archive_refusal_keep(batch->db) : status;
}

/* ARCHIVE_DIALECT_MANY when so many messages follow; else 1. */
static size_t messages_from(const archive_batch *batch,
                            const archive_past *past, size_t at)
{
    size_t count = 0;

    while (!batch->careful
           && !archive_deed_again(&batch->deed, past, &batch->records[at])
           && count < ARCHIVE_DIALECT_MANY
           && at + count < batch->count
           && batch->records[at + count].kind == ROOM_LOG_MESSAGE) {
        count++;
    }
    return count == ARCHIVE_DIALECT_MANY ? count : 1;
}

static archive_status write_many(archive_batch *batch, archive_past *past,
                                 size_t at)
{
    for (size_t i = at; i < at + ARCHIVE_DIALECT_MANY; i++) {
        archive_record_fold(&batch->records[i]);
    }
    return archive_past_add_many(batch->db, past, &batch->records[at]);
}

static archive_status put_newest(archive_batch *batch, archive_past *past,
                                 room_id id)
{
    int64_t ms;
    int64_t n;
    const void *values[] = { &ms, &n, &past->top, &past->id };

    if (room_id_compare(&id, &past->newest) > 0) { /* it never goes back */
        past->newest = id;
    }
    ms = (int64_t)past->newest.ms;
    n = (int64_t)past->newest.n;
    return archive_db_run(batch->db, ARCHIVE_ROOM_NEWEST, values, NULL);
}

/* Writes what is at `at`: one record or more. */
static archive_status write_some(archive_batch *batch, archive_past *past,
                                 size_t at, size_t count,
                                 archive_batch_result *result, bool *stopped)
{
    archive_status status;

    if (count > 1) {
        return write_many(batch, past, at);
    }
    if (!batch->careful) {
        return archive_deed_write(&batch->deed, past, &batch->records[at],
                                  ARCHIVE_WHOLE, stopped);
    }
    status = write_carefully(batch, past, at, stopped);
    if (status == ARCHIVE_FAILED) {
        *stopped = result->stuck = true;
        status = ARCHIVE_OK;
    }
    return status;
}

/* Writes what was read; `upto` moves. `stopped`: the next record has to wait
 * for another transaction. */
static archive_status write_read(archive_batch *batch, archive_past *past,
                                 archive_batch_result *result, bool *stopped)
{
    uint64_t *upto = &result->upto;
    archive_status status = ARCHIVE_OK;
    size_t done = 0;

    if (batch->count == 0) { /* nothing of it is left */
        *upto = batch->next;
        return note_loss(batch, past, &batch->facts.newest);
    }
    if (batch->since > *upto) {
        room_id before = archive_past_before((uint64_t)batch->records[0].ms,
                                             (uint64_t)batch->records[0].n);

        status = note_loss(batch, past, &before);
    }
    while (status == ARCHIVE_OK && done < batch->count && !*stopped) {
        size_t count = messages_from(batch, past, done);

        status = write_some(batch, past, done, count, result, stopped);
        for (; status == ARCHIVE_OK && !*stopped && count > 0; count--) {
            batch->deed.rows++;
            batch->bytes += batch->records[done].body.len;
            *upto = batch->seqs[done++] + 1;
        }
    }
    if (status == ARCHIVE_OK && done > 0) {
        const archive_record *last = &batch->records[done - 1];

        status = put_newest(batch, past, (room_id){ (uint64_t)last->ms,
                                                    (uint64_t)last->n });
    }
    return status;
}

/* A room whose row is refused can have no events. */
static archive_status enter_room(archive_batch *batch, archive_past **out,
                                 bool *stuck)
{
    archive_status status = batch->careful ? archive_refusal_save(batch->db)
                                           : ARCHIVE_OK;

    if (status == ARCHIVE_OK) {
        status = archive_mind_enter(batch->mind, batch->db, batch->room,
                                    &batch->facts, out);
    }
    if (!batch->careful) {
        return status;
    }
    if (status == ARCHIVE_FAILED) {
        *stuck = true;
        archive_mind_drop(batch->mind, batch->room);
        return archive_refusal_undo(batch->db);
    }
    return status == ARCHIVE_OK ? archive_refusal_keep(batch->db) : status;
}

static archive_status write_room(archive_batch *batch, archive_past *past,
                                 archive_batch_result *result)
{
    uint64_t *upto = &result->upto;
    archive_status status = ARCHIVE_OK;
    bool stopped = false;

    while (status == ARCHIVE_OK && !stopped && !archive_batch_full(batch)
           && *upto < batch->facts.next) {
        batch->count = 0;
        batch->now = base_clock_now();
        batch->next = *upto;
        if (room_archive_read(batch->store, batch->room, *upto, READ_BYTES,
                              take_record, batch, &batch->next)
                != ROOM_OK
            || batch->next == *upto) {
            break;
        }
        status = write_read(batch, past, result, &stopped);
    }
    return status;
}

/* The same of what the relay has; its records are numbered as if they were the
 * room's first, or with one left out where something is missing in front. */
static archive_status write_told(archive_batch *batch, archive_past *past,
                                 archive_batch_result *result)
{
    const room_import_room *what = &batch->told->what;
    uint64_t first = batch->told->gap ? 2 : 1;
    bool stopped = what->count == 0 && !batch->told->gap;
    archive_status status;

    result->behind = what->kept.ms == 0
                     && room_id_compare(&past->newest, &what->newest) > 0;
    if (result->behind) {
        return ARCHIVE_OK;
    }
    /* What a database has not got although it was told so was in another one,
     * in whose place this one was put. */
    status = note_loss(batch, past, &what->kept);
    while (status == ARCHIVE_OK && !archive_batch_full(batch)) {
        size_t at = result->upto > first ? (size_t)(result->upto - first) : 0;

        batch->count = 0;
        batch->since = batch->next = first + at;
        while (batch->count < READ_RECORDS && at < what->count) {
            batch->seqs[batch->count] = first + at;
            archive_record_import(&batch->records[batch->count++],
                                  &what->records[at++]);
        }
        if (!stopped) {
            status = write_read(batch, past, result, &stopped);
        }
        if (stopped || result->upto >= first + what->count) {
            break;
        }
    }
    if (result->upto > first) {
        result->kept = what->records[result->upto - first - 1].id;
    }
    else if (what->count == 0 && status == ARCHIVE_OK) {
        result->kept = what->newest;
        status = put_newest(batch, past, what->newest);
    }
    return status;
}

static void tell_stuck(archive_batch *batch)
{
    archive_refusal_room told = refusal_room(batch);

    batch->stuck = true;
    archive_refusal_tell_room(batch->db, &told);
    room_archive_count(batch->store, 0, 1);
}

/* The room whose facts are there, from `from` on. */
static archive_status write_facts(archive_batch *batch, uint64_t from,
                                  archive_batch_result *result)
{
    archive_past *past = NULL;
    archive_status status;

    batch->deed.change = ARCHIVE_PAST_AS_IT_WAS;
    batch->deed.told = batch->told != NULL;
    status = enter_room(batch, &past, &result->stuck);
    if (status == ARCHIVE_OK && !result->stuck) {
        result->upto = from;
        status = batch->told ? write_told(batch, past, result)
                             : write_room(batch, past, result);
    }
    if (result->stuck) {
        tell_stuck(batch);
    }
    result->change = batch->deed.change;
    return status;
}

archive_status archive_batch_write(archive_batch *batch, room_handle room,
                                   archive_batch_result *result)
{
    room_archive_facts *facts = &batch->facts;
    room_status looked = room_archive_look(batch->store, room, facts);
    archive_status status;

    /* A busy one has lost its mark: look again. */
    *result = (archive_batch_result){ .more = looked == ROOM_BUSY };
    if (looked != ROOM_OK || facts->key_size == 0
        || (facts->from >= facts->next && !facts->fresh)) {
        return ARCHIVE_OK;
    }
    batch->room = room;
    batch->told = NULL;
    status = write_facts(batch, facts->from, result);
    result->keep_ms = facts->keep_ms;
    result->more = result->upto < facts->next;
    return status;
}

archive_status archive_batch_put(archive_batch *batch,
                                 const room_source *source,
                                 const room_source_room *room,
                                 archive_batch_result *result)
{
    room_archive_facts *facts = &batch->facts;
    uint64_t hash = base_hash(room_store_secret(batch->store), room->key,
                              room->key_size);

    *result = (archive_batch_result){ .upto = 0 };
    *facts = (room_archive_facts){ .key_size = room->key_size,
                                   .birth = room->what.birth,
                                   .complete = room->what.complete,
                                   .newest = room->what.newest,
                                   .state = room->what.state,
                                   .keep_ms = room->what.keep_ms,
                                   .realm = room->realm };
    memcpy(facts->key, room->key, room->key_size);
    batch->source = source;
    batch->told = room;
    batch->room = (room_handle){ (uint32_t)hash, (uint32_t)(hash >> 32) };
    return write_facts(batch, 1, result);
}
