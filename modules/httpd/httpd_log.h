/* httpd_log.h - takes the log lines of the floors below to httpd's error log.
 * Used by httpd_life at start and in each child. */
#ifndef CHATWS_HTTPD_LOG_H
#define CHATWS_HTTPD_LOG_H

#include <httpd.h>

/* Points base_log at the server's error log, at the level that LogLevel gives
 * the module. Before any thread of ours is started. */
void httpd_log_attach(server_rec *server);

#endif
