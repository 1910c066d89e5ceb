/* hub_offer.h - a connection on its way from a worker thread to the loop.
 *
 * Made with hub_offer_create, which also counts it; then either handed over or
 * destroyed. All of this may be called by any thread.
 */
#ifndef CHATWS_HUB_OFFER_H
#define CHATWS_HUB_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "act/act_address.h"
#include "act/act_room.h"
#include "act/act_settings.h"
#include "act/act_start.h"
#include "act/act_traffic.h"
#include "base/base_bytes.h"
#include "base/base_traffic.h"
#include "chat/chat_person.h"
#include "http/http_repeat.h"
#include "loop/loop_inbox.h"
#include "room/log/room_id.h"

typedef struct hub hub;
typedef struct hub_client hub_client;

/* What is to be counted of a connection. All zero: just the whole of it, when
 * it ends. */
typedef struct {
    uint64_t key;      /* of the meter; 0: none */
    uint16_t tag;      /* room_address_tag of whose it is */
    act_traffic line;  /* of hub_offer_follow */
    base_traffic base; /* the connection's requests before this one */
    base_traffic opening; /* what opened it; none: that is counted already */
    bool taken;        /* `opening` is in `base`, but this one's to pay */
    bool tls;
    uint64_t plain_sent;     /* what TLS has carried when it is handed over */
    uint64_t plain_received;
    base_bytes event;  /* empty, or a WebSocket's `meter` event, sent after its
                       * hello; its first text frame is then told too */
} hub_measure;

/* How a connection gets a room's messages (hub_way.h). All but the long-poll go
 * on until one side ends them. */
typedef struct hub_way hub_way;
extern const hub_way hub_way_ws;        /* RFC 6455, after its 101 */
extern const hub_way hub_way_ws_echo;   /* the same without a room */
extern const hub_way hub_way_sse;       /* text/event-stream (WHATWG HTML 9.2)
                                           in the chunked coding of HTTP/1.1
                                           (RFC 9112 7.1), after its head */
extern const hub_way hub_way_sse_plain; /* the same as it is: HTTP/1.0, or an
                                           HTTP/2 stream */
extern const hub_way hub_way_status;    /* the server's figures, once a second:
                                           an event stream without a room, in
                                           chunks, and as it is */
extern const hub_way hub_way_status_plain;
extern const hub_way hub_way_longpoll;  /* one answer, with the next messages
                                           or after a wait */

/* Writes the head of a long-poll's answer, on the loop thread: the hub knows no
 * HTTP. `lines`: those of the offer. `retry`: after so many seconds a client
 * that is refused may come again; 0: the answer is a page; HUB_OFFER_FORBIDDEN:
 * the client may not. `length`: bytes of the body; below 0: it ends with the
 * connection. */
#define HUB_OFFER_FORBIDDEN (-1)
typedef void hub_offer_head(base_bytes *out, const base_bytes *lines,
                            int retry, int64_t length);

/* How a long-poll's connection goes on after its answer; all zero: not at all,
 * the answer ends with it. */
typedef struct {
    http_repeat_mark mark; /* of its request */
    uint32_t idle_ms;      /* how long the next poll is waited for */
    uint16_t left;         /* so many answers leave it open */
} hub_offer_keep;

typedef struct hub_offer {
    loop_inbox_item item; /* first member */
    hub *hub;             /* whom it is made to */
    int fd;               /* -1 until the descriptor is duplicated */
    SSL *ssl;             /* NULL: plain; else one reference that we own */
    base_bytes early;     /* application bytes read ahead of the hand-off */
    const hub_way *way;   /* NULL: of hub_offer_follow */
    bool once;            /* an event stream: ends when it has what is there
                             now */
    int64_t wait;         /* long-poll: microseconds */
    hub_offer_head *head; /* long-poll; NULL: the answer is the body alone */
    base_bytes lines;     /* long-poll: what `head` needs to know; */
    size_t first_only;    /* so many bytes of it for the first answer */
    hub_offer_keep keep;  /* long-poll with `head` */
    /* Of a connection that another process has had: begins in the place of its
     * way, as the ticket says (hub_take.h). NULL: a newcomer. */
    void (*resume)(hub_client *client, struct hub_offer *offer);
    const struct hub_ticket *ticket;
    act_settings settings;
    int64_t until_us;     /* base_clock_mono: by then it has to come back, and
                             is told so in time; 0: never */
    hub_measure measure;
    act_start start;
    chat_person who; /* a guest has no name yet: the room gives one */
    act_address from;
    size_t key_size;
    char key[ACT_KEY_MOST]; /* see act_room_key; unless it is the echo */
} hub_offer;

/* Counts one connection in and gives an offer to fill in (zeroed, fd -1), or
 * NULL when max_connections are open, after hub_relief_ask, or when all are
 * sent away at once. */
hub_offer *hub_offer_create(hub *core);

/* Gives up an offer that was not handed over: closes what it holds. */
void hub_offer_destroy(hub_offer *offer);

/* Hands the connection over; the offer and all in it are the hub's from now
 * on. The head of the response has been sent, but that of a long-poll. */
void hub_offer_hand_over(hub_offer *offer);

/* Waits for the end of a connection that httpd is about to close, and counts
 * what comes until then. `fd` is a duplicate of its descriptor; it is the
 * hub's from now on, unless the answer is false: then there is no room. */
bool hub_offer_follow(hub *core, int fd, const hub_measure *measure);

#endif
