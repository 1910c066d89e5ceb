/* httpd_prometheus.h - the numbers of the status page for Prometheus.
 *
 * Its names stay: dashboards and alerts ask for them. Any thread.
 */
#ifndef CHATWS_HTTPD_PROMETHEUS_H
#define CHATWS_HTTPD_PROMETHEUS_H

#include "base/base_bytes.h"
#include "httpd/status/httpd_snapshot.h"

/* Appends all metrics in the text format 0.0.4. */
void httpd_prometheus_write(base_bytes *out, const httpd_snapshot *now);

#endif
