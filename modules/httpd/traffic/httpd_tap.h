/* httpd_tap.h - sees what TLS carries, for httpd_traffic.
 *
 * A filter of the connection, between what speaks HTTP and mod_ssl. It counts
 * bytes, and over HTTP/2 tells httpd_streams of each frame; it changes nothing.
 * Plain HTTP/1.1 does not need it: there it only passes on.
 */
#ifndef CHATWS_HTTPD_TAP_H
#define CHATWS_HTTPD_TAP_H

#include <httpd.h>

/* Registers the filters; with the hooks of mod_chatws.c. */
void httpd_tap_register(void);

/* A connection begins; it has its record (httpd_connection.h). */
void httpd_tap_add(conn_rec *c);

#endif
