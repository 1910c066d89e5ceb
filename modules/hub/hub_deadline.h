/* hub_deadline.h - what a client is due for, and when.
 *
 * Private to modules/hub. Pure: time is an argument, in milliseconds modulo
 * 2^32, so that differences are right for 49 days; every wait is shorter.
 * Who acts upon an answer is hub_session.c. A client has one timer for all of
 * its deadlines, which may fire too early, but never too late.
 */
#ifndef CHATWS_HUB_DEADLINE_H
#define CHATWS_HUB_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "act/act_settings.h"

/* How long a client may take to answer our Close, or to read the last bytes. */
#define HUB_CLOSE_ANSWER_MS 5000

/* How long a connection lingers after its last byte, reading what still comes
 * so that unread input does not turn into a reset that eats our Close. */
#define HUB_LINGER_MS 2000

typedef enum {
    HUB_DEADLINE_OPEN,
    HUB_DEADLINE_CLOSING,  /* it answers our Close, or reads the last bytes */
    HUB_DEADLINE_LINGERING /* our side is shut down */
} hub_deadline_phase;

/* What is known of one client. */
typedef struct {
    uint32_t heard;        /* when something of it came */
    uint32_t since;        /* `busy`: a message is on its way in; not open any
                              more: the phase */
    uint32_t behind_since; /* `late`: something waits to be written */
    uint32_t until;        /* `halted`: it is read on; `single`: it leaves */
    uint32_t goal;         /* of what it is sent, modulo 2^32: what ends being
                              behind */
    uint32_t recall;       /* when it is told to come back; 0: never */
    uint8_t phase;         /* hub_deadline_phase */
    bool single : 1;       /* it waits for one answer, and is not asked whether
                              it is there */
    bool one_way : 1;      /* a ping is answered by its kernel alone */
    bool pinged : 1;       /* and nothing heard since */
    bool unheard : 1;      /* its kernel neither, so far */
    bool busy : 1;
    bool late : 1;
    bool halted : 1;       /* not read until `until`: over its rate */
    bool recalled : 1;     /* it was told to come back at once */
} hub_deadline;

/* What a client is due for. */
typedef enum {
    HUB_DUE_NOTHING,
    HUB_DUE_RECALL, /* it has to come back, to be asked anew who it is */
    HUB_DUE_RESUME, /* it may be read again */
    HUB_DUE_SLOW,   /* it is behind for too long */
    HUB_DUE_UPLOAD, /* a message is on its way in for too long */
    HUB_DUE_SILENT, /* a ping is not answered */
    HUB_DUE_PING,
    HUB_DUE_LEAVE,  /* its wait for an answer is over */
    HUB_DUE_CUT     /* it does not end by itself */
} hub_due;

/* What it is due for at `now`, the most urgent; `*wait` is the time until it
 * is due for anything, 0 or below when it is. */
hub_due hub_deadline_next(const hub_deadline *of, const act_settings *settings,
                          uint32_t now, int64_t *wait);

/* It has to come back within `rest` milliseconds: it is told so within the last
 * minute, but a second before the end, and of a short time in its last half.
 * `random` spreads those that came together. */
void hub_deadline_recall(hub_deadline *of, uint32_t now, int64_t rest,
                         uint32_t random);

/* Milliseconds that one which did not answer its ping in time has been silent;
 * 0 of any other. */
int64_t hub_deadline_silence(const hub_deadline *of,
                             const act_settings *settings, uint32_t now);

/* Something of it came, or was read by it: it lives. */
void hub_deadline_hear(hub_deadline *of, uint32_t now);

/* It is due as HUB_DUE_SILENT, and its kernel has let our bytes wait for
 * `unacknowledged` milliseconds. True: it gets more time, because its kernel
 * counts for it. */
bool hub_deadline_excuse(hub_deadline *of, const act_settings *settings,
                         uint32_t now, int64_t unacknowledged);

/* Notes whether a message is on its way in. True: there is a new deadline. */
bool hub_deadline_input(hub_deadline *of, uint32_t now, bool busy);

/* Notes whether output waits: `waiting` bytes after `sent`. True: there is a
 * new deadline. */
bool hub_deadline_output(hub_deadline *of, uint32_t now, uint64_t sent,
                         uint64_t waiting);

/* The end begins, or its next phase. */
void hub_deadline_end(hub_deadline *of, uint32_t now,
                      hub_deadline_phase phase);

#endif
