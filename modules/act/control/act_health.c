/* act_health.c - see act_health.h. */
#include "act/control/act_health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "act/act_count.h"

/* An archive, or a way through Redis, that takes longer is behind. */
#define ARCHIVE_LAG_US INT64_C(10000000)
#define RELAY_LAG_US INT64_C(1000000)

/* By then somebody writes the archive. */
#define ARCHIVE_BEGUN_S 15

#define U64 PRIu64

static void say(act_health_finding *out, act_health_level level,
                const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(act_health_finding *out, act_health_level level,
                const char *format, ...)
{
    va_list list;

    out->level = level;
    va_start(list, format);
    (void)vsnprintf(out->text, sizeof(out->text), format, list);
    va_end(list);
}

/* Whole percent, at most 100; of nothing all. */
static uint64_t percent(uint64_t part, uint64_t whole)
{
    return part >= whole ? 100 : part * 100 / whole;
}

/* -------------------------------------------------------------- the parts */

/* Each begins with a finding that is all zero. */
typedef void part_fn(const act_health_input *now, act_health_finding *out);

static void find_segment(const act_health_input *now, act_health_finding *out)
{
    const room_store_figures *store = now->store;

    if (!store) {
        say(out, ACT_HEALTH_BAD,
            "There is no shared memory, so that the rooms answer 503: the "
            "error log says why; lower ChatSharedMemory or free memory, then "
            "reload.");
    }
    else if (percent(store->pages_free, store->pages) < 5) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " %% of the memory for messages is free: raise "
            "ChatSharedMemory, or lower ChatHistory.",
            percent(store->pages_free, store->pages));
    }
    else if (store->evicted > 0) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " messages that were to be kept had to go for lack of "
            "memory: raise ChatSharedMemory, or lower ChatHistory.",
            store->evicted);
    }
    else {
        say(out, ACT_HEALTH_OK, "%" U64 " %% of the memory for messages is "
            "free.", percent(store->pages_free, store->pages));
    }
}

static void find_rooms(const act_health_input *now, act_health_finding *out)
{
    const room_store_figures *store = now->store;

    if (store->rooms_full > 0 && store->rooms_used >= store->rooms) {
        say(out, ACT_HEALTH_BAD,
            "All %" U64 " rooms are in use, and %" U64 " new ones were "
            "refused: raise ChatMaxRooms; if one address makes many, lower "
            "ChatAddressRooms.", store->rooms, store->rooms_full);
    }
    else if (percent(store->rooms_used, store->rooms) >= 90) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " of %" U64 " rooms are in use: raise ChatMaxRooms; if "
            "one address makes many, lower ChatAddressRooms.",
            store->rooms_used, store->rooms);
    }
    else {
        say(out, ACT_HEALTH_OK, "%" U64 " of %" U64 " rooms are in use.",
            store->rooms_used, store->rooms);
    }
}

static void find_members(const act_health_input *now, act_health_finding *out)
{
    uint64_t left = percent(now->store->cells_free, now->store->cells);

    if (left < 5) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " %% of the places for members are free: raise "
            "ChatSharedMemory.", left);
    }
    else {
        say(out, ACT_HEALTH_OK, "%" U64 " %% of the places for members are "
            "free.", left);
    }
}

static void find_descriptors(const act_health_input *now,
                             act_health_finding *out)
{
    uint64_t open = now->counts[ACT_COUNT_CONNECTIONS];
    uint64_t limit = now->connections_limit;
    uint64_t closed = now->counts[ACT_COUNT_CLOSED_DESCRIPTORS];
    uint64_t refused = now->counts[ACT_COUNT_REFUSED_FULL];
    uint64_t used = limit > 0 ? percent(open, limit) : 0;

    if (closed > 0 && used >= 90) {
        say(out, ACT_HEALTH_BAD,
            "httpd is short of descriptors, so that %" U64 " connections were "
            "closed: raise the limit of open files.", closed);
    }
    else if (used >= 80) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " connections are open of %" U64 " that there can be: "
            "raise the limit of open files, or ChatMaxConnections.", open,
            limit);
    }
    else if (closed > 0 || refused > 0) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " connections were refused or closed since httpd began, "
            "as there was no place: raise the limit of open files, or "
            "ChatMaxConnections.", closed + refused);
    }
    else if (limit > 0) {
        say(out, ACT_HEALTH_OK, "%" U64 " connections are open; %" U64 " can "
            "be.", open, limit);
    }
    else {
        say(out, ACT_HEALTH_OK, "%" U64 " connections are open.", open);
    }
}

static void find_children(const act_health_input *now, act_health_finding *out)
{
    if (now->children == 0 && now->counts[ACT_COUNT_CONNECTIONS] > 0) {
        say(out, ACT_HEALTH_BAD,
            "No child serves the chat, but connections are open: see the "
            "error log.");
    }
    else if (now->store->repairs > 0) {
        say(out, ACT_HEALTH_WARN,
            "A child died while it had something of the rooms in hand, %" U64
            " times since httpd began: the error log says when; find out why.",
            now->store->repairs);
    }
    else {
        say(out, ACT_HEALTH_OK, "%" U64 " children serve the chat.",
            now->children);
    }
}

/* With Redis another host may be the one that writes. */
static void find_archive(const act_health_input *now, act_health_finding *out)
{
    const room_archive_figures *archive = now->archive;

    if (archive->lag_us >= ARCHIVE_LAG_US) {
        say(out, ACT_HEALTH_BAD,
            "%" U64 " messages and events wait for the database, the oldest "
            "for %" PRId64 " s: see whether it can be reached; the error log "
            "says more.", archive->lag_messages, archive->lag_us / 1000000);
    }
    else if (archive->writes == 0 && !now->relay
             && now->uptime > ARCHIVE_BEGUN_S) {
        say(out, ACT_HEALTH_BAD,
            "Nobody writes the archive: the error log says why.");
    }
    else if (archive->lost > 0) {
        say(out, ACT_HEALTH_WARN,
            "%" U64 " messages and events never came into the archive: the "
            "error log says why.", archive->lost);
    }
    else if (archive->errors > 0) {
        say(out, ACT_HEALTH_WARN,
            "The database of the archive had %" U64 " errors since httpd "
            "began: the error log says which.", archive->errors);
    }
    else {
        say(out, ACT_HEALTH_OK,
            "%" U64 " messages and events wait for the archive.",
            archive->lag_messages);
    }
}

static void find_redis(const act_health_input *now, act_health_finding *out)
{
    const relay_figures *of = now->relay;

    if (!of->connected) {
        say(out, ACT_HEALTH_BAD,
            "Redis is away, so that nothing can be said: the error log says "
            "why.");
    }
    else if (of->lag_us >= RELAY_LAG_US) {
        say(out, ACT_HEALTH_WARN,
            "The way through Redis takes %" PRId64 " ms: Redis or the network "
            "has too much to do.", of->lag_us / 1000);
    }
    else {
        say(out, ACT_HEALTH_OK, "This host hears %" U64 " others.",
            of->hosts);
    }
}

static void find_limits(const act_health_input *now, act_health_finding *out)
{
    if (now->forks) {
        say(out, ACT_HEALTH_WARN,
            "mpm-itk serves each connection with a process of its own: there "
            "is no WebSocket, nothing waits and nothing is archived; use "
            "another MPM.");
    }
    else {
        say(out, ACT_HEALTH_OK, "All ways to chat are there.");
    }
}

static bool has_store(const act_health_input *now)
{
    return now->store != NULL;
}

static bool has_archive(const act_health_input *now)
{
    return now->store && now->archive;
}

static bool has_redis(const act_health_input *now)
{
    return now->store && now->relay;
}

static const struct {
    const char *code;
    part_fn *find;
    bool (*has)(const act_health_input *now); /* NULL: always */
    const char *doc;
} parts[ACT_HEALTH_MOST] = {
    { "segment", find_segment, NULL, "OPERATIONS.md#memory" },
    { "rooms", find_rooms, has_store, "DIRECTIVES.md#chatmaxrooms" },
    { "members", find_members, has_store, "OPERATIONS.md#memory" },
    { "descriptors", find_descriptors, has_store,
      "OPERATIONS.md#descriptors" },
    { "children", find_children, has_store, "LOG.md#log-lines" },
    { "archive", find_archive, has_archive,
      "ARCHIVE.md#when-the-database-is-away" },
    { "redis", find_redis, has_redis, "REDIS.md#when-redis-is-away" },
    { "limits", find_limits, NULL, "OPERATIONS.md#limits" },
};

size_t act_health_find(const act_health_input *now,
                       act_health_finding out[ACT_HEALTH_MOST])
{
    act_health_finding found[ACT_HEALTH_MOST];
    size_t count = 0;
    size_t sorted = 0;

    for (size_t i = 0; i < ACT_HEALTH_MOST; i++) {
        if (!parts[i].has || parts[i].has(now)) {
            found[count] = (act_health_finding){ .code = parts[i].code,
                                                 .doc = parts[i].doc };
            parts[i].find(now, &found[count++]);
        }
    }
    for (int level = ACT_HEALTH_BAD; level <= ACT_HEALTH_OK; level++) {
        for (size_t i = 0; i < count; i++) {
            if (found[i].level == (act_health_level)level) {
                out[sorted++] = found[i];
            }
        }
    }
    return count;
}

const char *act_health_name(act_health_level level)
{
    switch (level) {
    case ACT_HEALTH_BAD: return "bad";
    case ACT_HEALTH_WARN: return "warn";
    case ACT_HEALTH_OK: break;
    }
    return "ok";
}
