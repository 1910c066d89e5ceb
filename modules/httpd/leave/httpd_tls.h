/* httpd_tls.h - the SSL object of a connection that mod_ssl serves.
 *
 * mod_ssl need not be loaded; built without its header, no connection has one.
 */
#ifndef CHATWS_HTTPD_TLS_H
#define CHATWS_HTTPD_TLS_H

#include <httpd.h>

/* What every message of a connection has around it. */
typedef struct {
    const char *version; /* of TLS ("TLSv1.3"); NULL: plain */
    unsigned record;     /* bytes that TLS adds to a record; of the old ciphers
                          * with padding about that */
    unsigned packet;     /* bytes of IP and TCP headers of a packet */
} httpd_tls_overhead;

/* Registers the hook that mod_ssl calls before each handshake. With the other
 * hooks of mod_chatws.c. */
void httpd_tls_register(void);

/* A sentence for the log: why a TLS connection has no SSL object for us. */
const char *httpd_tls_missing(void);

/* Of the client's connection: over HTTP/2 not that of a stream. Its thread. */
httpd_tls_overhead httpd_tls_overhead_of(conn_rec *c);

#endif
