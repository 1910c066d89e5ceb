/* archive_past.c - see archive_past.h. */
#include "archive/archive_past.h"

#include <string.h>

#include "archive/writer/archive_merge.h"
#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "room/table/room_table.h"

static room_id id_at(archive_db *db, int column)
{
    return (room_id){ (uint64_t)archive_db_number(db, column),
                      (uint64_t)archive_db_number(db, column + 1) };
}

archive_status archive_past_read(archive_db *db, const void *key,
                                 size_t key_size, archive_past *past)
{
    char name[ROOM_KEY_MAX + 1];
    const void *values[] = { name };
    archive_status status;
    const char *topic;
    size_t size;

    BASE_CHECK(key_size < sizeof(name));
    memcpy(name, key, key_size);
    name[key_size] = '\0';
    memset(past, 0, sizeof(*past));
    status = archive_db_select(db, ARCHIVE_ROOM_GET, values);
    if (status != ARCHIVE_OK || !archive_db_row(db)) {
        return status;
    }
    past->id = archive_db_number(db, 0);
    past->birth = id_at(db, 1);
    past->newest = id_at(db, 3);
    past->complete = id_at(db, 5);
    past->keep_ms = archive_db_number(db, 7);
    past->state.locked = archive_db_number(db, 8) != 0;
    past->state.slow_s = (uint32_t)archive_db_number(db, 9);
    past->top = archive_db_number(db, 10);
    past->indexed = archive_db_number(db, 11);
    topic = archive_db_text(db, 12, &size);
    past->realm = (uint64_t)archive_db_number(db, 13);
    /* Somebody else may have written it. */
    if (size <= ROOM_TOPIC_MAX && base_utf8_valid(topic, size)
        && !chat_text_has_control(topic, size)) {
        memcpy(past->state.topic, topic, size);
        past->state.topic_size = (uint8_t)size;
    }
    if (past->top == 0) {
        past->top = past->indexed = past->id * ARCHIVE_PAST_ROOM;
    }
    return status;
}

archive_status archive_past_make(archive_db *db, const void *key,
                                 size_t key_size,
                                 const archive_past_rules *rules,
                                 archive_past *past)
{
    char name[ROOM_KEY_MAX + 1];
    int64_t birth[] = { (int64_t)rules->birth.ms, (int64_t)rules->birth.n };
    int64_t since[] = { (int64_t)rules->complete.ms,
                        (int64_t)rules->complete.n };
    const void *values[] = { name, &birth[0], &birth[1], &birth[0], &birth[1],
                             &since[0], &since[1], &rules->keep_ms };
    archive_status status;

    memcpy(name, key, key_size);
    name[key_size] = '\0';
    status = archive_db_run(db, ARCHIVE_ROOM_ADD, values, NULL);
    return status == ARCHIVE_OK
               ? archive_past_read(db, key, key_size, past) : status;
}

room_id archive_past_floor(const archive_past *past, int64_t wall_ms)
{
    room_id floor = past->complete;

    if (past->keep_ms < wall_ms
        && floor.ms < (uint64_t)(wall_ms - past->keep_ms)) {
        floor = (room_id){ (uint64_t)(wall_ms - past->keep_ms), 0 };
    }
    return floor;
}

room_id archive_past_before(uint64_t ms, uint64_t n)
{
    if (n > 0) {
        return (room_id){ ms, n - 1 };
    }
    return (room_id){ ms > 0 ? ms - 1 : 0, ms > 0 ? INT64_MAX : 0 };
}

room_id archive_past_behind(const room_id *id)
{
    bool last = id->n >= INT64_MAX;

    return (room_id){ id->ms + last, last ? 0 : id->n + 1 };
}

archive_status archive_past_complete(archive_db *db, const archive_past *past)
{
    int64_t ms = (int64_t)past->complete.ms;
    int64_t n = (int64_t)past->complete.n;
    const void *values[] = { &ms, &n, &past->id };

    return archive_db_run(db, ARCHIVE_ROOM_COMPLETE, values, NULL);
}

archive_status archive_past_state(archive_db *db, const archive_past *past,
                                  const room_state *state)
{
    char topic[ROOM_TOPIC_MAX + 1];
    int64_t locked = state->locked;
    int64_t slow = state->slow_s;
    const void *values[] = { &locked, &slow, topic, &past->id };

    memcpy(topic, state->topic, state->topic_size);
    topic[state->topic_size] = '\0';
    return archive_db_run(db, ARCHIVE_ROOM_STATE, values, NULL);
}

archive_status archive_past_add(archive_db *db, archive_past *past,
                                const archive_record *record)
{
    int64_t pos = past->top + 1;
    int rows = 0;
    const void *values[] = { &past->id, &pos, &record->ms, &record->n,
                             &record->kind, &record->author, &record->ref,
                             &record->stored, &record->state, &record->text_at,
                             &record->text_size, record->body.data,
                             record->folded.data };
    archive_status status = archive_db_run(db, ARCHIVE_EVENT_ADD, values,
                                           &rows);

    if (status == ARCHIVE_OK && rows > 0) {
        past->top = pos;
    }
    return status;
}

archive_status archive_past_add_many(archive_db *db, archive_past *past,
                                     const archive_record *records)
{
    const void *values[ARCHIVE_DIALECT_MANY * 13];
    int64_t pos[ARCHIVE_DIALECT_MANY];
    const void **at = values;
    int rows = 0;
    archive_status status;

    for (int i = 0; i < ARCHIVE_DIALECT_MANY; i++) {
        const archive_record *it = &records[i];
        const void *row[] = { &past->id, &pos[i], &it->ms, &it->n, &it->kind,
                              &it->author, &it->ref, &it->stored, &it->state,
                              &it->text_at, &it->text_size, it->body.data,
                              it->folded.data };

        pos[i] = past->top + 1 + i;
        memcpy(at, row, sizeof(row));
        at += sizeof(row) / sizeof(row[0]);
    }
    status = archive_db_run(db, ARCHIVE_EVENT_ADD_MANY, values, &rows);
    if (status == ARCHIVE_OK && rows > 0) {
        past->top += ARCHIVE_DIALECT_MANY; /* a hole is no harm */
    }
    return status;
}

archive_status archive_past_get(archive_db *db, const archive_past *past,
                                const room_id *id, archive_record *record,
                                int64_t *pos)
{
    int64_t ms = (int64_t)id->ms;
    int64_t n = (int64_t)id->n;
    const void *values[] = { &past->id, &ms, &n };
    archive_status status = archive_db_select(db, ARCHIVE_EVENT_GET, values);

    *pos = 0;
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        (void)archive_record_read(record, db, past->id);
        *pos = archive_db_number(db, 10);
    }
    return status;
}

/* What the index has is what it is told to take out, so that comes first. */
archive_status archive_past_put(archive_db *db, const archive_past *past,
                                const archive_record *record, int64_t pos)
{
    bool in_index = record->kind == ROOM_LOG_MESSAGE && pos <= past->indexed
                    && archive_db_about(db)->dialect == ARCHIVE_SQLITE
                    && archive_db_about(db)->indexed;
    int64_t before = pos - 1;
    const void *where[] = { &pos };
    const void *range[] = { &before, &pos };
    const void *values[] = { &record->author, &record->ref, &record->state,
                             &record->text_at, &record->text_size,
                             record->body.data, record->folded.data,
                             &past->id, &record->ms, &record->n };
    archive_status status = ARCHIVE_OK;

    if (in_index) {
        status = archive_db_run(db, ARCHIVE_INDEX_TAKE_OUT, where, NULL);
    }
    if (status == ARCHIVE_OK && in_index) {
        status = archive_merge_ask(db, true);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_EVENT_SET, values, NULL);
    }
    if (status == ARCHIVE_OK && in_index) {
        status = archive_db_run(db, ARCHIVE_INDEX_ADD, range, NULL);
    }
    return status;
}

/* The newest edit of the message, which alone of them may have a text; 0-0:
 * there is none. */
static archive_status get_edit(archive_db *db, const archive_past *past,
                               const room_id *target, room_id *edit)
{
    int64_t ms = (int64_t)target->ms;
    int64_t n = (int64_t)target->n;
    const void *values[] = { &past->id, &ms, &n };
    archive_status status = archive_db_select(db, ARCHIVE_EDIT_GET, values);

    *edit = (room_id){ 0, 0 };
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        *edit = id_at(db, 0);
    }
    return status;
}

/* Takes the text out of the edit before this event. */
static archive_status blank_edit(archive_db *db, const archive_past *past,
                                 const room_id *target, const room_id *but,
                                 archive_record *record)
{
    int64_t pos = 0;
    room_id edit;
    archive_status status = get_edit(db, past, target, &edit);

    if (status == ARCHIVE_OK && edit.ms > 0
        && room_id_compare(&edit, but) != 0) {
        status = archive_past_get(db, past, &edit, record, &pos);
    }
    if (status == ARCHIVE_OK && pos != 0 && record->kind == ROOM_LOG_EDITED
        && archive_record_blank(record)) {
        status = archive_past_put(db, past, record, pos);
    }
    return status;
}

static archive_status note_edit(archive_db *db, const archive_past *past,
                                const room_id *target,
                                const archive_record *edit)
{
    int64_t ms = (int64_t)target->ms;
    int64_t n = (int64_t)target->n;
    const void *values[] = { &past->id, &ms, &n, &edit->ms, &edit->n };

    return archive_db_run(db, ARCHIVE_EDIT_PUT, values, NULL);
}

archive_past_change archive_past_loss(const archive_db *db,
                                      const archive_past *past, int64_t pos)
{
    const archive_db_facts *about = archive_db_about(db);

    return about->dialect == ARCHIVE_SQLITE && about->indexed && !about->exact
                   && pos > past->id * ARCHIVE_PAST_ROOM
                   && pos <= past->indexed
               ? ARCHIVE_PAST_INDEXED : ARCHIVE_PAST_TEXT;
}

archive_status archive_past_amend(archive_db *db, const archive_past *past,
                                  const archive_record *event,
                                  archive_past_change *change)
{
    archive_record record = ARCHIVE_RECORD_INIT;
    room_id own = { (uint64_t)event->ms, (uint64_t)event->n };
    bool edit = event->kind == ROOM_LOG_EDITED;
    archive_status status;
    room_id target;
    int64_t pos;

    if (!archive_record_target(event, &target)) {
        return ARCHIVE_OK;
    }
    status = archive_past_get(db, past, &target, &record, &pos);
    if (status == ARCHIVE_OK && pos != 0
        && (edit ? archive_record_edit(&record, event)
                 : archive_record_blank(&record))) {
        archive_past_change loss = archive_past_loss(db, past, pos);

        *change = loss > *change ? loss : *change;
        status = archive_past_put(db, past, &record, pos);
    }
    /* An edit without a text was taken over by a later event. */
    if (status == ARCHIVE_OK && (!edit || event->text_size > 0)) {
        status = blank_edit(db, past, &target, &own, &record);
    }
    if (status == ARCHIVE_OK && edit && event->text_size > 0) {
        status = note_edit(db, past, &target, event);
    }
    archive_record_free(&record);
    return status;
}

archive_status archive_past_gone(archive_db *db, const archive_past *past,
                                 const room_id *id, bool *gone)
{
    const int64_t most = 1;
    int64_t ms = (int64_t)id->ms;
    int64_t n = (int64_t)id->n;
    const void *values[] = { &past->id, &ms, &ms, &n, &most };
    archive_status status = archive_db_select(db, ARCHIVE_EVENTS_AFTER,
                                              values);

    /* The first event behind it is the one that tells of the clear. */
    *gone = room_id_compare(id, &past->complete) <= 0
            || (status == ARCHIVE_OK && archive_db_row(db)
                && archive_db_number(db, 2) == ROOM_LOG_CLEARED);
    return status;
}

/* The first that stays this time; `before` when all may go. */
static archive_status find_step(archive_db *db, const archive_past *past,
                                const room_id *before, int64_t most,
                                room_id *first, bool *more)
{
    int64_t ms = (int64_t)before->ms + 1;
    const void *values[] = { &past->id, &ms, &most };
    archive_status status = archive_db_select(db, ARCHIVE_EVENTS_OLD, values);

    *first = *before;
    *more = status == ARCHIVE_OK && archive_db_row(db);
    if (*more) {
        room_id found = id_at(db, 0);

        *more = room_id_compare(&found, before) < 0;
        if (*more) {
            *first = found;
        }
    }
    return status;
}

archive_status archive_past_drop(archive_db *db, const archive_past *past,
                                 const room_id *before, int64_t most,
                                 bool soon, room_id *last, bool *more)
{
    room_id first;
    archive_status status = find_step(db, past, before, most, &first, more);
    int64_t ms = (int64_t)first.ms;
    int64_t n = (int64_t)first.n;
    const void *values[] = { &past->id, &ms, &ms, &n };
    const void *indexed[] = { &past->id, &past->indexed, &ms, &ms, &n };

    *last = archive_past_before(first.ms, first.n);
    if (status == ARCHIVE_OK && archive_db_about(db)->dialect == ARCHIVE_SQLITE
        && archive_db_about(db)->indexed) {
        status = archive_db_run(db, ARCHIVE_INDEX_DROP, indexed, NULL);
        if (status == ARCHIVE_OK
            && past->indexed > past->id * ARCHIVE_PAST_ROOM) {
            status = archive_merge_ask(db, soon);
        }
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_EVENTS_DROP, values, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_EDITS_DROP, values, NULL);
    }
    return status;
}
