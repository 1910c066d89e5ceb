/* relay_double_talk.c - see relay_double_talk.h. */
#include "relay_double_talk.h"

#include <stdio.h>

void relay_double_join(hub_peer *peer, hub_stage *stage, uint64_t user)
{
    hub_peer_join(peer, stage, 0, RELAY_DOUBLE_ROOM, user);
    hub_peer_expect_text(peer, "{\"type\":\"hello\"");
}

void relay_double_say(hub_peer *peer, const char *ref)
{
    char text[100];

    snprintf(text, sizeof(text),
             "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"%s\"}", ref);
    hub_peer_say(peer, text);
}

void relay_double_expect_ack(hub_peer *peer, const char *ref)
{
    char text[100];

    snprintf(text, sizeof(text), "{\"type\":\"ack\",\"ref\":\"%s\",\"id\":\"",
             ref);
    hub_peer_expect_text(peer, text);
}
