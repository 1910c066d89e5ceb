/* archive_secret.c - see archive_secret.h. */
#include "archive/writer/archive_secret.h"

#include <inttypes.h>
#include <stdio.h>

#include "room/archive/room_archive.h"

#define NAME "secret"

static archive_status read_secret(archive_db *db, base_hash_key *key,
                                  bool *has)
{
    const void *values[] = { NAME };
    archive_status status = archive_db_select(db, ARCHIVE_META_GET, values);

    *has = status == ARCHIVE_OK && archive_db_row(db)
           && sscanf(archive_db_text(db, 0, NULL),
                     "%16" SCNx64 "%16" SCNx64, &key->k0, &key->k1) == 2;
    return status;
}

archive_status archive_secret_keep(archive_db *db, const room_store *store)
{
    const base_hash_key *own = room_store_secret(store);
    char text[33];
    const void *values[] = { NAME, text };

    snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64, own->k0,
             own->k1);
    return archive_db_run(db, ARCHIVE_META_ADD, values, NULL);
}

archive_status archive_secret_begin(archive_db *db, room_store *store)
{
    base_hash_key key;
    bool has;
    archive_status status = read_secret(db, &key, &has);

    if (status == ARCHIVE_OK && !has) {
        status = archive_secret_keep(db, store);
        if (status == ARCHIVE_OK) { /* another host may have been faster */
            status = read_secret(db, &key, &has);
        }
    }
    if (status == ARCHIVE_OK && has) {
        room_archive_begin(store, &key);
    }
    return status == ARCHIVE_OK && !has ? ARCHIVE_AWAY : status;
}
