/* ctl_options.h - what chatwsctl was called with. */
#ifndef CHATWS_CTL_OPTIONS_H
#define CHATWS_CTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *socket;  /* --socket, or httpd's */
    const char *archive; /* --archive: "DRIVER PARAMS"; NULL: ask the server */
    bool json;           /* --json: lines as they come */
    bool quiet;          /* --quiet: no progress */
    bool all;            /* --all */
    bool address;        /* --address */
    bool purge;          /* --purge */
    const char *site;    /* --site, and NULL here and below: not given */
    const char *room;    /* --room */
    const char *reason;  /* --reason */
    int64_t seconds;     /* --for; 0: not given */
    const char *command;
    const char *argument;
    bool about_room;     /* the argument is a room, not a user */
} ctl_options;

/* Reads the command line. Returns -1: go on; else the program's exit status:
 * help was printed, or stderr says what is wrong. */
int ctl_options_read(int argc, char **argv, ctl_options *options);

#endif
