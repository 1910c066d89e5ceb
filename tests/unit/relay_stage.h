/* relay_stage.h - a sender with a fake Redis, and what has come back of the
 * orders that were sent. One at a time in a program.
 */
#ifndef CHATWS_RELAY_STAGE_H
#define CHATWS_RELAY_STAGE_H

#include "relay/link/relay_sender.h"
#include "relay_fake.h"

#define RELAY_STAGE_ORDERS 10000

typedef struct {
    relay_fake *fake;
    relay_settings settings;
    relay_sender *sender;
    _Atomic uint64_t sent;
    _Atomic uint64_t failed;
    _Atomic uint64_t run; /* nobody looks at it: see relay_stage_follow */
} relay_stage;

typedef struct {
    unsigned back;         /* orders */
    unsigned by_status[3];
    unsigned wrong;        /* with another one's answer */
    unsigned char times[RELAY_STAGE_ORDERS]; /* by number, each came back */
    char text[64];         /* of the last answer */
    char numbers[256];     /* as they came back, with blanks behind them */
} relay_stage_heard;
extern relay_stage_heard relay_stage_back;

/* The sender is not started; settings may be changed before it is. */
void relay_stage_begin(relay_stage *stage, relay_fake_obey *obey,
                       void *context);
void relay_stage_end(relay_stage *stage);

/* Another sender, which stays where `run` is. */
void relay_stage_follow(relay_stage *stage, uint64_t run);

/* relay_stage_back begins anew. */
void relay_stage_forget(void);

/* An order's `done`, whose context is its number and whose answer should be.
 * Any thread. */
void relay_stage_note(relay_order *order);

/* Until so many have come back. */
void relay_stage_wait(unsigned count);
unsigned relay_stage_count(void);

/* ECHO with its number. */
relay_order *relay_stage_echo(size_t number);

/* Sends until one comes back with RELAY_OK. */
void relay_stage_connected(relay_stage *stage);

/* A good Redis: repeats the first argument. */
relay_fake_obey relay_stage_obey;

#endif
