/* relay_packed.h - what hosts tell each other of persons, sanctions and
 * reports, as JSON on one line.
 *
 * Pure. Whatever is read may come from anybody who can write into that Redis:
 * what is given back is as good as what this host makes itself.
 */
#ifndef CHATWS_RELAY_PACKED_H
#define CHATWS_RELAY_PACKED_H

#include "base/base_bytes.h"
#include "chat/chat_person.h"
#include "room/set/room_notice.h"

/* A member of a room, as its host knows it. */
typedef struct {
    chat_person who;
    uint64_t address; /* of a guest: room_address_key; 0: not known */
    int64_t named_ms; /* since when it has the name, by Redis' TIME */
} relay_packed_member;

/* Appends {"n":"Ann","i":"ann1","m":1,"a":"00..","t":1795321234567}; of a guest
 * with "g":1. The user is not in it. */
void relay_packed_write_member(base_bytes *out,
                               const relay_packed_member *member);
bool relay_packed_read_member(const char *json, size_t size, uint64_t user,
                              relay_packed_member *out);

/* A sanction that was made (what.kind any), a pardon, or a report, without its
 * times: made_us and until_us are 0 then. A report's `what.whom` is the key
 * under which it is noted that it was made (room_rate_note). */
void relay_packed_write_notice(base_bytes *out, const room_notice *notice);
bool relay_packed_read_notice(const char *json, size_t size,
                              room_notice *out);

/* 16 hex digits. */
#define RELAY_PACKED_HEX 16
bool relay_packed_hex(const char *text, size_t size, uint64_t *out);

#endif
