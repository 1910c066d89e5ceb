/* httpd_site.c - which site a request is for; see httpd_site.h. */
#include "httpd/gate/httpd_site.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/evp.h>
#include <util_cfgtree.h>

#include "httpd/config/httpd_config.h"

APLOG_USE_MODULE(chatws);

/* How the last directive of a virtual host chooses a folder. mod_vhost_alias
 * tells nobody, so it is read from the configuration as httpd has parsed it:
 * files are included there, and sections that do not hold are left out. */
static void read_directive(apr_pool_t *pool, const ap_directive_t *directive,
                           httpd_hosting *hosting)
{
    const char *args = directive->args;
    const char *map;
    bool by_address;

    by_address = ap_cstr_casecmp(directive->directive,
                                 "VirtualDocumentRootIP") == 0;
    if (!by_address
        && ap_cstr_casecmp(directive->directive, "VirtualDocumentRoot") != 0) {
        return;
    }
    map = ap_getword_conf(pool, &args);
    hosting->by_host = !by_address && ap_cstr_casecmp(map, "none") != 0;
    hosting->by_address = by_address && ap_cstr_casecmp(map, "none") != 0;
    hosting->by_port = strstr(map, "%p") != NULL;
}

static httpd_hosting read_directives(apr_pool_t *pool,
                                     const ap_directive_t *first,
                                     httpd_hosting hosting)
{
    for (const ap_directive_t *at = first; at; at = at->next) {
        read_directive(pool, at, &hosting);
    }
    return hosting;
}

/* The server_rec knows where its section stands. */
static const ap_directive_t *find_section(const server_rec *server)
{
    for (const ap_directive_t *at = ap_conftree; at; at = at->next) {
        if (ap_cstr_casecmp(at->directive, "<VirtualHost") == 0
            && server->defn_name && strcmp(at->filename, server->defn_name) == 0
            && at->line_num == (int)server->defn_line_number) {
            return at;
        }
    }
    return NULL;
}

int httpd_site_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server)
{
    httpd_server_config *config = ap_get_module_config(server->module_config,
                                                       &chatws_module);

    (void)plog;
    /* Virtual hosts share the main server's record until here, as server-wide
     * directives may not stand in them. */
    config->hosting = read_directives(ptemp, ap_conftree,
                                      (httpd_hosting){ .by_host = false });
    for (server_rec *at = server->next; at; at = at->next) {
        const ap_directive_t *section = find_section(at);
        httpd_server_config *own = apr_pmemdup(pconf, config, sizeof(*own));

        if (section) {
            own->hosting = read_directives(ptemp, section->first_child,
                                           config->hosting);
        }
        ap_set_module_config(at->module_config, &chatws_module, own);
    }
    return OK;
}

static bool is_named(const server_rec *server, const char *host)
{
    if (strcasecmp(host, server->server_hostname) == 0) {
        return true;
    }
    for (int i = 0; server->names && i < server->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(server->names, i, const char *);

        if (name && strcasecmp(host, name) == 0) {
            return true;
        }
    }
    return false;
}

/* As httpd looks for the virtual host: wildcards after names. */
static bool is_wild(const server_rec *server, const char *host)
{
    if (is_named(server, host)) {
        return false;
    }
    for (int i = 0; server->wild_names && i < server->wild_names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(server->wild_names, i, const char *);

        if (name && ap_strcasecmp_match(host, name) == 0) {
            return true;
        }
    }
    return false;
}

/* With UseCanonicalName DNS the folder is chosen by the name of the address
 * that was connected to, whatever Host says. */
static bool by_dns(const server_rec *server)
{
    const core_dir_config *core
        = ap_get_core_module_config(server->lookup_defaults);

    return core->use_canonical_name == USE_CANONICAL_NAME_DNS;
}

/* What tells the site from others of the same virtual host, or NULL. */
static const char *find_host(request_rec *r)
{
    const httpd_server_config *config
        = ap_get_module_config(r->server->module_config, &chatws_module);
    const httpd_hosting *hosting = &config->hosting;
    const char *host = r->hostname;

    if (hosting->by_address || (hosting->by_host && by_dns(r->server))) {
        host = r->connection->local_ip;
    }
    else if (!host || !*host
             || (!hosting->by_host && !is_wild(r->server, host))) {
        host = NULL;
    }
    if (!hosting->by_port) {
        return host;
    }
    return apr_psprintf(r->pool, "%s:%u", host ? host : "",
                        (unsigned)ap_get_server_port(r));
}

/* A ServerName has no "#", and nobody finds two names with one digest. */
static const char *shorten(apr_pool_t *pool, const char *site)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    char *hex = apr_palloc(pool, 2 * sizeof(digest) + 2);

    if (EVP_Digest(site, strlen(site), digest, &size, EVP_sha256(), NULL)
        != 1) {
        size = 0;
    }
    strcpy(hex, "#");
    for (unsigned i = 0; i < size; i++) {
        apr_snprintf(hex + 1 + 2 * i, 3, "%02x", digest[i]);
    }
    return hex;
}

char *httpd_site_server(request_rec *r)
{
    const char *name = r->server->server_hostname;
    char *lower = apr_pstrdup(r->pool, name ? name : "");

    ap_str_tolower(lower);
    return lower;
}

const char *httpd_site_of(request_rec *r)
{
    const char *host = find_host(r);
    char *site = httpd_site_server(r);

    if (host) {
        size_t size = strlen(host);

        /* "a.test." is the same host. */
        size -= size > 0 && host[size - 1] == '.';
        host = apr_pstrmemdup(r->pool, host, size);
        if (strcasecmp(host, site) != 0) {
            site = apr_pstrcat(r->pool, site, " ", host, NULL);
            ap_str_tolower(site);
        }
    }
    return strlen(site) > HTTPD_SITE_MOST ? shorten(r->pool, site) : site;
}
