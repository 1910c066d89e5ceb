/* hub_ack.h - answers that wait until what they confirm is where they say.
 *
 * Private to modules/hub; loop thread only. With ChatArchiveAck that is the
 * archive; with a relay what this child has read of the room, into which it
 * comes back from there, and then the archive if one of the hosts has one. They
 * stand in one list of their room; the archive tells how far the room is
 * written, so that a look is at the first of them. Who does not get that far in
 * HUB_ACK_US is told an error, and may send the same again with its ref.
 * A client's other answers wait behind its first one: it gets them in the order
 * of its commands.
 */
#ifndef CHATWS_HUB_ACK_H
#define CHATWS_HUB_ACK_H

#include "hub/hub_client.h"

/* So long an answer waits, give or take a sweep of the rooms. */
#define HUB_ACK_US INT64_C(5000000)

/* What all that wait in a child take; beyond it the oldest of a room that gets
 * more is told the error at once. */
#define HUB_ACK_MOST (16 * 1024 * 1024)

/* What has to be there first. All zero: nothing. */
typedef struct {
    room_id id;        /* the relay has given it to a record of the room; 0-0 */
    bool archived;     /* with an id: some host's archive has to have it, too */
    uint64_t seq;      /* a record of the room; with `archived` found out when
                          the room has it */
    bool sanctions;    /* those of this room_sanction_version */
    uint32_t version;
} hub_ack_due;

/* Answers a command with the event in hub->text: now, or when what is due is
 * there, and what the client waits for already. `ref` is the command's,
 * for the error. */
void hub_ack_answer(hub_client *client, const hub_ack_due *due,
                    const void *ref, size_t ref_size);

/* True while an answer of the client waits. */
bool hub_ack_waits(const hub_client *client);

/* The client has sent a Close with `code`: it is answered behind what waits.
 * False: nothing does. */
bool hub_ack_hold_close(hub_client *client, unsigned code);

/* Tells those of the room whose time has come. */
void hub_ack_release(hub_room *room);

/* Tells those that have waited for sanctions; cheap. When the child was
 * called. */
void hub_ack_look(hub *core);

/* Forgets what waits: the client leaves. */
void hub_ack_drop(hub_client *client);

#endif
