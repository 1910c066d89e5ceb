/* chat_error.c - the table of errors; see chat_error.h. */
#include "chat/chat_error.h"

#include "base/base_check.h"

typedef struct {
    const char *code;
    int status;
    const char *text;
} error_row;

/* A code is for programs and never changes; a text is for people and may. Two
 * errors have one code where a program would do the same about both. */
static const error_row rows[CHAT_ERRORS] = {
    [CHAT_OK] = { "ok", 200, "All is well." },
    [CHAT_BAD_JSON] = { "bad_json", 400,
                        "This is no command: send one JSON object such as "
                        "{\"type\":\"message\",\"text\":\"hello\"}, each "
                        "member once." },
    [CHAT_BAD_TYPE] = { "bad_type", 400,
                        "Unknown kind of command: send text whose \"type\" "
                        "is one that the server knows, such as \"message\"." },
    [CHAT_BAD_TEXT] = { "bad_text", 400,
                        "The text has a character that cannot be shown: "
                        "remove control characters and halves of characters." },
    [CHAT_EMPTY] = { "empty", 400, "The message is empty: write something." },
    [CHAT_TOO_LONG] = { "too_long", 413,
                        "The message is too long: shorten it or send it in "
                        "parts." },
    [CHAT_BAD_REF] = { "bad_ref", 400,
                       "\"ref\" is not usable: send a string of 1 to 64 "
                       "bytes without control characters, or none." },
    [CHAT_BAD_NAME] = { "bad_name", 400,
                        "This name cannot be used: choose 1 to 32 visible "
                        "characters, single spaces only between words, not "
                        "like \"guest-1234\"." },
    [CHAT_NAME_TAKEN] = { "name_taken", 400,
                          "Somebody here has this name already, or one that "
                          "looks like it: choose another one." },
    [CHAT_NAME_RESERVED] = { "name_taken", 400,
                             "This name is kept for those who run this site: "
                             "choose another one." },
    [CHAT_RATE_LIMITED] = { "rate_limited", 429,
                            "Too fast: wait a moment, then send it again." },
    [CHAT_READ_ONLY] = { "read_only", 403,
                         "You can only read here: log in as somebody who "
                         "may write." },
    [CHAT_FORBIDDEN] = { "forbidden", 403,
                         "You may not do this here: log in, or ask who runs "
                         "this site." },
    [CHAT_ROOMS_FULL] = { "rooms_full", 503,
                          "There is no place for another room: try again "
                          "later, or enter a room that exists." },
    [CHAT_BAD_CURSOR] = { "bad_cursor", 400,
                          "The position is malformed: use a \"cursor\" or an "
                          "\"id\" as the server sent it, or none." },
    [CHAT_BAD_ROOM] = { "bad_room", 400,
                        "This URL is no room: use a path of at most 200 "
                        "bytes of UTF-8 that does not end in a slash." },
    [CHAT_BAD_REQUEST] = { "bad_request", 400,
                           "The request has a parameter that is malformed or "
                           "does not go with the others: correct or omit it." },
    [CHAT_BAD_HANDSHAKE] = { "bad_handshake", 400,
                             "This is no valid WebSocket handshake: send GET "
                             "over HTTP/1.1 with one key and version 13, "
                             "without a body." },
    [CHAT_BAD_METHOD] = { "bad_method", 405,
                          "This method is not possible here: use one that "
                          "the header Allow names." },
    [CHAT_BAD_MEDIA_TYPE] = { "bad_media_type", 415,
                              "This type of content cannot be posted: use "
                              "application/json, text/plain or a url-encoded "
                              "form." },
    [CHAT_NOT_FOUND] = { "not_found", 404,
                         "There is nothing at this URL: check its spelling." },
    [CHAT_UNAVAILABLE] = { "unavailable", 503,
                           "The room cannot be reached right now: try again "
                           "in a moment." },
    [CHAT_BAD_MEMBER] = { "bad_request", 400,
                          "A member of this command is missing, of the wrong "
                          "kind or out of its range: correct or omit it." },
    [CHAT_NO_MESSAGE] = { "not_found", 404,
                          "There is no such message here: it is gone, or "
                          "never was." },
    [CHAT_NO_MODERATOR] = { "forbidden", 403,
                            "Only a moderator may do this here." },
    [CHAT_NOT_YOURS] = { "forbidden", 403,
                         "This is somebody else's message: it is not yours "
                         "to change." },
    [CHAT_TOO_LATE] = { "forbidden", 403,
                        "It is too late to change this message." },
    [CHAT_EXEMPT] = { "forbidden", 403,
                      "Moderators, and you yourself, cannot be muted, banned "
                      "or sent out." },
    [CHAT_MUTED] = { "muted", 403,
                     "You are muted: you can read, but not write." },
    [CHAT_BANNED] = { "banned", 403,
                      "A moderator has sent you out or banned you." },
    [CHAT_LOCKED] = { "locked", 403,
                      "Only moderators write here at the moment." },
    [CHAT_SLOW] = { "slow", 429,
                    "This room is slow: wait a while between two messages." },
    [CHAT_FILTERED] = { "filtered", 403,
                        "The text has something that is not allowed here: "
                        "write it in another way." },
    [CHAT_BAD_TOKEN] = { "bad_token", 401,
                         "Your login is not valid any more: load the page "
                         "anew, or log in again." },
    [CHAT_NO_LINKS] = { "filtered", 403,
                        "Guests may not send links here: log in, or leave "
                        "them out." },
    [CHAT_NOT_KEPT] = { "filtered", 403,
                        "It is in the room, but the archive's database does "
                        "not take it: write it in another way." },
    [CHAT_HERE_ONLY] = { "unavailable", 503,
                         "It holds on this server, but the other servers of "
                         "the chat cannot be told right now: send it again in "
                         "a moment." },
};

static const error_row *row_of(chat_error error)
{
    BASE_CHECK((unsigned)error < CHAT_ERRORS);
    return &rows[error];
}

const char *chat_error_code(chat_error error)
{
    return row_of(error)->code;
}

int chat_error_status(chat_error error)
{
    return row_of(error)->status;
}

const char *chat_error_text(chat_error error)
{
    return row_of(error)->text;
}
