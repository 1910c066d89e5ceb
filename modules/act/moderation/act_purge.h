/* act_purge.h - what somebody has written in all rooms of a realm goes.
 *
 * Called by act_sanction for a ban with `purge`, and by hub/ for what is left
 * after that; any thread.
 */
#ifndef CHATWS_ACT_PURGE_H
#define CHATWS_ACT_PURGE_H

#include "act/act_call.h"

/* So many messages go at a time: others are served in between. */
#define ACT_PURGE_MOST 1000

/* Deletes the next ACT_PURGE_MOST messages at most, for the moderator
 * call->who. */
void act_purge_step(const act_call *call, act_purge *it);

/* True when the archive may have messages of theirs: then act_purge_past is to
 * be called, by somebody who may block, until nothing is left. Where several
 * hosts are one chat they go by act_sweep. */
bool act_purge_has_past(const act_call *call, const act_purge *it);

/* The next piece of all of it: what is kept, then what the archive has, and
 * what has been read in from there meanwhile. With a key->archive. CHAT_OK;
 * CHAT_UNAVAILABLE: the archive cannot be asked now; nothing is left then. */
chat_error act_purge_past(const act_call *call, act_purge *it);

#endif
