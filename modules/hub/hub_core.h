/* hub_core.h - what the hub's files share: the hub itself and one turn of it.
 *
 * Private to modules/hub. Everything here belongs to the loop thread unless a
 * comment says otherwise.
 *
 * One turn: wait, read what has arrived (commands store messages and mark
 * their room), run timers, take in new connections; then every marked room is
 * pumped (new messages are copied once from the segment) and flushed to its
 * members, every marked client is flushed, and the dead are freed. Nothing is
 * freed before the end of the turn.
 *
 * No client has more than its share of a turn: HUB_SHARE bytes each way. Who
 * has more to read or to be sent goes to the end of a queue. Of each queue as
 * many as fit into HUB_SLICE_US are served in a turn, so that the others wait
 * for that long, however many are in it.
 *
 * Nor has the room: once its members have brought HUB_ROOM_SHARE bytes of
 * messages into a turn, the others' commands are read after these have been
 * delivered. Otherwise many who speak at once would push messages out of the
 * log that readers had no turn to get.
 */
#ifndef CHATWS_HUB_CORE_H
#define CHATWS_HUB_CORE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "act/act_count.h"
#include "act/act_settings.h"
#include "base/base_bytes.h"
#include "base/base_list.h"
#include "hub/archive/hub_archive.h"
#include "hub/move/hub_hands.h"
#include "loop/loop_inbox.h"
#include "loop/loop_poll.h"
#include "loop/loop_timer.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

typedef struct hub hub;
typedef struct hub_way hub_way;
typedef struct hub_client_shared hub_client_shared;
typedef struct hub_room hub_room;
typedef struct hub_stream hub_stream;
typedef struct hub_presence hub_presence;
typedef struct hub_meter hub_meter;
typedef struct hub_tail hub_tail;
typedef struct hub_holding hub_holding;
typedef struct hub_codec hub_codec;
typedef struct hub_errands hub_errands;
typedef struct hub_fetcher hub_fetcher;

/* What one client may bring into a turn, and be sent in it. */
#define HUB_SHARE 65536

/* What a room's members may bring into a turn: each reader can be sent twice as
 * much. */
#define HUB_ROOM_SHARE (HUB_SHARE / 2)

/* How long those that have used their share up are served in one turn; and how
 * long newcomers are. */
#define HUB_SLICE_US 5000

typedef enum {
    HUB_TO_READ,  /* have more to be read */
    HUB_TO_WRITE, /* have more to be sent */
    HUB_TO_HEAR,  /* are read first in the next turn: their room was full */
    HUB_QUEUES
} hub_queue_name;

/* A client has one of these in each: nobody is to be read twice. */
#define HUB_LINKS 2

/* Clients that wait for their turn, see hub_queue.h. */
typedef struct {
    hub_client *first;
    hub_client *last;
    size_t count;
} hub_queue;

/* The windows of a room (hub_stream.h): one for each way to write its messages
 * one behind the other. */
typedef enum {
    HUB_STREAM_FRAMES, /* of WebSocket */
    HUB_STREAM_CHUNKS, /* an event stream, each event in its chunk */
    HUB_STREAM_EVENTS, /* an event stream as it is */
    HUB_STREAM_DEFLATE, /* of WebSocket, compressed for a window of 9 bits; then
                           of 10, and up to 15 */
    HUB_STREAMS = HUB_STREAM_DEFLATE + 7
} hub_stream_kind;

/* How the connections are sent away. */
typedef struct {
    int stopping;   /* the kind of stop that was begun, or 0 */
    int64_t most;   /* see hub_options */
    unsigned rate;  /* see hub_options */
    int64_t start;  /* of the stop, */
    int64_t window; /* and how long it may take, microseconds */
    size_t total;   /* there were so many, */
    size_t sent;    /* and so many have been sent away */
} hub_drain;

/* How they are given to the next generation of children. */
typedef struct {
    int64_t since; /* 0: not yet */
    bool over;     /* what is left is sent away */
    size_t given;
} hub_giving;

/* Our place at the board, see hub_board_answer.h. */
typedef struct {
    struct hub_board *board; /* NULL: there is none */
    int place;               /* -1: none; */
    int64_t again;           /* when it looks for one then */
    uint64_t seen;           /* number of the last question */
    int64_t told;            /* when an answer was written that may still be
                                there; 0: none is */
} hub_desk;

/* Those that watch the status, see hub_way_status.h. */
typedef struct {
    void (*figures)(base_bytes *out); /* see hub_options */
    base_list all;
    size_t count;
    int64_t due;      /* the next event */
    base_bytes event; /* the last one, */
    int64_t written;  /* and when; 0: there is none */
} hub_watchers;

struct hub {
    room_store *store;            /* NULL: echo only */
    unsigned max_connections;
    bool (*ends)(void *context);  /* hub_options.stopping, with its context */
    hub_hands hands;              /* or nothing: without `current` */
    bool (*current)(void *context);
    void *context;
    bool (*give_back)(int fd);    /* see hub_options; after one had to wait */
    int64_t full_there;           /* no further one goes on until then */
    pthread_t thread;
    sem_t claimed;                /* posted when the slot is claimed */
    loop_poll *poll;
    loop_timer_wheel timers;
    loop_inbox inbox;             /* offers, from any thread */
    int slot;                     /* our child slot, or -1 */
    _Atomic int slot_shared;      /* the same for other threads */
    _Atomic(_Atomic uint64_t *) counters; /* of our slot, or our own */
    _Atomic uint64_t own_counters[ACT_COUNTS];
    _Atomic unsigned connections; /* offers and clients; any thread */
    _Atomic int stop;             /* 0, HUB_STOP_...; any thread */
    _Atomic unsigned relief;      /* see hub_relief.h; any thread */
    _Atomic int64_t full_until;   /* none is taken until then; any thread */
    atomic_bool last;             /* nobody hands anything over any more */

    int64_t delivered;            /* not counted yet; below 0: too early */
    int64_t now;                  /* of this turn, base_clock_mono() */
    int64_t begun;                /* the first one's */
    int64_t ready_end;            /* those that are ready now are read until
                                     then, the others wait in their queue */
    int64_t swept;                /* when the rooms were last looked over */
    uint32_t bans_seen;           /* see hub_order.h */
    uint64_t notices_seen;
    base_bytes purges;            /* of hub_order.h */
    hub_drain drain;
    hub_giving giving;
    hub_desk desk;
    hub_watchers watchers;
    bool takes;                   /* hands.next.take is in the poll, */
    bool takes_home;              /* and that of our slot's queue */
    uint8_t strays[HUB_HANDS_HOMES]; /* sweeps with something in a queue that
                                        its child does not take */
    int64_t crowded;              /* since then it may not, and something is in
                                     the queue; 0: that is not so */
    int64_t crowd;                /* so much at that time */
    base_list clients;            /* those that have ended stand last */
    size_t client_count;
    size_t ended_count;           /* that many of the last ended in this turn */
    hub_client *to_flush;         /* marked in this turn */
    hub_queue queues[HUB_QUEUES];
    loop_inbox_item *offers;      /* taken from the inbox, not adopted yet */
    base_list meters;             /* of the clients that have a key */
    hub_tail *tails;              /* connections that are at their end */
    int64_t metered;              /* when the meters were read */
    int64_t meter_due;            /* see hub_meter_wait */
    base_list rooms;              /* all local rooms, */
    size_t room_count;
    base_list to_sweep;           /* and those that the next sweep looks at */
    hub_room *to_pump;
    bool stored;                  /* by members here in this turn */
    hub_room **room_by_index;     /* by index in the segment */
    hub_client_shared **shared;   /* one of each distinct value */
    size_t shared_count;
    base_bytes leaving;           /* of hub_leaving.h */
    base_bytes spare_window;      /* a window's memory, to be used again */
    base_bytes spare_out;         /* a client's buffer, to be used again */
    base_bytes text;              /* scratch for one event */
    unsigned char *scratch;       /* HUB_SHARE bytes */
    hub_codec *codec;             /* see hub_codec.h; NULL until needed */
    hub_holding *holdings;        /* see hub_unfinished.h */
    size_t holding_count;
    size_t holding_cap;
    uint64_t held;                /* bytes of all of them */
    uint64_t held_most;
    int64_t holding_tell;         /* when that may be logged again */
    hub_archive archive;          /* or nothing */
    struct relay *relay;          /* NULL: none, and nothing of hub_relay.h: */
    loop_inbox ordered;           /* orders that have come back */
    size_t orders;                /* those that have not */
    bool ordered_ends;            /* no more is sent */
    hub_errands *errands;         /* see hub_errand.h; NULL until needed */
    hub_fetcher *fetcher;         /* see hub_fetch.h */
    size_t pasts;                 /* commands at the archive, see hub_past.h */
    size_t fetching;              /* clients that read the archive */
    size_t ack_bytes;             /* of answers that wait, see hub_ack.h */
    size_t ack_sanctions;         /* so many of them wait for sanctions */
    int64_t end_start;            /* since then ending clients have got */
    size_t end_bytes;             /* so much of their backlogs */
};

/* When somebody has come into a room its members may be in several children.
 * Once it has talked so much, in turns that brought news, that moving them
 * costs less than waking those children, they go to its home at the sweep. 0:
 * there is nothing to do. */
#define HUB_APART_MOST 9
#define HUB_APART 1

/* A room as one child sees it; made and freed by hub_room.h. */
struct hub_room {
    hub *hub;
    room_handle handle;
    base_list link;  /* in hub->rooms */
    base_list sweep; /* in hub->to_sweep, or in no list */
    hub_room *next_to_pump;
    base_list seats;
    size_t seat_count;
    hub_stream *streams[HUB_STREAMS]; /* NULL until its first reader comes */
    const hub_way *single; /* of those who wait for an answer, see hub_way.h, */
    size_t single_count;   /* how many they are, */
    uint64_t single_next;  /* and the first message that may be news to one */
    bool marked;           /* it is delivered in this turn: windows stay */
    uint8_t apart;         /* counts down to HUB_APART, see hub_home.h */
    size_t stored;         /* bytes by members here since it was delivered */
    base_list acks;        /* answers that wait, see hub_ack.h */
    hub_presence *presence;
    size_t key_size;
    char key[];
};

enum { HUB_STOP_GRACEFUL = 1, HUB_STOP_NOW = 2 };

/* This turn's time in hundredths of a second, modulo 2^32. */
static inline uint32_t hub_core_hundredths(const hub *core)
{
    return (uint32_t)(uint64_t)(core->now / 10000);
}

/* This turn's time in milliseconds, modulo 2^32; see hub_deadline.h. */
static inline uint32_t hub_core_ms(const hub *core)
{
    return (uint32_t)(uint64_t)(core->now / 1000);
}

/* Something of the room has to wait, so that the next sweep looks at it. */
static inline void hub_core_look_at(hub_room *room)
{
    if (!base_list_linked(&room->sweep)) {
        base_list_add_last(&room->hub->to_sweep, &room->sweep);
    }
}

#endif
