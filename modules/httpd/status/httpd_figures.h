/* httpd_figures.h - how the numbers of the status page are written.
 *
 * Any thread.
 */
#ifndef CHATWS_HTTPD_FIGURES_H
#define CHATWS_HTTPD_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base_bytes.h"
#include "httpd/status/httpd_snapshot.h"

/* Appends the rows of a table, name, number and meaning: HTML. */
void httpd_figures_table(base_bytes *out, const httpd_snapshot *now);

/* Appends an object of JSON without its end, so that more may be added:
 * {"version": "1.0.0", "up": 1 */
void httpd_figures_json(base_bytes *out, const httpd_snapshot *now);

/* One number, as it is told. */
typedef struct {
    const char *name;      /* in JSON; without the transport, if there is one */
    bool gauge;            /* false: only ever grows */
    const char *transport; /* NULL: of none */
    const char *help;      /* one sentence */
    bool thousandths;      /* of the value */
    bool flat;             /* not for Prometheus, which has it otherwise */
    uint64_t value;
} httpd_figure;

/* Calls `show` with all numbers; those of transports come last, and of these
 * each number's transports one after the other. */
void httpd_figures_each(const httpd_snapshot *now,
                        void (*show)(void *of, const httpd_figure *what),
                        void *of);

/* Appends the value in digits. */
void httpd_figures_value(base_bytes *out, const httpd_figure *what);

#endif
