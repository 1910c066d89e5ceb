/* httpd_require.c - who may; see httpd_require.h. */
#include "httpd/config/httpd_require.h"

#include <string.h>

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_log.h>

#include "base/base_hash.h"

APLOG_USE_MODULE(chatws);

/* Whose the providers of httpd are, for who has not loaded them. */
static const struct {
    const char *name;
    const char *module;
} homes[] = {
    { "user", "authz_user" },        { "valid-user", "authz_user" },
    { "group", "authz_groupfile" },  { "ip", "authz_host" },
    { "host", "authz_host" },        { "forward-dns", "authz_host" },
    { "local", "authz_host" },       { "all", "authz_core" },
    { "env", "authz_core" },         { "expr", "authz_core" },
    { "method", "authz_core" },      { "dbm-group", "authz_dbm" },
    { "dbm-file-group", "authz_dbm" }, { "dbd-group", "authz_dbd" },
    { "file-owner", "authz_owner" }, { "file-group", "authz_owner" },
    { "ldap-user", "authnz_ldap" },  { "ldap-group", "authnz_ldap" },
    { "ldap-dn", "authnz_ldap" },    { "ldap-attribute", "authnz_ldap" },
    { "ldap-filter", "authnz_ldap" }, { "ldap-search", "authnz_ldap" },
};

static const char *why_unknown(apr_pool_t *pool, const char *name)
{
    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        if (ap_cstr_casecmp(homes[i].name, name) == 0) {
            return apr_psprintf(pool,
                                "\"%s\" needs mod_%s, which is not loaded: "
                                "load it (Debian: a2enmod %s)", name,
                                homes[i].module, homes[i].module);
        }
    }
    return apr_psprintf(pool,
                        "\"%s\" is no authorization provider that is loaded: "
                        "load the module that has it, or define the alias "
                        "above this line; for a user write \"user %s\"", name,
                        name);
}

/* As mod_authz_core does: an alias is known by its name while it is asked. */
static const char *parse_arguments(cmd_parms *cmd, httpd_require_line *line)
{
    const char *wrong;

    if (!line->provider->parse_require_line) {
        return NULL;
    }
    apr_pool_userdata_setn(line->name, AUTHZ_PROVIDER_NAME_NOTE,
                           apr_pool_cleanup_null, cmd->temp_pool);
    wrong = line->provider->parse_require_line(cmd, line->arguments,
                                               &line->parsed);
    apr_pool_userdata_setn(NULL, AUTHZ_PROVIDER_NAME_NOTE,
                           apr_pool_cleanup_null, cmd->temp_pool);
    return wrong;
}

const char *httpd_require_htaccess(const cmd_parms *cmd)
{
    /* httpd has no better sign of it (ap_check_cmd_context). */
    return cmd->pool == cmd->temp_pool ? cmd->directive->filename : NULL;
}

/* The sections around a directive as they are written, the outermost last; the
 * folder of an .htaccess file comes behind those in it. What stands outside of
 * any section but a virtual host holds for the whole site, and has none. */
static const char *describe_section(const cmd_parms *cmd)
{
    const char *file = httpd_require_htaccess(cmd);
    const char *section = "";

    for (const ap_directive_t *at = cmd->directive->parent; at;
         at = at->parent) {
        if (ap_cstr_casecmp(at->directive, "<VirtualHost") != 0) {
            section = apr_pstrcat(cmd->pool, section, at->directive, " ",
                                  at->args, "\n", NULL);
        }
    }
    if (file) {
        section = apr_pstrcat(cmd->pool, section,
                              ap_make_dirstr_parent(cmd->pool, file), NULL);
    }
    return section;
}

/* A virtual host is no section: what stands in it alone holds for the site. */
const void *httpd_require_block(const cmd_parms *cmd)
{
    const ap_directive_t *at = cmd->directive->parent;

    return !at || httpd_require_htaccess(cmd)
                   || ap_cstr_casecmp(at->directive, "<VirtualHost") == 0
               ? NULL : at;
}

bool httpd_require_with_role(const httpd_dir_config *config)
{
    const httpd_require *lines = config->moderators;

    return lines && lines->block && lines->block == config->role_block
           && !lines->htaccess;
}

static httpd_require *new_list(const cmd_parms *cmd)
{
    static const base_hash_key no_secret = { 0, 0 };
    httpd_require *made = apr_pcalloc(cmd->pool, sizeof(*made));
    const char *section = describe_section(cmd);

    made->lines = apr_array_make(cmd->pool, 2, sizeof(httpd_require_line));
    made->directive = cmd->cmd->name;
    made->htaccess = httpd_require_htaccess(cmd);
    made->block = httpd_require_block(cmd);
    made->section = base_hash(&no_secret, section, strlen(section)) | 1;
    return made;
}

/* The list that the directive's member points to. */
static httpd_require *list_of(httpd_arguments *given)
{
    void *at = (char *)given->record + given->directive->members[0].offset;
    httpd_require *list;

    memcpy(&list, at, sizeof(list));
    if (!list) {
        list = new_list(given->cmd);
        memcpy(at, &list, sizeof(list));
    }
    return list;
}

static bool read_line(httpd_arguments *given, httpd_require_line *line)
{
    const char *rest = given->line;

    line->name = ap_getword_conf(given->pool, &rest);
    if (ap_cstr_casecmp(line->name, "not") == 0) {
        line->negated = true;
        line->name = ap_getword_conf(given->pool, &rest);
    }
    line->arguments = rest;
    return line->name[0] != '\0';
}

bool httpd_require_parse(httpd_arguments *given)
{
    httpd_require_line line = { .negated = false };

    if (!given->cmd) {
        return true; /* the default: there is no line */
    }
    given->why = ap_check_cmd_context(given->cmd, NOT_IN_LIMIT);
    if (given->why || !read_line(given, &line)) {
        return false;
    }
    line.provider = ap_lookup_provider(AUTHZ_PROVIDER_GROUP, line.name,
                                       AUTHZ_PROVIDER_VERSION);
    given->why = line.provider && line.provider->check_authorization
                     ? parse_arguments(given->cmd, &line)
                     : why_unknown(given->pool, line.name);
    if (given->why) {
        return false;
    }
    APR_ARRAY_PUSH(list_of(given)->lines, httpd_require_line) = line;
    return true;
}
