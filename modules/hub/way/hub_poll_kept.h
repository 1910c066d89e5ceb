/* hub_poll_kept.h - what is kept of a long-poll's request: to answer it, and
 * where its connection goes on, to know the next poll when it comes.
 *
 * Private to modules/hub; loop thread only. The hub is no HTTP server: it
 * answers the same request again, but for its cursor and its wait
 * (http_repeat.h). It looks at what has come without taking it out of the
 * socket, and whatever is not that request goes back to httpd with its
 * connection, every byte of it.
 *
 * Between two polls a client rests: it keeps its seat, so that nobody is told
 * that it left and came, and is not delivered to.
 */
#ifndef CHATWS_HUB_POLL_KEPT_H
#define CHATWS_HUB_POLL_KEPT_H

#include "hub/hub_client.h"
#include "room/log/room_log.h"

typedef struct hub_poll_kept {
    hub_offer_head *head; /* of the offer, like the lines */
    base_bytes lines;
    size_t first_only;
    hub_offer_keep keep;  /* `left` counts down */
    int64_t until_us;     /* of the offer */
    bool waits;           /* for its answer, else for the next poll, */
    uint16_t seen;        /* of which so much has come, and not all */
    uint8_t quick;        /* that many in a row had not to wait */
} hub_poll_kept;

/* What is to be kept of a poll that begins to wait; takes the offer's lines. */
hub_poll_kept *hub_poll_kept_create(const hub_client *client,
                                    hub_offer *offer);

/* NULL is allowed. */
void hub_poll_kept_destroy(hub_poll_kept *kept);

/* True when its connection can go on after the answer that it gets now. */
bool hub_poll_kept_goes_on(const hub_client *client);

/* It is answered, and rests until its next poll comes, but not for long. */
void hub_poll_kept_rest(hub_client *client);

/* What has come of a client whose connection may go on. */
typedef enum {
    HUB_POLL_READ, /* it is read like any other: its connection ends soon, or
                      with its answer */
    HUB_POLL_NEXT, /* its next poll, which now waits */
    HUB_POLL_DONE  /* nothing is to be done: it has gone back to httpd, or has
                      sent something before it was answered, which stays in the
                      socket until then */
} hub_poll_look;

/* Looks at it. `*from`: where the next poll begins. */
hub_poll_look hub_poll_kept_look(hub_client *client, room_log_position *from);

#endif
