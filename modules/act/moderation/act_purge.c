/* act_purge.c - what somebody has written goes; see act_purge.h. */
#include "act/moderation/act_purge.h"

#include "act/moderation/act_amend.h"
#include "act/past/act_past.h"
#include "archive/archive_erase.h"
#include "room/archive/room_ack.h"
#include "room/log/room_log.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"

/* How long a room's events may take to get into the archive. */
#define CATCH_UP_US INT64_C(5000000)

enum { KEPT, ARCHIVED, READ_IN };

void act_purge_step(const act_call *call, act_purge *it)
{
    size_t left = ACT_PURGE_MOST;
    room_handle room;

    while (left > 0
           && room_search_room(call->store, it->realm, it->room, &room)) {
        size_t gone = act_amend_purge(call, room, it->user, left);

        /* When so many went, there may be more of them in this room. */
        it->room = gone == left ? room.index : room.index + 1;
        left -= gone;
    }
    it->left = left == 0;
}

bool act_purge_has_past(const act_call *call, const act_purge *it)
{
    return it->user != 0 && !room_relay_on(call->store)
           && act_past_may_have(call);
}

/* The writer may have read what was purged since; when it has written all that
 * came up to now, it has done the same to the rows. */
static bool catch_up(const act_call *call, uint64_t realm)
{
    room_handle room = { 0, 0 };

    for (uint32_t at = 0; room_search_room(call->store, realm, at, &room);
         at = room.index + 1) {
        uint64_t next = room_log_next(call->store, room);

        if (next > 1
            && room_ack_wait(call->store, room, next - 1,
                             room_ack_until(call->store, room, CATCH_UP_US))
                   == ROOM_BUSY) {
            return false;
        }
    }
    return true;
}

/* What is kept has gone. */
static chat_error go_back(const act_call *call, act_purge *it)
{
    if (!catch_up(call, it->realm)) {
        return CHAT_UNAVAILABLE;
    }
    it->phase = ARCHIVED;
    return CHAT_OK;
}

static chat_error purge_archived(const act_call *call, act_purge *it)
{
    archive_erasing step = { .user = it->user, .realm = it->realm,
                             .room = it->past, .at = it->past_at };

    if (archive_erase_step(call->key->archive, &step) != ARCHIVE_OK) {
        return CHAT_UNAVAILABLE;
    }
    it->past = step.room;
    it->past_at = step.at;
    if (step.done) {
        it->phase = READ_IN;
        it->room = 0;
    }
    return CHAT_OK;
}

chat_error act_purge_past(const act_call *call, act_purge *it)
{
    chat_error error = CHAT_OK;
    bool on = true;

    if (it->phase == ARCHIVED) {
        error = purge_archived(call, it);
    }
    else {
        act_purge_step(call, it);
        on = it->left;
        if (!on && it->phase == KEPT) {
            error = go_back(call, it);
            on = true;
        }
    }
    it->left = on && error == CHAT_OK;
    return error;
}
