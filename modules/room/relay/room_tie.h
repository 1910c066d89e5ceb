/* room_tie.h - what the relay is to each room. Private to room/.
 *
 * A segment without a relay has none of it: each call is one look at the
 * geometry then.
 */
#ifndef CHATWS_ROOM_TIE_H
#define CHATWS_ROOM_TIE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "room/log/room_id.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_store.h"

/* Of one room; changed with its lock held. */
typedef struct {
    _Alignas(64) _Atomic uint64_t newest_ms; /* extent.newest, for who takes no
                                                lock: room_tie_has */
    _Atomic uint64_t newest_n;
    _Atomic uint64_t epoch;    /* the stream's; 0: of none yet */
    _Atomic uint32_t turn;     /* changes with what is there */
    _Atomic uint16_t sleepers; /* threads that wait for it, or died then */
    _Atomic uint16_t unread;   /* 1: it has to be read in first */
    _Atomic uint64_t loading;  /* who reads it in began then, by
                                  base_clock_mono; 0: nobody does */
    room_id least; /* when it was replaced: its newest, */
    room_id lost;  /* and a position, those in front of which are not exact */
    _Atomic uint32_t agreed; /* the doubts when the relay had what it has */
    room_id same;  /* whoever has read up to `skipped`, but beyond this, may */
    room_id skipped; /* lack what is between them: room_follow_skip */
} room_tie;

/* Of all; in the header. */
typedef struct {
    _Atomic uint32_t ready; /* 1: rooms may be opened */
    _Atomic uint32_t doubts; /* how often the relay may have lost something */
    _Atomic uint64_t figures[ROOM_RELAY_FIGURES]; /* room_relay_figures */
} room_tie_totals;

/* Puts in what the hashes hang on, unless the relay has told its own already:
 * it may do so at the same time. `secret` NULL: it stays. `ready`: this is what
 * the relay tells. */
void room_tie_begin_all(room_store *store, const base_hash_key *secret,
                        bool ready);

/* The room was made: nothing is known of it before it was read in. */
void room_tie_begin(room_store *store, uint32_t room);

/* It was emptied: it has to be read in again. */
void room_tie_reset(room_store *store, uint32_t room);

/* True while it has to be read in; no lock. */
bool room_tie_unread(const room_store *store, uint32_t room);

/* True when the relay has what it has; no lock. */
bool room_tie_keeps(const room_store *store, uint32_t room);

/* True when the relay may have lost some of what it has. */
bool room_tie_doubts(const room_store *store, uint32_t room);

/* Its newest id is this one. */
void room_tie_note(room_store *store, uint32_t room, const room_id *newest);

/* True when the newest id is this one or a later one. No lock; a moment late,
 * perhaps. */
bool room_tie_has(const room_store *store, uint32_t room,
                     const room_id *id);

/* True when it is this one; no lock. */
bool room_tie_is(const room_store *store, uint32_t room, const room_id *id);

/* True when whoever has read up to there may lack something in front of it;
 * the lock is held. */
bool room_tie_skipped(const room_store *store, uint32_t room,
                      const room_id *id);

/* Wakes all who wait for something in it; without its lock. */
void room_tie_wake(room_store *store, uint32_t room);

/* A segment takes over from an older one; `same`: it is of the same relay. */
void room_tie_carry(const room_tie_totals *old, room_tie_totals *now,
                       bool same);

/* The room moved there from another segment, of the same relay or not; `whole`:
 * with all that it was to take along. */
void room_tie_move(const room_store *from, uint32_t old, room_store *to,
                   uint32_t now, bool whole);

/* True when both have the same relay. */
bool room_tie_same(const room_store *one, const room_store *other);

#endif
