/* relay_host.h - the other hosts that are alive: those that were heard of
 * lately. Each has a number, below RELAY_HOST_MOST, until it is dead.
 *
 * Pure. The reader's thread.
 */
#ifndef CHATWS_RELAY_HOST_H
#define CHATWS_RELAY_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A host's id, hex digits. */
#define RELAY_HOST_SIZE 16

/* More hosts are not listed: a set of them is one word. */
#define RELAY_HOST_MOST 64

/* Not heard of for so long, it is dead. */
#define RELAY_HOST_DEAD_US INT64_C(20000000)

typedef struct {
    struct {
        char id[RELAY_HOST_SIZE];
        int64_t heard_us;
    } list[RELAY_HOST_MOST];
    uint64_t alive; /* a bit for each that is */
} relay_hosts;

/* The number of the host; it was heard of just now. A new one gets a number.
 * -1: that is no id, or there are too many. */
int relay_host_hear(relay_hosts *hosts, const char *id, size_t size,
                    int64_t now_us);

/* The same of one that is known to be alive, though not since when: a known one
 * is not heard by that. */
int relay_host_know(relay_hosts *hosts, const char *id, size_t size,
                    int64_t now_us);

/* Those that are dead now, as bits; their numbers are free from now on. */
uint64_t relay_host_bury(relay_hosts *hosts, int64_t now_us);

/* Whoever could not hear knows nothing of who is dead. */
void relay_host_trust(relay_hosts *hosts, int64_t now_us);

unsigned relay_host_count(const relay_hosts *hosts);

#endif
