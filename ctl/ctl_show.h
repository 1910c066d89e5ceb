/* ctl_show.h - what the server or the database has told, for a person.
 */
#ifndef CHATWS_CTL_SHOW_H
#define CHATWS_CTL_SHOW_H

#include <stddef.h>

#include "ctl_options.h"

/* Shows a line of an answer, without its end. Returns -1: there may be more;
 * else it was the last one, and this is the program's exit status. */
int ctl_show_line(const ctl_options *options, const char *line, size_t size);

/* Shows on stderr, if that is a terminal and nobody wanted it quiet, how far
 * it is; "" clears that. */
void ctl_show_progress(const ctl_options *options, const char *text);

/* The exit status: `status`, unless what was printed could not be written. */
int ctl_show_finish(int status);

#endif
