/* archive_batch.c - see archive_batch.h. */
#include "archive/writer/archive_batch.h"

#include <stdlib.h>
#include <string.h>

#include "archive/writer/archive_refusal.h"
#include "base/base_check.h"

/* Bytes that are read under a room's lock at a time. */
#define READ_BYTES 65536
#define READ_RECORDS 512

/* Rows that a cleared room loses in one transaction: a room of millions must
 * not keep the others waiting. */
#define DROP_ROWS 2000

/* With care each record takes three statements more. */
#define CAREFUL_ROWS 128

#define ROOMS_IN_MIND 1024 /* a power of two */

/* A room that was written before. */
typedef struct {
    room_handle room;
    bool known;
    archive_past past;
} mind;

/* A record that is in the database without its text. */
typedef struct {
    room_handle room;
    uint64_t seq;
} refusal;

struct archive_batch {
    room_store *store;
    archive_db *db;
    uint64_t rows;
    size_t bytes;
    archive_past_change change; /* in the room */
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
    mind rooms[ROOMS_IN_MIND];
};

archive_batch *archive_batch_create(room_store *store, archive_db *db)
{
    archive_batch *batch = calloc(1, sizeof(*batch));

    BASE_CHECK(batch != NULL);
    batch->store = store;
    batch->db = db;
    return batch;
}

void archive_batch_destroy(archive_batch *batch)
{
    if (batch) {
        for (size_t i = 0; i < READ_RECORDS; i++) {
            archive_record_free(&batch->records[i]);
        }
        base_bytes_free(&batch->refused);
        free(batch);
    }
}

void archive_batch_begin(archive_batch *batch)
{
    batch->rows = 0;
    batch->bytes = 0;
    batch->stuck = false;
    batch->refused.len = 0;
}

void archive_batch_forget(archive_batch *batch)
{
    for (size_t i = 0; i < ROOMS_IN_MIND; i++) {
        batch->rooms[i].known = false;
    }
}

bool archive_batch_full(const archive_batch *batch)
{
    uint64_t most = batch->careful > 0 ? CAREFUL_ROWS : ARCHIVE_BATCH_ROWS;

    return batch->rows >= most || batch->bytes >= ARCHIVE_BATCH_BYTES;
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
        || batch->careful < batch->rows) {
        batch->careful = batch->rows; /* it was found, or is not there */
    }
    batch->careful -= batch->rows;
    for (size_t at = 0; at < batch->refused.len; at += sizeof(refusal)) {
        refusal one;

        memcpy(&one, batch->refused.data + at, sizeof(one));
        room_archive_refuse(batch->store, one.room, one.seq);
    }
    batch->refused.len = 0;
}

static archive_status add_room(archive_batch *batch, mind *it)
{
    const room_archive_facts *facts = &batch->facts;
    archive_past_rules rules = { facts->birth, facts->complete,
                                 facts->keep_ms };

    return archive_past_make(batch->db, facts->key, facts->key_size, &rules,
                             &it->past);
}

/* What the configuration says of the room, when that has changed. Nobody may
 * have told its realm since it was made. */
static archive_status put_rules(archive_batch *batch, archive_past *past)
{
    const room_archive_facts *facts = &batch->facts;
    uint64_t realm = facts->realm != 0 ? facts->realm : past->realm;
    const void *values[] = { &facts->keep_ms, &realm, &past->id };

    if (past->keep_ms == facts->keep_ms && past->realm == realm) {
        return ARCHIVE_OK;
    }
    past->keep_ms = facts->keep_ms;
    past->realm = realm;
    return archive_db_run(batch->db, ARCHIVE_ROOM_KEEP, values, NULL);
}

/* Makes the room's row if there is none, and keeps it like the room. */
static archive_status know_room(archive_batch *batch, room_handle room,
                                mind **out)
{
    const room_archive_facts *facts = &batch->facts;
    mind *it = &batch->rooms[room.index & (ROOMS_IN_MIND - 1)];
    archive_status status = ARCHIVE_OK;

    *out = it;
    if (!it->known || it->room.index != room.index
        || it->room.generation != room.generation) {
        it->known = false;
        status = archive_past_read(batch->db, facts->key, facts->key_size,
                                   &it->past);
        if (status == ARCHIVE_OK && it->past.id == 0) {
            status = add_room(batch, it);
        }
        if (status == ARCHIVE_OK && it->past.id == 0) {
            return ARCHIVE_FAILED; /* it was added and is not there */
        }
        it->room = room;
        it->known = status == ARCHIVE_OK;
    }
    return status == ARCHIVE_OK ? put_rules(batch, &it->past) : status;
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

/* Records were lost before they came here: no position up to `last` is exact.
 * But those that are there in another file, which was put in the place of this
 * one, are no loss. */
static archive_status note_loss(archive_batch *batch, archive_past *past,
                                const room_id *last)
{
    if (room_id_compare(&past->newest, last) >= 0) {
        return ARCHIVE_OK;
    }
    past->complete = *last;
    return archive_past_complete(batch->db, past);
}

/* Everything before it goes. `more`: so much that the rest has to wait for
 * another transaction, and the event with it. */
static archive_status clear_room(archive_batch *batch,
                                 const archive_past *past,
                                 const archive_record *event, bool *more)
{
    room_id before = { (uint64_t)event->ms, (uint64_t)event->n };
    room_id last;

    batch->change = archive_past_loss(batch->db, past, past->indexed);
    batch->rows += DROP_ROWS / 4; /* dropping is not free */
    return archive_past_drop(batch->db, past, &before, DROP_ROWS, true, &last,
                             more);
}

/* An edit that is refused takes the old text away all the same. */
static archive_status amend(archive_batch *batch, const archive_past *past,
                            archive_record *record,
                            archive_refusal_degree degree)
{
    int64_t kind = record->kind;
    archive_status status;

    if (degree != ARCHIVE_WHOLE) {
        record->kind = ROOM_LOG_DELETED;
    }
    status = archive_past_amend(batch->db, past, record, &batch->change);
    record->kind = kind;
    return status;
}

static archive_status write_record(archive_batch *batch, archive_past *past,
                                   archive_record *record,
                                   archive_refusal_degree degree, bool *more)
{
    archive_status status = ARCHIVE_OK;

    switch ((room_log_kind)record->kind) {
    case ROOM_LOG_DELETED:
    case ROOM_LOG_EDITED:
        status = amend(batch, past, record, degree);
        break;
    case ROOM_LOG_CLEARED:
        status = clear_room(batch, past, record, more);
        break;
    case ROOM_LOG_STATE:
        if (degree != ARCHIVE_WHOLE) {
            return ARCHIVE_OK; /* the room stays as it was */
        }
        status = archive_past_state(batch->db, past, &batch->facts.state);
        break;
    case ROOM_LOG_MESSAGE:
        break;
    }
    if (status != ARCHIVE_OK || *more) {
        return status;
    }
    archive_record_fold(record);
    return archive_past_add(batch->db, past, record);
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
    refusal one = { batch->room, batch->seqs[at] };
    archive_past before = *past;
    archive_status status = archive_refusal_save(batch->db);

    if (status == ARCHIVE_OK) {
        status = write_record(batch, past, record, degree, more);
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
                         : write_record(batch, past, record, degree, more);
        }
    }
    if (status == ARCHIVE_FAILED) {
        batch->refused.len -= sizeof(one);
    }
    return status == ARCHIVE_OK ? archive_refusal_keep(batch->db) : status;
}

/* ARCHIVE_DIALECT_MANY when so many messages follow; else 1. */
static size_t messages_from(const archive_batch *batch, size_t at)
{
    size_t count = 0;

    while (!batch->careful && count < ARCHIVE_DIALECT_MANY
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
                                 const archive_record *last)
{
    const void *values[] = { &last->ms, &last->n, &past->top, &past->id };

    past->newest = (room_id){ (uint64_t)last->ms, (uint64_t)last->n };
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
        return write_record(batch, past, &batch->records[at], ARCHIVE_WHOLE,
                            stopped);
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
        size_t count = messages_from(batch, done);

        status = write_some(batch, past, done, count, result, stopped);
        for (; status == ARCHIVE_OK && !*stopped && count > 0; count--) {
            batch->rows++;
            batch->bytes += batch->records[done].body.len;
            *upto = batch->seqs[done++] + 1;
        }
    }
    if (status == ARCHIVE_OK && done > 0) {
        status = put_newest(batch, past, &batch->records[done - 1]);
    }
    return status;
}

/* A room whose row is refused can have no events. */
static archive_status enter_room(archive_batch *batch, room_handle room,
                                 mind **out, bool *stuck)
{
    archive_status status;

    if (!batch->careful) {
        return know_room(batch, room, out);
    }
    status = archive_refusal_save(batch->db);
    if (status == ARCHIVE_OK) {
        status = know_room(batch, room, out);
    }
    if (status == ARCHIVE_FAILED) {
        *stuck = true;
        if (*out) {
            (*out)->known = false;
        }
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

archive_status archive_batch_write(archive_batch *batch, room_handle room,
                                   archive_batch_result *result)
{
    room_archive_facts *facts = &batch->facts;
    room_status looked = room_archive_look(batch->store, room, facts);
    archive_refusal_room told;
    archive_status status;
    mind *it = NULL;

    /* A busy one has lost its mark: look again. */
    *result = (archive_batch_result){ .more = looked == ROOM_BUSY };
    if (looked != ROOM_OK || facts->key_size == 0
        || (facts->from >= facts->next && !facts->fresh)) {
        return ARCHIVE_OK;
    }
    batch->room = room;
    batch->change = ARCHIVE_PAST_AS_IT_WAS;
    status = enter_room(batch, room, &it, &result->stuck);
    if (status == ARCHIVE_OK && !result->stuck) {
        result->upto = facts->from;
        status = write_room(batch, &it->past, result);
    }
    if (result->stuck) {
        batch->stuck = true;
        told = refusal_room(batch);
        archive_refusal_tell_room(batch->db, &told);
        room_archive_count(batch->store, 0, 1);
    }
    result->keep_ms = facts->keep_ms;
    result->change = batch->change;
    result->more = result->upto < facts->next;
    return status;
}
