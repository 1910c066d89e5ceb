/* relay_link.h - one connection to Redis, of one thread.
 *
 * It is found anew at each opening: names are resolved, Sentinels are asked who
 * the master is, and whoever answers has to be one (ROLE). Then AUTH and
 * SELECT. Orders are appended, and their answers are read in the same order;
 * nothing waits beyond the time that it is given.
 *
 * That it is away, and that it is back, is logged here.
 */
#ifndef CHATWS_RELAY_LINK_H
#define CHATWS_RELAY_LINK_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"

/* Redis has so long to connect, and for each answer. */
#define RELAY_LINK_WAIT_US INT64_C(2000000)

typedef struct relay_link relay_link;

/* Not open yet. `settings` stays the caller's and must outlive it. `wake` (-1:
 * none) is a descriptor that, when it is readable, ends relay_link_open's
 * waiting. Never NULL. */
relay_link *relay_link_create(const relay_settings *settings, int wake);
void relay_link_destroy(relay_link *link);

/* Finds the master and connects; takes up to RELAY_LINK_WAIT_US a node. False:
 * the reason is in the log, and the next try begins with the next node. */
bool relay_link_open(relay_link *link);
bool relay_link_is_open(const relay_link *link);

/* -1 while it is closed. Readable: read until RELAY_LINK_NOTHING. */
int relay_link_fd(const relay_link *link);

/* "HOST:PORT" or a path: of the node that it is, or was last, connected to. */
const char *relay_link_name(const relay_link *link);

/* Puts an order behind what is sent next (by relay_link_read). A script goes by
 * its digest when this connection has had it. Without effect while closed. */
void relay_link_append(relay_link *link, const relay_order *order);

typedef enum {
    RELAY_LINK_ANSWER,
    RELAY_LINK_NOTHING, /* not until then */
    RELAY_LINK_BROKEN   /* it is closed now; the reason is in the log */
} relay_link_result;

/* Sends what was appended, and reads the next answer or message (a message of a
 * channel is {"message", channel, text}) into `answer`, which is emptied
 * first. `until_us` of base_clock_mono; 0: does not wait. */
relay_link_result relay_link_read(relay_link *link, relay_answer *answer,
                                  int64_t until_us);

/* The order's answer has been read into it: sets its status. False: Redis had
 * not got the script; append the order once more. */
bool relay_link_settle(relay_link *link, relay_order *order);

/* The word for which whoever refuses with this is no use: it is no master any
 * more, or is not ready; another one may be by now. NULL: it is another
 * refusal. */
const char *relay_link_useless(const relay_answer *answer);

/* One order, alone: appends, reads, settles. Nothing in time (RELAY_AWAY) has
 * closed it. */
void relay_link_ask(relay_link *link, relay_order *order, int64_t until_us);

/* Which Redis it is, until that ends (RELAY_WORD_RUN); 0: it does not tell, or
 * the link is closed now. */
uint64_t relay_link_run(relay_link *link, int64_t until_us);

/* Closes it, and the next opening begins with the next node. */
void relay_link_leave(relay_link *link, const char *reason);

/* Closes it; `reason` (NULL: none) goes to the log. */
void relay_link_close(relay_link *link, const char *reason);

#endif
