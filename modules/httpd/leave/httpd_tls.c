/* httpd_tls.c - the SSL object of a connection; see httpd_tls.h. */
#include "httpd/leave/httpd_tls.h"

#include <openssl/ssl.h>

#include "httpd/httpd_connection.h"

#ifdef HAVE_MOD_SSL_OPENSSL_H

#include <apr_optional_hooks.h>
#include <mod_ssl_openssl.h>

/* Before mod_ssl registers its own cleanup of the connection's pool, so that
 * the record's runs after it. */
static int note_ssl(conn_rec *c, SSL *ssl, int is_proxy)
{
    if (!is_proxy) {
        httpd_connection_make(c)->ssl = ssl;
    }
    return OK;
}

void httpd_tls_register(void)
{
    APR_OPTIONAL_HOOK(ssl, pre_handshake, note_ssl, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

const char *httpd_tls_missing(void)
{
    return "another module than mod_ssl serves its TLS";
}

#else

void httpd_tls_register(void)
{
}

const char *httpd_tls_missing(void)
{
    return "mod_chatws was built without mod_ssl_openssl.h (Debian: "
           "apache2-ssl-dev)";
}

#endif

/* RFC 8446 5.2 (a byte for the type, a tag); RFC 5288 3 (also a nonce); RFC
 * 7905; RFC 5246 6.2.3.2. */
static unsigned record_overhead(const SSL *ssl)
{
    enum { HEADER = 5, TYPE = 1, TAG = 16, NONCE = 8, PADDED = 16 + 32 + 8 };
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        return HEADER + TYPE + TAG;
    }
    if (!cipher || !SSL_CIPHER_is_aead(cipher)) {
        return HEADER + PADDED;
    }
    return SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305
               ? HEADER + TAG
               : HEADER + TAG + NONCE;
}

httpd_tls_overhead httpd_tls_overhead_of(conn_rec *c)
{
    const httpd_connection *record = httpd_connection_of(c);
    httpd_tls_overhead around = { .version = NULL };
    loop_tcp_state now;

    if (record && record->ssl) {
        around.version = SSL_get_version(record->ssl);
        around.record = record_overhead(record->ssl);
    }
    if (loop_tcp_read(httpd_connection_fd(c), &now)) {
        around.packet = now.head;
    }
    return around;
}
