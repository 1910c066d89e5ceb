/* relay_order.c - see relay_order.h. */
#include "relay/relay_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"

relay_order *relay_order_create(const struct relay_script *script,
                                void (*done)(relay_order *order),
                                void *context)
{
    relay_order *order = calloc(1, sizeof(*order));

    BASE_CHECK(order != NULL);
    order->script = script;
    order->done = done;
    order->context = context;
    return order;
}

void relay_order_free(relay_order *order)
{
    if (order) {
        base_bytes_free(&order->args);
        base_bytes_free(&order->ends);
        relay_answer_free(&order->answer);
        free(order);
    }
}

void relay_order_key(relay_order *order, const void *data, size_t size)
{
    BASE_CHECK(order->keys == order->count);
    relay_order_add(order, data, size);
    order->keys++;
}

void relay_order_add(relay_order *order, const void *data, size_t size)
{
    size_t end;

    base_bytes_append(&order->args, data, size);
    end = order->args.len;
    base_bytes_append(&order->ends, &end, sizeof(end));
    order->count++;
}

void relay_order_add_text(relay_order *order, const char *text)
{
    relay_order_add(order, text, strlen(text));
}

void relay_order_add_number(relay_order *order, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    relay_order_add_text(order, text);
}

static size_t end_of(const relay_order *order, unsigned index)
{
    size_t end;

    memcpy(&end, order->ends.data + index * sizeof(end), sizeof(end));
    return end;
}

const void *relay_order_argument(const relay_order *order, unsigned index,
                                 size_t *size)
{
    size_t begin;

    BASE_CHECK(index < order->count);
    begin = index > 0 ? end_of(order, index - 1) : 0;
    *size = end_of(order, index) - begin;
    return *size > 0 ? (const void *)(order->args.data + begin) : "";
}
