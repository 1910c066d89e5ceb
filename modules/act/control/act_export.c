/* act_export.c - see act_export.h. */
#include "act/control/act_export.h"

#include <string.h>

#include "archive/archive_list.h"
#include "archive/archive_page.h"
#include "base/base_check.h"
#include "chat/moderation/chat_state.h"

#define PAGE_ROWS 1000
#define PAGE_BYTES (256 * 1024)

typedef struct {
    act_answer *answer;
    act_answer_room room; /* handle.generation 0: it is not in the segment */
    bool used;            /* it is */
    room_state state;
    room_id at;           /* told up to here */
    uint64_t count;
    base_bytes line;
    base_bytes found; /* of one read: sizes and bodies */
} exporting;

/* ------------------------------------------------------------- which room */

typedef struct {
    exporting *it;
    size_t count;
} choice;

static bool choose(void *context, const archive_list_room *room)
{
    choice *found = context;
    exporting *it = found->it;

    if (chat_control_means(it->answer->asked, room->key, room->key_size)
        && (it->room.key_size != room->key_size
            || memcmp(it->room.key, room->key, room->key_size) != 0)) {
        memcpy(it->room.key, room->key, room->key_size);
        it->room.key_size = room->key_size;
        it->state = room->state;
        found->count++;
    }
    return true;
}

/* False: the answer has said why. */
static bool find_room(exporting *it)
{
    base_bytes rooms = BASE_BYTES_INIT;
    choice found = { it, act_answer_rooms(it->answer, &rooms) };
    archive_status status = ARCHIVE_OK;

    if (found.count > 0) {
        memcpy(&it->room, rooms.data, sizeof(it->room));
        it->used = true;
    }
    base_bytes_free(&rooms);
    if (it->answer->archive) {
        status = archive_list_rooms(it->answer->archive, choose, &found);
    }
    if (status != ARCHIVE_OK) {
        act_answer_error(it->answer, "unavailable", "The archive cannot be "
                         "asked now: the error log says why.");
    }
    else if (found.count == 0) {
        act_answer_error(it->answer, "not_found", "There is no such room.");
    }
    else if (found.count > 1) {
        act_answer_error(it->answer, "bad_request", "Several sites have this "
                         "room: name it SITE/PATH.");
    }
    return status == ARCHIVE_OK && found.count == 1;
}

static void tell_room(exporting *it)
{
    chat_state state;

    if (it->used) {
        (void)room_state_read(it->answer->store, it->room.handle, &it->state);
    }
    state = (chat_state){ .topic = it->state.topic,
                          .topic_size = it->state.topic_size,
                          .slow_s = it->state.slow_s,
                          .locked = it->state.locked };
    base_bytes_append_text(&it->line, "{\"type\":\"room\",\"room\":");
    chat_control_write_room(&it->line, it->room.key, it->room.key_size);
    base_bytes_append_text(&it->line, ",");
    chat_state_members(&it->line, &state);
    base_bytes_append_text(&it->line, "}");
    (void)act_answer_line(it->answer, &it->line);
}

static void tell_event(exporting *it, const room_id *id, const void *body,
                       size_t size)
{
    it->at = *id;
    it->count++;
    base_bytes_append(&it->line, body, size);
    (void)act_answer_line(it->answer, &it->line);
}

/* ------------------------------------------------------------ the archive */

static archive_status tell_page(exporting *it, archive_page *page)
{
    archive_status status = archive_page_after(it->answer->archive,
                                               it->room.key,
                                               it->room.key_size, &it->at,
                                               PAGE_ROWS, PAGE_BYTES, page);

    for (size_t i = 0;
         status == ARCHIVE_OK && i < page->count && !it->answer->gone; i++) {
        tell_event(it, &page->rows[i].id,
                   page->bodies.data + page->rows[i].at, page->rows[i].size);
    }
    return status;
}

static archive_status tell_archived(exporting *it)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    archive_status status;

    do {
        status = tell_page(it, &page);
    } while (status == ARCHIVE_OK && page.more && !it->answer->gone);
    archive_page_free(&page);
    return status == ARCHIVE_ABSENT ? ARCHIVE_OK : status;
}

/* ------------------------------------------------------------ the segment */

typedef struct {
    room_id id;
    size_t size;
} piece;

/* Under the room's lock: only copies. */
static bool keep(void *context, const room_log_record *record)
{
    exporting *it = context;
    piece head = { record->id, record->size };

    if (room_id_compare(&record->id, &it->at) > 0) {
        base_bytes_append(&it->found, &head, sizeof(head));
        base_bytes_reserve(&it->found, record->size);
        room_log_copy(record, it->found.data + it->found.len);
        it->found.len += record->size;
    }
    return true;
}

static void tell_found(exporting *it)
{
    size_t at = 0;
    piece head;

    while (at < it->found.len && !it->answer->gone) {
        memcpy(&head, it->found.data + at, sizeof(head));
        at += sizeof(head);
        tell_event(it, &head.id, it->found.data + at, head.size);
        at += head.size;
    }
    it->found.len = 0;
}

/* What the archive does not have, or all. ROOM_GONE, ROOM_UNREAD: the archive
 * has it now; ROOM_BUSY. */
static room_status tell_kept(exporting *it)
{
    room_store *store = it->answer->store;
    uint64_t end = room_log_next(store, it->room.handle);
    uint64_t next = 1;
    uint64_t before = 0;
    room_status status = end != UINT64_MAX ? ROOM_OK : ROOM_GONE;

    while (status == ROOM_OK && next < end && next != before
           && !it->answer->gone) {
        before = next;
        status = room_log_read(store, it->room.handle, next, end, PAGE_BYTES,
                               keep, it, &next);
        tell_found(it);
    }
    return status;
}

static room_status tell_events(exporting *it)
{
    archive_status status = ARCHIVE_OK;
    room_status kept = ROOM_OK;

    if (it->answer->archive) {
        status = tell_archived(it);
    }
    if (status == ARCHIVE_OK && it->used) {
        kept = tell_kept(it);
    }
    if (it->answer->archive && (kept == ROOM_GONE || kept == ROOM_UNREAD)) {
        status = tell_archived(it);
        kept = ROOM_OK;
    }
    return status == ARCHIVE_OK ? kept : ROOM_UNREAD;
}

void act_export_room(act_answer *answer)
{
    exporting it = { .answer = answer };
    room_status status;

    if (!find_room(&it)) {
        return;
    }
    tell_room(&it);
    status = tell_events(&it);
    if (status == ROOM_OK || status == ROOM_GONE) {
        act_answer_end(answer, "events", it.count);
    }
    else if (status == ROOM_BUSY) {
        act_answer_error(answer, "unavailable", "The room is in use: this "
                         "export is not complete.");
    }
    else {
        act_answer_error(answer, "unavailable", "The archive went away: this "
                         "export is not complete.");
    }
    base_bytes_free(&it.line);
    base_bytes_free(&it.found);
}
