/* httpd_offer.h - an offer to the child's hub, filled in from a request.
 *
 * Used by the rows whose connection leaves httpd, or whose worker listens to
 * the hub. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_OFFER_H
#define CHATWS_HTTPD_OFFER_H

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_person.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_answer.h"
#include "hub/hub.h"

/* Makes an offer to this child's hub that lacks but the descriptor. `room`,
 * `start` and `person` are NULL for the echo. NULL, with `why` filled in: there
 * is no place for another connection (503), or its address may have no more
 * connections or rooms (429). */
hub_offer *httpd_offer_make(request_rec *r, const httpd_dir_config *config,
                            const httpd_room *room, const act_start *start,
                            const httpd_person *person, const hub_way *way,
                            httpd_refusal *why);

#endif
