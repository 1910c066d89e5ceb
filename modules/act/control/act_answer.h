/* act_answer.h - an owner's request (chat_control.h) while it is answered: on
 * which rooms it works, and where its lines go. Used by act/control/ and by
 * httpd/, which has the socket; on a thread that may block.
 *
 * An answer is lines of JSON, one object each. The last one has a member `end`
 * or, when it was not done, `error` and `text`.
 */
#ifndef CHATWS_ACT_ANSWER_H
#define CHATWS_ACT_ANSWER_H

#include "archive/archive.h"
#include "chat/control/chat_control.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

typedef struct {
    room_store *store;
    archive *archive; /* NULL: there is none */
    struct relay *relay; /* likewise */
    int slot;         /* the child's, for its counters; or -1 */
    const chat_control *asked;
    const chat_person *by; /* whose orders these are; NULL: an administrator's,
                              who has no other name */
    /* Sends a line, which has its end. False: nobody is there any more. */
    bool (*send)(void *context, const base_bytes *line);
    /* The child ends: leave off. NULL: it waits for this. */
    bool (*ending)(void *context);
    void *context;
    bool gone; /* send has said so */
    const char *error; /* the last line's, if it is one; likewise, */
    const char *text;
    uint64_t count;    /* else what it has counted */
} act_answer;

/* One room that is in the segment now. */
typedef struct {
    room_handle handle;
    size_t key_size;
    uint64_t kept;    /* messages of its history */
    uint32_t members;
    room_id newest;
    uint64_t realm;
    char key[ROOM_KEY_MAX];
} act_answer_room;

/* Ends the line with a line feed, sends it, and empties it. False: do not go
 * on. */
bool act_answer_line(act_answer *answer, base_bytes *line);

/* Whether to leave off. */
bool act_answer_ends(const act_answer *answer);

/* A line of who is erased: {"looked":events,"erased":events}. */
void act_answer_progress(act_answer *answer, uint64_t looked,
                         uint64_t erased);

/* The last line: {"end":true}, or with `what` {"end":true,"WHAT":count}. */
void act_answer_end(act_answer *answer, const char *what, uint64_t count);

/* The last line: why it was not done. `code` is one of the protocol's errors;
 * `text` is a sentence. */
void act_answer_error(act_answer *answer, const char *code, const char *text);

/* Whose orders these are: a moderator, and nobody who could be sanctioned. */
void act_answer_by(const act_answer *answer, chat_person *out);

/* The user of an erasure, on the site of the room with this key. A guest is the
 * same one on every site. */
uint64_t act_answer_user(const act_answer *answer, const char *key,
                         size_t key_size);

/* Those rooms that the request means, as act_answer_room side by side; the
 * caller frees. A room that vanishes meanwhile is no error to anybody. */
size_t act_answer_rooms(const act_answer *answer, base_bytes *rooms);

/* Adds those that only the archive has; they have no handle. False: it cannot
 * be asked now, and perhaps not all were added. */
bool act_answer_add_archived(const act_answer *answer, base_bytes *rooms);

#endif
