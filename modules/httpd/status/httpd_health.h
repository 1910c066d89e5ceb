/* httpd_health.h - what is wrong with the chat, in sentences: act_health.h's
 * findings, of the numbers as they are now. Any thread.
 */
#ifndef CHATWS_HTTPD_HEALTH_H
#define CHATWS_HTTPD_HEALTH_H

#include "base/base_bytes.h"
#include "httpd/status/httpd_snapshot.h"

/* Appends "health":[{"code":"archive","level":"ok","text":"...",
 * "doc":"ARCHIVE.md#..."},...]: the worst first, `level` ok, warn or bad. */
void httpd_health_write(const httpd_snapshot *now, base_bytes *out);

#endif
