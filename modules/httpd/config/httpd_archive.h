/* httpd_archive.h - ChatArchive: which database it is, and what would keep the
 * children from it.
 *
 * Used by the table of directives, and by hooks of mod_chatws.c in the parent.
 */
#ifndef CHATWS_HTTPD_ARCHIVE_H
#define CHATWS_HTTPD_ARCHIVE_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/config/httpd_arguments.h"

/* ChatArchive: a driver of apr_dbd that is there, and its parameters; of
 * sqlite3 the file, relative to ServerRoot. Nothing is opened. */
bool httpd_archive_parse(httpd_arguments *given);

/* ChatArchiveKeep: a time, `forever` or `off`. */
bool httpd_archive_parse_keep(httpd_arguments *given);

/* Hook check_config, for configtest too: warns when everybody could download
 * the file, and says that other hosts do not have it. */
int httpd_archive_check(apr_pool_t *pconf, apr_pool_t *plog,
                        apr_pool_t *ptemp, server_rec *server);

/* Hook post_config: makes the folder of the file for the user of the children,
 * or says what that user cannot enter or write. */
int httpd_archive_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *server);

#endif
