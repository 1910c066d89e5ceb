/* httpd_log.c - lines of the error log; see httpd_log.h. */
#include "httpd/httpd_log.h"

#include <stdarg.h>

#include <apr_strings.h>

#include <http_config.h>

#include "base/base_clock.h"
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

void httpd_log_limited(request_rec *r, int level, apr_status_t status,
                       const char *id, const char *format, ...)
{
    bool all = APLOG_R_IS_LEVEL(r, APLOG_INFO);
    uint64_t left_out = 0;
    const char *text;
    va_list args;

    if (!APLOG_R_IS_LEVEL(r, level)) {
        return; /* nor does it count as written */
    }
    if (level < APLOG_INFO
        && !base_log_due(id, base_clock_mono(), &left_out)) {
        level = APLOG_INFO;
    }
    if (level >= APLOG_INFO && !all) {
        return;
    }
    va_start(args, format);
    text = apr_pvsprintf(r->pool, format, args);
    va_end(args);
    if (left_out > 0 && !all) {
        text = apr_psprintf(r->pool,
                            "%s (%" APR_UINT64_T_FMT " more like it were not "
                            "logged)", text, (apr_uint64_t)left_out);
    }
    /* The macro evaluates its level more than once: no call in it. */
    ap_log_rerror(APLOG_MARK, level, status, r, "%s: %s", id, text);
}
