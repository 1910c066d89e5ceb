/* chat_order.h - keeping order: events about who was muted, banned or sent out,
 * and what was reported; how long it lasts. Events are as chat_event.h says.
 * Called by act/, hub/ and httpd/. Pure.
 *
 * A reason of 0 bytes is left out; so is `for` (whole seconds) when it is 0:
 * there is no end.
 */
#ifndef CHATWS_CHAT_ORDER_H
#define CHATWS_CHAT_ORDER_H

#include "base/base_bytes.h"
#include "chat/chat_person.h"

typedef struct {
    const char *kind; /* "mute", "ban", "kick" or "pardon" */
    const chat_person *user;
    const chat_person *by; /* NULL: it is told to who may not know */
    int64_t rest_s;
    const char *reason;
    size_t reason_size;
    bool address; /* a ban: of an address too */
} chat_order_sanction;

/* {"type":"sanction","kind":"mute","user":PERSON,"by":PERSON,"for":600,
 * "reason":"..."}, with "address":true where it applies. */
void chat_order_event(base_bytes *out, const chat_order_sanction *what);

/* The same without `type`: an entry of a list. */
void chat_order_entry(base_bytes *out, const chat_order_sanction *what);

/* {"type":"report","target":ID,"by":PERSON,"reason":"..."} */
void chat_order_report(base_bytes *out, const char *target,
                       const chat_person *by, const char *reason,
                       size_t reason_size);

/* {"type":"bye","code":1008,"reason":"...","for":600}: to who is sent out and
 * is not to come back by itself. */
void chat_order_bye(base_bytes *out, int code, const char *reason,
                    size_t reason_size, int64_t rest_s);

/* {"type":"ack","ref":"...","address":false}: to a moderator who wanted an
 * address banned too. */
void chat_order_ack(base_bytes *out, const char *ref, size_t ref_size,
                    bool address);

/* The longest text of chat_order_rest, with its NUL. */
#define CHAT_ORDER_REST 32

/* "10 minutes": how long it still lasts (1 s at least), for a sentence; rounded
 * up, in the largest unit of which that is two. */
void chat_order_rest(int64_t rest_s, char text[CHAT_ORDER_REST]);

/* {"address":false}: the same as the answer to a POST. */
void chat_order_done(base_bytes *out, bool address);

#endif
