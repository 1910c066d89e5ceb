/* httpd_rights.h - what somebody may do in a room.
 *
 * Asks the authorization providers of httpd that ChatSpeakers, ChatModerators
 * and ChatCreators name (httpd_require.h). They may ask a directory or a
 * database, so this is for rows that need the answer. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_RIGHTS_H
#define CHATWS_HTTPD_RIGHTS_H

#include "httpd/gate/httpd_person.h"

/* Whether the lines let in the request's user, r->user, as `Require` would. */
bool httpd_rights_hold(request_rec *r, const httpd_require *lines);

/* Fills in whether the person may speak and moderate, in person->settings, and
 * how long that holds in person->until_us, unless that is earlier already. */
void httpd_rights_find(request_rec *r, const httpd_dir_config *config,
                       httpd_person *person);

/* Finds the person (httpd_person_enter) and the rights, for a row that makes
 * the room if it does not exist: false also for who may not make it (404), and
 * for who is banned (403). */
bool httpd_rights_enter(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room, const char *protocols,
                        httpd_person *person, httpd_refusal *why);

/* Whether the person, who was found, may come into the room at all: false for
 * who was sent out by a moderator. Those who moderate are asked for their right
 * before they are refused. For rows that do not ask for rights. */
bool httpd_rights_admit(request_rec *r, const httpd_dir_config *config,
                        const act_room_key *room, httpd_person *person,
                        httpd_refusal *why);

#endif
