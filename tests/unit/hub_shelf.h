/* hub_shelf.h - an archive in memory, of one room, with the segment's own
 * cursor: what the hub reads, and what its answers wait for.
 */
#ifndef CHATWS_UNIT_HUB_SHELF_H
#define CHATWS_UNIT_HUB_SHELF_H

#include <pthread.h>

#include "hub_stage.h"

#define HUB_SHELF_ASKED 64

typedef struct {
    hub_archive door;   /* what the hub is given */
    hub_stage *stage;
    uint64_t next;      /* the record that it has not taken in */
    pthread_mutex_t mutex;
    base_bytes rows;    /* one behind the other */
    room_id complete;
    bool away;
    unsigned readings;  /* how often it was asked, */
    room_id asked[HUB_SHELF_ASKED]; /* and the first times from where on */
    unsigned held;      /* it answers when this is 0 */
} hub_shelf;

/* Opens the stage with an archive, whose room /busy is read in, as one that was
 * never archived, and starts one hub. This thread is the writer. */
void hub_shelf_open(hub_shelf *shelf, hub_stage *stage, bool ack);

/* Closes both. */
void hub_shelf_close(hub_shelf *shelf);

/* Takes in what is new in the room, and says so. */
void hub_shelf_write(hub_shelf *shelf);

/* Takes it in without saying so. */
void hub_shelf_take(hub_shelf *shelf);

/* Forgets the older half, as ChatArchiveKeep does. */
void hub_shelf_forget(hub_shelf *shelf);

/* The database is away, or back. */
void hub_shelf_away(hub_shelf *shelf, bool away);

/* Answers no question until it is let go. */
void hub_shelf_hold(hub_shelf *shelf, bool hold);

/* How often it was asked. */
unsigned hub_shelf_readings(hub_shelf *shelf);

#endif
