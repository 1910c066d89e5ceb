/* relay_notice.c - what moderators of other hosts did; see relay_notice.h. */
#include "relay/people/relay_notice.h"

#include <string.h>

#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_log.h"
#include "relay/people/relay_line.h"
#include "relay/people/relay_packed.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_slot.h"
#include "room/set/room_notice.h"
#include "room/set/room_rate.h"

/* Longer than that is forever. */
#define LONGEST_MS (INT64_C(3650) * 86400000)

#define KINDS_PARDONED                                         \
    (1u << ROOM_SANCTION_MUTE | 1u << ROOM_SANCTION_BAN        \
     | 1u << ROOM_SANCTION_ADDRESS | 1u << ROOM_SANCTION_KICK)

static void tell_garbage(void)
{
    base_log_limited(BASE_LOG_WARN, "CW1220", "what Redis has, or told, of "
                     "sanctions or reports makes no sense and was left out: "
                     "somebody else writes to our keys, or publishes on our "
                     "channels");
}

bool relay_notice_read(const char *text, size_t size, int64_t now_ms,
                       int64_t now_us, room_notice *notice)
{
    relay_line rest = { text, size };
    int64_t made = relay_line_number(relay_line_take(&rest, ' '));
    int64_t until = relay_line_number(relay_line_take(&rest, ' '));
    room_sanction *what = &notice->what;

    if (made < 0 || until < 0 || now_ms < 0
        || !relay_packed_read_notice(rest.text, rest.size, notice)
        || notice->kind != ROOM_NOTICE_SANCTION) {
        tell_garbage();
        return false;
    }
    what->made_us = now_us - (now_ms > made ? now_ms - made : 0) * 1000;
    what->until_us = until == 0 || until - now_ms > LONGEST_MS
                         ? ROOM_SANCTION_FOREVER
                         : now_us + (until - now_ms) * 1000;
    return what->until_us > now_us;
}

/* The room that hosts call so. */
static bool find_room(room_store *store, uint64_t realm, uint64_t name,
                      room_handle *room)
{
    room_relay_facts facts;

    for (uint32_t at = 0; room_search_room(store, realm, at, room);
         at = room->index + 1) {
        if (room_relay_look(store, *room, &facts) == ROOM_OK
            && base_hash(room_store_secret(store), facts.key, facts.key_size)
                   == name) {
            return true;
        }
    }
    return false;
}

/* Whoever has no connection any more goes at once, as where it was decided. */
static void oust(room_store *store, const room_sanction *what)
{
    room_handle room;

    if (what->kind == ROOM_SANCTION_BAN) {
        (void)room_search_oust(store, what->realm, NULL, what->user.user);
    }
    else if (what->kind == ROOM_SANCTION_KICK
             && find_room(store, what->realm, what->scope, &room)) {
        (void)room_search_oust(store, what->realm, &room, what->user.user);
    }
}

static bool keep(room_store *store, const room_notice *notice, bool tell)
{
    const room_sanction *what = &notice->what;
    bool kept = true;

    /* The address of the ban before, if it is meant again, follows. */
    if (what->kind == ROOM_SANCTION_BAN) {
        kept = room_sanction_end(store, what->realm, what->user.user,
                                 1u << ROOM_SANCTION_ADDRESS, NULL)
               == ROOM_OK;
    }
    kept = kept
           && room_sanction_put(store, what, base_clock_mono(), NULL)
                  == ROOM_OK;
    oust(store, what);
    if (tell && what->kind != ROOM_SANCTION_ADDRESS) {
        (void)room_notice_put(store, notice);
    }
    return kept;
}

static bool hear_sanctions(room_store *store, relay_line *rest, bool own)
{
    relay_line head = relay_line_take(rest, '\n');
    int64_t now_ms = relay_line_number(head);
    int64_t now_us = base_clock_mono();
    room_notice notice;
    bool kept = true;

    while (rest->size > 0) {
        relay_line line = relay_line_take(rest, '\n');

        if (line.size > 0
            && relay_notice_read(line.text + 1, line.size - 1, now_ms, now_us,
                                 &notice)) {
            kept = keep(store, &notice, line.text[0] == '+' && !own) && kept;
        }
    }
    return kept;
}

static bool hear_pardon(room_store *store, const relay_line *rest, bool own)
{
    room_notice notice;
    room_status status;
    unsigned count = 0;

    if (!relay_packed_read_notice(rest->text, rest->size, &notice)
        || notice.kind != ROOM_NOTICE_PARDON) {
        tell_garbage();
        return true;
    }
    status = room_sanction_end(store, notice.what.realm,
                               notice.what.user.user, KINDS_PARDONED, &count);
    if (!own && count > 0) {
        (void)room_notice_put(store, &notice);
    }
    return status == ROOM_OK;
}

/* It is known from now on that this one reported it, on every host. Two hosts
 * may have been told so at once. */
static void hear_report(room_store *store, const relay_line *rest)
{
    room_notice notice;

    if (!relay_packed_read_notice(rest->text, rest->size, &notice)
        || notice.kind != ROOM_NOTICE_REPORT) {
        tell_garbage();
        return;
    }
    if (room_notice_report(store, &notice, 0, base_clock_mono())
        && notice.what.whom != 0) {
        room_rate_note(store, notice.what.whom, 0, base_clock_mono());
    }
}

bool relay_notice_hear(const relay_bus *bus, const char *text, size_t size)
{
    relay_line rest = { text, size };
    relay_line kind = relay_line_take(&rest, ' ');
    bool sanctions = kind.size == 1 && kind.text[0] == 'S';
    relay_line host = relay_line_take(&rest, sanctions ? ' ' : '\n');
    bool own = host.size == strlen(bus->host)
               && memcmp(host.text, bus->host, host.size) == 0;
    bool kept = true;

    if (sanctions) {
        kept = hear_sanctions(bus->store, &rest, own);
    }
    else if (kind.size == 1 && kind.text[0] == 'U') {
        kept = hear_pardon(bus->store, &rest, own);
    }
    else if (kind.size == 1 && kind.text[0] == 'N' && !own) {
        hear_report(bus->store, &rest);
    }
    room_slot_call(bus->store);
    return kept;
}
