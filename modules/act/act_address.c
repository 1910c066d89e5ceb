/* act_address.c - see act_address.h.
 *
 * The rates stand in the segment's table of rates under keys made from the
 * address's own. They are hashes with a secret key: whatever is added to one
 * is as good as another hash.
 */
#include "act/act_address.h"

#include "act/act_count.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_rate.h"
#include "room/people/room_address.h"
#include "room/people/room_member.h"
#include "room/set/room_rate.h"
#include "room/table/room_table.h"

#define SECOND INT64_C(1000000)

/* What is counted by time: each has a key of its own. */
enum { OF_COMMANDS, OF_ROOMS, OF_GHOSTS };

static bool take(room_store *store, const act_address *from, unsigned what,
                 int64_t interval_us, uint32_t burst, int64_t *retry_us)
{
    return room_rate_take(store, from->key + what, from->tag,
                          base_clock_mono(), interval_us, burst, retry_us);
}

/* Whoever floods must not fill the disk: a line a minute tells which address
 * and what to do, the counter tells how often. */
static void refused(room_store *store, int slot, const act_address *from,
                    act_count which, const char *directive)
{
    char text[BASE_ADDRESS_TEXT];

    act_count_add(store, slot, which);
    if (!room_address_may_tell(store, base_clock_mono())) {
        return;
    }
    base_address_write(&from->address, true, text);
    base_log(BASE_LOG_WARN, "CW0511",
             "%s is at its limit, see %s: refused%s", text, directive,
             from->proxied
                 ? "; it sends X-Forwarded-For, Forwarded or CF-Connecting-IP, "
                   "so it may be a proxy with many visitors behind it: let "
                   "mod_remoteip tell them apart, or turn the limit off there"
                 : "");
}

void act_address_refused(room_store *store, int slot, const act_address *from)
{
    refused(store, slot, from, ACT_COUNT_ADDRESS_RATE, "ChatAddressRate");
}

bool act_address_command(room_store *store, int slot,
                         const act_settings *settings,
                         const act_address *from, int64_t *retry_us)
{
    if (from->key == 0 || settings->address_rate == 0
        || take(store, from, OF_COMMANDS, SECOND / settings->address_rate,
                settings->address_burst, retry_us)) {
        return true;
    }
    act_address_refused(store, slot, from);
    return false;
}

bool act_address_has_hosts(room_store *store)
{
    return relay_words_get(store, RELAY_WORD_HOSTS) > 0;
}

/* The keys are made of the secret that all hosts share. */
void act_address_rates(const act_settings *settings, const act_address *from,
                       uint64_t user, relay_rates *out)
{
    *out = (relay_rates){ .user = user, .address = from->key + OF_COMMANDS };
    if (settings->rate > 0) {
        out->user_interval_us = SECOND / settings->rate;
        out->user_burst = settings->burst;
    }
    if (from->key != 0 && settings->address_rate > 0) {
        out->address_interval_us = SECOND / settings->address_rate;
        out->address_burst = settings->address_burst;
    }
}

bool act_address_connect(room_store *store, int slot,
                         const act_settings *settings, act_address *from)
{
    uint32_t place;

    if (from->key == 0 || settings->address_connections == 0 || slot < 0) {
        return true;
    }
    if (room_address_enter(store, from->key, slot,
                           settings->address_connections, &place)
        == ROOM_FULL) {
        refused(store, slot, from, ACT_COUNT_ADDRESS_CONNECTIONS,
                "ChatAddressConnections");
        return false;
    }
    from->place = place + 1; /* 0 when it found no place */
    return true;
}

void act_address_resume(room_store *store, int slot,
                        const act_settings *settings, act_address *from)
{
    uint32_t place;

    if (from->key != 0 && settings->address_connections > 0 && slot >= 0
        && room_address_enter(store, from->key, slot, UINT32_MAX, &place)
               != ROOM_FULL) {
        from->place = place + 1; /* 0 when it found no place */
    }
}

void act_address_disconnect(room_store *store, act_address *from)
{
    if (from->place > 0) {
        room_address_leave(store, from->place - 1);
        from->place = 0;
    }
}

/* Of all hosts; or of this one, where there is no other, or none can be asked.
 */
static bool take_room(room_store *store, const act_settings *settings,
                      const act_address *from, const act_room_key *room,
                      int64_t *retry_us)
{
    uint32_t most = settings->address_rooms;
    int64_t interval = settings->address_rooms_period * SECOND / most;
    relay_rate_result told = RELAY_RATE_UNKNOWN;
    relay_room there;

    if (room->relay && act_address_has_hosts(store)) {
        act_room_relayed(store, room, settings, room->relay, &there);
        told = relay_rate_room(room->relay, &there, from->key + OF_ROOMS,
                               interval, most, retry_us);
    }
    return told == RELAY_RATE_UNKNOWN
               ? take(store, from, OF_ROOMS, interval, most, retry_us)
               : told == RELAY_RATE_GIVEN;
}

bool act_address_room(room_store *store, int slot,
                      const act_settings *settings, const act_address *from,
                      const act_room_key *room, int64_t *retry_us)
{
    room_handle handle;

    if (from->key == 0 || settings->address_rooms == 0) {
        return true;
    }
    /* One that cannot be looked up now is not charged for: to open it will fail
     * in the same way, and that tells the better reason. */
    if (room_table_find(store, room->key, room->key_size, &handle)
            != ROOM_ABSENT
        || take_room(store, settings, from, room, retry_us)) {
        return true;
    }
    refused(store, slot, from, ACT_COUNT_ADDRESS_ROOMS, "ChatAddressRooms");
    return false;
}

bool act_address_lingers(room_store *store, const act_settings *settings,
                         const act_address *from)
{
    uint32_t most = settings->address_connections;

    /* So many at once, and as many again in the time that one of them stays. */
    return from->key == 0 || most == 0
           || take(store, from, OF_GHOSTS, ROOM_MEMBER_GRACE_US / most, most,
                   NULL);
}
