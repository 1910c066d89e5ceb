/* httpd_person.h - who asks: a verified name, or a guest known by a key.
 *
 * Used by the rows of a room. A guest's key is a secret like a password: it is
 * never logged and never shown; the id is a hash of it under a secret of this
 * server's rooms (room_store_secret). On the worker's thread.
 */
#ifndef CHATWS_HTTPD_PERSON_H
#define CHATWS_HTTPD_PERSON_H

#include <stdbool.h>

#include <httpd.h>

#include "chat/chat_person.h"
#include "http/http_token.h"
#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_answer.h"

/* The cookies, the header, and the beginning of the WebSocket subprotocol that
 * carry a guest's key. Browsers take a cookie called __Host- only over TLS, for
 * the whole of one host. */
#define HTTPD_PERSON_COOKIE "chatws"
#define HTTPD_PERSON_COOKIE_TLS "__Host-chatws"
#define HTTPD_PERSON_HEADER "X-Chatws-Key"
#define HTTPD_PERSON_PROTOCOL "chatws.key."

typedef struct {
    chat_person who;
    act_settings settings; /* of the location, with what this person may do,
                              which is everything but moderate as long as that
                              was not asked (httpd_rights.h) */
    int64_t until_us;      /* base_clock_mono: no longer without being asked
                              anew; 0: for ever */
    bool by_token;         /* verified by that, and not by httpd or ChatUser */
    http_token_role role;  /* which the token gives; instead of what the
                              directives say of that person */
    const char *cookie; /* Set-Cookie of a successful answer, or NULL */
    bool made;          /* the guest's key was made for this request */
} httpd_person;

/* Finds out who asks for something of the room, of which only the site counts.
 * `protocols`: the subprotocols that a WebSocket offers, or NULL. The page of
 * another site under ChatOrigin any is a guest, whatever the browser adds: only
 * a key or a token that the page itself has sent counts, and no cookie is set.
 * A token comes before all else. False, with `why` filled in: a bad token or
 * one for other rooms, httpd refuses the login (httpd_login.h), no guests here,
 * a name that cannot be shown, or no random bits. */
bool httpd_person_find(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room, const char *protocols,
                       httpd_person *person, httpd_refusal *why);

/* The same for what needs the rooms: false also when there are none (503). */
bool httpd_person_enter(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room, const char *protocols,
                        httpd_person *person, httpd_refusal *why);

/* Puts the cookie, if there is one, into the answer's headers. */
void httpd_person_remember(request_rec *r, const httpd_person *person);

#endif
