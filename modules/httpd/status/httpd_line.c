/* httpd_line.c - see httpd_line.h. */
#include "httpd/status/httpd_line.h"

#include <inttypes.h>

#include <httpd.h>
#include <apr_optional_hooks.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "httpd/status/httpd_snapshot.h"

/* No symbol of mod_status is needed for it: where that is not loaded, nobody
 * calls. */
static int show_line(request_rec *r, int flags)
{
    httpd_snapshot now;
    uint64_t open;
    uint64_t said;

    httpd_snapshot_take(&now);
    open = now.counts[ACT_COUNT_CONNECTIONS];
    said = now.counts[ACT_COUNT_MESSAGES];
    if (flags & AP_STATUS_SHORT) {
        ap_rprintf(r, "ChatConnections: %" PRIu64 "\nChatRooms: %" PRIu64
                   "\nChatMessages: %" PRIu64 "\n", open,
                   (uint64_t)now.store.rooms_used, said);
    }
    else {
        ap_rprintf(r, "<dl><dt>Chat: %" PRIu64 " connections in %" PRIu64
                   " rooms, %" PRIu64 " messages since the start</dt></dl>\n",
                   open, (uint64_t)now.store.rooms_used, said);
    }
    return OK;
}

void httpd_line_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show_line, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
