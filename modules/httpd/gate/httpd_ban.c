/* httpd_ban.c - is the asker banned? See httpd_ban.h. */
#include "httpd/gate/httpd_ban.h"

#include <apr_strings.h>

#include "act/moderation/act_ban.h"
#include "chat/moderation/chat_order.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/httpd_life.h"

/* What a person reads: why and for how long, as far as that is known. `reason`
 * becomes what the moderator has said; NULL: nothing. */
static const char *sentence_of(request_rec *r, const act_ban_place *place,
                               const act_ban_person *who, int64_t rest_s,
                               const char **reason)
{
    room_sanction what;
    bool known = act_ban_read(httpd_life_store(), place, who, &what);
    const char *done = known && what.kind == ROOM_SANCTION_KICK
                           ? "sent you out" : "banned you";
    const char *end = "until a moderator pardons you";
    char rest[CHAT_ORDER_REST];

    if (rest_s > 0) {
        chat_order_rest(rest_s, rest);
        end = apr_pstrcat(r->pool, "for ", rest, NULL);
    }
    *reason = known && what.reason_size > 0
                      && what.reason_size <= ROOM_REASON_MAX
                  ? apr_pstrmemdup(r->pool, what.reason, what.reason_size)
                  : NULL;
    return apr_psprintf(r->pool, "A moderator has %s %s%s%s", done, end,
                        *reason ? ": " : ".", *reason ? *reason : "");
}

bool httpd_ban_check(request_rec *r, const httpd_dir_config *config,
                     const act_room_key *room, const httpd_person *person,
                     httpd_refusal *why)
{
    room_store *store = httpd_life_store();
    act_ban_person who = { .user = person->who.user,
                           .guest = person->who.guest };
    act_ban_place place;
    act_address from;
    const char *reason;
    const char *sentence;
    int64_t until;
    int64_t rest;

    if (!store || !act_ban_any(store)) {
        return true;
    }
    httpd_address_of(r, config, &from);
    who.address = from.key;
    who.moderates = act_settings_rights(&person->settings,
                                        person->who.guest).moderate;
    place = act_ban_place_of(store, room, &person->settings);
    if (!act_ban_holds(store, &place, &who, &until)) {
        return true;
    }
    rest = act_ban_rest(until);
    sentence = sentence_of(r, &place, &who, rest, &reason);
    *why = (httpd_refusal){ .error = CHAT_BANNED,
                            .sentence = sentence,
                            .rest = rest,
                            .reason = reason };
    return false;
}
