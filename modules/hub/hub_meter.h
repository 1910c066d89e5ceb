/* hub_meter.h - what the kernel counts of the hub's connections, added up in
 * the segment (room_meter.h).
 *
 * Private to modules/hub but for hub_offer_follow; loop thread only but for
 * that. A client without a meter's key is counted once, when it is dropped. One
 * with a key is counted twice a second, and to the end: what comes after our
 * last byte, the peer's FIN and the last ACKs, is waited for (at most three
 * seconds) on a duplicate of the descriptor, which keeps the socket. The same
 * is done for connections that httpd has served and closes.
 */
#ifndef CHATWS_HUB_METER_H
#define CHATWS_HUB_METER_H

#include "hub/hub_client.h"

/* The client has its descriptor: begins to count it. Takes measure->event; when
 * it is empty, nothing is heard nor told. */
void hub_meter_begin(hub_client *client, hub_measure *measure);

/* After the hello: sends the event that came with the offer. */
void hub_meter_greet(hub_client *client);

/* It has sent another request on its connection. */
void hub_meter_request(hub_client *client);

/* What it hears first has been written: a stream's opening ends here. */
void hub_meter_opened(hub_client *client);

/* Bytes of the client, before they are unmasked. */
void hub_meter_hear(hub_client *client, const unsigned char *data,
                    size_t size);

/* After they were obeyed: sends the first text frame as it came. */
void hub_meter_tell(hub_client *client);

/* What was counted of its connection so far, for who goes on with that. False:
 * it is counted more closely, and has to stay here. */
bool hub_meter_carry(const hub_client *client, base_traffic *counted);

/* It goes on elsewhere, and is counted there. */
void hub_meter_leave(hub_client *client);

/* The client is dropped, its descriptor not closed yet. `reset`: the peer will
 * get a reset, so nothing is waited for. */
void hub_meter_end(hub_client *client, bool reset);

/* Takes over the connection of an offer without a way, and frees
 * the offer. */
void hub_meter_adopt(hub *core, hub_offer *offer);

/* Once a turn: counts what is due. */
void hub_meter_run(hub *core);

/* Microseconds until something is due; INT64_MAX: nothing is. */
int64_t hub_meter_wait(const hub *core);

/* The loop ends: counts what is there and closes. */
void hub_meter_stop(hub *core);

#endif
