/* hub_input.h - takes in what clients send, each in its turn.
 *
 * Private to modules/hub; loop thread only. In one turn a client is read
 * HUB_SHARE bytes at most. One that is over its rate is not read at all until
 * the time that it was told has passed: what had been read of it stays here,
 * the rest in the kernel, and its sender waits.
 */
#ifndef CHATWS_HUB_INPUT_H
#define CHATWS_HUB_INPUT_H

#include "hub/hub_client.h"

/* Its socket is ready: reads a piece and acts upon it. Who has more than that
 * waits in the queue HUB_TO_READ, so that a member with one command does not
 * wait for those that have thousands. */
void hub_input_ready(hub_client *client);

/* Its turn in that queue: the same for the rest of its share. */
void hub_input_read(hub_client *client);

/* Its turn in the queue HUB_TO_HEAR, where those wait whose room had its share
 * of the turn: a piece. */
void hub_input_hear(hub_client *client);

/* Acts upon bytes that were read of it before it came here. */
void hub_input_early(hub_client *client, unsigned char *data, size_t size);

/* The `feed` of ways whose client has nothing to say after its request: all of
 * it is passed over. One that sends much is dropped. */
size_t hub_input_ignore(hub_client *client, unsigned char *data, size_t size);

/* Reads no more of it for so many microseconds. */
void hub_input_halt(hub_client *client, int64_t wait);

/* Reads it again. */
void hub_input_resume(hub_client *client);

/* True when there is more to read without its socket becoming ready. */
bool hub_input_waits(const hub_client *client);

/* How many bytes of it wait to be acted upon: here and in the kernel. */
size_t hub_input_waiting(const hub_client *client);

/* How many bytes of it are kept. */
size_t hub_input_kept(const hub_client *client);

/* Frees what was kept of it. */
void hub_input_free(hub_client *client);

#endif
