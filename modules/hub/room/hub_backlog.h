/* hub_backlog.h - a member that reads from the log instead of the window.
 *
 * Private to modules/hub; loop thread only. Everybody begins so (with what is
 * kept, or what came after a cursor), and who falls off the window goes on so.
 * The log is copied in pieces as the socket takes them, so that a slow reader
 * costs no memory. What the log has lost comes from the archive in the same way
 * (hub_fetch.h), until the log goes on.
 *
 * What the two have overlaps, and nobody may get a message twice or miss one:
 *   A question ends at the newest message of the window at that time. Before
 *   the archive is read it is noted up to which number it is written. When it
 *   has nothing more up to that end, the reader goes on in the log with that
 *   number, and passes over the ids that it has got.
 *   If the log has lost something again meanwhile, the archive has it, and is
 *   asked again. Only if it had nothing more and is not written any further is
 *   something lost for good: that is told with one gap event.
 */
#ifndef CHATWS_HUB_BACKLOG_H
#define CHATWS_HUB_BACKLOG_H

#include "hub/archive/hub_fetch.h"
#include "hub/room/hub_stream.h"
#include "room/log/room_log.h"

struct hub_backlog {
    room_log_cursor at; /* next message to send */
    uint64_t counted; /* from here on hub_stream_pump counts them as given; */
    room_id counted_id; /* the position in front of that */
    room_id last;     /* position in front of the next message */
    base_bytes later; /* answers that come after the backlog */
    hub_fetch *asked; /* the next piece of the archive is on its way */
    bool archived;    /* it reads the archive, */
    bool dry;         /* which had nothing when it was asked last, */
    bool lost;        /* and has lost what is in front of the next message */
    bool once;        /* its client ends behind a piece of the archive */
};

/* Starts a backlog from a message on; what `output` has behind its mark waits
 * until the backlog is read. */
void hub_backlog_start(hub_client *client, uint64_t seq, room_id last);

/* The same from the archive on: it has what comes after `last`. */
void hub_backlog_start_archived(hub_client *client, room_id last);

/* While less than this waits in `output`, a flush copies more of the log. */
#define HUB_BACKLOG_STEP 16384

/* Moves more of the log to `output` while less than `most` bytes wait there;
 * ends the backlog when it has met the window. False when there was none, or
 * it waits for the archive, or the next turn. */
bool hub_backlog_step(hub_client *client, size_t most);

/* True while it reads the archive. */
bool hub_backlog_archived(const hub_client *client);

/* True while it has to wait for that: there is nothing to move. */
bool hub_backlog_waits(const hub_client *client);

/* Moves a piece of the archive to `output`. */
void hub_backlog_take(hub_client *client, const hub_fetch_piece *piece);

/* Nothing more of the archive will come, as the client ends: what it was told
 * meanwhile is moved to `output`. */
void hub_backlog_cut(hub_client *client);

/* Copies what is new from the segment to the window (hub_stream_pump). Where
 * the log has lost something of it that is in the archive, all readers go on
 * from there by themselves. */
void hub_backlog_pump(hub_stream *stream);

/* A reader that has less of the stream than up to `start` goes on from the log;
 * what is left of a piece that it has begun stays with it. */
void hub_backlog_fall_off(hub_client *client, uint64_t start);

/* Gives up what a window has in front of a position that hub_stream_settle has
 * answered: who has not got that falls off. */
void hub_backlog_trim(hub_stream *stream, uint64_t start);

/* It reads the stream of its room no more, from wherever it does. */
void hub_backlog_leave(hub_client *client);

#endif
