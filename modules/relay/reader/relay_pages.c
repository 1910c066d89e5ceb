/* relay_pages.c - see relay_pages.h. */
#include "relay/reader/relay_pages.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "relay/reader/relay_words.h"

/* Of one room: more than that is not kept of it anywhere. */
#define BYTES_MOST (16 * 1024 * 1024)

/* One answer, and what it points into. */
typedef struct {
    relay_order *order;
    relay_room_answer answer;
} page;

relay_pages *relay_pages_create(void)
{
    relay_pages *pages = calloc(1, sizeof(*pages));

    BASE_CHECK(pages != NULL);
    return pages;
}

static page *page_at(const relay_pages *pages, size_t index)
{
    return (page *)(void *)pages->list.data + index;
}

static size_t page_count(const relay_pages *pages)
{
    return pages->list.len / sizeof(page);
}

static void drop_pages(relay_pages *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        relay_room_answer_free(&page_at(pages, i)->answer);
        relay_order_free(page_at(pages, i)->order);
    }
    base_bytes_drop(&pages->list, count * sizeof(page));
}

void relay_pages_free(relay_pages *pages)
{
    if (pages) {
        drop_pages(pages, page_count(pages));
        base_bytes_free(&pages->list);
        base_bytes_free(&pages->records);
        base_bytes_free(&pages->states);
        relay_own_free(&pages->own);
        free(pages);
    }
}

/* A room has no more than that: the oldest give way. */
static void bound(relay_pages *pages)
{
    while (pages->bytes > BYTES_MOST && page_count(pages) > 1) {
        const page *first = page_at(pages, 0);

        pages->bytes -= first->order->answer.bytes.len;
        pages->complete =
            first->answer.what.records[first->answer.what.count - 1].id;
        drop_pages(pages, 1);
    }
}

bool relay_pages_add(relay_pages *pages, relay_order *order,
                     relay_room_answer *answer)
{
    page next = { .order = order, .answer = *answer };
    bool first = page_count(pages) == 0;
    /* What lies behind the last one may have gone meanwhile. */
    bool good = first || (answer->known && answer->epoch == pages->epoch
                          && !answer->torn
                          && room_id_compare(&answer->what.complete,
                                             &pages->end) <= 0);

    good = good && (!answer->more || answer->what.count > 0);
    if (first) {
        pages->known = answer->known;
        pages->torn = answer->torn;
        pages->epoch = answer->epoch;
        pages->complete = answer->what.complete;
    }
    pages->birth = answer->what.birth;
    pages->top = answer->what.newest;
    pages->lost = answer->lost;
    pages->kept = answer->what.kept;
    pages->keep_ms = answer->what.keep_ms;
    pages->state = answer->what.state;
    pages->bytes += order->answer.bytes.len;
    if (answer->what.count > 0) {
        pages->end = answer->what.records[answer->what.count - 1].id;
    }
    base_bytes_append(&pages->list, &next, sizeof(next));
    bound(pages);
    return good;
}

const room_id *relay_pages_end(const relay_pages *pages)
{
    return &pages->end;
}

void relay_pages_collect(relay_pages *pages, room_store *store)
{
    room_import_record *records;
    size_t count;

    for (size_t i = 0; i < page_count(pages); i++) {
        const relay_room_answer *answer = &page_at(pages, i)->answer;
        size_t states = 0;

        base_bytes_append(&pages->records, answer->what.records,
                          answer->what.count * sizeof(room_import_record));
        for (size_t j = 0; j < answer->what.count; j++) {
            states += answer->what.records[j].kind == ROOM_LOG_STATE;
        }
        base_bytes_append(&pages->states, answer->states,
                          states * sizeof(room_state));
    }
    records = (void *)pages->records.data;
    count = pages->records.len / sizeof(*records);
    for (size_t i = 0; i < count; i++) {
        records[i].stored_ms = relay_words_wall(store, records[i].stored_ms);
    }
}

const room_import_record *relay_pages_records(const relay_pages *pages,
                                              size_t *count)
{
    *count = pages->records.len / sizeof(room_import_record);
    return (const void *)pages->records.data;
}

static room_id later_of(room_id left, room_id right)
{
    return room_id_compare(&left, &right) > 0 ? left : right;
}

/* The last clearing that Redis has; what was before that nobody has. */
static room_id cleared_of(const relay_pages *pages)
{
    room_id cleared = { 0, 0 };
    size_t count;
    const room_import_record *records = relay_pages_records(pages, &count);

    for (size_t i = 0; i < count; i++) {
        if (records[i].kind == ROOM_LOG_CLEARED) {
            cleared = records[i].id;
        }
    }
    return cleared;
}

/* What is here up to this position need not be there. */
static room_id floor_of(const relay_pages *pages)
{
    return later_of(later_of(pages->complete, pages->lost),
                    cleared_of(pages));
}

uint64_t relay_pages_lacking(const relay_pages *pages)
{
    room_id floor = floor_of(pages);
    size_t count;
    const room_import_record *theirs = relay_pages_records(pages, &count);
    size_t at = 0;

    for (size_t i = 0; i < pages->own.count; i++) {
        const relay_own_id *mine = relay_own_at(&pages->own, i);

        while (at < count && room_id_compare(&theirs[at].id, &mine->id) < 0) {
            at++;
        }
        if (room_id_compare(&mine->id, &floor) > 0
            && (at == count
                || room_id_compare(&theirs[at].id, &mine->id) != 0)) {
            return mine->seq;
        }
    }
    return UINT64_MAX;
}

/* From `at` on; they are asked for in their order. */
static bool is_own(const relay_pages *pages, const room_id *id, size_t *at)
{
    const relay_own *own = &pages->own;

    while (*at < own->count
           && room_id_compare(&relay_own_at(own, *at)->id, id) < 0) {
        ++*at;
    }
    return *at < own->count
           && room_id_compare(&relay_own_at(own, *at)->id, id) == 0;
}

bool relay_pages_miss(const relay_pages *pages, const room_relay_facts *facts,
                      room_id *same)
{
    room_id told = later_of(facts->complete, cleared_of(pages));
    size_t count;
    const room_import_record *theirs = relay_pages_records(pages, &count);
    size_t at = 0;

    *same = facts->complete;
    for (size_t i = 0; i < count; i++) {
        const room_id *id = &theirs[i].id;

        if (room_id_compare(id, &facts->complete) <= 0
            || room_id_compare(id, &facts->newest) > 0) {
            continue;
        }
        if (!is_own(pages, id, &at)) {
            return true;
        }
        *same = *id;
    }
    *same = facts->newest;
    at = 0;
    return room_id_compare(&pages->lost, &told) > 0
           && !is_own(pages, &pages->lost, &at);
}
