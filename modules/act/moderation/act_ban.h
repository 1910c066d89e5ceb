/* act_ban.h - who may not enter, or may not speak, by a moderator's word.
 *
 * Asked on each request, each command and by the hub of those who are here
 * already; where nobody is banned or muted that is one look at a count. Whoever
 * moderates is exempt, verified users of what an address has done; any thread.
 */
#ifndef CHATWS_ACT_BAN_H
#define CHATWS_ACT_BAN_H

#include "act/act_address.h"
#include "act/act_room.h"
#include "act/act_settings.h"
#include "chat/chat_error.h"
#include "room/set/room_sanction.h"

/* The longest wait that is told, in seconds: of what has no end. */
#define ACT_BAN_FOREVER_S INT64_C(315360000)

/* A room, as sanctions know it. */
typedef struct {
    uint64_t realm; /* act_room_realm */
    uint64_t room;
} act_ban_place;

/* Whom it is asked of. */
typedef struct {
    uint64_t user;
    uint64_t address; /* act_address.key */
    bool guest;
    bool moderates;
} act_ban_person;

/* True when anybody is banned or muted at all: else none of the others needs
 * to be asked. */
bool act_ban_any(const room_store *store);

act_ban_place act_ban_place_of(const room_store *store,
                               const act_room_key *room,
                               const act_settings *settings);

/* Whether the person may not enter: `until_us` (of base_clock_mono, may be
 * ROOM_SANCTION_FOREVER) says until when. */
bool act_ban_holds(room_store *store, const act_ban_place *place,
                   const act_ban_person *who, int64_t *until_us);

/* The same, and for which reason, for somebody who is told; false also when
 * that cannot be read now. */
bool act_ban_read(room_store *store, const act_ban_place *place,
                  const act_ban_person *who, room_sanction *out);

/* The same for a request or a command: CHAT_BANNED, with `rest_s` as
 * act_result.rest, or CHAT_OK. */
chat_error act_ban_check(room_store *store, const act_room_key *room,
                         const act_settings *settings, const act_address *from,
                         uint64_t user, bool guest, int64_t *rest_s);

/* For how many seconds the user may not speak; 0: may; at most
 * ACT_BAN_FOREVER_S. */
int64_t act_ban_muted(room_store *store, const act_room_key *room,
                      const act_settings *settings, uint64_t user, bool guest);

/* Seconds until then, rounded up; 0: there is no end. */
int64_t act_ban_rest(int64_t until_us);

#endif
