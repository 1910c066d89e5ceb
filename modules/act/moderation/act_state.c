/* act_state.c - see act_state.h. */
#include "act/moderation/act_state.h"

#include <string.h>

#include "act/act_member.h"
#include "act/moderation/act_ban.h"
#include "room/table/room_table.h"

static void tell(act_state *it, int64_t muted_s)
{
    it->told = (chat_state){ .topic = it->kept.topic,
                             .topic_size = it->kept.topic_size,
                             .slow_s = it->kept.slow_s,
                             .locked = it->kept.locked,
                             .muted_s = muted_s };
}

void act_state_read(room_store *store, room_handle room,
                    const act_room_key *key, const act_settings *settings,
                    const chat_person *who, act_state *out)
{
    (void)room_state_read(store, room, &out->kept);
    tell(out, act_ban_muted(store, key, settings, who->user, who->guest));
}

bool act_state_find(room_store *store, const act_room_key *key,
                    const act_settings *settings, chat_person *who,
                    act_state *out)
{
    room_handle room;
    room_status status = room_table_find(store, key->key, key->key_size,
                                         &room);

    memset(&out->kept, 0, sizeof(out->kept));
    if (status == ROOM_OK) {
        status = act_member_name(store, room, who);
    }
    if (status == ROOM_OK) {
        act_state_read(store, room, key, settings, who, out);
        return true;
    }
    tell(out, act_ban_muted(store, key, settings, who->user, who->guest));
    return status != ROOM_BUSY;
}
