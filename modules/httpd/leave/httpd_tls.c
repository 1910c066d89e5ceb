/* httpd_tls.c - the SSL object of a connection; see httpd_tls.h. */
#include "httpd/leave/httpd_tls.h"

#ifdef HAVE_MOD_SSL_OPENSSL_H

#include <httpd.h>
#include <apr_optional_hooks.h>
#include <mod_ssl_openssl.h>

#include "httpd/leave/httpd_handoff.h"

/* Before mod_ssl registers its own cleanup of the connection's pool, so that
 * the hand-off's runs after it. */
static int note_ssl(conn_rec *c, SSL *ssl, int is_proxy)
{
    if (!is_proxy) {
        httpd_handoff_prepare(c)->ssl = ssl;
    }
    return OK;
}

void httpd_tls_register(void)
{
    APR_OPTIONAL_HOOK(ssl, pre_handshake, note_ssl, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

/* RFC 8446 5.2 (a byte for the type, a tag); RFC 5288 3 (also a nonce); RFC
 * 7905; RFC 5246 6.2.3.2. */
const char *httpd_tls_version(SSL *ssl, unsigned *record)
{
    enum { HEADER = 5, TYPE = 1, TAG = 16, NONCE = 8, PADDED = 16 + 32 + 8 };
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        *record = HEADER + TYPE + TAG;
    }
    else if (cipher && SSL_CIPHER_is_aead(cipher)) {
        bool stream = SSL_CIPHER_get_cipher_nid(cipher)
                      == NID_chacha20_poly1305;

        *record = HEADER + TAG + (stream ? 0 : NONCE);
    }
    else {
        *record = HEADER + PADDED;
    }
    return SSL_get_version(ssl);
}

const char *httpd_tls_missing(void)
{
    return "another module than mod_ssl serves its TLS";
}

#else

void httpd_tls_register(void)
{
}

const char *httpd_tls_version(SSL *ssl, unsigned *record)
{
    (void)ssl; /* there is none */
    *record = 0;
    return "TLS";
}

const char *httpd_tls_missing(void)
{
    return "mod_chatws was built without mod_ssl_openssl.h (Debian: "
           "apache2-ssl-dev)";
}

#endif
