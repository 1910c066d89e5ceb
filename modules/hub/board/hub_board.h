/* hub_board.h - what the children know of their connections, for whoever runs
 * the server: somebody puts a question on the board, and each loop answers it
 * in its turn.
 *
 * A connection is known to the child that serves it alone. The board is memory
 * of all processes: the parent makes it before its first children, and keeps
 * it over restarts, so that those of both generations answer. It holds one
 * question at a time and what was answered, for a moment. Nobody has a lock:
 * who asks has a time, so that one that was killed is not waited for, and a
 * child that does not answer is left out. Whatever stands there is looked at as
 * if a stranger had written it.
 */
#ifndef CHATWS_HUB_BOARD_H
#define CHATWS_HUB_BOARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base_address.h"
#include "base/base_bytes.h"
#include "room/segment/room_store.h"

/* Most connections that a child, and the whole answer, tells of. */
#define HUB_BOARD_ROWS 200

/* Most users, and most rooms, that one question can be about. */
#define HUB_BOARD_USERS 8
#define HUB_BOARD_ROOMS 8

/* Whoever asks waits so long at most for the answers, and as long before that
 * for others who ask; microseconds. */
#define HUB_BOARD_WAIT_US INT64_C(500000)

typedef struct hub_board hub_board;

typedef enum {
    HUB_BOARD_LIST, /* which connections there are */
    HUB_BOARD_CLOSE /* end one */
} hub_board_kind;

/* All zero: a list of all, without addresses. No bool is read from memory that
 * others may write. */
typedef struct {
    uint32_t kind;       /* hub_board_kind */
    uint8_t addresses;   /* true: the answer has them; else nobody writes one */
    uint8_t by_room;     /* only of `room`; */
    uint8_t by_address;
    room_handle room;    /* as all rooms here of the asker's segment */
    base_address address; /* `by_address`: who is limited as one with this
                            (base_address_network) */
    uint32_t user_count; /* only of these users, or in */
    uint32_t room_count; /* these rooms; both 0: everybody */
    uint64_t users[HUB_BOARD_USERS];
    room_handle rooms[HUB_BOARD_ROOMS];
    uint32_t late_ms;    /* behind for at least so long */
    uint32_t place;      /* of HUB_BOARD_CLOSE: as in its row, */
    uint32_t fd;
    uint32_t started;
} hub_board_question;

/* A connection. */
typedef struct {
    uint64_t user;     /* 0: nobody's, as the echo is */
    uint64_t received; /* bytes, above TLS */
    uint64_t sent;
    uint64_t waiting;  /* bytes that its socket has not taken yet */
    bool in_room;
    room_handle room;  /* of a child with an older segment: one that is gone */
    base_address address; /* not known, unless it was asked for */
    uint32_t place;    /* together: which connection it is, until it goes to */
    uint32_t fd;       /* another child */
    uint32_t started;
    uint32_t age_s;
    uint32_t late_ms;  /* so long something waits for its client; 0: nothing */
    char transport[12]; /* websocket, sse, longpoll, echo, status */
    bool tls;
    bool guest;
    bool moderator;
    bool closing;
} hub_board_row;

typedef struct {
    uint64_t all;      /* connections that match */
    unsigned children; /* that have answered, */
    unsigned silent;   /* and that have not */
    bool partial;      /* one has not looked at all of its connections */
    bool closed;       /* HUB_BOARD_CLOSE: it was there, and ends */
} hub_board_sum;

typedef struct {
    unsigned children; /* that serve connections now, */
    uint64_t limit;    /* and how many all of them take; not of those that
                          stop */
} hub_board_figures;

/* In the parent. NULL: there is no memory. `places`: most children at once, of
 * both generations. */
hub_board *hub_board_create(unsigned places);

/* Gives it up in this process; of any version of the module. */
void hub_board_destroy(hub_board *board);

/* False when another version of the module has made it: make a new one. */
bool hub_board_usable(const hub_board *board);

/* Takes a place for a child; -1 when there is none. That of one that was killed
 * is free. */
int hub_board_enter(hub_board *board, pid_t pid);
void hub_board_leave(hub_board *board, int place);

/* Asks all children and waits for their answers, which stand in `rows` (one
 * hub_board_row behind the other) then: those that are behind the longest, then
 * the youngest, HUB_BOARD_ROWS at most. `store`: what they are woken through;
 * those that have another segment are a quarter of a second later. False:
 * somebody else asks, come again in a second. On any thread but a loop's. */
bool hub_board_ask(hub_board *board, room_store *store,
                   const hub_board_question *question, base_bytes *rows,
                   hub_board_sum *sum);

/* What stands there without a question. Any thread, also a loop's. */
void hub_board_figures_get(const hub_board *board, hub_board_figures *out);

#endif
