/* httpd_turn.h - how many of httpd's workers may wait for the archive at once,
 * or for Redis.
 *
 * A database or a Redis that hangs would take one worker after the other, and
 * with them the whole site. So those that wait, in all children together, are a
 * quarter of httpd's workers at most, those of one address a quarter of these,
 * and two of them search. Who comes when all places are taken waits while they
 * are given back as quickly as by a database that works, else is told to come
 * again. Threads that are not httpd's are not counted. Any thread.
 */
#ifndef CHATWS_HTTPD_TURN_H
#define CHATWS_HTTPD_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "room/segment/room_store.h"

/* In the parent, at each start and reload; then in each child. */
void httpd_turn_post_config(server_rec *server);
void httpd_turn_child_init(void);

/* This thread works for the address (room_address_key; 0: one that is not
 * limited) until the end. `search`: it looks for words. */
void httpd_turn_begin(uint64_t whose, bool search);
void httpd_turn_end(void);

/* Takes a place, and gives it back. False: there is none. A second one of the
 * same thread is the same. */
bool httpd_turn_enter(void);
void httpd_turn_leave(void);

/* Waits in turn until `is_ready` says so, in the first seconds after `since`
 * (of base_clock_mono), the start of the child: later ones are told to come
 * again, and must not take all of httpd's threads. */
bool httpd_turn_await(bool (*is_ready)(const room_store *store),
                      const room_store *store, int64_t since);

#endif
