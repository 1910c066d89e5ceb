/* relay_haul.h - the rooms that have something for the archive, as they are
 * taken from Redis. The writer's thread.
 */
#ifndef CHATWS_RELAY_HAUL_H
#define CHATWS_RELAY_HAUL_H

#include "relay/archive/relay_batch.h"
#include "relay/relay_room.h"
#include "room/archive/room_source.h"

typedef struct {
    bool acks;              /* ChatArchiveAck, for the caller to fill in */
    /* Private. */
    relay_batch *batch;
    base_bytes *told;       /* relay_order *, that are sent later */
    char cursor[24];        /* where in what is due to look on */
    relay_answer due;       /* that was found there: KEY, SETTINGS of each */
    size_t due_at;          /* whose turn it is */
    room_source_room *rooms; /* that were taken, */
    struct relay_haul_page *pages;
    size_t count;
    size_t places;          /* and how many there is room for */
} relay_haul;

/* Nothing yet. `told` gets orders that are to be sent with the next ones. */
void relay_haul_init(relay_haul *haul, relay_batch *batch, base_bytes *told);
void relay_haul_free(relay_haul *haul);

/* As room_source.take. */
room_status relay_haul_take(relay_haul *haul, size_t most,
                            const room_source_room **rooms, size_t *count);

/* The room as it is named to Redis, without its settings. */
relay_room relay_haul_name(const relay_haul *haul,
                           const room_source_room *room);

/* An order that tells all hosts that there is an archive. */
relay_order *relay_haul_alive(const relay_haul *haul);

#endif
