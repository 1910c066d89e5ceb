/* act_list.h - who is in a room, and which rooms there are: the answers to
 * ?members and ?rooms.
 *
 * Called by httpd's workers; any thread. No room is made.
 */
#ifndef CHATWS_ACT_LIST_H
#define CHATWS_ACT_LIST_H

#include "act/act_room.h"
#include "base/base_bytes.h"
#include "chat/chat_person.h"
#include "room/log/room_id.h"

/* One room of act_list_rooms. */
typedef struct {
    size_t count; /* members */
    bool has_last;
    room_id last; /* the id of the last message that it keeps */
    size_t key_size;
    char key[ACT_KEY_MOST];
} act_list_room;

/* Appends {"count":3,"list":[PERSON,...]}; of more than `most` only the count.
 * A room that does not exist has none. `asker`, if there is one, gets the name
 * that it has in the room. False: it could not be read now, and nothing was
 * appended. */
bool act_list_members(room_store *store, const act_room_key *room,
                      uint32_t most, chat_person *asker, base_bytes *json);

/* The rooms that have members or kept messages and whose key begins with
 * `prefix` and is longer, as a new array that the caller frees: at most `most`,
 * those with the most members first, then those where somebody spoke last.
 * `*more`: there are others. Also rooms that only prefix->archive or other
 * hosts have, if what was said last in them would be kept by `settings`;
 * without them when the archive, or Redis, cannot be asked. */
act_list_room *act_list_rooms(room_store *store, const act_room_key *prefix,
                              const act_settings *settings, size_t most,
                              size_t *count, bool *more);

#endif
