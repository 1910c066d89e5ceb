/* room_ack.c - waiting for the archive; see room_ack.h. */
#include "room/archive/room_ack.h"

#include "base/base_clock.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room/segment/room_wait.h"

static _Atomic uint64_t *waiting_words(const room_store *store, uint32_t room)
{
    return store->waiting + (size_t)room * store->geometry.reader_words;
}

uint64_t room_ack_upto(const room_store *store, room_handle room)
{
    uint64_t upto;

    if (store->geometry.archive == 0) {
        return UINT64_MAX;
    }
    if (room.index >= store->geometry.rooms) {
        return 0;
    }
    upto = room_cursor_held(store, room.index);
    /* In this order: if the slot is given away in between, the generation
     * tells. */
    return atomic_load(&store->items[room.index].generation) == room.generation
               ? upto : 0;
}

bool room_ack_refused(const room_store *store, room_handle room, uint64_t seq)
{
    uint32_t refused;
    uint32_t back;

    if (store->geometry.archive == 0 || room.index >= store->geometry.rooms) {
        return false;
    }
    refused = atomic_load(&store->cursors[room.index].refused);
    back = ((refused >> 16) - (uint32_t)seq) & 0xffff;
    return back < 16 && (refused >> back & 1) != 0;
}

void room_ack_await(room_store *store, room_handle room, int slot)
{
    if (store->geometry.archive != 0 && room.index < store->geometry.rooms
        && slot >= 0 && (uint32_t)slot < store->geometry.slots) {
        /* The number first and then the bits, or the bit and then the number:
         * one of the two sees what the other did. */
        atomic_fetch_or(&waiting_words(store, room.index)[slot / 64],
                        UINT64_C(1) << slot % 64);
    }
}

/* `told`: not before an archive has told how far it is. */
static room_status wait_above(room_store *store, room_handle room,
                              uint64_t seq, bool told, int64_t until_us)
{
    for (;;) {
        room_cursor *cursor;
        uint32_t turn = 0;
        uint64_t upto;
        int64_t left;

        if (store->geometry.archive != 0
            && room.index < store->geometry.rooms) {
            turn = atomic_load(&store->cursors[room.index].turn);
        }
        upto = room_ack_upto(store, room);
        if (upto > seq && (upto != UINT64_MAX || !told)) {
            return ROOM_OK;
        }
        if (room.index >= store->geometry.rooms
            || atomic_load(&store->items[room.index].generation)
                   != room.generation) {
            return ROOM_GONE;
        }
        left = until_us - base_clock_mono();
        if (left <= 0) {
            return ROOM_BUSY;
        }
        cursor = &store->cursors[room.index];
        atomic_fetch_add(&cursor->sleepers, 1);
        room_wait_sleep(&cursor->turn, turn, left);
        atomic_fetch_sub(&cursor->sleepers, 1);
    }
}

room_status room_ack_wait(room_store *store, room_handle room, uint64_t seq,
                          int64_t until_us)
{
    return wait_above(store, room, seq, false, until_us);
}

room_status room_ack_wait_shared(room_store *store, room_handle room,
                                 uint64_t seq, int64_t until_us)
{
    return wait_above(store, room, seq, store->geometry.archive != 0,
                      until_us);
}

bool room_ack_sanctions(const room_store *store, uint32_t version)
{
    uint32_t there = atomic_load(&store->header->archive.sanctions);

    /* What the relay has it keeps, and so the archive gets it. */
    return store->geometry.archive == 0 || store->geometry.relay != 0
           || (int32_t)(there - version) >= 0;
}

room_status room_ack_wait_sanctions(room_store *store, uint32_t version,
                                    int64_t until_us)
{
    _Atomic uint32_t *word = &store->header->archive.sanctions;
    uint32_t seen = atomic_load(word);

    while (!room_ack_sanctions(store, version)) {
        int64_t left = until_us - base_clock_mono();

        if (left <= 0) {
            return ROOM_BUSY;
        }
        room_wait_sleep(word, seen, left);
        seen = atomic_load(word);
    }
    return ROOM_OK;
}

void room_ack_wake_sanctions(room_store *store)
{
    room_wait_wake(&store->header->archive.sanctions);
    room_slot_call(store);
}

int64_t room_ack_until(const room_store *store, room_handle room,
                       int64_t patience_us)
{
    int64_t now = base_clock_mono();
    int64_t since = now;

    if (store->geometry.archive != 0 && room.index < store->geometry.rooms) {
        since = atomic_load(&store->cursors[room.index].behind_us);
    }
    return (since > 0 && since < now ? since : now) + patience_us;
}

void room_ack_wake(room_store *store, uint32_t room)
{
    room_cursor *cursor = &store->cursors[room];
    _Atomic uint64_t *words = waiting_words(store, room);

    atomic_fetch_add(&cursor->turn, 1);
    /* One that was killed in its sleep is counted for ever: a call for
     * nothing. */
    if (atomic_load(&cursor->sleepers) != 0) {
        room_wait_wake(&cursor->turn);
    }
    for (uint32_t i = 0; i < store->geometry.reader_words; i++) {
        uint64_t bits = atomic_load(&words[i]) != 0
                            ? atomic_exchange(&words[i], 0) : 0;

        while (bits != 0) {
            room_slot_wake(store, (int)(i * 64) + __builtin_ctzll(bits), room);
            bits &= bits - 1;
        }
    }
}
