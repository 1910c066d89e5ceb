/* httpd_archive.c - see httpd_archive.h. */
#include "httpd/config/httpd_archive.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <unixd.h>

#include "archive/archive.h"
#include "httpd/config/httpd_config.h"

APLOG_USE_MODULE(chatws);

#define FILE_DRIVER "sqlite3"

/* Whoever is in the group of the children may read what was said. */
#define FOLDER_MODE 0750

#define GROUPS_MOST 256

/* Whom the children run as. */
typedef struct {
    uid_t user;
    gid_t groups[GROUPS_MOST];
    int count;
} identity;

/* Why it can be no file, or NULL. */
static const char *folder_for_file(apr_pool_t *pool, const char *path)
{
    size_t size = strlen(path);
    struct stat info;
    bool slash = size > 0 && path[size - 1] == '/';

    return slash || (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
               ? apr_psprintf(pool, "%s is a folder: name a file in it, for "
                              "example %s%schat.db", path, path,
                              slash ? "" : "/")
               : NULL;
}

bool httpd_archive_parse(httpd_arguments *given)
{
    httpd_server_config *server = given->record;
    archive_settings *kept = &server->archive;
    char *why = apr_palloc(given->pool, HUGE_STRING_LEN);

    if (given->count != 2 || !*given->words[1]) {
        /* Without what was written: a password may be in it. */
        given->why = given->count > 2
                         ? "put quotes around what follows the driver, as in "
                           "pgsql \"host=localhost dbname=chat\"" : NULL;
        return false;
    }
    kept->driver = given->words[0];
    ap_str_tolower((char *)given->words[0]);
    kept->params = given->words[1];
    if (strcmp(kept->driver, FILE_DRIVER) == 0) {
        kept->params = ap_server_root_relative(given->pool,
                                                  given->words[1]);
    }
    if (!kept->params
        || !archive_check(given->cmd->server->process->pool, kept, why,
                          HUGE_STRING_LEN)) {
        given->why = kept->params ? why : NULL;
        return false;
    }
    if (strcmp(kept->driver, FILE_DRIVER) == 0) {
        given->why = folder_for_file(given->pool, kept->params);
    }
    return !given->why;
}

bool httpd_archive_parse_keep(httpd_arguments *given)
{
    act_settings *settings = &((httpd_dir_config *)given->record)->settings;
    int64_t keep;

    if (given->count != 1) {
        return false;
    }
    if (strcasecmp(given->words[0], "forever") == 0) {
        settings->archive_keep = INT64_MAX;
        return true;
    }
    if (!httpd_value_time(given->words[0], APR_USEC_PER_SEC,
                          INT64_C(36500) * 86400 * APR_USEC_PER_SEC, &keep)) {
        return false;
    }
    settings->archive_keep = keep / 1000;
    return true;
}

/* NULL: the archive is no file. */
static const char *file_of(const server_rec *server)
{
    const archive_settings *kept = &httpd_config_server(server)->archive;

    return kept->driver && strcmp(kept->driver, FILE_DRIVER) == 0
               ? kept->params : NULL;
}

static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    while (size > 0 && folder[size - 1] == '/') {
        size--;
    }
    return size > 0 && strncmp(path, folder, size) == 0
           && path[size] == '/';
}

int httpd_archive_check(apr_pool_t *pconf, apr_pool_t *plog,
                        apr_pool_t *ptemp, server_rec *server)
{
    const char *file = file_of(server);

    (void)pconf;
    (void)plog;
    (void)ptemp;
    if (file && httpd_config_server(server)->relay.node_count > 0) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     "CW0683: ChatArchive %s: this host writes there what is "
                     "said on all that share its ChatRedis, and only here "
                     "what is older than Redis keeps can be read; "
                     "PostgreSQL or MariaDB serve all hosts", file);
    }
    for (server_rec *one = file ? server : NULL; one; one = one->next) {
        const core_server_config *core
            = ap_get_core_module_config(one->module_config);

        if (core->ap_document_root && is_below(file, core->ap_document_root)) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, one,
                         "CW0661: ChatArchive %s is in the DocumentRoot %s: "
                         "everybody may download what was said; move it out, "
                         "for example to /var/lib/chatws", file,
                         core->ap_document_root);
        }
    }
    return OK;
}

/* Of a server that is not started as root they are who started it. */
static void find_children(identity *who)
{
    const char *name = ap_unixd_config.user_name;

    memset(who, 0, sizeof(*who));
    who->user = geteuid();
    if (who->user != 0) {
        who->count = getgroups(GROUPS_MOST - 1, who->groups);
        who->count = who->count < 0 ? 0 : who->count;
        who->groups[who->count++] = getegid();
        return;
    }
    who->user = ap_unixd_config.user_id;
    who->count = GROUPS_MOST;
    if (!name || *name == '#'
        || getgrouplist(name, ap_unixd_config.group_id, who->groups,
                        &who->count) < 0) {
        who->groups[0] = ap_unixd_config.group_id;
        who->count = 1;
    }
}

/* `need` as the last three bits of a mode. */
static bool may(const identity *who, const struct stat *info, mode_t need)
{
    unsigned shift = info->st_uid == who->user ? 6 : 0;

    for (int i = 0; i < who->count && shift == 0; i++) {
        shift = info->st_gid == who->groups[i] ? 3 : 0;
    }
    return who->user == 0 || ((info->st_mode >> shift) & need) == need;
}

/* What they cannot enter or write on the way to the file, or NULL. */
static const char *obstacle(apr_pool_t *pool, const identity *who,
                            const char *file)
{
    struct stat info;

    for (const char *at = strchr(file + 1, '/'); at; at = strchr(at + 1, '/')) {
        const char *folder = apr_pstrmemdup(pool, file, (size_t)(at - file));
        mode_t need = strchr(at + 1, '/') ? S_IXOTH : S_IXOTH | S_IWOTH;

        if (stat(folder, &info) != 0 || !may(who, &info, need)) {
            return folder;
        }
    }
    return stat(file, &info) == 0 && !may(who, &info, S_IROTH | S_IWOTH)
               ? file : NULL;
}

/* Only the last folder: more that is missing is a typo. Whoever owns the one
 * above may have put a link in its place meanwhile: that is not followed. */
static bool make_folder(server_rec *server, const identity *who,
                        const char *folder)
{
    struct stat info;

    if (stat(folder, &info) == 0 || errno != ENOENT) {
        return true;
    }
    if (mkdir(folder, FOLDER_MODE) != 0
        || (geteuid() == 0
            && lchown(folder, who->user, ap_unixd_config.group_id) != 0)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, errno, server,
                     "CW0662: cannot make the folder of ChatArchive: nothing "
                     "is archived; correct its name, or make it: "
                     "install -d -o %s -m 750 %s", ap_unixd_config.user_name,
                     folder);
        return false;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                 "CW0663: made the folder %s for ChatArchive", folder);
    return true;
}

/* Giving away a folder below one that cannot be entered would not help. */
static void tell_obstacle(apr_pool_t *pool, server_rec *server,
                          const char *file, const char *where)
{
    const char *user = ap_unixd_config.user_name;
    bool above = where != file && strchr(file + strlen(where) + 1, '/');
    const char *give
        = above ? "" : apr_psprintf(pool, "if that is for the archive alone: "
                                    "chown %s %s; else ", user, where);

    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                 "CW0664: httpd's user (%s) cannot %s %s, where ChatArchive "
                 "is: nothing is archived; %sname another place, such as "
                 "/var/lib/chatws/chat.db", user, above ? "enter" : "write",
                 where, give);
}

int httpd_archive_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *server)
{
    const char *file = file_of(server);
    const char *where;
    identity who;

    (void)pconf;
    (void)plog;
    /* The first pass of a start only checks. */
    if (!file
        || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    find_children(&who);
    if (!make_folder(server, &who, ap_make_dirstr_parent(ptemp, file))) {
        return OK;
    }
    where = obstacle(ptemp, &who, file);
    if (where) {
        tell_obstacle(ptemp, server, file, where);
    }
    return OK;
}
