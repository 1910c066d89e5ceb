/* mod_chatws.c - the module record and the list of hooks; nothing else.
 *
 * httpd reads the record when it loads the module. Every hook is a function of
 * modules/httpd; this list says at which point of a request each one runs.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mpm_common.h>

#include "httpd/config/httpd_archive.h"
#include "httpd/config/httpd_directives.h"
#include "httpd/config/httpd_redis.h"
#include "httpd/door/httpd_door.h"
#include "httpd/gate/httpd_claim.h"
#include "httpd/gate/httpd_request.h"
#include "httpd/gate/httpd_site.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_prefork.h"
#include "httpd/leave/httpd_handoff.h"
#include "httpd/leave/httpd_return.h"
#include "httpd/leave/httpd_tls.h"
#include "httpd/rows/httpd_head.h"
#include "httpd/rows/httpd_repeat.h"
#include "httpd/status/httpd_line.h"
#include "httpd/status/httpd_status.h"
#include "httpd/traffic/httpd_tap.h"
#include "httpd/traffic/httpd_traffic.h"

/* The only symbol that leaves the shared object. */
extern __attribute__((visibility("default"))) module chatws_module;

static void register_hooks(apr_pool_t *pool)
{
    /* mod_proxy's hook takes every URL that a ProxyPass covers. */
    static const char *const before_proxy[] = { "mod_proxy.c", NULL };
    /* The core's handler would answer `Upgrade: websocket, h2c` with h2c. */
    static const char *const before_core[] = { "core.c", NULL };

    (void)pool;
    ap_hook_post_config(httpd_site_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(httpd_archive_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(httpd_redis_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(httpd_archive_post_config, NULL, NULL,
                        APR_HOOK_MIDDLE);
    ap_hook_post_config(httpd_status_post_config, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_post_config(httpd_life_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(httpd_door_post_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_init(httpd_prefork_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    httpd_return_register();
    ap_hook_child_init(httpd_life_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(httpd_traffic_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(httpd_door_child_init, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_stopping(httpd_door_child_stopping, NULL, NULL,
                           APR_HOOK_MIDDLE);
    ap_hook_child_stopping(httpd_life_child_stopping, NULL, NULL,
                           APR_HOOK_MIDDLE);

    ap_hook_translate_name(httpd_claim_translate, NULL, NULL,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(httpd_claim_storage, NULL, before_proxy,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_check_access(httpd_claim_access, NULL, NULL,
                         APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_type_checker(httpd_claim_type, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(httpd_claim_rewrite, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(httpd_claim_fixup, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_handler(httpd_request_handle, NULL, before_core,
                    APR_HOOK_REALLY_FIRST);

    /* Its cleanup has to run after all others of the connection. */
    ap_hook_pre_connection(httpd_prefork_open, NULL, NULL,
                           APR_HOOK_REALLY_FIRST - 1);
    ap_hook_pre_connection(httpd_life_pre_connection, NULL, NULL,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_pre_connection(httpd_traffic_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(httpd_repeat_read, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(httpd_traffic_read, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(httpd_traffic_log, NULL, NULL, APR_HOOK_FIRST);
    /* Before mod_http2, whose hook may end the run. */
    ap_hook_pre_close_connection(httpd_traffic_close, NULL, NULL,
                                 APR_HOOK_REALLY_FIRST);
    ap_hook_pre_close_connection(httpd_life_pre_close, NULL, NULL,
                                 APR_HOOK_FIRST);

    httpd_handoff_register();
    httpd_head_register();
    httpd_line_register();
    httpd_tap_register();
    httpd_tls_register();
}

AP_DECLARE_MODULE(chatws) = {
    STANDARD20_MODULE_STUFF,
    httpd_directives_create_dir,
    httpd_directives_merge_dir,
    httpd_directives_create_server,
    httpd_directives_merge_server,
    httpd_directives,
    register_hooks,
    0
};
