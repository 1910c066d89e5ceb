/* chat_event.h - what the server sends: one JSON object on one line for each
 * event, the same bytes on every transport. Called by act/, hub/ and httpd/.
 * Pure.
 *
 * Every writer appends to `out`, without a newline. Ids and cursors are texts
 * that end with a NUL, "1795321234567-1". A ref of 0 bytes is left out. Texts
 * and names are valid UTF-8 and are escaped as chat_text_quote says.
 */
#ifndef CHATWS_CHAT_EVENT_H
#define CHATWS_CHAT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "chat/moderation/chat_state.h"

/* A message event is this head, the id's text, and the tail that
 * chat_event_message_tail made. The tail is what a room stores, so that the
 * id can be given out at the very last. */
#define CHAT_EVENT_MESSAGE_HEAD "{\"type\":\"message\",\"id\":\""

/* What stands in a message. */
typedef struct {
    const chat_person *from;
    const void *text;
    size_t text_size;
    const void *ref; /* ref_size 0: none */
    size_t ref_size;
    const char *re; /* the id that it answers, or NULL */
} chat_event_said;

/* Where the quoted text stands in what was appended. */
typedef struct {
    size_t at;
    size_t size;
} chat_event_text;

/* What a hello says. */
typedef struct {
    const char *room; /* the path, UTF-8 */
    size_t room_size;
    const chat_person *you;
    const char *cursor; /* the position in front of what follows */
    bool resumed;
    bool gap;
    chat_rights rights;
    const chat_state *state;
    size_t max_text;    /* ChatMaxMessage, bytes */
    int64_t rate_milli; /* ChatRate in thousandths of a command per second;
                         * 0 when off: rate and burst are then null */
    int64_t burst;
    bool archived;    /* there is more than the room keeps: `archive` */
    bool has_members; /* false: no `members` at all */
    size_t member_count;
    const chat_person *list; /* list_size members, or NULL: only the count */
    size_t list_size;
} chat_event_greeting;

/* Why something was not done. All but `error` may be zero. */
typedef struct {
    chat_error error;
    const char *text; /* a sentence; NULL: chat_error_text's */
    const void *ref;
    size_t ref_size;
    int64_t retry_us; /* `retry`: when to send the same again, in microseconds
                         from now; written in seconds, rounded up to
                         milliseconds; left out when 0 or less */
    int64_t rest_s;   /* `for`: how many seconds it stays so, whatever is sent;
                         left out when 0 or less */
    const char *reason; /* a moderator's; left out when NULL or empty */
} chat_event_failure;

/* What has changed in who is here. */
typedef struct {
    size_t count; /* members now */
    const chat_person *joined;
    size_t joined_size;
    const chat_person *left;
    size_t left_size;
    const chat_person *renamed;
    size_t renamed_size;
    const chat_person *list; /* list_size members: all of them */
    size_t list_size;
} chat_event_change;

/* {"type":"hello",...}: the first event of a connection. */
void chat_event_hello(base_bytes *out, const chat_event_greeting *greeting);

/* ","from":PERSON,"text":"...","ref":"...","re":"..."}: all that follows the
 * id. */
chat_event_text chat_event_message_tail(base_bytes *out,
                                        const chat_event_said *said);

/* {"type":"ack","ref":"...","id":"..."}: to the sender of a message, with or
 * without a ref, after its own message event; so for each other command that
 * is acked. `id` is the stored event's; NULL: nothing was stored. */
void chat_event_ack(base_bytes *out, const void *ref, size_t ref_size,
                    const char *id);

/* {"type":"error",...}, also the body of a refusal. */
void chat_event_error(base_bytes *out, const chat_event_failure *failure);

/* {"type":"gap","after":LAST_SENT,"next":FIRST_KEPT} */
void chat_event_gap(base_bytes *out, const char *after, const char *next);

/* {"type":"you","id":...,"name":...}: answers a name command. */
void chat_event_you(base_bytes *out, const chat_person *person);

/* {"type":"presence","count":4,"joined":[PERSON],...}: each list only when it
 * is not empty. */
void chat_event_presence(base_bytes *out, const chat_event_change *change);

/* {"type":"typing","from":PERSON} */
void chat_event_typing(base_bytes *out, const chat_person *from);

/* {"type":"bye","code":1012,"retry":[0,10]}: before a Close with `code`; come
 * back at a random time between `from` and `to` seconds from now. `retry` is
 * left out when `to` is negative: do not come back. */
void chat_event_bye(base_bytes *out, int code, int from, int to);

/* {"type":"meter","request":"...","response":"..."}: the two heads of a
 * WebSocket's handshake, to who measures it; printable ASCII and line ends. */
void chat_event_meter_heads(base_bytes *out, const base_bytes *request,
                            const base_bytes *response);

/* {"type":"meter","frame":"81a4..."}: a frame that came, in hexadecimal. */
void chat_event_meter_frame(base_bytes *out, const unsigned char *frame,
                            size_t size);

/* {"id":"..."}: the answer to a POST. */
void chat_event_published(base_bytes *out, const char *id);

/* {"cursor":...,"gap":false,"events":[ - the start of a poll's answer. The
 * caller appends the events with commas between them, then the tail. `cursor`
 * is the position after the last of them. */
void chat_event_poll_head(base_bytes *out, const char *cursor, bool gap);

/* ]} or, when there is more to fetch, ],"more":true} */
void chat_event_poll_tail(base_bytes *out, bool more);

#endif
