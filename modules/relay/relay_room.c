/* relay_room.c - orders and answers about one room; see relay_room.h. What
 * follows a script's keys stands in its own comment. */
#include "relay/relay_room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_hash.h"
#include "relay/people/relay_sanction.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_script.h"

#define AGE_MOST_MS (INT64_C(1) << 42) /* more than a century: for ever */
#define PURGE_MOST 200
#define FETCHED_HEAD 11 /* items of a fetch's answer before its records */

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

/* An order with the keys that each script has, and then the channel. `fifth`
 * and `sixth` are further keys, if there are such. */
static relay_order *create(const relay_room *room, relay_script_name script,
                           const base_bytes *fifth, const base_bytes *sixth,
                           void (*done)(relay_order *order), void *context)
{
    static const char *const parts[] = { ":log", ":text", ":meta", ":said" };
    relay_order *order = relay_order_create(relay_script_get(script), done,
                                            context);
    base_bytes name = BASE_BYTES_INIT;
    size_t size;

    relay_room_channel(room, &name);
    size = name.len;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        name.len = size;
        base_bytes_append_text(&name, parts[i]);
        relay_order_key(order, name.data, name.len);
    }
    if (fifth != NULL) {
        relay_order_key(order, fifth->data, fifth->len);
    }
    if (sixth != NULL) {
        relay_order_key(order, sixth->data, sixth->len);
    }
    relay_order_add(order, name.data, size);
    base_bytes_free(&name);
    return order;
}

static void add_hex(relay_order *order, uint64_t number)
{
    char text[17];

    snprintf(text, sizeof(text), "%016" PRIx64, number);
    relay_order_add_text(order, text);
}

static void add_id(relay_order *order, const room_id *id)
{
    char text[ROOM_ID_TEXT];

    relay_order_add(order, text, room_id_format(id, text));
}

static void add_state(relay_order *order, const room_state *state)
{
    relay_order_add_number(order, state->slow_s);
    relay_order_add_number(order, state->locked);
    relay_order_add(order, state->topic, state->topic_size);
}

static void add_keeping(relay_order *order, const relay_room *room)
{
    int64_t age = room->keep_age_ms > 0 ? room->keep_age_ms : 0;

    relay_order_add_number(order, room->keep_count);
    relay_order_add_number(order, age < AGE_MOST_MS ? age : AGE_MOST_MS);
}

/* Nobody may guess it: a host that was away knows by it that what it has is of
 * another stream. */
static void add_epoch(relay_order *order)
{
    uint64_t epoch = 0;

    while (epoch == 0) {
        BASE_CHECK(getentropy(&epoch, sizeof(epoch)) == 0);
    }
    add_hex(order, epoch);
}

/* Which ref it is among those in the room. */
static uint64_t ref_hash(uint64_t user, room_log_kind kind, uint64_t ref)
{
    static const base_hash_key no_secret;
    uint64_t parts[] = { user, kind, ref };

    return base_hash(&no_secret, parts, sizeof(parts));
}

static bool read_id(const relay_answer *answer, size_t index, room_id *id)
{
    size_t size;
    const char *text = relay_answer_text(answer, index, &size);

    return room_id_parse(text, size, id);
}

static bool read_epoch(const relay_answer *answer, size_t index,
                       uint64_t *epoch)
{
    size_t size;
    const char *text = relay_answer_text(answer, index, &size);

    return relay_value_hex(text, size, epoch) && *epoch != 0;
}

static bool read_state(const relay_answer *answer, size_t index,
                       room_state *state)
{
    int64_t slow = relay_answer_number(answer, index);
    size_t size;
    const char *topic = relay_answer_text(answer, index + 2, &size);

    memset(state, 0, sizeof(*state));
    if (slow < 0 || slow > UINT32_MAX || size > ROOM_TOPIC_MAX
        || index + 2 >= relay_answer_count(answer)) {
        return false;
    }
    memcpy(state->topic, topic, size);
    state->topic_size = (uint8_t)size;
    state->locked = relay_answer_is(answer, index + 1, "1");
    state->slow_s = (uint32_t)slow;
    return true;
}

static void add_target(relay_order *order, const room_log_entry *entry,
                       const room_log_target *target)
{
    int64_t wall_ms = entry->wall_ms;
    int64_t from_ms = target->not_before_ms > 0 ? target->not_before_ms : 0;

    if (entry->kind == ROOM_LOG_STATE) {
        add_state(order, target->was);
        add_state(order, target->now);
        return;
    }
    add_id(order, &target->id);
    if (target->author != 0) {
        add_hex(order, target->author);
    }
    else {
        relay_order_add_text(order, nobody);
    }
    relay_order_add_number(order, from_ms <= wall_ms ? wall_ms - from_ms : -1);
}

relay_order *relay_room_store(const relay_room *room,
                              const room_log_entry *entry,
                              const room_log_target *target,
                              const room_id *newest,
                              void (*done)(relay_order *order), void *context)
{
    base_bytes key = BASE_BYTES_INIT;
    relay_order *order;
    uint64_t ref = 0;

    if (entry->ref_size > 0) {
        ref = room_import_ref_hash(entry->ref, entry->ref_size);
        relay_room_channel(room, &key);
        base_bytes_append_format(&key, ":ref:%016" PRIx64,
                                 ref_hash(entry->user, entry->kind, ref));
    }
    order = create(room, RELAY_SCRIPT_STORE, ref != 0 ? &key : NULL, NULL,
                   done, context);
    base_bytes_free(&key);
    order->waits = room->settings->wait > 0;
    relay_order_add(order, (char[]){ relay_value_letter(entry->kind) }, 1);
    add_hex(order, entry->user);
    add_hex(order, ref);
    relay_order_add_number(order, (int64_t)entry->text_at);
    relay_order_add_number(order, (int64_t)entry->text_size);
    relay_order_add(order, entry->head, entry->head_size);
    relay_order_add(order, entry->tail, entry->tail_size);
    add_id(order, newest);
    add_keeping(order, room);
    relay_order_add_number(order, entry->wait_us != NULL);
    if (target != NULL) {
        add_target(order, entry, target);
    }
    return order;
}

room_status relay_room_stored(const relay_order *order, room_id *id,
                              int64_t *wait_us)
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
    int64_t wait_ms = relay_answer_number(answer, 2);

    *id = (room_id){ 0, 0 };
    *wait_us = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (relay_answer_is(answer, 0, words[i].word)) {
            bool stored = words[i].status == ROOM_OK
                          || words[i].status == ROOM_REPEATED;

            if (words[i].status == ROOM_SLOW && wait_ms > 0
                && wait_ms < AGE_MOST_MS) {
                *wait_us = wait_ms * 1000;
            }
            return stored && !read_id(answer, 1, id) ? ROOM_BUSY
                                                     : words[i].status;
        }
    }
    return ROOM_BUSY;
}

bool relay_room_state(const relay_order *order, room_state *now)
{
    return read_state(&order->answer, 3, now);
}

relay_order *relay_room_fetch(const relay_room *room, const room_id *after,
                              bool make, size_t most, const room_id *since,
                              void (*done)(relay_order *order),
                              void *context)
{
    base_bytes known = BASE_BYTES_INIT;
    base_bytes realm = BASE_BYTES_INIT;
    relay_order *order;

    relay_bus_key(room->settings, "since", &known);
    /* Before anything can be said there: a purge finds it. */
    if (make && room->realm != 0) {
        relay_sanction_realm(room->settings, room->realm, 0, &realm);
    }
    order = create(room, RELAY_SCRIPT_FETCH, &known,
                   realm.len > 0 ? &realm : NULL, done, context);
    base_bytes_free(&known);
    base_bytes_free(&realm);
    if (after != NULL) {
        add_id(order, after);
    }
    else {
        relay_order_add_text(order, "");
    }
    relay_order_add_number(order, make);
    relay_order_add_number(order, (int64_t)most);
    if (since != NULL) {
        add_id(order, since);
    }
    else {
        relay_order_add_text(order, "");
    }
    add_epoch(order);
    relay_order_add(order, room->key, room->key_size);
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

        if (!read_id(answer, i, &id) || room_id_compare(&id, &last) <= 0
            || !relay_value_parse(text, size, &id, &value)) {
            return false;
        }
        base_bytes_append(&out->records, &value.record, sizeof(value.record));
        if (value.has_state) {
            base_bytes_append(&out->kept, &value.state, sizeof(value.state));
        }
        last = id;
    }
    out->what.records = (const void *)out->records.data;
    out->what.count = (count - FETCHED_HEAD) / 2;
    out->states = (void *)out->kept.data;
    return true;
}

bool relay_room_fetched(const relay_order *order, relay_room_answer *out)
{
    const relay_answer *answer = &order->answer;
    size_t count = relay_answer_count(answer);
    room_id after;

    out->records.len = 0;
    out->kept.len = 0;
    out->known = relay_answer_is(answer, 0, "1");
    out->another = !out->known && relay_answer_is(answer, 1, "1");
    if (!out->known) {
        return relay_answer_is(answer, 0, "0")
               && count == (out->another ? 2 : 1);
    }
    if (count < FETCHED_HEAD || (count - FETCHED_HEAD) % 2 != 0
        || !read_epoch(answer, 1, &out->epoch)
        || !read_id(answer, 2, &out->what.birth)
        || !read_id(answer, 3, &out->what.complete)
        || !read_id(answer, 4, &out->what.newest)
        || !read_id(answer, 5, &out->lost)
        || !read_state(answer, 6, &out->what.state)) {
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
    base_bytes_free(&answer->kept);
}

relay_order *relay_room_restore(const relay_room *room, const char *host,
                                const room_relay_facts *facts,
                                void (*done)(relay_order *order),
                                void *context)
{
    relay_order *order = create(room, RELAY_SCRIPT_RESTORE, NULL, NULL, done,
                                context);

    add_epoch(order);
    add_id(order, &facts->birth);
    add_id(order, &facts->complete);
    add_id(order, &facts->newest);
    add_state(order, &facts->state);
    add_keeping(order, room);
    relay_order_add_text(order, host);
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
    add_id(order, &record->id);
    relay_order_add(order, value.data, value.len);
    base_bytes_free(&value);
    if (record->ref != 0) {
        add_hex(order, ref_hash(record->author, record->kind, record->ref));
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
    if (relay_answer_count(answer) != 4 || !read_epoch(answer, 0, &epoch)
        || !read_id(answer, 1, &top) || !read_id(answer, 2, &lost)) {
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
    relay_order *order = create(room, RELAY_SCRIPT_PURGE, NULL, NULL, done,
                                context);

    add_hex(order, user);
    add_hex(order, by);
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
    return relay_answer_is(&order->answer, 1, "2") ? RELAY_ROOM_PURGED_NOWHERE
                                                   : RELAY_ROOM_PURGED_ALL;
}
