/* httpd_board.h - the board through which the children tell of their
 * connections (hub_board.h), and what they show of the whole server.
 *
 * The parent makes the board at its first start and keeps it until httpd ends.
 * With mpm-itk there is none.
 */
#ifndef CHATWS_HTTPD_BOARD_H
#define CHATWS_HTTPD_BOARD_H

#include <httpd.h>

#include "hub/board/hub_board.h"
#include "hub/hub.h"

/* In the parent, at each start and reload. `places`: most children at once, of
 * both generations. */
void httpd_board_post_config(server_rec *server, unsigned places);

/* The board; NULL: there is none, or no memory for one. Any thread. */
hub_board *httpd_board_get(void);

/* In the parent, at each start and reload, before the children: hubs send this
 * to those who watch the status (hub_options.figures). */
void httpd_board_show(void (*figures)(base_bytes *out));

/* What a hub of this child needs. */
void httpd_board_fill(hub_options *out);

#endif
