/* httpd_print.c - see httpd_print.h. */
#include "httpd/config/httpd_print.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_config.h>
#include <util_cfgtree.h>

#include "base/base_bytes.h"
#include "base/base_hash.h"
#include "httpd/config/httpd_config.h"

APLOG_USE_MODULE(chatws);

/* The longest file of a key. */
#define FILE_MOST 65536

static const base_hash_key no_secret;

static bool is_host(const ap_directive_t *at)
{
    return ap_cstr_casecmp(at->directive, "<VirtualHost") == 0;
}

/* With its NUL, so that two are not the same as one. */
static void add_text(base_bytes *out, const char *text)
{
    base_bytes_append(out, text ? text : "", strlen(text ? text : "") + 1);
}

/* What the file of a ChatTokenKey has now, as httpd has just read it. */
static void add_file(base_bytes *out, const char *args, apr_pool_t *pool)
{
    const char *path = ap_server_root_relative(
        pool, ap_getword_conf(pool, &args));
    apr_file_t *file;
    apr_size_t size = 0;

    if (path && apr_file_open(&file, path, APR_FOPEN_READ, 0, pool)
                    == APR_SUCCESS) {
        base_bytes_reserve(out, FILE_MOST);
        (void)apr_file_read_full(file, out->data + out->len, FILE_MOST, &size);
        out->len += size;
        apr_file_close(file);
    }
}

static void add_directive(base_bytes *out, const ap_directive_t *at,
                          apr_pool_t *pool)
{
    add_text(out, at->directive);
    add_text(out, at->args);
    if (at->args && ap_cstr_casecmp(at->directive, "ChatTokenKey") == 0) {
        add_file(out, at->args, pool);
    }
}

/* All of a section and of those in it, each with its end. */
static void add_section(base_bytes *out, const ap_directive_t *first,
                        apr_pool_t *pool, bool hosts)
{
    for (const ap_directive_t *at = first; at; at = at->next) {
        if (!hosts && is_host(at)) {
            continue;
        }
        add_directive(out, at, pool);
        if (at->first_child) {
            add_section(out, at->first_child, pool, hosts);
        }
        add_text(out, "/");
    }
}

/* The server_rec knows where its section stands. */
static const ap_directive_t *find_section(const server_rec *server)
{
    for (const ap_directive_t *at = ap_conftree; at; at = at->next) {
        if (is_host(at) && server->defn_name
            && strcmp(at->filename, server->defn_name) == 0
            && at->line_num == (int)server->defn_line_number) {
            return at;
        }
    }
    return NULL;
}

/* Of a host whose section is not found, all counts. */
static uint64_t print_of(const server_rec *server, uint64_t common,
                         apr_pool_t *pool)
{
    const ap_directive_t *section = find_section(server);
    base_bytes text = BASE_BYTES_INIT;
    uint64_t print;

    base_bytes_append(&text, &common, sizeof(common));
    if (section) {
        add_text(&text, section->args);
        add_section(&text, section->first_child, pool, true);
    }
    else {
        add_section(&text, ap_conftree, pool, true);
    }
    print = base_hash(&no_secret, text.data, text.len);
    base_bytes_free(&text);
    return print;
}

/* What all have in common, with the modules that are there. */
static uint64_t print_common(apr_pool_t *pool)
{
    base_bytes text = BASE_BYTES_INIT;
    uint64_t print;

    add_text(&text, CHATWS_VERSION);
    for (const module *at = ap_top_module; at; at = at->next) {
        add_text(&text, at->name);
    }
    add_section(&text, ap_conftree, pool, false);
    print = base_hash(&no_secret, text.data, text.len);
    base_bytes_free(&text);
    return print;
}

static httpd_server_config *record_of(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &chatws_module);
}

void httpd_print_post_config(server_rec *main_server, apr_pool_t *ptemp)
{
    uint64_t common = print_common(ptemp);

    record_of(main_server)->print = common;
    for (server_rec *at = main_server->next; at; at = at->next) {
        record_of(at)->print = print_of(at, common, ptemp);
    }
}

uint64_t httpd_print_of(const server_rec *server)
{
    return record_of(server)->print;
}

bool httpd_print_known(const server_rec *main_server, uint64_t print)
{
    for (const server_rec *at = main_server; at; at = at->next) {
        if (record_of(at)->print == print) {
            return true;
        }
    }
    return false;
}
