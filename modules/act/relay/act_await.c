/* act_await.c - see act_await.h. */
#include "act/relay/act_await.h"

#include "act/act_obey.h"
#include "act/act_refusal.h"
#include "act/past/act_written.h"
#include "base/base_clock.h"
#include "relay/relay.h"
#include "room/relay/room_relay.h"
#include "room/table/room_table.h"

/* A room that is not there any more has nobody who would miss it. */
static room_status wait_for(const act_call *call, const room_id *id,
                            int64_t until)
{
    room_handle room;
    room_status status = room_table_find(call->store, call->key->key,
                                         call->key->key_size, &room);

    if (status == ROOM_ABSENT) {
        return ROOM_OK;
    }
    if (status == ROOM_OK) {
        status = room_relay_wait(call->store, room, id, until);
    }
    if (status == ROOM_OK) {
        status = room_relay_find(call->store, room, id);
    }
    return status == ROOM_GONE ? ROOM_OK : status;
}

void act_await(const act_call *call, const chat_command *command,
               act_result *result)
{
    int64_t start = base_clock_mono();
    int64_t until = start + ACT_AWAIT_US;
    bool asked = result->order != NULL;

    while (result->order || (result->past && call->key->archive)) {
        if (!result->order) {
            act_obey_past(call, command, result);
            continue;
        }
        relay_ask(call->relay, result->order,
                  result->purge.user != 0 ? start + ACT_AWAIT_PURGE_US
                                          : until);
        act_obey_finish(call, command, result);
    }
    if (!asked || result->error != CHAT_OK || result->id.ms == 0) {
        return;
    }
    if (wait_for(call, &result->id, until) != ROOM_OK) {
        act_refusal_fill(result, ROOM_BUSY);
    }
    else if (result->archived) {
        result->error = act_written_shared(call, result, until);
        result->retry = act_refusal_retry(result->error);
    }
}
