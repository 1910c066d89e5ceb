/* relay_words.h - what the reader leaves in the segment for all children
 * (room_relay_figures): what Redis knows since when, and the figures.
 *
 * Any thread.
 */
#ifndef CHATWS_RELAY_WORDS_H
#define CHATWS_RELAY_WORDS_H

#include <stdatomic.h>

#include "room/log/room_id.h"
#include "room/segment/room_store.h"

typedef enum {
    RELAY_WORD_SINCE,      /* milliseconds of a position; 0: not known yet */
    RELAY_WORD_CONNECTED,
    RELAY_WORD_ROOMS,
    RELAY_WORD_HOSTS,
    RELAY_WORD_RECEIVED,
    RELAY_WORD_SENT,
    RELAY_WORD_ERRORS,
    RELAY_WORD_RECONNECTS,
    RELAY_WORD_GAPS,
    RELAY_WORD_RESTORED,
    RELAY_WORD_LAG,        /* microseconds and 1; 0: not known */
    RELAY_WORD_SKEW,       /* milliseconds, signed, that this host's wall
                              clock is ahead of Redis' */
    RELAY_WORD_RUN,        /* which Redis the reader hears; 0: none now */
    RELAY_WORD_DOUBT,      /* 1: Redis may have become another one;
                              RELAY_SENDER_ELSEWHERE */
    RELAY_WORD_ARCHIVE,    /* some host has one: 1, or 2: acks wait for it */
    RELAY_WORDS            /* ROOM_RELAY_FIGURES at most */
} relay_word;

/* NULL: there is no relay. */
_Atomic uint64_t *relay_words_at(room_store *store, relay_word word);

/* 0 and nothing without a relay. */
uint64_t relay_words_get(room_store *store, relay_word word);
void relay_words_set(room_store *store, relay_word word, uint64_t value);
void relay_words_add(room_store *store, relay_word word, uint64_t count);

/* The position from which Redis knows everything. False: nobody has asked it
 * yet. */
bool relay_words_since(room_store *store, room_id *since);

/* What this host's wall clock said at Redis' time `ms`, about. */
int64_t relay_words_wall(room_store *store, int64_t ms);

#endif
