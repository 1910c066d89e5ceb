/* relay_script.h - what Redis runs for us.
 *
 * The scripts are files of script/, and make puts them into this library
 * (script/embed.awk). To add one: its file, its name in sources.am, below, and
 * in the table of relay_script.c. Any thread.
 */
#ifndef CHATWS_RELAY_SCRIPT_H
#define CHATWS_RELAY_SCRIPT_H

#include <stddef.h>

typedef struct relay_script {
    const char *name;
    const char *text; /* ends with NUL */
    size_t size;
    char sha1[41];    /* of the text, hex, as EVALSHA wants it */
} relay_script;

typedef enum {
    RELAY_SCRIPT_STORE,   /* a message or an event is stored and published */
    RELAY_SCRIPT_FETCH,   /* what comes behind a position */
    RELAY_SCRIPT_RESTORE, /* what a host has is offered again */
    RELAY_SCRIPT_PURGE,   /* all of one person is deleted */
    RELAY_SCRIPT_KEPT,    /* the archive has a room up to there */
    RELAY_SCRIPT_HELLO,   /* what all hosts share */
    RELAY_SCRIPT_BEAT,    /* a host is alive, and hears itself */
    RELAY_SCRIPT_PEOPLE,  /* a host's own people in a room */
    RELAY_SCRIPT_LOOK,    /* those of all hosts */
    RELAY_SCRIPT_SANCTION,
    RELAY_SCRIPT_SANCTIONS,
    RELAY_SCRIPT_PARDON,
    RELAY_SCRIPT_ERASE,   /* somebody is taken out of a room */
    RELAY_SCRIPT_ERASED,  /* of all, which all hosts are told */
    RELAY_SCRIPT_RATE,    /* an address makes a room */
    RELAY_SCRIPT_JOB,     /* for whoever writes the archive */
    RELAY_SCRIPT_ROOMS,   /* lists rooms */
    RELAY_SCRIPT_COUNT
} relay_script_name;

const relay_script *relay_script_get(relay_script_name name);

#endif
