/* room_layout.h - what lies where in the segment. Private to room/.
 *
 *   +------------------+ 0
 *   | header           | magic, version, size, geometry, counters, the locks of
 *   |                  | table, pool, members, refs, rates, addresses, meters,
 *   |                  | secrets
 *   +------------------+
 *   | children         | one per child slot: robust lock held for life,
 *   |                  | pending mark, 32 counters; the archive's writer;
 *   |                  | the relay's reader
 *   | marks            | per child slot which rooms to look at, and in which
 *   |                  | somebody came or went             atomic
 *   +------------------+
 *   | room buckets     | heads of the hash chains           lock: table
 *   | rooms            | key, generation, keep rule, extents lock: its own
 *   |                  | who typed last                  lock: its own
 *   | hints            | per room: pages, when something may go; no lock,
 *   |                  | only a guess for whoever looks for memory
 *   | reader bits      | per room one bit per child slot    atomic
 *   | floors           | up to where rooms were forgotten   lock: table
 *   | cursors          | with an archive: up to where each room is in it
 *   | waiting bits     | and who waits for that, as readers  atomic
 *   | ties             | with a relay: what it is to each room; its own
 *   | idle rooms       | who is given away next             lock: table
 *   +------------------+
 *   | refs             | sets of eight {hash, time, id}     lock: refs[set]
 *   | rates            | sets of eight {whose, time}        lock: rates[set]
 *   +------------------+
 *   | address buckets  | chains of counts by address        lock: addresses
 *   | address counts   | {address, child, connections}
 *   +------------------+
 *   | sanction buckets | chains by whom and where         lock: sanctions, to
 *   | sanctions        | who may not speak or enter         change something
 *   | notices          | what moderators are told         lock: notices
 *   +------------------+
 *   | meter keys       | whose meter each is                lock: meters, to
 *   | meters           | traffic by transport, idle since     give one away
 *   +------------------+
 *   | user buckets     | chains of cells by (room, user)    lock: members
 *   | name buckets     | chains of cells by (room, name)
 *   | skeleton buckets | chains of cells by (room, what the name looks like)
 *   | cells            | 112 bytes: who is in a room, or was a moment ago
 *   +------------------+
 *   | pages            | 1 KB each: the messages            lock: the room's;
 *   |                  | free list                          lock: pool
 *   +------------------+ size
 *
 * A room's log is a chain of pages, oldest first:
 *
 *   extent.first        extent.kept                    extent.last, .tail
 *        v                   v                                  v
 *   [page: ##rrrrrr] -> [page: rrrrRRR] -> [page: RRRRRR] -> [page: RR.......]
 *          transit              history                            free
 *
 * Each record is a head (room_record) and its body; a body may run on into the
 * next pages, the head of a record does not. Two copies of the extent say where
 * things are: a change writes the idle one and then turns `active`.
 * A page belongs to whom its `owner` names: the free list can be rebuilt from
 * the owners alone, and what a room left behind found by its extent.
 *
 * Offsets and indices only, no pointers; every index read from the segment is
 * checked against the geometry (which each process keeps a private copy of)
 * before it is used.
 */
#ifndef CHATWS_ROOM_LAYOUT_H
#define CHATWS_ROOM_LAYOUT_H

#include "base/base_hash.h"
#include "room/archive/room_cursor.h"
#include "room/log/room_id.h"
#include "room/log/room_state.h"
#include "room/people/room_member.h"
#include "room/people/room_typing.h"
#include "room/relay/room_tie.h"
#include "room/segment/room_geometry.h"
#include "room/segment/room_lock.h"
#include "room/segment/room_slot.h"
#include "room/segment/room_store.h"
#include "room/set/room_meter.h"
#include "room/set/room_notice.h"
#include "room/set/room_sanction.h"
#include "room/table/room_table.h"

#define ROOM_LAYOUT_MAGIC UINT64_C(0x6d6f6f7273777464)
#define ROOM_LAYOUT_VERSION 11u

#define ROOM_NONE UINT32_MAX /* no index */
#define ROOM_PAGE_SIZE 1024u
#define ROOM_PAGE_HEAD 16u
#define ROOM_PAGE_DATA (ROOM_PAGE_SIZE - ROOM_PAGE_HEAD)
#define ROOM_PAGE_FREE 0u
#define ROOM_PAGE_MARK UINT32_C(0x80000000) /* only during a repair */
#define ROOM_STRIPES 16u
#define ROOM_SET_WAYS 8u
#define ROOM_METER_FIGURES 18u /* numbers of each: room_meter_figures */
#define ROOM_CELL_TEXT 32u
#define ROOM_TAIL_TEXT 104u
#define ROOM_TAILS_MOST 3u /* of the longest name and the longest id */

typedef struct {
    _Atomic uint32_t owner; /* a room's index + 1 or ROOM_PAGE_FREE */
    uint32_t next;          /* valid unless it is the room's last page */
    uint32_t prev;          /* valid unless it is the room's first page */
    uint32_t start;         /* offset of the first record that begins here; 0:
                               none does */
    unsigned char data[ROOM_PAGE_DATA];
} room_page;

/* What has become of a record's text. */
typedef enum {
    ROOM_RECORD_PLAIN, /* it is there */
    ROOM_RECORD_EDITED, /* wiped: the newest one is in a ROOM_LOG_EDITED */
    ROOM_RECORD_BLANK,  /* wiped: it was deleted, or a later edit took over */
    ROOM_RECORD_REVISED, /* it is there, and is that of an edit: the message was
                            read in from the archive so */
    ROOM_RECORD_ERASED  /* wiped, with whom it was of: all from text_at on */
} room_record_outcome;

/* In front of each body; never split. `offset`s count from the page's start
 * and are multiples of 8. */
typedef struct {
    uint32_t size;  /* of the body */
    uint32_t check; /* over the other fields */
    uint64_t seq;
    room_id id;
    uint64_t ref; /* room_ref's hash; 0: none. Of an edited message, whose ref
                     nobody asks for any more: how many records later the edit
                     is << 32 | the page that it is in, a hint */
    int64_t stored_us; /* monotonic: a message ages from when it was stored,
                          whatever is done to the wall clock */
    uint64_t author;
    uint32_t text_size; /* of the quoted text in the body; of a ROOM_LOG_CLEARED
                           instead: of how many records it takes the place */
    uint16_t text_at;   /* where in the body that begins */
    uint8_t kind;       /* a room_log_kind */
    uint8_t outcome;    /* a room_record_outcome */
} room_record;

/* Where a record is. */
typedef struct {
    uint64_t seq;
    uint32_t page; /* ROOM_NONE when seq is the next one to come */
    uint32_t offset;
} room_place;

typedef struct {
    room_place first;    /* the oldest record that is physically there */
    room_place kept;     /* the oldest of the history */
    int64_t first_us;    /* when the first one was stored, while there is one */
    int64_t kept_us;     /* the same of the oldest of the history */
    int64_t newest_us;   /* and of the newest message */
    uint64_t next_seq;
    room_id newest;      /* the last id given, or the birth */
    room_id complete;    /* all after this position is kept */
    uint64_t bytes;      /* of all bodies */
    uint64_t kept_bytes; /* of the history's */
    uint32_t last;       /* page; ROOM_NONE when there is none */
    uint32_t tail;       /* the first free offset in it */
    uint32_t pages;
    uint32_t state;      /* which of the room's two states counts: 0 or 1 */
    uint64_t kept_events; /* records of the history that are no messages */
    uint64_t check; /* over all of the above */
} room_extent;

typedef enum {
    ROOM_ITEM_FREE,
    ROOM_ITEM_USED
} room_item_state;

/* The heads that records get after the event with the number `seq` was
 * committed, and whose texts are wiped then. Whoever dies in between leaves
 * this to the room's repair. */
typedef struct {
    _Atomic uint64_t seq; /* written last; 0: there is nothing to do */
    uint32_t count;
    uint32_t spare;
    struct {
        uint32_t page;
        uint32_t offset;
        room_record head;
    } records[2];
} room_intent;

/* Somebody who was typing; readers take no lock. */
typedef struct {
    _Atomic uint64_t user;
    _Atomic int64_t mono_us;
} room_typist;

/* One room. `state`, key, hash and chain change under the table's lock (and
 * its own); members, ghosts, member_head under the members' lock; the rest
 * under its own. */
typedef struct {
    room_lock lock;
    _Atomic uint32_t state;
    _Atomic uint32_t generation;
    _Atomic uint32_t active; /* which extent counts: 0 or 1 */
    _Atomic uint32_t untidy; /* 1: pages were left behind; repair it */
    _Alignas(64) _Atomic uint64_t published; /* the next sequence number */
    _Atomic uint64_t members_version;
    _Atomic uint32_t members; /* distinct users, ghosts included */
    uint32_t member_head;     /* newest cell of the room's list */
    uint64_t hash;
    uint32_t chain; /* next room of the bucket */
    uint32_t key_size;
    _Atomic int64_t keep_age_ms; /* any lock or none */
    _Atomic uint32_t keep_count;
    _Atomic uint32_t ghosts; /* members without a connection */
    room_id birth;
    _Atomic uint64_t realm; /* see room_search.h; any lock or none */
    uint64_t doubt_ms; /* positions up to here may be older than the room,
                          see room_floor.h; 0: none */
    room_extent extents[2];
    room_intent intent;
    room_state states[2];    /* extent.state says which one counts */
    _Atomic uint32_t stated; /* 0: that is nothing special; no lock */
    _Atomic uint32_t rare;   /* 1: see room_idle_mark; no lock */
    _Atomic uint32_t home;   /* a slot + 1, see room_home_find; no lock */
    _Atomic uint64_t typed; /* how often somebody was; % ROOM_TYPING_MOST is
                               the typist to come */
    room_typist typists[ROOM_TYPING_MOST];
    _Atomic uint64_t resets; /* as `typed`, of room_member_reset */
    _Atomic uint64_t reset_users[ROOM_RESETS_MOST];
    char key[ROOM_KEY_MAX];
} room_item;

typedef struct {
    _Atomic int64_t spare_us; /* monotonic: from when the oldest may go */
    _Atomic int64_t empty_us; /* from when nothing is kept */
    _Atomic int64_t idle_us;  /* when it was used last */
    _Atomic uint32_t pages;
    uint32_t spare;
} room_hint;

/* A room that may be given away, see room_idle.h. */
typedef struct {
    int64_t idle_us; /* as it was in its hint */
    uint32_t room;
    uint32_t keeps; /* 1: it keeps messages; 2: it has a state of its own; 3: it
                       is rare; 4: the archive has not got all of it */
} room_idle_entry;

typedef enum {
    ROOM_CHILD_FREE,
    ROOM_CHILD_USED
} room_child_state;

typedef struct {
    room_lock lock; /* held by its thread for life */
    _Atomic uint32_t state;
    _Atomic uint32_t pid;
    _Alignas(64) _Atomic uint32_t pending; /* 1: a wake-up is on its way */
    _Alignas(64) _Atomic uint64_t counters[ROOM_COUNTERS];
} room_child;

/* Of refs and rates; see room_set.h. */
typedef struct {
    _Atomic uint64_t key; /* 0: empty; written last */
    uint64_t stamp;       /* until when it counts, and whose it is */
} room_set_entry;

typedef struct {
    room_set_entry entry; /* first member; its key is room_ref_hash */
    room_id id;
} room_ref_entry;

/* The connections of one address in one child; see room_address.c. */
typedef struct {
    uint64_t key;
    _Atomic uint32_t count; /* 0: free to be used anew, with the lock held */
    uint32_t slot;          /* of the child */
    uint32_t next;          /* of the chain, or of the free ones */
    uint32_t spare;
} room_address_count;

/* See room_sanction.c. */
typedef struct {
    _Atomic uint64_t key; /* 0: free; written last */
    _Atomic int64_t until_us;
    _Atomic uint32_t next; /* of the chain */
    uint32_t spare;
    room_sanction what;
} room_sanction_entry;

/* See room_notice.c. */
typedef struct {
    uint64_t number; /* of its notice, from 1 on; 0: it is being written */
    room_notice notice;
} room_notice_entry;

typedef enum {
    ROOM_CELL_FREE,
    ROOM_CELL_USER,     /* a user in a room, with the name */
    ROOM_CELL_LEASE,    /* more connections of that user, of another child */
    ROOM_CELL_TAIL,     /* more of a long name and id: a room_tail */
    ROOM_CELL_TAIL_KEPT /* only during a repair */
} room_cell_state;

typedef struct {
    _Atomic uint32_t state; /* committed last */
    uint32_t room;
    uint64_t user;
    uint64_t name_key;
    uint64_t skeleton_key; /* 0: in no chain of those */
    uint64_t address;      /* of a guest: room_address_key, or 0 */
    _Atomic uint64_t hold; /* whose connections it stands for: room_hold.h */
    uint32_t next_user;    /* chain; of a free cell: the next free one */
    uint32_t next_name;
    uint32_t next_skeleton;
    uint32_t next_room; /* the room's list of USER cells */
    uint32_t prev_room;
    uint32_t more;  /* the TAIL of a text above ROOM_CELL_TEXT bytes */
    uint32_t stamp; /* the newer of two cells of one user counts */
    uint8_t name_size;
    uint8_t id_size;
    uint8_t guest;
    uint8_t moderator; /* of a USER: some connection of the user is one's */
    char text[ROOM_CELL_TEXT]; /* the name, and behind it the id */
} room_cell;

typedef struct {
    _Atomic uint32_t state;
    uint32_t more; /* the next TAIL, or ROOM_NONE */
    char text[ROOM_TAIL_TEXT];
} room_tail;

/* The traffic of one key; the key itself stands in a list of its own, so that
 * looking for one reads little memory. */
typedef struct {
    _Atomic int64_t used_us; /* base_clock_mono() */
    _Atomic uint64_t tag;    /* whose it is: room_address_tag */
    uint64_t spare[4];
    _Atomic uint64_t figures[ROOM_METER_LINES * ROOM_METER_FIGURES];
} room_meter;

/* The first four are the same in every version of the layout. */
typedef struct {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size;
    _Atomic uint32_t closed; /* 1: no new messages and rooms; never undone */
    uint32_t spare;
    room_geometry geometry;
    base_hash_key hash_key;
    base_hash_key secret; /* room_store_secret */

    room_lock table;
    uint64_t since_ms; /* what was before this is of another segment */
    uint64_t told_ms;  /* the latest position told of a room that was not
                          there */
    _Atomic uint32_t rooms_used;
    uint32_t room_hand;  /* where to look for a free one */
    uint32_t idle_count; /* of the list of idle rooms */
    uint32_t idle_next;
    int64_t idle_us;     /* when it was made */
    uint32_t idle_left;  /* what `left_count` was then */
    _Atomic uint32_t left_count; /* how often a room may have become empty */

    room_lock pool;
    uint32_t pool_head;
    uint32_t pool_fresh; /* pages from here on were never used */
    _Atomic uint32_t pool_free; /* those of the list and the fresh ones */

    room_lock members;
    uint32_t cell_head;
    uint32_t cell_fresh;
    _Atomic uint32_t cells_free;
    uint32_t cell_stamp;
    uint32_t ghost_hand; /* where to look for one that gives way */
    _Atomic uint32_t ghosts;         /* of all rooms */
    _Atomic int64_t ghosts_seen_us;  /* when the ended ones were looked for */

    room_lock refs[ROOM_STRIPES];
    room_lock rates[ROOM_STRIPES];

    room_lock addresses;
    uint32_t address_head;  /* of the free counts */
    uint32_t address_fresh; /* counts from here on were never used */
    int64_t address_swept_us;
    _Atomic int64_t address_told_us; /* when a refusal was logged last */

    room_lock sanctions;
    _Atomic uint32_t sanction_version; /* odd: something is being changed */
    _Atomic uint32_t sanction_count;
    _Atomic uint32_t sanction_news;    /* how often one was made */
    uint32_t sanction_spare;
    _Atomic int64_t sanction_soonest_us; /* when the next one may end */

    room_lock notices;
    _Atomic uint64_t notice_count; /* so far */

    room_lock meters;
    room_meter all_meters; /* what all have caused together */

    room_cursor_totals archive;
    room_tie_totals relay;
    room_lock secrets; /* who puts in `secret`, with a relay */

    _Atomic uint64_t rooms_reused;
    _Atomic uint64_t rooms_full;
    _Atomic uint64_t rooms_evicted;
    _Atomic int64_t full_told_us; /* when each was logged last */
    _Atomic int64_t evicted_told_us;
    _Atomic uint64_t evicted;
    _Atomic uint64_t evicted_pages;
    _Atomic uint64_t repairs;
    _Atomic uint64_t resets;
    _Atomic uint64_t left[ROOM_COUNTERS]; /* of a segment before this one */
} room_header;

/* The private view of one process. What comes before the geometry is the same
 * in every version of the layout. */
struct room_store {
    uint64_t magic;
    uint32_t version;
    uint32_t store_size; /* of this struct */
    room_header *header;
    struct apr_pool_t *pool; /* has the memory; NULL: the caller has */
    int *fds;                /* two per slot: to read, to write */
    uint64_t fd_count;
    room_geometry geometry;
    base_hash_key hash_key;
    room_child *children;
    _Atomic uint64_t *marks;   /* see room_marks.h */
    uint32_t *buckets;
    room_item *items;
    room_hint *hints;
    _Atomic uint64_t *readers;
    uint64_t *floors;
    room_idle_entry *idle;
    room_cursor *cursors;      /* with an archive */
    _Atomic uint64_t *waiting; /* with an archive: as `readers` */
    room_tie *ties;         /* with a relay */
    room_ref_entry *refs;
    room_set_entry *rates;
    uint32_t *address_buckets;
    room_address_count *addresses;
    _Atomic uint32_t *sanction_buckets;
    room_sanction_entry *sanctions;
    room_notice_entry *notices;
    _Atomic uint64_t *meter_keys; /* 0: free */
    room_meter *meters;
    uint32_t *user_buckets;
    uint32_t *name_buckets;
    uint32_t *skeleton_buckets;
    room_cell *cells;
    room_page *pages;
};

/* Slots of children, and behind them that of the archive's writer and that of
 * the relay's reader. */
uint32_t room_layout_children(const room_geometry *geometry);

/* That of the reader, when there is a relay. */
uint32_t room_layout_reader(const room_geometry *geometry);

/* True for a slot that can hold members: a child's, and the reader's. */
bool room_layout_holds(const room_geometry *geometry, int slot);

/* Divides `size` bytes among the parts. False, with a sentence, when they are
 * too few for what is asked. */
bool room_layout_plan(room_geometry *geometry, size_t size,
                      const room_store_options *options, char *why,
                      size_t why_size);

/* Formats memory that is all zero: pages and cells that are never used are
 * never touched. False when locks cannot be made. */
bool room_layout_format(void *memory, const room_geometry *geometry,
                        const base_hash_key *key);

/* Fills in everything of `store` but its pool and fds. */
void room_layout_map(room_store *store, void *memory,
                     const room_geometry *geometry, const base_hash_key *key);

/* True when neither a reader nor a member is in the room, as seen now; ghosts
 * do not count, and with a relay no members. */
bool room_layout_lonely(const room_store *store, uint32_t room);

/* True once a minute over all processes: a line may be logged at `now_us`, for
 * which `told_us` (of the segment; 0: never) keeps when that was last. */
bool room_layout_may_tell(_Atomic int64_t *told_us, int64_t now_us);

#endif
