/* chat_control.h - what an owner asks of a server that runs: one object of JSON
 * on a line, as chatwsctl writes it to the module's socket and the status page
 * posts it. Pure; any thread.
 *
 *   {"type":"rooms"}                          also status, sanctions
 *   {"type":"export","room":"SITE/PATH"}
 *   {"type":"erase","user":"u-ann","site":"SITE"}
 *   {"type":"ban","user":"u-ann","room":"/PATH","for":3600,"reason":"..."}
 *   {"type":"clear","room":"/PATH"}
 *   {"type":"room","room":"/PATH","topic":"...","slow":30,"locked":true}
 *   {"type":"close","connection":"0-17-4711"}
 *
 * `room` and `site` may be left out but by what is about one room: an export, a
 * kick, clear and room. A mute, ban, kick, pardon and room has the members of
 * the command of clients (chat_command.h).
 */
#ifndef CHATWS_CHAT_CONTROL_H
#define CHATWS_CHAT_CONTROL_H

#include "chat/chat_command.h"

/* The longest line in bytes, without its end. */
#define CHAT_CONTROL_LINE_MOST 4096

/* The longest room and site. */
#define CHAT_CONTROL_ROOM_BYTES 480

typedef enum {
    CHAT_CONTROL_STATUS,
    CHAT_CONTROL_ROOMS,
    CHAT_CONTROL_SANCTIONS,
    CHAT_CONTROL_EXPORT, /* room */
    CHAT_CONTROL_ERASE,  /* command.user */
    CHAT_CONTROL_ORDER,  /* command: a mute, ban, kick or pardon */
    CHAT_CONTROL_CLEAR,  /* room, command */
    CHAT_CONTROL_STATE,  /* room, command: its topic, slow mode and lock */
    CHAT_CONTROL_CLOSE   /* connection */
} chat_control_kind;

typedef struct {
    size_t size; /* 0: not given */
    char text[CHAT_CONTROL_ROOM_BYTES + 1];
} chat_control_place;

/* One connection of a server that runs, as the list of them names it. */
typedef struct {
    uint32_t place;
    uint32_t fd;
    uint32_t started;
} chat_control_connection;

typedef struct {
    chat_control_kind kind;
    const char *error; /* NULL; else a sentence, and the rest says nothing */
    chat_control_place room; /* "SITE/PATH", or "/PATH" of whichever site */
    chat_control_place site;
    chat_control_connection connection;
    chat_command command;
} chat_control;

/* Reads any bytes; fills `out` in and returns out->error == NULL. The caller
 * calls chat_control_destroy, whatever the answer is. */
bool chat_control_parse(const void *line, size_t size, chat_control *out);

void chat_control_destroy(chat_control *control);

/* Take a room, a site or a user from elsewhere than a line; any bytes. False:
 * it is none. */
bool chat_control_set_room(chat_control *control, const char *text,
                           size_t size);
bool chat_control_set_site(chat_control *control, const char *text,
                           size_t size);
bool chat_control_set_user(chat_control *control, const char *text,
                           size_t size);

/* Whether the room with this key, "site\n/path", is meant by what is given of
 * `room` and `site`; all are when nothing is. */
bool chat_control_means(const chat_control *control, const char *key,
                        size_t key_size);

/* Appends the name of a room with this key, "SITE/PATH", quoted. */
void chat_control_write_room(base_bytes *out, const char *key,
                             size_t key_size);

#endif
