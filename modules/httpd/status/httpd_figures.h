/* httpd_figures.h - how the numbers of the status page are written.
 *
 * Any thread.
 */
#ifndef CHATWS_HTTPD_FIGURES_H
#define CHATWS_HTTPD_FIGURES_H

#include "base/base_bytes.h"
#include "httpd/status/httpd_snapshot.h"

/* Appends the rows of a table, name, number and meaning: HTML. */
void httpd_figures_table(base_bytes *out, const httpd_snapshot *now);

/* Appends an object of JSON without its end, so that more may be added:
 * {"version": "1.0.0", "up": 1 */
void httpd_figures_json(base_bytes *out, const httpd_snapshot *now);

/* Appends all metrics in Prometheus' text format 0.0.4. */
void httpd_figures_prometheus(base_bytes *out, const httpd_snapshot *now);

#endif
