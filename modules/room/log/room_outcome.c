/* room_outcome.c - see room_outcome.h. */
#include "room/log/room_outcome.h"

#include <string.h>

#include "room/log/room_extent.h"
#include "room/segment/room_pool.h"

#define EMPTY "\"\""
/* In front of an edit's text, which is its last member. */
#define TEXT_MEMBER ",\"text\":"
/* What a message ends with. */
#define DELETED_END ",\"deleted\":true}"
#define EDITED_END ",\"edited\":true}"

/* Whoever was erased, and what is left of a message then. */
#define ERASED_PERSON \
    "{\"id\":\"g-0000000000000000\",\"name\":\"erased\",\"guest\":true}"
#define ERASED_MESSAGE ERASED_PERSON TEXT_MEMBER EMPTY DELETED_END
#define ERASED_EVENT ERASED_PERSON "}"

/* In front of a person: behind the id of a message, and last in an event. */
#define FROM_MEMBER "\",\"from\":"
#define BY_MEMBER ",\"by\":"

#define LEAD_MOST 128     /* bytes that a message begins with */
#define EVENT_MOST 4096   /* longest event with a person */

#define SIZE(literal) (sizeof(literal) - 1)

bool room_outcome_ending(const void *body, size_t size, bool edited,
                         bool deleted, size_t *ending)
{
    const char *end = deleted ? DELETED_END : edited ? EDITED_END : "";

    *ending = strlen(end);
    return size > *ending
           && memcmp((const char *)body + size - *ending, end, *ending) == 0;
}

uint64_t room_outcome_link(uint64_t message_seq, const room_place *edit)
{
    return (edit->seq - message_seq) << 32 | edit->page;
}

/* The member's quotes cannot stand in a text. */
static const char *find_last(const char *body, size_t size, const char *member)
{
    size_t length = strlen(member);

    for (size_t at = size >= length ? size - length + 1 : 0; at-- > 0;) {
        if (memcmp(body + at, member, length) == 0) {
            return body + at;
        }
    }
    return NULL;
}

bool room_outcome_person(const room_store *store, uint32_t room,
                         const room_place *place, const room_record *head,
                         uint16_t *at)
{
    bool message = head->kind == ROOM_LOG_MESSAGE;
    const char *member = message ? FROM_MEMBER : BY_MEMBER;
    char body[EVENT_MOST];
    size_t size = head->size;
    uint32_t page = place->page;
    uint32_t offset = place->offset + (uint32_t)sizeof(*head);
    const char *found;

    if (message) { /* its own text must not be looked at */
        size = head->text_at < LEAD_MOST ? head->text_at : LEAD_MOST;
    }
    if (size > sizeof(body)
        || !room_extent_skip(store, room, &page, &offset, 0)
        || !room_extent_copy(store, room, page, offset, body, size)) {
        return false;
    }
    found = find_last(body, size, member);
    *at = (uint16_t)(found ? found - body + (ptrdiff_t)strlen(member) : 0);
    return found != NULL;
}

uint32_t room_outcome_wiped(const room_record *head)
{
    return head->outcome == ROOM_RECORD_ERASED ? head->size - 1 - head->text_at
                                               : head->text_size;
}

uint64_t room_outcome_since(const room_record *head)
{
    return head->kind == ROOM_LOG_CLEARED && head->text_size < head->seq
               ? head->seq - head->text_size : head->seq;
}

/* After a move, or if it was wrong, the next reader need not search. Whoever
 * is killed here has written the one value or the other. */
static void keep_hint(const room_store *store, uint32_t room,
                      const room_place *place, uint64_t link)
{
    room_page *page = room_pool_page(store, room, place->page);

    if (page != NULL) {
        memcpy((unsigned char *)page + place->offset
                   + offsetof(room_record, ref), &link, sizeof(link));
    }
}

bool room_outcome_edit(const room_store *store, uint32_t room,
                       const room_extent *extent, const room_place *place,
                       const room_record *message, room_place *edit,
                       room_record *head)
{
    uint64_t seq = message->seq + (message->ref >> 32);
    uint64_t link;

    if (seq >= extent->next_seq
        || !room_extent_find_at(store, room, extent, seq,
                                (uint32_t)message->ref, edit)
        || !room_extent_record(store, room, extent, edit, head)
        || head->kind != ROOM_LOG_EDITED) {
        return false;
    }
    link = room_outcome_link(message->seq, edit);
    if (link != message->ref) {
        keep_hint(store, room, place, link);
    }
    return true;
}

bool room_outcome_has_text(const room_record *head)
{
    size_t lead = head->kind == ROOM_LOG_EDITED ? SIZE(TEXT_MEMBER) : 0;

    return head->text_at >= lead
           && (uint64_t)head->text_at + head->text_size < head->size;
}

/* Where the text is now that the record has got. */
static bool fill_new_text(const room_store *store, uint32_t room,
                          const room_extent *extent, const room_place *place,
                          const room_record *head, room_log_record *record)
{
    room_place edit;
    room_record newest;
    uint32_t page;
    uint32_t offset;

    if (!room_outcome_edit(store, room, extent, place, head, &edit, &newest)
        || !room_outcome_has_text(&newest)) {
        return false;
    }
    page = edit.page;
    offset = edit.offset + (uint32_t)sizeof(newest);
    if (!room_extent_skip(store, room, &page, &offset, newest.text_at)) {
        return false;
    }
    record->place.new_page = page;
    record->place.new_offset = offset;
    record->place.new_size = newest.text_size;
    record->size += newest.text_size + SIZE(EDITED_END) - 1;
    record->text_size = newest.text_size;
    return true;
}

static bool fill_erased(const room_record *head, room_log_record *record)
{
    bool message = head->kind == ROOM_LOG_MESSAGE;

    record->place.outcome = head->outcome;
    record->place.text_at = head->text_at;
    record->size = head->text_at + (message ? SIZE(ERASED_MESSAGE)
                                            : SIZE(ERASED_EVENT));
    record->deleted = message;
    if (message) {
        record->text_at = head->text_at
                          + (uint32_t)SIZE(ERASED_PERSON TEXT_MEMBER);
        record->text_size = SIZE(EMPTY);
    }
    return head->text_at + SIZE("{}") <= head->size;
}

bool room_outcome_fill(const room_store *store, uint32_t room,
                       const room_extent *extent, const room_place *place,
                       const room_record *head, room_log_record *record)
{
    *record = (room_log_record){
        .seq = head->seq,
        .since = room_outcome_since(head),
        .id = head->id,
        .stored_us = head->stored_us,
        .size = head->size,
        .author = head->author,
        .kind = (room_log_kind)head->kind,
        .store = store,
        .place = { .room = room,
                   .page = place->page,
                   .offset = place->offset + (uint32_t)sizeof(*head),
                   .size = head->size },
    };
    if (head->kind == ROOM_LOG_MESSAGE || head->kind == ROOM_LOG_EDITED) {
        record->text_at = head->text_at;
        record->text_size = head->text_size;
    }
    if (head->outcome == ROOM_RECORD_PLAIN) {
        record->ref = head->ref;
        return true;
    }
    if (head->outcome == ROOM_RECORD_ERASED) {
        return fill_erased(head, record);
    }
    if (!room_outcome_has_text(head)) {
        return false;
    }
    record->edited = head->outcome != ROOM_RECORD_BLANK;
    record->place.outcome = head->outcome;
    record->place.text_at = head->text_at;
    record->place.text_size = head->text_size;
    if (head->outcome == ROOM_RECORD_REVISED) {
        record->size += SIZE(EDITED_END) - 1;
        return true;
    }
    record->size -= head->text_size;
    if (head->outcome == ROOM_RECORD_EDITED) {
        return fill_new_text(store, room, extent, place, head, record);
    }
    if (head->kind == ROOM_LOG_EDITED) {
        record->size -= SIZE(TEXT_MEMBER);
        record->place.text_at -= (uint32_t)SIZE(TEXT_MEMBER);
        record->place.text_size += (uint32_t)SIZE(TEXT_MEMBER);
        record->text_at = record->text_size = 0;
    }
    else {
        record->deleted = true;
        record->text_size = SIZE(EMPTY);
        record->size += SIZE(EMPTY) + SIZE(DELETED_END) - 1;
    }
    return true;
}

/* Where the next bytes come from, and where they go. */
typedef struct {
    const room_log_record *record;
    unsigned char *to;
    uint32_t page;
    uint32_t offset;
} writer;

/* Copies so many bytes of the body. */
static bool put_body(writer *at, size_t size)
{
    const room_log_record *record = at->record;

    if (!room_extent_copy(record->store, record->place.room, at->page,
                          at->offset, at->to, size)) {
        return false;
    }
    at->to += size;
    return room_extent_skip(record->store, record->place.room, &at->page,
                            &at->offset, size);
}

static void put_text(writer *at, const char *text, size_t size)
{
    memcpy(at->to, text, size);
    at->to += size;
}

/* What stands in place of the old text. */
static bool put_new_text(writer *at)
{
    const room_log_record *record = at->record;

    if (record->place.outcome == ROOM_RECORD_REVISED) {
        return put_body(at, record->place.text_size);
    }
    if (record->place.outcome == ROOM_RECORD_EDITED) {
        if (!room_extent_copy(record->store, record->place.room,
                              record->place.new_page, record->place.new_offset,
                              at->to, record->place.new_size)) {
            return false;
        }
        at->to += record->place.new_size;
    }
    else if (record->deleted) {
        put_text(at, EMPTY, SIZE(EMPTY));
    }
    return room_extent_skip(record->store, record->place.room, &at->page,
                            &at->offset, record->place.text_size);
}

bool room_outcome_copy(const room_log_record *record, void *into)
{
    writer at = { record, into, record->place.page, record->place.offset };
    /* The last byte ends the object. */
    size_t rest = record->place.size - record->place.text_at
                  - record->place.text_size - 1;

    if (record->place.outcome == ROOM_RECORD_ERASED) {
        if (!put_body(&at, record->place.text_at)) {
            return false;
        }
        memcpy(at.to, record->deleted ? ERASED_MESSAGE : ERASED_EVENT,
               record->size - record->place.text_at);
        return true;
    }
    if (!put_body(&at, record->place.text_at) || !put_new_text(&at)
        || !put_body(&at, rest)) {
        return false;
    }
    if (record->kind == ROOM_LOG_EDITED) {
        return put_body(&at, 1);
    }
    if (record->deleted) {
        put_text(&at, DELETED_END, SIZE(DELETED_END));
    }
    else {
        put_text(&at, EDITED_END, SIZE(EDITED_END));
    }
    return true;
}
