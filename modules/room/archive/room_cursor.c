/* room_cursor.c - up to where rooms are in the archive; see room_cursor.h. */
#include "room/archive/room_cursor.h"

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/segment/room_layout.h"

void room_cursor_begin(room_store *store, uint32_t room, uint64_t since_ms)
{
    room_cursor *cursor;

    if (store->geometry.archive == 0) {
        return;
    }
    cursor = &store->cursors[room];
    atomic_store(&cursor->unread, 1);
    atomic_store(&cursor->upto, 0);
    atomic_store(&cursor->behind_us, 0);
    atomic_store(&cursor->keep_ms, store->geometry.relay != 0 ? 0 : INT64_MAX);
    atomic_store(&cursor->untold, 0);
    atomic_store(&cursor->refused, 0);
    cursor->read_seq = 0;
    cursor->since_ms = since_ms;
}

void room_cursor_carry(const room_cursor_totals *old, room_cursor_totals *now,
                       bool same)
{
    if (same) { /* else it has its own secret, and sanctions */
        atomic_store(&now->ready, atomic_load(&old->ready));
        atomic_store(&now->database, atomic_load(&old->database));
    }
    atomic_store(&now->commits, atomic_load(&old->commits));
    atomic_store(&now->errors, atomic_load(&old->errors));
    atomic_store(&now->lost, atomic_load(&old->lost));
}

bool room_cursor_unread(const room_store *store, uint32_t room)
{
    return store->geometry.archive != 0
           && atomic_load_explicit(&store->cursors[room].unread,
                                   memory_order_acquire) != 0;
}

uint64_t room_cursor_held(const room_store *store, uint32_t room)
{
    const room_cursor *cursor;

    if (store->geometry.archive == 0) {
        return UINT64_MAX;
    }
    cursor = &store->cursors[room];
    /* One that is not read in has nothing that is not in the archive. */
    return atomic_load_explicit(&cursor->keep_ms, memory_order_relaxed) != 0
                   && atomic_load_explicit(&cursor->unread,
                                           memory_order_relaxed) == 0
               ? atomic_load_explicit(&cursor->upto, memory_order_relaxed)
               : UINT64_MAX;
}

bool room_cursor_calls(const room_store *store, uint32_t room)
{
    uint64_t held = room_cursor_held(store, room);

    return store->geometry.relay == 0
           && (held < atomic_load(&store->items[room].published)
               || (held != UINT64_MAX
                   && atomic_load(&store->cursors[room].untold) != 0));
}

uint64_t room_cursor_safe(const room_store *store, uint32_t room)
{
    return room_cursor_keeps(store, room) && store->geometry.relay == 0
               ? room_cursor_held(store, room) : 0;
}

bool room_cursor_keeps(const room_store *store, uint32_t room)
{
    return store->geometry.archive != 0
           && atomic_load(&store->cursors[room].keep_ms) != 0;
}

bool room_cursor_behind(const room_store *store, uint32_t room)
{
    uint64_t next = atomic_load_explicit(&store->items[room].published,
                                         memory_order_relaxed);

    /* A room in which nothing was said yet is no loss. */
    return next > 1 && room_cursor_held(store, room) < next;
}

void room_cursor_note(room_store *store, uint32_t room, uint64_t seq,
                      int64_t mono_us)
{
    /* Of several that wait the first one counts. */
    if (store->geometry.archive != 0
        && (seq <= 1 || atomic_load(&store->cursors[room].upto) >= seq)) {
        atomic_store(&store->cursors[room].behind_us, mono_us);
    }
}

/* Before its number could be that of another one again. It may also be above
 * `upto`, of a commit that is told later. */
static void forget_refused(room_cursor *cursor, uint64_t upto)
{
    uint32_t refused = atomic_load(&cursor->refused);
    uint32_t ahead = ((uint32_t)upto - (refused >> 16)) & 0xffff;

    if (refused != 0 && ahead >= 0x8000 && ahead < 0xc000) {
        atomic_store(&cursor->refused, 0);
    }
}

void room_cursor_move(room_cursor *cursor, uint64_t upto)
{
    forget_refused(cursor, upto);
    atomic_store(&cursor->upto, upto);
}

void room_cursor_refuse(room_cursor *cursor, uint64_t seq)
{
    uint32_t was = atomic_load(&cursor->refused);
    uint32_t ahead = ((uint32_t)seq - (was >> 16)) & 0xffff;
    uint32_t bits = ahead < 16 ? was << ahead & 0xffff : 0;

    atomic_store(&cursor->refused, (uint32_t)seq << 16 | bits | 1);
}

uint64_t room_cursor_lose(room_store *store, uint32_t room, uint64_t from,
                          uint64_t to)
{
    uint64_t held = room_cursor_held(store, room);
    uint64_t first = held > from ? held : from;
    room_cursor_totals *all = &store->header->archive;

    if (first >= to || store->geometry.relay != 0) {
        return 0;
    }
    atomic_fetch_add(&all->lost, to - first);
    if (room_layout_may_tell(&all->lost_told_us, base_clock_mono())) {
        base_log(BASE_LOG_ERROR, "CW0307", "messages are lost to the archive: "
                 "they had to give way before the database got them; see to "
                 "it that it can be reached, or give ChatSharedMemory more");
    }
    return to - first;
}
