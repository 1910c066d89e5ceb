/* hub_kept_stage.h - a client that long-polls on one connection, and httpd, to
 * which its hub gives that back.
 */
#ifndef CHATWS_UNIT_HUB_KEPT_STAGE_H
#define CHATWS_UNIT_HUB_KEPT_STAGE_H

#include <stdatomic.h>

#include "hub_peer.h"
#include "room/log/room_id.h"

/* A request that is no poll. */
#define HUB_KEPT_OTHER "GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n"

typedef struct {
    hub_stage stage;
    hub_peer peer;
    room_id at; /* its cursor */
    uint32_t idle_ms; /* of the polls that are handed over from now on */
    uint16_t left;
    int64_t wait_ms;
    int64_t until_us;
} hub_kept_scene;

/* What the hub is told when it gives a connection back. */
extern atomic_bool hub_kept_full;

/* A room with one message; and the end. */
void hub_kept_open(hub_kept_scene *s);
void hub_kept_close(hub_kept_scene *s);

/* Somebody else says something; gives its id. */
room_id hub_kept_say(hub_kept_scene *s, const char *text);

/* The next poll as it stands on the wire, until the next call. */
const char *hub_kept_request(const hub_kept_scene *s, unsigned wait);

/* Waits until the room has so many members. */
void hub_kept_members(hub_kept_scene *s, unsigned count);

/* The offer of the first poll. */
hub_offer *hub_kept_offer(hub_kept_scene *s, hub_peer_kind kind);

/* The first poll waits. */
void hub_kept_hand_over(hub_kept_scene *s);

/* Sends the next one. */
void hub_kept_ask(hub_kept_scene *s, unsigned wait);

/* An answer that ends where its head says; returns its body. */
const char *hub_kept_answer(hub_kept_scene *s);

/* One that ends with the connection, and has this text. */
void hub_kept_last(hub_kept_scene *s, const char *text);

/* Nothing but the end. */
void hub_kept_end(hub_kept_scene *s);

/* The descriptor that the hub gives back, and waits for it. */
int hub_kept_take(void);

/* The connection comes back with these bytes in it, and is open. */
void hub_kept_given(hub_kept_scene *s, const char *bytes, size_t size);

#endif
