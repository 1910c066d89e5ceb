/* httpd_repeat.c - see httpd_repeat.h. */
#include "httpd/rows/httpd_repeat.h"

#include <string.h>

#include <http_config.h>
#include <http_protocol.h>
#include <http_ssl.h>

#include "httpd/httpd_connection.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_return.h"

/* How long the next poll is waited for, at most. */
#define IDLE_MOST_MS 15000

#define MARK_KEY "mod_chatws:repeat"

/* A request that may be repeated; in its pool. */
typedef struct {
    const char *args; /* as they came */
    http_repeat_mark mark;
} first;

typedef struct {
    const http_repeat_keys *keys;
    http_repeat request;
} marking;

static int add_field(void *context, const char *name, const char *value)
{
    marking *to = context;

    return http_repeat_field(to->keys, http_field_of(name),
                             http_field_of(value), &to->request);
}

/* Of most requests it takes no more than the first look to see that they are no
 * polls. */
static bool is_candidate(request_rec *r)
{
    return r->args && strstr(r->args, "wait=") && strstr(r->args, "after=")
           && r->method_number == M_GET && !r->header_only
           && r->proto_num == HTTP_VERSION(1, 1) && !r->connection->master
           && !ap_ssl_conn_is_ssl(r->connection) && httpd_return_possible()
           && httpd_life_store();
}

static void take_mark(request_rec *r)
{
    http_repeat_keys keys =
        http_repeat_keys_of(room_store_secret(httpd_life_store()));
    marking to = { .keys = &keys };

    if (http_repeat_target(&keys, http_field_of(r->unparsed_uri), &to.request)
        && apr_table_do(add_field, &to, r->headers_in, NULL)) {
        first *made = apr_palloc(r->pool, sizeof(*made));

        *made = (first){ r->args, to.request.mark };
        (void)apr_pool_userdata_setn(made, MARK_KEY, NULL, r->pool);
    }
}

int httpd_repeat_read(request_rec *r)
{
    const httpd_connection *record = httpd_connection_of(r->connection);

    if (record && record->returned) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    else if (is_candidate(r)) {
        take_mark(r);
    }
    return DECLINED;
}

/* A proxy has named the client in front of the connection's first request
 * (mod_remoteip): on the connection that comes back its module would wait for
 * that again, and believe what the client sends. */
static bool has_preface(const conn_rec *c)
{
    const module *remoteip = ap_find_linked_module("mod_remoteip.c");

    return remoteip && ap_get_module_config(c->conn_config, remoteip);
}

/* httpd itself decides, and counts the request. What it says of that is not
 * sent. */
static bool goes_on(request_rec *r)
{
    bool on;

    apr_table_setn(r->headers_out, "Content-Length", "0");
    on = ap_set_keepalive(r) != 0;
    apr_table_unset(r->headers_out, "Content-Length");
    apr_table_unset(r->headers_out, "Connection");
    apr_table_unset(r->headers_out, "Keep-Alive");
    return on;
}

/* What another module has made of the query is not what the next poll has. */
void httpd_repeat_keep(request_rec *r, hub_offer_keep *keep)
{
    const server_rec *server = r->server;
    apr_interval_time_t idle = server->keep_alive_timeout_set
                                   ? server->keep_alive_timeout
                                   : r->connection->base_server
                                         ->keep_alive_timeout;
    int left = UINT16_MAX;
    void *found = NULL;
    const first *mark;

    (void)apr_pool_userdata_get(&found, MARK_KEY, r->pool);
    mark = found;
    if (!mark || !r->args || strcmp(mark->args, r->args) != 0
        || has_preface(r->connection) || !goes_on(r)) {
        return;
    }
    if (server->keep_alive_max > 0) {
        left = server->keep_alive_max - r->connection->keepalives + 1;
    }
    idle = apr_time_as_msec(idle);
    *keep = (hub_offer_keep){
        .mark = mark->mark,
        .idle_ms = (uint32_t)(idle < IDLE_MOST_MS ? idle : IDLE_MOST_MS),
        .left = (uint16_t)(left < UINT16_MAX ? left : UINT16_MAX) };
}
