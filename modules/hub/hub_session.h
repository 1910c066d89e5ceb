/* hub_session.h - what a client is due for is done to it.
 *
 * Private to modules/hub; loop thread only.
 */
#ifndef CHATWS_HUB_SESSION_H
#define CHATWS_HUB_SESSION_H

#include "hub/hub_client.h"

/* A client's timer has fired; for loop_timers_init. */
void hub_session_due(void *context, loop_timer *timer);

#endif
