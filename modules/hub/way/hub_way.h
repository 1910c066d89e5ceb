/* hub_way.h - what differs between the ways in which a client gets its room's
 * messages: WebSocket, event streams, long-polls; and the two without a room,
 * the echo and the server's figures.
 *
 * Private to modules/hub, but for the names in hub_offer.h. A way is one
 * constant table in a file of its own, and nobody else knows which one a client
 * has: to add a way is to add its file, and its name in hub_offer.h. The event
 * itself, one line of JSON, has the same bytes on every way.
 *
 * `frame`, `ping` and `close` are pure: they append bytes to a buffer. All
 * others act upon a client, on the loop thread.
 */
#ifndef CHATWS_HUB_WAY_H
#define CHATWS_HUB_WAY_H

#include "act/act_start.h"
#include "base/base_bytes.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "hub/hub_core.h"
#include "hub/hub_offer.h"
#include "room/log/room_log.h"
#include "ws/ws_message.h"

/* What a long-poll waits for. */
typedef struct {
    uint64_t seq;  /* the first message that it has not got, */
    room_id after; /* and the cursor in front of that */
    struct hub_poll_kept *kept;
} hub_way_wait;

/* What a client's way keeps with it; zeroed until `begin`. */
typedef union {
    ws_message_reader reader; /* of WebSocket and echo */
    hub_way_wait wait;        /* of a long-poll */
    base_list watching;       /* of hub_way_status.h */
} hub_way_state;

/* Why somebody is sent out. */
typedef struct {
    const char *reason; /* ends with a NUL; may be empty */
    int64_t rest_s;     /* for so many seconds; 0: without an end */
} hub_way_ban;

struct hub_way {
    const char *name;       /* in the log */
    act_traffic traffic;    /* what its traffic is counted as */
    hub_stream_kind stream; /* unless it is `single` */
    bool single;   /* all that it gets is one answer: it reads no window, and
                      takes its leave by itself (bye) at deadline.until */
    uint8_t window_bits; /* of permessage-deflate, as it was agreed on; 0: what
                            it sends is not compressed */
    bool one_way;  /* its client says nothing after its request: a ping is
                      answered by its kernel alone, and a Close by nobody */

    /* Takes from the offer what `state` needs, and enters the room. */
    void (*begin)(hub_client *client, hub_offer *offer);
    /* The same from what another process has written down of it, instead of
     * `begin`. NULL: it does not go there. */
    void (*resume)(hub_client *client, hub_offer *offer);
    /* It is in the room: the first thing that it hears. This and `refuse` are
     * NULL of a way that enters none. */
    void (*greet)(hub_client *client, const chat_person *you,
                  const room_log_position *from);
    /* Answers those of the room's clients that lack a message; of one that is
     * `single`. */
    void (*deliver)(hub_room *room);
    /* Tells why it cannot enter, and ends it. */
    void (*refuse)(hub_client *client, chat_error error);

    /* Looks at what has come of the client in place of reading it; false: it is
     * to be read. NULL: always. One that has this is not read while it has not
     * got all that it is sent. */
    bool (*look)(hub_client *client);
    /* Acts upon bytes from the client, which are changed; returns how many.
     * Those behind a command over the rate are left (hub_input_halt). */
    size_t (*feed)(hub_client *client, unsigned char *data, size_t size);
    /* How much more of what it reads now need not be kept; NULL: all that
     * comes. */
    uint64_t (*rest)(const hub_client *client);
    /* The client will send no more, but may still read. */
    void (*input_end)(hub_client *client);

    /* Appends what is around an event of `size` bytes and returns where the
     * event is to be written, valid until the buffer grows. `id` (may be
     * NULL): its position, which a browser gives back as Last-Event-ID. NULL
     * of one that is `single`. */
    unsigned char *(*frame)(base_bytes *out, size_t size, const room_id *id);
    /* Appends something that the other side has to acknowledge; NULL: it is
     * not asked. */
    void (*ping)(base_bytes *out);
    /* Appends what says that nothing follows, with a code of WebSocket and a
     * reason (NULL: the code's own sentence); NULL: the end of the connection
     * does. */
    void (*close)(base_bytes *out, unsigned code, const char *reason);

    /* Takes its leave, because the server stops for instance: it may come back
     * within so many seconds. */
    void (*bye)(hub_client *client, int seconds);

    /* Tells that it is sent out by a moderator and is not to come back by
     * itself, and ends it. NULL of the echo. */
    void (*oust)(hub_client *client, const hub_way_ban *why);

    /* Bytes of memory that an unfinished message takes; and frees it: what
     * still comes is ignored. NULL: it has none. */
    size_t (*unfinished)(const hub_client *client);
    void (*stop)(hub_client *client);
    /* Frees `state`. May be NULL. */
    void (*destroy)(hub_client *client);
};

/* Appends an event to what is sent on a way with a `frame`. */
void hub_way_event(const hub_way *way, base_bytes *out,
                   const base_bytes *event, const room_id *id);

/* Appends a message of the log; for room_log_visit. */
void hub_way_message(const hub_way *way, base_bytes *out,
                     const room_log_record *record);

/* Appends a gap event. */
void hub_way_gap(const hub_way *way, base_bytes *out, room_id after,
                 room_id next);

#endif
