/* httpd_site.h - which site a request is for.
 *
 * A virtual host is one site, known by its ServerName. But one that serves many
 * customers, with a folder for each name (VirtualDocumentRoot) or with a
 * wildcard in ServerAlias, is as many sites as it is asked by names: what the
 * .htaccess of one customer guards must not be reached through another's.
 * Rooms, and what a verified name may do, belong to the site.
 */
#ifndef CHATWS_HTTPD_SITE_H
#define CHATWS_HTTPD_SITE_H

#include <httpd.h>

/* Longest name of a site in bytes. */
#define HTTPD_SITE_MOST 255

/* The ServerName of the request's virtual host in lower case, in its pool. */
char *httpd_site_server(request_rec *r);

/* The name of the request's site, in its pool: the ServerName in lower case;
 * for one of many sites a space and the requested host behind it, also in
 * lower case, without port and the dot at its end. With VirtualDocumentRootIP,
 * which does not look at Host, the address that was connected to takes its
 * place. A name that is too long is "#" and its SHA-256. No LF is in it. On the
 * worker's thread. */
const char *httpd_site_of(request_rec *r);

/* Hook of mod_chatws.c, post_config: finds out which virtual hosts serve many
 * sites. */
int httpd_site_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server);

#endif
