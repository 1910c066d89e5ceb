/* httpd_relay.c - see httpd_relay.h. */
#include "httpd/httpd_relay.h"

#include "base/base_bytes.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "httpd/config/httpd_config.h"
#include "httpd/httpd_turn.h"
#include "room/relay/room_relay.h"

/* Written by the main thread before there are others, and after. */
static struct {
    relay *relay; /* NULL: none */
    int64_t since; /* base_clock_mono */
} ours;

uint32_t httpd_relay_name(const relay_settings *settings)
{
    static const base_hash_key no_secret;
    base_bytes text = BASE_BYTES_INIT;
    uint32_t name = 0;

    for (unsigned i = 0; i < settings->node_count; i++) {
        base_bytes_append_format(&text, "%s:%u,", settings->nodes[i].host,
                                 settings->nodes[i].port);
    }
    if (text.len > 0) {
        base_bytes_append_format(&text, "/%u %s %s", settings->database,
                                 settings->sentinel, settings->prefix);
        name = (uint32_t)base_hash(&no_secret, text.data, text.len) | 1;
    }
    base_bytes_free(&text);
    return name;
}

void httpd_relay_start(server_rec *server, room_store *store)
{
    const httpd_server_config *config = httpd_config_server(server);
    relay_settings settings = config->relay;

    settings.archive = config->archive.driver != NULL;
    settings.archive_ack = config->archive_ack != 0;
    settings.enter = httpd_turn_enter;
    settings.leave = httpd_turn_leave;
    ours.relay = NULL;
    ours.since = base_clock_mono();
    /* The segment may be one from before, when there was no memory for one with
     * a relay. */
    if (settings.node_count > 0 && store && room_relay_on(store)) {
        ours.relay = relay_create(&settings, store);
        (void)relay_start(ours.relay);
    }
}

void httpd_relay_stop(int64_t patience)
{
    if (ours.relay) {
        relay_stop(ours.relay, base_clock_mono() + patience);
        relay_destroy(ours.relay);
        ours.relay = NULL;
    }
}

relay *httpd_relay_get(void)
{
    return ours.relay;
}

bool httpd_relay_ready(room_store *store)
{
    return httpd_turn_await(room_relay_ready, store, ours.since);
}
