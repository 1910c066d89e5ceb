/* act_call.h - who wants something of which room, and what came of it.
 *
 * Pure data. Everything that a call points to is only read during the call.
 */
#ifndef CHATWS_ACT_CALL_H
#define CHATWS_ACT_CALL_H

#include "act/act_address.h"
#include "act/act_room.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "room/log/room_id.h"

typedef struct {
    room_store *store;
    int slot;                     /* the child's, for its counters; or -1 */
    const act_settings *settings; /* of the room, for this person */
    const act_address *from;
    const chat_person *who;  /* who is a member needs no name here */
    const act_room_key *key; /* the room */
    struct relay *relay;     /* where several hosts are one chat: what is stored
                                gets its place there, by act_result.order; only
                                what must not wait is sent at once. NULL: this
                                host is all */
    bool backed;             /* there is an archive to ask, if not by this
                                thread: then the result may be `past` */
    bool past;               /* of act_obey_past: it is asked first */
    uint64_t realm;          /* of an owner's order: where it holds; 0: as the
                                settings say */
    bool seated;             /* a member, whose child serves this room: */
    room_handle room;        /* seated: the room, */
    uint32_t presence_most;  /* and the largest ChatPresence of its members */
} act_call;

/* How far a purge is: see act_purge.h. */
typedef struct {
    uint64_t realm;
    uint64_t user;
    uint32_t room; /* the index of the room to go on with */
    bool left;     /* there may be more */
    uint8_t phase; /* of act_purge_past, */
    int64_t past;  /* and where it is in the archive */
    room_id past_at; /* there; of act_sweep: in the room */
    char key[ACT_KEY_MOST]; /* of act_sweep: the room that it is at, or was at
                               last */
    uint16_t key_size;
    uint8_t round; /* which list, and how often, */
    bool unknown;  /* whether a room was not found there, */
    bool partly;   /* and whether one was not there to the end */
} act_purge;

typedef struct {
    struct relay_order *order; /* NULL: it is over. Else nothing was done and
                                  nothing below says anything yet: this is to be
                                  sent (relay.h), and act_obey_finish called
                                  when it has come back. The caller's */
    uint8_t tries;    /* of act_obey_finish: how often it was sent again */
    bool here;        /* with an order: it holds on this host whatever comes of
                         that: CHAT_HERE_ONLY then */
    chat_error error; /* CHAT_OK, or why nothing was done */
    int64_t retry;    /* microseconds after which it may work; 0: never */
    int64_t rest;     /* CHAT_MUTED, CHAT_BANNED: seconds; 0: without end */
    room_id id;       /* CHAT_OK, what was stored: its id; all 0: nothing */
    uint64_t seq;     /* and its number in the room's log; 0: nothing was
                         stored just now */
    size_t size;      /* CHAT_OK: bytes that were stored just now */
    bool repeated;    /* CHAT_OK: this ref was stored before, under `id` */
    bool news;        /* CHAT_OK: the room's readers have something to read;
                         they were woken, but for the child of a seated one,
                         which is running: it looks by itself */
    bool past;        /* an error, unless the archive says something else: see
                         act_obey_past */
    bool archived;    /* CHAT_OK: what has this id is to be confirmed when the
                         archive has it. Of a relay; without one ChatArchiveAck
                         says so for all */
    bool moved;       /* an error: the rooms are in another segment now; the
                         children after the restart take it */
    bool has_address; /* CHAT_OK, a ban: an address was to be banned too, */
    bool address;     /* and that was possible */
    act_purge purge;  /* CHAT_OK, a ban with one: for act_purge_step, until
                         nothing is left */
    bool ended;       /* CHAT_OK, a pardon: there was something, on any host */
    bool stranger;    /* CHAT_FORBIDDEN: who is not in the room cannot */
    chat_person you;  /* CHAT_OK, a new name: the person; a purge, and what has
                         an order: who wants it */
} act_result;

#endif
