/* relay_url.h - what ChatRedis says.
 *
 * Pure: `redis://[USER@]HOST[:PORT][,HOST[:PORT]...][/DB]`, `rediss://` (TLS),
 * or `unix:/PATH[?DB]`; and behind it `password=FILE`, `prefix=WORD`,
 * `wait=N`, `sentinel=NAME` (the hosts are Sentinels, and NAME is the master
 * that they are asked for).
 */
#ifndef CHATWS_RELAY_URL_H
#define CHATWS_RELAY_URL_H

#include <stdbool.h>
#include <stddef.h>

#define RELAY_NODES_MOST 8
#define RELAY_NAME_MOST 255     /* bytes of a host, a path, a user, a master */
#define RELAY_PREFIX_MOST 32
#define RELAY_PASSWORD_MOST 512

typedef struct {
    char host[RELAY_NAME_MOST + 1]; /* of a unix socket: its path */
    unsigned port;                  /* 0: a unix socket */
} relay_node;

typedef struct {
    relay_node nodes[RELAY_NODES_MOST];
    unsigned node_count;  /* 0: no relay */
    bool tls;
    unsigned database;
    unsigned wait;        /* replicas that must have it before an ack */
    char user[RELAY_NAME_MOST + 1];
    char password[RELAY_PASSWORD_MOST + 1]; /* filled in from `file` by httpd */
    char file[RELAY_NAME_MOST + 1];   /* as written; "": none */
    char prefix[RELAY_PREFIX_MOST + 1];
    char sentinel[RELAY_NAME_MOST + 1]; /* "": the nodes are Redis itself */
    bool archive;     /* of httpd: this host has one (ChatArchive), */
    bool archive_ack; /* and acks wait for it (ChatArchiveAck) */
    /* Of httpd: around relay_ask, for threads that many may need. enter is
     * false: too many of them wait already. NULL: no limit. */
    bool (*enter)(void);
    void (*leave)(void);
} relay_settings;

/* Fills in `out` from the words behind ChatRedis. False: `why` is a sentence
 * that names the right form. A password in the URL is refused: it would stand
 * in the configuration that httpd can print. */
bool relay_url_parse(const char *const *words, size_t count,
                     relay_settings *out, char *why, size_t why_size);

#endif
