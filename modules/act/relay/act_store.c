/* act_store.c - see act_store.h. */
#include "act/relay/act_store.h"

#include "relay/relay.h"
#include "relay/relay_room.h"
#include "relay/relay_script.h"
#include "room/relay/room_relay.h"

static room_status store_here(const act_call *call, room_handle room,
                              const room_log_entry *entry,
                              const room_log_target *target,
                              act_result *result)
{
    room_id id = { 0, 0 };
    uint64_t seq = 0;
    room_status status =
        target ? room_log_amend(call->store, room, entry, target, &id, &seq)
               : room_log_append(call->store, room, entry, &id, &seq);

    if (status == ROOM_OK) {
        result->seq = seq;
        result->size = entry->head_size + entry->tail_size;
    }
    /* Only what was stored has an id. */
    if (status == ROOM_OK || status == ROOM_REPEATED) {
        result->id = id;
    }
    return status;
}

/* In a segment that another one has taken over from nobody would hear of it. */
static room_status make_order(const act_call *call, room_handle room,
                              const room_log_entry *entry,
                              const room_log_target *target,
                              act_result *result)
{
    room_log_state now;
    relay_room there;
    relay_rates rates;
    room_status status;

    if (room_store_closed(call->store)) {
        return ROOM_MOVED;
    }
    if (!call->relay) {
        return ROOM_UNREAD;
    }
    status = room_log_info(call->store, room, entry->mono_us, &now);
    if (status != ROOM_OK) {
        return status;
    }
    act_room_relayed(call->store, call->key, call->settings, call->relay,
                     &there);
    /* Once, if it takes several tries. */
    if (result->tries == 0 && act_address_has_hosts(call->store)) {
        act_address_rates(call->settings, call->from, call->who->user, &rates);
        there.rates = &rates;
    }
    result->order = relay_room_store(&there, entry, target, &now.newest, NULL,
                                     NULL);
    result->size = entry->head_size + entry->tail_size;
    return ROOM_OK;
}

room_status act_store(const act_call *call, room_handle room,
                      const room_log_entry *entry,
                      const room_log_target *target, act_result *result)
{
    return room_relay_on(call->store)
               ? make_order(call, room, entry, target, result)
               : store_here(call, room, entry, target, result);
}

bool act_store_rated(const act_call *call, const relay_order *order,
                     act_result *result)
{
    bool address;

    /* Whatever else is answered so makes no sense. */
    if (order->script != relay_script_get(RELAY_SCRIPT_STORE)
        || !relay_room_rated(order, &result->retry, &address)) {
        return false;
    }
    result->error = CHAT_RATE_LIMITED;
    result->size = 0;
    if (address) {
        act_address_refused(call->store, call->slot, call->from);
    }
    return true;
}

room_status act_store_finish(const relay_order *order, act_result *result)
{
    room_id id = { 0, 0 };
    int64_t wait = 0;
    room_status status = relay_room_stored(order, &id, &wait,
                                           &result->archived);

    result->retry = wait;
    if (status == ROOM_OK || status == ROOM_REPEATED) {
        result->id = id;
    }
    if (status != ROOM_OK) {
        result->size = 0;
    }
    return status;
}
