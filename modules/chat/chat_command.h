/* chat_command.h - what a client may send: one JSON object, or a text that was
 * posted. Called by hub/ on every WebSocket message and by httpd/ on a POST.
 * Pure; any thread.
 */
#ifndef CHATWS_CHAT_COMMAND_H
#define CHATWS_CHAT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"

/* The longest `ref` in bytes. */
#define CHAT_COMMAND_REF_BYTES 64

/* Deepest nesting of objects and arrays; more is CHAT_BAD_JSON. It bounds the
 * stack that the parser needs. */
#define CHAT_COMMAND_DEPTH 32

/* The longest `reason` and `topic` in bytes. */
#define CHAT_COMMAND_REASON_BYTES 200
#define CHAT_COMMAND_TOPIC_BYTES 200

/* The longest text that names a message, and a person: "u-" and a name. */
#define CHAT_COMMAND_ID_BYTES 41
#define CHAT_COMMAND_USER_BYTES (2 + CHAT_NAME_BYTES)

/* The longest `for` and `slow` in seconds. */
#define CHAT_COMMAND_FOR_MOST 315360000
#define CHAT_COMMAND_SLOW_MOST 86400

typedef enum {
    CHAT_COMMAND_MESSAGE, /* text, perhaps re */
    CHAT_COMMAND_TYPING,
    CHAT_COMMAND_NAME,    /* name */
    CHAT_COMMAND_DELETE,  /* target */
    CHAT_COMMAND_EDIT,    /* target, text */
    CHAT_COMMAND_REPORT,  /* target, perhaps reason */
    CHAT_COMMAND_MUTE,    /* user, perhaps seconds and reason */
    CHAT_COMMAND_BAN,     /* the same, address, purge */
    CHAT_COMMAND_KICK,    /* user, perhaps reason */
    CHAT_COMMAND_PARDON,  /* user */
    CHAT_COMMAND_ROOM,    /* at least one of topic, slow, locked */
    CHAT_COMMAND_CLEAR,
    CHAT_COMMANDS /* how many there are */
} chat_command_kind;

/* Text of a bounded length, valid UTF-8; ends with a NUL. */
typedef struct {
    size_t size; /* 0: not given */
    char text[CHAT_COMMAND_ID_BYTES + 1];
} chat_command_id;

typedef struct {
    size_t size;
    char text[CHAT_COMMAND_USER_BYTES + 1];
} chat_command_user;

/* A command, or why it is none. On an error only `error`, `ref` and
 * `ref_size` say something: an error event carries the ref when it could be
 * read. */
typedef struct {
    chat_command_kind kind;
    chat_error error; /* CHAT_OK: a command */
    base_bytes text;  /* of a message, an edit: valid UTF-8, within all rules */
    base_bytes name;  /* of a name command: in NFC, within all rules */
    base_bytes reason; /* empty: none */
    base_bytes topic;  /* may be empty */
    chat_command_id target; /* `id`: the message, as it was written: what an
                               id looks like is the rooms' business */
    chat_command_id re;     /* the same, of the message that is answered */
    chat_command_user user; /* "u-" and a verified name, or "g-" and 16
                               lower-case hex digits */
    int64_t seconds; /* `for`: at least 1; 0: not given */
    int64_t slow;    /* seconds; 0: off */
    bool has_topic;
    bool has_slow;
    bool has_locked;
    bool locked;
    bool address;
    bool purge;
    char ref[CHAT_COMMAND_REF_BYTES + 1]; /* ends with a NUL */
    size_t ref_size;                      /* 0 when there is no ref */
} chat_command;

/* Each of the three initializes `out` and returns out->error; after any of
 * them, whatever the answer, the caller owns `out` and calls
 * chat_command_destroy. `max_text` is ChatMaxMessage, in bytes. The input may
 * be any bytes and is only read during the call. */

/* A command as WebSocket clients send it. The first of these that applies:
 * CHAT_BAD_JSON  no JSON object by RFC 8259, a member twice, something behind
 *                it, nested too deep, a number beyond a double, a NUL in a
 *                member's name; or a message or edit without a `text` string;
 * CHAT_BAD_TYPE  `type` is missing or unknown;
 * CHAT_BAD_REF   `ref` is no string of 1 to 64 bytes, or has a control
 *                character (an empty one would make all such messages one);
 * CHAT_BAD_MEMBER a member of the kind is missing, of the wrong type or out of
 *                its range; a reason or a topic is a text on one line;
 * then chat_text_check on `text`, or chat_name_check on `name` (also
 * CHAT_BAD_NAME when it is missing or no string). A lone surrogate counts as
 * a control character where it stands. Members that the kind does not know are
 * ignored. */
chat_error chat_command_parse(const void *json, size_t size, size_t max_text,
                              chat_command *out);

/* The JSON body of a POST: the same, but without a `type` it is a message. */
chat_error chat_command_parse_post(const void *json, size_t size,
                                   size_t max_text, chat_command *out);

/* A message from a text/plain body or a form's decoded `text`; `ref` is the
 * form's, or NULL. Bytes that are no UTF-8 are CHAT_BAD_TEXT (CHAT_BAD_REF). */
chat_error chat_command_from_text(const void *text, size_t size,
                                  const void *ref, size_t ref_size,
                                  size_t max_text, chat_command *out);

/* Frees what the command owns. */
void chat_command_destroy(chat_command *command);

#endif
