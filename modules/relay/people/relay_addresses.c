/* relay_addresses.c - connections by address, over hosts; see
 * relay_addresses.h. */
#include "relay/people/relay_addresses.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base_check.h"
#include "relay/people/relay_host.h"
#include "relay/people/relay_packed.h"
#include "room/people/room_address.h"
#include "room/relay/room_reader.h"

/* Lists of room_address_sum. */
struct relay_addresses {
    relay_bus *bus;
    struct {
        base_bytes list;
        int64_t heard_us;
    } hosts[RELAY_HOST_MOST];
    base_bytes sums;  /* what the segment has, by their keys */
    bool changed;     /* that is not what was heard any more */
    bool told;        /* the others have something of ours */
    int64_t tell_us;
};

relay_addresses *relay_addresses_create(relay_bus *bus)
{
    relay_addresses *it = calloc(1, sizeof(*it));

    BASE_CHECK(it != NULL);
    it->bus = bus;
    return it;
}

static void forget(relay_addresses *it)
{
    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        base_bytes_free(&it->hosts[i].list);
    }
}

void relay_addresses_destroy(relay_addresses *it)
{
    forget(it);
    base_bytes_free(&it->sums);
    free(it);
}

/* ---------------------------------------------------------------- hearing */

static bool read_one(relay_line word, room_address_sum *sum)
{
    relay_line key = relay_line_take(&word, ':');
    int64_t count = relay_line_number(word);

    sum->count = (uint32_t)count;
    return count > 0 && count <= UINT32_MAX
           && relay_packed_hex(key.text, key.size, &sum->key);
}

static bool read_all(relay_line told, base_bytes *out)
{
    room_address_sum sum;

    for (size_t i = 0; told.size > 0; i++) {
        if (i == RELAY_ADDRESSES_MOST
            || !read_one(relay_line_take(&told, ' '), &sum)) {
            return false;
        }
        base_bytes_append(out, &sum, sizeof(sum));
    }
    return true;
}

void relay_addresses_hear(relay_addresses *it, int host, relay_line told,
                          int64_t now_us)
{
    base_bytes list = BASE_BYTES_INIT;

    if (host < 0 || host >= RELAY_HOST_MOST || !read_all(told, &list)) {
        base_bytes_free(&list);
        return;
    }
    base_bytes_free(&it->hosts[host].list);
    it->hosts[host].list = list;
    it->hosts[host].heard_us = now_us;
    it->changed = true;
}

/* ---------------------------------------------------- into the segment */

static int by_key(const void *one, const void *other)
{
    const room_address_sum *a = one;
    const room_address_sum *b = other;

    return (a->key > b->key) - (a->key < b->key);
}

/* What all hosts have told, by the keys; one may be there several times. */
static base_bytes gather(const relay_addresses *it)
{
    base_bytes all = BASE_BYTES_INIT;

    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        base_bytes_append(&all, it->hosts[i].list.data,
                          it->hosts[i].list.len);
    }
    if (all.len > 0) {
        qsort(all.data, all.len / sizeof(room_address_sum),
              sizeof(room_address_sum), by_key);
    }
    return all;
}

/* Takes one address from the front of a list; it has 0 connections when it is
 * not the next one there. */
static uint32_t take(const base_bytes *list, size_t *at, uint64_t key)
{
    const room_address_sum *sums = (const void *)list->data;
    uint64_t count = 0;

    while (*at < list->len / sizeof(*sums) && sums[*at].key == key) {
        count += sums[(*at)++].count;
    }
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* The key that comes next in the list, if it is smaller. */
static bool lower_key(const base_bytes *list, size_t at, bool any,
                      uint64_t *key)
{
    const room_address_sum *sums = (const void *)list->data;

    if (at < list->len / sizeof(*sums) && (!any || sums[at].key < *key)) {
        *key = sums[at].key;
        any = true;
    }
    return any;
}

/* Each address whose sum is another one now. A lock that is not to be had is
 * tried once: the rest comes next time. */
static void apply(relay_addresses *it)
{
    int slot = room_reader_slot(it->bus->store);
    base_bytes heard = gather(it);
    base_bytes sums = BASE_BYTES_INIT;
    size_t at = 0;
    size_t old_at = 0;
    room_address_sum sum;

    it->changed = false;
    while (lower_key(&it->sums, old_at, lower_key(&heard, at, false, &sum.key),
                     &sum.key)) {
        uint32_t was = take(&it->sums, &old_at, sum.key);

        sum.count = take(&heard, &at, sum.key);
        if (sum.count != was) {
            it->changed = it->changed
                          || room_address_set(it->bus->store, sum.key, slot,
                                              sum.count)
                                 == ROOM_BUSY;
            sum.count = it->changed ? was : sum.count;
        }
        if (sum.count > 0) {
            base_bytes_append(&sums, &sum, sizeof(sum));
        }
    }
    base_bytes_free(&heard);
    base_bytes_free(&it->sums);
    it->sums = sums;
}

void relay_addresses_away(relay_addresses *it)
{
    forget(it);
    apply(it);
    it->told = false;
}

/* ---------------------------------------------------------------- telling */

static int by_count(const void *one, const void *other)
{
    const room_address_sum *a = one;
    const room_address_sum *b = other;

    return (a->count < b->count) - (a->count > b->count);
}

static void publish(const relay_addresses *it, const room_address_sum *sums,
                    size_t count)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes text = BASE_BYTES_INIT;

    relay_order_add_text(order, "PUBLISH");
    relay_bus_key(it->bus->settings, RELAY_BUS_HOSTS, &text);
    relay_order_add(order, text.data, text.len);
    text.len = 0;
    base_bytes_append_format(&text, "C %s", it->bus->host);
    for (size_t i = 0; i < count; i++) {
        base_bytes_append_format(&text, " %016" PRIx64 ":%" PRIu32,
                                 sums[i].key, sums[i].count);
    }
    relay_order_add(order, text.data, text.len);
    base_bytes_free(&text);
    relay_bus_send(it->bus, order);
}

static void tell(relay_addresses *it)
{
    base_bytes list = BASE_BYTES_INIT;
    room_address_sum *sums;
    size_t count;

    if (!room_address_list(it->bus->store, RELAY_ADDRESSES_LEAST, &list)) {
        return;
    }
    sums = (void *)list.data;
    count = list.len / sizeof(*sums);
    if (count > RELAY_ADDRESSES_MOST) {
        qsort(sums, count, sizeof(*sums), by_count);
        count = RELAY_ADDRESSES_MOST;
    }
    if (count > 0 || it->told) {
        publish(it, sums, count);
    }
    it->told = count > 0;
    base_bytes_free(&list);
}

void relay_addresses_tick(relay_addresses *it, bool alone, int64_t now_us)
{
    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        if (it->hosts[i].list.len > 0
            && now_us - it->hosts[i].heard_us > RELAY_ADDRESSES_LEASE_US) {
            base_bytes_free(&it->hosts[i].list);
            it->changed = true;
        }
    }
    if (it->changed) {
        apply(it);
    }
    if (!alone && now_us >= it->tell_us) {
        it->tell_us = now_us + RELAY_ADDRESSES_TELL_US;
        tell(it);
    }
}
