/* httpd_directives.h - every directive there is: one table.
 *
 * It gives httpd_directives.c the parsers, the error messages their sentences,
 * the documents' check its names, and httpd_config.c what a section has set
 * itself.
 */
#ifndef CHATWS_HTTPD_DIRECTIVES_H
#define CHATWS_HTTPD_DIRECTIVES_H

#include <http_config.h>

#define SERVER_WIDE RSRC_CONF
#define SECTIONS (RSRC_CONF | ACCESS_CONF) /* anywhere but in .htaccess */
#define ANYWHERE OR_FILEINFO /* .htaccess: AllowOverride FileInfo */

/* Microseconds. */
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* name, scope, parser, the right form: every directive there is. */
#define DIRECTIVES(ROW)                                                        \
    ROW("Chat", ANYWHERE, role, "rooms, echo, status or off")                  \
    ROW("ChatSharedMemory", SERVER_WIDE, shared_memory,                        \
        "a size from 1M to 64G, for example 32M")                              \
    ROW("ChatMaxConnections", SERVER_WIDE, max_connections,                    \
        "auto or a number of connections per child, for example 5000")         \
    ROW("ChatMaxRooms", SERVER_WIDE, max_rooms,                                \
        "auto or a number of rooms, for example 1000")                         \
    ROW("ChatDrain", SERVER_WIDE, drain,                                       \
        "a time up to 1h and perhaps a rate, for example 10s 20/s")            \
    ROW("ChatAssets", SERVER_WIDE, assets,                                     \
        "one path, absolute or relative to ServerRoot")                        \
    ROW("ChatHistory", ANYWHERE, history,                                      \
        "COUNT and perhaps AGE, for example 100 24h")                          \
    ROW("ChatMaxMessage", ANYWHERE, max_message,                               \
        "a size from 1 to 1M, for example 8K")                                 \
    ROW("ChatMaxPayload", ANYWHERE, max_payload,                               \
        "a size from 1 to 64M, for example 64K")                               \
    ROW("ChatRate", ANYWHERE, rate,                                            \
        "off, or RATE/s and BURST, for example 5/s 20")                        \
    ROW("ChatAddressRate", SECTIONS, address_rate,                             \
        "off, or RATE/s and BURST, for example 20/s 100")                      \
    ROW("ChatAddressConnections", SECTIONS, address_connections,               \
        "off or a number of connections, for example 250")                     \
    ROW("ChatAddressRooms", SECTIONS, address_rooms,                           \
        "off or NUMBER/h (also /min and /d), for example 60/h")                \
    ROW("ChatAddressPrivate", SECTIONS, address_private, "on or off")          \
    ROW("ChatOrigin", ANYWHERE, origin,                                        \
        "same, any, or a list of origins such as https://www.example.org or "  \
        "capacitor://localhost")                                               \
    ROW("ChatUser", ANYWHERE, user,                                            \
        "one expression in quotes, for example \"%{REMOTE_USER}\"")            \
    ROW("ChatGuests", ANYWHERE, guests, "on, off or readonly")                 \
    ROW("ChatPresence", ANYWHERE, presence,                                    \
        "off, or on and perhaps the longest list, for example on 200")         \
    ROW("ChatPing", ANYWHERE, ping,                                            \
        "INTERVAL and perhaps TIMEOUT, each from 100ms to 1d, for example "    \
        "25s 20s")                                                             \
    ROW("ChatPollWait", ANYWHERE, poll_wait,                                   \
        "a time up to 1h, for example 25s")                                    \
    ROW("ChatSlowClient", ANYWHERE, slow_client,                               \
        "a time from 100ms to 1d, for example 30s")                            \
    ROW("ChatReservedNames", ANYWHERE, reserved_names,                         \
        "none, or up to 32 words, for example admin moderator \"the boss\"")   \
    ROW("ChatList", ANYWHERE, list, "on or off")

enum {
#define ROW(name, scope, noun, form) NUMBER_OF_##noun,
    DIRECTIVES(ROW)
#undef ROW
    DIRECTIVE_COUNT
};

#define SET(noun) (1U << NUMBER_OF_##noun)

#endif
