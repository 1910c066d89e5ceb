/* httpd_tree.h - the bundled files at one moment: a version of them.
 *
 * All that ChatAssets holds is read at once, so that whatever is served under a
 * version's name belongs together, also while an upgrade replaces the files.
 * Used by httpd_assets, which knows which versions there are. A tree lives in a
 * pool of its own and never changes; any thread may read it. It outlives the
 * module, which a reload loads anew: nothing in it points to what is not in its
 * pool.
 */
#ifndef CHATWS_HTTPD_TREE_H
#define CHATWS_HTTPD_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <apr_pools.h>
#include <apr_time.h>

/* "v-" and 16 hex digits. */
#define HTTPD_TREE_VERSION 18

/* What a page says where its version goes. */
#define HTTPD_TREE_MARK "@version@"

typedef struct {
    const char *name; /* FILE or FOLDER/FILE */
    apr_size_t size;
    apr_time_t mtime;
    const char *body;  /* NULL: too large to be kept, it is in the folder */
    const char *open;  /* what its name without a version gives, if that is
                          something else: see httpd_tree_read */
    apr_size_t open_size;
} httpd_tree_file;

/* What can be seen of a folder without reading its files. */
typedef struct {
    uint64_t signature; /* of names, sizes, times and inodes */
    apr_time_t changed; /* when the newest change was made */
} httpd_tree_state;

typedef struct httpd_tree httpd_tree;

struct httpd_tree {
    httpd_tree *next; /* httpd_assets' list */
    apr_pool_t *pool;
    pid_t reader; /* the process whose pool it is */
    httpd_tree_state state;
    char version[HTTPD_TREE_VERSION + 1];
    httpd_tree_file *files; /* sorted by name */
    int count;
    const char *denied; /* one that may not be read and is left out, or NULL */
};

/* The content type of FILE or FOLDER/FILE in plain characters, or NULL for any
 * other name: nothing outside of the folder can be named. */
const char *httpd_tree_type(const char *name);

/* Looks at the folder; false when it cannot be read or has nothing to serve. */
bool httpd_tree_look(const char *folder, apr_pool_t *scratch,
                     httpd_tree_state *state);

/* Reads the folder into a new pool, below `parent`. NULL when it cannot be
 * read, or was changed meanwhile.
 *
 * A page (.html) has its version filled in, and for each line with a
 * modulepreload one for all that this module imports. A module (.js) without a
 * version exports what the one with the version exports, and imports at once
 * all that this would import one after the other. */
httpd_tree *httpd_tree_read(const char *folder, apr_pool_t *parent);

/* The file of that name, or NULL. */
const httpd_tree_file *httpd_tree_find(const httpd_tree *tree,
                                       const char *name);

#endif
