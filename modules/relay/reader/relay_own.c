/* relay_own.c - see relay_own.h. */
#include "relay/reader/relay_own.h"

#include "base/base_clock.h"
#include "chat/moderation/chat_amend.h"

#define READ_BYTES (256 * 1024)

/* Of an order: Redis has it done in a few milliseconds. */
#define OFFER_BYTES (64 * 1024)

static bool note(void *context, const room_log_record *record)
{
    relay_own *own = context;
    relay_own_id id = { record->id, record->seq };

    base_bytes_append(&own->list, &id, sizeof(id));
    own->count++;
    return true;
}

bool relay_own_read(room_store *store, room_handle room, relay_own *out)
{
    room_log_position start;
    room_log_cursor at = { 0, 0, 0 };
    room_status status = room_log_seek(store, room, NULL, UINT64_MAX,
                                       base_clock_mono(), &start);

    at.seq = start.seq;
    while (status == ROOM_OK && at.seq < start.next_seq) {
        uint64_t from = at.seq;

        status = room_log_read_on(store, room, &at, start.next_seq,
                                  READ_BYTES, note, out);
        if (at.seq == from) {
            break;
        }
    }
    return status == ROOM_OK;
}

const relay_own_id *relay_own_at(const relay_own *own, size_t index)
{
    return (const relay_own_id *)(const void *)own->list.data + index;
}

void relay_own_free(relay_own *own)
{
    base_bytes_free(&own->list);
    own->count = 0;
}

typedef struct {
    relay_order *order;
    const room_relay_facts *facts;
    base_clock_time now;
    base_bytes body;
    unsigned empty; /* arguments of an order without records */
    bool full;
} offering;

static bool offer(void *context, const room_log_record *record)
{
    offering *it = context;
    room_import_record out = {
        .kind = record->kind,
        .id = record->id,
        .author = record->author,
        .ref = record->ref,
        .stored_ms = it->now.wall_ms
                     - (it->now.mono_us - record->stored_us) / 1000,
        .size = record->size,
        .text_at = record->text_at,
        .text_size = record->text_size,
        .edited = record->edited,
        .deleted = record->deleted,
    };
    const char *target;
    size_t size;

    if (it->order->count > it->empty
        && it->order->args.len + record->size > OFFER_BYTES) {
        it->full = true;
        return false;
    }
    it->body.len = 0;
    base_bytes_reserve(&it->body, record->size + 1);
    room_log_copy(record, it->body.data);
    out.body = it->body.data;
    if ((record->kind == ROOM_LOG_DELETED || record->kind == ROOM_LOG_EDITED)
        && chat_amend_target(out.body, out.size, &target, &size)) {
        (void)room_id_parse(target, size, &out.target);
    }
    relay_room_restore_add(it->order, it->facts, &out);
    return true;
}

room_status relay_own_offer(room_store *store, room_handle room,
                            const room_relay_facts *facts, relay_order *order,
                            uint64_t *seq)
{
    offering it = { .order = order, .facts = facts, .now = base_clock_now(),
                    .empty = order->count };
    room_log_cursor at = { *seq, 0, 0 };
    room_status status;
    uint64_t from;

    do {
        from = at.seq;
        status = room_log_read_on(store, room, &at, UINT64_MAX, READ_BYTES,
                                  offer, &it);
    } while (status == ROOM_OK && !it.full && at.seq != from);
    base_bytes_free(&it.body);
    if (it.full) {
        relay_room_restore_add(order, facts, NULL);
    }
    *seq = it.full ? at.seq : UINT64_MAX;
    return status;
}
