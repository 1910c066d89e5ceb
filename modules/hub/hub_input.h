/* hub_input.h - what was read of a client, and when more may be.
 *
 * Private to modules/hub; loop thread only. One that is over its rate is not
 * read at all until the time that it was told has passed: what had been read of
 * it stays here, the rest in the kernel, and its sender waits.
 */
#ifndef CHATWS_HUB_INPUT_H
#define CHATWS_HUB_INPUT_H

#include "hub/hub_client.h"

/* Keeps bytes that are not to be acted upon yet, copied: until it is resumed if
 * it is halted, else until its next turn. Nothing is kept yet. */
void hub_input_keep(hub_client *client, const unsigned char *data, size_t size);

/* It lives: it was heard now. */
void hub_input_hear(hub_client *client);

/* Acts upon what is kept. */
void hub_input_take_kept(hub_client *client);

/* The `feed` of ways whose client has nothing to say after its request: all of
 * it is passed over. One that sends much is doomed. */
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

/* What is kept of it and was not looked at; NULL: nothing. */
const void *hub_input_rest(const hub_client *client, size_t *size);

/* Frees what was kept of it. */
void hub_input_free(hub_client *client);

#endif
