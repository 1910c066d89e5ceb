/* archive_refusal.c - see archive_refusal.h. */
#include "archive/writer/archive_refusal.h"

#include <inttypes.h>
#include <string.h>

#include "archive/archive_advice.h"
#include "base/base_log.h"
#include "chat/chat_unicode.h"

#define SAME_BYTES 8u /* in a row: the reason has a piece of the text */

archive_status archive_refusal_save(archive_db *db)
{
    return archive_db_command(db, "SAVEPOINT chatws", true);
}

archive_status archive_refusal_undo(archive_db *db)
{
    return archive_db_command(db, "ROLLBACK TO SAVEPOINT chatws", true);
}

archive_status archive_refusal_keep(archive_db *db)
{
    return archive_db_command(db, "RELEASE SAVEPOINT chatws", true);
}

archive_refusal_degree archive_refusal_reduce(archive_record *record,
                                              archive_refusal_degree before)
{
    if (before == ARCHIVE_WHOLE && archive_record_blank(record)) {
        return ARCHIVE_BLANK;
    }
    if (before < ARCHIVE_NOBODYS) {
        archive_record_erase(record);
        return ARCHIVE_NOBODYS;
    }
    return ARCHIVE_NOTHING;
}

/* SITE, a line's end, the path. */
static int path_of(const archive_refusal_room *room, const char **path)
{
    const char *end = memchr(room->key, '\n', room->key_size);

    *path = end ? end + 1 : room->key;
    return (int)(room->key_size - (size_t)(*path - room->key));
}

/* Some databases name the value that they do not like, and a trigger may say
 * anything. */
static const char *reason_for(const archive_db *db,
                              const archive_record *record)
{
    const char *reason = archive_db_about(db)->refused;
    size_t size = record->folded.len < SAME_BYTES ? record->folded.len
                                                  : SAME_BYTES;
    base_bytes folded = BASE_BYTES_INIT;
    bool same = strstr(reason, "\\x") != NULL;

    chat_unicode_fold(reason, strlen(reason), &folded);
    for (size_t at = 0; size > 0 && at + size <= record->folded.len; at++) {
        same = same
               || memmem(folded.data, folded.len, record->folded.data + at,
                         size) != NULL;
    }
    base_bytes_free(&folded);
    return same ? "what it says has some of the text, and is not told"
                : reason;
}

void archive_refusal_tell(const archive_db *db,
                          const archive_refusal_room *room,
                          const archive_record *record)
{
    const char *path;
    int size = path_of(room, &path);

    base_log_limited(BASE_LOG_ERROR, "CW1104",
                     "the database of the archive refuses %" PRId64 "-%" PRId64
                     " of the room %.*s: %s; it stays in the room, the archive"
                     " has a deleted one in its place: see which constraint or"
                     " trigger that is",
                     record->ms, record->n, size, path,
                     reason_for(db, record));
}

void archive_refusal_tell_room(const archive_db *db,
                               const archive_refusal_room *room)
{
    const char *reason = archive_db_about(db)->refused;
    const char *advice = archive_advice_of(reason);
    const char *path;
    int size = path_of(room, &path);

    base_log_limited(BASE_LOG_ERROR, "CW1105",
                     "the database of the archive takes nothing of the room"
                     " %.*s: %s; it is tried again, until then what is said"
                     " there is in memory only: %s",
                     size, path,
                     *reason ? reason : "it was added and is not there",
                     *advice ? advice : "see which constraint or trigger that"
                                        " is");
}

void archive_refusal_tell_sanction(void)
{
    base_log_limited(BASE_LOG_ERROR, "CW1106",
                     "the database of the archive refuses names or a reason of"
                     " a sanction: it holds, and is archived without them; see"
                     " which constraint or trigger that is");
}
