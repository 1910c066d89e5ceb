/* httpd_directives.h - every directive there is: one table.
 *
 * It gives httpd the commands, the records their defaults and their merging,
 * the error messages their sentences, and the check of the documents what
 * DIRECTIVES.md has to say.
 */
#ifndef CHATWS_HTTPD_DIRECTIVES_H
#define CHATWS_HTTPD_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

/* For the module record, as all here. */
extern const command_rec httpd_directives[];

/* New records, with the defaults. */
void *httpd_directives_create_dir(apr_pool_t *pool, char *dir);
void *httpd_directives_create_server(apr_pool_t *pool, server_rec *server);

/* What `more`, an inner section, has set itself, and the rest of `base`. On a
 * worker's thread, too. */
void *httpd_directives_merge_dir(apr_pool_t *pool, void *base, void *more);

/* Gives `base`: server-wide directives stand in the main server only. */
void *httpd_directives_merge_server(apr_pool_t *pool, void *base, void *more);

#endif
