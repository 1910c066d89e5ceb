/* relay_fake.h - a Redis of a test's own, on a thread: what it answers is the
 * test's.
 */
#ifndef CHATWS_RELAY_FAKE_H
#define CHATWS_RELAY_FAKE_H

#include "relay/relay_answer.h"
#include "relay/relay_url.h"

typedef struct relay_fake relay_fake;

/* One connection. */
typedef struct {
    int fd;
    unsigned number;   /* of the connection, from 1 on */
    unsigned commands; /* with this one */
} relay_fake_peer;

/* Answers a command, on the fake's thread. False: the connection ends. */
typedef bool relay_fake_obey(const relay_fake_peer *peer,
                             const relay_answer *command, void *context);

/* On loopback, or at `path` (NULL: loopback). */
relay_fake *relay_fake_start(const char *path, relay_fake_obey *obey,
                             void *context);
void relay_fake_stop(relay_fake *fake);
unsigned relay_fake_port(const relay_fake *fake);

/* So many have connected. */
unsigned relay_fake_connections(const relay_fake *fake);

/* As ChatRedis with this fake says. */
void relay_fake_settings(const relay_fake *fake, relay_settings *out);

/* Ends all connections. */
void relay_fake_cut(relay_fake *fake);

/* For an obey: bytes, and what a connection begins with (AUTH, ROLE, PING,
 * SELECT) as a master answers. False: it is no such command. */
void relay_fake_say(const relay_fake_peer *peer, const char *bytes);
bool relay_fake_login(const relay_fake_peer *peer,
                      const relay_answer *command);

/* A port of loopback where nobody listens. */
unsigned relay_fake_nowhere(void);

#endif
