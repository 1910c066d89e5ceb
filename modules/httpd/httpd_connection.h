/* httpd_connection.h - what we know of a connection that httpd serves.
 *
 * The record lives in the connection's pool. Its cleanup is the moment at which
 * a connection that was given away reaches the hub: whoever makes the record
 * decides by that when its cleanup runs. On the thread that serves the
 * connection.
 */
#ifndef CHATWS_HTTPD_CONNECTION_H
#define CHATWS_HTTPD_CONNECTION_H

#include <stdatomic.h>
#include <stdbool.h>

#include <httpd.h>
#include <openssl/ssl.h>

#include "httpd/traffic/httpd_account.h"
#include "hub/hub.h"
#include "loop/loop_tcp.h"

typedef struct {
    SSL *ssl;         /* mod_ssl's, or NULL */
    hub_offer *offer; /* NULL until the head has been sent */
    atomic_uint held; /* threads that its streams occupy (httpd_pipe.h) */
    bool returned;    /* it has come back from the hub */
    httpd_account account;
} httpd_connection;

/* The connection's record with its cleanup, made when there is none yet. */
httpd_connection *httpd_connection_make(conn_rec *c);

/* The record, or NULL: a stream of HTTP/2 has none. */
httpd_connection *httpd_connection_of(const conn_rec *c);

/* The account in it, or NULL. */
httpd_account *httpd_connection_account(const conn_rec *c);

/* The client's connection: of a stream of HTTP/2 the master. */
conn_rec *httpd_connection_client(const request_rec *r);

/* The descriptor of its socket, which stays httpd's; -1 when it has none. */
int httpd_connection_fd(conn_rec *c);

/* Reads what the kernel has counted, with what the filter has seen. The account
 * is locked where there are several threads. False: nothing can be told. */
bool httpd_connection_read(conn_rec *c, loop_tcp_state *now);

#endif
