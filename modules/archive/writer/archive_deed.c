/* archive_deed.c - see archive_deed.h. */
#include "archive/writer/archive_deed.h"

/* Rows that a cleared room loses in one transaction: a room of millions must
 * not keep the others waiting. */
#define DROP_ROWS 2000

/* Everything before it goes. What moderators have set stays: its event may be
 * among what went, and never have come here. */
static archive_status clear_room(archive_deed *it, const archive_past *past,
                                 const archive_record *event,
                                 archive_refusal_degree degree, bool *more)
{
    room_id before = { (uint64_t)event->ms, (uint64_t)event->n };
    archive_status status = ARCHIVE_OK;
    room_id last;

    if (degree == ARCHIVE_WHOLE) {
        status = archive_past_state(it->db, past, it->state);
    }
    if (status != ARCHIVE_OK) {
        return status;
    }
    it->change = archive_past_loss(it->db, past, past->indexed);
    it->rows += DROP_ROWS / 4; /* dropping is not free */
    return archive_past_drop(it->db, past, &before, DROP_ROWS, true, &last,
                             more);
}

/* An edit that is refused takes the old text away all the same. */
static archive_status amend(archive_deed *it, const archive_past *past,
                            archive_record *record,
                            archive_refusal_degree degree)
{
    int64_t kind = record->kind;
    archive_status status;

    if (degree != ARCHIVE_WHOLE) {
        record->kind = ROOM_LOG_DELETED;
    }
    status = archive_past_amend(it->db, past, record, &it->change);
    record->kind = kind;
    return status;
}

bool archive_deed_again(const archive_deed *it, const archive_past *past,
                        const archive_record *record)
{
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };

    return it->told && room_id_compare(&id, &past->newest) <= 0;
}

/* Unless that was cleared since, or has become too old. */
static archive_status write_again(const archive_deed *it, archive_past *past,
                                  archive_record *record)
{
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };
    bool gone;
    archive_status status = archive_past_gone(it->db, past, &id, &gone);

    if (status != ARCHIVE_OK || gone) {
        return status;
    }
    archive_record_fold(record);
    return archive_past_add(it->db, past, record);
}

archive_status archive_deed_write(archive_deed *it, archive_past *past,
                                  archive_record *record,
                                  archive_refusal_degree degree, bool *more)
{
    archive_status status = ARCHIVE_OK;

    if (archive_deed_again(it, past, record)) {
        return write_again(it, past, record);
    }
    switch ((room_log_kind)record->kind) {
    case ROOM_LOG_DELETED:
    case ROOM_LOG_EDITED:
        status = amend(it, past, record, degree);
        break;
    case ROOM_LOG_CLEARED:
        status = clear_room(it, past, record, degree, more);
        break;
    case ROOM_LOG_STATE:
        if (degree != ARCHIVE_WHOLE) {
            return ARCHIVE_OK; /* the room stays as it was */
        }
        status = archive_past_state(it->db, past, it->state);
        break;
    case ROOM_LOG_MESSAGE:
        break;
    }
    if (status != ARCHIVE_OK || *more) {
        return status;
    }
    archive_record_fold(record);
    return archive_past_add(it->db, past, record);
}
