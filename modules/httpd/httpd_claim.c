/* httpd_claim.c - whose request is it? See httpd_claim.h. */
#include "httpd/httpd_claim.h"

#include <string.h>

#include <http_config.h>
#include <http_core.h>
#include <http_request.h>

#include "httpd/httpd_config.h"
#include "httpd/httpd_room.h"
#include "ws/ws_handshake.h"

static httpd_role role_of(request_rec *r)
{
    return httpd_config_of(r)->role;
}

/* TRACE is httpd's own business, a forward proxy's request is for another
 * server, and `*` is no path. */
static int claimable(const request_rec *r)
{
    return r->uri && r->uri[0] == '/' && r->method_number != M_TRACE
           && r->proxyreq != PROXYREQ_PROXY;
}

/* The role by server configuration, <Location> and <If> alone. httpd has put
 * r->per_dir_config back to the server's; the walk of the locations is cached
 * in the request. */
static int find_role(request_rec *r, httpd_role *role)
{
    ap_conf_vector_t *base = r->per_dir_config;
    int status = ap_location_walk(r);

    *role = status == OK ? role_of(r) : HTTPD_ROLE_OFF;
    if (*role != HTTPD_ROLE_OFF) {
        status = ap_if_walk(r);
        *role = status == OK ? role_of(r) : HTTPD_ROLE_OFF;
    }
    r->per_dir_config = base;
    return status;
}

/* What <Directory>, <Files> and .htaccess say must hold for the chat as well: a
 * site that is closed by .htaccess must not have an open chat. A path that is
 * too long for a room is refused anyway, and could be too long for the file
 * system. */
static int walk_files(request_rec *r)
{
    int status;

    if (!r->filename || strncmp(r->filename, "proxy:", 6) == 0
        || strlen(r->uri) > HTTPD_ROOM_PATH_MOST) {
        return OK;
    }
    status = ap_directory_walk(r);
    return status == OK ? ap_file_walk(r) : status;
}

/* mod_rewrite's rules of a directory run at fixups; this request gets the
 * server's instead of those. The walk's result is shared, so it is copied. */
static void drop_rewrites(request_rec *r)
{
    module *rewrite = ap_find_linked_module("mod_rewrite.c");

    if (rewrite) {
        r->per_dir_config = ap_merge_per_dir_configs(
            r->pool, r->per_dir_config, ap_create_per_dir_config(r->pool));
        ap_set_module_config(
            r->per_dir_config, rewrite,
            ap_get_module_config(r->server->lookup_defaults, rewrite));
    }
}

static void take(request_rec *r)
{
    r->handler = HTTPD_CLAIM_HANDLER;
    r->proxyreq = PROXYREQ_NONE;
}

/* There is no file. But "no file" is what MultiViews and CheckSpelling look
 * for, and a directory is what DirectoryIndex looks for. */
static void forget_file(request_rec *r)
{
    memset(&r->finfo, 0, sizeof(r->finfo));
    r->finfo.filetype = APR_UNKFILE;
}

/* Whoever refuses an upgrade, be it an authentication module: the connection
 * ends, so that a proxy in between keeps no tunnel. */
static void close_after_handshake(request_rec *r)
{
    if (ws_handshake_asked(apr_table_get(r->headers_in, "Upgrade"))
        && !r->main && !r->connection->master) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}

int httpd_claim_storage(request_rec *r)
{
    httpd_role role;
    int status;

    if (!claimable(r)) {
        return DECLINED;
    }
    status = find_role(r, &role);
    if (status != OK) {
        return status;
    }
    if (role == HTTPD_ROLE_OFF) {
        return DECLINED;
    }
    close_after_handshake(r);
    take(r);
    status = walk_files(r);
    if (status != OK) {
        return status;
    }
    drop_rewrites(r);
    forget_file(r);
    return OK;
}

/* httpd has just set the log level of the subrequest's location. */
int httpd_claim_access(request_rec *r)
{
    if (r->main && r->main->handler
        && strcmp(r->main->handler, HTTPD_CLAIM_HANDLER) == 0) {
        r->log = r->main->log;
    }
    return DECLINED;
}

int httpd_claim_type(request_rec *r)
{
    if (role_of(r) == HTTPD_ROLE_OFF || !claimable(r)) {
        return DECLINED;
    }
    close_after_handshake(r);
    take(r);
    forget_file(r);
    return OK;
}

int httpd_claim_fixup(request_rec *r)
{
    if (role_of(r) == HTTPD_ROLE_OFF || !claimable(r)) {
        return DECLINED;
    }
    take(r);
    return OK;
}
