/* hub_backlog.h - a member that reads from the log instead of the window.
 *
 * Private to modules/hub; loop thread only. Everybody begins so (with what is
 * kept, or what came after a cursor), and who falls off the window goes on so.
 * The log is copied in pieces as the socket takes them, so that a slow reader
 * costs no memory. A hole in the log is told with one gap event.
 */
#ifndef CHATWS_HUB_BACKLOG_H
#define CHATWS_HUB_BACKLOG_H

#include "hub/room/hub_stream.h"
#include "room/log/room_log.h"

struct hub_backlog {
    room_log_cursor at; /* next message to send */
    uint64_t counted; /* from here on hub_stream_pump counts them as given */
    room_id last;     /* position in front of it, for a gap event */
    base_bytes later; /* answers that come after the backlog */
};

/* Starts a backlog from a message on; what `output` has behind its mark waits
 * until the backlog is read. */
void hub_backlog_start(hub_client *client, uint64_t seq, room_id last);

/* While less than this waits in `output`, a flush copies more of the log. */
#define HUB_BACKLOG_STEP 16384

/* Moves more of the log to `output` while less than `most` bytes wait there;
 * ends the backlog when it has met the window. False when there was none. */
bool hub_backlog_step(hub_client *client, size_t most);

/* A reader that has less of the stream than up to `start` goes on from the log;
 * what is left of a piece that it has begun stays with it. */
void hub_backlog_fall_off(hub_client *client, uint64_t start);

/* Gives up what a window has in front of a position that hub_stream_settle has
 * answered: who has not got that falls off. */
void hub_backlog_trim(hub_stream *stream, uint64_t start);

/* It reads the stream of its room no more, from wherever it does. */
void hub_backlog_leave(hub_client *client);

#endif
