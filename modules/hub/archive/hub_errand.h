/* hub_errand.h - what is done for a client on a thread that may block.
 *
 * Private to modules/hub. One such thread for the child, made when the first
 * errand is sent: a database may block it, never the loop. Addresses take
 * turns: whoever sends many errands waits behind its own, and others wait for
 * one of them at most. All functions are called on the loop thread.
 */
#ifndef CHATWS_HUB_ERRAND_H
#define CHATWS_HUB_ERRAND_H

#include "hub/hub_client.h"

typedef struct hub_errand hub_errand;

/* Part of what the sender has to know in both functions; all zero at first. */
struct hub_errand {
    loop_inbox_item item; /* first member: on its way back */
    base_list link;       /* among those of its address; in none: taken */
    uint64_t whose;
    hub *core;            /* of hub_relay_send, for another thread */
    void (*run)(hub_errand *one);             /* on the thread */
    void (*done)(hub *core, hub_errand *one); /* on the loop, which frees it */
};

/* Sends it in the client's name; NULL: again, in that of before. False: there
 * is no thread to be had, which is logged, or it ends: the errand is the
 * caller's. */
bool hub_errand_send(hub *core, const hub_client *client, hub_errand *one);

/* Takes it back: it is the caller's again. False: the thread has it, or it is
 * on its way back. */
bool hub_errand_recall(hub *core, hub_errand *one);

/* Calls `done` of those that have come back. */
void hub_errand_take(hub *core);

/* Ends the thread, if there is one, when it has done what it does. Nobody waits
 * any more. What was not begun is not done: `done` is called all the same. */
void hub_errand_stop(hub *core);

#endif
