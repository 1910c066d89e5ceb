/* relay_haul.c - see relay_haul.h. */
#include "relay/archive/relay_haul.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "relay/people/relay_line.h"
#include "relay/reader/relay_bus.h"
#include "relay/reader/relay_words.h"

/* Of one room at once. */
#define PAGE_BYTES 65536

/* Steps through what is due in search of a room. */
#define STEPS_MOST 100

/* So long hosts believe that there is an archive. */
#define ALIVE_MS (INT64_C(30) * 86400000)

/* A room that was taken, and what it points into. */
typedef struct relay_haul_page {
    relay_order *order;
    relay_room_answer answer;
} taken;

void relay_haul_init(relay_haul *haul, relay_batch *batch, base_bytes *told)
{
    *haul = (relay_haul){ .batch = batch, .told = told, .cursor = "0" };
}

relay_order *relay_haul_alive(const relay_haul *haul)
{
    relay_order *order = relay_batch_plain(haul->batch, "SET",
                                            RELAY_BUS_ARCHIVE);

    relay_order_add_text(order, haul->acks ? "1" : "0");
    relay_order_add_text(order, "PX");
    relay_order_add_number(order, ALIVE_MS);
    return order;
}

static void drop_taken(relay_haul *haul)
{
    for (size_t i = 0; i < haul->count; i++) {
        relay_room_answer_free(&haul->pages[i].answer);
        relay_order_free(haul->pages[i].order);
    }
    haul->count = 0;
}

static void make_places(relay_haul *haul, size_t most)
{
    if (most > haul->places) {
        haul->rooms = realloc(haul->rooms,
                                 most * sizeof(*haul->rooms));
        haul->pages = realloc(haul->pages,
                                 most * sizeof(*haul->pages));
        BASE_CHECK(haul->rooms != NULL && haul->pages != NULL);
        haul->places = most;
    }
}

/* More of what is due: from where the last look ended, so that rooms that
 * cannot be written hide no others. An empty Redis is told at once that there
 * is an archive. */
static bool look(relay_haul *haul, size_t most)
{
    relay_order *orders[2] = { relay_haul_alive(haul),
                               relay_batch_plain(haul->batch, "HSCAN", "due") };
    size_t size;
    const char *cursor;
    bool good;

    relay_order_add_text(orders[1], haul->cursor);
    relay_order_add_text(orders[1], "COUNT");
    relay_order_add_number(orders[1], (int64_t)most);
    good = relay_batch_ask(haul->batch, orders, 2)
           && orders[1]->status == RELAY_OK;
    cursor = relay_answer_text(&orders[1]->answer, 0, &size);
    good = good && size > 0 && size < sizeof(haul->cursor);
    if (good) {
        memcpy(haul->cursor, cursor, size);
        haul->cursor[size] = '\0';
        relay_answer_free(&haul->due);
        haul->due = orders[1]->answer;
        orders[1]->answer = (relay_answer)RELAY_ANSWER_INIT;
        haul->due_at = 1;
    }
    relay_order_free(orders[0]);
    relay_order_free(orders[1]);
    return good;
}

/* A decimal number; false: it is none. */
static bool take_number(relay_line *rest, int64_t *number)
{
    relay_line word = relay_line_take(rest, ' ');
    relay_answer item = RELAY_ANSWER_INIT;

    relay_answer_add(&item, word.text, word.size);
    *number = relay_answer_number(&item, 0);
    relay_answer_free(&item);
    return *number != 0 || (word.size == 1 && word.text[0] == '0');
}

/* "KEEP_MS COUNT AGE_MS REALM": see room.lua. */
static bool read_settings(const char *text, size_t size, room_source_room *out)
{
    relay_line rest = { text, size };
    int64_t keep;
    int64_t count;

    if (!take_number(&rest, &keep) || !take_number(&rest, &count)
        || count < 0 || count > UINT32_MAX
        || !take_number(&rest, &out->keep_age_ms)
        || !relay_value_hex(rest.text, rest.size, &out->realm)) {
        return false;
    }
    out->what.keep_ms = keep < 0 ? INT64_MAX : keep;
    out->keep_count = (uint32_t)count;
    return true;
}

static bool is_taken(const relay_haul *haul, const char *key,
                     size_t size)
{
    for (size_t i = 0; i < haul->count; i++) {
        if (haul->rooms[i].key_size == size
            && memcmp(haul->rooms[i].key, key, size) == 0) {
            return true;
        }
    }
    return false;
}

relay_room relay_haul_name(const relay_haul *haul,
                           const room_source_room *room)
{
    return (relay_room){ .settings = haul->batch->settings,
                         .key = room->key,
                         .key_size = room->key_size,
                         .keep_count = room->keep_count,
                         .keep_age_ms = room->keep_age_ms,
                         .realm = room->realm,
                         .archive_keep_ms = -1 };
}

/* The next one that was found; one that makes no sense is passed over. */
static void take_next(relay_haul *haul)
{
    room_source_room *room = &haul->rooms[haul->count];
    size_t key_size;
    size_t size;
    const char *key = relay_answer_text(&haul->due, haul->due_at,
                                        &key_size);
    const char *text = relay_answer_text(&haul->due, haul->due_at + 1,
                                         &size);
    relay_room name;

    haul->due_at += 2;
    memset(room, 0, sizeof(*room));
    if (key_size == 0 || key_size > sizeof(room->key)
        || !read_settings(text, size, room)) {
        base_log_limited(BASE_LOG_WARN, "CW1223",
                         "Redis: what is due for the archive makes no sense;"
                         " somebody else writes to our keys");
        return;
    }
    if (is_taken(haul, key, key_size)) {
        return;
    }
    memcpy(room->key, key, key_size);
    room->key_size = key_size;
    name = relay_haul_name(haul, room);
    haul->pages[haul->count++] = (taken){
        .order = relay_room_fetch_kept(&name, PAGE_BYTES, NULL),
        .answer = RELAY_ROOM_ANSWER_INIT
    };
}

static bool find_due(relay_haul *haul, size_t most)
{
    for (int i = 0; i < STEPS_MOST && haul->count == 0; i++) {
        if (haul->due_at + 1 >= relay_answer_count(&haul->due)
            && !look(haul, most)) {
            return false;
        }
        while (haul->count < most
               && haul->due_at + 1 < relay_answer_count(&haul->due)) {
            take_next(haul);
        }
        if (strcmp(haul->cursor, "0") == 0) {
            break;
        }
    }
    return true;
}

/* By this host's clock. */
static void set_times(const relay_haul *haul, room_import_record *records,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        records[i].stored_ms = relay_words_wall(haul->batch->store,
                                                records[i].stored_ms);
    }
}

/* False: there is nothing to be written of it. */
static bool fill_room(relay_haul *haul, room_source_room *room,
                      taken *page)
{
    relay_room_answer *answer = &page->answer;
    room_import_room *what = &room->what;
    int64_t keep_ms = what->keep_ms;

    if (page->order->status != RELAY_OK
        || !relay_room_fetched(page->order, answer)) {
        base_log_limited(BASE_LOG_WARN, "CW1224",
                         "Redis: what it answers about a room that is due for"
                         " the archive makes no sense; it is not written");
        return false;
    }
    room->unknown = !answer->known;
    if (room->unknown || answer->torn) { /* or more of it is on its way */
        return room->unknown && keep_ms != 0;
    }
    *what = answer->what;
    room->states = answer->states;
    set_times(haul, (room_import_record *)(void *)answer->records.data,
              what->count);
    /* That of a fresh room is in front of its birth. */
    room->gap = room_id_compare(&what->complete, &what->kept) > 0
                && room_id_compare(&what->complete, &what->birth) > 0;
    return what->keep_ms != 0;
}

/* It is not archived any more. */
static void forget_due(relay_haul *haul, const room_source_room *room)
{
    relay_order *order = relay_batch_plain(haul->batch, "HDEL", "due");

    relay_order_add(order, room->key, room->key_size);
    base_bytes_append(haul->told, &order, sizeof(order));
}

/* Those that are to be written, one behind the other. */
static void sort_out(relay_haul *haul)
{
    size_t kept = 0;

    for (size_t i = 0; i < haul->count; i++) {
        room_source_room *room = &haul->rooms[i];
        taken page = haul->pages[i];

        if (fill_room(haul, room, &page)) {
            haul->pages[kept] = page;
            haul->rooms[kept++] = *room;
            continue;
        }
        if (page.order->status == RELAY_OK && room->what.keep_ms == 0) {
            forget_due(haul, room);
        }
        relay_room_answer_free(&page.answer);
        relay_order_free(page.order);
    }
    haul->count = kept;
}

room_status relay_haul_take(relay_haul *haul, size_t most,
                            const room_source_room **rooms, size_t *count)
{
    relay_order **orders;
    bool good;

    *count = 0;
    drop_taken(haul);
    make_places(haul, most);
    if (!find_due(haul, most)) {
        drop_taken(haul);
        return ROOM_BUSY;
    }
    orders = malloc((haul->count + 1) * sizeof(*orders));
    BASE_CHECK(orders != NULL);
    for (size_t i = 0; i < haul->count; i++) {
        orders[i] = haul->pages[i].order;
    }
    good = haul->count == 0
           || relay_batch_ask(haul->batch, orders, haul->count);
    free(orders);
    if (!good) {
        drop_taken(haul);
        return ROOM_BUSY;
    }
    sort_out(haul);
    *rooms = haul->rooms;
    *count = haul->count;
    return ROOM_OK;
}

void relay_haul_free(relay_haul *haul)
{
    drop_taken(haul);
    relay_answer_free(&haul->due);
    free(haul->rooms);
    free(haul->pages);
}
