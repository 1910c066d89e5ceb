/* relay_erase.c - see relay_erase.h. */
#include "relay/people/relay_erase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_check.h"
#include "chat/chat_person.h"
#include "relay/reader/relay_bus.h"
#include "relay/relay_frame.h"
#include "relay/relay_room.h"
#include "relay/relay_script.h"

#define ROOM_MOST 200 /* records, with one order */
#define META ":meta"

/* See room.lua, and relay/archive/. */
#define ARCHIVE "archive"
#define JOBS "jobs"

static void add_key(relay_order *order, const relay_settings *settings,
                    const char *name)
{
    base_bytes key = BASE_BYTES_INIT;

    relay_bus_key(settings, name, &key);
    relay_order_key(order, key.data, key.len);
    base_bytes_free(&key);
}

static void add_name(relay_order *order, const relay_settings *settings,
                     const char *name)
{
    base_bytes key = BASE_BYTES_INIT;

    relay_bus_key(settings, name, &key);
    relay_order_add(order, key.data, key.len);
    base_bytes_free(&key);
}

relay_order *relay_erase_send_out(const relay_sanction_from *from,
                                  uint64_t user)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes text = BASE_BYTES_INIT;

    base_bytes_append_format(&text, "Z %s %016" PRIx64, from->host, user);
    relay_order_add_text(order, "PUBLISH");
    add_name(order, from->settings, RELAY_BUS_HOSTS);
    relay_order_add(order, text.data, text.len);
    base_bytes_free(&text);
    return order;
}

relay_order *relay_erase_list(const relay_settings *settings,
                              const char *place)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes pattern = BASE_BYTES_INIT;

    relay_bus_key(settings, "{*}" META, &pattern);
    relay_order_add_text(order, "SCAN");
    relay_order_add_text(order, place);
    relay_order_add_text(order, "MATCH");
    relay_order_add(order, pattern.data, pattern.len);
    relay_order_add_text(order, "COUNT");
    relay_order_add_number(order, 1000);
    base_bytes_free(&pattern);
    return order;
}

/* The key of the room whose keys begin with "PREFIX{site/path}". A site has no
 * slash. */
static void visit_room(const char *name, size_t size, size_t prefix,
                       void (*visit)(void *context, const char *key,
                                     size_t key_size),
                       void *context)
{
    base_bytes key = BASE_BYTES_INIT;
    size_t around = prefix + strlen("{") + strlen("}" META);
    const char *slash;
    size_t site;

    if (size <= around) {
        return;
    }
    name += prefix + strlen("{");
    size -= around;
    slash = memchr(name, '/', size);
    site = slash ? (size_t)(slash - name) : size;
    base_bytes_append(&key, name, site);
    base_bytes_append_text(&key, "\n");
    base_bytes_append(&key, name + site, size - site);
    visit(context, (const char *)key.data, key.len);
    base_bytes_free(&key);
}

bool relay_erase_listed(const relay_order *order,
                        const relay_settings *settings,
                        char place[RELAY_ERASE_PLACE],
                        void (*visit)(void *context, const char *key,
                                      size_t key_size),
                        void *context)
{
    const relay_answer *answer = &order->answer;
    base_bytes prefix = BASE_BYTES_INIT;
    const char *text;
    size_t size;

    relay_bus_key(settings, "", &prefix);
    for (size_t i = 1; i < relay_answer_count(answer); i++) {
        text = relay_answer_text(answer, i, &size);
        visit_room(text, size, prefix.len, visit, context);
    }
    base_bytes_free(&prefix);
    text = relay_answer_text(answer, 0, &size);
    if (size == 0 || size >= RELAY_ERASE_PLACE
        || relay_answer_is(answer, 0, "0")) {
        return false;
    }
    memcpy(place, text, size);
    place[size] = '\0';
    return true;
}

relay_order *relay_erase_room(const relay_settings *settings, const char *key,
                              size_t key_size, uint64_t user,
                              int64_t upto_ms, const room_id *after)
{
    relay_room room = { .settings = settings, .key = key,
                        .key_size = key_size };
    base_bytes channel = BASE_BYTES_INIT;
    base_bytes people = BASE_BYTES_INIT;
    relay_order *order;

    relay_room_channel(&room, &channel);
    base_bytes_append(&people, channel.data, channel.len);
    base_bytes_append_text(&people, ":people");
    order = relay_frame_create(RELAY_SCRIPT_ERASE, &channel, &people, 1, NULL,
                               NULL);
    base_bytes_free(&people);
    base_bytes_free(&channel);
    relay_frame_add_hex(order, user);
    relay_order_add_number(order, upto_ms);
    relay_order_add_text(order, CHAT_PERSON_ERASED);
    relay_order_add_number(order, ROOM_MOST);
    if (after->ms != 0) {
        relay_frame_add_id(order, after);
    }
    else {
        relay_order_add_text(order, "");
    }
    order->waits = settings->wait > 0;
    return order;
}

relay_erase_state relay_erase_done(const relay_order *order, uint64_t *count,
                                   room_id *after)
{
    int64_t number = relay_answer_number(&order->answer, 0);

    *count = number > 0 ? (uint64_t)number : 0;
    if (relay_answer_is(&order->answer, 1, "1") && number > 0
        && relay_frame_read_id(&order->answer, 2, after)) {
        return RELAY_ERASE_SOME;
    }
    return relay_answer_is(&order->answer, 1, "0") ? RELAY_ERASE_ALL
                                                   : RELAY_ERASE_BUSY;
}

relay_order *relay_erase_tell(const relay_sanction_from *from, uint64_t user,
                              int64_t upto_ms)
{
    relay_order *order = relay_order_create(
        relay_script_get(RELAY_SCRIPT_ERASED), NULL, NULL);

    add_key(order, from->settings, "erased");
    add_key(order, from->settings, "sanctions");
    add_name(order, from->settings, RELAY_BUS_HOSTS);
    relay_order_add_text(order, from->host);
    relay_frame_add_hex(order, user);
    relay_order_add_number(order, upto_ms);
    order->waits = from->settings->wait > 0;
    return order;
}

/* ------------------------------------------------------------ the archive */

relay_order *relay_erase_job(const relay_settings *settings, const char *text,
                             char name[RELAY_ERASE_JOB])
{
    relay_order *order = relay_order_create(relay_script_get(RELAY_SCRIPT_JOB),
                                            NULL, NULL);
    uint64_t drawn;

    BASE_CHECK(getentropy(&drawn, sizeof(drawn)) == 0);
    snprintf(name, RELAY_ERASE_JOB, "%016" PRIx64, drawn);
    add_key(order, settings, ARCHIVE);
    add_key(order, settings, JOBS);
    add_name(order, settings, ARCHIVE);
    relay_order_add_text(order, name);
    relay_order_add_text(order, text);
    order->waits = settings->wait > 0;
    return order;
}

bool relay_erase_job_put(const relay_order *order)
{
    return relay_answer_is(&order->answer, 0, "1");
}

relay_order *relay_erase_look(const relay_settings *settings,
                              const char *name)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, "HGET");
    add_name(order, settings, JOBS);
    relay_order_add_text(order, name);
    return order;
}
