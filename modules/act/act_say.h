/* act_say.h - storing one command's message, from any thread and child.
 *
 * Called by the loop thread for WebSocket commands and by httpd's workers for
 * POST. It needs no connection and no loop: the segment takes the message and
 * the children that have readers are woken.
 */
#ifndef CHATWS_ACT_SAY_H
#define CHATWS_ACT_SAY_H

#include <stddef.h>
#include <stdint.h>

#include "act/act_settings.h"
#include "base/base_bytes.h"
#include "chat/chat_command.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "room/log/room_id.h"
#include "room/segment/room_store.h"

struct act_address;

/* Longest key of a room: "site\n/path". */
#define ACT_KEY_MOST 480

typedef struct {
    const char *key; /* "site\n/decoded/path": see httpd_site.h */
    size_t key_size; /* at most ACT_KEY_MOST */
} act_room_key;

typedef struct {
    chat_error error;   /* CHAT_OK, or why nothing was stored */
    int64_t retry;      /* CHAT_RATE_LIMITED, CHAT_UNAVAILABLE: microseconds to
                           wait */
    room_id id;         /* CHAT_OK: the message's id */
    size_t size;        /* CHAT_OK: bytes of it that were stored just now */
    bool repeated;      /* CHAT_OK: this ref was stored before, under id */
    bool moved;         /* not CHAT_OK: the rooms are in another segment now;
                           the children after the restart take it */
} act_said;

/* Charges the rates of the person and of the address (bad commands too),
 * refuses a guest where guests only read, stores the message and wakes its
 * readers. A command that was not parsed (command->error) is charged and its
 * error is given back. A guest is shown under the name that it has in the room,
 * else a default one. `slot` is the caller's own child slot for the counters,
 * or -1. The command stays the caller's. */
act_said act_say(room_store *store, int slot,
                          const act_room_key *room,
                          const act_settings *settings,
                          const struct act_address *from,
                          const chat_person *who, const chat_command *command);

#endif
