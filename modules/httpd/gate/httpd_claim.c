/* httpd_claim.c - whose request is it? See httpd_claim.h. */
#include "httpd/gate/httpd_claim.h"

#include <limits.h>
#include <string.h>

#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_require.h"
#include "ws/ws_handshake.h"

APLOG_USE_MODULE(chatws);

#define REWRITE "mod_rewrite.c"
#define OWNERS_KEY "mod_chatws:owners"

/* What httpd can join with the path of a folder, of up to 1 KB, and walk. */
#define URI_MOST (APR_PATH_MAX - 1024)
#define FILENAME_MOST (APR_PATH_MAX - 16)

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

/* The role by server configuration, <Location> and <If> alone, and the whole
 * configuration that these make. The walk of the locations is cached in the
 * request. */
static int find_role(request_rec *r, httpd_role *role,
                     ap_conf_vector_t **located)
{
    ap_conf_vector_t *base = r->per_dir_config;
    int status;

    r->per_dir_config = r->server->lookup_defaults;
    status = ap_location_walk(r);
    *role = status == OK ? role_of(r) : HTTPD_ROLE_OFF;
    if (*role != HTTPD_ROLE_OFF) {
        status = ap_if_walk(r);
        *role = status == OK ? role_of(r) : HTTPD_ROLE_OFF;
    }
    *located = r->per_dir_config;
    r->per_dir_config = base;
    return status;
}

/* The path as far as a file system can have it: each name cut down to
 * NAME_MAX, the whole to `most` bytes. Nothing can be beyond that, so the rules
 * of the shorter path are all that there are. httpd answers 403 for a longer
 * name, and skips every rule of a path that is too long to be walked. */
static char *within_limits(apr_pool_t *pool, const char *path, size_t most)
{
    char *fit = apr_palloc(pool, strlen(path) + 1);
    size_t size = 0;
    size_t name = 0;

    for (; *path && size < most; path++) {
        name = *path == '/' ? 0 : name + 1;
        if (name <= NAME_MAX) {
            fit[size++] = *path;
        }
    }
    fit[size] = '\0';
    return fit;
}

/* What <Directory>, <Files> and .htaccess say must hold for the chat as well: a
 * site that is closed by .htaccess must not have an open chat. */
static int walk_files(request_rec *r)
{
    int status;

    if (!r->filename || strncmp(r->filename, "proxy:", 6) == 0) {
        return OK;
    }
    if (strlen(r->filename) > NAME_MAX) {
        r->filename = within_limits(r->pool, r->filename, FILENAME_MOST);
    }
    status = ap_directory_walk(r);
    return status == OK ? ap_file_walk(r) : status;
}

/* Nobody but the server's owner has a say in who sees names there. */
static bool is_owners(ap_conf_vector_t *located)
{
    const httpd_dir_config *config = ap_get_module_config(located,
                                                          &chatws_module);

    return config->role == HTTPD_ROLE_STATUS
           && httpd_require_with_role(config);
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

int httpd_claim_translate(request_rec *r)
{
    ap_conf_vector_t *located;
    char *uri = r->uri;
    char *fit;
    httpd_role role;
    int status;

    if (!claimable(r) || strlen(uri) <= URI_MOST
        || find_role(r, &role, &located) != OK || role == HTTPD_ROLE_OFF) {
        return DECLINED;
    }
    /* All hooks of this phase run from here, this one among them; it declines
     * the shorter path. */
    fit = within_limits(r->pool, uri, URI_MOST);
    r->uri = fit;
    status = ap_run_translate_name(r);
    if (r->uri == fit) { /* no rule of the server's has made another of it */
        r->uri = uri;
    }
    return status;
}

int httpd_claim_storage(request_rec *r)
{
    ap_conf_vector_t *located;
    httpd_role role;
    int status;

    if (!claimable(r)) {
        return DECLINED;
    }
    status = find_role(r, &role, &located);
    if (status != OK) {
        return status;
    }
    if (role == HTTPD_ROLE_OFF) {
        return DECLINED;
    }
    close_after_handshake(r);
    take(r);
    if (is_owners(located)) {
        apr_pool_userdata_setn(r, OWNERS_KEY, NULL, r->pool);
        status = OK;
    }
    else {
        status = walk_files(r);
    }
    if (status == OK) {
        forget_file(r);
    }
    return status;
}

/* An internal redirect has the pool of the request before it. */
bool httpd_claim_is_owners(request_rec *r)
{
    void *claimed = NULL;

    apr_pool_userdata_get(&claimed, OWNERS_KEY, r->pool);
    return claimed == r && !r->prev && !r->main;
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

/* What the rules of mod_rewrite would answer, tried on a copy of the request:
 * they may rewrite it or set cookies, of which nothing stays. */
static int try_rewrites(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_fixups();
    request_rec copy = *r;

    copy.headers_in = apr_table_copy(r->pool, r->headers_in);
    copy.headers_out = apr_table_copy(r->pool, r->headers_out);
    copy.err_headers_out = apr_table_copy(r->pool, r->err_headers_out);
    copy.subprocess_env = apr_table_copy(r->pool, r->subprocess_env);
    copy.notes = apr_table_copy(r->pool, r->notes);
    for (int i = 0; i < hooks->nelts; i++) {
        const ap_LINK_fixups_t *hook
            = &APR_ARRAY_IDX(hooks, i, ap_LINK_fixups_t);

        if (strcmp(hook->szName, REWRITE) == 0) {
            return hook->pFunc(&copy);
        }
    }
    return DECLINED;
}

/* Lets mod_rewrite see the rules of `other` instead of those that the walk has
 * found. The walk's result is shared, so it is copied. */
static void replace_rewrites(request_rec *r, module *rewrite,
                             ap_conf_vector_t *other)
{
    r->per_dir_config = ap_merge_per_dir_configs(
        r->pool, r->per_dir_config, ap_create_per_dir_config(r->pool));
    ap_set_module_config(r->per_dir_config, rewrite,
                         ap_get_module_config(other, rewrite));
}

int httpd_claim_rewrite(request_rec *r)
{
    module *rewrite = ap_find_linked_module(REWRITE);
    ap_conf_vector_t *located;
    httpd_role role;
    void *none;
    int status = DECLINED;

    if (!rewrite || role_of(r) == HTTPD_ROLE_OFF || !claimable(r)) {
        return DECLINED;
    }
    /* No section has set anything as long as the record is the server's own. */
    none = ap_get_module_config(r->server->lookup_defaults, rewrite);
    if (ap_get_module_config(r->per_dir_config, rewrite) == none
        || find_role(r, &role, &located) != OK || role == HTTPD_ROLE_OFF) {
        return DECLINED;
    }
    if (ap_get_module_config(located, rewrite) == none) {
        status = try_rewrites(r);
    }
    replace_rewrites(r, rewrite, located);
    return ap_is_HTTP_ERROR(status) ? status : DECLINED;
}

int httpd_claim_fixup(request_rec *r)
{
    if (role_of(r) == HTTPD_ROLE_OFF || !claimable(r)) {
        return DECLINED;
    }
    take(r);
    return OK;
}
