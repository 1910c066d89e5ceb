/* relay_agree.c - the same sanctions here and in Redis; see relay_agree.h. */
#include "relay/people/relay_agree.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "relay/people/relay_line.h"
#include "relay/people/relay_notice.h"
#include "relay/people/relay_packed.h"
#include "relay/people/relay_sanction.h"
#include "room/segment/room_slot.h"
#include "room/set/room_notice.h"

/* So much later than what Redis has, it is another one: clocks and ways of
 * messages differ a little. */
#define NEWER_US INT64_C(2000000)

/* In one order. */
#define OFFERS_MOST 100

/* Of what Redis has so many are looked at: more than any segment keeps. */
#define READ_MOST 20000

/* One sanction: which, and since when. */
typedef struct {
    uint64_t realm;
    uint64_t user;
    unsigned kind; /* room_sanction_kind; PARDON */
    int64_t made_us;
} entry;

#define PARDON 9u

/* What was offered, for when it comes back. */
typedef struct {
    relay_bus *bus;
    size_t count;
    entry list[OFFERS_MOST];
} offer;

static int by_key(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;

    if (a->realm != b->realm) {
        return a->realm < b->realm ? -1 : 1;
    }
    if (a->user != b->user) {
        return a->user < b->user ? -1 : 1;
    }
    return (a->kind > b->kind) - (a->kind < b->kind);
}

static const entry *find(const base_bytes *known, const room_sanction *what,
                         unsigned kind)
{
    entry key = { what->realm, what->user.user, kind, 0 };

    return known->len > 0 ? bsearch(&key, known->data,
                                    known->len / sizeof(entry), sizeof(entry),
                                    by_key)
                          : NULL;
}

/* ------------------------------------------------- what was not accepted */

static void end(room_store *store, const entry *one)
{
    (void)room_sanction_end(store, one->realm, one->user, 1u << one->kind,
                            NULL);
}

static void offered(relay_order *order)
{
    offer *it = order->context;

    for (size_t i = 0; i < it->count && order->status == RELAY_OK; i++) {
        if (relay_sanction_kept(order, i) == RELAY_SANCTION_ENDED) {
            end(it->bus->store, &it->list[i]);
        }
    }
    free(it);
    relay_order_free(order);
}

/* ------------------------------------------------- what only this host has */

typedef struct {
    relay_bus *bus;
    const base_bytes *known;
    base_bytes ours;
    int64_t now_us;
} agreement;

/* Under the lock. */
static bool copy(void *context, const room_sanction *what)
{
    if (what->kind < ROOM_SANCTION_KICK) {
        base_bytes_append(context, what, sizeof(*what));
    }
    return true;
}

static const room_sanction *ours_at(const agreement *it, size_t index)
{
    return (const room_sanction *)(const void *)it->ours.data + index;
}

static size_t ours_count(const agreement *it)
{
    return it->ours.len / sizeof(room_sanction);
}

static bool is_pardoned(const agreement *it, const room_sanction *what)
{
    const entry *pardon = find(it->known, what, PARDON);

    return pardon && pardon->made_us > what->made_us;
}

static bool is_only_here(const agreement *it, const room_sanction *what)
{
    const entry *there = find(it->known, what, what->kind);

    return !is_pardoned(it, what)
           && (!there || what->made_us - there->made_us > NEWER_US);
}

static void end_pardoned(const agreement *it)
{
    for (size_t i = 0; i < ours_count(it); i++) {
        const room_sanction *what = ours_at(it, i);
        entry one = { what->realm, what->user.user, what->kind, 0 };

        if (is_pardoned(it, what)) {
            end(it->bus->store, &one);
        }
    }
}

static int64_t seconds_of(const room_sanction *what, int64_t now_us)
{
    return what->until_us == ROOM_SANCTION_FOREVER
               ? 0 : (what->until_us - now_us) / 1000000 + 1;
}

/* Of what stands from `*at` on. */
static relay_order *make_offer(const agreement *it, size_t *at)
{
    relay_sanction_from from = { it->bus->settings, it->bus->host };
    offer *list = calloc(1, sizeof(*list));
    relay_order *order;

    BASE_CHECK(list != NULL);
    list->bus = it->bus;
    order = relay_sanction_keep(&from, offered, list);
    for (; *at < ours_count(it) && list->count < OFFERS_MOST; ++*at) {
        const room_sanction *what = ours_at(it, *at);
        room_notice notice = { .kind = ROOM_NOTICE_SANCTION, .what = *what,
                               .rest_s = seconds_of(what, it->now_us) };

        if (is_only_here(it, what)) {
            list->list[list->count++] = (entry){ what->realm, what->user.user,
                                                 what->kind, 0 };
            relay_sanction_add(order, &notice, it->now_us);
        }
    }
    return order;
}

static int bans_first(const void *left, const void *right)
{
    const room_sanction *a = left;
    const room_sanction *b = right;

    return (a->kind > b->kind) - (a->kind < b->kind);
}

static void offer_ours(agreement *it)
{
    size_t at = 0;

    if (it->ours.len > 0) {
        qsort(it->ours.data, ours_count(it), sizeof(room_sanction),
              bans_first);
    }
    while (at < ours_count(it)) {
        relay_order *order = make_offer(it, &at);
        offer *list = order->context;

        if (list->count > 0) {
            relay_bus_send(it->bus, order);
        }
        else {
            free(list);
            relay_order_free(order);
        }
    }
}

/* ------------------------------------------------------ what Redis has */

static void note(base_bytes *known, const room_sanction *what, unsigned kind)
{
    entry one = { what->realm, what->user.user, kind, what->made_us };

    base_bytes_append(known, &one, sizeof(one));
}

/* "REALM/USER/pardon". */
static bool read_pardon(relay_line field, room_sanction *out)
{
    relay_line realm = relay_line_take(&field, '/');
    relay_line user = relay_line_take(&field, '/');

    return field.size == 6 && memcmp(field.text, "pardon", 6) == 0
           && relay_packed_hex(realm.text, realm.size, &out->realm)
           && relay_packed_hex(user.text, user.size, &out->user.user);
}

/* One field; what holds is kept in `held`. */
static void take(relay_line field, relay_line value, int64_t now_ms,
                 int64_t now_us, base_bytes *known, base_bytes *held)
{
    room_notice notice;
    room_sanction pardoned;
    int64_t made;

    if (read_pardon(field, &pardoned)) {
        made = relay_line_number(value);
        pardoned.made_us = now_us - (now_ms - made) * 1000;
        if (made >= 0) {
            note(known, &pardoned, PARDON);
        }
    }
    else if (relay_notice_read(value.text, value.size, now_ms, now_us, &notice)
             && notice.what.kind < ROOM_SANCTION_KICK) {
        note(known, &notice.what, notice.what.kind);
        base_bytes_append(held, &notice.what, sizeof(notice.what));
    }
}

static relay_line item(const relay_answer *answer, size_t index)
{
    relay_line out;

    out.text = relay_answer_text(answer, index, &out.size);
    return out;
}

/* Unless this host has a newer one, which is offered. */
static void keep(const agreement *it, const base_bytes *held)
{
    const room_sanction *list = (const void *)held->data;
    room_sanction here;

    for (size_t i = 0; i < held->len / sizeof(list[0]); i++) {
        if (room_sanction_read(it->bus->store,
                               (room_sanction_kind)list[i].kind, list[i].scope,
                               list[i].whom, it->now_us, &here) != ROOM_OK
            || here.made_us - list[i].made_us <= NEWER_US) {
            (void)room_sanction_put(it->bus->store, &list[i], it->now_us,
                                    NULL);
        }
    }
}

typedef struct {
    relay_bus *bus;
    bool *failed;
} question;

static void came(relay_order *order)
{
    question *asked = order->context;
    const relay_answer *answer = &order->answer;
    base_bytes known = BASE_BYTES_INIT;
    base_bytes held = BASE_BYTES_INIT;
    agreement it = { asked->bus, &known, BASE_BYTES_INIT,
                     base_clock_mono() };
    int64_t now_ms = relay_answer_number(answer, 0);

    *asked->failed = order->status != RELAY_OK || now_ms <= 0;
    if (!*asked->failed) {
        for (size_t i = 1; i + 1 < relay_answer_count(answer)
                           && i < (size_t)2 * READ_MOST; i += 2) {
            take(item(answer, i), item(answer, i + 1), now_ms, it.now_us,
                 &known, &held);
        }
        if (known.len > 0) {
            qsort(known.data, known.len / sizeof(entry), sizeof(entry),
                  by_key);
        }
        if (room_sanction_all(it.bus->store, it.now_us, copy, &it.ours)
            == ROOM_OK) {
            end_pardoned(&it);
            offer_ours(&it);
        }
        keep(&it, &held);
        room_slot_call(it.bus->store);
    }
    base_bytes_free(&it.ours);
    base_bytes_free(&known);
    base_bytes_free(&held);
    free(asked);
    relay_order_free(order);
}

void relay_agree(relay_bus *bus, bool *failed)
{
    relay_sanction_from from = { bus->settings, bus->host };
    question *asked = calloc(1, sizeof(*asked));

    BASE_CHECK(asked != NULL);
    *asked = (question){ bus, failed };
    relay_bus_send(bus, relay_sanction_all(&from, came, asked));
}
