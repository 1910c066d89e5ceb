/* room_address.c - connections by address; see room_address.h.
 *
 * A chain of each bucket leads through the entries, an entry for each address
 * and child. An entry whose count has fallen to 0 stays in its chain until
 * somebody with the same bucket needs one, or until all are swept: so leaving
 * is one subtraction and needs no lock. A count that is not 0 is the truth:
 * chains and the list of free entries can be made from them, which is both the
 * sweep and the repair after a death.
 */
#include "room/people/room_address.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"

/* How often a full table is swept: it costs a look at all of it. */
#define SWEEP_EVERY_US 1000000

/* 0 is what callers have when there is no address. */
static uint64_t never_zero(uint64_t hash)
{
    return hash != 0 ? hash : 1;
}

uint64_t room_address_key(const room_store *store, const char *site,
                          const base_address *address)
{
    unsigned char bytes[24];
    const base_hash_key *secret = room_store_secret(store);
    uint64_t whose = base_hash(secret, site, strlen(site));

    memcpy(bytes, &whose, sizeof(whose));
    base_address_network(address, bytes + sizeof(whose));
    return never_zero(base_hash(secret, bytes, sizeof(bytes)));
}

uint16_t room_address_tag(const room_store *store, const base_address *address)
{
    unsigned char bytes[16];

    base_address_network(address, bytes);
    return (uint16_t)base_hash(&store->hash_key, bytes, sizeof(bytes));
}

static uint32_t *bucket_of(const room_store *store, uint64_t key)
{
    return &store->address_buckets[key % store->geometry.addresses];
}

static uint32_t count_of(const room_address_count *entry)
{
    return atomic_load_explicit(&entry->count, memory_order_relaxed);
}

/* Makes chains and the free list anew. */
static void sweep(room_store *store)
{
    room_header *header = store->header;
    uint32_t most = store->geometry.addresses;

    for (uint32_t i = 0; i < most; i++) {
        store->address_buckets[i] = ROOM_NONE;
    }
    header->address_head = ROOM_NONE;
    if (header->address_fresh > most) {
        header->address_fresh = most;
    }
    ROOM_FAULT(130);
    /* An entry that counts goes into its chain, any other to the free ones. */
    for (uint32_t i = header->address_fresh; i-- > 0;) {
        room_address_count *entry = &store->addresses[i];
        uint32_t *link = count_of(entry) > 0 ? bucket_of(store, entry->key)
                                             : &header->address_head;

        entry->next = *link;
        *link = i;
    }
}

static bool enter(room_store *store)
{
    room_lock *lock = &store->header->addresses;
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        sweep(store);
        atomic_fetch_add(&store->header->repairs, 1);
        room_lock_mend(lock);
    }
    return taken != ROOM_LOCK_BUSY;
}

static void leave(room_store *store)
{
    room_lock_drop(&store->header->addresses);
}

/* What one walk through a bucket's chain finds. */
typedef struct {
    uint32_t all;  /* connections of the address */
    uint32_t own;  /* its entry of the slot, or ROOM_NONE */
    uint32_t idle; /* an entry that can be used anew, or ROOM_NONE */
} found;

/* Other hosts may tell any numbers. */
static uint32_t plus(uint32_t one, uint32_t other)
{
    return one <= UINT32_MAX - other ? one + other : UINT32_MAX;
}

static found search(const room_store *store, uint64_t key, uint32_t slot)
{
    found result = { .own = ROOM_NONE, .idle = ROOM_NONE };
    uint32_t most = store->geometry.addresses;
    uint32_t index = *bucket_of(store, key);

    for (uint32_t i = 0; i < most && index < most; i++) {
        const room_address_count *entry = &store->addresses[index];
        uint32_t count = count_of(entry);

        /* In our own chain already, so that it need not be linked anew. */
        if (count == 0) {
            result.idle = index;
        }
        else if (entry->key == key) {
            result.all = plus(result.all, count);
            result.own = entry->slot == slot ? index : result.own;
        }
        index = entry->next;
    }
    return result;
}

/* Takes an entry off the free ones, or a fresh one, and puts it into the chain;
 * it does not count yet. */
static uint32_t link_free(room_store *store, uint64_t key)
{
    room_header *header = store->header;
    uint32_t *bucket = bucket_of(store, key);
    uint32_t index = header->address_head;

    if (index < store->geometry.addresses) {
        header->address_head = store->addresses[index].next;
    }
    else if (header->address_fresh < store->geometry.addresses) {
        index = header->address_fresh++;
    }
    else {
        return ROOM_NONE;
    }
    ROOM_FAULT(131);
    store->addresses[index].next = *bucket;
    *bucket = index;
    ROOM_FAULT(132);
    return index;
}

/* Makes an entry for so many connections. */
static uint32_t add(room_store *store, uint64_t key, uint32_t slot,
                    uint32_t idle, uint32_t connections)
{
    room_header *header = store->header;
    int64_t now = base_clock_mono();
    uint32_t index = idle;

    if (index == ROOM_NONE) {
        index = link_free(store, key);
    }
    if (index == ROOM_NONE
        && (header->address_swept_us > now
            || now - header->address_swept_us >= SWEEP_EVERY_US)) {
        header->address_swept_us = now;
        sweep(store);
        index = link_free(store, key);
    }
    if (index != ROOM_NONE) {
        room_address_count *entry = &store->addresses[index];

        /* The count last: until then the entry is free to whoever sweeps. */
        entry->key = key;
        entry->slot = slot;
        ROOM_FAULT(133);
        atomic_store(&entry->count, connections);
        ROOM_FAULT(134);
    }
    return index;
}

room_status room_address_enter(room_store *store, uint64_t key, int slot,
                               uint32_t most, uint32_t *place)
{
    found seen;

    *place = ROOM_ADDRESS_NOWHERE;
    if (slot < 0 || (uint32_t)slot >= store->geometry.slots
        || !enter(store)) {
        return ROOM_BUSY;
    }
    seen = search(store, key, (uint32_t)slot);
    if (seen.all >= most) {
        leave(store);
        return ROOM_FULL;
    }
    if (seen.own != ROOM_NONE) {
        /* It may have fallen to 0 meanwhile, but nobody else can have taken
         * it: we have the lock. */
        atomic_fetch_add(&store->addresses[seen.own].count, 1);
        *place = seen.own;
    }
    else {
        *place = add(store, key, (uint32_t)slot, seen.idle, 1);
    }
    leave(store);
    return *place != ROOM_ADDRESS_NOWHERE ? ROOM_OK : ROOM_BUSY;
}

void room_address_leave(room_store *store, uint32_t place)
{
    _Atomic uint32_t *count;
    uint32_t before;

    if (place >= store->geometry.addresses) {
        return;
    }
    count = &store->addresses[place].count;
    before = atomic_load(count);
    /* It may be 0: a slot that was taken for dead was reaped meanwhile. */
    while (before > 0
           && !atomic_compare_exchange_weak(count, &before, before - 1)) {
        continue;
    }
}

uint32_t room_address_count_all(room_store *store, uint64_t key)
{
    uint32_t all = 0;

    if (enter(store)) {
        all = search(store, key, ROOM_NONE).all;
        leave(store);
    }
    return all;
}

/* By their addresses. */
static int compare(const void *one, const void *other)
{
    const room_address_sum *a = one;
    const room_address_sum *b = other;

    return (a->key > b->key) - (a->key < b->key);
}

/* Each address once, with all of its connections, if they are so many. */
static void sum_up(base_bytes *list, uint32_t least)
{
    room_address_sum *sums = (void *)list->data;
    size_t count = list->len / sizeof(*sums);
    size_t kept = 0;

    if (count > 0) {
        qsort(sums, count, sizeof(*sums), compare);
    }
    for (size_t i = 0; i < count;) {
        room_address_sum sum = sums[i++];

        while (i < count && sums[i].key == sum.key) {
            sum.count = plus(sum.count, sums[i++].count);
        }
        if (sum.count >= least) {
            sums[kept++] = sum;
        }
    }
    list->len = kept * sizeof(*sums);
}

bool room_address_list(room_store *store, uint32_t least, base_bytes *out)
{
    out->len = 0;
    if (!enter(store)) {
        return false;
    }
    for (uint32_t i = 0; i < store->geometry.addresses
                         && i < store->header->address_fresh; i++) {
        const room_address_count *entry = &store->addresses[i];
        room_address_sum sum = { entry->key, count_of(entry) };

        if (sum.count > 0 && entry->slot < store->geometry.slots) {
            base_bytes_append(out, &sum, sizeof(sum));
        }
    }
    leave(store);
    sum_up(out, least);
    return true;
}

room_status room_address_set(room_store *store, uint64_t key, int slot,
                             uint32_t count)
{
    found seen;
    uint32_t place = ROOM_ADDRESS_NOWHERE;

    if (!room_layout_holds(&store->geometry, slot) || !enter(store)) {
        return ROOM_BUSY;
    }
    seen = search(store, key, (uint32_t)slot);
    if (seen.own != ROOM_NONE) {
        place = seen.own;
        atomic_store(&store->addresses[place].count, count);
    }
    else if (count > 0) {
        place = add(store, key, (uint32_t)slot, seen.idle, count);
    }
    leave(store);
    return count == 0 || place != ROOM_ADDRESS_NOWHERE ? ROOM_OK : ROOM_FULL;
}

bool room_address_may_tell(room_store *store, int64_t now_us)
{
    return room_layout_may_tell(&store->header->address_told_us, now_us);
}

bool room_address_reap(room_store *store, uint32_t slot)
{
    if (!enter(store)) {
        return false;
    }
    for (uint32_t i = 0; i < store->geometry.addresses
                         && i < store->header->address_fresh; i++) {
        if (store->addresses[i].slot == slot
            && count_of(&store->addresses[i]) > 0) {
            atomic_store(&store->addresses[i].count, 0);
            ROOM_FAULT(135);
        }
    }
    leave(store);
    return true;
}
