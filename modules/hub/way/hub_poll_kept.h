/* hub_poll_kept.h - what is kept of a long-poll's request, to answer it and,
 * where its connection goes on, the next one like it.
 *
 * Private to modules/hub, but for httpd_stream, which fills in what an offer
 * brings.
 */
#ifndef CHATWS_HUB_POLL_KEPT_H
#define CHATWS_HUB_POLL_KEPT_H

#include "base/base_bytes.h"
#include "hub/hub_offer.h"

/* A waiting client has one: what is larger than what others keep. */
typedef struct hub_poll_kept {
    hub_offer_head *head; /* of the offer, like the lines */
    base_bytes lines;
} hub_poll_kept;

#endif
