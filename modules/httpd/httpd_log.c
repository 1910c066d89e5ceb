/* httpd_log.c - the lower floors' log lines; see httpd_log.h. */
#include "httpd/httpd_log.h"

#include <http_config.h>
#include <http_log.h>

#include "base/base_log.h"

APLOG_USE_MODULE(chatws);

static const int levels[] = {
    [BASE_LOG_ERROR] = APLOG_ERR,
    [BASE_LOG_WARN] = APLOG_WARNING,
    [BASE_LOG_NOTICE] = APLOG_NOTICE,
    [BASE_LOG_INFO] = APLOG_INFO,
    [BASE_LOG_DEBUG] = APLOG_DEBUG,
};

static void write_line(void *context, base_log_level level, const char *line)
{
    ap_log_error(APLOG_MARK, levels[level], 0, (server_rec *)context, "%s",
                 line);
}

void httpd_log_attach(server_rec *server)
{
    int wanted = ap_get_server_module_loglevel(server, APLOG_MODULE_INDEX);
    base_log_level most = BASE_LOG_DEBUG;

    while (most > BASE_LOG_ERROR && levels[most] > wanted) {
        most--;
    }
    base_log_set(write_line, server, most);
}
