/* relay_hello.c - see relay_hello.h. */
#include "relay/reader/relay_hello.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/reader/relay_bus.h"
#include "relay/reader/relay_words.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_script.h"
#include "relay/relay_value.h"
#include "room/archive/room_archive.h"
#include "room/relay/room_relay.h"

/* Of Redis; Valkey says with which one it is compatible. */
#define MAJOR_LEAST 6
#define MINOR_LEAST 2

/* So long Redis knows of an archive whose hosts do not say so any more. */
#define ARCHIVE_MS (INT64_C(30) * 86400000)

/* After that it is told what it waits for. */
#define PATIENCE_US INT64_C(5000000)

/* Of RELAY_WORD_ARCHIVE from 1 on. */
static const char *const words[] = { "0", "1" };

/* What stands behind "NAME:" in a line of INFO; empty when there is none. */
static void value_of(const char *info, size_t size, const char *name,
                     char *out, size_t out_size)
{
    size_t name_size = strlen(name);
    const char *end = info + size;
    const char *line = info;
    size_t length = 0;

    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const char *stop = next ? next : end;

        if ((size_t)(stop - line) > name_size && line[name_size] == ':'
            && memcmp(line, name, name_size) == 0) {
            line += name_size + 1;
            while (line + length < stop && line[length] != '\r'
                   && length + 1 < out_size) {
                length++;
            }
            memcpy(out, line, length);
            break;
        }
        line = stop + 1;
    }
    out[length] = '\0';
}

static bool is_old(const char *version)
{
    char *dot;
    unsigned long major = strtoul(version, &dot, 10);
    unsigned long minor = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;

    return major < MAJOR_LEAST
           || (major == MAJOR_LEAST && minor < MINOR_LEAST);
}

/* Our keys have an end, so volatile-* would throw them away, too. */
bool relay_hello_judge(const char *info, size_t size, char *why,
                       size_t why_size)
{
    char value[64];

    value_of(info, size, "redis_version", value, sizeof(value));
    if (value[0] == '\0') {
        snprintf(why, why_size, "it does not say which version it is");
        return false;
    }
    if (is_old(value)) {
        snprintf(why, why_size,
                 "it is version %s, and 6.2 is needed at least", value);
        return false;
    }
    value_of(info, size, "cluster_enabled", value, sizeof(value));
    if (strcmp(value, "1") == 0) {
        snprintf(why, why_size,
                 "it is part of a Redis Cluster, which is not supported");
        return false;
    }
    value_of(info, size, "maxmemory_policy", value, sizeof(value));
    if (value[0] != '\0' && strcmp(value, "noeviction") != 0) {
        snprintf(why, why_size,
                 "its maxmemory-policy is %s: it would throw messages away and"
                 " tell nobody; set it to noeviction",
                 value);
        return false;
    }
    return true;
}

static bool refused(const relay_order *order, const char *what, char *why,
                    size_t why_size)
{
    size_t size;
    const char *text = relay_answer_text(&order->answer, 0, &size);

    snprintf(why, why_size, "%s: %.*s", what,
             order->status == RELAY_REFUSED ? (int)(size < 200 ? size : 200)
                                            : 0,
             text);
    return false;
}

static bool ask_info(relay_link *link, char *why, size_t why_size)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    const char *text;
    size_t size;
    bool good;

    relay_order_add_text(order, "INFO");
    relay_link_ask(link, order, base_clock_mono() + RELAY_LINK_WAIT_US);
    text = relay_answer_text(&order->answer, 0, &size);
    good = order->status == RELAY_OK
               ? relay_hello_judge(text, size, why, why_size)
               : refused(order, "INFO is not answered", why, why_size);
    relay_order_free(order);
    return good;
}

static bool read_secret(const relay_answer *answer, bool *has,
                        base_hash_key *out)
{
    size_t size;
    const char *text = relay_answer_text(answer, 0, &size);
    char half[17] = "";

    *has = size > 0;
    if (size == 0) {
        return true;
    }
    if (size != 32 || strspn(text, "0123456789abcdef") < 32) {
        return false;
    }
    memcpy(half, text, 16);
    out->k0 = strtoull(half, NULL, 16);
    memcpy(half, text + 16, 16);
    out->k1 = strtoull(half, NULL, 16);
    return true;
}

static uint64_t read_run(const relay_answer *answer)
{
    uint64_t run = 0;
    size_t size;
    const char *text = relay_answer_text(answer, 2, &size);

    return size >= 16 && relay_value_hex(text, 16, &run) ? run : 0;
}

static relay_order *begin_order(const relay_settings *settings,
                                const char *host, const base_hash_key *own,
                                uint64_t known)
{
    static const char *const names[] = { "secret", "since", RELAY_BUS_HOSTS,
                                         RELAY_BUS_ARCHIVE };
    relay_order *order = relay_order_create(
        relay_script_get(RELAY_SCRIPT_HELLO), NULL, NULL);
    char secret[33] = "";

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        base_bytes name = BASE_BYTES_INIT;

        relay_bus_key(settings, names[i], &name);
        relay_order_key(order, name.data, name.len);
        base_bytes_free(&name);
    }
    if (own) {
        snprintf(secret, sizeof(secret), "%016" PRIx64 "%016" PRIx64, own->k0,
                 own->k1);
    }
    relay_order_add_text(order, secret);
    relay_order_add_text(order, host);
    if (settings->archive) {
        known = settings->archive_ack ? 2 : 1;
    }
    relay_order_add_text(order, known > 0 ? words[known - 1] : "");
    relay_order_add_number(order, !settings->archive);
    return order;
}

bool relay_hello_ask(relay_link *link, const relay_settings *settings,
                     const char *host, const base_hash_key *own,
                     relay_hello *out, char *why, size_t why_size)
{
    relay_order *order;
    const char *since;
    size_t size;
    bool good;

    if (!ask_info(link, why, why_size)) {
        return false;
    }
    order = begin_order(settings, host, own, out->archive);
    relay_link_ask(link, order, base_clock_mono() + RELAY_LINK_WAIT_US);
    since = relay_answer_text(&order->answer, 1, &size);
    good = order->status == RELAY_OK;
    out->run = read_run(&order->answer);
    out->archive = relay_hello_archive(&order->answer, 3);
    if (!good) {
        (void)refused(order, "it does not keep what all hosts share", why,
                      why_size);
    }
    else if (!read_secret(&order->answer, &out->has_secret, &out->secret)
             || !room_id_parse(since, size, &out->since)) {
        snprintf(why, why_size,
                 "what all hosts share makes no sense; somebody else writes to"
                 " our keys");
        good = false;
    }
    relay_order_free(order);
    return good;
}

relay_order *relay_hello_again(const relay_settings *settings)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes key = BASE_BYTES_INIT;

    relay_bus_key(settings, "since", &key);
    relay_order_add_text(order, "GET");
    relay_order_add(order, key.data, key.len);
    base_bytes_free(&key);
    return order;
}

/* "SINCE RUN" */
bool relay_hello_is_same(room_store *store, const relay_order *order)
{
    size_t size;
    const char *text = relay_answer_text(&order->answer, 0, &size);
    const char *blank = memchr(text, ' ', size);
    room_id now;
    room_id since;

    return blank && room_id_parse(text, (size_t)(blank - text), &now)
           && relay_words_since(store, &since)
           && room_id_compare(&now, &since) == 0
           && relay_words_get(store, RELAY_WORD_CONNECTED) != 0;
}

const base_hash_key *relay_hello_begin(relay_hello *told,
                                       const relay_settings *settings,
                                       room_store *store)
{
    told->archive = relay_words_get(store, RELAY_WORD_ARCHIVE);
    return settings->archive && !room_archive_asked(store)
                   && !room_relay_ready(store)
               ? NULL : room_store_secret(store);
}

uint64_t relay_hello_archive(const relay_answer *answer, size_t index)
{
    return relay_answer_is(answer, index, "1")   ? 2
           : relay_answer_is(answer, index, "0") ? 1 : 0;
}

relay_order *relay_hello_keep(const relay_settings *settings,
                              uint64_t archive)
{
    base_bytes key = BASE_BYTES_INIT;
    relay_order *order;

    if (archive == 0) {
        return NULL;
    }
    order = relay_order_create(NULL, NULL, NULL);
    relay_bus_key(settings, RELAY_BUS_ARCHIVE, &key);
    relay_order_add_text(order, "SET");
    relay_order_add(order, key.data, key.len);
    relay_order_add_text(order, words[archive - 1]);
    relay_order_add_text(order, "PX");
    relay_order_add_number(order, ARCHIVE_MS);
    relay_order_add_text(order, "NX");
    base_bytes_free(&key);
    return order;
}

bool relay_hello_take(const relay_hello *told, room_store *store,
                      int64_t away_us)
{
    const base_hash_key *own = room_store_secret(store);

    relay_words_set(store, RELAY_WORD_ARCHIVE, told->archive);
    if (!told->has_secret && base_clock_mono() - away_us > PATIENCE_US) {
        base_log_limited(BASE_LOG_ERROR, "CW1225",
                         "Redis waits for the secret that a host's archive"
                         " has: no room is opened before that host runs, and"
                         " its database can be asked");
    }
    if (!told->has_secret) {
        return false;
    }
    relay_words_set(store, RELAY_WORD_RUN, told->run);
    if (room_relay_ready(store)
        && (own->k0 != told->secret.k0 || own->k1 != told->secret.k1)) {
        base_log_limited(BASE_LOG_ERROR, "CW1215",
                         "Redis has another secret than the one that this"
                         " server began with: the ids of people differ between"
                         " hosts until this server is stopped and started");
    }
    return true;
}
