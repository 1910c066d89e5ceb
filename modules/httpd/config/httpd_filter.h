/* httpd_filter.h - ChatFilter: one list for each file that is named, whose
 * patterns are httpd's regular expressions. */
#ifndef CHATWS_HTTPD_FILTER_H
#define CHATWS_HTTPD_FILTER_H

#include <stdbool.h>

#include "httpd/config/httpd_arguments.h"

/* A parser of the table in httpd_directives.c: a file, and perhaps `mask` or
 * `reject`. The list lives as long as the configuration. A file that cannot be
 * read is an error, a line that is no word only a warning. */
bool httpd_filter_parse(httpd_arguments *given);

#endif
