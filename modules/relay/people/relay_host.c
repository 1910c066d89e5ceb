/* relay_host.c - the other hosts; see relay_host.h. */
#include "relay/people/relay_host.h"

#include <string.h>

#include "base/base_log.h"

static bool is_id(const char *id, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((id[i] < '0' || id[i] > '9') && (id[i] < 'a' || id[i] > 'f')) {
            return false;
        }
    }
    return size == RELAY_HOST_SIZE;
}

static uint64_t bit_of(int number)
{
    return UINT64_C(1) << number;
}

/* The host with this id, or one that is free, or -1. */
static int find(const relay_hosts *hosts, const char *id)
{
    int spare = -1;

    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        if (!(hosts->alive & bit_of(i))) {
            spare = i;
        }
        else if (memcmp(hosts->list[i].id, id, RELAY_HOST_SIZE) == 0) {
            return i;
        }
    }
    if (spare < 0) {
        base_log_limited(BASE_LOG_WARN, "CW1221", "more than %d other hosts "
                         "share the rooms: whoever is on the others is not "
                         "shown as a member", RELAY_HOST_MOST);
    }
    return spare;
}

int relay_host_know(relay_hosts *hosts, const char *id, size_t size,
                    int64_t now_us)
{
    int number = is_id(id, size) ? find(hosts, id) : -1;

    if (number >= 0 && !(hosts->alive & bit_of(number))) {
        memcpy(hosts->list[number].id, id, RELAY_HOST_SIZE);
        hosts->list[number].heard_us = now_us;
        hosts->alive |= bit_of(number);
    }
    return number;
}

int relay_host_hear(relay_hosts *hosts, const char *id, size_t size,
                    int64_t now_us)
{
    int number = relay_host_know(hosts, id, size, now_us);

    if (number >= 0) {
        hosts->list[number].heard_us = now_us;
    }
    return number;
}

uint64_t relay_host_bury(relay_hosts *hosts, int64_t now_us)
{
    uint64_t dead = 0;

    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        if (now_us - hosts->list[i].heard_us > RELAY_HOST_DEAD_US) {
            dead |= hosts->alive & bit_of(i);
        }
    }
    hosts->alive &= ~dead;
    return dead;
}

void relay_host_trust(relay_hosts *hosts, int64_t now_us)
{
    for (int i = 0; i < RELAY_HOST_MOST; i++) {
        hosts->list[i].heard_us = now_us;
    }
}

unsigned relay_host_count(const relay_hosts *hosts)
{
    return (unsigned)__builtin_popcountll(hosts->alive);
}
