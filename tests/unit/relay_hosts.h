/* relay_hosts.h - hosts that share a real Redis, each a small segment with one
 * room, without threads: what they tell each other comes when the test says so.
 */
#ifndef CHATWS_RELAY_HOSTS_H
#define CHATWS_RELAY_HOSTS_H

#include "relay/link/relay_link.h"
#include "relay/people/relay_others.h"
#include "room_arena.h"

#define HOSTS_ROOM "site\n/chat/lobby"
#define HOSTS_PEOPLE "chatws:{site/chat/lobby}:people"
#define HOSTS_REALM UINT64_C(0x1234)

/* One host: its segment, its child and its reader. */
typedef struct {
    arena segment;
    room_handle room;
    int slot;             /* the child's */
    char id[17];
    relay_bus bus;
    relay_others *others;
    relay_rooms_one one;
    relay_link *asks;
    relay_link *hears;
    relay_order *first;   /* that wait to be sent */
    relay_order **last;
    unsigned orders;      /* that were sent */
    unsigned heard;       /* messages of the room */
} relay_hosts_one;

/* Starts redis-server; false: it is not installed. */
bool relay_hosts_start(void);
void relay_hosts_stop(void);

/* The connection is lost, and comes again. */
void relay_hosts_lose(relay_hosts_one *host);
void relay_hosts_find(relay_hosts_one *host);

/* Sends what waits, and hears all that was told so far. */
void relay_hosts_settle(relay_hosts_one *const *hosts, size_t count);

/* What Redis answers to a command of words with a space between; '~' is a space
 * inside of a word. */
void relay_hosts_ask(const char *command, relay_answer *answer);

/* A message to a channel. */
void relay_hosts_publish(const char *channel, const char *text);

/* Somebody comes to the host's child, or leaves it, at once. */
void relay_hosts_join(relay_hosts_one *host, uint64_t user, const char *name,
                      bool guest, bool moderator);
void relay_hosts_leave(relay_hosts_one *host, uint64_t user, bool moderator);

/* The name that the user has on this host; "": it is no member there. */
const char *relay_hosts_name(const relay_hosts_one *host, uint64_t user);


/* ---- two of them, for tests */

typedef struct {
    relay_hosts_one a;
    relay_hosts_one b;
    relay_hosts_one *both[2];
} relay_hosts_pair;

/* cmocka's; Redis is empty. */
int relay_hosts_setup(void **state);
int relay_hosts_teardown(void **state);

/* So many seconds go by: base_clock_mono is made to jump, and each host with a
 * connection beats and does what is due, every second. */
void relay_hosts_pass(relay_hosts_pair *it, unsigned seconds);

/* Members of the room, as the host has it; and what Redis has of them. */
unsigned relay_hosts_members(const relay_hosts_one *host);
unsigned relay_hosts_fields(void);

#endif
