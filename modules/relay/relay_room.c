/* relay_room.c - orders and answers about one room; see relay_room.h. What
 * follows a script's keys stands in its own comment. */
#include "relay/relay_room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base_hash.h"
#include "relay/people/relay_sanction.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_frame.h"

#define AGE_MOST_MS (INT64_C(1) << 42) /* more than a century: for ever */
#define PURGE_MOST 200
#define FETCHED_HEAD 13 /* items of a fetch's answer before its records */

static const char nobody[] = "-";

void relay_room_channel(const relay_room *room, base_bytes *out)
{
    const char *line = memchr(room->key, '\n', room->key_size);
    size_t site = line ? (size_t)(line - room->key) : room->key_size;
    size_t path = line ? room->key_size - site - 1 : 0;

    relay_bus_key(room->settings, "", out);
    base_bytes_append_text(out, "{");
    base_bytes_append(out, room->key, site);
    base_bytes_append(out, room->key + room->key_size - path, path);
    base_bytes_append_text(out, "}");
}

static relay_order *create(const relay_room *room, relay_script_name script,
                           const base_bytes *further, size_t count,
                           void (*done)(relay_order *order), void *context)
{
    base_bytes channel = BASE_BYTES_INIT;
    relay_order *order;

    relay_room_channel(room, &channel);
    order = relay_frame_create(script, &channel, further, count, done,
                               context);
    base_bytes_free(&channel);
    return order;
}

static int64_t kept_age(const relay_room *room)
{
    int64_t age = room->keep_age_ms > 0 ? room->keep_age_ms : 0;

    return age < AGE_MOST_MS ? age : AGE_MOST_MS;
}

static void add_keeping(relay_order *order, const relay_room *room)
{
    relay_order_add_number(order, room->keep_count);
    relay_order_add_number(order, kept_age(room));
}

/* What the archive's writer has to know of the room, if all of it is known:
 * see room.lua. */
static void add_settings(relay_order *order, const relay_room *room)
{
    bool known = room->archive_keep_ms >= 0 && room->realm != 0;
    int64_t keep = room->archive_keep_ms < INT64_MAX ? room->archive_keep_ms
                                                     : -1;
    char text[80];

    snprintf(text, sizeof(text), "%" PRId64 " %" PRIu32 " %" PRId64
             " %016" PRIx64, keep, room->keep_count, kept_age(room),
             room->realm);
    relay_order_add_text(order, known ? text : "");
}

/* Which ref it is among those in the room. */
static uint64_t ref_hash(uint64_t user, room_log_kind kind, uint64_t ref)
{
    static const base_hash_key no_secret;
    uint64_t parts[] = { user, kind, ref };

    return base_hash(&no_secret, parts, sizeof(parts));
}

static void add_target(relay_order *order, const room_log_entry *entry,
                       const room_log_target *target)
{
    int64_t wall_ms = entry->wall_ms;
    int64_t from_ms = target->not_before_ms > 0 ? target->not_before_ms : 0;

    if (entry->kind == ROOM_LOG_STATE) {
        relay_frame_add_state(order, target->was);
        relay_frame_add_state(order, target->now);
        return;
    }
    relay_frame_add_id(order, &target->id);
    if (target->author != 0) {
        relay_frame_add_hex(order, target->author);
    }
    else {
        relay_order_add_text(order, nobody);
    }
    relay_order_add_number(order, from_ms <= wall_ms ? wall_ms - from_ms : -1);
    relay_order_add_number(order, target->known);
}

static void name_rate(const relay_room *room, uint64_t whose,
                      int64_t interval_us, base_bytes *out)
{
    if (interval_us > 0) {
        relay_bus_key(room->settings, "", out);
        base_bytes_append_format(out, "rate:%016" PRIx64, whose);
    }
}

static void add_rates(relay_order *order, const relay_rates *rates)
{
    static const relay_rates none;
    const relay_rates *now = rates ? rates : &none;

    relay_order_add_number(order, now->user_interval_us);
    relay_order_add_number(order, now->user_burst);
    relay_order_add_number(order, now->address_interval_us);
    relay_order_add_number(order, now->address_burst);
}

/* With the keys of its ref and of its rates, as far as there are such. */
static relay_order *create_store(const relay_room *room,
                                 const room_log_entry *entry, uint64_t ref,
                                 void (*done)(relay_order *order),
                                 void *context)
{
    const relay_rates *rates = room->rates;
    base_bytes further[3] = { BASE_BYTES_INIT };
    relay_order *order;

    if (ref != 0) {
        relay_room_channel(room, &further[0]);
        base_bytes_append_format(&further[0], ":ref:%016" PRIx64,
                                 ref_hash(entry->user, entry->kind, ref));
    }
    if (rates) {
        name_rate(room, rates->user, rates->user_interval_us, &further[1]);
        name_rate(room, rates->address, rates->address_interval_us,
                  &further[2]);
    }
    order = create(room, RELAY_SCRIPT_STORE, further, 3, done, context);
    for (size_t i = 0; i < 3; i++) {
        base_bytes_free(&further[i]);
    }
    return order;
}

relay_order *relay_room_store(const relay_room *room,
                              const room_log_entry *entry,
                              const room_log_target *target,
                              const room_id *newest,
                              void (*done)(relay_order *order), void *context)
{
    bool known = target && target->known;
    uint64_t ref = entry->ref_size > 0
                       ? room_import_ref_hash(entry->ref, entry->ref_size) : 0;
    relay_order *order = create_store(room, entry, ref, done, context);

    order->waits = room->settings->wait > 0;
    relay_order_add(order, (char[]){ relay_value_letter(entry->kind) }, 1);
    relay_frame_add_hex(order, entry->user);
    relay_frame_add_hex(order, ref);
    relay_order_add_number(order, (int64_t)entry->text_at);
    relay_order_add_number(order, (int64_t)entry->text_size);
    relay_order_add(order, entry->head, entry->head_size);
    relay_order_add(order, entry->tail, entry->tail_size);
    relay_frame_add_id(order, known ? &target->upto : newest);
    add_keeping(order, room);
    relay_order_add_number(order, entry->wait_us != NULL);
    add_settings(order, room);
    add_rates(order, room->rates);
    if (target != NULL) {
        add_target(order, entry, target);
    }
    return order;
}

/* The milliseconds of its third item; 0: that makes no sense. */
static int64_t read_wait(const relay_answer *answer)
{
    int64_t ms = relay_answer_number(answer, 2);

    return ms > 0 && ms < AGE_MOST_MS ? ms * 1000 : 0;
}

room_status relay_room_stored(const relay_order *order, room_id *id,
                              int64_t *wait_us, bool *archived)
{
    static const struct {
        const char *word;
        room_status status;
    } words[] = {
        { "OK", ROOM_OK },         { "REPEATED", ROOM_REPEATED },
        { "LOCKED", ROOM_LOCKED }, { "SLOW", ROOM_SLOW },
        { "ABSENT", ROOM_ABSENT }, { "DENIED", ROOM_DENIED },
        { "LATE", ROOM_LATE },     { "SAME", ROOM_SAME },
        { "STALE", ROOM_STALE },   { "UNREAD", ROOM_UNREAD },
    };
    const relay_answer *answer = &order->answer;

    *id = (room_id){ 0, 0 };
    *wait_us = 0;
    *archived = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (relay_answer_is(answer, 0, words[i].word)) {
            bool stored = words[i].status == ROOM_OK
                          || words[i].status == ROOM_REPEATED;

            if (words[i].status == ROOM_SLOW) {
                *wait_us = read_wait(answer);
            }
            *archived = stored && relay_answer_is(answer, 3, "1");
            return stored && !relay_frame_read_id(answer, 1, id)
                       ? ROOM_BUSY : words[i].status;
        }
    }
    return ROOM_BUSY;
}

bool relay_room_rated(const relay_order *order, int64_t *wait_us,
                      bool *address)
{
    *wait_us = read_wait(&order->answer);
    *address = relay_answer_is(&order->answer, 3, "a");
    return relay_answer_is(&order->answer, 0, "RATE");
}

bool relay_room_state(const relay_order *order, room_state *now)
{
    return relay_frame_read_state(&order->answer, 4, now);
}

/* What a fetch says. */
typedef struct {
    const char *after; /* a position, "": from the beginning; "kept": from what
                          the archive has */
    bool make;
    size_t most;
    const room_id *since;
    bool asked;        /* the archive has no such room */
} fetching;

static relay_order *fetch(const relay_room *room, const fetching *what,
                          void (*done)(relay_order *order), void *context)
{
    base_bytes further[2] = { BASE_BYTES_INIT };
    relay_order *order;

    relay_bus_key(room->settings, "since", &further[0]);
    /* Before anything can be said there: a purge finds it. */
    if (what->make && room->realm != 0) {
        relay_sanction_realm(room->settings, room->realm, 0, &further[1]);
    }
    order = create(room, RELAY_SCRIPT_FETCH, further, 2, done, context);
    base_bytes_free(&further[0]);
    base_bytes_free(&further[1]);
    relay_order_add_text(order, what->after);
    relay_order_add_number(order, what->make);
    relay_order_add_number(order, (int64_t)what->most);
    if (what->since != NULL) {
        relay_frame_add_id(order, what->since);
    }
    else {
        relay_order_add_text(order, "");
    }
    relay_frame_add_epoch(order);
    relay_order_add(order, room->key, room->key_size);
    add_settings(order, room);
    relay_order_add_number(order, what->asked);
    return order;
}

relay_order *relay_room_fetch(const relay_room *room, const room_id *after,
                              bool make, size_t most, const room_id *since,
                              void (*done)(relay_order *order),
                              void *context)
{
    char text[ROOM_ID_TEXT] = "";

    if (after != NULL) {
        (void)room_id_format(after, text);
    }
    return fetch(room, &(fetching){ .after = text, .make = make, .most = most,
                                    .since = since }, done, context);
}

relay_order *relay_room_fetch_kept(const relay_room *room, size_t most,
                                   const room_id *since)
{
    return fetch(room, &(fetching){ .after = "kept", .make = since != NULL,
                                    .most = most, .since = since,
                                    .asked = true }, NULL, NULL);
}

relay_order *relay_room_kept(const relay_room *room, const room_id *upto,
                             bool refused)
{
    relay_order *order = create(room, RELAY_SCRIPT_KEPT, NULL, 0, NULL, NULL);

    relay_frame_add_id(order, upto);
    relay_order_add_text(order, refused ? nobody : "");
    return order;
}

/* The position that the order asked for. */
static bool asked_after(const relay_order *order, room_id *after)
{
    size_t size;
    const char *text;

    if (order->count <= order->keys + 1) {
        return false;
    }
    text = relay_order_argument(order, order->keys + 1, &size);
    return room_id_parse(text, size, after);
}

static bool read_records(const relay_answer *answer, relay_room_answer *out)
{
    size_t count = relay_answer_count(answer);
    room_id last = { 0, 0 };

    for (size_t i = FETCHED_HEAD; i < count; i += 2) {
        size_t size;
        const char *text = relay_answer_text(answer, i + 1, &size);
        relay_value value;
        room_id id;

        if (!relay_frame_read_id(answer, i, &id)
            || room_id_compare(&id, &last) <= 0
            || !relay_value_parse(text, size, &id, &value)) {
            return false;
        }
        base_bytes_append(&out->records, &value.record, sizeof(value.record));
        if (value.has_state) {
            base_bytes_append(&out->stated, &value.state, sizeof(value.state));
        }
        last = id;
    }
    out->what.records = (const void *)out->records.data;
    out->what.count = (count - FETCHED_HEAD) / 2;
    out->states = (void *)out->stated.data;
    return true;
}

/* Up to where an archive has it, and for how long; nothing: there is none. */
static bool read_kept(const relay_answer *answer, room_import_room *what)
{
    int64_t keep = relay_answer_number(answer, 12);

    what->keep_ms = 0;
    what->kept = (room_id){ 0, 0 };
    if (relay_answer_is(answer, 11, "")) {
        return true;
    }
    what->keep_ms = keep < 0 ? INT64_MAX : keep;
    return keep != 0 && relay_frame_read_id(answer, 11, &what->kept);
}

bool relay_room_fetched(const relay_order *order, relay_room_answer *out)
{
    const relay_answer *answer = &order->answer;
    size_t count = relay_answer_count(answer);
    room_id after;

    out->records.len = 0;
    out->stated.len = 0;
    out->known = relay_answer_is(answer, 0, "1");
    out->another = !out->known && relay_answer_is(answer, 1, "1");
    out->asked = !out->known && relay_answer_is(answer, 1, "2");
    if (!out->known) {
        return relay_answer_is(answer, 0, "0")
               && count == (out->another || out->asked ? 2 : 1);
    }
    if (count < FETCHED_HEAD || (count - FETCHED_HEAD) % 2 != 0
        || !relay_frame_read_epoch(answer, 1, &out->epoch)
        || !relay_frame_read_id(answer, 2, &out->what.birth)
        || !relay_frame_read_id(answer, 3, &out->what.complete)
        || !relay_frame_read_id(answer, 4, &out->what.newest)
        || !relay_frame_read_id(answer, 5, &out->lost)
        || !relay_frame_read_state(answer, 6, &out->what.state)
        || !read_kept(answer, &out->what)) {
        return false;
    }
    out->torn = relay_answer_is(answer, 9, "1");
    out->more = relay_answer_is(answer, 10, "1");
    out->gap = asked_after(order, &after)
               && room_id_compare(&after, &out->what.complete) < 0;
    return read_records(answer, out);
}

void relay_room_answer_free(relay_room_answer *answer)
{
    base_bytes_free(&answer->records);
    base_bytes_free(&answer->stated);
}

relay_order *relay_room_restore(const relay_room *room, const char *host,
                                const room_relay_facts *facts,
                                void (*done)(relay_order *order),
                                void *context)
{
    relay_order *order = create(room, RELAY_SCRIPT_RESTORE, NULL, 0, done,
                                context);

    relay_frame_add_epoch(order);
    relay_frame_add_id(order, &facts->birth);
    relay_frame_add_id(order, &facts->complete);
    relay_frame_add_id(order, &facts->newest);
    relay_frame_add_state(order, &facts->state);
    add_keeping(order, room);
    relay_order_add_text(order, host);
    add_settings(order, room);
    return order;
}

void relay_room_restore_add(relay_order *order, const room_relay_facts *facts,
                            const room_import_record *record)
{
    base_bytes value = BASE_BYTES_INIT;

    if (record == NULL) {
        relay_order_add_text(order, "+");
        return;
    }
    /* What a state was in the past nobody knows; the last one counts. */
    relay_value_write(&value, record, &facts->state);
    relay_frame_add_id(order, &record->id);
    relay_order_add(order, value.data, value.len);
    base_bytes_free(&value);
    if (record->ref != 0) {
        relay_frame_add_hex(order, ref_hash(record->author, record->kind,
                                            record->ref));
    }
    else {
        relay_order_add_text(order, nobody);
    }
}

room_status relay_room_restored(const relay_order *order, unsigned *taken)
{
    const relay_answer *answer = &order->answer;
    int64_t count = relay_answer_number(answer, 3);
    uint64_t epoch;
    room_id top;
    room_id lost;

    *taken = 0;
    if (relay_answer_count(answer) == 1 && relay_answer_is(answer, 0, "BUSY")) {
        return ROOM_BUSY;
    }
    if (relay_answer_count(answer) != 4
        || !relay_frame_read_epoch(answer, 0, &epoch)
        || !relay_frame_read_id(answer, 1, &top)
        || !relay_frame_read_id(answer, 2, &lost)) {
        return ROOM_STALE;
    }
    *taken = count > 0 && count < UINT32_MAX ? (unsigned)count : 0;
    return ROOM_OK;
}

relay_order *relay_room_purge(const relay_room *room, uint64_t user,
                              uint64_t by, const char *head,
                              const char *tail_before, const void *tail_after,
                              size_t tail_size,
                              void (*done)(relay_order *order),
                              void *context)
{
    relay_order *order = create(room, RELAY_SCRIPT_PURGE, NULL, 0, done,
                                context);

    relay_frame_add_hex(order, user);
    relay_frame_add_hex(order, by);
    relay_order_add_text(order, head);
    relay_order_add_text(order, tail_before);
    relay_order_add(order, tail_after, tail_size);
    relay_order_add_number(order, PURGE_MOST);
    return order;
}

relay_room_purging relay_room_purged(const relay_order *order)
{
    int64_t number = relay_answer_number(&order->answer, 0);

    if (relay_answer_is(&order->answer, 1, "1") && number > 0) {
        return RELAY_ROOM_PURGED_SOME;
    }
    if (relay_answer_is(&order->answer, 1, "3")) {
        return RELAY_ROOM_PURGED_LATER;
    }
    return relay_answer_is(&order->answer, 1, "2") ? RELAY_ROOM_PURGED_NOWHERE
                                                   : RELAY_ROOM_PURGED_ALL;
}
