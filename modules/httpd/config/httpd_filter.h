/* httpd_filter.h - ChatFilter: one list for each file that is named, whose
 * patterns are httpd's regular expressions. */
#ifndef CHATWS_HTTPD_FILTER_H
#define CHATWS_HTTPD_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "httpd/config/httpd_arguments.h"

struct act_filter;

/* A parser of the table in httpd_directives.c: a file, and perhaps `mask` or
 * `reject`. The list lives as long as the configuration. A file that cannot be
 * read is an error, a line that is no word only a warning. */
bool httpd_filter_parse(httpd_arguments *given);

/* A name for the list of a file, the same in every process and configuration;
 * and the list of this configuration that has it, or NULL. One thread. */
uint64_t httpd_filter_name(apr_pool_t *pconf, const struct act_filter *filter);
struct act_filter *httpd_filter_named(apr_pool_t *pconf, uint64_t name);

#endif
