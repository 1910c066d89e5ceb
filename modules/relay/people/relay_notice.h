/* relay_notice.h - sanctions, pardons and reports as they come by: into the
 * segment, and the children are woken.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_NOTICE_H
#define CHATWS_RELAY_NOTICE_H

#include "relay/reader/relay_bus.h"
#include "room/set/room_notice.h"

/* "S...", "U..." or "N...", also this host's own: so that of two hosts that
 * decide about one user at once all keep the same. What makes no sense is
 * nothing. False: something could not be kept now (relay_agree.h does it). */
bool relay_notice_hear(const relay_bus *bus, const char *text, size_t size);

/* "MADE UNTIL WHAT" of sanction.lua, when that clock says `now_ms`: true when
 * it is a sanction that holds; `notice` tells it. */
bool relay_notice_read(const char *text, size_t size, int64_t now_ms,
                       int64_t now_us, room_notice *notice);

#endif
