/* room_sanction.c - who may not speak or enter; see room_sanction.h.
 *
 * Chains by hash lead through the entries. Writers have the lock and make the
 * header's `sanction_version` odd while they change something; readers have
 * none, and look again when it was odd or has changed. An entry counts from
 * when its key is written, last, until that is 0: repairs need the keys only.
 */
#include "room/set/room_sanction.h"

#include <string.h>

#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"

/* Looks without the lock before it is taken. */
#define TRIES 8

/* Realms are told apart by so many bits of their hash when somebody has to give
 * way. */
#define SHARES 256u

/* When a look for those that have ended could not be done. */
#define EXPIRE_EVERY_US 1000000

static uint64_t key_of(const room_store *store, room_sanction_kind kind,
                       uint64_t scope, uint64_t whom)
{
    uint64_t parts[] = { (uint64_t)kind, scope, whom };
    uint64_t key = base_hash(&store->hash_key, parts, sizeof(parts));

    return key != 0 ? key : 1;
}

static _Atomic uint32_t *bucket_of(const room_store *store, uint64_t key)
{
    return &store->sanction_buckets[key % store->geometry.sanctions];
}

static uint64_t key_at(const room_store *store, uint32_t index)
{
    return atomic_load_explicit(&store->sanctions[index].key,
                                memory_order_relaxed);
}

/* Only a reader needs order, which the version gives it. */
static uint32_t follow(const _Atomic uint32_t *link)
{
    return atomic_load_explicit(link, memory_order_relaxed);
}

/* The newest entry with this key, or ROOM_NONE. */
static uint32_t find(const room_store *store, uint64_t key)
{
    uint32_t most = store->geometry.sanctions;
    uint32_t index = follow(bucket_of(store, key));

    for (uint32_t i = 0; i < most && index < most; i++) {
        if (key_at(store, index) == key) {
            return index;
        }
        index = follow(&store->sanctions[index].next);
    }
    return ROOM_NONE;
}

static bool counts(const room_store *store, uint32_t index, int64_t now_us)
{
    return key_at(store, index) != 0
           && atomic_load_explicit(&store->sanctions[index].until_us,
                                   memory_order_relaxed) > now_us;
}

/* Readers look again from here on. */
static void open_change(room_store *store)
{
    atomic_fetch_or(&store->header->sanction_version, 1);
    atomic_thread_fence(memory_order_seq_cst);
}

static void close_change(room_store *store)
{
    /* Odd becomes the next even one. */
    atomic_fetch_add(&store->header->sanction_version, 1);
    room_slot_call_writer(store);
}

/* Takes an entry out; the change is open. */
static void drop(room_store *store, uint32_t index)
{
    uint32_t most = store->geometry.sanctions;
    _Atomic uint32_t *link = bucket_of(store, key_at(store, index));

    for (uint32_t i = 0; i < most && follow(link) < most; i++) {
        if (follow(link) == index) {
            atomic_store(link, follow(&store->sanctions[index].next));
            break;
        }
        link = &store->sanctions[follow(link)].next;
    }
    ROOM_FAULT(141);
    atomic_store(&store->sanctions[index].key, 0);
    atomic_fetch_sub(&store->header->sanction_count, 1);
    ROOM_FAULT(142);
    /* Who it was, and why, is nobody's business any more. */
    memset(&store->sanctions[index].what, 0,
           sizeof(store->sanctions[index].what));
}

static void link_in(room_store *store, uint32_t index, uint64_t key)
{
    _Atomic uint32_t *bucket = bucket_of(store, key);

    atomic_store(&store->sanctions[index].next, follow(bucket));
    atomic_store(bucket, index);
    atomic_fetch_add(&store->header->sanction_count, 1);
}

/* Makes chains and count anew; of two with one key the newer stays. */
static void repair(room_store *store)
{
    uint32_t most = store->geometry.sanctions;

    open_change(store);
    atomic_store(&store->header->sanction_count, 0);
    for (uint32_t i = 0; i < most; i++) {
        atomic_store(&store->sanction_buckets[i], ROOM_NONE);
    }
    ROOM_FAULT(140);
    for (uint32_t i = 0; i < most; i++) {
        uint64_t key = key_at(store, i);
        uint32_t other = key != 0 ? find(store, key) : ROOM_NONE;

        if (key == 0) {
            continue;
        }
        link_in(store, i, key);
        if (other != ROOM_NONE) {
            drop(store, store->sanctions[other].what.made_us
                                > store->sanctions[i].what.made_us
                            ? i : other);
        }
    }
    /* When the next one ends was perhaps not noted. */
    atomic_store(&store->header->sanction_soonest_us, 0);
    close_change(store);
}

static bool enter(room_store *store)
{
    room_lock *lock = &store->header->sanctions;
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        repair(store);
        /* Whoever died may have made one and told nobody. */
        atomic_fetch_add(&store->header->sanction_news, 1);
        atomic_fetch_add(&store->header->repairs, 1);
        room_lock_mend(lock);
    }
    return taken != ROOM_LOCK_BUSY;
}

static void leave(room_store *store)
{
    room_lock_drop(&store->header->sanctions);
}

/* Drops all that have ended, and notes when the next one does. */
static void sweep(room_store *store, int64_t now_us)
{
    int64_t soonest = ROOM_SANCTION_FOREVER;

    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        int64_t until = atomic_load(&store->sanctions[i].until_us);

        if (key_at(store, i) == 0) {
            continue;
        }
        if (until <= now_us) {
            drop(store, i);
        }
        else if (until < soonest) {
            soonest = until;
        }
    }
    atomic_store(&store->header->sanction_soonest_us, soonest);
}

static unsigned share_of(uint64_t realm)
{
    return (unsigned)(realm % SHARES);
}

/* In a full table: the soonest end of the realm that has most. The newcomer
 * counts too, so that who has as much as anybody gives up its own. */
static uint32_t choose(const room_store *store, uint64_t realm)
{
    uint32_t shares[SHARES] = { 0 };
    uint32_t best = 0;
    unsigned most = share_of(realm);

    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        shares[share_of(store->sanctions[i].what.realm)]++;
    }
    shares[most]++;
    for (unsigned i = 0; i < SHARES; i++) {
        most = shares[i] > shares[most] ? i : most;
    }
    best = ROOM_NONE;
    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        const room_sanction *what = &store->sanctions[i].what;
        const room_sanction *than =
            best != ROOM_NONE ? &store->sanctions[best].what : NULL;

        if (share_of(what->realm) == most
            && (!than || what->until_us < than->until_us
                || (what->until_us == than->until_us
                    && what->made_us < than->made_us))) {
            best = i;
        }
    }
    return best;
}

static uint32_t find_free(const room_store *store)
{
    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        if (key_at(store, i) == 0) {
            return i;
        }
    }
    return ROOM_NONE;
}

/* A place for one more of the realm; the change is open. */
static uint32_t make_place(room_store *store, uint64_t realm, int64_t now_us,
                           room_sanction *gone)
{
    uint32_t index = find_free(store);

    if (index == ROOM_NONE) {
        sweep(store, now_us);
        index = find_free(store);
    }
    if (index == ROOM_NONE) {
        index = choose(store, realm);
        if (index == ROOM_NONE) {
            index = 0; /* only in a damaged segment */
        }
        if (gone) {
            *gone = store->sanctions[index].what;
        }
        drop(store, index);
    }
    return index;
}

/* The key last: until then the entry is free to a repair. */
static void fill(room_store *store, uint32_t index, uint64_t key,
                 const room_sanction *what)
{
    room_sanction_entry *entry = &store->sanctions[index];

    if (what->until_us < atomic_load(&store->header->sanction_soonest_us)) {
        atomic_store(&store->header->sanction_soonest_us, what->until_us);
    }
    entry->what = *what;
    atomic_store(&entry->until_us, what->until_us);
    ROOM_FAULT(143);
    atomic_store(&entry->key, key);
    ROOM_FAULT(144);
    link_in(store, index, key);
    ROOM_FAULT(145);
}

room_status room_sanction_put(room_store *store, const room_sanction *what,
                              int64_t now_us, room_sanction *gone)
{
    uint64_t key = key_of(store, (room_sanction_kind)what->kind, what->scope,
                          what->whom);
    uint32_t before;
    uint32_t index;

    if (gone) {
        gone->until_us = 0;
    }
    if (room_store_closed(store)) {
        return ROOM_MOVED;
    }
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    open_change(store);
    before = find(store, key);
    /* The old one stays until the new one is there, unless it is what gives
     * way: whoever is killed in between leaves one of the two. */
    if (before != ROOM_NONE && find_free(store) == ROOM_NONE) {
        drop(store, before);
        before = ROOM_NONE;
    }
    index = make_place(store, what->realm, now_us, gone);
    fill(store, index, key, what);
    if (before != ROOM_NONE) {
        drop(store, before);
    }
    close_change(store);
    atomic_fetch_add(&store->header->sanction_news, 1);
    leave(store);
    return ROOM_OK;
}

bool room_sanction_any(const room_store *store)
{
    return atomic_load_explicit(&store->header->sanction_count,
                                memory_order_relaxed) != 0;
}

int64_t room_sanction_until(room_store *store, room_sanction_kind kind,
                            uint64_t scope, uint64_t whom, int64_t now_us)
{
    const room_header *header = store->header;
    int64_t until = 0;
    uint64_t key;
    uint32_t version;
    uint32_t index;

    if (!room_sanction_any(store)) {
        return 0;
    }
    key = key_of(store, kind, scope, whom);
    for (int i = 0; i < TRIES; i++) {
        version = atomic_load_explicit(&header->sanction_version,
                                       memory_order_acquire);
        index = find(store, key);
        until = index != ROOM_NONE
                    ? atomic_load_explicit(&store->sanctions[index].until_us,
                                           memory_order_relaxed)
                    : 0;
        atomic_thread_fence(memory_order_acquire);
        if ((version & 1) == 0
            && atomic_load_explicit(&header->sanction_version,
                                    memory_order_relaxed) == version) {
            return until > now_us ? until : 0;
        }
    }
    /* Somebody is at it, or died in it. If the lock is not to be had the last
     * look has to do. */
    if (enter(store)) {
        index = find(store, key);
        until = index != ROOM_NONE
                    ? atomic_load(&store->sanctions[index].until_us) : 0;
        leave(store);
    }
    return until > now_us ? until : 0;
}

room_status room_sanction_read(room_store *store, room_sanction_kind kind,
                               uint64_t scope, uint64_t whom, int64_t now_us,
                               room_sanction *out)
{
    uint32_t index;
    bool there;

    if (!enter(store)) {
        return ROOM_BUSY;
    }
    index = find(store, key_of(store, kind, scope, whom));
    there = index != ROOM_NONE && counts(store, index, now_us);
    if (there) {
        *out = store->sanctions[index].what;
    }
    leave(store);
    return there ? ROOM_OK : ROOM_ABSENT;
}

room_status room_sanction_of(room_store *store, room_sanction_kind kind,
                             uint64_t realm, uint64_t user, int64_t now_us,
                             room_sanction *out)
{
    bool there = false;

    if (!enter(store)) {
        return ROOM_BUSY;
    }
    for (uint32_t i = 0; i < store->geometry.sanctions && !there; i++) {
        const room_sanction *what = &store->sanctions[i].what;

        there = counts(store, i, now_us) && what->kind == (uint32_t)kind
                && what->realm == realm && what->user.user == user;
        if (there) {
            *out = *what;
        }
    }
    leave(store);
    return there ? ROOM_OK : ROOM_ABSENT;
}

room_status room_sanction_end(room_store *store, uint64_t realm, uint64_t user,
                              unsigned kinds, unsigned *count)
{
    unsigned ended = 0;

    if (room_store_closed(store)) {
        return ROOM_MOVED;
    }
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    open_change(store);
    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        const room_sanction *what = &store->sanctions[i].what;

        if (key_at(store, i) != 0 && what->realm == realm
            && what->user.user == user && what->kind <= ROOM_SANCTION_KICK
            && (kinds >> what->kind & 1)) {
            drop(store, i);
            ended++;
        }
    }
    close_change(store);
    leave(store);
    if (count) {
        *count = ended;
    }
    return ROOM_OK;
}

/* `realm` NULL: all. */
static room_status visit_some(room_store *store, const uint64_t *realm,
                              int64_t now_us, room_sanction_each_fn *visit,
                              void *context)
{
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    for (uint32_t i = 0; i < store->geometry.sanctions; i++) {
        const room_sanction *what = &store->sanctions[i].what;

        if (counts(store, i, now_us) && (!realm || what->realm == *realm)
            && !visit(context, what)) {
            break;
        }
    }
    leave(store);
    return ROOM_OK;
}

room_status room_sanction_each(room_store *store, uint64_t realm,
                               int64_t now_us, room_sanction_each_fn *visit,
                               void *context)
{
    return visit_some(store, &realm, now_us, visit, context);
}

room_status room_sanction_all(room_store *store, int64_t now_us,
                              room_sanction_each_fn *visit, void *context)
{
    return visit_some(store, NULL, now_us, visit, context);
}

uint32_t room_sanction_version(const room_store *store)
{
    return atomic_load(&store->header->sanction_version);
}

/* Whoever finds the time come moves it on, and looks. */
void room_sanction_expire(room_store *store, int64_t now_us)
{
    int64_t soonest = atomic_load(&store->header->sanction_soonest_us);

    if (atomic_load(&store->header->sanction_count) == 0 || soonest > now_us
        || !atomic_compare_exchange_strong(&store->header->sanction_soonest_us,
                                           &soonest, now_us + EXPIRE_EVERY_US)
        || !enter(store)) {
        return;
    }
    open_change(store);
    sweep(store, now_us);
    close_change(store);
    leave(store);
}

uint32_t room_sanction_news(const room_store *store)
{
    return atomic_load(&store->header->sanction_news);
}

void room_sanction_move(room_store *from, room_store *to, int64_t now_us)
{
    if (!enter(from)) {
        return;
    }
    for (uint32_t i = 0; i < from->geometry.sanctions; i++) {
        if (counts(from, i, now_us)) {
            room_sanction_put(to, &from->sanctions[i].what, now_us, NULL);
        }
    }
    leave(from);
}
