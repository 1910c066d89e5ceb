/* hub_client.h - one connection that left httpd, from adoption to close.
 *
 * Private to modules/hub; loop thread only. What a client has to be sent
 * stands in two places: `out`, its own bytes (answers, the Close), and the
 * window of its room's stream, of which it knows its position. The order on
 * the wire is
 *
 *     out[out_sent .. out_mark)   what was begun or came before the stream
 *     window[position .. end)     whole frames that all members share
 *     out[out_mark .. len)        answers, after the messages they refer to
 *
 * and out_sent == out_mark whenever a frame of the stream is partly written.
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

/* A client's place in a room. Today a client has one; dialects with several
 * rooms on one connection will have a list of them. */
typedef struct {
    hub_room *room;       /* NULL: in no room */
    base_list link;       /* in room->seats */
    uint64_t position;    /* in the room's stream, without a backlog */
    hub_backlog *backlog; /* reads from the segment's log until it is up to
                             date; NULL: reads from the stream's window */
} hub_seat;

typedef enum {
    HUB_CLIENT_OPEN,
    HUB_CLIENT_ASKED, /* we sent a Close and wait for the answer */
    HUB_CLIENT_LAST,  /* no more will be said: write what is left, finish */
    HUB_CLIENT_DEAD   /* doomed: buried at the end of the turn */
} hub_client_state;

struct hub_client {
    loop_timer timer;         /* first member */
    loop_stream stream;
    const hub_way *way;
    hub_way_state way_state;  /* of the way alone */
    base_bytes out;
    hub_seat seat;
    base_list link;           /* in hub->clients */
    hub_client *next_in[HUB_LINKS]; /* also of hub->to_flush, as HUB_TO_WRITE:
                                 whoever waits to write is not in that */
    hub_kept *kept;           /* what was read behind a command over the rate */
    hub *hub;
    const act_settings *settings;
    hub_meter *meter;         /* NULL: counted as a whole, when it ends */
    uint64_t user;
    uint64_t received;        /* bytes, above TLS */
    uint64_t sent;
    int64_t started;          /* microseconds, as all clocks here */
    uint32_t flood_since;     /* milliseconds: far above ChatRate since */
    uint32_t flood_count;     /* commands since then */
    uint32_t flood_bytes;     /* of these */
    uint32_t unfinished;      /* see hub_unfinished.c */
    uint32_t out_sent;
    uint32_t out_mark;
    hub_deadline deadline;
    act_address from;
    uint16_t close_code;      /* as logged; 0: none yet */
    uint8_t state;            /* hub_client_state */
    uint8_t interest;         /* LOOP_... as the poll knows it */
    uint8_t queued;           /* bits of hub_queue_name */
    uint8_t pong;             /* size of the pong frame that ends `out`; 0 */
    bool guest : 1;
    bool unsure : 1;          /* see hub_presence.h */
    bool blocked : 1;         /* the socket takes no more now */
    bool paused : 1;          /* not read until it reads our answers */
    bool deaf : 1;            /* its side is shut down: nothing to read */
    bool back : 1;            /* its user was a member when it entered */
    bool parted : 1;          /* no member any more, but still in its seat */
    bool finished : 1;        /* our side is shut down */
    bool reads : 1;           /* its room's stream, see hub_stream_of */
    bool behind : 1;          /* counted in stream->behind */
    bool marked_flush : 1;
    bool marked_end : 1;      /* see hub_client_end */
};

/* The client of a seat, by its link in the room. */
static inline hub_client *hub_client_seated(base_list *link)
{
    return BASE_LIST_OWNER(link, hub_client, seat.link);
}

/* The youngest that is open, if any is; NULL: there is none at all. */
hub_client *hub_client_first(const hub *core);

/* Has the client flushed in this turn. */
void hub_client_mark(hub_client *client);

/* Sets the timer to the next thing that is due, when that is earlier. */
void hub_client_arm(hub_client *client);

/* Tells the poll what the client waits for. */
void hub_client_wait(hub_client *client, unsigned interest);

/* Before anything is appended to `out`: gives it the memory that the last
 * client has written out. Else each newcomer's hello would leave a hole in the
 * heap behind it, of half its own size. */
void hub_client_buffer(hub_client *client);

/* All of `out` is written: keeps its memory for that. */
void hub_client_give_buffer(hub_client *client);

/* It is open no more: leaves its room at the end of the turn. */
void hub_client_end(hub_client *client);

/* The connection is gone or shall be: nothing is read or written any more. It
 * is buried at the end of the turn, so that nobody loses a client that is at
 * hand. `code`: for the log unless a Close told one. */
void hub_client_doom(hub_client *client, unsigned code);

#endif
