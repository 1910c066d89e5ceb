/* httpd_ban.c - is the asker banned? See httpd_ban.h. */
#include "httpd/gate/httpd_ban.h"

#include <apr_strings.h>

#include "act/moderation/act_ban.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/httpd_life.h"

/* What the moderator has said; NULL: nothing. */
static const char *reason_of(request_rec *r, const act_ban_place *place,
                             const act_ban_person *who)
{
    room_sanction what;

    if (!act_ban_read(httpd_life_store(), place, who, &what)
        || what.reason_size == 0 || what.reason_size > ROOM_REASON_MAX) {
        return NULL;
    }
    return apr_pstrmemdup(r->pool, what.reason, what.reason_size);
}

/* What a person reads: why and for how long, as far as that is known. */
static const char *sentence_of(request_rec *r, const char *reason,
                               int64_t rest_s)
{
    const char *end = rest_s > 0
                          ? apr_psprintf(r->pool, "for %" APR_INT64_T_FMT
                                         " seconds", (apr_int64_t)rest_s)
                          : "until a moderator pardons you";

    return reason
               ? apr_psprintf(r->pool, "A moderator has sent you out %s: %s",
                              end, reason)
               : apr_psprintf(r->pool, "A moderator has sent you out %s.", end);
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
    reason = reason_of(r, &place, &who);
    *why = (httpd_refusal){ .error = CHAT_BANNED,
                            .sentence = sentence_of(r, reason, rest),
                            .rest = rest,
                            .reason = reason };
    return false;
}
