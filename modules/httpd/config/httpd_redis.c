/* httpd_redis.c - see httpd_redis.h. */
#include "httpd/config/httpd_redis.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_secret.h"
#include "relay/relay.h"

APLOG_USE_MODULE(chatws);

/* What made a line of the password is no part of it. */
static bool read_password(httpd_arguments *given, relay_settings *kept)
{
    const char *path = ap_server_root_relative(given->pool, kept->file);
    char data[RELAY_PASSWORD_MOST + 2];
    size_t size;

    if (!path
        || !httpd_secret_read(given, path, data, sizeof(data), &size)) {
        return false;
    }
    if (size > 0 && data[size - 1] == '\n') {
        size--;
    }
    if (size == 0 || size > RELAY_PASSWORD_MOST || memchr(data, '\0', size)
        || memchr(data, '\n', size)) {
        given->why = apr_psprintf(given->pool, "%s is no password: it is one "
                                  "line of 1 to %d bytes", path,
                                  RELAY_PASSWORD_MOST);
        return false;
    }
    memcpy(kept->password, data, size);
    kept->password[size] = '\0';
    return true;
}

/* Never with what was written: a password may be in it. */
bool httpd_redis_parse(httpd_arguments *given)
{
    relay_settings *kept = &((httpd_server_config *)given->record)->relay;
    char *why = apr_pcalloc(given->pool, HUGE_STRING_LEN);

    if (!relay_url_parse(given->words, (size_t)given->count, kept, why,
                         HUGE_STRING_LEN)
        || !relay_available(kept, why, HUGE_STRING_LEN)) {
        given->why = why;
        return false;
    }
    return !*kept->file || read_password(given, kept);
}

static bool is_here(const relay_node *node)
{
    return node->port == 0 || strcasecmp(node->host, "localhost") == 0
           || strcmp(node->host, "::1") == 0
           || strncmp(node->host, "127.", strlen("127.")) == 0;
}

/* The first that others can reach; NULL: none. */
static const relay_node *find_open(const relay_settings *kept)
{
    for (unsigned i = 0; !*kept->password && i < kept->node_count; i++) {
        if (!is_here(&kept->nodes[i])) {
            return &kept->nodes[i];
        }
    }
    return NULL;
}

static bool is_named(const ap_directive_t *line)
{
    while (line && strcasecmp(line->directive, "ServerName") != 0) {
        line = line->next;
    }
    return line != NULL;
}

/* A virtual host that is called as this machine is; without any, NULL. */
static const ap_directive_t *find_nameless(const ap_directive_t *line)
{
    while (line && (strcasecmp(line->directive, "<VirtualHost") != 0
                    || is_named(line->first_child))) {
        line = line->next;
    }
    return line;
}

/* Other hosts have other names: each would be a chat of its own. */
static void tell_nameless(apr_pool_t *pool, const server_rec *server)
{
    const ap_directive_t *site = find_nameless(ap_conftree);
    const char *which = "the server";

    if (is_named(ap_conftree) || (!site && server->next)) {
        return;
    }
    if (site) {
        which = apr_pstrcat(pool, site->directive, " ", site->args, " in ",
                            site->filename, NULL);
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "CW0684: ChatRedis, but %s has no ServerName: its rooms "
                 "belong to the name of this machine, and are other rooms on "
                 "other machines; give it one, the same on all hosts", which);
}

int httpd_redis_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *server)
{
    const httpd_server_config *config = httpd_config_server(server);
    const relay_node *open = find_open(&config->relay);

    (void)pconf;
    (void)plog;
    if (config->relay.node_count > 0) {
        tell_nameless(ptemp, server);
    }
    if (open) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CW0682: ChatRedis has no password for %s: if that Redis "
                     "asks for none, whoever reaches it reads and changes the "
                     "whole chat; give it one (requirepass, and password=FILE "
                     "here)", open->host);
    }
    return OK;
}
