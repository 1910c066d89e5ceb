/* httpd_page.c - pages and their files; see httpd_page.h. */
#include "httpd/rows/httpd_page.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_person.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_log.h"
#include "httpd/assets/httpd_assets.h"
#include "httpd/rows/httpd_plain.h"
#include "httpd/assets/httpd_tree.h"

/* The pages run their own script and talk to their own chat; nothing else, and
 * no script can set markup. */
#define POLICY(ancestors)                                                 \
    "default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "img-src 'self'; connect-src 'self' ws: wss:; form-action 'self'; "   \
    "base-uri 'none'; frame-ancestors " ancestors "; "                    \
    "require-trusted-types-for 'script'; trusted-types 'none'"
#define PAGE_POLICY POLICY("'self'")

/* What can be done with a click is in no frame. */
#define STATUS_POLICY POLICY("'none'")

#define ASSET_METHODS "GET, HEAD, OPTIONS"

/* A page says in it whether `?rooms` lists them. */
#define LIST_MARK "@list@"

/* What the pages of a site name: below this folder it stays what it is, also
 * when a later release has another one without the folder (UPGRADING.md). */
#define PROMISED "v1/"

static const char *const promised[] = { "chatws.js", "chat-room.js",
                                        "chat-launcher.js",
                                        "chat-room.bundle.js" };

/* The status page's files are below its own URL, which is relative to that of
 * its folder; and its numbers. */
#define SELF_MARK "@self@"
#define TABLE_MARK "@table@"

/* Nothing below a version's name ever changes. */
#define FOR_EVER "max-age=31536000, immutable"

/* The codings whose filters mark our entity tag with theirs (mod_deflate,
 * mod_brotli, and what others wrote after them). */
static const char *const codings[] = { "-gzip\"", "-br\"", "-zstd\"" };

/* The value of If-None-Match as if it had not been marked: the tag that a
 * visitor got is of the coded file, and it is the same file (RFC 9110 8.8.3.3).
 */
static const char *without_codings(apr_pool_t *pool, const char *value)
{
    char *plain = apr_pstrdup(pool, value);

    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
        size_t size = strlen(codings[i]) - 1;
        char *at;

        while ((at = strstr(plain, codings[i])) != NULL) {
            memmove(at, at + size, strlen(at + size) + 1);
        }
    }
    return plain;
}

/* mod_deflate marks the tag of a file but not that of a 304 (mod_brotli marks
 * both), which has to be the one that the visitor has. */
static const char *tag_of_304(apr_pool_t *pool, const char *tag,
                              const char *asked)
{
    const char *marked = apr_psprintf(pool, "%.*s-gzip\"",
                                      (int)strlen(tag) - 1, tag);

    return strstr(asked, marked) ? marked : tag;
}

/* The visitor's own line stays, for the log. */
static int meets_conditions(request_rec *r, const char *tag)
{
    const char *value = apr_table_get(r->headers_in, "If-None-Match");
    int status;

    if (!value) {
        return ap_meets_conditions(r);
    }
    apr_table_setn(r->headers_in, "If-None-Match",
                   without_codings(r->pool, value));
    status = ap_meets_conditions(r);
    apr_table_setn(r->headers_in, "If-None-Match", value);
    if (status == HTTP_NOT_MODIFIED) {
        apr_table_setn(r->headers_out, "ETag",
                       tag_of_304(r->pool, tag, value));
    }
    return status;
}

/* Opens a file that is too large to be kept, unless it is another one by now.
 */
static apr_file_t *open_large(request_rec *r, const char *name,
                              const httpd_asset *asset)
{
    apr_file_t *file = NULL;
    apr_finfo_t info;

    r->filename = apr_pstrcat(r->pool,
                              httpd_config_server(ap_server_conf)->assets, "/",
                              name, NULL);
    if (apr_file_open(&file, r->filename, APR_FOPEN_READ | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, r->pool) != APR_SUCCESS
        || apr_file_info_get(&info, APR_FINFO_NORM, file) != APR_SUCCESS
        || info.filetype != APR_REG || (apr_size_t)info.size != asset->size
        || info.mtime != asset->written) {
        return NULL;
    }
    return file;
}

/* The answer to a condition goes through the filters like the file itself: a
 * cache asks also for visitors who have nothing yet, and fills it in there. But
 * mod_cache in this server would have to ask for each, so its copy saves
 * nothing, and with mod_cache_socache it is empty after the second question.
 * `file` is what is not in memory. */
static int send_asset(request_rec *r, const httpd_asset *asset,
                      apr_file_t *file, bool conditional)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *brigade
        = apr_brigade_create(r->pool, c->bucket_alloc);
    int status;

    apr_table_setn(r->subprocess_env, "no-cache", "1"); /* mod_cache's */
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "ETag", asset->tag);
    ap_set_content_type(r, asset->type);
    ap_update_mtime(r, asset->mtime);
    ap_set_last_modified(r);
    status = conditional ? meets_conditions(r, asset->tag) : OK;
    if (status != OK) {
        r->status = status;
    }
    else if (file) {
        ap_set_content_length(r, (apr_off_t)asset->size);
        apr_brigade_insert_file(brigade, file, 0, (apr_off_t)asset->size,
                                r->pool);
    }
    else {
        ap_set_content_length(r, (apr_off_t)asset->size);
        APR_BRIGADE_INSERT_TAIL(
            brigade, apr_bucket_pool_create(asset->body, asset->size, r->pool,
                                            c->bucket_alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
    (void)ap_pass_brigade(r->output_filters, brigade);
    return OK;
}

/* Fills in whether the rooms are listed. */
static void fill_page(request_rec *r, const httpd_dir_config *config,
                      httpd_asset *page)
{
    const char *mark = page->body ? strstr(page->body, LIST_MARK) : NULL;

    if (mark) {
        page->body = apr_pstrcat(
            r->pool,
            apr_pstrmemdup(r->pool, page->body,
                           (apr_size_t)(mark - page->body)),
            config->list ? "on" : "off", mark + strlen(LIST_MARK), NULL);
        page->size = strlen(page->body);
        page->tag = apr_psprintf(r->pool, "%.*s%s\"",
                                 (int)strlen(page->tag) - 1, page->tag,
                                 config->list ? "-list" : "");
    }
}

/* The folder lacks what every installation has. */
static int refuse_broken(request_rec *r, const char *name)
{
    r->filename = apr_pstrcat(r->pool,
                              httpd_config_server(ap_server_conf)->assets, "/",
                              name, NULL);
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

/* What is only made where there is a tool for it says so. */
static int refuse_absent(request_rec *r, const char *name)
{
    return httpd_answer_refuse(r, &(httpd_refusal){
        .error = CHAT_NOT_FOUND,
        .sentence = strcmp(name, "chat-room.bundle.js") == 0
                        ? "This file was not made: install esbuild, then "
                          "build and install mod_chatws again." : NULL });
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
    httpd_asset page;

    if (!httpd_person_find(r, config, room, NULL, &person, &why)
        || (!room->slash
            && !httpd_rights_admit(r, config, &room->key, &person, &why))) {
        return httpd_answer_refuse(r, &why);
    }
    if (!room->slash && is_prefix(r)) {
        return send_below(r);
    }
    if (!room->slash && httpd_plain_asked(r)) {
        return httpd_plain_room(r, config, room, &person);
    }
    if (!httpd_assets_find(NULL, name, r->pool, &page) || !page.body) {
        return refuse_broken(r, name);
    }
    httpd_person_remember(r, &person);
    /* A cookie is one visitor's own, and a 304 would leave it in the copy that
     * a cache keeps for all. */
    apr_table_setn(r->headers_out, "Cache-Control",
                   person.cookie ? "private, no-cache" : "no-cache");
    apr_table_setn(r->headers_out, "Content-Security-Policy", PAGE_POLICY);
    apr_table_mergen(r->headers_out, "Vary", "Accept, Origin");
    fill_page(r, config, &page);
    return send_asset(r, &page, NULL, !person.cookie);
}

/* The last segment of the path and a slash; nothing if it ends in one. */
static const char *self_of(request_rec *r)
{
    const char *name = strrchr(r->uri, '/') + 1;

    return *name == '\0'
               ? "" : ap_escape_html(r->pool,
                                     apr_pstrcat(r->pool,
                                                 ap_os_escape_path(r->pool,
                                                                   name, 0),
                                                 "/", NULL));
}

static void fill_status(const char *page, const char *self,
                        const base_bytes *table, base_bytes *html)
{
    const char *mark;

    while ((mark = strchr(page, '@')) != NULL) {
        base_bytes_append(html, page, (size_t)(mark - page));
        page = mark;
        if (strncmp(page, SELF_MARK, strlen(SELF_MARK)) == 0) {
            base_bytes_append_text(html, self);
            page += strlen(SELF_MARK);
        }
        else if (strncmp(page, TABLE_MARK, strlen(TABLE_MARK)) == 0) {
            base_bytes_append(html, table->data, table->len);
            page += strlen(TABLE_MARK);
        }
        else {
            base_bytes_append(html, page++, 1);
        }
    }
    base_bytes_append_text(html, page);
}

int httpd_page_status(request_rec *r, const base_bytes *table)
{
    base_bytes html = BASE_BYTES_INIT;
    httpd_asset page;
    int result;

    if (!httpd_assets_find(NULL, "status.html", r->pool, &page)
        || !page.body) {
        return DECLINED;
    }
    fill_status(page.body, self_of(r), table, &html);
    result = httpd_answer_html(r, HTTP_OK, STATUS_POLICY, &html);
    base_bytes_free(&html);
    return result;
}

/* A page has no version: what links to it from one finds it. */
static int send_up(request_rec *r, const char *name)
{
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, "../", name, r->args ? "?" : "",
                               r->args ? r->args : "", NULL));
    apr_table_setn(r->headers_out, "Cache-Control", "no-cache");
    ap_set_content_length(r, 0);
    r->status = HTTP_MOVED_TEMPORARILY;
    return OK;
}

/* Who has to log in to see a file does not want it kept where others ask; and
 * a cookie, of mod_usertrack say, is one visitor's own. */
static const char *caching_of(request_rec *r, bool versioned)
{
    if (!versioned) {
        return "no-cache";
    }
    return r->user || apr_table_get(r->headers_out, "Set-Cookie")
           || apr_table_get(r->err_headers_out, "Set-Cookie")
               ? "private, " FOR_EVER : "public, " FOR_EVER;
}

/* The name of what is promised, or NULL. */
static const char *promised_name(const char *path)
{
    const char *name = path + strlen(PROMISED);

    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
        if (strcmp(name, promised[i]) == 0) {
            return name;
        }
    }
    return NULL;
}

/* Such a module names others by "./v-HASH/", and has no other text: from the
 * folder below that is "../v-HASH/". */
static void lead_up(apr_pool_t *pool, httpd_asset *module)
{
    static const char down[] = "'./v-";
    apr_array_header_t *text = apr_array_make(pool, 32, sizeof(const char *));
    const char *rest = module->body;
    const char *at;

    while ((at = strstr(rest, down)) != NULL) {
        APR_ARRAY_PUSH(text, const char *)
            = apr_pstrmemdup(pool, rest, (apr_size_t)(at - rest));
        APR_ARRAY_PUSH(text, const char *) = "'../v-";
        rest = at + sizeof(down) - 1;
    }
    APR_ARRAY_PUSH(text, const char *) = rest;
    module->body = apr_array_pstrcat(pool, text, '\0');
    module->size = strlen(module->body);
}

int httpd_page_asset(request_rec *r, const char *path)
{
    size_t skip = httpd_assets_version(path);
    const char *version
        = skip ? apr_pstrmemdup(r->pool, path, skip - 1) : NULL;
    bool below = strncmp(path, PROMISED, strlen(PROMISED)) == 0;
    const char *name = below ? promised_name(path) : path + skip;
    const char *type = name ? httpd_tree_type(name) : NULL;
    bool page = type && strncmp(type, "text/html", 9) == 0;
    apr_file_t *file = NULL;
    httpd_asset asset;
    bool found;

    httpd_origin_open(r);
    if (r->method_number == M_OPTIONS) {
        return httpd_origin_preflight(r, ASSET_METHODS);
    }
    if (r->method_number != M_GET) {
        return httpd_answer_method(r, ASSET_METHODS);
    }
    found = type && httpd_assets_find(page ? NULL : version, name, r->pool,
                                      &asset);
    if (found && page && version) {
        return send_up(r, name);
    }
    if (found && !asset.body) {
        file = open_large(r, name, &asset);
    }
    if (!found || (!asset.body && !file)) {
        return refuse_absent(r, name ? name : path);
    }
    if (below && asset.body) {
        lead_up(r->pool, &asset);
    }
    if (page) {
        apr_table_setn(r->headers_out, "Content-Security-Policy", PAGE_POLICY);
        fill_page(r, httpd_config_of(r), &asset);
    }
    apr_table_setn(r->headers_out, "Cache-Control", caching_of(r, version));
    return send_asset(r, &asset, file, true);
}
