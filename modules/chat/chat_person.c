/* chat_person.c - somebody who talks; see chat_person.h. */
#include "chat/chat_person.h"

#include <stdio.h>
#include <string.h>

#include "base/base_check.h"
#include "chat/chat_text.h"

#define HEX_DIGITS 16

/* A list has one for each of its members: printf takes ten times as long. */
static void write_hex(char digits[HEX_DIGITS], uint64_t number)
{
    for (int i = HEX_DIGITS - 1; i >= 0; i--) {
        digits[i] = "0123456789abcdef"[number & 15];
        number >>= 4;
    }
}

void chat_person_set_name(chat_person *person, const void *name, size_t size)
{
    BASE_CHECK(size >= 1 && size <= CHAT_NAME_BYTES);
    memcpy(person->name, name, size);
    person->name[size] = '\0';
    person->name_size = size;
}

void chat_person_set_id(chat_person *person, const void *id, size_t size)
{
    BASE_CHECK(size >= 1 && size <= CHAT_NAME_BYTES);
    memcpy(person->id, id, size);
    person->id[size] = '\0';
    person->id_size = size;
}

void chat_person_append_id(chat_person *person)
{
    char name[CHAT_NAME_BYTES + 1];
    size_t size = person->name_size;
    size_t room;
    int written;

    if (person->id_size == 0) {
        chat_person_set_id(person, person->name, person->name_size);
    }
    room = person->id_size + 3 < CHAT_NAME_BYTES
               ? CHAT_NAME_BYTES - person->id_size - 3 : 0;
    size = size < room ? size : room;
    /* Not within a character. */
    while (size > 0 && ((unsigned char)person->name[size] & 0xC0) == 0x80) {
        size--;
    }
    if (size == 0) {
        chat_person_set_name(person, person->id, person->id_size);
        return;
    }
    written = snprintf(name, sizeof(name), "%.*s (%.*s)", (int)size,
                       person->name, (int)person->id_size, person->id);
    chat_person_set_name(person, name, (size_t)written);
}

void chat_person_guest_name(chat_person *person, int digits)
{
    static const char guest[] = "guest-";
    char name[sizeof(guest) - 1 + HEX_DIGITS];

    BASE_CHECK(digits >= 1 && digits <= HEX_DIGITS);
    memcpy(name, guest, sizeof(guest) - 1);
    write_hex(name + sizeof(guest) - 1, person->user);
    chat_person_set_name(person, name, sizeof(guest) - 1 + (size_t)digits);
}

static void write_guest_id(base_bytes *out, uint64_t user)
{
    char id[] = "\"g-0123456789abcdef\"";

    write_hex(id + 3, user);
    base_bytes_append(out, id, sizeof(id) - 1);
}

void chat_person_write_id(base_bytes *out, const chat_person *person)
{
    char id[2 + CHAT_NAME_BYTES] = "u-";
    bool own = person->id_size > 0;
    size_t size = own ? person->id_size : person->name_size;

    /* Of a verified user it is what the site knows the user by, and the same
     * after a restart. A guest's is a hash of the key. */
    if (person->guest) {
        write_guest_id(out, person->user);
        return;
    }
    memcpy(id + 2, own ? person->id : person->name, size);
    chat_text_quote(out, id, 2 + size);
}

void chat_person_write(base_bytes *out, const chat_person *person)
{
    base_bytes_append_text(out, "{\"id\":");
    chat_person_write_id(out, person);
    base_bytes_append_text(out, ",\"name\":");
    chat_text_quote(out, person->name, person->name_size);
    base_bytes_append_text(out, person->guest ? ",\"guest\":true" : "");
    base_bytes_append_text(out, person->moderator ? ",\"moderator\":true}"
                                                  : "}");
}

void chat_person_write_rights(base_bytes *out, chat_rights rights)
{
    base_bytes_append_format(out, "{\"speak\":%s,\"moderate\":%s%s}",
                             rights.speak ? "true" : "false",
                             rights.moderate ? "true" : "false",
                             rights.login ? ",\"login\":true" : "");
}
