/* httpd_print.h - a print of the configuration that holds for a virtual host:
 * with the same print a request would be answered in the same way.
 *
 * All that is outside of virtual hosts counts, and the host's own section, with
 * the keys that sign tokens; not where it stands, nor other hosts' sections.
 */
#ifndef CHATWS_HTTPD_PRINT_H
#define CHATWS_HTTPD_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

/* In the parent, when each virtual host has its record. */
void httpd_print_post_config(server_rec *main_server, apr_pool_t *ptemp);

/* The print that holds for the requests of a server. */
uint64_t httpd_print_of(const server_rec *server);

/* True when one of these servers, from the main one on, has this print. */
bool httpd_print_known(const server_rec *main_server, uint64_t print);

#endif
