/* httpd_ban.h - is the asker banned from the room?
 *
 * Used by httpd_rights, which knows who is exempt. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_BAN_H
#define CHATWS_HTTPD_BAN_H

#include "httpd/gate/httpd_person.h"

/* False, with `why` filled in, for who may not enter the room; whom
 * person->settings let moderate may. */
bool httpd_ban_check(request_rec *r, const httpd_dir_config *config,
                     const act_room_key *room, const httpd_person *person,
                     httpd_refusal *why);

#endif
