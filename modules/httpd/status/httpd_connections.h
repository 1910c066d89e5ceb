/* httpd_connections.h - the list of connections on the status page: the
 * children are asked (hub_board.h), since each knows its own alone. On the
 * worker's thread; waits for them.
 */
#ifndef CHATWS_HTTPD_CONNECTIONS_H
#define CHATWS_HTTPD_CONNECTIONS_H

#include <stdbool.h>

#include <httpd.h>

#include "act/control/act_overview.h"
#include "base/base_bytes.h"
#include "http/http_field.h"
#include "httpd/config/httpd_config.h"
#include "httpd/rows/httpd_answer.h"

/* Appends ,"connection_list":[...],"connection_total":N,"silent":CHILDREN,
 * "partial":false: those of the room, if one is meant, and of `text`: an
 * address, or somebody's id or part of a name, also of a room's, which `words`
 * is folded. `null` instead of the list: there is no board. An address is told
 * and looked for with ChatStatusAddresses only. False: `why` says so. */
bool httpd_connections_write(const httpd_dir_config *config,
                             const act_answer *about, const base_bytes *words,
                             http_slice text, base_bytes *json,
                             httpd_refusal *why);

/* Ends one. False: `why` says that it is not there, that its child has not
 * answered, or that somebody else is asking. */
bool httpd_connections_close(const chat_control_connection *which,
                             httpd_refusal *why);

#endif
