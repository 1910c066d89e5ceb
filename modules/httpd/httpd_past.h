/* httpd_past.h - the archive in the life of a child.
 *
 * Each child has one from its start: whichever is elected writes what all of
 * them have stored, so that one has to be there whatever becomes of the others.
 * It ends after the hub, behind the last message that the child has taken.
 */
#ifndef CHATWS_HTTPD_PAST_H
#define CHATWS_HTTPD_PAST_H

#include <stdbool.h>

#include <httpd.h>

#include "archive/archive.h"
#include "hub/hub.h"

/* In child_init, on its main thread. `store` NULL: there is to be none. */
void httpd_past_start(server_rec *server, room_store *store);

/* After the hub has ended, and all workers with it. `patience`: microseconds
 * that the rest may take to be written. */
void httpd_past_stop(int64_t patience);

/* This child's archive; NULL: there is none. Any thread. */
archive *httpd_past_archive(void);

/* Waits until the archive has told what has to be known before anybody is asked
 * who he is: its secret, and whom moderators have banned. False: it does not
 * yet. True without one. A worker's thread. */
bool httpd_past_ready(room_store *store);

/* ChatArchiveAck: an answer comes after the commit. */
bool httpd_past_promises(void);

/* What the hub asks the archive by; NULL: there is none. */
const hub_archive *httpd_past_door(void);

#endif
