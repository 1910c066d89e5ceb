/* relay_room.h - what is asked about one room: the scripts of script/ and what
 * they answer, as the rooms know it.
 *
 * Pure but for malloc. Every order here is about one room, and its keys have
 * one {hash tag}.
 */
#ifndef CHATWS_RELAY_ROOM_H
#define CHATWS_RELAY_ROOM_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"
#include "relay/relay_value.h"
#include "room/relay/room_relay.h"

/* Who may send how often, over all hosts. 0 as an interval: without a limit.
 * `user` and `address` are whose it is, the same on all hosts. */
typedef struct {
    uint64_t user;
    uint64_t address;
    int64_t user_interval_us;
    int64_t address_interval_us;
    uint32_t user_burst;
    uint32_t address_burst;
} relay_rates;

/* A room as the relay knows it. */
typedef struct {
    const relay_settings *settings; /* its prefix */
    const char *key;                /* "site\n/path", as act_room_key */
    size_t key_size;
    uint32_t keep_count;            /* ChatHistory, as the room is kept here */
    int64_t keep_age_ms;
    uint64_t realm;                 /* 0: not known */
    int64_t archive_keep_ms;        /* ChatArchiveKeep: INT64_MAX: for ever; 0:
                                       not archived; below 0: not known */
    const relay_rates *rates;       /* of who stores something; NULL: no
                                       limits */
} relay_room;

/* The channel of the room: "PREFIX{site/path}". Appends. */
void relay_room_channel(const relay_room *room, base_bytes *out);

/* Stores a message or an event: store.lua. `entry` and `target` as for
 * room_log_append and room_log_amend (their clocks are not used, Redis' TIME
 * is: of `not_before_ms` counts how long before `wall_ms` it is; `erase` is not
 * done); `newest` the caller's newest id of the room. All is copied. */
relay_order *relay_room_store(const relay_room *room,
                              const room_log_entry *entry,
                              const room_log_target *target,
                              const room_id *newest,
                              void (*done)(relay_order *order), void *context);

/* What came of it, for an order that is RELAY_OK: as room_log_append and
 * room_log_amend answer; ROOM_LOCKED, ROOM_SLOW fill in `wait_us`.
 * ROOM_UNREAD: Redis has lost the room, or what the caller has of it; nothing
 * is stored until a host has offered it again, and all are told so on the
 * channel (relay_room_lacking). An answer that makes no sense is ROOM_BUSY. */
room_status relay_room_stored(const relay_order *order, room_id *id,
                              int64_t *wait_us, bool *archived);

/* True when it was not stored since one of the room's `rates` does not allow it
 * now; `address`: that of the address. */
bool relay_room_rated(const relay_order *order, int64_t *wait_us,
                      bool *address);

/* The room's state there, for an order that was ROOM_STALE: the retry is
 * made from that. False: the answer does not tell it. */
bool relay_room_state(const relay_order *order, room_state *now);

/* Asks for what comes behind `after` (NULL: all that is there), about `most`
 * bytes of it but at least one: fetch.lua. With `make` a room that Redis does
 * not know is made there. `since` is the position from which this Redis knows
 * everything (relay_hello.h); NULL, where nothing is made: it does not
 * matter. */
relay_order *relay_room_fetch(const relay_room *room, const room_id *after,
                              bool make, size_t most, const room_id *since,
                              void (*done)(relay_order *order),
                              void *context);

/* The same of the archive's writer: what comes behind the records that the
 * archive has. With `since` the room is made: the archive has none either. */
relay_order *relay_room_fetch_kept(const relay_room *room, size_t most,
                                   const room_id *since);

/* The archive has all up to `upto`, committed; or, `refused`, it will never
 * have this record as it is, which is told before that: kept.lua. All hosts are
 * told (relay_heard_kept). */
relay_order *relay_room_kept(const relay_room *room, const room_id *upto,
                             bool refused);

/* Answers a fetch: the records point into the order's answer and into
 * `records`. */
typedef struct {
    bool known;          /* false: Redis has no such room, and nothing else is
                            filled in */
    bool another;        /* so, because `since` is of another Redis: it may have
                            lost the room */
    bool asked;          /* so, but the archive may know it, and was asked for
                            it: fetch again in a moment */
    bool gap;            /* `after` is in front of what is there */
    bool torn;           /* `after` should be there and is not: Redis has lost
                            something, offer again what is here; without
                            `after`: some host is just doing so */
    bool more;           /* there is more behind the last record */
    uint64_t epoch;
    room_id lost;        /* up to there a host had something that is nowhere;
                            0-0: nothing */
    room_import_room what; /* birth, newest (the stream's top), complete, state,
                              keep_ms (0: there is no archive), kept, records;
                              no refs */
    room_state *states;  /* of each record that is a ROOM_LOG_STATE, in their
                            order */
    base_bytes records;  /* private */
    base_bytes stated;   /* private */
} relay_room_answer;
#define RELAY_ROOM_ANSWER_INIT { .records = BASE_BYTES_INIT, \
                                 .stated = BASE_BYTES_INIT }

/* False: it makes no sense, which is logged by the caller. */
bool relay_room_fetched(const relay_order *order, relay_room_answer *out);
void relay_room_answer_free(relay_room_answer *answer);

/* Offers again what Redis may have lost: restore.lua. `facts` of the room; the
 * records follow, oldest first, bodies as told, all that are there: in several
 * orders, so that Redis does not stand still for one; all but the last end with
 * a `record` that is NULL. Until that one has come (or for 5 s) the room is
 * this host's, and nothing is stored there. */
relay_order *relay_room_restore(const relay_room *room, const char *host,
                                const room_relay_facts *facts,
                                void (*done)(relay_order *order),
                                void *context);
void relay_room_restore_add(relay_order *order,
                            const room_relay_facts *facts,
                            const room_import_record *record);

/* What came of it, and how many were taken. ROOM_BUSY: another host does it
 * just now. ROOM_STALE: the answer makes no sense. */
room_status relay_room_restored(const relay_order *order, unsigned *taken);

/* All that the user has said in the room is deleted, at most 200 at a time:
 * purge.lua. `by` is the author of these events; `head`, and `tail` in two
 * parts around the target's id, as chat_amend_deleted makes them. */
relay_order *relay_room_purge(const relay_room *room, uint64_t user,
                              uint64_t by, const char *head,
                              const char *tail_before, const void *tail_after,
                              size_t tail_size,
                              void (*done)(relay_order *order),
                              void *context);
typedef enum {
    RELAY_ROOM_PURGED_ALL,
    RELAY_ROOM_PURGED_SOME,   /* there may be more */
    RELAY_ROOM_PURGED_NOWHERE, /* Redis does not know the room; whoever has it
                                  is asked to give it back */
    RELAY_ROOM_PURGED_LATER    /* somebody does so now */
} relay_room_purging;
relay_room_purging relay_room_purged(const relay_order *order);

#endif
