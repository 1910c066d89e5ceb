/* httpd_config.c - the records' defaults, and how they are merged; see
 * httpd_config.h. */
#include "httpd/config/httpd_config.h"

#include <string.h>

#include <http_log.h>
#include <apr_strings.h>

#include "chat/chat_reserved.h"
#include "httpd/config/httpd_directives.h"

APLOG_USE_MODULE(chatws);

void *httpd_config_create_dir(apr_pool_t *pool, char *dir)
{
    httpd_dir_config *config = apr_pcalloc(pool, sizeof(*config));

    (void)dir;
    config->role = HTTPD_ROLE_OFF;
    config->origin_rule = HTTPD_ORIGIN_SAME;
    config->guests = HTTPD_GUESTS_ON;
    config->settings = (act_settings){
        .history_age = DAY / 1000,
        .history_count = 100,
        .ping_interval = 25 * SECOND,
        .ping_timeout = 20 * SECOND,
        .slow_client = 30 * SECOND,
        .max_message = 8 * 1024,
        .max_payload = 64 * 1024,
        .rate = 5,
        .burst = 20,
        .presence_most = 200,
        .poll_wait = 25 * 1000,
        .address_rate = 20,
        .address_burst = 100,
        .address_connections = 250,
        .address_rooms = 60,
        .address_rooms_period = 3600,
    };
    memcpy(config->settings.reserved, chat_reserved_defaults(),
           sizeof(config->settings.reserved));
    return config;
}

static void merge_address(act_settings *to, const act_settings *more,
                          unsigned set)
{
    if (set & SET(address_rate)) {
        to->address_rate = more->address_rate;
        to->address_burst = more->address_burst;
    }
    if (set & SET(address_connections)) {
        to->address_connections = more->address_connections;
    }
    if (set & SET(address_rooms)) {
        to->address_rooms = more->address_rooms;
        to->address_rooms_period = more->address_rooms_period;
    }
    if (set & SET(address_private)) {
        to->address_private = more->address_private;
    }
}

static void merge_settings(act_settings *to, const act_settings *more,
                           unsigned set)
{
    if (set & SET(history)) {
        to->history_count = more->history_count;
        to->history_age = more->history_age;
    }
    if (set & SET(max_message)) {
        to->max_message = more->max_message;
    }
    if (set & SET(max_payload)) {
        to->max_payload = more->max_payload;
    }
    if (set & SET(rate)) {
        to->rate = more->rate;
        to->burst = more->burst;
    }
    if (set & SET(guests)) {
        to->guests_readonly = more->guests_readonly;
    }
    if (set & SET(presence)) {
        to->presence_most = more->presence_most;
    }
    if (set & SET(ping)) {
        to->ping_interval = more->ping_interval;
        to->ping_timeout = more->ping_timeout;
    }
    if (set & SET(reserved_names)) {
        memcpy(to->reserved, more->reserved, sizeof(to->reserved));
    }
    if (set & SET(poll_wait)) {
        to->poll_wait = more->poll_wait;
    }
    if (set & SET(slow_client)) {
        to->slow_client = more->slow_client;
    }
}

void *httpd_config_merge_dir(apr_pool_t *pool, void *base, void *more)
{
    const httpd_dir_config *inner = more;
    httpd_dir_config *merged = apr_pmemdup(pool, base, sizeof(*merged));

    if (inner->set & SET(role)) {
        merged->role = inner->role;
    }
    if (inner->set & SET(origin)) {
        merged->origin_rule = inner->origin_rule;
        merged->origins = inner->origins;
    }
    if (inner->set & SET(list)) {
        merged->list = inner->list;
    }
    if (inner->set & SET(user)) {
        merged->user = inner->user;
    }
    if (inner->set & SET(guests)) {
        merged->guests = inner->guests;
    }
    merge_settings(&merged->settings, &inner->settings, inner->set);
    merge_address(&merged->settings, &inner->settings, inner->set);
    merged->set |= inner->set;
    return merged;
}

void *httpd_config_create_server(apr_pool_t *pool, server_rec *server)
{
    httpd_server_config *config = apr_pcalloc(pool, sizeof(*config));

    (void)server;
    config->shared_memory = 32 << 20;
    config->drain = 10 * SECOND;
    config->drain_rate = 20;
    config->assets = CHATWS_ASSETS;
    return config;
}

void *httpd_config_merge_server(apr_pool_t *pool, void *base, void *more)
{
    (void)pool;
    (void)more;
    return base; /* server-wide directives stand in the main server only */
}

const httpd_dir_config *httpd_config_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &chatws_module);
}

const httpd_server_config *httpd_config_server(const server_rec *main_server)
{
    return ap_get_module_config(main_server->module_config, &chatws_module);
}
