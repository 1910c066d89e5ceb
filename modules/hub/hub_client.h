/* hub_client.h - one connection that left httpd, from adoption to close.
 *
 * Private to modules/hub; loop thread only. What a client has to be sent
 * stands in two places: `output`, its own bytes (answers, the Close), and the
 * window of its room's stream, of which it knows its position. The order on
 * the wire is
 *
 *     output[sent .. mark)     what was begun or came before the stream
 *     window[position .. end)  whole frames that all members share
 *     output[mark .. len)      answers, after the messages they refer to
 *
 * and sent == mark whenever a frame of the stream is partly written.
 */
#ifndef CHATWS_HUB_CLIENT_H
#define CHATWS_HUB_CLIENT_H

#include "base/base_bytes.h"
#include "hub/hub_count.h"
#include "hub/hub_deadline.h"
#include "hub/way/hub_way.h"
#include "loop/loop_stream.h"
#include "room/log/room_id.h"

typedef struct hub_backlog hub_backlog;
typedef struct hub_kept hub_kept;
typedef struct hub_past hub_past;

/* A client's place in a room. Today a client has one; dialects with several
 * rooms on one connection will have a list of them. */
typedef struct {
    hub_room *room;       /* NULL: in no room */
    base_list link;       /* in room->seats */
    union {
        uint64_t position;    /* in the room's stream */
        hub_backlog *backlog; /* `from_log`, see hub_client_backlog */
    };
} hub_seat;

typedef enum {
    HUB_CLIENT_OPEN,
    HUB_CLIENT_ASKED, /* we sent a Close and wait for the answer */
    HUB_CLIENT_LAST,  /* no more will be said: write what is left, finish */
    HUB_CLIENT_DEAD   /* doomed: buried at the end of the turn */
} hub_client_state;

/* What many clients have in common; the hub keeps one of each. */
struct hub_client_shared {
    hub *hub;
    const hub_way *way;
    act_settings settings;
};

/* Whose connection it is, and what is logged and counted of it. */
typedef struct {
    uint64_t sent;     /* bytes, above TLS */
    uint64_t received;
    uint64_t user;
    act_address from;
    hub_meter *meter;  /* NULL: counted as a whole, when it ends */
} hub_client_account;

typedef struct {
    base_list all; /* hub->clients */
    hub_client *next_in[HUB_LINKS]; /* also of hub->to_flush, as HUB_TO_WRITE:
                                       whoever waits to write is not in that */
} hub_client_links;

/* What few clients have, and those for a moment. */
typedef struct {
    hub_kept *kept;      /* what was read behind a command over the rate */
    base_list acks;      /* answers that wait, see hub_ack.h, */
    size_t ack_bytes;    /* and what they take */
    hub_past *past;      /* a command that is on its way, see hub_past.h */
    uint16_t close_code; /* of a Close that is answered behind them; 0: none */
} hub_aside;

/* What it sends; the commands of one that sends far more than ChatRate are
 * counted. */
typedef struct {
    hub_aside *aside;     /* NULL: nothing of it */
    uint32_t flood_since; /* milliseconds */
    uint32_t flood_count; /* commands since then */
    uint32_t flood_bytes; /* of these */
    uint32_t unfinished;  /* see hub_unfinished.c */
} hub_client_input;

/* What it is sent besides its room's stream; see the head of this file. */
typedef struct {
    base_bytes bytes;
    uint32_t sent;
    uint32_t mark;
} hub_client_output;

/* How far its socket is. */
typedef struct {
    uint8_t interest;      /* LOOP_... as the poll knows it */
    uint8_t queued;        /* bits of hub_queue_name */
    uint8_t pong;          /* size of the pong frame that ends `output`; 0 */
    bool marked_flush : 1; /* in hub->to_flush */
    bool blocked : 1;      /* it takes no more now */
    bool paused : 1;       /* not read until its client reads our answers, */
    bool early : 1;        /* or until it has its answer (hub_poll_kept.h) */
    bool given : 1;        /* its connection goes back to httpd */
    bool deaf : 1;         /* its side is shut down: nothing to read */
    bool finished : 1;     /* our side is shut down */
} hub_client_io;

/* How far its conversation is. */
typedef struct {
    uint32_t started;    /* hundredths of a second, modulo 2^32: a year */
    uint16_t close_code; /* as logged; 0: none yet */
    uint8_t state;       /* hub_client_state */
    bool guest : 1;
    bool unsure : 1;     /* see hub_presence.h */
    bool back : 1;       /* its user was a member when it entered */
    bool parted : 1;     /* no member any more, but still in its seat */
    bool reads : 1;      /* its room's stream, see hub_stream_of, */
    bool from_log : 1;   /* by a backlog, until it is up to date, */
    bool behind : 1;     /* and is counted in stream->behind */
    bool marked_end : 1; /* see hub_client_end */
} hub_client_life;

/* What each message of the room asks for stands together: with thousands of
 * members none of it is in the processor's cache. */
struct hub_client {
    loop_timer timer; /* first member */
    loop_stream stream;
    const hub_client_shared *shared;
    hub_seat seat;
    hub_client_output output;
    hub_client_io io;
    hub_client_life life;
    hub_deadline deadline;
    hub_client_account account;
    hub_client_links links;
    hub_client_input input;
    hub_way_state way_state; /* of the way alone */
};

/* The client of a seat, by its link in the room. */
static inline hub_client *hub_client_seated(base_list *link)
{
    return BASE_LIST_OWNER(link, hub_client, seat.link);
}

/* What it reads from the segment's log; NULL: it reads from the window. */
static inline hub_backlog *hub_client_backlog(const hub_client *client)
{
    return client->life.from_log ? client->seat.backlog : NULL;
}

/* The youngest that is open, if any is; NULL: there is none at all. */
hub_client *hub_client_first(const hub *core);

/* Has the client flushed in this turn. */
void hub_client_mark(hub_client *client);

/* Sets the timer to the next thing that is due, when that is earlier. */
void hub_client_arm(hub_client *client);

/* Tells the poll what the client waits for. */
void hub_client_wait(hub_client *client, unsigned interest);

/* Its `aside`, made if need be; and frees it when nothing is in it. */
hub_aside *hub_client_aside(hub_client *client);
void hub_client_tidy(hub_client *client);

/* Before anything is appended to `output`: gives it the memory that the last
 * client has written out. Else each newcomer's hello would leave a hole in the
 * heap behind it, of half its own size. */
void hub_client_buffer(hub_client *client);

/* All of `output` is written: keeps its memory for that. */
void hub_client_give_buffer(hub_client *client);

/* Its connection goes on elsewhere: gives the descriptor, which is the caller's
 * from now on and of which nothing is counted here any more. The client is
 * buried at the end of the turn, without a word. Of a plain one. */
int hub_client_release(hub_client *client);

/* The line in the log of one that has ended. */
void hub_client_log(const hub_client *client);

/* It is open no more: leaves its room at the end of the turn. */
void hub_client_end(hub_client *client);

/* The connection is gone or shall be: nothing is read or written any more. It
 * is buried at the end of the turn, so that nobody loses a client that is at
 * hand. `code`: for the log unless a Close told one. */
void hub_client_doom(hub_client *client, unsigned code);

#endif
