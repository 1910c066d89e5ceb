/* relay_session.h - what the elected reader does: it connects, and follows the
 * rooms, for as long as there is a connection. The reader's thread.
 */
#ifndef CHATWS_RELAY_SESSION_H
#define CHATWS_RELAY_SESSION_H

#include "relay/relay_url.h"
#include "room/segment/room_store.h"

typedef struct relay_session relay_session;

/* Not connected yet. What it is given must outlive it; a `wake` that is
 * readable ends each waiting. Never NULL. */
relay_session *relay_session_create(const relay_settings *settings,
                                    room_store *store, const char *host,
                                    int wake);
void relay_session_destroy(relay_session *session);

/* Waits for something to do, a quarter of a second at most, and does it; or
 * connects, when it is time to. */
void relay_session_turn(relay_session *session);

/* Since when there has been no connection over which rooms are followed
 * (base_clock_mono); 0: there is one. */
int64_t relay_session_away(const relay_session *session);

#endif
