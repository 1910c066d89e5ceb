/* room_archive_figures.h - how far the archive is behind, for whoever watches
 * it.
 */
#ifndef CHATWS_ROOM_ARCHIVE_FIGURES_H
#define CHATWS_ROOM_ARCHIVE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "room/segment/room_store.h"

typedef struct {
    bool on;                /* there is an archive */
    uint64_t writes;        /* 1: this host writes it, or did so last */
    uint64_t lag_messages;  /* records that are not in it yet */
    int64_t lag_us;         /* how long the oldest of them waits */
    uint64_t commits;       /* room_archive_count */
    uint64_t errors;
    uint64_t lost;          /* records that never came there */
} room_archive_figures;

/* The elected writer's thread tells whether its host's it is to write. */
void room_archive_figures_write(room_store *store, bool writes);

/* So many records never came there, which the rooms do not see: where hosts
 * share the rooms. */
void room_archive_figures_lose(room_store *store, uint64_t records);

/* Looks at all rooms, without a lock. */
void room_archive_figures_get(const room_store *store, int64_t mono_us,
                              room_archive_figures *out);

#endif
