/* fuzz_room_id.c - any bytes as a cursor, and as two ids: what is read writes
 * the same text again, what is written is read as the same id, and the order is
 * that of the numbers.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "room/log/room_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    room_id id = { 1, 2 };
    char again[ROOM_ID_TEXT];

    if (!room_id_parse(text, size, &id)) {
        BASE_CHECK(id.ms == 1 && id.n == 2);
        return;
    }
    BASE_CHECK(room_id_format(&id, again) == size);
    BASE_CHECK(memcmp(again, text, size) == 0);
}

static room_id check_id(const uint8_t *data)
{
    room_id id;
    room_id again;
    char text[ROOM_ID_TEXT];
    size_t size;

    memcpy(&id.ms, data, 8);
    memcpy(&id.n, data + 8, 8);
    size = room_id_format(&id, text);
    BASE_CHECK(size < ROOM_ID_TEXT && text[size] == '\0');
    BASE_CHECK(room_id_parse(text, size, &again));
    BASE_CHECK(again.ms == id.ms && again.n == id.n);
    BASE_CHECK(!room_id_parse(text, size - 1, &again)
               || room_id_compare(&again, &id) < 0);
    return id;
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text((const char *)data, size);
    if (size >= 40) {
        room_id one = check_id(data);
        room_id other = check_id(data + 16);
        int order = room_id_compare(&one, &other);
        int64_t now;
        room_id next;

        memcpy(&now, data + 32, 8);
        next = room_id_after(&one, now);
        BASE_CHECK(sign(order) == -sign(room_id_compare(&other, &one)));
        BASE_CHECK((order == 0)
                   == (one.ms == other.ms && one.n == other.n));
        BASE_CHECK(room_id_compare(&one, &one) == 0);
        BASE_CHECK(one.ms == UINT64_MAX /* no later one is left */
                   || room_id_compare(&next, &one) > 0);
    }
    return 0;
}
