/* httpd_config.h - the module's configuration records.
 *
 * Written by the table of directives (httpd_directives.c), which has their
 * defaults and merges them as httpd does. Read by every request.
 */
#ifndef CHATWS_HTTPD_CONFIG_H
#define CHATWS_HTTPD_CONFIG_H

#include <httpd.h>
#include <http_config.h>
#include <ap_expr.h>

#include "act/act_settings.h"
#include "archive/archive.h"
#include "relay/relay_url.h"

typedef enum {
    HTTPD_ROLE_OFF,
    HTTPD_ROLE_ROOMS,
    HTTPD_ROLE_ECHO,
    HTTPD_ROLE_STATUS
} httpd_role;

typedef enum { HTTPD_ORIGIN_SAME, HTTPD_ORIGIN_ANY, HTTPD_ORIGIN_LIST }
    httpd_origin_rule;

/* Who may, see httpd_require.h. */
typedef struct httpd_require httpd_require;

/* Per directory. */
typedef struct {
    uint64_t set; /* a bit for each row of httpd_directives that set it */
    uint64_t limited; /* by an .htaccess that may only make it stricter */
    httpd_role role;
    const void *role_block; /* the section that says so, as httpd_require has
                               it; NULL: none */
    unsigned status_addresses; /* ChatStatusAddresses on: 1 */
    httpd_origin_rule origin_rule;
    apr_array_header_t *origins; /* of http_origin */
    apr_array_header_t *token_keys; /* of httpd_key; NULL: none */
    const char *token_audience;     /* NULL: none */
    unsigned list;          /* ChatList on: 1 */
    ap_expr_info_t *user;   /* ChatUser; NULL: the name httpd authenticated */
    const char *user_htaccess; /* the file that has ChatUser; NULL: none */
    httpd_require *speakers;   /* NULL, here and below: there is no line */
    httpd_require *moderators;
    httpd_require *creators;
    int64_t recheck;           /* ChatRecheck: microseconds; 0: off */
    act_settings settings;
} httpd_dir_config;

/* How a virtual host that serves many sites tells them apart; see httpd_site.h.
 */
typedef struct {
    bool by_host;    /* VirtualDocumentRoot */
    bool by_address; /* VirtualDocumentRootIP */
    bool by_port;    /* the folder depends on the port, too */
} httpd_hosting;

/* One for the whole server (kept in the main server's record), but for
 * `hosting` and `print`, which each virtual host has for itself. */
typedef struct {
    httpd_hosting hosting;
    uint64_t print; /* see httpd_print.h */
    apr_size_t shared_memory;     /* bytes */
    unsigned max_connections;     /* per child; 0: auto */
    unsigned max_rooms;           /* 0: auto */
    apr_interval_time_t drain;    /* microseconds */
    unsigned drain_rate;          /* reconnects a second */
    const char *assets;           /* folder of the bundled pages */
    archive_settings archive;     /* without a driver: none */
    unsigned archive_ack;         /* ChatArchiveAck on: 1 */
    relay_settings relay;         /* ChatRedis; without a node: none */
} httpd_server_config;

/* The configuration that holds for a request, with defaults; never NULL. */
const httpd_dir_config *httpd_config_of(const request_rec *r);

/* The server-wide configuration (of the main server). */
const httpd_server_config *httpd_config_server(const server_rec *main_server);

#endif
