/* httpd_asker.h - what a hello tells of who asks, for who polls and gets none.
 *
 * On the worker's thread.
 */
#ifndef CHATWS_HTTPD_ASKER_H
#define CHATWS_HTTPD_ASKER_H

#include "httpd/gate/httpd_person.h"

/* Adds "you", "rights" and "state" to the JSON object that `json` ends with.
 * Somebody without a key is a new guest each time, so that it is nobody whom
 * others know: then "you" is left out. False: the room could not be read now,
 * and nothing was added. */
bool httpd_asker_add(const httpd_room *room, httpd_person *person,
                     base_bytes *json);

#endif
