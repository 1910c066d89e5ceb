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

static void write_limited(request_rec *r, int level, apr_status_t status,
                          const char *id, const char *reason,
                          const char *format, va_list args)
{
    bool all = APLOG_R_IS_LEVEL(r, APLOG_INFO);
    uint64_t left_out = 0;
    const char *text;

    if (!APLOG_R_IS_LEVEL(r, level)) {
        return; /* nor does it count as written */
    }
    if (level < APLOG_INFO
        && !base_log_due(id, reason, base_clock_mono(), &left_out)) {
        level = APLOG_INFO;
    }
    if (level >= APLOG_INFO && !all) {
        return;
    }
    text = apr_pvsprintf(r->pool, format, args);
    if (left_out > 0 && !all) {
        text = apr_psprintf(r->pool,
                            "%s (%" APR_UINT64_T_FMT " more like it were not "
                            "logged)", text, (apr_uint64_t)left_out);
    }
    /* The macro evaluates its level more than once: no call in it. */
    ap_log_rerror(APLOG_MARK, level, status, r, "%s: %s", id, text);
}

void httpd_log_limited(request_rec *r, int level, apr_status_t status,
                       const char *id, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_limited(r, level, status, id, NULL, format, args);
    va_end(args);
}

void httpd_log_reason(request_rec *r, const char *id, const char *reason,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_limited(r, APLOG_WARNING, 0, id, reason, format, args);
    va_end(args);
}
