/* room_clock.h - whether the wall clock can be believed, before something is
 * removed by it. The archive's writer.
 */
#ifndef CHATWS_ROOM_CLOCK_H
#define CHATWS_ROOM_CLOCK_H

#include "base/base_clock.h"
#include "room/segment/room_store.h"

/* For so long it goes evenly first, in microseconds. */
#define ROOM_CLOCK_EVEN_US INT64_C(3600000000)

/* True when the wall clock has gone as the monotonic one does for that time, in
 * this segment: a machine that starts with a wrong clock gets a right one
 * within minutes, and what was removed would be gone. To be asked at least once
 * an hour; the segment has an archive. */
bool room_clock_even(room_store *store, base_clock_time now);

#endif
