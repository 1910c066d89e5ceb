/* httpd_claim.h - whose request is it?
 *
 * A URL with a role is ours before anything else can take it: a front
 * controller in .htaccess, ProxyPass, DirectoryIndex, FallbackResource,
 * MultiViews, CheckSpelling. What <Directory>, <Files> and .htaccess say about
 * access still holds, but for a status page that shows names. Hooks of
 * mod_chatws.c; on the worker's thread.
 */
#ifndef CHATWS_HTTPD_CLAIM_H
#define CHATWS_HTTPD_CLAIM_H

#include <stdbool.h>

#include <httpd.h>

/* r->handler of a request that is ours. */
#define HTTPD_CLAIM_HANDLER "chatws"

/* translate_name, the first of all: a URL with a role from the server's
 * configuration or a <Location> that is longer than any path of the file system
 * is mapped as far as that can have it. The core answers 403, but it is 414 for
 * a room, and the other roles have no longest path. */
int httpd_claim_translate(request_rec *r);

/* map_to_storage, the first of all: claims a URL whose role comes from the
 * server's configuration or a <Location>. Of a status page whose section also
 * says who sees names no <Directory> and no .htaccess is read: an <If> of such
 * a file would come last, and say who is logged in. */
int httpd_claim_storage(request_rec *r);

/* Whether it was such a page, and asked for as it is: whoever sends the request
 * on from another URL may have changed its headers. */
bool httpd_claim_is_owners(request_rec *r);

/* access_checker, the first of all: a subrequest of ours, by which we ask
 * whether somebody may enter, logs what its request does. Decides nothing. */
int httpd_claim_access(request_rec *r);

/* type_checker, the first of all: sets the handler, also for a role that only
 * a <Directory> or .htaccess gives. For such a one rules of mod_rewrite hold
 * that redirect or forbid; those that name another file change nothing. */
int httpd_claim_type(request_rec *r);

/* fixups, the first of all: the rules of mod_rewrite in a <Directory> or
 * .htaccess send most URLs to a CMS's front controller, or to another spelling
 * of them, so they are set aside where a <Location> gives the role. What they
 * refuse ([F], [G], R=404) is refused here as well. A <Location> with rules of
 * its own replaces the folder's, as always. */
int httpd_claim_rewrite(request_rec *r);

/* fixups, the last of all: sets the handler again, after SetHandler and rules
 * that want another one. */
int httpd_claim_fixup(request_rec *r);

#endif
