/* act_ban.c - who may not enter or speak; see act_ban.h. */
#include "act/moderation/act_ban.h"

#include "base/base_clock.h"

#define SECOND INT64_C(1000000)

bool act_ban_any(const room_store *store)
{
    return room_sanction_any(store);
}

act_ban_place act_ban_place_of(const room_store *store,
                               const act_room_key *room,
                               const act_settings *settings)
{
    return (act_ban_place){
        .realm = act_room_realm(room, settings),
        .room = base_hash(room_store_secret(store), room->key, room->key_size)
    };
}

/* Of whom what is looked for: the kinds in the order in which they tell most.
 */
typedef struct {
    room_sanction_kind kind;
    uint64_t scope;
    uint64_t whom;
} question;

static size_t questions_of(const act_ban_place *place,
                           const act_ban_person *who, question out[3])
{
    size_t count = 0;

    if (who->moderates) {
        return 0;
    }
    out[count++] = (question){ ROOM_SANCTION_BAN, place->realm, who->user };
    out[count++] = (question){ ROOM_SANCTION_KICK, place->room, who->user };
    if (who->guest && who->address != 0) {
        out[count++] = (question){ ROOM_SANCTION_ADDRESS, place->realm,
                                   who->address };
    }
    return count;
}

bool act_ban_holds(room_store *store, const act_ban_place *place,
                   const act_ban_person *who, int64_t *until_us)
{
    question asked[3];
    size_t count = questions_of(place, who, asked);
    int64_t now = base_clock_mono();

    for (size_t i = 0; i < count; i++) {
        *until_us = room_sanction_until(store, asked[i].kind, asked[i].scope,
                                        asked[i].whom, now);
        if (*until_us != 0) {
            return true;
        }
    }
    return false;
}

bool act_ban_read(room_store *store, const act_ban_place *place,
                  const act_ban_person *who, room_sanction *out)
{
    question asked[3];
    size_t count = questions_of(place, who, asked);
    int64_t now = base_clock_mono();

    for (size_t i = 0; i < count; i++) {
        if (room_sanction_read(store, asked[i].kind, asked[i].scope,
                               asked[i].whom, now, out)
            == ROOM_OK) {
            return true;
        }
    }
    return false;
}

int64_t act_ban_rest(int64_t until_us)
{
    int64_t rest = until_us - base_clock_mono();

    if (until_us == ROOM_SANCTION_FOREVER) {
        return 0;
    }
    return rest > 0 ? (rest + SECOND - 1) / SECOND : 1;
}

chat_error act_ban_check(room_store *store, const act_room_key *room,
                         const act_settings *settings, const act_address *from,
                         uint64_t user, bool guest, int64_t *rest_s)
{
    act_ban_person who = {
        .user = user,
        .address = from->key,
        .guest = guest,
        .moderates = act_settings_rights(settings, guest).moderate,
    };
    act_ban_place place;
    int64_t until;

    if (!act_ban_any(store)) {
        return CHAT_OK;
    }
    place = act_ban_place_of(store, room, settings);
    if (!act_ban_holds(store, &place, &who, &until)) {
        return CHAT_OK;
    }
    *rest_s = act_ban_rest(until);
    return CHAT_BANNED;
}

int64_t act_ban_muted(room_store *store, const act_room_key *room,
                      const act_settings *settings, uint64_t user, bool guest)
{
    int64_t until;
    int64_t rest;

    if (!act_ban_any(store)
        || act_settings_rights(settings, guest).moderate) {
        return 0;
    }
    until = room_sanction_until(store, ROOM_SANCTION_MUTE,
                                act_room_realm(room, settings), user,
                                base_clock_mono());
    if (until == 0) {
        return 0;
    }
    rest = act_ban_rest(until);
    return rest > 0 ? rest : ACT_BAN_FOREVER_S;
}
