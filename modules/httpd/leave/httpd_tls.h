/* httpd_tls.h - the SSL object of a connection that mod_ssl serves.
 *
 * mod_ssl need not be loaded; built without its header, no connection has one.
 */
#ifndef CHATWS_HTTPD_TLS_H
#define CHATWS_HTTPD_TLS_H

#include <openssl/ssl.h>

/* Registers the hook that mod_ssl calls before each handshake. With the other
 * hooks of mod_chatws.c. */
void httpd_tls_register(void);

/* The version's name ("TLSv1.3"), and in *record the bytes that it adds to each
 * record; of the old ciphers with padding about that. */
const char *httpd_tls_version(SSL *ssl, unsigned *record);

/* A sentence for the log: why a TLS connection has no SSL object for us. */
const char *httpd_tls_missing(void);

#endif
