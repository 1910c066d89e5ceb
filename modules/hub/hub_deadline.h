/* hub_deadline.h - what a client's one timer is for.
 *
 * Private to modules/hub; loop thread only. Pings, the time for their answer,
 * a message that does not get finished, a reader that stays behind, a close
 * that is not answered.
 */
#ifndef CHATWS_HUB_DEADLINE_H
#define CHATWS_HUB_DEADLINE_H

#include "hub/hub_client.h"

/* How long a client may take to answer our Close, or to read the last bytes. */
#define HUB_CLOSE_ANSWER_MS 5000

/* How long a connection lingers after its last byte, reading what still comes
 * so that unread input does not turn into a reset that eats our Close. */
#define HUB_LINGER_MS 2000

/* This turn's time in milliseconds, modulo 2^32: differences are right for
 * 49 days, and every wait is far shorter. */
uint32_t hub_deadline_ms(const hub *core);

/* Microseconds that a client which did not answer its ping in time has been
 * silent; 0 of any other. */
int64_t hub_deadline_silence(const hub_client *client);

/* Notes whether a message is on its way in. */
void hub_deadline_input(hub_client *client, bool busy);

/* Notes whether output waits; `waiting` bytes of it are known. */
void hub_deadline_output(hub_client *client, uint64_t waiting);

/* The timer's callback. */
void hub_deadline_fire(void *context, loop_timer *timer);

/* Sets the timer to the next thing that is due, when that is earlier. */
void hub_deadline_arm(hub_client *client);

#endif
