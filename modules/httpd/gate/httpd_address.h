/* httpd_address.h - from which address a request comes, and whether that
 * address is limited (ChatAddressRate and its like).
 *
 * Used by the rows of a room. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_ADDRESS_H
#define CHATWS_HTTPD_ADDRESS_H

#include <stdbool.h>

#include <httpd.h>

#include "act/act_address.h"
#include "httpd/config/httpd_config.h"
#include "httpd/rows/httpd_answer.h"

/* Fills in `from`: r->useragent_addr, which mod_remoteip sets, and nothing else
 * is believed. The address is limited when it is a global one, when
 * mod_remoteip named it, and with ChatAddressPrivate on. `keyless` is left
 * false. */
void httpd_address_of(request_rec *r, const httpd_dir_config *config,
                      act_address *from);

/* The room_address_tag of the request's address; 0 without a segment. */
uint16_t httpd_address_tag(request_rec *r);

/* Charges the address of a refused handshake with one command. When it has
 * none left the refusal becomes 429. */
void httpd_address_charge(request_rec *r, const httpd_dir_config *config,
                          httpd_refusal *why);

/* Counts a connection of the address, which must not make more rooms than it
 * may either. False, with `why` filled in (429): it may not. */
bool httpd_address_admit(act_address *from, const httpd_dir_config *config,
                         const act_room_key *room, httpd_refusal *why);

#endif
