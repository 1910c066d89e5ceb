/* hub_presence.h - tells the members of a room who comes, goes and types.
 *
 * Private to modules/hub; loop thread only. Each child finds out by itself: at
 * most every HUB_PRESENCE_US it compares the members that the segment has with
 * those that it told last, and sends each client here what has changed. So
 * everybody knows the list of the last look, but for those that are `unsure`:
 * greeted with a later one, or with a full socket at the time. They get the
 * whole list at the next look. Above the longest list that is allowed only the
 * number is told.
 */
#ifndef CHATWS_HUB_PRESENCE_H
#define CHATWS_HUB_PRESENCE_H

#include "base/base_bytes.h"
#include "chat/chat_event.h"
#include "hub/hub_core.h"

/* A little more than a second: what happens within 5 s is told in 5 events. */
#define HUB_PRESENCE_US 1250000

/* Of a room in this child. */
struct hub_presence {
    uint64_t version; /* of the members at the last look; 0: none yet */
    uint64_t greeted; /* the version that all unsure ones know; 0: several */
    int64_t looked;   /* when that was */
    uint64_t typed;   /* typists that were passed on, see room_typing_take */
    uint64_t resets;  /* see room_member_resets */
    base_bytes known; /* the list that was told, packed, by user */
    size_t count;     /* the number that was told */
    uint32_t most;    /* longest list: the largest ChatPresence here so far */
    bool listed;      /* `known` holds */
    bool unsure;      /* some client is */
};

/* Takes what has been until now for told. */
void hub_presence_begin(hub_room *room);

/* Fills in the members of a hello to a client that has just got its seat.
 * Returns memory that the caller frees after the hello is written. */
chat_person *hub_presence_greet(hub_client *client,
                                chat_event_greeting *greeting);

/* True when the clients know what there is to be told. */
bool hub_presence_is_told(const hub_room *room);

/* Which version of the members a client knows; 0: none for sure. And takes that
 * from one that goes on here with its seat. */
uint64_t hub_presence_known(const hub_client *client);
void hub_presence_resume(hub_client *client, uint64_t version);

/* Tells the clients what has changed, if it is time. */
void hub_presence_look(hub_room *room);

/* Tells the clients who has typed. */
void hub_presence_pass(hub_room *room);

/* Tells the guests here whose name went back to its owner what they are called
 * now. */
void hub_presence_reset(hub_room *room);

/* The longest list that the members here are told. */
uint32_t hub_presence_most(const hub_room *room);

/* Until when the user of a client that leaves now stays a member. */
int64_t hub_presence_until(const hub_client *client);

#endif
