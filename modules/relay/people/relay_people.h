/* relay_people.h - who is in one room, on all hosts: what this host's own
 * members are is told to the others when it has changed, at most each 1.25 s,
 * and renewed, since what Redis has of it ends by itself.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_PEOPLE_H
#define CHATWS_RELAY_PEOPLE_H

#include "relay/people/relay_crowd.h"
#include "relay/people/relay_host.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_room.h"
#include "relay/relay_script.h"
#include "room/people/room_member.h"

/* What Redis has of a host's people ends so long after it was renewed, in
 * milliseconds. */
#define RELAY_PEOPLE_LEASE_MS 300000

typedef struct {
    relay_bus *bus;
    relay_hosts *hosts;
    room_handle room;
    uint64_t name;         /* its hash: the scope of a kick */
    base_bytes channel;
    relay_crowd crowd;
    uint64_t version;      /* room_member_version, as compared last */
    uint64_t realm;        /* that Redis was told, */
    int64_t realm_us;      /* and when to tell it again */
    int64_t compared_us;
    int64_t linger_us;     /* when the first that lingers may go; 0: nobody */
    int64_t renew_us;
    int64_t doubt_us;      /* when those in doubt go; 0: nobody is */
    int64_t look_us;       /* when to look again; 0: not */
    unsigned asked;        /* orders on their way */
    bool due;              /* to be compared, whatever its version */
    bool looked;           /* since there is a connection */
    bool looking;
    bool busy;             /* a lock was not to be had: nothing more is tried
                              for now, */
    bool stuck;            /* and somebody has not left the segment therefore */
    bool gone;             /* the room is; freed when nothing is on its way */
    base_bytes key;        /* the room's, as the set of its realm has it */
} relay_people;

/* malloc'ed; never NULL. What it is given stays. */
relay_people *relay_people_create(relay_bus *bus, relay_hosts *hosts,
                                  room_handle handle, const relay_room *room);

/* The room is no more. */
void relay_people_drop(relay_people *people);

/* There is no connection any more: what was told others may not have heard. */
void relay_people_away(relay_people *people);

/* Tells what is due. False: a lock was not to be had. */
bool relay_people_tick(relay_people *people, int64_t now_us);

/* An order about the room, whose `done` ends with relay_people_end: that frees
 * it, and `people` if the room is no more. With `key` the first key is that of
 * what all hosts have told. */
relay_order *relay_people_order(relay_people *people,
                                const relay_script *script, bool key,
                                void (*done)(relay_order *order));
void relay_people_end(relay_order *order);

/* A hash of the name, so that equal ones are told apart from others; never
 * 0. */
uint64_t relay_people_name(const room_member *member);

#endif
