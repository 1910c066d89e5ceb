/* hub_peer.h - a client at the other end of a hub's connection, of WebSocket
 * unless the offer says otherwise.
 *
 * The 101 is behind both: the peer sends masked frames and reads the server's.
 * Whatever is not as the protocol wants it fails the test.
 */
#ifndef CHATWS_UNIT_HUB_PEER_H
#define CHATWS_UNIT_HUB_PEER_H

#include "hub_stage.h"
#include "loop_pair.h"
#include "ws/ws_frame.h"
#include "ws/ws_inflate.h"

typedef struct {
    hub_stage *stage;
    hub *hub;
    loop_pair pair;
    base_bytes in; /* from the server, not taken yet from `used` on */
    size_t used;
    base_bytes text; /* of hub_text.h, as all up to `last` */
    bool chunked;    /* what comes is in chunks */
    base_bytes body; /* what was in them, from `body_used` on not taken yet */
    size_t body_used;
    bool last;       /* the last chunk has come */
    ws_inflater *inflater; /* given by a test that has agreed on compression */
    bool ended;    /* the server sends no more */
    bool broken;   /* by a reset */
} hub_peer;

typedef struct {
    unsigned opcode;
    const unsigned char *data; /* until the next call */
    size_t size;
    size_t wire;  /* of the payload as it came */
    bool packed;  /* it came compressed */
} hub_peer_frame;

typedef enum {
    HUB_PEER_LOCAL, /* a socket pair */
    HUB_PEER_TCP,
    HUB_PEER_TLS12, /* over a socket pair */
    HUB_PEER_TLS13
} hub_peer_kind;

/* A connection to a hub of the stage and the offer of it, for the echo role;
 * the caller may change it and then gives it to hub_offer_hand_over. */
hub_offer *hub_peer_offer(hub_peer *peer, hub_stage *stage, int which,
                          hub_peer_kind kind);

/* The same for a room, as a guest. */
hub_offer *hub_peer_offer_room(hub_peer *peer, hub_stage *stage, int which,
                               const char *path, uint64_t user);

/* Both with the offer handed over, local sockets. */
void hub_peer_echo(hub_peer *peer, hub_stage *stage, int which);
void hub_peer_join(hub_peer *peer, hub_stage *stage, int which,
                   const char *path, uint64_t user);

/* Sends bytes, or one masked frame (`first`: FIN and opcode), or a text. Waits
 * while the server takes no more. */
void hub_peer_write(hub_peer *peer, const void *data, size_t size);
void hub_peer_send(hub_peer *peer, unsigned first, const void *payload,
                   size_t size);
void hub_peer_say(hub_peer *peer, const char *text);

/* Waits at most so long for bytes and takes them in. False: none came. */
bool hub_peer_read(hub_peer *peer, int wait_ms);

/* Gives the next whole frame that was taken in; false: there is none. */
bool hub_peer_take(hub_peer *peer, hub_peer_frame *frame);

/* Waits for the next frame. False: the stream ended in front of it. */
bool hub_peer_next(hub_peer *peer, hub_peer_frame *frame);

/* The next frame is this one; a text that begins so; a Close with this code (0:
 * without one); the end of the stream. */
void hub_peer_expect(hub_peer *peer, unsigned opcode, const void *payload,
                     size_t size);
void hub_peer_expect_text(hub_peer *peer, const char *start);
void hub_peer_expect_close(hub_peer *peer, unsigned code);
void hub_peer_expect_end(hub_peer *peer);

/* Closes our end, if it is open, and frees everything. */
void hub_peer_leave(hub_peer *peer);

#endif
