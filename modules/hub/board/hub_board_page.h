/* hub_board_page.h - the board as it stands in memory; see hub_board.h.
 *
 * Private to modules/hub/board. A question has a number, which stands in front
 * of it: an odd one says that it is being written, or that there is none any
 * more. Each child has a place: a head, and entries that hold what it has
 * answered.
 */
#ifndef CHATWS_HUB_BOARD_PAGE_H
#define CHATWS_HUB_BOARD_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "hub/board/hub_board.h"

/* Steps whenever something below, or a question, means something else than
 * before. */
#define HUB_BOARD_VERSION 2

#define HUB_BOARD_PLACES 512

/* A child that was not seen for so long is not waited for; and so long what a
 * child has answered stays there when nobody comes for it. Microseconds. */
#define HUB_BOARD_ALIVE_US INT64_C(2000000)

/* The place of one that was not seen for so long is free: another process may
 * have got the number of one that was killed. */
#define HUB_BOARD_GONE_US INT64_C(60000000)

/* Bits of hub_board_head.flags. */
enum { HUB_BOARD_PARTIAL = 1, HUB_BOARD_CLOSED = 2 };

/* Bits of hub_board_entry.flags. */
enum {
    HUB_BOARD_IN_ROOM = 1,
    HUB_BOARD_TLS = 2,
    HUB_BOARD_GUEST = 4,
    HUB_BOARD_MODERATOR = 8,
    HUB_BOARD_CLOSING = 16
};

typedef struct {
    _Alignas(64) _Atomic int32_t pid; /* 0: the place is free */
    _Atomic uint32_t limit;    /* connections that it takes */
    _Atomic int64_t alive;     /* when it was seen last, base_clock_mono */
    _Atomic uint64_t answered; /* the question that this answers: */
    _Atomic int64_t when;
    _Atomic uint64_t all;
    _Atomic uint32_t count;    /* entries that hold something */
    _Atomic uint32_t flags;
} hub_board_head;

typedef struct {
    uint64_t user;
    uint64_t received;
    uint64_t sent;
    uint64_t waiting;
    uint64_t socket; /* the same in each process that has it; 0: not known */
    room_handle room;
    base_address address;
    uint32_t fd;
    uint32_t started;
    uint32_t age_s;
    uint32_t late_ms;
    uint32_t flags;
    char transport[12];
} hub_board_entry;

#define HUB_BOARD_WORDS \
    ((sizeof(hub_board_question) + sizeof(uint64_t) - 1) / sizeof(uint64_t))

typedef struct {
    _Atomic uint64_t asked; /* number of the question */
    _Atomic int64_t desk;   /* until then somebody asks; 0: nobody does */
    _Atomic uint64_t question[HUB_BOARD_WORDS];
    hub_board_head heads[];
    /* behind these HUB_BOARD_ROWS entries of each place */
} hub_board_page;

/* What a process knows of it; not in the memory that others write. All
 * versions of the module begin with these. */
struct hub_board {
    uint32_t version;
    uint32_t places;
    size_t size;
    hub_board_page *page;
};

static inline hub_board_entry *
hub_board_page_entries(const hub_board *board, unsigned place)
{
    return (hub_board_entry *)(void *)&board->page->heads[board->places]
           + (size_t)place * HUB_BOARD_ROWS;
}

/* Takes away what a child has written: it may name addresses. */
static inline void hub_board_page_wipe(hub_board *board, unsigned place)
{
    if (atomic_exchange(&board->page->heads[place].count, 0) > 0) {
        memset(hub_board_page_entries(board, place), 0,
               HUB_BOARD_ROWS * sizeof(hub_board_entry));
    }
}

#endif
