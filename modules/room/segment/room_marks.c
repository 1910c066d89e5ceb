/* room_marks.c - sets of rooms, by slot; see room_marks.h. */
#include "room/segment/room_marks.h"

#include "room/segment/room_fault.h"

/* One set: `sums` has a bit for each word of `words`. */
typedef struct {
    _Atomic uint64_t *sums;
    _Atomic uint64_t *words;
} marks;

static marks marks_of(const room_store *store, uint32_t slot,
                      room_marks_set set)
{
    const room_geometry *g = &store->geometry;
    size_t size = g->mark_sums + g->mark_words;
    _Atomic uint64_t *sums =
        store->marks + ((size_t)slot * ROOM_MARKS_SETS + set) * size;

    return (marks){ sums, sums + g->mark_sums };
}

static uint64_t bit_of(uint32_t index)
{
    return UINT64_C(1) << index % 64;
}

static bool has(const _Atomic uint64_t *bits, uint32_t index)
{
    return (atomic_load(&bits[index / 64]) & bit_of(index)) != 0;
}

void room_marks_add(room_store *store, uint32_t slot, room_marks_set set,
                    uint32_t room)
{
    marks of = marks_of(store, slot, set);

    /* The room's bit first: who takes the set clears the other and then reads
     * this. So where the other is set still, this is yet to be read. */
    atomic_fetch_or(&of.words[room / 64], bit_of(room));
    ROOM_FAULT(125);
    if (!has(of.sums, room / 64)) {
        atomic_fetch_or(&of.sums[room / 64 / 64], bit_of(room / 64));
    }
}

bool room_marks_has(const room_store *store, uint32_t slot,
                    room_marks_set set, uint32_t room)
{
    marks of = marks_of(store, slot, set);

    return has(of.words, room) && has(of.sums, room / 64);
}

static void set_all(room_store *store, uint32_t slot, uint64_t bits)
{
    for (int set = 0; set < ROOM_MARKS_SETS; set++) {
        marks of = marks_of(store, slot, (room_marks_set)set);

        for (uint32_t i = 0; i < store->geometry.mark_words; i++) {
            atomic_store(&of.words[i], bits);
        }
        for (uint32_t i = 0; i < store->geometry.mark_sums; i++) {
            atomic_store(&of.sums[i], bits);
        }
    }
}

void room_marks_fill(room_store *store, uint32_t slot)
{
    set_all(store, slot, UINT64_MAX);
}

void room_marks_clear(room_store *store, uint32_t slot)
{
    set_all(store, slot, 0);
}

static uint64_t take(_Atomic uint64_t *word)
{
    return atomic_load(word) != 0 ? atomic_exchange(word, 0) : 0;
}

void room_marks_take(room_store *store, uint32_t slot, room_marks_set set,
                     room_slot_visit *visit, void *context)
{
    const room_geometry *g = &store->geometry;
    marks of = marks_of(store, slot, set);

    for (uint32_t i = 0; i < g->mark_sums; i++) {
        for (uint64_t sums = take(&of.sums[i]); sums != 0; sums &= sums - 1) {
            uint32_t word = i * 64 + (uint32_t)__builtin_ctzll(sums);
            uint64_t bits = word < g->mark_words ? take(&of.words[word]) : 0;

            for (; bits != 0; bits &= bits - 1) {
                uint32_t room = word * 64 + (uint32_t)__builtin_ctzll(bits);

                if (room < g->rooms) {
                    visit(context, room);
                }
            }
        }
    }
}
