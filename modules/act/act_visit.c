/* act_visit.c - in and out again; see act_visit.h. */
#include "act/act_visit.h"

#include "act/act_member.h"
#include "act/act_refusal.h"
#include "base/base_clock.h"

chat_error act_visit_check(room_store *store, int slot,
                           const act_room_key *room,
                           const act_settings *settings,
                           const chat_person *who)
{
    room_handle handle;
    room_member member;
    room_status status = ROOM_FULL;

    /* The hub of a child without a slot would refuse it as well. */
    if (slot >= 0) {
        status = act_room_open(store, room, settings, &handle);
    }
    if (status != ROOM_OK) {
        return act_refusal_open(status);
    }
    /* A member needs no further place for another connection. */
    return room_member_has_place(store)
                   || room_member_find(store, handle, who->user, &member)
                          == ROOM_OK
               ? CHAT_OK
               : CHAT_ROOMS_FULL;
}

/* Whether the asker is a member, or may become one for the grace. */
static bool may_enter(room_store *store, const act_settings *settings,
                      const act_address *from, room_handle room,
                      const chat_person *who)
{
    room_member member;

    return room_member_find(store, room, who->user, &member) == ROOM_OK
           || act_address_lingers(store, settings, from);
}

/* Whatever hinders it is no reason to refuse the poll: its asker is then shown
 * to nobody, and reads all the same. */
void act_visit(room_store *store, int slot, const act_room_key *room,
               const act_settings *settings, const act_address *from,
               const chat_person *who)
{
    chat_person visitor = *who;
    room_handle handle;
    int64_t retry;

    visitor.moderator = act_settings_rights(settings, who->guest).moderate;
    if (slot >= 0 && !from->keyless
        && act_address_room(store, slot, settings, from, room, &retry)
        && act_room_open(store, room, settings, &handle) == ROOM_OK
        && may_enter(store, settings, from, handle, who)) {
        (void)act_member_visit(store, handle, slot, &visitor, from->key,
                               base_clock_mono() + ROOM_MEMBER_GRACE_US);
    }
}
