/* hub_stream.h - a room's messages as one way is sent them: the window.
 *
 * Private to modules/hub; loop thread only. The window is the end of the
 * room's stream, byte for byte as every reader of this way is sent it.
 * The messages of one turn are copied from the segment once (pump) and then
 * written to each reader with one send. A position counts bytes since the
 * stream began here. The window is let go as soon as nobody is behind; a
 * reader that falls off its start goes on from the segment's log (a backlog).
 */
#ifndef CHATWS_HUB_STREAM_H
#define CHATWS_HUB_STREAM_H

#include "base/base_bytes.h"
#include "hub/hub_client.h"
#include "room/log/room_id.h"
#include "room/room_status.h"

/* When the window is longer than this, its older half is given up. */
#define HUB_WINDOW_MOST (512 * 1024)

/* One piece of the window: a message, or a gap. */
typedef struct {
    uint64_t end; /* position behind it */
    uint64_t seq; /* of the message; of a gap's last missing one */
    room_id id;   /* of the message; of the one in front of a gap */
} hub_frame;

struct hub_stream {
    hub_room *room;
    const hub_way *way; /* of its readers */
    uint32_t least;     /* bytes of a message from which it is compressed */
    size_t seat_count;
    size_t behind;      /* seats that have not got all of the window */
    base_bytes window;
    uint64_t start;     /* position of the window's first byte */
    room_id start_id;   /* of the message in front of it */
    uint64_t given;     /* it was offered to all readers up to here */
    base_bytes frames;  /* of hub_frame, one for each piece of the window */
    uint64_t next_seq;  /* first message that was not pumped */
    room_id last_id;    /* newest that was */
    bool held;          /* the log could not be read when it was tried last */
    bool hole;          /* what was in front of next_seq had been evicted */
    bool parted;        /* the same where the archive has it: pumped up to */
    room_id parted_id;  /* this message, it goes on behind last_id */
};

/* One without readers, before it has begun. */
hub_stream *hub_stream_create(hub_room *room);

/* Frees it; nobody has a seat. NULL is allowed. */
void hub_stream_destroy(hub_stream *stream);

/* The stream that a client reads; NULL: none. */
hub_stream *hub_stream_of(const hub_client *client);

/* A client that has a seat begins to read, or stops. */
void hub_stream_join(hub_client *client);
void hub_stream_leave(hub_client *client);

/* The first reader of this way comes: the stream begins behind the newest
 * message. Messages of at least so many bytes are compressed, if the way is.
 * False when the log cannot be read. */
bool hub_stream_begin(hub_stream *stream, const hub_way *way, uint32_t least);

/* The position behind the window. */
uint64_t hub_stream_end(const hub_stream *stream);

/* True when it has readers, and the segment messages that were not pumped. */
bool hub_stream_has_news(const hub_stream *stream);

/* True when an archive has what its room's log has lost. */
bool hub_stream_archived(const hub_stream *stream);

/* Copies what is new from the segment to the window, or until it is parted. */
void hub_stream_pump(hub_stream *stream);

/* It is parted no more: nobody needs what is in front of the hole. */
void hub_stream_unite(hub_stream *stream);

/* Tells whether a reader has all of the window; the last one to get there lets
 * the window go. */
void hub_stream_note(hub_client *client);

/* The piece that a position is in: the first that ends behind it. `*id` is that
 * of the message in front of it, and `*begin` where the piece begins. */
const hub_frame *hub_stream_frame(const hub_stream *stream, uint64_t position,
                                  uint64_t *begin, room_id *id);

/* After all readers were written to: lets the window go if nobody needs it. If
 * it has become too long answers where its younger half begins, else 0. */
uint64_t hub_stream_settle(hub_stream *stream);

/* Gives up what is in front of a position, the end of a piece: nobody needs
 * it. */
void hub_stream_trim(hub_stream *stream, uint64_t start);

#endif
