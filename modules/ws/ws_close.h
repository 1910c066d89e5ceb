/* ws_close.h - the close codes (RFC 6455 section 7.4) and the Close frame.
 *
 * Used by ws_message on a Close that arrives, and by hub/ to send one, to log
 * it and to count it. Pure.
 */
#ifndef CHATWS_WS_CLOSE_H
#define CHATWS_WS_CLOSE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL_ERROR = 1002,
    WS_CLOSE_UNSUPPORTED = 1003,
    WS_CLOSE_NO_STATUS = 1005, /* a Close without a code; never on the wire */
    WS_CLOSE_ABNORMAL = 1006,  /* no Close at all; never on the wire */
    WS_CLOSE_BAD_DATA = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_NEED_EXTENSION = 1010,
    WS_CLOSE_INTERNAL = 1011,
    WS_CLOSE_RESTART = 1012,
    WS_CLOSE_TRY_LATER = 1013,
    WS_CLOSE_BAD_GATEWAY = 1014,
    WS_CLOSE_PRIVATE = 3000 /* from here on: of applications and libraries */
} ws_close_code;

/* The longest Close frame of a server: header, code and reason. */
#define WS_CLOSE_FRAME_MAX 127

/* The longest reason in bytes. */
#define WS_CLOSE_REASON_MAX 123

/* True when a Close frame may carry this code: 1000 to 1003, 1007 to 1014,
 * 3000 to 4999. */
bool ws_close_valid(unsigned code);

/* One lower-case word for logs and counters ("protocol_error"); "private" for
 * 3000 to 4999 and "unknown" for anything else that the table lacks. */
const char *ws_close_name(unsigned code);

/* One sentence that says what the code means; at most WS_CLOSE_REASON_MAX
 * bytes, so that it can be a Close frame's reason. Never NULL. */
const char *ws_close_sentence(unsigned code);

/* Writes a server's Close frame and returns its size. The code is one that
 * ws_close_valid accepts, or WS_CLOSE_NO_STATUS for a frame without a payload
 * (the answer to such a one). `reason` is UTF-8 text of ours of at most
 * WS_CLOSE_REASON_MAX bytes, or NULL for none. */
size_t ws_close_write(unsigned char out[WS_CLOSE_FRAME_MAX], unsigned code,
                      const char *reason);

#endif
