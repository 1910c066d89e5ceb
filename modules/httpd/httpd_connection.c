/* httpd_connection.c - see httpd_connection.h. */
#include "httpd/httpd_connection.h"

#include <apr_portable.h>
#include <http_config.h>
#include <http_core.h>
#include <http_ssl.h>

#include "httpd/httpd_life.h"

APLOG_USE_MODULE(chatws);

/* httpd has let go of the connection. Over TLS this runs after mod_ssl's own
 * cleanup, which still uses the SSL object. The hub is gone only when the
 * process is ending. */
static apr_status_t let_go(void *data)
{
    httpd_connection *record = data;
    hub_offer *offer = record->offer;

    record->offer = NULL;
    pthread_mutex_destroy(&record->account.lock);
    if (offer && httpd_life_has(offer->hub)) {
        hub_offer_hand_over(offer);
    }
    return APR_SUCCESS;
}

httpd_connection *httpd_connection_make(conn_rec *c)
{
    httpd_connection *record = httpd_connection_of(c);

    if (!record) {
        record = apr_pcalloc(c->pool, sizeof(*record));
        pthread_mutex_init(&record->account.lock, NULL);
        ap_set_module_config(c->conn_config, &chatws_module, record);
        /* No hook runs late enough. Cleanups that were registered later run
         * before this one, that of mod_ssl among them. */
        apr_pool_cleanup_register(c->pool, record, let_go,
                                  apr_pool_cleanup_null);
    }
    return record;
}

httpd_connection *httpd_connection_of(const conn_rec *c)
{
    return ap_get_module_config(c->conn_config, &chatws_module);
}

httpd_account *httpd_connection_account(const conn_rec *c)
{
    httpd_connection *record = httpd_connection_of(c);

    return record ? &record->account : NULL;
}

conn_rec *httpd_connection_client(const request_rec *r)
{
    return r->connection->master ? r->connection->master : r->connection;
}

int httpd_connection_fd(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t fd;

    return socket && apr_os_sock_get(&fd, socket) == APR_SUCCESS ? fd : -1;
}

bool httpd_connection_read(conn_rec *c, loop_tcp_state *now)
{
    const httpd_account *account = &httpd_connection_of(c)->account;

    if (!loop_tcp_read(httpd_connection_fd(c), now)) {
        return false;
    }
    if (account->streams || ap_ssl_conn_is_ssl(c)) {
        now->traffic.plain_sent = account->plain_sent;
        now->traffic.plain_received = account->plain_received;
    }
    return true;
}
