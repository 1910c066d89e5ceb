/* archive_secret.c - see archive_secret.h. */
#include "archive/writer/archive_secret.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base_log.h"
#include "room/archive/room_archive.h"
#include "room/relay/room_relay.h"

#define NAME "secret"

archive_status archive_secret_read(archive_db *db, base_hash_key *secret,
                                   bool *has)
{
    const void *values[] = { NAME };
    archive_status status = archive_db_select(db, ARCHIVE_META_GET, values);

    *has = status == ARCHIVE_OK && archive_db_row(db)
           && sscanf(archive_db_text(db, 0, NULL), "%16" SCNx64 "%16" SCNx64,
                     &secret->k0, &secret->k1) == 2;
    return status;
}

archive_status archive_secret_add(archive_db *db, const base_hash_key *secret)
{
    char text[33];
    const void *values[] = { NAME, text };

    snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64, secret->k0,
             secret->k1);
    return archive_db_run(db, ARCHIVE_META_ADD, values, NULL);
}

archive_status archive_secret_begin(archive_db *db, room_store *store)
{
    base_hash_key key;
    bool has;
    archive_status status = archive_secret_read(db, &key, &has);

    if (status == ARCHIVE_OK && !has && room_relay_on(store)) {
        room_archive_begin(store, NULL);
        return status;
    }
    if (status == ARCHIVE_OK && !has) {
        status = archive_secret_add(db, room_store_secret(store));
        if (status == ARCHIVE_OK) {
            status = archive_secret_read(db, &key, &has);
        }
    }
    if (status == ARCHIVE_OK && has) {
        room_archive_begin(store, &key);
    }
    return status == ARCHIVE_OK && !has ? ARCHIVE_AWAY : status;
}

archive_status archive_secret_agree(archive_db *db, room_store *store)
{
    const base_hash_key *ours = room_store_secret(store);
    base_hash_key key;
    bool has;
    archive_status status = archive_secret_read(db, &key, &has);

    if (status == ARCHIVE_OK && !has) {
        status = archive_secret_add(db, ours);
        if (status == ARCHIVE_OK) {
            status = archive_secret_read(db, &key, &has);
        }
    }
    if (status == ARCHIVE_OK && has
        && (key.k0 != ours->k0 || key.k1 != ours->k1)) {
        base_log(BASE_LOG_WARN, "CW1109",
                 "the archive has messages of another secret than Redis has:"
                 " guests who wrote them cannot change them any more, and"
                 " bans of guests from then do not hold; what is written from"
                 " now on goes by that of Redis");
    }
    return status;
}
