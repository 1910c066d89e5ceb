/* archive_secret.h - what every start needs before the first room: the secret
 * of all hashes, and who is sanctioned. Private to archive/.
 */
#ifndef CHATWS_ARCHIVE_SECRET_H
#define CHATWS_ARCHIVE_SECRET_H

#include "archive/archive_db.h"

/* `has` false: it has none yet. */
archive_status archive_secret_read(archive_db *db, base_hash_key *secret,
                                   bool *has);

/* An archive that has none gets this one. Read it then, unless rooms are open
 * with it: another host may have been faster. */
archive_status archive_secret_add(archive_db *db, const base_hash_key *secret);

/* Puts the archive's secret into the store, or a new archive gets the store's;
 * then rooms may be opened. Where hosts share the rooms a new archive gets it
 * later. */
archive_status archive_secret_begin(archive_db *db, room_store *store);

/* The relay has told the secret: a new archive gets it. One that has another
 * one keeps that, which is logged. */
archive_status archive_secret_agree(archive_db *db, room_store *store);

#endif
