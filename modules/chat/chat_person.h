/* chat_person.h - somebody who talks, as the others see them (PERSON of the
 * protocol). Made by httpd/ and act/ for each user of a room; written into
 * events. Pure.
 */
#ifndef CHATWS_CHAT_PERSON_H
#define CHATWS_CHAT_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"

/* Whoever was erased, as a PERSON: nobody has this id. */
#define CHAT_PERSON_ERASED \
    "{\"id\":\"g-0000000000000000\",\"name\":\"erased\",\"guest\":true}"

/* The longest name in bytes: 32 code points, or a verified name. */
#define CHAT_NAME_BYTES 128

/* A guest's id is "g-" and `user` as 16 lower-case hex digits; anybody else's
 * is "u-" and what the site knows the user by: `id` or, without one, the name.
 */
typedef struct {
    uint64_t user; /* a keyed hash of the guest's key or the verified id */
    bool guest;
    bool moderator; /* in the room */
    char name[CHAT_NAME_BYTES + 1]; /* valid UTF-8, ends with a NUL */
    size_t name_size;               /* without the NUL; at least 1 */
    char id[CHAT_NAME_BYTES + 1];   /* likewise */
    size_t id_size;                 /* 0: the name is the id */
} chat_person;

/* What somebody may do in a room. */
typedef struct {
    bool speak;    /* write messages, and be seen typing */
    bool moderate; /* keep order: delete, mute, ban */
    bool login;    /* only reads, as a guest, where ?login asks who it is */
} chat_rights;

/* Sets the name to `size` bytes (1 to CHAT_NAME_BYTES) that passed
 * chat_name_check or chat_name_verified. */
void chat_person_set_name(chat_person *person, const void *name, size_t size);

/* Sets the id of a verified user to `size` bytes (1 to CHAT_NAME_BYTES) that
 * passed chat_name_verified. */
void chat_person_set_id(chat_person *person, const void *id, size_t size);

/* Gives a verified user the name "NAME (ID)" instead of NAME, which somebody
 * else has: NAME is cut where both do not find place. The id stays. */
void chat_person_append_id(chat_person *person);

/* Sets a guest's default name: "guest-" and the first `digits` (1 to 16) hex
 * digits of `user`. Try 4; when the room has that name already, 8, then 16. */
void chat_person_guest_name(chat_person *person, int digits);

/* Appends the id as a JSON string: "u-Ann" or "g-7f3a000000000000". */
void chat_person_write_id(base_bytes *out, const chat_person *person);

/* Appends the PERSON object:
 * {"id":"u-Ann","name":"Ann"}, with "moderator":true of one who moderates, or
 * {"id":"g-7f3a000000000000","name":"guest-7f3a","guest":true} */
void chat_person_write(base_bytes *out, const chat_person *person);

/* Appends {"speak":true,"moderate":false}, with "login":true if that is so. */
void chat_person_write_rights(base_bytes *out, chat_rights rights);

#endif
