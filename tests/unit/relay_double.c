/* relay_double.c - see relay_double.h. */
#include "relay_double.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/reader/relay_load.h"
#include "relay/relay_value.h"
#include "room/log/room_log.h"
#include "room/relay/room_follow.h"

#define EPOCH 7
#define REFS 100

/* A record that has not come by. */
typedef struct {
    room_id id;
    room_id before;
    size_t size;
} hidden;

struct relay {
    room_store *store;
    relay_settings settings;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    relay_order *first; /* that wait */
    relay_order **last;
    bool ends;
    bool held;
    bool hides;
    bool archives;
    const char *word;
    unsigned word_count;
    _Atomic unsigned sent;
    _Atomic unsigned answered;
    room_id top;
    base_bytes records; /* hidden, each with its value behind it */
    base_bytes heard;
    struct {
        char key[200];
        room_id id;
    } refs[REFS];
    unsigned ref_count;
};

static void lock(relay *r)
{
    assert_int_equal(pthread_mutex_lock(&r->mutex), 0);
}

static void unlock(relay *r)
{
    assert_int_equal(pthread_mutex_unlock(&r->mutex), 0);
}

/* ------------------------------------------------------ as the reader does */

static room_handle room_of(const relay *r)
{
    char key[ACT_KEY_MOST];
    room_handle room;

    assert_int_equal(room_table_find(r->store, key,
                                     hub_stage_key(key, RELAY_DOUBLE_ROOM),
                                     &room), ROOM_OK);
    return room;
}

/* With the mutex. */
static void come_by(relay *r)
{
    size_t at = 0;

    while (at < r->records.len) {
        relay_value value;
        hidden one;
        const char *text;

        memcpy(&one, r->records.data + at, sizeof(one));
        text = (const char *)r->records.data + at + sizeof(one);
        assert_true(relay_value_parse(text, one.size, &one.id, &value));
        assert_int_equal(room_follow_append(r->store, room_of(r), &one.before,
                                            &value.record,
                                            value.has_state ? &value.state
                                                            : NULL,
                                            base_clock_now()), ROOM_OK);
        room_log_wake_readers(r->store, room_of(r), -1);
        at += sizeof(one) + one.size;
    }
    r->records.len = 0;
}

room_status relay_load_room(relay *r, room_handle handle,
                            const relay_room *room, bool make)
{
    room_import_room what = { .birth = { 1, 0 }, .newest = { 1, 0 },
                              .complete = { 1, 0 } };

    (void)room;
    (void)make;
    return room_relay_read_in(r->store, handle, &what, EPOCH,
                              base_clock_now());
}

room_status relay_load_known(relay *r, const relay_room *room,
                             room_table_nowhere *nowhere)
{
    (void)r;
    (void)room;
    nowhere->complete = (room_id){ 5, 0 };
    nowhere->newest = (room_id){ 6, 0 };
    return ROOM_ABSENT;
}

void relay_load_reach(relay *r, room_handle handle, const relay_room *room,
                      const room_id *position)
{
    (void)r, (void)handle, (void)room, (void)position;
}

/* ------------------------------------------------------- as store.lua does */

static const char *argument(const relay_order *order, unsigned index,
                            size_t *size)
{
    return relay_order_argument(order, order->keys + index - 1, size);
}

static uint64_t number(const relay_order *order, unsigned index, int base)
{
    size_t size;
    const char *text = argument(order, index, &size);
    char copy[30] = "";

    assert_in_range(size, 1, sizeof(copy) - 1);
    memcpy(copy, text, size);
    return strtoull(copy, NULL, base);
}

static room_log_kind kind_of(const relay_order *order)
{
    size_t size;
    char letter = *argument(order, 2, &size);

    for (room_log_kind k = ROOM_LOG_MESSAGE; k <= ROOM_LOG_STATE; k++) {
        if (relay_value_letter(k) == letter) {
            return k;
        }
    }
    fail_msg("kind %c", letter);
    return ROOM_LOG_MESSAGE;
}

static void add_record(relay *r, const relay_order *order, const char *id)
{
    base_bytes body = BASE_BYTES_INIT;
    base_bytes value = BASE_BYTES_INIT;
    hidden one = { .before = r->top };
    room_import_record record = { .kind = kind_of(order),
                                  .author = number(order, 3, 16),
                                  .ref = number(order, 4, 16),
                                  .text_size = number(order, 6, 10) };
    room_state state = { .topic_size = 0 };
    size_t size;
    const char *part = argument(order, 7, &size);

    base_bytes_append(&body, part, size);
    base_bytes_append_text(&body, id);
    record.text_at = record.text_size > 0
                         ? body.len + number(order, 5, 10) : 0;
    part = argument(order, 8, &size);
    base_bytes_append(&body, part, size);
    record.body = body.data;
    record.size = body.len;
    if (record.kind == ROOM_LOG_DELETED || record.kind == ROOM_LOG_EDITED) {
        part = argument(order, 18, &size);
        assert_true(room_id_parse(part, size, &record.target));
    }
    else if (record.kind == ROOM_LOG_STATE) {
        state.slow_s = (uint32_t)number(order, 21, 10);
        state.locked = number(order, 22, 10) != 0;
        part = argument(order, 23, &size);
        memcpy(state.topic, part, size);
        state.topic_size = (uint8_t)size;
    }
    relay_value_write(&value, &record, &state);
    assert_true(room_id_parse(id, strlen(id), &one.id));
    one.size = value.len;
    base_bytes_append(&r->records, &one, sizeof(one));
    base_bytes_append(&r->records, value.data, value.len);
    r->top = one.id;
    base_bytes_free(&value);
    base_bytes_free(&body);
}

/* Where the id of this order's ref is, or shall be. */
static room_id *ref_of(relay *r, const relay_order *order)
{
    size_t size;
    const char *key;
    char copy[sizeof(r->refs[0].key)] = "";
    unsigned at = 0;

    if (number(order, 4, 16) == 0) {
        return NULL;
    }
    key = relay_order_argument(order, 4, &size);
    assert_in_range(size, 1, sizeof(copy) - 1);
    memcpy(copy, key, size);
    while (at < r->ref_count && strcmp(r->refs[at].key, copy) != 0) {
        at++;
    }
    assert_in_range(at, 0, REFS - 1);
    if (at == r->ref_count) {
        memcpy(r->refs[r->ref_count++].key, copy, sizeof(copy));
    }
    return &r->refs[at].id;
}

static void store(relay *r, relay_order *order)
{
    room_id id = { (uint64_t)base_clock_wall(), 0 };
    room_id *ref = ref_of(r, order);
    bool repeated = ref && ref->ms > 0;
    char text[ROOM_ID_TEXT];

    if (id.ms <= r->top.ms) {
        id = (room_id){ r->top.ms, r->top.n + 1 };
    }
    id = repeated ? *ref : id;
    room_id_format(&id, text);
    if (!repeated) {
        add_record(r, order, text);
    }
    if (ref) {
        *ref = id;
    }
    relay_answer_add(&order->answer, repeated ? "REPEATED" : "OK",
                     repeated ? 8 : 2);
    relay_answer_add(&order->answer, text, strlen(text));
    relay_answer_add_number(&order->answer, 0);
    relay_answer_add_number(&order->answer, r->archives);
}

/* Also what the room's state is there: nothing but a topic. */
static void refuse(relay_order *order, const char *word)
{
    if (strcmp(word, "AWAY") == 0 || strcmp(word, "REFUSED") == 0) {
        order->status = word[0] == 'A' ? RELAY_AWAY : RELAY_REFUSED;
        return;
    }
    relay_answer_add(&order->answer, word, strlen(word));
    relay_answer_add(&order->answer, "0-0", 3);
    relay_answer_add_number(&order->answer, 1250);
    for (int i = 0; i < 3; i++) {
        relay_answer_add_number(&order->answer, 0);
    }
    relay_answer_add(&order->answer, "theirs", 6);
}

/* With the mutex. */
static void answer(relay *r, relay_order *order)
{
    size_t size;

    order->status = RELAY_OK;
    if (r->word_count > 0) {
        r->word_count--;
        refuse(order, r->word);
    }
    else if (order->script) {
        store(r, order);
    }
    else {
        r->heard.len = 0;
        for (unsigned i = 1; i < order->count; i++) {
            const char *part = relay_order_argument(order, i, &size);

            base_bytes_append_format(&r->heard, "%.*s ", (int)size, part);
        }
    }
    if (!r->hides) {
        come_by(r);
    }
    r->answered++;
}

static void *run(void *context)
{
    relay *r = context;

    lock(r);
    while (!r->ends) {
        relay_order *order = r->held ? NULL : r->first;

        if (!order) {
            pthread_cond_wait(&r->news, &r->mutex);
            continue;
        }
        r->first = order->next;
        if (!r->first) {
            r->last = &r->first;
        }
        answer(r, order);
        (order->done ? order->done : relay_order_free)(order);
    }
    unlock(r);
    return NULL;
}

void relay_send(relay *r, relay_order *order)
{
    lock(r);
    order->next = NULL;
    *r->last = order;
    r->last = &order->next;
    r->sent++;
    pthread_cond_broadcast(&r->news);
    unlock(r);
}

static void note_done(relay_order *order)
{
    *(bool *)order->context = true;
}

static void take_back(relay *r, relay_order *order)
{
    relay_order **at = &r->first;

    while (*at != order) {
        at = &(*at)->next;
    }
    *at = order->next;
    if (!*at) {
        r->last = at;
    }
    order->status = RELAY_AWAY;
}

void relay_ask(relay *r, relay_order *order, int64_t until_us)
{
    bool done = false;

    order->done = note_done;
    order->context = &done;
    relay_send(r, order);
    lock(r);
    while (!done && base_clock_mono() < until_us) {
        unlock(r);
        hub_stage_pause(INT64_MAX, "", "", 0);
        lock(r);
    }
    if (!done) {
        take_back(r, order);
    }
    unlock(r);
}

const relay_settings *relay_told(const relay *r)
{
    return &r->settings;
}

relay *relay_double_open(hub_stage *stage)
{
    relay *r = calloc(1, sizeof(*r));
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key, .relay = r };
    room_handle handle;

    assert_non_null(r);
    hub_stage_open_relayed(stage, r);
    r->store = stage->store;
    r->last = &r->first;
    r->top = (room_id){ 1, 0 };
    room.key_size = hub_stage_key(key, RELAY_DOUBLE_ROOM);
    room_relay_begin(stage->store, NULL);
    assert_int_equal(act_room_open(stage->store, &room, &stage->settings,
                                   &handle), ROOM_OK);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->news, NULL);
    assert_int_equal(pthread_create(&r->thread, NULL, run, r), 0);
    return r;
}

void relay_double_close(relay *r, hub_stage *stage)
{
    hub_stage_close(stage);
    lock(r);
    assert_null(r->first);
    r->ends = true;
    pthread_cond_broadcast(&r->news);
    unlock(r);
    pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->mutex);
    pthread_cond_destroy(&r->news);
    base_bytes_free(&r->records);
    base_bytes_free(&r->heard);
    free(r);
}

void relay_double_hold(relay *r, bool hold)
{
    lock(r);
    r->held = hold;
    pthread_cond_broadcast(&r->news);
    unlock(r);
}

void relay_double_hide(relay *r, bool hide)
{
    lock(r);
    r->hides = hide;
    if (!hide) {
        come_by(r);
    }
    unlock(r);
}

void relay_double_archive(relay *r, bool on)
{
    lock(r);
    r->archives = on;
    unlock(r);
}

void relay_double_keep(relay *r, bool refused)
{
    lock(r);
    /* First what is refused, then up to where all is written. */
    assert_int_equal(room_follow_kept(r->store, room_of(r), &r->top, refused),
                     ROOM_OK);
    assert_int_equal(room_follow_kept(r->store, room_of(r), &r->top, false),
                     ROOM_OK);
    unlock(r);
}

void relay_double_drop(relay *r, bool all)
{
    hidden first;

    lock(r);
    memcpy(&first, r->records.data, sizeof(first));
    r->records.len = all ? 0 : sizeof(first) + first.size;
    r->top = all ? first.before : first.id;
    unlock(r);
}

void relay_double_refuse(relay *r, const char *word, unsigned count)
{
    lock(r);
    r->word = word;
    r->word_count = count;
    unlock(r);
}

unsigned relay_double_sent(relay *r)
{
    return r->sent;
}

unsigned relay_double_answered(relay *r)
{
    return r->answered;
}

bool relay_double_heard(relay *r, const char *text)
{
    bool equal;

    lock(r);
    equal = r->heard.len == strlen(text)
            && memcmp(r->heard.data, text, r->heard.len) == 0;
    unlock(r);
    return equal;
}

relay *relay_double_begin(hub_stage *stage)
{
    relay *r = relay_double_open(stage);

    hub_stage_start(stage, 0);
    return r;
}
