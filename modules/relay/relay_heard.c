/* relay_heard.c - see relay_heard.h. */
#include "relay/relay_heard.h"

#include <string.h>

/* An id that ends at `end`, or one with a blank behind it, which is passed. */
static bool take_id(const char **at, const char *end, bool last, room_id *id)
{
    const char *stop = last ? end : memchr(*at, ' ', (size_t)(end - *at));
    const char *word = *at;

    if (stop == NULL) {
        return false;
    }
    *at = last ? stop : stop + 1;
    return room_id_parse(word, (size_t)(stop - word), id);
}

bool relay_heard_record(const char *text, size_t size, uint64_t *epoch,
                        room_id *before, relay_value *value)
{
    static const size_t lead = sizeof("E 0123456789abcdef ") - 1;
    const char *line = memchr(text, '\n', size);
    const char *at = text + lead;
    room_id id;

    if (line == NULL || (size_t)(line - text) < lead
        || memcmp(text, "E ", 2) != 0 || at[-1] != ' '
        || !relay_value_hex(text + 2, 16, epoch)) {
        return false;
    }
    return *epoch != 0 && take_id(&at, line, false, before)
           && take_id(&at, line, true, &id)
           && room_id_compare(before, &id) < 0
           && relay_value_parse(line + 1, size - (size_t)(line + 1 - text),
                                &id, value);
}

bool relay_heard_lacking(const char *text, size_t size, room_id *top)
{
    return size > 2 && memcmp(text, "G ", 2) == 0
           && room_id_parse(text + 2, size - 2, top);
}

bool relay_heard_lost(const char *text, size_t size, room_id *lost)
{
    return size > 2 && memcmp(text, "L ", 2) == 0
           && room_id_parse(text + 2, size - 2, lost);
}

bool relay_heard_kept(const char *text, size_t size, room_id *upto,
                      bool *refused)
{
    static const char but[] = " -";
    size_t tail = sizeof(but) - 1;

    *refused = size > tail && memcmp(text + size - tail, but, tail) == 0;
    size -= *refused ? tail : 0;
    return size > 2 && memcmp(text, "A ", 2) == 0
           && room_id_parse(text + 2, size - 2, upto);
}
