/* httpd_prometheus.c - metrics; see httpd_prometheus.h.
 *
 * Each number of httpd_figures is one under its own name. What is one thing
 * with parts that add up, as connections refused for one reason or another, is
 * one metric with a label as well; numbers that overlap are not.
 */
#include "httpd/status/httpd_prometheus.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <httpd.h>
#include <ap_mpm.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "httpd/status/httpd_figures.h"

/* A part of a metric with the label `reason`. It has been one of its own. */
typedef struct {
    const char *name; /* of the metric */
    const char *help; /* with a metric's first part */
    const char *reason;
    const char *old;  /* as httpd_figures has it */
} part;

static const part parts[] = {
    { "connections_refused_total", "Connections that were refused, and why.",
      "full", "refused_full_total" },
    { "connections_refused_total", NULL, "address",
      "address_connections_refused_total" },
    { "connections_closed_total", "Connections that were ended, and why.",
      "slow", "closed_slow_total" },
    { "connections_closed_total", NULL, "ping", "closed_ping_total" },
    { "connections_closed_total", NULL, "protocol", "closed_protocol_total" },
    { "connections_closed_total", NULL, "flood", "closed_flood_total" },
    { "connections_closed_total", NULL, "descriptors",
      "closed_descriptors_total" },
    { "connections_closed_total", NULL, "upload", "closed_upload_total" },
    { "rooms_refused_total", "New rooms that were refused, and why.", "full",
      "rooms_full_total" },
    { "rooms_refused_total", NULL, "address", "address_rooms_refused_total" },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

typedef struct {
    base_bytes *out;
    const char *last;      /* the number of transports that is being written */
    uint64_t found[PARTS]; /* the parts' values */
    bool any;
} writer;

static void append_head(base_bytes *out, const char *name, const char *help,
                        bool gauge)
{
    base_bytes_append_format(out,
                             "# HELP chatws_%s %s\n# TYPE chatws_%s %s\n", name,
                             help, name, gauge ? "gauge" : "counter");
}

/* The transports of one number follow each other. */
static void write_transport(writer *to, const httpd_figure *what)
{
    char name[64];

    (void)apr_snprintf(name, sizeof(name), "transport_%s", what->name);
    if (to->last != what->name) {
        append_head(to->out, name, what->help, what->gauge);
        to->last = what->name;
    }
    base_bytes_append_format(to->out, "chatws_%s{transport=\"%s\"} ", name,
                             what->transport);
}

static void write_old(writer *to, const httpd_figure *what, size_t at)
{
    char help[128];

    (void)apr_snprintf(help, sizeof(help),
                       "The same as chatws_%s{reason=\"%s\"}; 2.0 removes it.",
                       parts[at].name, parts[at].reason);
    append_head(to->out, what->name, help, what->gauge);
    base_bytes_append_format(to->out, "chatws_%s ", what->name);
    to->found[at] = what->value;
    to->any = true;
}

static void write_metric(void *of, const httpd_figure *what)
{
    writer *to = of;
    size_t at = 0;

    while (at < PARTS && strcmp(parts[at].old, what->name) != 0) {
        at++;
    }
    if (what->flat) {
        return;
    }
    if (what->transport) {
        write_transport(to, what);
    }
    else if (at < PARTS) {
        write_old(to, what, at);
    }
    else {
        append_head(to->out, what->name, what->help, what->gauge);
        base_bytes_append_format(to->out, "chatws_%s ", what->name);
    }
    httpd_figures_value(to->out, what);
    base_bytes_append_text(to->out, "\n");
}

static void write_parts(writer *to)
{
    for (size_t i = 0; to->any && i < PARTS; i++) {
        if (parts[i].help) {
            append_head(to->out, parts[i].name, parts[i].help, false);
        }
        base_bytes_append_format(to->out,
                                 "chatws_%s{reason=\"%s\"} %" PRIu64 "\n",
                                 parts[i].name, parts[i].reason, to->found[i]);
    }
}

void httpd_prometheus_write(base_bytes *out, const httpd_snapshot *now)
{
    writer to = { .out = out };

    append_head(out, "info", "What this httpd runs.", true);
    base_bytes_append_format(out,
                             "chatws_info{version=\"%s\",mpm=\"%s\","
                             "openssl=\"%s\"} 1\n",
                             CHATWS_VERSION, ap_show_mpm(),
                             OpenSSL_version(OPENSSL_VERSION_STRING));
    httpd_figures_each(now, write_metric, &to);
    write_parts(&to);
}
