/* relay_words.c - see relay_words.h. */
#include "relay/reader/relay_words.h"

static uint64_t get(const room_store *store, relay_word word)
{
    _Atomic uint64_t *words = room_relay_words(store);

    return words ? atomic_load(&words[word]) : 0;
}

void relay_words_set(room_store *store, relay_word word, uint64_t value)
{
    _Atomic uint64_t *words = room_relay_words(store);

    if (words) {
        atomic_store(&words[word], value);
    }
}

void relay_words_add(room_store *store, relay_word word, uint64_t count)
{
    _Atomic uint64_t *words = room_relay_words(store);

    if (words) {
        atomic_fetch_add_explicit(&words[word], count, memory_order_relaxed);
    }
}

bool relay_words_since(const room_store *store, room_id *since)
{
    *since = (room_id){ get(store, RELAY_WORD_SINCE), 0 };
    return since->ms != 0;
}

void relay_figures_get(room_store *store, relay_figures *out)
{
    uint64_t lag = get(store, RELAY_WORD_LAG);

    *out = (relay_figures){
        .on = room_relay_on(store),
        .connected = get(store, RELAY_WORD_CONNECTED) != 0,
        .rooms = get(store, RELAY_WORD_ROOMS),
        .hosts = get(store, RELAY_WORD_HOSTS),
        .received = get(store, RELAY_WORD_RECEIVED),
        .sent = get(store, RELAY_WORD_SENT),
        .errors = get(store, RELAY_WORD_ERRORS),
        .reconnects = get(store, RELAY_WORD_RECONNECTS),
        .gaps = get(store, RELAY_WORD_GAPS),
        .restored = get(store, RELAY_WORD_RESTORED),
        .lag_us = (int64_t)lag - 1,
    };
}
