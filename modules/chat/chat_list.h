/* chat_list.h - JSON that lists persons or rooms: the answers to ?members and
 * ?rooms, and parts of events. Called by chat_event, act/ and httpd/. Pure.
 *
 * Every writer appends to `out`, without a newline.
 */
#ifndef CHATWS_CHAT_LIST_H
#define CHATWS_CHAT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"
#include "chat/chat_person.h"

/* One row of the list of rooms. */
typedef struct {
    const char *room; /* the path, UTF-8 */
    size_t room_size;
    size_t count; /* members */
    const char *last; /* the id of its last message, or NULL */
} chat_list_room;

/* [PERSON,...] */
void chat_list_persons(base_bytes *out, const chat_person *persons,
                       size_t size);

/* {"count":3,"list":[PERSON,...]}; `list` NULL: no list. */
void chat_list_members(base_bytes *out, size_t count, const chat_person *list,
                       size_t size);

/* {"rooms":[{"room":PATH,"count":N,"last":ID},...]}, with "more":true when
 * there are others that are not told. */
void chat_list_rooms(base_bytes *out, const chat_list_room *rooms, size_t size,
                     bool more);

#endif
