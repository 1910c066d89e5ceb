/* act_past.h - what the archive has of a room in front of what the room itself
 * keeps.
 *
 * May wait for the database, and up to two seconds for the archive to have
 * caught up. Without a key->archive nothing is done, and that is ROOM_OK.
 * ROOM_UNREAD: the archive cannot be asked now. Called by httpd's workers.
 */
#ifndef CHATWS_ACT_PAST_H
#define CHATWS_ACT_PAST_H

#include "act/act_call.h"
#include "act/act_page.h"
#include "archive/archive_page.h"
#include "chat/filter/chat_search.h"

typedef struct {
    room_store *store;
    const act_room_key *key;
    const act_settings *settings;
    room_handle room; /* of the key */
} act_past;

/* The page is act_page_older's for the same `before` and `limit`: what it has
 * place for is put in front of it, and page->more tells whether the archive has
 * still older ones. ROOM_GONE. */
room_status act_past_older(const act_past *past, const room_id *before,
                           uint64_t limit, act_page *page);

/* The page is act_page_newer's for the same start: if it has a gap, and the
 * archive has everything after the cursor, it becomes a page of what comes
 * next. ROOM_GONE. */
room_status act_past_newer(const act_past *past, const act_start *start,
                           act_page *page);

/* Fills in the newest `limit` messages with ids below `before` that have all
 * the words, `bytes` bytes at most; rows->from and rows->more tell how far it
 * has looked. The room keeps none of them: the first that it keeps has the
 * number `kept`. The caller frees `rows`. */
room_status act_past_search(const act_past *past, const chat_search *words,
                            const room_id *before, uint64_t kept, size_t limit,
                            size_t bytes, archive_page *rows);

/* A message of the archive. */
typedef struct {
    bool found;   /* false: there is none with this id that is told, and the
                     rest says nothing */
    bool deleted;
    bool same;    /* its text is the one that was asked for */
    uint64_t author;
    room_id upto; /* the archive had all of the room up to there */
} act_past_message;

/* Whether the archive can have what the room has not: then it is worth asking,
 * if not by this caller. */
bool act_past_may_have(const act_call *call);

/* Looks for the message with this id. `text`: as it would be said; NULL: none
 * is compared. */
room_status act_past_find(const act_past *past, const room_id *id,
                          const base_bytes *text, act_past_message *out);

/* Whether the author of `target` may change a message that the room does not
 * have any more, to this text or (NULL) to none: ROOM_OK, and the target is
 * `known`. As room_log_amend else. */
room_status act_past_know(const act_past *past, const base_bytes *text,
                          room_log_target *target);

/* Whether the archive has everything after the cursor up to what the room
 * keeps, though the room has not. ROOM_GONE, ROOM_BUSY. */
room_status act_past_has(const act_past *past, const act_start *start,
                         bool *has);

#endif
