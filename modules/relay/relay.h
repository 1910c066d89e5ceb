/* relay.h - several hosts are one chat, through a Redis: its life in one child.
 *
 * Each child has a sender: a thread with one connection that takes orders from
 * any thread, sends all that wait at once (pipelined), and gives each back with
 * its answer. One child of the host, elected, has the reader besides, which
 * brings into the segment what comes by (relay_reader.h). The loop never waits
 * for either. Only httpd's own thread calls _create, _start, _stop, _destroy.
 */
#ifndef CHATWS_RELAY_H
#define CHATWS_RELAY_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"
#include "room/segment/room_store.h"

typedef struct relay relay;

/* True when the module was built with hiredis. False: `why` is a sentence that
 * names the Debian package. */
bool relay_available(const relay_settings *settings, char *why,
                     size_t why_size);

/* In a child, after the fork; connects to nothing yet. `settings` is copied.
 * Never NULL. */
relay *relay_create(const relay_settings *settings, room_store *store);

/* Starts both threads. False: there is no thread; the line is in the log. */
bool relay_start(relay *r);

/* What was sent comes back until then, and what is sent from now on at once
 * (RELAY_AWAY). For whoever has sent orders and waits for them to end. */
void relay_halt(relay *r, int64_t until_us);

/* What was sent is still answered until `deadline_us` (base_clock_mono); then
 * the threads end, and another child's reader is elected. Orders that are sent
 * from now on come back RELAY_AWAY. */
void relay_stop(relay *r, int64_t deadline_us);

/* After relay_stop, and after every other thread has left. */
void relay_destroy(relay *r);

/* Any thread; never blocks. The order comes back through its `done`, at once
 * (RELAY_AWAY) when there is no connection, unless the thread has just been
 * started and the host's reader has one; or when RELAY_QUEUE_MOST bytes
 * wait. */
#define RELAY_QUEUE_MOST (16 * 1024 * 1024)
void relay_send(relay *r, relay_order *order);

/* The same and waits for it, up to `until_us` (base_clock_mono). Its `done` is
 * not used, and it stays the caller's: its arguments are used up, status and
 * answer filled in. For threads that may block. */
void relay_ask(relay *r, relay_order *order, int64_t until_us);

/* The place among httpd's threads that relay_ask takes for as long as it waits;
 * who has to ask several times, or for more, takes it once, and asks inside.
 * False: none is free. Private to relay/. */
bool relay_enter(relay *r);
void relay_leave(relay *r);
void relay_ask_inside(relay *r, relay_order *order, int64_t until_us);

/* The settings that it was made with. */
const relay_settings *relay_told(const relay *r);

/* Private to relay/. */
room_store *relay_store_of(const relay *r);
/* This host among all, 16 hex digits, the same for all its children and
 * generations: of the segment. */
const char *relay_host(const relay *r);

/* For the status page; of the segment, so of all children. */
typedef struct {
    bool on;
    bool connected;        /* the reader is, and has caught up */
    uint64_t rooms;        /* that it follows */
    uint64_t hosts;        /* others that are alive */
    uint64_t received;     /* records from there */
    uint64_t sent;         /* orders */
    uint64_t errors;       /* orders that came back RELAY_AWAY or _REFUSED */
    uint64_t reconnects;
    uint64_t gaps;         /* rooms that had to be replaced */
    uint64_t restored;     /* records offered again that Redis had lost */
    int64_t lag_us;        /* of the newest beat, from host to host; -1 */
} relay_figures;
void relay_figures_get(room_store *store, relay_figures *out);

#endif
