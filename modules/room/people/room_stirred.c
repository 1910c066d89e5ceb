/* room_stirred.c - rooms where somebody came or went; see room_stirred.h. */
#include "room/people/room_stirred.h"

#include "room/segment/room_marks.h"

void room_stirred_note(room_store *store, uint32_t room)
{
    uint32_t words = store->geometry.reader_words;
    const _Atomic uint64_t *readers = store->readers + (size_t)room * words;

    for (uint32_t i = 0; i < words; i++) {
        for (uint64_t bits = atomic_load(&readers[i]); bits != 0;
             bits &= bits - 1) {
            uint32_t slot = i * 64 + (uint32_t)__builtin_ctzll(bits);

            /* Many come at once: then it is in, and nobody has to write. */
            if (slot < store->geometry.slots
                && !room_marks_has(store, slot, ROOM_MARKS_STIRRED, room)) {
                room_marks_add(store, slot, ROOM_MARKS_STIRRED, room);
            }
        }
    }
}

void room_stirred_take(room_store *store, int slot, room_slot_visit *visit,
                       void *context)
{
    if (slot >= 0 && (uint32_t)slot < store->geometry.slots) {
        room_marks_take(store, (uint32_t)slot, ROOM_MARKS_STIRRED, visit,
                        context);
    }
}
