/* redis_server.h - a redis-server of a test's own, on a socket in a directory
 * that goes with it. One at a time. */
#ifndef CHATWS_REDIS_SERVER_H
#define CHATWS_REDIS_SERVER_H

#include <stdbool.h>

#include "relay/relay_answer.h"
#include "relay/relay_url.h"

/* False: there is no redis-server on this machine. `durable`: what it has said
 * OK to is there after a kill. It answers when this returns. */
bool redis_server_begin(bool durable);
void redis_server_end(void);

const relay_settings *redis_server_settings(void);

/* SIGKILL, and started again. */
void redis_server_kill(void);
void redis_server_start(void);
/* SIGSTOP and SIGCONT. */
void redis_server_hold(void);
void redis_server_go_on(void);

/* A command of up to six words, behind the last one NULL; the answer ends with
 * the next call. Fails the test when there is none. */
const relay_answer *redis_server_ask(const char *word, ...);

/* The same; its second and third word may have any bytes. */
const relay_answer *redis_server_ask_bytes(const char *word, const void *second,
                                           size_t second_size,
                                           const void *third,
                                           size_t third_size);

#endif
