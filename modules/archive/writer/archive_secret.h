/* archive_secret.h - what every start needs before the first room: the secret
 * of all hashes, and who is sanctioned. Private to archive/: the writer's
 * thread.
 */
#ifndef CHATWS_ARCHIVE_SECRET_H
#define CHATWS_ARCHIVE_SECRET_H

#include "archive/archive_db.h"

/* Puts the archive's secret into the store, or a new archive gets the store's;
 * then rooms may be opened. */
archive_status archive_secret_begin(archive_db *db, room_store *store);

/* Gives the store's secret to a database that has none, while rooms are
 * open. */
archive_status archive_secret_keep(archive_db *db, const room_store *store);

#endif
