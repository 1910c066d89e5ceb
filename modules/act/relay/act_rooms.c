/* act_rooms.c - see act_rooms.h. */
#include "act/relay/act_rooms.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "relay/people/relay_sanction.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay.h"
#include "relay/relay_frame.h"
#include "relay/relay_script.h"

#define FRESH_US INT64_C(2000000)
#define PAUSE_US INT64_C(500000) /* whoever asks for whatever */
#define ASK_US INT64_C(1000000)  /* for all of it */
#define LISTS 3                  /* of three periods */
#define PIECE 100
#define PIECES_MOST 10

/* Of so many prefixes it is known. */
#define PREFIXES 8

/* What is known of one. */
typedef struct {
    char prefix[ACT_KEY_MOST];
    size_t prefix_size;
    int64_t asked_us; /* 0: never */
    base_bytes rows;  /* act_rooms_row, whose keys are in `keys` */
    base_bytes keys;
    bool more;
} known;

static known list[PREFIXES];
static bool busy;      /* somebody asks just now, */
static int64_t began;  /* who has begun then */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------- asking */

typedef struct {
    const act_room_key *prefix;
    uint64_t realm;
    known *into;
    int64_t until_us;
    unsigned pieces;
    bool failed;
    base_bytes last; /* the key up to which this list was looked at */
} asking;

static void add_name(relay_order *order, const asking *it, const char *name)
{
    base_bytes text = BASE_BYTES_INIT;

    relay_bus_key(relay_told(it->prefix->relay), name, &text);
    relay_order_add(order, text.data, text.len);
    base_bytes_free(&text);
}

static void add_limit(relay_order *order, const char *sign, const void *text,
                      size_t size, const char *end)
{
    base_bytes limit = BASE_BYTES_INIT;

    base_bytes_append_text(&limit, sign);
    base_bytes_append(&limit, text, size);
    base_bytes_append_text(&limit, end);
    relay_order_add(order, limit.data, limit.len);
    base_bytes_free(&limit);
}

static relay_order *make_order(const asking *it, int number)
{
    relay_order *order = relay_order_create(
        relay_script_get(RELAY_SCRIPT_ROOMS), NULL, NULL);

    for (int i = number; i >= 0; i--) {
        base_bytes key = BASE_BYTES_INIT;

        relay_sanction_realm(relay_told(it->prefix->relay), it->realm,
                             i - LISTS / 2, &key);
        relay_order_key(order, key.data, key.len);
        base_bytes_free(&key);
    }
    if (it->last.len > 0) {
        add_limit(order, "(", it->last.data, it->last.len, "");
    }
    else {
        add_limit(order, "(", it->prefix->key, it->prefix->key_size, "");
    }
    /* No key has this byte. */
    add_limit(order, "(", it->prefix->key, it->prefix->key_size, "\xff");
    relay_order_add_number(order, PIECE);
    add_name(order, it, "");
    return order;
}

static void take(asking *it, const relay_answer *answer)
{
    known *into = it->into;

    for (size_t i = 1; i + 2 < relay_answer_count(answer); i += 3) {
        int64_t members = relay_answer_number(answer, i + 1);
        act_rooms_row row = { .members = members > 0 && members < UINT32_MAX
                                             ? (uint32_t)members : 0 };
        const char *key = relay_answer_text(answer, i, &row.key_size);

        if (row.key_size <= ACT_KEY_MOST
            && relay_frame_read_id(answer, i + 2, &row.last)) {
            base_bytes_append(&into->keys, key, row.key_size);
            base_bytes_append(&into->rows, &row, sizeof(row));
        }
    }
}

/* One piece of one of the lists. False: there is no more of it. */
static bool ask(asking *it, int number)
{
    relay_order *order = make_order(it, number);
    const char *last;
    size_t size = 0;

    relay_ask(it->prefix->relay, order, it->until_us);
    if (order->status == RELAY_OK) {
        take(it, &order->answer);
        last = relay_answer_text(&order->answer, 0, &size);
        it->last.len = 0;
        base_bytes_append(&it->last, last, size);
    }
    else {
        it->failed = true;
    }
    relay_order_free(order);
    return size > 0;
}

static int by_key(const void *left, const void *right)
{
    const act_rooms_row *a = left;
    const act_rooms_row *b = right;
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order = memcmp(a->key, b->key, size);

    return order ? order : (a->key_size > b->key_size)
                               - (a->key_size < b->key_size);
}

/* The keys do not move any more. */
static void sort(known *into)
{
    act_rooms_row *rows = (void *)into->rows.data;
    size_t count = into->rows.len / sizeof(*rows);
    const char *key = (const char *)into->keys.data;

    for (size_t i = 0; i < count; i++) {
        rows[i].key = key;
        key += rows[i].key_size;
    }
    if (count > 0) {
        qsort(rows, count, sizeof(*rows), by_key);
    }
}

static void ask_all(const act_room_key *prefix, uint64_t realm, known *into)
{
    asking it = { .prefix = prefix, .realm = realm, .into = into,
                  .until_us = base_clock_mono() + ASK_US };

    for (int number = 0; number < LISTS && !into->more && !it.failed;
         number++) {
        it.last.len = 0;
        while (ask(&it, number) && !into->more) {
            into->more = ++it.pieces >= PIECES_MOST;
        }
    }
    sort(into);
    into->asked_us = base_clock_mono();
    base_bytes_free(&it.last);
}

/* ------------------------------------------------------------------- known */

static bool is_of(const known *one, const act_room_key *prefix)
{
    return one->asked_us != 0 && one->prefix_size == prefix->key_size
           && memcmp(one->prefix, prefix->key, prefix->key_size) == 0;
}

/* NULL: nothing is known of it. */
static known *find(const act_room_key *prefix)
{
    for (size_t i = 0; i < PREFIXES; i++) {
        if (is_of(&list[i], prefix)) {
            return &list[i];
        }
    }
    return NULL;
}

static bool is_fresh(const known *one)
{
    return one && base_clock_mono() - one->asked_us <= FRESH_US;
}

/* With the lock. True: it is to be asked now, by who has called this. */
static bool begin(const known *one)
{
    int64_t now = base_clock_mono();

    if (is_fresh(one) || busy || now - began < PAUSE_US) {
        return false;
    }
    busy = true;
    began = now;
    return true;
}

/* In the place of what was known of the prefix, or of the one that is oldest;
 * names that nobody has heard of push none out. */
static void keep(const act_room_key *prefix, const known *answer)
{
    known *place = find(prefix);

    busy = false;
    if (!place && answer->rows.len == 0) {
        return;
    }
    if (!place) {
        place = &list[0];
        for (size_t i = 1; i < PREFIXES; i++) {
            place = list[i].asked_us < place->asked_us ? &list[i] : place;
        }
    }
    base_bytes_free(&place->rows);
    base_bytes_free(&place->keys);
    *place = *answer;
    memcpy(place->prefix, prefix->key, prefix->key_size);
    place->prefix_size = prefix->key_size;
}

bool act_rooms_each(const act_room_key *prefix, const act_settings *settings,
                    void (*visit)(void *context, const act_rooms_row *row),
                    void *context)
{
    known answer = { .prefix_size = 0 };
    const act_rooms_row *rows;
    const known *one;
    bool more;
    bool asks;

    if (!prefix->relay || prefix->key_size > ACT_KEY_MOST) {
        return false;
    }
    pthread_mutex_lock(&lock);
    asks = begin(find(prefix));
    pthread_mutex_unlock(&lock);
    if (asks) {
        ask_all(prefix, act_room_realm(prefix, settings), &answer);
    }
    pthread_mutex_lock(&lock);
    if (asks) {
        keep(prefix, &answer);
    }
    one = find(prefix);
    rows = one ? (const void *)one->rows.data : NULL;
    for (size_t i = 0; one && i < one->rows.len / sizeof(*rows); i++) {
        visit(context, &rows[i]);
    }
    more = one ? one->more : !asks;
    pthread_mutex_unlock(&lock);
    return more;
}

bool act_rooms_has(const act_room_key *prefix, const char *key,
                   size_t key_size)
{
    act_rooms_row wanted = { .key = key, .key_size = key_size };
    const known *one;
    bool has;

    pthread_mutex_lock(&lock);
    one = find(prefix);
    has = one && one->rows.len > 0
          && bsearch(&wanted, one->rows.data,
                     one->rows.len / sizeof(wanted), sizeof(wanted), by_key)
                 != NULL;
    pthread_mutex_unlock(&lock);
    return has;
}
