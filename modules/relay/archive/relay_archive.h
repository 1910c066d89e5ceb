/* relay_archive.h - what the archive's writer gets from Redis, and tells it:
 * the room_source of rooms that hosts share.
 *
 * It has a connection of its own: its pages are large, and whoever sends a
 * message must not wait behind them. All but _create and _destroy is called on
 * the writer's thread.
 */
#ifndef CHATWS_RELAY_ARCHIVE_H
#define CHATWS_RELAY_ARCHIVE_H

#include "relay/relay_url.h"
#include "room/archive/room_source.h"
#include "room/segment/room_store.h"

typedef struct relay_archive relay_archive;

/* Connects to nothing yet. `settings` is copied. Never NULL. */
relay_archive *relay_archive_create(const relay_settings *settings,
                                    room_store *store);

/* The source; lives as long as it does. */
const room_source *relay_archive_source(relay_archive *archive);

/* After the writer's thread has ended. */
void relay_archive_destroy(relay_archive *archive);

#endif
