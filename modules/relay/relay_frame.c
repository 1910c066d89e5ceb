/* relay_frame.c - see relay_frame.h. */
#include "relay/relay_frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_check.h"
#include "relay/relay_value.h"

static void add_key(relay_order *order, const base_bytes *channel,
                    const char *part)
{
    base_bytes name = BASE_BYTES_INIT;

    base_bytes_append(&name, channel->data, channel->len);
    base_bytes_append_text(&name, part);
    relay_order_key(order, name.data, name.len);
    base_bytes_free(&name);
}

relay_order *relay_frame_create(relay_script_name script,
                                const base_bytes *channel,
                                const base_bytes *further, size_t count,
                                void (*done)(relay_order *order),
                                void *context)
{
    static const char *const parts[] = { ":log", ":text", ":meta", ":said" };
    relay_order *order = relay_order_create(relay_script_get(script), done,
                                            context);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        add_key(order, channel, parts[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (further[i].len > 0) {
            relay_order_key(order, further[i].data, further[i].len);
        }
    }
    relay_order_add(order, channel->data, channel->len);
    return order;
}

void relay_frame_add_hex(relay_order *order, uint64_t number)
{
    char text[17];

    snprintf(text, sizeof(text), "%016" PRIx64, number);
    relay_order_add_text(order, text);
}

void relay_frame_add_id(relay_order *order, const room_id *id)
{
    char text[ROOM_ID_TEXT];

    relay_order_add(order, text, room_id_format(id, text));
}

void relay_frame_add_state(relay_order *order, const room_state *state)
{
    relay_order_add_number(order, state->slow_s);
    relay_order_add_number(order, state->locked);
    relay_order_add(order, state->topic, state->topic_size);
}

void relay_frame_add_epoch(relay_order *order)
{
    uint64_t epoch = 0;

    while (epoch == 0) {
        BASE_CHECK(getentropy(&epoch, sizeof(epoch)) == 0);
    }
    relay_frame_add_hex(order, epoch);
}

bool relay_frame_read_id(const relay_answer *answer, size_t index,
                         room_id *id)
{
    size_t size;
    const char *text = relay_answer_text(answer, index, &size);

    return room_id_parse(text, size, id);
}

bool relay_frame_read_epoch(const relay_answer *answer, size_t index,
                            uint64_t *epoch)
{
    size_t size;
    const char *text = relay_answer_text(answer, index, &size);

    return relay_value_hex(text, size, epoch) && *epoch != 0;
}

bool relay_frame_read_state(const relay_answer *answer, size_t index,
                            room_state *state)
{
    int64_t slow = relay_answer_number(answer, index);
    size_t size;
    const char *topic = relay_answer_text(answer, index + 2, &size);

    memset(state, 0, sizeof(*state));
    if (slow < 0 || slow > UINT32_MAX || size > ROOM_TOPIC_MAX
        || index + 2 >= relay_answer_count(answer)) {
        return false;
    }
    memcpy(state->topic, topic, size);
    state->topic_size = (uint8_t)size;
    state->locked = relay_answer_is(answer, index + 1, "1");
    state->slow_s = (uint32_t)slow;
    return true;
}
