/* chat_amend.h - the events that change what came before in a room, and the
 * room's state. Called by act/, hub/ and httpd/. Pure.
 *
 * Each event is a head, the id's text and a tail, as for a message
 * (chat_event.h). Every writer appends to `out`.
 */
#ifndef CHATWS_CHAT_AMEND_H
#define CHATWS_CHAT_AMEND_H

#include "chat/chat_event.h"

#define CHAT_AMEND_DELETED_HEAD "{\"type\":\"deleted\",\"id\":\""
#define CHAT_AMEND_EDITED_HEAD "{\"type\":\"edited\",\"id\":\""
#define CHAT_AMEND_CLEARED_HEAD "{\"type\":\"cleared\",\"id\":\""
#define CHAT_AMEND_ROOM_HEAD "{\"type\":\"room\",\"id\":\""

/* ","target":ID,"by":PERSON} */
void chat_amend_deleted(base_bytes *out, const char *target,
                        const chat_person *by);

/* ","target":ID,"text":"..."}: the text is the last member, so that it can be
 * left out when a later edit takes over. */
chat_event_text chat_amend_edited(base_bytes *out, const char *target,
                                  const void *text, size_t text_size);

/* The id in what stands in front of an edit's text: the message's. */
bool chat_amend_target(const void *front, size_t front_size, const char **id,
                       size_t *size);

/* ","by":PERSON} */
void chat_amend_cleared(base_bytes *out, const chat_person *by);

/* ","topic":"...","slow":30,"locked":false,"by":PERSON}; `muted_s` is nobody's
 * here. */
void chat_amend_room(base_bytes *out, const chat_state *state,
                     const chat_person *by);

#endif
