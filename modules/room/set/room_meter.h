/* room_meter.h - traffic added up in the segment: line by line for everybody,
 * and for each of the few who want to see their own. What a line stands for is
 * told by act_traffic.
 *
 * A meter is known by a key that its client made up. There is a fixed number
 * of them; when all are taken, the one that is idle longest gives way to a
 * new key, but not before ten seconds. An address gets another one as long as
 * it has fewer than are left: one alone can have half of them. Adding takes no
 * lock, only the first use of a key does. Called by hub/ and httpd/; any thread
 * of any process. Figures that are read while somebody adds are each right, but
 * not of one instant.
 */
#ifndef CHATWS_ROOM_METER_H
#define CHATWS_ROOM_METER_H

#include "base/base_traffic.h"
#include "room/segment/room_store.h"

/* A fixed number in the segment: room_layout's version. */
#define ROOM_METER_LINES 5u

/* `opening` is the part of `traffic` that it took until so many connections
 * could be used: handshakes, and of a stream its head and its hello. */
typedef struct {
    uint64_t requests;
    base_traffic traffic;
    uint64_t connections;
    base_traffic opening;
} room_meter_figures;

/* Meters are kept for so long at least, in microseconds. */
#define ROOM_METER_IDLE_US INT64_C(10000000)

/* Adds to a line of what all have caused together, and, unless `key` is 0, of
 * that key's meter, which is made when there is a place for the address `tag`
 * (room_address_tag). `now_us` is base_clock_mono(). */
void room_meter_add(room_store *store, uint64_t key, uint16_t tag,
                    unsigned line, const room_meter_figures *more,
                    int64_t now_us);

/* Moves figures of a key's meter from one line to another: it has turned out
 * whose they are. What all have caused together only ever grows, and stays. */
void room_meter_reassign(room_store *store, uint64_t key, unsigned from,
                         unsigned to, const room_meter_figures *what,
                         int64_t now_us);

/* Reads a key's meter, or with 0 what all have caused together. A meter that
 * is read is not idle. False, and all 0, when the key has no meter. */
bool room_meter_read(room_store *store, uint64_t key, int64_t now_us,
                     room_meter_figures out[ROOM_METER_LINES]);

/* Adds what all have caused in another segment; its meters are left behind. */
void room_meter_move(const room_store *from, room_store *to);

#endif
