/* room_layout.c - divides and formats the segment; see room_layout.h. Called
 * by room_store. */
#include "room/segment/room_layout.h"

#include <stdio.h>

#include "room/people/room_hold.h"
#include "room/segment/room_marks.h"

#define ALIGNED 64u
#define SLOTS_DEFAULT 64u
/* When the number of rooms is not set. */
#define PAGES_PER_ROOM 8u
#define PAGES_LEAST 16u
/* Pages of a room that others do not take; and pages freed ahead, so that a
 * full segment does not look for some at each message. */
#define GUARANTEE_MOST 4u
#define BATCH_MOST 64u
/* A few are enough: they are for those who compare transports. */
#define METERS_LEAST 4u
#define METERS_MOST 255u
#define METER_EVERY 65536u /* bytes of the segment */
/* A sanction takes nearly a kilobyte: a few for the smallest segments, and
 * about a sixtieth of the others. */
#define SANCTIONS_LEAST 16u
#define SANCTIONS_MOST 8192u
#define NOTICES_LEAST 4u
#define NOTICES_MOST 64u
#define SANCTION_EVERY 49152u /* bytes of the segment */
#define FLOORS_PER_ROOM 2u
/* Rooms that one look at all of them finds for the next newcomers. */
#define IDLE_LEAST 8u
#define IDLE_MOST 512u
#define TELL_EVERY_US INT64_C(60000000)

/* Children of two generations share a segment, and a new version of the module
 * finds the old one's: these sizes change only with ROOM_LAYOUT_VERSION. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
               "atomics are shared between processes");
_Static_assert(sizeof(room_page) == ROOM_PAGE_SIZE, "page");
_Static_assert(sizeof(room_record) == 64, "record");
_Static_assert(sizeof(room_cell) == 112, "cell");
_Static_assert(sizeof(room_meter) == 768, "meter");
_Static_assert(sizeof(room_ref_entry) == 32, "ref");
_Static_assert(sizeof(room_cursor) == 64, "cursor");
_Static_assert(sizeof(room_tie) == 128, "tie");
_Static_assert(sizeof(room_tail) == sizeof(room_cell), "tail");
_Static_assert(ROOM_CELL_TEXT + ROOM_TAILS_MOST * ROOM_TAIL_TEXT
                   >= 2 * ROOM_NAME_MAX,
               "longest name and id");

uint32_t room_layout_children(const room_geometry *geometry)
{
    return geometry->slots + geometry->archive + geometry->relay;
}

uint32_t room_layout_reader(const room_geometry *geometry)
{
    return geometry->slots + geometry->archive;
}

bool room_layout_holds(const room_geometry *geometry, int slot)
{
    return slot >= 0
           && ((uint32_t)slot < geometry->slots
               || (geometry->relay != 0
                   && (uint32_t)slot == room_layout_reader(geometry)));
}

static uint64_t aligned(uint64_t value)
{
    return (value + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static uint64_t within(uint64_t value, uint64_t least, uint64_t most)
{
    if (value < least) {
        return least;
    }
    return value > most ? most : value;
}

/* And when what is said goes into an archive. */
static uint64_t archive_cost(const room_geometry *geometry)
{
    return sizeof(room_cursor) + 2 * FLOORS_PER_ROOM * sizeof(uint64_t)
           + 8 * (uint64_t)geometry->reader_words + 1;
}

/* Bytes that one more room takes outside the pages. */
static uint64_t room_cost(const room_geometry *geometry)
{
    return sizeof(room_item) + sizeof(room_hint) + sizeof(uint32_t)
           + 2 * FLOORS_PER_ROOM * sizeof(uint64_t)
           + 8 * (uint64_t)geometry->reader_words
           + ROOM_MARKS_SETS * (geometry->slots / 8 + geometry->slots / 512 + 1)
           + (geometry->archive != 0 ? archive_cost(geometry) : 0)
           + (geometry->relay != 0 ? sizeof(room_tie) + 1 : 0);
}

/* Bytes that do not depend on the size of the whole. */
static uint64_t fixed_cost(const room_geometry *geometry)
{
    /* Each part begins at a multiple of ALIGNED: so much is lost in front of
     * all of them. */
    return aligned(sizeof(room_header)) + 27 * ALIGNED
           + IDLE_MOST * sizeof(room_idle_entry)
           + (uint64_t)room_layout_children(geometry)
                 * (sizeof(room_child) + 16 * ROOM_MARKS_SETS);
}

/* Bytes of the parts that get a share of the whole. */
static uint64_t share_cost(const room_geometry *geometry)
{
    return geometry->ref_sets * sizeof(room_ref_entry) * ROOM_SET_WAYS
           + geometry->rate_sets * sizeof(room_set_entry) * ROOM_SET_WAYS
           + geometry->addresses
                 * (sizeof(room_address_count) + sizeof(uint32_t))
           + geometry->sanctions
                 * (sizeof(room_sanction_entry) + sizeof(uint32_t))
           + geometry->notices * sizeof(room_notice_entry)
           + geometry->meters * (sizeof(room_meter) + sizeof(uint64_t))
           + geometry->cells * (sizeof(room_cell) + 3 * sizeof(uint32_t));
}

static void refuse(const room_geometry *g, uint64_t rooms, char *why,
                   size_t why_size)
{
    /* The shares take less than a third of the whole; this is the rest. */
    uint64_t least = fixed_cost(g) + PAGES_LEAST * ROOM_PAGE_SIZE
                     + rooms * (room_cost(g) + 2 * ROOM_PAGE_SIZE);

    snprintf(why, why_size,
             "%llu bytes of shared memory do not hold %llu rooms and %u "
             "children: about %llu bytes are needed",
             (unsigned long long)g->size, (unsigned long long)rooms,
             (unsigned)g->slots, (unsigned long long)(least / 2 * 3));
}

/* Sets where each part begins, in the order of the drawing. */
static void place_parts(room_geometry *g)
{
    uint64_t at = aligned(sizeof(room_header));
    uint64_t children = room_layout_children(g);
    struct {
        uint64_t *where;
        uint64_t size;
    } parts[] = {
        { &g->at_children, children * sizeof(room_child) },
        { &g->at_marks,
          8 * children * ROOM_MARKS_SETS * (g->mark_sums + g->mark_words) },
        { &g->at_buckets, g->buckets * (uint64_t)sizeof(uint32_t) },
        { &g->at_items, g->rooms * (uint64_t)sizeof(room_item) },
        { &g->at_hints, g->rooms * (uint64_t)sizeof(room_hint) },
        { &g->at_readers, 8 * (uint64_t)g->rooms * g->reader_words },
        { &g->at_floors,
          (1 + (g->archive | g->relay)) * sizeof(uint64_t) * g->floors },
        { &g->at_idle, g->idle_most * (uint64_t)sizeof(room_idle_entry) },
        { &g->at_archive,
          g->archive * (uint64_t)g->rooms * sizeof(room_cursor) },
        { &g->at_waiting,
          8 * (uint64_t)g->archive * g->rooms * g->reader_words },
        { &g->at_relay, g->relay * (uint64_t)g->rooms * sizeof(room_tie) },
        { &g->at_refs,
          g->ref_sets * (uint64_t)sizeof(room_ref_entry) * ROOM_SET_WAYS },
        { &g->at_rates,
          g->rate_sets * (uint64_t)sizeof(room_set_entry) * ROOM_SET_WAYS },
        { &g->at_address_buckets, g->addresses * (uint64_t)sizeof(uint32_t) },
        { &g->at_addresses,
          g->addresses * (uint64_t)sizeof(room_address_count) },
        { &g->at_sanction_buckets,
          g->sanctions * (uint64_t)sizeof(uint32_t) },
        { &g->at_sanctions,
          g->sanctions * (uint64_t)sizeof(room_sanction_entry) },
        { &g->at_notices, g->notices * (uint64_t)sizeof(room_notice_entry) },
        { &g->at_meter_keys, g->meters * (uint64_t)sizeof(uint64_t) },
        { &g->at_meters, g->meters * (uint64_t)sizeof(room_meter) },
        { &g->at_user_buckets, g->cell_buckets * (uint64_t)sizeof(uint32_t) },
        { &g->at_name_buckets, g->cell_buckets * (uint64_t)sizeof(uint32_t) },
        { &g->at_skeleton_buckets,
          g->cell_buckets * (uint64_t)sizeof(uint32_t) },
        { &g->at_cells, g->cells * (uint64_t)sizeof(room_cell) },
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        *parts[i].where = at;
        at = aligned(at + parts[i].size);
    }
    g->at_pages = at;
}

/* A quarter of the pages is never promised to anybody, so that the largest
 * message always finds a place. */
static void set_guarantee(room_geometry *g)
{
    uint64_t share = (uint64_t)g->pages * 3 / 4 / g->rooms;

    g->guarantee = (uint32_t)within(share, 1, GUARANTEE_MOST);
    g->batch = (uint32_t)within(g->pages / 512, 0, BATCH_MOST);
}

static void set_marks(room_geometry *g)
{
    g->mark_words = (g->rooms + 63) / 64;
    g->mark_sums = (g->mark_words + 63) / 64;
}

/* At least two for each room, so that few share one. */
static uint32_t floors_for(uint32_t rooms)
{
    uint32_t floors = 1;

    while (floors < FLOORS_PER_ROOM * rooms) {
        floors *= 2;
    }
    return floors;
}

bool room_layout_plan(room_geometry *geometry, size_t size,
                      const room_store_options *options, char *why,
                      size_t why_size)
{
    room_geometry g = { .size = size, .gauges = options->gauges,
                        .archive = options->archive != 0,
                        .archive_name = options->archive,
                        .relay = options->relay != 0,
                        .relay_name = options->relay };
    uint64_t fixed;
    uint64_t pages;
    uint64_t rooms = options->rooms;

    /* The tables get a share of the whole each, so that a larger segment has
     * more of everything; rooms and pages divide what is left. */
    g.slots = options->slots != 0 ? options->slots : SLOTS_DEFAULT;
    if (g.slots > ROOM_HOLD_SLOTS_MOST) {
        g.slots = ROOM_HOLD_SLOTS_MOST;
    }
    g.reader_words = (g.slots + 63) / 64;
    g.ref_sets = (uint32_t)within(
        size / 8 / (sizeof(room_ref_entry) * ROOM_SET_WAYS), 1, 1u << 26);
    g.rate_sets = (uint32_t)within(
        size / 64 / (sizeof(room_set_entry) * ROOM_SET_WAYS), 1, 1u << 26);
    g.addresses = (uint32_t)within(
        size / 64 / (sizeof(room_address_count) + sizeof(uint32_t)), 16,
        1u << 26);
    g.sanctions = (uint32_t)within(
        size / SANCTION_EVERY, SANCTIONS_LEAST, SANCTIONS_MOST);
    g.notices = (uint32_t)within(size / SANCTION_EVERY, NOTICES_LEAST,
                                 NOTICES_MOST);
    g.meters = (uint32_t)within(size / METER_EVERY, METERS_LEAST, METERS_MOST);
    g.cells = (uint32_t)within(size / 8 / (sizeof(room_cell) + 12), 16,
                               1u << 28);
    g.cell_buckets = g.cells;
    fixed = fixed_cost(&g) + share_cost(&g);
    if (fixed < size && rooms == 0) {
        rooms = (size - fixed)
                / (PAGES_PER_ROOM * ROOM_PAGE_SIZE + room_cost(&g));
    }
    rooms = within(rooms, 1, 1u << 24);
    pages = fixed + rooms * room_cost(&g);
    pages = pages < size ? (size - pages) / ROOM_PAGE_SIZE : 0;
    /* With fewer than two pages a room they would push out each other's
     * messages all the time. */
    if (pages < PAGES_LEAST || pages < 2 * rooms || pages > (1u << 30)) {
        refuse(&g, rooms, why, why_size);
        return false;
    }
    g.rooms = (uint32_t)rooms;
    g.buckets = g.rooms;
    set_marks(&g);
    g.floors = floors_for(g.rooms);
    g.idle_most = (uint32_t)within(g.rooms / 16, IDLE_LEAST, IDLE_MOST);
    g.pages = (uint32_t)pages;
    set_guarantee(&g);
    place_parts(&g);
    *geometry = g;
    return true;
}

void room_layout_map(room_store *store, void *memory,
                     const room_geometry *geometry, const base_hash_key *key)
{
    unsigned char *base = memory;

    store->magic = ROOM_LAYOUT_MAGIC;
    store->version = ROOM_LAYOUT_VERSION;
    store->store_size = (uint32_t)sizeof(*store);
    store->geometry = *geometry;
    store->hash_key = *key;
    store->header = memory;
    store->children = (void *)(base + geometry->at_children);
    store->marks = (void *)(base + geometry->at_marks);
    store->buckets = (void *)(base + geometry->at_buckets);
    store->items = (void *)(base + geometry->at_items);
    store->hints = (void *)(base + geometry->at_hints);
    store->readers = (void *)(base + geometry->at_readers);
    store->floors = (void *)(base + geometry->at_floors);
    store->idle = (void *)(base + geometry->at_idle);
    store->cursors = (void *)(base + geometry->at_archive);
    store->waiting = (void *)(base + geometry->at_waiting);
    store->ties = (void *)(base + geometry->at_relay);
    store->refs = (void *)(base + geometry->at_refs);
    store->rates = (void *)(base + geometry->at_rates);
    store->address_buckets = (void *)(base + geometry->at_address_buckets);
    store->addresses = (void *)(base + geometry->at_addresses);
    store->sanction_buckets = (void *)(base + geometry->at_sanction_buckets);
    store->sanctions = (void *)(base + geometry->at_sanctions);
    store->notices = (void *)(base + geometry->at_notices);
    store->meter_keys = (void *)(base + geometry->at_meter_keys);
    store->meters = (void *)(base + geometry->at_meters);
    store->user_buckets = (void *)(base + geometry->at_user_buckets);
    store->name_buckets = (void *)(base + geometry->at_name_buckets);
    store->skeleton_buckets = (void *)(base + geometry->at_skeleton_buckets);
    store->cells = (void *)(base + geometry->at_cells);
    store->pages = (void *)(base + geometry->at_pages);
}

static void fill_indices(uint32_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        from[i] = ROOM_NONE;
    }
}

static bool make_locks(room_store *store)
{
    room_header *header = store->header;
    uint32_t children = room_layout_children(&store->geometry);
    bool made = room_lock_init(&header->table) && room_lock_init(&header->pool)
                && room_lock_init(&header->members)
                && room_lock_init(&header->addresses)
                && room_lock_init(&header->sanctions)
                && room_lock_init(&header->notices)
                && room_lock_init(&header->meters)
                && room_lock_init(&header->secrets);

    for (uint32_t i = 0; i < ROOM_STRIPES && made; i++) {
        made = room_lock_init(&header->refs[i])
               && room_lock_init(&header->rates[i]);
    }
    for (uint32_t i = 0; i < store->geometry.rooms && made; i++) {
        made = room_lock_init(&store->items[i].lock);
    }
    for (uint32_t i = 0; i < children && made; i++) {
        made = room_lock_init(&store->children[i].lock);
    }
    return made;
}

bool room_layout_format(void *memory, const room_geometry *geometry,
                        const base_hash_key *key)
{
    room_store store;
    room_header *header = memory;

    room_layout_map(&store, memory, geometry, key);
    header->magic = ROOM_LAYOUT_MAGIC;
    header->version = ROOM_LAYOUT_VERSION;
    header->header_size = (uint32_t)sizeof(*header);
    header->geometry = *geometry;
    header->hash_key = *key;
    header->secret = *key;
    /* 0 is an index, so that these have to be written. All else is right when
     * it is zero, and memory that is never written costs nothing. */
    fill_indices(store.buckets, geometry->buckets);
    fill_indices(store.address_buckets, geometry->addresses);
    for (uint32_t i = 0; i < geometry->sanctions; i++) {
        atomic_store(&store.sanction_buckets[i], ROOM_NONE);
    }
    fill_indices(store.user_buckets, geometry->cell_buckets);
    fill_indices(store.name_buckets, geometry->cell_buckets);
    fill_indices(store.skeleton_buckets, geometry->cell_buckets);
    for (uint32_t i = 0; i < geometry->rooms; i++) {
        store.items[i].chain = ROOM_NONE;
        store.items[i].member_head = ROOM_NONE;
    }
    header->pool_head = ROOM_NONE;
    atomic_store(&header->pool_free, geometry->pages);
    header->address_head = ROOM_NONE;
    header->cell_head = ROOM_NONE;
    atomic_store(&header->cells_free, geometry->cells);
    return make_locks(&store);
}

bool room_layout_lonely(const room_store *store, uint32_t room)
{
    /* A join and a watch take the room's lock: with it this is exact,
     * without it a guess. */
    const _Atomic uint64_t *words =
        store->readers + (size_t)room * store->geometry.reader_words;
    const room_item *item = &store->items[room];

    /* With a relay others than ours may be in it: room_people_vacant. */
    if (store->geometry.relay == 0
        && atomic_load_explicit(&item->members, memory_order_relaxed)
               != atomic_load_explicit(&item->ghosts, memory_order_relaxed)) {
        return false;
    }
    for (uint32_t i = 0; i < store->geometry.reader_words; i++) {
        if (atomic_load(&words[i]) != 0) {
            return false;
        }
    }
    return true;
}

bool room_layout_may_tell(_Atomic int64_t *told_us, int64_t now_us)
{
    int64_t told = atomic_load(told_us);

    /* Of several who come at once one moves the time, and that one tells. */
    return (told == 0 || now_us - told >= TELL_EVERY_US)
           && atomic_compare_exchange_strong(told_us, &told, now_us);
}
