/* chat_list.c - persons and rooms as JSON; see chat_list.h. */
#include "chat/chat_list.h"

#include "chat/chat_text.h"

void chat_list_persons(base_bytes *out, const chat_person *persons,
                       size_t size)
{
    base_bytes_append_text(out, "[");
    for (size_t i = 0; i < size; i++) {
        base_bytes_append_text(out, i > 0 ? "," : "");
        chat_person_write(out, &persons[i]);
    }
    base_bytes_append_text(out, "]");
}

void chat_list_members(base_bytes *out, size_t count, const chat_person *list,
                       size_t size)
{
    base_bytes_append_format(out, "{\"count\":%zu", count);
    /* An empty list says that nobody is here; without one there are too many to
     * name. */
    if (list != NULL) {
        base_bytes_append_text(out, ",\"list\":");
        chat_list_persons(out, list, size);
    }
    base_bytes_append_text(out, "}");
}

void chat_list_rooms(base_bytes *out, const chat_list_room *rooms, size_t size,
                     bool more)
{
    base_bytes_append_text(out, "{\"rooms\":[");
    for (size_t i = 0; i < size; i++) {
        base_bytes_append_text(out, i > 0 ? ",{\"room\":" : "{\"room\":");
        chat_text_quote(out, rooms[i].room, rooms[i].room_size);
        base_bytes_append_format(out, ",\"count\":%zu", rooms[i].count);
        if (rooms[i].last) {
            base_bytes_append_format(out, ",\"last\":\"%s\"", rooms[i].last);
        }
        base_bytes_append_text(out, "}");
    }
    base_bytes_append_text(out, more ? "],\"more\":true}" : "]}");
}
