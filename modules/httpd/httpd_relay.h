/* httpd_relay.h - the relay to other hosts (ChatRedis) in the life of a child.
 *
 * Each child has one from its start: whichever is elected brings what other
 * hosts have said, so that one has to be there whatever becomes of the others.
 * It ends after the hub, behind the last answer that the hub waits for.
 */
#ifndef CHATWS_HTTPD_RELAY_H
#define CHATWS_HTTPD_RELAY_H

#include <stdbool.h>

#include <httpd.h>

#include "relay/relay.h"

/* In the parent: tells the Redis and its prefix from others, whose rooms these
 * are not; 0: there is none. */
uint32_t httpd_relay_name(const relay_settings *settings);

/* In child_init, on its main thread. `store` NULL: there is to be none. */
void httpd_relay_start(server_rec *server, room_store *store);

/* After the hub has ended, and all workers with it. `patience`: microseconds
 * that may pass until all that was sent is answered. */
void httpd_relay_stop(int64_t patience);

/* This child's relay; NULL: there is none. Any thread. */
relay *httpd_relay_get(void);

/* Waits until Redis has told the secret that makes ids of guests. False: it
 * does not yet. True without one. A worker's thread. */
bool httpd_relay_ready(room_store *store);

#endif
