/* httpd_door_guest.h - one connection of chatwsctl's: one line that asks
 * (chat_control.h), and the lines of the answer. On the thread of httpd_door.
 */
#ifndef CHATWS_HTTPD_DOOR_GUEST_H
#define CHATWS_HTTPD_DOOR_GUEST_H

#include <stdbool.h>
#include <sys/types.h>

#include "room/segment/room_store.h"

/* Answers on the socket, which does not block; the caller closes it. Only root
 * and `owner` are answered. `stopping` says when the child ends. */
void httpd_door_guest_serve(int fd, uid_t owner, room_store *store,
                            bool (*stopping)(void));

#endif
