/* httpd_log.h - httpd's error log: for the floors below, and for lines that a
 * request can cause. */
#ifndef CHATWS_HTTPD_LOG_H
#define CHATWS_HTTPD_LOG_H

#include <httpd.h>
#include <http_log.h>

/* Points base_log at the server's error log, at the level that LogLevel gives
 * the module. Before any thread of ours is started: httpd_life, at start and
 * in each child. */
void httpd_log_attach(server_rec *server);

/* A line about a request that anybody can send: "ID: " and what `format` makes,
 * with httpd's level (APLOG_...) and, if not 0, an error's text. At most one a
 * minute, id and child; the others at info (base_log_limited). What comes from
 * the network goes through ap_escape_logitem first. Any thread. */
void httpd_log_limited(request_rec *r, int level, apr_status_t status,
                       const char *id, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The same, at the level warn, with a limit for each reason: one of a few
 * sentences of ours, so that one mistake does not hide another. */
void httpd_log_reason(request_rec *r, const char *id, const char *reason,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
