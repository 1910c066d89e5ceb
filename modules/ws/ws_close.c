/* ws_close.c - the table of close codes; see ws_close.h. */
#include "ws/ws_close.h"

#include <string.h>

#include "base/base_check.h"
#include "ws/ws_frame.h"

typedef struct {
    unsigned code;
    const char *name;
    const char *sentence;
} entry;

/* Also those that never stand in a frame: a connection's end is logged by one
 * of these codes, whoever closed it and however. */
static const entry table[] = {
    { WS_CLOSE_NORMAL, "normal", "The conversation is over." },
    { WS_CLOSE_GOING_AWAY, "going_away", "This side is going away." },
    { WS_CLOSE_PROTOCOL_ERROR, "protocol_error",
      "The WebSocket protocol was violated." },
    { WS_CLOSE_UNSUPPORTED, "unsupported",
      "This kind of message is not accepted." },
    { WS_CLOSE_NO_STATUS, "no_status", "The Close carried no code." },
    { WS_CLOSE_ABNORMAL, "abnormal", "The connection ended without a Close." },
    { WS_CLOSE_BAD_DATA, "bad_data",
      "A message did not have the form that it announced." },
    { WS_CLOSE_POLICY, "policy", "The rules of this server were broken." },
    { WS_CLOSE_TOO_BIG, "too_big", "A message was too long." },
    { WS_CLOSE_NEED_EXTENSION, "need_extension",
      "An extension that the client needs was not agreed." },
    { WS_CLOSE_INTERNAL, "internal", "The server has an internal problem." },
    { WS_CLOSE_RESTART, "restart",
      "The server restarts; connect again in a moment." },
    { WS_CLOSE_TRY_LATER, "try_later",
      "The server cannot keep up; connect again later." },
    { WS_CLOSE_BAD_GATEWAY, "bad_gateway",
      "A gateway got no valid answer from the server behind it." },
};

static const entry private_use = {
    3000, "private", "A code that an application or library defines."
};

static const entry unknown = { 0, "unknown", "No such code is defined." };

/* For the log, which names what the other side has sent, valid or not. */
static const entry *find(unsigned code)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].code == code) {
            return &table[i];
        }
    }
    return code >= 3000 && code <= 4999 ? &private_use : &unknown;
}

/* Section 7.4: 1005, 1006 and 1015 say what an API reports and never stand in a
 * frame, 1004 is reserved; 1012 to 1014 are in IANA's registry. 3000 to 4999
 * belong to libraries and applications. */
bool ws_close_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
           || (code >= 3000 && code <= 4999);
}

const char *ws_close_name(unsigned code)
{
    return find(code)->name;
}

const char *ws_close_sentence(unsigned code)
{
    return find(code)->sentence;
}

size_t ws_close_write(unsigned char out[WS_CLOSE_FRAME_MAX], unsigned code,
                      const char *reason)
{
    size_t reason_size = reason ? strlen(reason) : 0;
    size_t at;

    /* No code was received: none is sent back. */
    if (code == WS_CLOSE_NO_STATUS) {
        return ws_frame_write_header(out, WS_FRAME_FIN | WS_FRAME_CLOSE, 0);
    }
    BASE_CHECK(ws_close_valid(code) && reason_size <= WS_CLOSE_REASON_MAX);
    at = ws_frame_write_header(out, WS_FRAME_FIN | WS_FRAME_CLOSE,
                               2 + reason_size);
    out[at++] = (unsigned char)(code >> 8);
    out[at++] = (unsigned char)(code & 0xFF);
    if (reason_size > 0) {
        memcpy(out + at, reason, reason_size);
    }
    return at + reason_size;
}
