/* act_settings.h - what the configuration says of one connection's room.
 *
 * Filled in by httpd/ from the directives that hold for a request and from what
 * these let the person do, and copied into the hub with the connection. The hub
 * keeps one copy of each distinct value and frees none, so nothing in it may be
 * a client's choice. All zero bytes but the members, so that two values can be
 * compared as memory. Pure data.
 */
#ifndef CHATWS_ACT_SETTINGS_H
#define CHATWS_ACT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/chat_person.h"
#include "chat/chat_reserved.h"

/* May guests take part? */
typedef enum { ACT_GUESTS_ON, ACT_GUESTS_OFF, ACT_GUESTS_READONLY }
    act_guests;

typedef struct {
    int64_t history_age;   /* ChatHistory: milliseconds; 0 keeps nothing */
    int64_t ping_interval; /* ChatPing: microseconds */
    int64_t ping_timeout;  /* ChatPing: microseconds for the answer */
    int64_t slow_client;   /* ChatSlowClient: microseconds */
    uint32_t history_count; /* ChatHistory: messages; 0 keeps nothing */
    uint32_t max_message;  /* ChatMaxMessage: bytes of text */
    uint32_t max_payload;  /* ChatMaxPayload: bytes of a WebSocket message */
    uint32_t rate;         /* ChatRate: commands per second; 0: off */
    uint32_t burst;        /* ChatRate: commands at once */
    uint32_t presence_most; /* ChatPresence: longest member list; 0: off */
    uint32_t guests;       /* ChatGuests: an act_guests */
    uint32_t compress_least; /* ChatCompression: bytes of an event from which
                              it is compressed; 0: off */
    uint32_t poll_wait;    /* ChatPollWait: milliseconds */
    uint32_t address_rate;  /* ChatAddressRate: commands per second; 0: off */
    uint32_t address_burst; /* ChatAddressRate: commands at once */
    uint32_t address_connections; /* ChatAddressConnections; 0: off */
    uint32_t address_rooms; /* ChatAddressRooms: new ones in a period; 0: off */
    uint32_t address_rooms_period; /* ChatAddressRooms: seconds */
    uint32_t address_private; /* ChatAddressPrivate on: 1 */
    uint32_t speaks;       /* ChatSpeakers lets this person: 1 */
    uint32_t moderates;    /* ChatModerators: 1 */
    uint32_t creates;      /* ChatCreators: 1; 0: a room that is not there is
                              not made */
    uint32_t creators;     /* ChatCreators is set here: 1 */
    uint32_t filter_rejects; /* ChatFilter reject: 1; else it masks */
    uint32_t login;        /* a guest can log in here, by ?login: 1 */
    uint32_t linkless;     /* ChatLinks off: guests' links are refused: 1 */
    struct act_filter *filter; /* ChatFilter; NULL: none. The configuration's,
                              which outlives all that is made of it */
    int64_t amend;         /* ChatAmend: milliseconds; 0: off */
    int64_t archive_keep;  /* ChatArchiveKeep: milliseconds, INT64_MAX: for
                              ever; 0: it is not archived */
    uint64_t print;        /* of the configuration that this is from: with
                              another one it may be something else */
    uint64_t realm;        /* hash of the section that says who moderates; 0:
                              none does. With the site of a room's key it is
                              where a moderator's sanctions hold */
    uint64_t reserved[CHAT_RESERVED_MOST]; /* ChatReservedNames: keys, or 0 */
} act_settings;

/* What the guest, or the verified user, of these settings may do. A moderator
 * may speak, whoever else may not. */
static inline chat_rights act_settings_rights(const act_settings *settings,
                                              bool guest)
{
    bool speaks = settings->moderates
                  || (settings->speaks
                      && (!guest || settings->guests != ACT_GUESTS_READONLY));

    return (chat_rights){ .speak = speaks, .moderate = settings->moderates,
                          .login = settings->login && guest && !speaks };
}

/* Whether ChatSpeakers leaves the person but the reading. A guest whom
 * ChatGuests readonly lets read may still have a name. */
static inline bool act_settings_silent(const act_settings *settings)
{
    return !settings->speaks && !settings->moderates;
}

#endif
