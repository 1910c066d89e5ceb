/* ctl_ask.h - asks a server that runs, by its socket. */
#ifndef CHATWS_CTL_ASK_H
#define CHATWS_CTL_ASK_H

#include "ctl_options.h"

/* Returns the program's exit status; stderr says what went wrong. */
int ctl_ask_server(const ctl_options *options);

#endif
