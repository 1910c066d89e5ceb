/* httpd_assets.c - versions of the bundled files; see httpd_assets.h. */
#include "httpd/assets/httpd_assets.h"

#include <grp.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <unixd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "httpd/assets/httpd_tree.h"

APLOG_USE_MODULE(chatws);

/* It ends in the form of httpd_tree, which a newer module may change. */
#define KEPT_KEY "mod_chatws:assets-1"

/* Versions that are kept. */
#define VERSIONS_MOST 4

/* Microseconds between two looks at the folder, also when somebody asks for
 * what is not known; and how long its files must have stayed the same. */
#define LOOK_EVERY 1000000
#define LOOK_ASKED 50000
#define SETTLED 2000000

/* How often the parent tries while the files change under its eyes. */
#define TRIES 3

/* What outlives a restart, in the process pool. */
typedef struct {
    httpd_tree *newest;
} kept_assets;

static struct {
    pthread_mutex_t looking; /* who has it looks at the folder, which may take
                              * its time; taken before the other */
    int64_t looked;
    pthread_mutex_t lock; /* guards the list, which only who looks changes */
    httpd_tree *newest; /* the one that is served; those before it follow */
    const char *folder;
    apr_time_t started; /* when this configuration was read */
} assets = { .looking = PTHREAD_MUTEX_INITIALIZER,
             .lock = PTHREAD_MUTEX_INITIALIZER };

static httpd_tree *find_version(const char *version)
{
    httpd_tree *tree = assets.newest;

    while (tree && strcmp(tree->version, version) != 0) {
        tree = tree->next;
    }
    return tree;
}

/* What was read before the fork stays: its pool is the parent's. */
static void discard(httpd_tree *tree)
{
    if (tree->reader == getpid()) {
        apr_pool_destroy(tree->pool);
    }
}

/* Takes a version out of the list. */
static void forget(const httpd_tree *tree)
{
    httpd_tree **link = &assets.newest;

    while (*link && *link != tree) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = tree->next;
    }
}

/* Makes it the one that is served. One of the same name is the same. With both
 * locks, or before there are threads. */
static void adopt(httpd_tree *tree)
{
    httpd_tree *known = find_version(tree->version);
    httpd_tree *last;

    if (tree->denied) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     "CW0643: %s/%s is not served: httpd's user must be able "
                     "to read all files there", assets.folder, tree->denied);
    }
    if (known) {
        known->state = tree->state;
        discard(tree);
        tree = known;
        forget(known);
    }
    tree->next = assets.newest;
    assets.newest = tree;
    last = tree;
    for (int i = 1; i < VERSIONS_MOST && last; i++) { /* the last to stay */
        last = last->next;
    }
    while (last && last->next) {
        httpd_tree *gone = last->next;

        last->next = gone->next;
        discard(gone);
    }
}

/* Nothing has changed for a while. A change in the future is of a clock that
 * was set since. */
static bool is_settled(const httpd_tree_state *state)
{
    apr_time_t age = apr_time_now() - state->changed;

    return age >= SETTLED || age < 0;
}

/* Reads the folder if it is another one. A version that another process has
 * named is taken as soon as it is there. By who is looking. */
static void look(const char *version, int64_t pause)
{
    int64_t now = base_clock_mono();
    httpd_tree_state state;
    httpd_tree *tree;
    apr_pool_t *scratch;
    bool good;

    if ((assets.looked && now - assets.looked < pause)
        || apr_pool_create(&scratch, NULL) != APR_SUCCESS) {
        return;
    }
    assets.looked = now;
    good = httpd_tree_look(assets.folder, scratch, &state);
    apr_pool_destroy(scratch);
    if (!good || (assets.newest
                  && state.signature == assets.newest->state.signature)
        || (assets.newest && !version && !is_settled(&state))) {
        return;
    }
    tree = httpd_tree_read(assets.folder, NULL);
    if (!tree) {
        return;
    }
    if (assets.newest && !is_settled(&state)
        && strcmp(tree->version, version) != 0) {
        discard(tree);
        return;
    }
    pthread_mutex_lock(&assets.lock);
    adopt(tree);
    pthread_mutex_unlock(&assets.lock);
}

/* True when there is that version (NULL: any). */
static bool is_known(const char *version)
{
    bool known;

    pthread_mutex_lock(&assets.lock);
    known = (version ? find_version(version) : assets.newest) != NULL;
    pthread_mutex_unlock(&assets.lock);
    return known;
}

/* Nobody waits for a slow disk who can go on with what there is. */
static void look_for(const char *version)
{
    bool known = is_known(version);

    if (!known) {
        pthread_mutex_lock(&assets.looking);
    }
    else if (pthread_mutex_trylock(&assets.looking) != 0) {
        return;
    }
    look(known ? NULL : version, version && !known ? LOOK_ASKED : LOOK_EVERY);
    pthread_mutex_unlock(&assets.looking);
}

/* The parent may be root, and a link in the folder may lead anywhere: it reads
 * what its children can, too. */
static httpd_tree *read_as_user(const char *folder, apr_pool_t *pool)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    bool other = user == 0 && ap_unixd_config.user_id != 0;
    int count = other ? getgroups(0, NULL) : 0;
    gid_t *groups = apr_pcalloc(pool, (apr_size_t)(count + 1) * sizeof(gid_t));
    bool regrouped;
    httpd_tree *tree;

    count = other ? getgroups(count, groups) : 0;
    regrouped = other && count >= 0
                && initgroups(ap_unixd_config.user_name,
                              ap_unixd_config.group_id) == 0;
    other = other && setegid(ap_unixd_config.group_id) == 0
            && seteuid(ap_unixd_config.user_id) == 0;
    tree = httpd_tree_read(folder, pool);
    BASE_CHECK(!other || seteuid(user) == 0);
    BASE_CHECK(getegid() == group || setegid(group) == 0);
    BASE_CHECK(!regrouped || setgroups((size_t)count, groups) == 0);
    return tree;
}

void httpd_assets_start(server_rec *server, const char *folder)
{
    kept_assets *kept = ap_retained_data_get(KEPT_KEY);
    httpd_tree *tree = NULL;

    if (!kept) {
        kept = ap_retained_data_create(KEPT_KEY, sizeof(*kept));
    }
    assets.folder = folder;
    assets.newest = kept->newest;
    assets.started = apr_time_now();
    for (int i = 0; i < TRIES && !tree; i++) {
        tree = read_as_user(folder, server->process->pool);
    }
    if (tree) {
        adopt(tree);
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                     "CW0642: the pages and their scripts are %s, from %s",
                     assets.newest->version, folder);
    }
    kept->newest = assets.newest;
}

size_t httpd_assets_version(const char *path)
{
    if (strncmp(path, "v-", 2) != 0
        || strspn(path + 2, "0123456789abcdef") != HTTPD_TREE_VERSION - 2
        || path[HTTPD_TREE_VERSION] != '/') {
        return 0;
    }
    return HTTPD_TREE_VERSION + 1;
}

/* What a name without a version gives depends on all files, and on what the
 * configuration puts into a page. */
static void fill(const httpd_tree *tree, const httpd_tree_file *file,
                 bool open, apr_pool_t *pool, httpd_asset *asset)
{
    bool made = open && file->open;
    const char *body = made ? file->open : file->body;

    asset->type = httpd_tree_type(file->name);
    asset->size = made ? file->open_size : file->size;
    asset->body = body ? apr_pmemdup(pool, body, asset->size + 1) : NULL;
    asset->written = file->mtime;
    asset->tag = apr_psprintf(pool, "\"%s\"", tree->version + 2);
    asset->mtime = tree->state.changed > assets.started ? tree->state.changed
                                                        : assets.started;
}

bool httpd_assets_find(const char *version, const char *name, apr_pool_t *pool,
                       httpd_asset *asset)
{
    const httpd_tree_file *file = NULL;
    httpd_tree *tree;

    look_for(version);
    pthread_mutex_lock(&assets.lock);
    tree = version ? find_version(version) : assets.newest;
    file = tree ? httpd_tree_find(tree, name) : NULL;
    if (file) {
        fill(tree, file, !version, pool, asset);
    }
    pthread_mutex_unlock(&assets.lock);
    return file != NULL;
}

const char *httpd_assets_current(apr_pool_t *pool)
{
    const char *version;

    look_for(NULL);
    pthread_mutex_lock(&assets.lock);
    version = assets.newest ? apr_pstrdup(pool, assets.newest->version) : "";
    pthread_mutex_unlock(&assets.lock);
    return version;
}
