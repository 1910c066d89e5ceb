/* act_past.c - see act_past.h. */
#include "act/past/act_past.h"

#include <string.h>

#include "archive/archive_search.h"
#include "base/base_clock.h"
#include "chat/chat_text.h"
#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"

/* How long somebody who reads waits for what was stored and is not written yet:
 * mostly some milliseconds. */
#define PATIENCE_US INT64_C(2000000)

static const room_id oldest = { 0, 0 };

static bool is_archived(const act_past *past)
{
    return past->key->archive && past->settings->archive_keep > 0;
}

static bool note_kind(void *context, const room_log_record *record)
{
    room_log_kind *kind = context;

    *kind = record->kind;
    return false;
}

/* ROOM_ABSENT: the room was cleared, and the archive still has what was there:
 * of many messages it drops some at a time. */
static room_status is_cleared(const act_past *past)
{
    room_log_kind kind = ROOM_LOG_MESSAGE;
    room_log_position kept;
    room_status status;
    uint64_t next;

    if (room_ack_upto(past->store, past->room)
        >= room_log_next(past->store, past->room)) {
        return ROOM_OK;
    }
    status = room_log_seek(past->store, past->room, &oldest, 0,
                           base_clock_mono(), &kept);
    if (status == ROOM_OK
        && room_ack_upto(past->store, past->room) <= kept.seq) {
        status = room_log_read(past->store, past->room, kept.seq,
                               kept.seq + 1, 1, note_kind, &kind, &next);
    }
    return status == ROOM_OK && kind == ROOM_LOG_CLEARED ? ROOM_ABSENT
                                                         : status;
}

/* Waits until the archive has everything in front of that number. ROOM_ABSENT:
 * nothing of that is told any more. */
static room_status settle(const act_past *past, uint64_t seq)
{
    room_status status = is_cleared(past);

    if (status == ROOM_OK && seq > 1
        && room_ack_upto(past->store, past->room) < seq) {
        if (!archive_enter(past->key->archive)) {
            return ROOM_UNREAD;
        }
        status = room_ack_wait(past->store, past->room, seq - 1,
                               room_ack_until(past->store, past->room,
                                              PATIENCE_US));
        archive_leave(past->key->archive);
    }
    return status == ROOM_BUSY ? ROOM_UNREAD : status;
}

/* What the archive has answered; ROOM_ABSENT: nothing. */
static room_status status_of(archive_status status)
{
    switch (status) {
    case ARCHIVE_OK: return ROOM_OK;
    case ARCHIVE_ABSENT: return ROOM_ABSENT;
    case ARCHIVE_AWAY:
    case ARCHIVE_FAILED:
    default: return ROOM_UNREAD;
    }
}

/* Who removes what has become too old may not have come yet. */
static bool is_too_old(const act_past *past, const room_id *id)
{
    int64_t keep = past->settings->archive_keep;
    int64_t now = base_clock_wall();

    return keep < now && id->ms < (uint64_t)(now - keep);
}

/* Of the rows from `first` on. */
static void append_rows(base_bytes *to, const archive_page *rows, size_t first)
{
    for (size_t i = first; i < rows->count; i++) {
        base_bytes_append(to, rows->bodies.data + rows->rows[i].at,
                          rows->rows[i].size);
        base_bytes_append(to, ",", 1);
    }
}

/* Puts as many of the newest rows in front as there is place for. */
static void put_in_front(const act_past *past, const archive_page *rows,
                         size_t left, act_page *page)
{
    base_bytes events = BASE_BYTES_INIT;
    size_t bytes = page->events.len;
    size_t first = rows->count;
    bool ended = false;

    while (first > 0 && rows->count - first < left && !ended) {
        const archive_row *row = &rows->rows[first - 1];

        ended = is_too_old(past, &row->id)
                || (page->count + rows->count - first > 0
                    && bytes + row->size > page->most);
        bytes += ended ? 0 : row->size + 1;
        first -= !ended;
    }
    page->more = first > 0 ? !is_too_old(past, &rows->rows[first - 1].id)
                           : rows->more;
    if (first == rows->count) {
        return;
    }
    append_rows(&events, rows, first);
    base_bytes_append(&events, page->events.data, page->events.len);
    base_bytes_free(&page->events);
    page->events = events;
    page->last = page->count > 0 ? page->last : rows->rows[rows->count - 1].id;
    page->first = rows->rows[first].id;
    page->count += rows->count - first;
}

/* Whoever has got enough still is told whether there is more: one row does. */
room_status act_past_older(const act_past *past, const room_id *before,
                           uint64_t limit, act_page *page)
{
    archive_page rows = ARCHIVE_PAGE_INIT;
    const room_id *end = page->count > 0 ? &page->first : before;
    size_t left = limit > page->count ? (size_t)limit - page->count : 0;
    size_t bytes = page->most > page->events.len
                       ? page->most - page->events.len : 1;
    room_status status;

    if (!is_archived(past) || page->more) {
        return ROOM_OK;
    }
    status = settle(past, page->from);
    if (status == ROOM_OK) {
        status = status_of(archive_page_before(
            past->key->archive, past->key->key, past->key->key_size, end,
            left > 0 ? left : 1, bytes, &rows));
    }
    if (status == ROOM_OK) {
        put_in_front(past, &rows, left, page);
    }
    archive_page_free(&rows);
    return status == ROOM_ABSENT ? ROOM_OK : status;
}

/* True when the archive may have what the room has not: 0-0 asks for what is
 * kept, and a position of the future was never here. */
static room_status is_wanted(const act_past *past, const act_start *start,
                             bool *wanted, room_id *newest)
{
    room_log_state now;
    room_status status;

    *wanted = false;
    if (!is_archived(past) || !start->given || start->unusable
        || room_id_compare(&start->after, &oldest) == 0) {
        return ROOM_OK;
    }
    status = room_log_info(past->store, past->room, base_clock_mono(), &now);
    *newest = now.newest;
    *wanted = status == ROOM_OK
              && room_id_compare(&start->after, &now.newest) <= 0;
    return status;
}

/* Gets what comes after the cursor, up to what the room keeps from the number
 * `kept` on. `exact`: nothing is missing. */
static room_status get_newer(const act_past *past, const room_id *after,
                             uint64_t kept, size_t limit, size_t bytes,
                             archive_page *rows, bool *exact)
{
    room_status status = is_cleared(past);
    bool again = true;

    /* Once more when it may only be behind, even with the room itself. */
    while (status == ROOM_OK) {
        status = status_of(archive_page_after(
            past->key->archive, past->key->key, past->key->key_size, after,
            limit, bytes, rows));
        if (!again || rows->count > 0
            || (status != ROOM_OK && status != ROOM_ABSENT)) {
            break;
        }
        status = settle(past, kept);
        again = false;
    }
    *exact = status == ROOM_OK
             && room_id_compare(after, &rows->complete) >= 0
             && (rows->count == 0 || !is_too_old(past, &rows->rows[0].id));
    return status == ROOM_ABSENT ? ROOM_OK : status;
}

static void fill_in(const archive_page *rows, const room_id *newest,
                    act_page *page)
{
    page->gap = false;
    if (rows->count == 0) {
        return; /* between the cursor and what is kept was nothing */
    }
    page->events.len = 0;
    append_rows(&page->events, rows, 0);
    page->count = rows->count;
    page->first = rows->rows[0].id;
    page->last = rows->rows[rows->count - 1].id;
    page->more = rows->more || room_id_compare(&page->last, newest) < 0;
}

/* Else it was ahead of all that the room had, and may not be so any more. */
static bool is_before(const act_start *start, const act_page *page)
{
    return room_id_compare(&start->after, page->count > 0 ? &page->first
                                                          : &page->last) < 0;
}

room_status act_past_newer(const act_past *past, const act_start *start,
                           act_page *page)
{
    archive_page rows = ARCHIVE_PAGE_INIT;
    room_status status = ROOM_OK;
    bool wanted = false;
    bool exact = false;
    room_id newest;

    if (page->gap && is_before(start, page)) {
        status = is_wanted(past, start, &wanted, &newest);
    }
    if (wanted) {
        status = get_newer(past, &start->after, page->from, ACT_PAGE_EVENTS,
                           page->most, &rows, &exact);
    }
    if (exact) {
        fill_in(&rows, &newest, page);
    }
    archive_page_free(&rows);
    return status;
}

bool act_past_may_have(const act_call *call)
{
    return call->backed && call->settings->archive_keep > 0;
}

static bool says(const archive_page *rows, const base_bytes *text)
{
    const archive_row *row = &rows->rows[0];
    base_bytes quoted = BASE_BYTES_INIT;
    bool same;

    chat_text_quote(&quoted, text->data, text->len);
    same = row->text_size == quoted.len
           && memcmp(rows->bodies.data + row->at + row->text_at, quoted.data,
                     quoted.len) == 0;
    base_bytes_free(&quoted);
    return same;
}

room_status act_past_find(const act_past *past, const room_id *id,
                          const base_bytes *text, act_past_message *out)
{
    archive_page rows = ARCHIVE_PAGE_INIT;
    room_id before = { id->n > 0 ? id->ms : id->ms - (id->ms > 0),
                       id->n > 0 ? id->n - 1 : UINT64_MAX };
    room_log_state now = { .newest = { 0, 0 } };
    room_status status = ROOM_ABSENT;

    *out = (act_past_message){ .found = false };
    /* What the room knows of it, as its deletion, comes first. */
    if (is_archived(past)) {
        status = room_log_info(past->store, past->room, base_clock_mono(),
                               &now);
    }
    if (status == ROOM_OK) {
        status = settle(past, room_log_next(past->store, past->room));
    }
    out->upto = now.newest;
    if (status == ROOM_OK) {
        status = status_of(archive_page_after(
            past->key->archive, past->key->key, past->key->key_size, &before,
            1, 1, &rows));
    }
    if (status == ROOM_OK && rows.count > 0
        && rows.rows[0].kind == ROOM_LOG_MESSAGE
        && room_id_compare(&rows.rows[0].id, id) == 0
        && !is_too_old(past, id)) {
        out->found = true;
        out->deleted = rows.rows[0].deleted;
        out->author = rows.rows[0].author;
        out->same = text && says(&rows, text);
    }
    archive_page_free(&rows);
    return status == ROOM_ABSENT ? ROOM_OK : status;
}

room_status act_past_know(const act_past *past, const base_bytes *text,
                          room_log_target *target)
{
    act_past_message message;
    room_status status = act_past_find(past, &target->id, text, &message);

    if (status != ROOM_OK || !message.found) {
        return status != ROOM_OK ? status : ROOM_ABSENT;
    }
    if (message.author != target->author) {
        return ROOM_DENIED;
    }
    if (message.deleted) {
        return text ? ROOM_ABSENT : ROOM_SAME;
    }
    if ((int64_t)target->id.ms < target->not_before_ms) {
        return ROOM_LATE;
    }
    target->known = !message.same;
    target->upto = message.upto;
    return message.same ? ROOM_SAME : ROOM_OK;
}

room_status act_past_has(const act_past *past, const act_start *start,
                         bool *has)
{
    archive_page rows = ARCHIVE_PAGE_INIT;
    room_log_position at = { .gap = false };
    bool wanted;
    room_id newest;
    room_status status = is_wanted(past, start, &wanted, &newest);

    *has = false;
    if (wanted) {
        status = act_start_seek(past->store, past->room, start, &at);
    }
    if (status == ROOM_OK && at.gap) {
        status = get_newer(past, &start->after, at.seq, 1, 1, &rows, has);
    }
    archive_page_free(&rows);
    return status;
}

/* Newer than too old are those at the end. */
static void drop_too_old(const act_past *past, archive_page *rows)
{
    size_t gone = 0;

    while (gone < rows->count && is_too_old(past, &rows->rows[gone].id)) {
        gone++;
    }
    if (gone > 0) {
        rows->count -= gone;
        memmove(rows->rows, rows->rows + gone,
                rows->count * sizeof(rows->rows[0]));
        rows->from = rows->count > 0 ? rows->rows[0].id : rows->from;
    }
    rows->more = rows->more && gone == 0 && !is_too_old(past, &rows->from);
}

room_status act_past_search(const act_past *past, const chat_search *words,
                            const room_id *before, uint64_t kept, size_t limit,
                            size_t bytes, archive_page *rows)
{
    room_status status = ROOM_ABSENT;

    if (is_archived(past)) {
        status = settle(past, kept);
    }
    if (status == ROOM_OK) {
        status = status_of(archive_search_before(
            past->key->archive, past->key->key, past->key->key_size, words,
            before, limit, bytes, rows));
    }
    if (status == ROOM_OK) {
        drop_too_old(past, rows);
    }
    else {
        rows->count = 0;
        rows->more = false;
        rows->from = *before;
    }
    return status == ROOM_ABSENT ? ROOM_OK : status;
}
