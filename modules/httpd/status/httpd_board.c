/* httpd_board.c - see httpd_board.h. */
#include "httpd/status/httpd_board.h"

#include <errno.h>

#include <http_config.h>
#include <http_log.h>

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:board"

/* In the process pool, over reloads and versions of this module. */
typedef struct {
    hub_board *board;
} kept_board;

static hub_board *board;
static void (*show)(base_bytes *out);

/* The children of before keep the one that they have. */
void httpd_board_post_config(server_rec *server, unsigned places)
{
    kept_board *kept = ap_retained_data_get(KEPT_KEY);

    if (!kept) {
        kept = ap_retained_data_create(KEPT_KEY, sizeof(*kept));
    }
    if (kept->board && !hub_board_usable(kept->board)) {
        hub_board_destroy(kept->board);
        kept->board = NULL;
    }
    if (!kept->board) {
        kept->board = hub_board_create(places);
    }
    if (!kept->board) {
        ap_log_error(APLOG_MARK, APLOG_ERR, errno, server,
                     "CW0647: no memory for what the children know of their "
                     "connections: the status page cannot list them");
    }
    board = kept->board;
}

hub_board *httpd_board_get(void)
{
    return board;
}

void httpd_board_show(void (*figures)(base_bytes *out))
{
    show = figures;
}

void httpd_board_fill(hub_options *out)
{
    out->board = board;
    out->figures = show;
}
