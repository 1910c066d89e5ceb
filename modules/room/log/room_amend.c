/* room_amend.c - see room_amend.h. */
#include "room/log/room_amend.h"

#include <string.h>

#include "room/log/room_extent.h"
#include "room/log/room_outcome.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"
#include "room/set/room_ref.h"

/* What stands in front of an edit's text at most. */
#define EDIT_FRONT 160u

/* A record with its place. */
typedef struct {
    room_place place;
    room_record head;
} located;

/* The record with this id; `*found` false: there is none. False: the log is
 * damaged. */
static bool find_id(const room_store *store, uint32_t room,
                    const room_extent *extent, const room_id *id, located *out,
                    bool *found)
{
    /* room_extent_seek finds what is after an id: the one before this. */
    room_id below = { id->ms, id->n - 1 };

    *found = false;
    if (extent->first.seq == extent->next_seq || (id->ms == 0 && id->n == 0)) {
        return true;
    }
    if (id->n == 0) {
        below = (room_id){ id->ms - 1, UINT64_MAX };
    }
    if (!room_extent_seek(store, room, extent, &below, &out->place)) {
        return false;
    }
    if (out->place.seq == extent->next_seq) {
        return true;
    }
    if (!room_extent_record(store, room, extent, &out->place, &out->head)) {
        return false;
    }
    *found = room_id_compare(&out->head.id, id) == 0;
    return true;
}

/* True when the record's own text is this one. */
static bool is_text(const room_store *store, uint32_t room, const located *it,
                    const room_log_entry *event)
{
    uint32_t page = it->place.page;
    uint32_t offset = it->place.offset + (uint32_t)sizeof(it->head);

    return it->head.text_size == event->text_size
           && room_extent_skip(store, room, &page, &offset, it->head.text_at)
           && room_extent_equal(store, room, page, offset,
                                (const char *)event->tail + event->text_at,
                                event->text_size);
}

/* True when the message says this already. */
static bool says(const room_store *store, uint32_t room,
                 const room_extent *extent, const located *message,
                 const room_log_entry *event)
{
    located edit;

    if (message->head.outcome != ROOM_RECORD_EDITED) {
        return is_text(store, room, message, event);
    }
    return room_outcome_edit(store, room, extent, &message->place,
                             &message->head, &edit.place, &edit.head)
           && is_text(store, room, &edit, event);
}

static bool is_gone(const room_record *message)
{
    return message->outcome == ROOM_RECORD_BLANK
           || message->outcome == ROOM_RECORD_ERASED;
}

/* The message is not there. A moderator's word holds for one that may have been
 * there: people may still see it. */
static room_status check_absent(const room_store *store, uint32_t room,
                                const room_extent *extent,
                                const room_log_entry *event,
                                const room_log_target *target)
{
    room_record first;

    if (!target->known
        && (event->kind != ROOM_LOG_DELETED || target->author != 0)) {
        return ROOM_ABSENT;
    }
    if (extent->first.seq == extent->next_seq) {
        return ROOM_OK;
    }
    if (!room_extent_record(store, room, extent, &extent->first, &first)) {
        return ROOM_FULL;
    }
    if (target->known && first.kind == ROOM_LOG_CLEARED) {
        return ROOM_ABSENT;
    }
    /* From there on all are known. */
    return room_id_compare(&target->id, &first.id) > 0 ? ROOM_ABSENT : ROOM_OK;
}

static room_status check_message(const room_store *store, uint32_t room,
                                 const room_extent *extent,
                                 const room_log_entry *event,
                                 const room_log_target *target)
{
    located it;
    bool found;
    bool owned = target->author != 0;

    if ((target->id.ms == 0 && target->id.n == 0)
        || room_id_compare(&target->id, &extent->newest) > 0) {
        return ROOM_ABSENT;
    }
    if (!find_id(store, room, extent, &target->id, &it, &found)) {
        return ROOM_FULL;
    }
    if (!found) {
        return check_absent(store, room, extent, event, target);
    }
    if (it.head.kind != ROOM_LOG_MESSAGE
        || extent->next_seq - it.head.seq > UINT32_MAX) {
        return ROOM_ABSENT;
    }
    if (owned && it.head.author != target->author) {
        return ROOM_DENIED;
    }
    if (is_gone(&it.head)) {
        return event->kind == ROOM_LOG_DELETED ? ROOM_SAME : ROOM_ABSENT;
    }
    if (owned && (int64_t)target->id.ms < target->not_before_ms) {
        return ROOM_LATE;
    }
    return event->kind == ROOM_LOG_EDITED
                   && says(store, room, extent, &it, event)
               ? ROOM_SAME : ROOM_OK;
}

/* Something was said once, which the archive may have. */
static bool may_be_archived(const room_store *store, uint32_t room,
                            const room_extent *extent)
{
    return room_cursor_keeps(store, room)
           && room_id_compare(&extent->newest, &store->items[room].birth) > 0;
}

/* Is there a message at all? */
static room_status check_clear(const room_store *store, uint32_t room,
                               const room_extent *extent)
{
    room_place place = extent->first;
    bool cleared = false;
    room_record head;

    while (place.seq < extent->next_seq) {
        if (!room_extent_record(store, room, extent, &place, &head)) {
            return ROOM_FULL;
        }
        if (head.kind == ROOM_LOG_MESSAGE) {
            return ROOM_OK;
        }
        cleared |= head.kind == ROOM_LOG_CLEARED;
        if (!room_extent_step(store, room, extent, &head, &place)) {
            return ROOM_FULL;
        }
    }
    return !cleared && may_be_archived(store, room, extent) ? ROOM_OK
                                                             : ROOM_SAME;
}

static bool same_state(const room_state *one, const room_state *other)
{
    return one->topic_size == other->topic_size
           && memcmp(one->topic, other->topic, one->topic_size) == 0
           && one->locked == other->locked && one->slow_s == other->slow_s;
}

static room_status check_state(const room_store *store, uint32_t room,
                               const room_extent *extent,
                               const room_log_target *target)
{
    const room_state *is = &store->items[room].states[extent->state & 1];

    if (!same_state(is, target->was)) {
        return ROOM_STALE;
    }
    return same_state(is, target->now) ? ROOM_SAME : ROOM_OK;
}

room_status room_amend_check(const room_store *store, uint32_t room,
                             const room_extent *extent,
                             const room_log_entry *event,
                             const room_log_target *target)
{
    switch (event->kind) {
    case ROOM_LOG_DELETED:
    case ROOM_LOG_EDITED:
        return check_message(store, room, extent, event, target);
    case ROOM_LOG_CLEARED:
        return check_clear(store, room, extent);
    case ROOM_LOG_STATE:
        return check_state(store, room, extent, target);
    case ROOM_LOG_MESSAGE:
    default:
        return ROOM_OK;
    }
}

/* The record's text shall go. */
static void intend_record(room_intent *intent, located *it,
                          room_record_outcome outcome, uint64_t ref)
{
    it->head.outcome = (uint8_t)outcome;
    it->head.ref = ref;
    it->head.check = room_extent_seal(&it->head);
    intent->records[intent->count].page = it->place.page;
    intent->records[intent->count].offset = it->place.offset;
    intent->records[intent->count].head = it->head;
    intent->count++;
}

/* Nothing is left that says whose the record was. What is told of it counts
 * from the commit of `seq` on. */
static bool intend_erasure(room_store *store, uint32_t room, located *it,
                           uint64_t seq)
{
    room_intent *intent = &store->items[room].intent;
    room_record *head = &it->head;
    room_record_outcome outcome = ROOM_RECORD_ERASED;

    if (head->kind == ROOM_LOG_EDITED) { /* it names nobody */
        /* Without a text it came, followed by another. */
        outcome = room_outcome_has_text(head) ? ROOM_RECORD_BLANK
                                              : ROOM_RECORD_PLAIN;
    }
    else if (head->outcome != ROOM_RECORD_ERASED
             && !room_outcome_person(store, room, &it->place, head,
                                     &head->text_at)) {
        return false;
    }
    if (head->outcome != ROOM_RECORD_EDITED && head->ref != 0) {
        room_ref_drop(store, room_ref_key(store, room, head->author,
                                          (room_log_kind)head->kind,
                                          head->ref));
    }
    for (uint32_t i = 0; i < intent->count; i++) {
        intent->records[i].head.author = 0; /* its newest edit */
        intent->records[i].head.check =
            room_extent_seal(&intent->records[i].head);
    }
    head->author = 0;
    intend_record(intent, it, outcome, 0);
    ROOM_FAULT(35);
    atomic_store(&intent->seq, seq);
    return true;
}

/* True when this edit is of that message. */
static bool is_edit_of(const room_store *store, uint32_t room,
                       const located *it, const char *quoted)
{
    char front[EDIT_FRONT + 1];
    uint32_t offset = it->place.offset + (uint32_t)sizeof(it->head);

    if (it->head.kind != ROOM_LOG_EDITED
        || it->head.outcome != ROOM_RECORD_PLAIN || it->head.text_size == 0
        || it->head.text_at > EDIT_FRONT
        || !room_extent_copy(store, room, it->place.page, offset,
                             (unsigned char *)front, it->head.text_at)) {
        return false;
    }
    front[it->head.text_at] = '\0';
    return strstr(front, quoted) != NULL;
}

/* The message has gone, and what an edit has made of it may still be here: the
 * newest has a text, if any has. */
static bool intend_edit(room_store *store, uint32_t room,
                        const room_extent *extent, uint64_t seq,
                        const room_id *id)
{
    room_intent *intent = &store->items[room].intent;
    char quoted[ROOM_ID_TEXT + 2] = "\"";
    located it = { .place = extent->first };

    room_id_format(id, quoted + 1);
    strcat(quoted, "\"");
    while (it.place.seq < seq) {
        if (!room_extent_record(store, room, extent, &it.place, &it.head)) {
            return false;
        }
        if (is_edit_of(store, room, &it, quoted)) {
            intend_record(intent, &it, ROOM_RECORD_BLANK, it.head.ref);
            ROOM_FAULT(35);
            atomic_store(&intent->seq, seq);
            return true;
        }
        if (!room_extent_step(store, room, extent, &it.head, &it.place)) {
            return false;
        }
    }
    return true;
}

static bool intend_texts(room_store *store, uint32_t room,
                         const room_extent *extent, const room_place *place,
                         room_log_kind kind, const room_log_target *target)
{
    room_intent *intent = &store->items[room].intent;
    located message;
    located edit;
    bool found;

    if (!find_id(store, room, extent, &target->id, &message, &found)) {
        return false;
    }
    intent->count = 0;
    /* It may have been evicted since we looked, to make room for this; or is
     * nobody's already, which the relay tells afterwards. */
    if (!found || message.head.outcome == ROOM_RECORD_ERASED) {
        return intend_edit(store, room, extent, place->seq, &target->id);
    }
    /* The relay's word was not looked at before (room_amend_check). */
    if (message.head.kind != ROOM_LOG_MESSAGE
        || (kind == ROOM_LOG_EDITED && is_gone(&message.head))) {
        return true;
    }
    /* Earlier ones were wiped when this one came. */
    if (message.head.outcome == ROOM_RECORD_EDITED) {
        if (!room_outcome_edit(store, room, extent, &message.place,
                               &message.head, &edit.place, &edit.head)) {
            return false;
        }
        intend_record(intent, &edit, ROOM_RECORD_BLANK, edit.head.ref);
    }
    if (target->erase) {
        return intend_erasure(store, room, &message, place->seq);
    }
    if (kind == ROOM_LOG_EDITED) {
        intend_record(intent, &message, ROOM_RECORD_EDITED,
                      room_outcome_link(message.head.seq, place));
    }
    else {
        intend_record(intent, &message, ROOM_RECORD_BLANK, 0);
    }
    ROOM_FAULT(35);
    atomic_store(&intent->seq, place->seq);
    return true;
}

bool room_amend_intend(room_store *store, uint32_t room, room_extent *extent,
                       const room_place *place, room_log_kind kind,
                       const room_log_target *target)
{
    room_item *item = &store->items[room];

    if (kind == ROOM_LOG_STATE) {
        /* The other one, which counts with the commit. */
        extent->state = ~extent->state & 1;
        item->states[extent->state] = *target->now;
        atomic_store(&item->stated, 1);
        return true;
    }
    return kind == ROOM_LOG_CLEARED
           || intend_texts(store, room, extent, place, kind, target);
}

static void apply_record(room_store *store, uint32_t room, uint32_t page,
                         uint32_t offset, const room_record *head)
{
    room_page *at = room_pool_page(store, room, page);

    if (at == NULL || offset > ROOM_PAGE_SIZE - sizeof(*head)
        || head->check != room_extent_seal(head)) {
        return;
    }
    memcpy((unsigned char *)at + offset, head, sizeof(*head));
    ROOM_FAULT(36);
    offset += (uint32_t)sizeof(*head);
    if (room_extent_skip(store, room, &page, &offset, head->text_at)) {
        room_extent_wipe(store, room, page, offset, room_outcome_wiped(head));
    }
    ROOM_FAULT(37);
}

void room_amend_apply(room_store *store, uint32_t room,
                      const room_extent *extent)
{
    room_item *item = &store->items[room];
    room_intent *intent = &item->intent;
    uint64_t seq = atomic_load(&intent->seq);
    static const room_state usual;

    if (seq != 0 && seq < extent->next_seq) {
        for (uint32_t i = 0; i < intent->count && i < 2; i++) {
            /* What was let go in the same commit is wiped already. */
            if (intent->records[i].head.seq >= extent->first.seq) {
                apply_record(store, room, intent->records[i].page,
                             intent->records[i].offset,
                             &intent->records[i].head);
            }
        }
    }
    atomic_store(&intent->seq, 0);
    atomic_store(&item->stated,
                 !same_state(&item->states[extent->state & 1], &usual));
    ROOM_FAULT(38);
}

room_status room_amend_erase(room_store *store, uint32_t room,
                             const room_extent *extent, uint64_t seq)
{
    located it;

    if (seq < extent->first.seq || seq >= extent->next_seq) {
        return ROOM_ABSENT;
    }
    if (!room_extent_find(store, room, extent, seq, &it.place)
        || !room_extent_record(store, room, extent, &it.place, &it.head)) {
        return ROOM_FULL;
    }
    store->items[room].intent.count = 0;
    if (!intend_erasure(store, room, &it, seq)) {
        return ROOM_ABSENT;
    }
    room_amend_apply(store, room, extent);
    return ROOM_OK;
}
