/* relay_batch.c - see relay_batch.h. */
#include "relay/archive/relay_batch.h"


#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/reader/relay_bus.h"
#include "relay/reader/relay_words.h"

#define WAIT_US INT64_C(5000000)
#define PAUSE_LEAST_US INT64_C(100000)
#define PAUSE_MOST_US INT64_C(2000000)

void relay_batch_init(relay_batch *batch, const relay_settings *settings,
                      room_store *store)
{
    *batch = (relay_batch){ .settings = settings,
                            .store = store,
                            .link = relay_link_create(settings, -1) };
}

void relay_batch_free(relay_batch *batch)
{
    relay_link_destroy(batch->link);
}

/* It is left, when it is not the one that the reader hears. */
static bool is_other(const relay_batch *batch)
{
    uint64_t run = relay_words_get(batch->store, RELAY_WORD_RUN);

    return run != 0 && batch->here != 0 && run != batch->here;
}

static bool open_link(relay_batch *batch)
{
    if (!relay_link_open(batch->link)) {
        return false;
    }
    batch->here = relay_link_run(batch->link,
                                 base_clock_mono() + RELAY_LINK_WAIT_US);
    return relay_link_is_open(batch->link);
}

static bool connect_now(relay_batch *batch)
{
    int64_t longer = 2 * batch->pause_us;

    if (relay_link_is_open(batch->link) && !is_other(batch)) {
        return true;
    }
    if (base_clock_mono() < batch->retry_us) {
        return false;
    }
    if (relay_link_is_open(batch->link) || open_link(batch)) {
        if (!is_other(batch)) {
            batch->pause_us = 0;
            return true;
        }
        relay_link_leave(batch->link, "this host hears another Redis");
    }
    batch->pause_us = longer < PAUSE_LEAST_US  ? PAUSE_LEAST_US
                      : longer > PAUSE_MOST_US ? PAUSE_MOST_US
                                               : longer;
    batch->retry_us = base_clock_mono() + batch->pause_us;
    return false;
}

static bool look_at_refusal(const relay_answer *answer)
{
    size_t size;
    const char *text = relay_answer_text(answer, 0, &size);

    base_log_limited(BASE_LOG_WARN, "CW1222",
                     "Redis refuses what the archive needs: %.*s",
                     (int)(size < 200 ? size : 200), text);
    return relay_link_useless(answer) != NULL;
}

/* Those that are not answered yet; false: the connection is lost. */
static bool ask_rest(relay_batch *batch, relay_order *const *orders,
                     size_t count, int64_t until_us, bool *again)
{
    *again = false;
    for (size_t i = 0; i < count; i++) {
        if (orders[i]->status == RELAY_AWAY) {
            relay_link_append(batch->link, orders[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        relay_order *order = orders[i];
        relay_link_result result;

        if (order->status != RELAY_AWAY) {
            continue;
        }
        result = relay_link_read(batch->link, &order->answer, until_us);
        if (result == RELAY_LINK_NOTHING) {
            relay_link_close(batch->link, "no answer in time");
        }
        if (result != RELAY_LINK_ANSWER) {
            return false;
        }
        *again = !relay_link_settle(batch->link, order) || *again;
    }
    return true;
}

bool relay_batch_ask(relay_batch *batch, relay_order *const *orders,
                     size_t count)
{
    int64_t until_us = base_clock_mono() + WAIT_US;
    bool again = true;

    for (size_t i = 0; i < count; i++) {
        orders[i]->status = RELAY_AWAY;
    }
    if (!connect_now(batch)) {
        return false;
    }
    while (again) {
        if (!ask_rest(batch, orders, count, until_us, &again)) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (orders[i]->status == RELAY_REFUSED
            && look_at_refusal(&orders[i]->answer)) {
            relay_link_leave(batch->link, "it is no master, or not ready");
            return false;
        }
    }
    return true;
}

relay_order *relay_batch_plain(const relay_batch *batch, const char *word,
                               const char *key)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes name = BASE_BYTES_INIT;

    relay_bus_key(batch->settings, key, &name);
    relay_order_add_text(order, word);
    relay_order_add(order, name.data, name.len);
    base_bytes_free(&name);
    return order;
}

bool relay_batch_one(relay_batch *batch, relay_order *order)
{
    return relay_batch_ask(batch, &order, 1) && order->status == RELAY_OK;
}

bool relay_batch_once(relay_batch *batch, relay_order *order)
{
    bool done = relay_batch_one(batch, order);

    relay_order_free(order);
    return done;
}
