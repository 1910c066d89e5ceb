/* room_id.h - message ids "MILLISECONDS-N", which are also the cursors.
 *
 * A room's ids increase strictly, whatever the wall clock does. Pure.
 */
#ifndef CHATWS_ROOM_ID_H
#define CHATWS_ROOM_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t ms; /* wall clock, milliseconds since 1970 */
    uint64_t n;  /* counts within one millisecond, from 0 */
} room_id;

/* The longest text: two numbers of 20 digits, the dash and a NUL. */
#define ROOM_ID_TEXT 42

/* Below, at or above 0 as `left` is before, equal to or after `right`. */
int room_id_compare(const room_id *left, const room_id *right);

/* The id of a message that comes after `previous` at `wall_ms` (below 0 is 0):
 * {wall_ms, 0} when that is later; otherwise the milliseconds stay and n
 * counts. */
room_id room_id_after(const room_id *previous, int64_t wall_ms);

/* Writes the text and a NUL; returns its length without the NUL. */
size_t room_id_format(const room_id *id, char text[ROOM_ID_TEXT]);

/* Reads exactly `size` bytes "MS-N": decimal digits only, no sign, no leading
 * zero but in "0" itself, each below 2^64. False when it is anything else;
 * `id` is then untouched. */
bool room_id_parse(const char *text, size_t size, room_id *id);

#endif
