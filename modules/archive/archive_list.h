/* archive_list.h - which rooms there are. Called for chatwsctl; may block.
 */
#ifndef CHATWS_ARCHIVE_LIST_H
#define CHATWS_ARCHIVE_LIST_H

#include "archive/archive.h"
#include "base/base_hash.h"
#include "room/log/room_id.h"
#include "room/log/room_state.h"
#include "room/table/room_table.h"

typedef struct {
    size_t key_size;
    room_id birth;
    room_id newest;   /* or its birth */
    room_id complete; /* all after this position is there */
    int64_t keep_ms;  /* INT64_MAX: for ever */
    uint64_t realm;   /* room_search_realm; 0: not known */
    room_state state;
    uint64_t events; /* that it ever had, about */
    char key[ROOM_KEY_MAX];
} archive_list_room;

/* Return false to stop. No connection is held. */
typedef bool archive_list_visit(void *context, const archive_list_room *room);

/* Visits each room once, in the order in which they came. */
archive_status archive_list_rooms(archive *a, archive_list_visit *visit,
                                  void *context);

#define ARCHIVE_LIST_NUMBERS 11
#define ARCHIVE_LIST_TEXTS 5

/* A sanction, as it is in its row. */
typedef struct {
    int64_t numbers[ARCHIVE_LIST_NUMBERS];
    const char *texts[ARCHIVE_LIST_TEXTS]; /* end with the visit */
} archive_list_sanction;

/* Visits all of them, while a connection is held. */
archive_status archive_list_sanctions(
    archive *a,
    bool (*visit)(void *context, const archive_list_sanction *what),
    void *context);

/* The secret by which users are known (chat_identity.h). ARCHIVE_ABSENT: it has
 * none yet. */
archive_status archive_list_secret(archive *a, base_hash_key *secret);

#endif
