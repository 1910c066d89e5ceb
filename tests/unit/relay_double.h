/* relay_double.h - a relay of one room in memory, in place of relay/'s own
 * sender and reader: it gives ids, answers as store.lua does, and brings what
 * was stored into the room. What a test asks for comes later, otherwise, or
 * never.
 */
#ifndef CHATWS_UNIT_RELAY_DOUBLE_H
#define CHATWS_UNIT_RELAY_DOUBLE_H

#include "hub_peer.h"
#include "relay_double_talk.h"
#include "relay/relay.h"

/* Opens the stage with a segment for it, which has the room, and no hub. */
relay *relay_double_open(hub_stage *stage);

/* The same with one hub. */
relay *relay_double_begin(hub_stage *stage);

/* Closes both. */
void relay_double_close(relay *r, hub_stage *stage);

/* Orders wait until they are let go. */
void relay_double_hold(relay *r, bool hold);

/* When the relay is halted, what is held comes back as if Redis were away. */
void relay_double_end_halted(void);

/* What is stored from now on does not come by; or all that has not yet. */
void relay_double_hide(relay *r, bool hide);

/* Of what has not come by only the first one will, or with `all` none: it is
 * lost. */
void relay_double_drop(relay *r, bool all);

/* The next `count` orders come back with this word instead of being done, of
 * SLOW with 1.25 s; "AWAY" and "REFUSED" are of relay_status. */
void relay_double_refuse(relay *r, const char *word, unsigned count);

/* From now on there is an archive, whose commit is waited for. */
void relay_double_archive(relay *r, bool on);

/* It has all that has come by up to now; or `refused`, the last of it not as it
 * was. */
void relay_double_keep(relay *r, bool refused);

/* How many orders have been sent; and of these, come back. */
unsigned relay_double_sent(relay *r);
unsigned relay_double_answered(relay *r);

/* True when this was published last: channel and text. */
bool relay_double_heard(relay *r, const char *text);

#endif
