/* httpd_tls.c - the SSL object of a connection; see httpd_tls.h. */
#include "httpd/httpd_tls.h"

#ifdef HAVE_MOD_SSL_OPENSSL_H

#include <httpd.h>
#include <apr_optional_hooks.h>
#include <mod_ssl_openssl.h>

#include "httpd/httpd_handoff.h"

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
