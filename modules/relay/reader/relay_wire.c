/* relay_wire.c - see relay_wire.h. */
#include "relay/reader/relay_wire.h"

#include <stdlib.h>

#include "base/base_check.h"

struct relay_wire {
    relay_link *asking;
    relay_link *hearing;
    relay_order *first; /* of those that wait for their answers */
    relay_order *last;
    size_t waiting;
    relay_answer heard;
};

relay_wire *relay_wire_create(const relay_settings *settings, int wake)
{
    relay_wire *wire = calloc(1, sizeof(*wire));

    BASE_CHECK(wire != NULL);
    wire->asking = relay_link_create(settings, wake);
    wire->hearing = relay_link_create(settings, wake);
    return wire;
}

void relay_wire_destroy(relay_wire *wire)
{
    relay_wire_close(wire, NULL);
    relay_link_destroy(wire->asking);
    relay_link_destroy(wire->hearing);
    relay_answer_free(&wire->heard);
    free(wire);
}

bool relay_wire_open(relay_wire *wire)
{
    if (!relay_link_open(wire->asking) || !relay_link_open(wire->hearing)) {
        relay_wire_close(wire, NULL);
        return false;
    }
    return true;
}

relay_link *relay_wire_asking(relay_wire *wire)
{
    return wire->asking;
}

static void come_back(relay_order *order)
{
    if (order->done) {
        order->done(order);
    }
    else {
        relay_order_free(order);
    }
}

static relay_order *take_first(relay_wire *wire)
{
    relay_order *order = wire->first;

    wire->first = order->next;
    wire->waiting--;
    order->next = NULL;
    return order;
}

static void put_last(relay_wire *wire, relay_order *order)
{
    relay_link_append(wire->asking, order);
    order->next = NULL;
    if (wire->first) {
        wire->last->next = order;
    }
    else {
        wire->first = order;
    }
    wire->last = order;
    wire->waiting++;
}

void relay_wire_close(relay_wire *wire, const char *reason)
{
    relay_link_close(wire->asking, reason);
    relay_link_close(wire->hearing, reason);
    while (wire->first) {
        relay_order *order = take_first(wire);

        order->status = RELAY_AWAY;
        come_back(order);
    }
}

void relay_wire_send(relay_wire *wire, relay_order *order)
{
    if (relay_link_is_open(wire->asking)) {
        put_last(wire, order);
    }
    else {
        order->status = RELAY_AWAY;
        come_back(order);
    }
}

size_t relay_wire_waiting(const relay_wire *wire)
{
    return wire->waiting;
}

void relay_wire_listen(relay_wire *wire, relay_order *order)
{
    relay_link_append(wire->hearing, order);
    relay_order_free(order);
}

bool relay_wire_answers(relay_wire *wire)
{
    relay_answer *into = wire->first ? &wire->first->answer : &wire->heard;
    relay_link_result result = relay_link_read(wire->asking, into, 0);

    while (result == RELAY_LINK_ANSWER && wire->first) {
        relay_order *order = take_first(wire);

        if (relay_link_settle(wire->asking, order)) {
            come_back(order);
        }
        else {
            put_last(wire, order);
        }
        into = wire->first ? &wire->first->answer : &wire->heard;
        result = relay_link_read(wire->asking, into, 0);
    }
    return result == RELAY_LINK_NOTHING;
}

static void show(relay_wire *wire, relay_wire_visit *visit, void *context)
{
    const relay_answer *heard = &wire->heard;
    size_t word_size;
    size_t channel_size;
    size_t size;
    const char *word = relay_answer_text(heard, 0, &word_size);
    const char *channel = relay_answer_text(heard, 1, &channel_size);
    const char *text = relay_answer_text(heard, 2, &size);

    if (heard->failed) {
        visit(context, "error", "", 0, word, word_size);
    }
    else if (relay_answer_is(heard, 0, "message")) {
        visit(context, "message", channel, channel_size, text, size);
    }
    else if (relay_answer_is(heard, 0, "subscribe")) {
        visit(context, "subscribe", channel, channel_size, text, 0);
    }
}

bool relay_wire_heard(relay_wire *wire, unsigned most, bool *more,
                      relay_wire_visit *visit, void *context)
{
    relay_link_result result = RELAY_LINK_ANSWER;
    unsigned count = 0;

    while (count < most && result == RELAY_LINK_ANSWER) {
        result = relay_link_read(wire->hearing, &wire->heard, 0);
        if (result == RELAY_LINK_ANSWER) {
            show(wire, visit, context);
        }
        count++;
    }
    *more = result == RELAY_LINK_ANSWER;
    return result != RELAY_LINK_BROKEN;
}

int relay_wire_asking_fd(const relay_wire *wire)
{
    return relay_link_fd(wire->asking);
}

int relay_wire_hearing_fd(const relay_wire *wire)
{
    return relay_link_fd(wire->hearing);
}
