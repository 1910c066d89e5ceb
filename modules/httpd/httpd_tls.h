/* httpd_tls.h - the SSL object of a connection that mod_ssl serves.
 *
 * mod_ssl need not be loaded; built without its header, no connection has one.
 */
#ifndef CHATWS_HTTPD_TLS_H
#define CHATWS_HTTPD_TLS_H

/* Registers the hook that mod_ssl calls before each handshake. With the other
 * hooks of mod_chatws.c. */
void httpd_tls_register(void);

/* A sentence for the log: why a TLS connection has no SSL object for us. */
const char *httpd_tls_missing(void);

#endif
