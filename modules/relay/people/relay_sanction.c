/* relay_sanction.c - orders of moderators; see relay_sanction.h. */
#include "relay/people/relay_sanction.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base_clock.h"
#include "relay/people/relay_packed.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_script.h"

/* "REALM/USER/address" and its NUL. */
#define FIELD_MOST 64

static void add_named(relay_order *order, const relay_settings *settings,
                      const char *name, bool key)
{
    base_bytes bytes = BASE_BYTES_INIT;

    relay_bus_key(settings, name, &bytes);
    if (key) {
        relay_order_key(order, bytes.data, bytes.len);
    }
    else {
        relay_order_add(order, bytes.data, bytes.len);
    }
    base_bytes_free(&bytes);
}

static relay_order *make(relay_script_name script,
                         const relay_sanction_from *from,
                         void (*done)(relay_order *order), void *context)
{
    relay_order *order = relay_order_create(relay_script_get(script), done,
                                            context);

    add_named(order, from->settings, "sanctions", true);
    order->waits = from->settings->wait > 0;
    return order;
}

static void add_notice(relay_order *order, const room_notice *notice)
{
    base_bytes json = BASE_BYTES_INIT;

    relay_packed_write_notice(&json, notice);
    relay_order_add(order, json.data, json.len);
    base_bytes_free(&json);
}

/* Where it is kept; "": nowhere. */
static void write_field(const room_sanction *what, char field[FIELD_MOST])
{
    static const char *const kinds[] = {
        [ROOM_SANCTION_MUTE] = "mute", [ROOM_SANCTION_BAN] = "ban",
        [ROOM_SANCTION_ADDRESS] = "address",
    };

    field[0] = '\0';
    if (what->kind < ROOM_SANCTION_KICK) {
        snprintf(field, FIELD_MOST, "%016" PRIx64 "/%016" PRIx64 "/%s",
                 what->realm, what->user.user, kinds[what->kind]);
    }
}

relay_order *relay_sanction_keep(const relay_sanction_from *from,
                                 void (*done)(relay_order *order),
                                 void *context)
{
    relay_order *order = make(RELAY_SCRIPT_SANCTION, from, done, context);

    add_named(order, from->settings, RELAY_BUS_HOSTS, false);
    relay_order_add_text(order, from->host);
    return order;
}

void relay_sanction_add(relay_order *order, const room_notice *notice,
                        int64_t now_us)
{
    const room_sanction *what = &notice->what;
    char field[FIELD_MOST];
    int64_t age = (now_us - what->made_us) / 1000;
    int64_t rest = (what->until_us - now_us) / 1000;

    write_field(what, field);
    relay_order_add_text(order, field);
    relay_order_add_number(order, age > 0 ? age : 0);
    relay_order_add_number(order, what->until_us == ROOM_SANCTION_FOREVER ? -1
                                  : rest > 0 ? rest : 0);
    add_notice(order, notice);
}

relay_sanction_state relay_sanction_kept(const relay_order *order,
                                         size_t index)
{
    static const char *const answers[] = { "0", "1", "2" };

    for (int i = 0; i < 3; i++) {
        if (relay_answer_is(&order->answer, index + 1, answers[i])) {
            return (relay_sanction_state)i;
        }
    }
    return RELAY_SANCTION_UNCLEAR;
}

relay_order *relay_sanction_pardon(const relay_sanction_from *from,
                                   const room_notice *notice)
{
    relay_order *order = make(RELAY_SCRIPT_PARDON, from, NULL, NULL);
    char whose[FIELD_MOST];

    snprintf(whose, sizeof(whose), "%016" PRIx64 "/%016" PRIx64,
             notice->what.realm, notice->what.user.user);
    add_named(order, from->settings, RELAY_BUS_HOSTS, false);
    relay_order_add_text(order, from->host);
    relay_order_add_text(order, whose);
    add_notice(order, notice);
    return order;
}

bool relay_sanction_pardoned(const relay_order *order)
{
    return relay_answer_number(&order->answer, 0) > 0;
}

relay_order *relay_sanction_report(const relay_sanction_from *from,
                                   const room_notice *notice)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes text = BASE_BYTES_INIT;

    relay_order_add_text(order, "PUBLISH");
    add_named(order, from->settings, RELAY_BUS_HOSTS, false);
    base_bytes_append_format(&text, "N %s\n", from->host);
    relay_packed_write_notice(&text, notice);
    relay_order_add(order, text.data, text.len);
    base_bytes_free(&text);
    return order;
}

relay_order *relay_sanction_all(const relay_sanction_from *from,
                                void (*done)(relay_order *order),
                                void *context)
{
    return make(RELAY_SCRIPT_SANCTIONS, from, done, context);
}

void relay_sanction_realm(const relay_settings *settings, uint64_t realm,
                          int period, base_bytes *out)
{
    char name[64];

    snprintf(name, sizeof(name), "realm:%016" PRIx64 ":%" PRId64, realm,
             base_clock_wall() / RELAY_SANCTION_PERIOD_MS + period);
    relay_bus_key(settings, name, out);
}
