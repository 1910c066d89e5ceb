/* httpd_page.c - rows 7 and 11; see httpd_page.h. */
#include "httpd/httpd_page.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "httpd/httpd_log.h"
#include "httpd/httpd_origin.h"
#include "httpd/httpd_person.h"
#include "httpd/httpd_plain.h"

/* The pages run their own script and talk to their own chat; nothing else, and
 * no script can set markup. */
#define PAGE_POLICY                                                       \
    "default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "img-src 'self'; connect-src 'self' ws: wss:; form-action 'self'; "   \
    "base-uri 'none'; frame-ancestors 'self'; "                           \
    "require-trusted-types-for 'script'; trusted-types 'none'"

#define ASSET_METHODS "GET, HEAD, OPTIONS"

/* Files with any other extension are not served. */
static const struct {
    const char *extension;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
};

/* The content type of FILE or FOLDER/FILE in plain characters, or NULL for any
 * other name: nothing outside of ChatAssets can be named. */
static const char *type_of(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    const char *file = name;
    const char *dot;

    if (name[strspn(name, plain)] == '/') {
        file += strspn(name, plain) + 1;
    }
    dot = strrchr(file, '.');
    if (!dot || name[0] == '.' || file[0] == '.' || file[strspn(file, plain)]) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(dot, types[i].extension) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

/* Opens a file of the folder and puts its facts into r->finfo. */
static apr_file_t *open_asset(request_rec *r, const char *name)
{
    const char *folder = httpd_config_server(ap_server_conf)->assets;
    apr_file_t *file = NULL;

    r->filename = apr_pstrcat(r->pool, folder, "/", name, NULL);
    if (apr_file_open(&file, r->filename, APR_FOPEN_READ | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, r->pool)
            != APR_SUCCESS
        || apr_file_info_get(&r->finfo, APR_FINFO_NORM, file) != APR_SUCCESS
        || r->finfo.filetype != APR_REG) {
        memset(&r->finfo, 0, sizeof(r->finfo));
        r->finfo.filetype = APR_UNKFILE;
        return NULL;
    }
    return file;
}

/* The answer to a condition goes through the filters like the file itself: a
 * cache asks also for visitors who have nothing yet, and fills it in there. But
 * mod_cache in this server would have to ask for each, so its copy saves
 * nothing, and with mod_cache_socache it is empty after the second question. */
static int send_file(request_rec *r, apr_file_t *file, const char *type,
                     bool conditional)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade
        = apr_brigade_create(r->pool, c->bucket_alloc);
    int status;

    apr_table_setn(r->subprocess_env, "no-cache", "1"); /* mod_cache's */
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    ap_set_content_type(r, type);
    ap_update_mtime(r, r->finfo.mtime);
    ap_set_last_modified(r);
    ap_set_etag(r);
    status = conditional ? ap_meets_conditions(r) : OK;
    if (status == OK) {
        ap_set_content_length(r, r->finfo.size);
        apr_brigade_insert_file(brigade, file, 0, r->finfo.size, r->pool);
    }
    else {
        r->status = status;
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
    (void)ap_pass_brigade(r->output_filters, brigade);
    return OK;
}

/* The folder lacks what every installation has. */
static int refuse_broken(request_rec *r)
{
    httpd_log_limited(r, APLOG_ERR, 0, "CW0641",
                      "cannot read %s; ChatAssets must name the folder of the "
                      "chat's pages, and httpd's user must be able to read it",
                      ap_escape_logitem(r->pool, r->filename));
    return httpd_answer_refuse(r, &(httpd_refusal){
        .error = CHAT_NOT_FOUND,
        .status = HTTP_INTERNAL_SERVER_ERROR,
        .sentence = "The chat's pages are not installed here: who runs this "
                    "server finds more in its error log." });
}

/* True when the bundled files are in the chat below that folder. httpd says so
 * of one: sections can match a URL in too many ways to be known here. */
static bool has_files(request_rec *r, const char *folder, size_t size)
{
    const char *path = apr_pstrcat(r->pool,
                                   apr_pstrmemdup(r->pool, folder, size),
                                   "/_chatws/icon.svg", NULL);
    request_rec *file = ap_sub_req_method_uri(
        "GET", ap_os_escape_path(r->pool, path, 1), r, NULL);
    bool found = httpd_config_of(file)->role == HTTPD_ROLE_ROOMS;

    ap_destroy_sub_req(file);
    return found;
}

/* True for "/chat" of <Location "/chat">: a page's files lie beside it, which
 * here is outside of the chat. The rooms are below. */
static bool is_prefix(request_rec *r)
{
    const char *name = strrchr(r->uri, '/');

    return !has_files(r, r->uri, (size_t)(name - r->uri))
           && has_files(r, r->uri, strlen(r->uri));
}

/* With two slashes in front it would be another host. */
static int send_below(request_rec *r)
{
    const char *path = r->uri + strspn(r->uri, "/") - 1;

    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, ap_escape_uri(r->pool, path), "/",
                               r->args ? "?" : "", r->args ? r->args : "",
                               NULL));
    httpd_answer_headers(r);
    ap_set_content_length(r, 0);
    r->status = HTTP_MOVED_TEMPORARILY;
    return OK;
}

int httpd_page_room(request_rec *r, const httpd_dir_config *config,
                    const httpd_room *room)
{
    const char *name = room->slash ? "rooms.html" : "room.html";
    httpd_person person;
    httpd_refusal why;
    apr_file_t *file;

    if (!httpd_person_find(r, config, NULL, &person, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    if (!room->slash && is_prefix(r)) {
        return send_below(r);
    }
    if (!room->slash && httpd_plain_asked(r)) {
        return httpd_plain_room(r, config, room, &person);
    }
    file = open_asset(r, name);
    if (!file) {
        return refuse_broken(r);
    }
    httpd_person_remember(r, &person);
    /* A cookie is one visitor's own, and a 304 would leave it in the copy that
     * a cache keeps for all. */
    apr_table_setn(r->headers_out, "Cache-Control",
                   person.cookie ? "private, no-cache" : "no-cache");
    apr_table_setn(r->headers_out, "Content-Security-Policy", PAGE_POLICY);
    apr_table_mergen(r->headers_out, "Vary", "Accept, Origin");
    return send_file(r, file, type_of(name), !person.cookie);
}

int httpd_page_asset(request_rec *r, const char *name)
{
    const char *type = type_of(name);
    apr_file_t *file;

    httpd_origin_open(r);
    if (r->method_number == M_OPTIONS) {
        return httpd_origin_preflight(r, ASSET_METHODS);
    }
    if (r->method_number != M_GET) {
        return httpd_answer_method(r, ASSET_METHODS);
    }
    file = type ? open_asset(r, name) : NULL;
    if (!file) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_NOT_FOUND });
    }
    if (strncmp(type, "text/html", strlen("text/html")) == 0) {
        apr_table_setn(r->headers_out, "Content-Security-Policy", PAGE_POLICY);
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-cache");
    return send_file(r, file, type, true);
}
