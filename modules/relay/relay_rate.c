/* relay_rate.c - see relay_rate.h. */
#include "relay/relay_rate.h"

#include <inttypes.h>

#include "base/base_clock.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_script.h"

#define WAIT_US INT64_C(2000000)

/* Of an answer that says more, nothing is believed: two days. */
#define WAIT_MOST_MS INT64_C(172800000)

static relay_order *make_order(const relay_room *room, uint64_t address,
                               int64_t interval_us, uint32_t burst)
{
    relay_order *order = relay_order_create(
        relay_script_get(RELAY_SCRIPT_RATE), NULL, NULL);
    base_bytes key = BASE_BYTES_INIT;

    relay_room_channel(room, &key);
    base_bytes_append_text(&key, ":meta");
    relay_order_key(order, key.data, key.len);
    key.len = 0;
    relay_bus_key(room->settings, "rate:", &key);
    base_bytes_append_format(&key, "%016" PRIx64, address);
    relay_order_key(order, key.data, key.len);
    base_bytes_free(&key);
    relay_order_add_number(order, interval_us);
    relay_order_add_number(order, burst);
    return order;
}

relay_rate_result relay_rate_room(relay *r, const relay_room *room,
                                  uint64_t address, int64_t interval_us,
                                  uint32_t burst, int64_t *retry_us)
{
    relay_order *order = make_order(room, address, interval_us, burst);
    relay_rate_result result = RELAY_RATE_UNKNOWN;
    int64_t wait_ms;

    relay_ask(r, order, base_clock_mono() + WAIT_US);
    wait_ms = relay_answer_number(&order->answer, 0);
    if (order->status == RELAY_OK && relay_answer_is(&order->answer, 0, "0")) {
        result = RELAY_RATE_GIVEN;
    }
    else if (order->status == RELAY_OK && wait_ms > 0
             && wait_ms <= WAIT_MOST_MS) {
        result = RELAY_RATE_REFUSED;
        *retry_us = wait_ms * 1000;
    }
    relay_order_free(order);
    return result;
}
