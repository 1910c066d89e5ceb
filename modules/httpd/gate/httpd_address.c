/* httpd_address.c - see httpd_address.h. */
#include "httpd/gate/httpd_address.h"

#include <string.h>

#include "httpd/gate/httpd_site.h"
#include "httpd/httpd_life.h"
#include "room/people/room_address.h"

/* mod_remoteip takes away what it has evaluated. */
static bool is_proxied(request_rec *r)
{
    static const char *const headers[] = { "X-Forwarded-For", "Forwarded",
                                           "CF-Connecting-IP" };
    bool found = false;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        found = found || apr_table_get(r->headers_in, headers[i]);
    }
    return found;
}

static void read_address(request_rec *r, base_address *address)
{
    const apr_sockaddr_t *from = r->useragent_addr;
    bool is_ip = from && (from->family == APR_INET
                          || from->family == APR_INET6);

    base_address_set(address, is_ip ? from->ipaddr_ptr : NULL,
                     is_ip ? (size_t)from->ipaddr_len : 0);
}

void httpd_address_of(request_rec *r, const httpd_dir_config *config,
                      act_address *from)
{
    /* Only mod_remoteip makes it another one than the connection's. */
    bool named = r->useragent_addr != r->connection->client_addr;
    room_store *store = httpd_life_store();

    memset(from, 0, sizeof(*from));
    read_address(r, &from->address);
    if (!store) {
        return;
    }
    from->tag = room_address_tag(store, &from->address);
    /* The addresses of this network may be those of a proxy with all visitors
     * behind it. Without a key nothing is limited. */
    if (named || config->settings.address_private
        || base_address_is_global(&from->address)) {
        /* Not by site: a Host that matches a wildcard must not make another
         * one of the same address. */
        from->key = room_address_key(store, httpd_site_server(r),
                                     &from->address);
        from->proxied = !named && is_proxied(r);
    }
}

uint16_t httpd_address_tag(request_rec *r)
{
    room_store *store = httpd_life_store();
    base_address address;

    read_address(r, &address);
    return store ? room_address_tag(store, &address) : 0;
}

static httpd_refusal too_much(const char *sentence, int64_t retry)
{
    return (httpd_refusal){ .error = CHAT_RATE_LIMITED,
                            .sentence = sentence,
                            .retry = retry };
}

void httpd_address_charge(request_rec *r, const httpd_dir_config *config,
                          httpd_refusal *why)
{
    act_address from;
    int64_t retry;

    httpd_address_of(r, config, &from);
    if (httpd_life_store()
        && !act_address_command(httpd_life_store(), httpd_life_slot(),
                                &config->settings, &from, &retry)) {
        *why = too_much("Too many requests from your address were refused: "
                        "wait a moment.", retry);
    }
}

bool httpd_address_admit(act_address *from, const httpd_dir_config *config,
                         const act_room_key *room, httpd_refusal *why)
{
    room_store *store = httpd_life_store();
    int slot = httpd_life_slot();
    int64_t retry;

    if (!store) {
        return true; /* the echo works without */
    }
    if (!act_address_connect(store, slot, &config->settings, from)) {
        *why = too_much("Your address has as many chat connections as it "
                        "may: close one, then try again.",
                        ACT_ADDRESS_RETRY_US);
        return false;
    }
    if (room && !act_address_room(store, slot, &config->settings, from, room,
                                  &retry)) {
        *why = too_much("Your address has made as many rooms as it may for "
                        "now: enter one that exists, or wait.", retry);
        return false;
    }
    return true;
}
