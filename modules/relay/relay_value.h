/* relay_value.h - a record as it lies in Redis, and as it comes by.
 *
 *   KIND AUTHOR REF TEXT_AT TEXT_SIZE FLAGS TARGET\n
 *   SLOW LOCKED TOPIC_SIZE\nTOPIC              (only KIND r)
 *   BODY
 *
 * KIND is m, d, e, c or r as of room_log_kind: a message, deleted, edited,
 * cleared, a state. AUTHOR and REF are 16 hex digits. FLAGS: `e` the message
 * was edited, `d` deleted, `-` neither. TARGET: the message that a deletion or
 * an edit is about, or `-`. BODY is what is told now. script/room.lua has the
 * other half. Pure.
 */
#ifndef CHATWS_RELAY_VALUE_H
#define CHATWS_RELAY_VALUE_H

#include "base/base_bytes.h"
#include "room/archive/room_import.h"

/* What a value says. */
typedef struct {
    room_import_record record; /* its body points into what was read */
    room_state state;
    bool has_state;            /* the record is a ROOM_LOG_STATE */
} relay_value;

/* True when the bytes are a value, whose record gets this id; its time is the
 * id's. */
bool relay_value_parse(const char *text, size_t size, const room_id *id,
                       relay_value *out);

/* Appends one. `state` of a ROOM_LOG_STATE, else it is not looked at. */
void relay_value_write(base_bytes *out, const room_import_record *record,
                       const room_state *state);

/* Just 16 hex digits, as AUTHOR and REF. */
bool relay_value_hex(const char *text, size_t size, uint64_t *number);

/* The letter of a kind. */
char relay_value_letter(room_log_kind kind);

#endif
