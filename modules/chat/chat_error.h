/* chat_error.h - every error that a person can get, in one table: its code in
 * the `error` event, the HTTP status of a refusal, and a sentence that says
 * what is wrong and what to do. Read by chat/, act/, hub/ and httpd/. Pure.
 */
#ifndef CHATWS_CHAT_ERROR_H
#define CHATWS_CHAT_ERROR_H

typedef enum {
    CHAT_OK = 0,
    CHAT_BAD_JSON,
    CHAT_BAD_TYPE,
    CHAT_BAD_TEXT,
    CHAT_EMPTY,
    CHAT_TOO_LONG,
    CHAT_BAD_REF,
    CHAT_BAD_NAME,
    CHAT_NAME_TAKEN,
    CHAT_NAME_RESERVED,
    CHAT_RATE_LIMITED,
    CHAT_READ_ONLY,
    CHAT_FORBIDDEN,
    CHAT_ROOMS_FULL,
    CHAT_BAD_CURSOR,
    CHAT_BAD_ROOM,
    CHAT_BAD_REQUEST,
    CHAT_BAD_HANDSHAKE,
    CHAT_BAD_METHOD,
    CHAT_BAD_MEDIA_TYPE,
    CHAT_NOT_FOUND,
    CHAT_UNAVAILABLE,
    CHAT_BAD_MEMBER,    /* bad_request: of a command */
    CHAT_NO_MESSAGE,    /* not_found: the message that a command names */
    CHAT_NO_MODERATOR,  /* forbidden: who is none */
    CHAT_NOT_YOURS,     /* forbidden: to change a message of another */
    CHAT_TOO_LATE,      /* forbidden: to change one's own */
    CHAT_EXEMPT,        /* forbidden: a sanction against a moderator, or
                           against oneself */
    CHAT_MUTED,
    CHAT_BANNED,
    CHAT_LOCKED,
    CHAT_SLOW,
    CHAT_FILTERED,
    CHAT_BAD_TOKEN,
    CHAT_NO_LINKS, /* "filtered", too: a guest may send none */
    CHAT_NOT_KEPT, /* "filtered", too: it was said, and is not archived */
    CHAT_HERE_ONLY, /* "unavailable": it is done, but other hosts that share the
                       rooms do not know of it */
    CHAT_ERRORS /* how many there are, CHAT_OK included */
} chat_error;

/* The code of the `error` event, e.g. "too_long"; "ok" for CHAT_OK. */
const char *chat_error_code(chat_error error);

/* The status of the HTTP answer, e.g. 413; 200 for CHAT_OK. */
int chat_error_status(chat_error error);

/* One English sentence (or two) for a person, plain ASCII. */
const char *chat_error_text(chat_error error);

#endif
