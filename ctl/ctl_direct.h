/* ctl_direct.h - works on the archive's database itself, without a server. */
#ifndef CHATWS_CTL_DIRECT_H
#define CHATWS_CTL_DIRECT_H

#include "ctl_options.h"

/* Returns the program's exit status; stderr says what went wrong. */
int ctl_direct_obey(const ctl_options *options);

#endif
