/* hub_reader.h - a peer that reads a room, and knows what must come: each of
 * hub_stage_flood's messages once and in order, or a gap in front of the next.
 */
#ifndef CHATWS_UNIT_HUB_READER_H
#define CHATWS_UNIT_HUB_READER_H

#include "hub_peer.h"
#include "room/log/room_id.h"

typedef struct {
    hub_peer peer;
    unsigned next;       /* number of the next message, if none is lost */
    room_id last;
    room_id next_known;  /* a gap's `next`, at or before what follows */
    bool told;           /* of a gap since the last message */
    unsigned gaps;
    unsigned others;     /* frames that are neither message nor gap */
    hub_peer_frame other; /* the last of these */
    char hello[1024];    /* the start of it */
} hub_reader;

/* Joins as `offer` (hub_peer_offer_room of reader->peer, into a reader that is
 * all zero) says, and reads the hello. `small`: through a socket that holds a
 * few KB, so that the hub sees at once whether the peer reads. */
void hub_reader_join(hub_reader *reader, hub_offer *offer, bool small);

/* Takes one frame. */
void hub_reader_hear(hub_reader *reader, const hub_peer_frame *frame);

/* Reads until message `last` was heard; fails if the stream ends before. */
void hub_reader_until(hub_reader *reader, unsigned last);

#endif
