/* httpd_offer.c - an offer to the hub; see httpd_offer.h. */
#include "httpd/leave/httpd_offer.h"

#include <string.h>

#include "act/act_refusal.h"
#include "act/act_visit.h"
#include "act/past/act_history.h"
#include "httpd/config/httpd_print.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/httpd_life.h"

/* The hub would find this out only after the head of the response was sent,
 * when a client can no longer be told to come back later. So the room is opened
 * here as well; somebody else may still take its last place in between. */
static bool has_place(const httpd_room *room, const httpd_person *person,
                      httpd_refusal *why)
{
    chat_error error = act_visit_check(httpd_life_store(), httpd_life_slot(),
                                       &room->key, &person->settings,
                                       &person->who);

    *why = (httpd_refusal){ .error = error,
                            .retry = error == CHAT_UNAVAILABLE
                                         ? APR_USEC_PER_SEC
                                     : error == CHAT_ROOMS_FULL
                                         ? ACT_REFUSAL_FULL_US : 0 };
    return error == CHAT_OK;
}

/* The loop must not wait for the archive, so it is asked here whether that has
 * what the room has not. */
static bool find_start(const httpd_room *room, const httpd_person *person,
                       act_start *start, httpd_refusal *why)
{
    room_status status = act_history_look(httpd_life_store(), &room->key,
                                          &person->settings, start);

    *why = httpd_answer_unreadable(status);
    return status == ROOM_OK;
}

hub_offer *httpd_offer_make(request_rec *r, const httpd_dir_config *config,
                            const httpd_room *room, const act_start *start,
                            const httpd_person *person, const hub_way *way,
                            httpd_refusal *why)
{
    hub *child = httpd_life_hub();
    hub_offer *offer = child ? hub_offer_create(child) : NULL;

    if (!offer) {
        *why = (httpd_refusal){
            .error = CHAT_ROOMS_FULL,
            .sentence = "The server has as many chat connections as it can: "
                        "try again later.",
            .retry = ACT_REFUSAL_FULL_US };
        return NULL;
    }
    offer->way = way;
    offer->settings = person ? person->settings : config->settings;
    offer->settings.print = httpd_print_of(r->server);
    offer->until_us = person ? person->until_us : 0;
    httpd_address_of(r, config, &offer->from);
    /* The address first: one that makes too many rooms must not have made this
     * one. */
    if (room) {
        offer->start = *start;
    }
    if (!httpd_address_admit(&offer->from, config, room ? &room->key : NULL,
                             why)
        || (room && !(has_place(room, person, why)
                      && find_start(room, person, &offer->start, why)))) {
        hub_offer_destroy(offer);
        return NULL;
    }
    if (room) {
        offer->who = person->who;
        offer->from.keyless = person->made;
        offer->key_size = room->key.key_size;
        memcpy(offer->key, room->key.key, offer->key_size);
    }
    return offer;
}
