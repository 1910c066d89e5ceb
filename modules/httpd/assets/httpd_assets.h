/* httpd_assets.h - which versions of the bundled files there are.
 *
 * The parent reads ChatAssets at each start and reload, and its children share
 * what it has read. A child looks at most once a second whether the files are
 * others, and reads them when they have been the same for two seconds: an
 * upgrade is one step, however long its files take. The versions before are
 * kept for pages that are still open. Used by httpd_page. Any thread.
 */
#ifndef CHATWS_HTTPD_ASSETS_H
#define CHATWS_HTTPD_ASSETS_H

#include <stdbool.h>

#include <httpd.h>

/* A file as it is sent; all in the request's pool. */
typedef struct {
    const char *type;
    const char *tag;  /* entity tag */
    apr_time_t mtime; /* when it, or what it leads to, changed */
    const char *body; /* NULL: it is in the folder */
    apr_size_t size;
    apr_time_t written; /* its own time in the folder */
} httpd_asset;

/* In the parent, before it makes children. */
void httpd_assets_start(server_rec *server, const char *folder);

/* The size of the name of a version and its slash at the front of a path below
 * `_chatws/`; 0 when there is none. */
size_t httpd_assets_version(const char *path);

/* A file, FILE or FOLDER/FILE, of a version (NULL: as its name alone gives it
 * now). False when there is no such file, or the version is not known here. */
bool httpd_assets_find(const char *version, const char *name, apr_pool_t *pool,
                       httpd_asset *asset);

/* The name of the version that is served now; "" when there is none. */
const char *httpd_assets_current(apr_pool_t *pool);

#endif
