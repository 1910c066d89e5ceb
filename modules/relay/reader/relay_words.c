/* relay_words.c - see relay_words.h. */
#include "relay/reader/relay_words.h"

#include "room/relay/room_relay.h"

_Static_assert(RELAY_WORDS <= ROOM_RELAY_FIGURES, "they have a place each");

_Atomic uint64_t *relay_words_at(room_store *store, relay_word word)
{
    return room_relay_on(store) ? &room_relay_figures(store)[word] : NULL;
}

uint64_t relay_words_get(room_store *store, relay_word word)
{
    _Atomic uint64_t *at = relay_words_at(store, word);

    return at ? atomic_load(at) : 0;
}

void relay_words_set(room_store *store, relay_word word, uint64_t value)
{
    _Atomic uint64_t *at = relay_words_at(store, word);

    if (at) {
        atomic_store(at, value);
    }
}

void relay_words_add(room_store *store, relay_word word, uint64_t count)
{
    _Atomic uint64_t *at = relay_words_at(store, word);

    if (at) {
        atomic_fetch_add_explicit(at, count, memory_order_relaxed);
    }
}

bool relay_words_since(room_store *store, room_id *since)
{
    *since = (room_id){ relay_words_get(store, RELAY_WORD_SINCE), 0 };
    return since->ms != 0;
}

int64_t relay_words_wall(room_store *store, int64_t ms)
{
    int64_t skew = (int64_t)relay_words_get(store, RELAY_WORD_SKEW);
    int64_t wall;

    return __builtin_add_overflow(ms, skew, &wall) ? ms : wall;
}
