/* act_refusal.c - what the rooms answered; see act_refusal.h. */
#include "act/act_refusal.h"

/* As long as anybody waits for a lock: whoever holds one longer may be stopped,
 * and then an earlier retry only adds to the load. */
#define RETRY_US INT64_C(2000000)

chat_error act_refusal_error(room_status status)
{
    switch (status) {
    case ROOM_OK:
    case ROOM_REPEATED: return CHAT_OK;
    case ROOM_FULL: return CHAT_ROOMS_FULL;
    case ROOM_NAME_TAKEN: return CHAT_NAME_TAKEN;
    case ROOM_TOO_BIG: return CHAT_TOO_LONG;
    case ROOM_GONE:
    case ROOM_BUSY:
    case ROOM_ABSENT:
    case ROOM_MOVED:
    case ROOM_UNREAD:
    default: return CHAT_UNAVAILABLE;
    }
}

chat_error act_refusal_open(room_status status)
{
    return status == ROOM_ABSENT ? CHAT_NOT_FOUND : act_refusal_error(status);
}

int64_t act_refusal_retry(chat_error error)
{
    return error == CHAT_UNAVAILABLE ? RETRY_US : 0;
}

void act_refusal_fill(act_result *result, room_status status)
{
    result->error = act_refusal_error(status);
    result->retry = act_refusal_retry(result->error);
    result->moved = status == ROOM_MOVED;
}
