/* test_hub_archive.c - readers of hub/ who lack more than the segment has: it
 * comes from the archive, without a hole and once, as they take it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <malloc.h>
#include <string.h>

#include "hub/archive/hub_fetch.h"
#include "hub_reader.h"
#include "hub_shelf.h"
#include "hub_text.h"

#define ROOM "/busy"
#define HISTORY 600 /* of 2 KB: more than the log has */
#define SIZE 2000

/* Says so much that the log has lost the first of it; the archive has all of
 * that. Answers the position behind message 0. */
static room_id begin(hub_shelf *shelf, hub_stage *stage)
{
    room_id first;

    hub_shelf_open(shelf, stage, false);
    first = hub_stage_publish(stage, ROOM, 99, "00000000 x", NULL).id;
    for (unsigned at = 1; at < HISTORY; at += 50) {
        hub_stage_flood(stage, ROOM, at, 50, SIZE);
        hub_shelf_write(shelf);
    }
    return first;
}

/* Joins behind message 0. */
static void join_at(hub_reader *one, hub_stage *stage, room_id after,
                    bool small)
{
    hub_offer *offer;

    memset(one, 0, sizeof(*one));
    offer = hub_peer_offer_room(&one->peer, stage, 0, ROOM, 1);
    offer->start.given = true;
    offer->start.after = after;
    offer->start.archived = true;
    hub_reader_join(one, offer, small);
    one->next = 1;
    assert_non_null(strstr(one->hello, "\"resumed\":true,\"gap\":false"));
}

/* Everything behind an old cursor, and then what is said. */
static void test_old_cursor(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    hub_reader slow;
    room_id first = begin(&shelf, &stage);

    (void)state;
    join_at(&one, &stage, first, false);
    join_at(&slow, &stage, first, true);
    hub_reader_until(&one, HISTORY - 50);
    for (unsigned i = 0; i < 20; i++) {
        hub_stage_flood(&stage, ROOM, HISTORY + 1 + i * 10, 10, SIZE);
        if (i % 2) {
            hub_shelf_write(&shelf);
        }
        hub_reader_until(&slow, 10 * i);
    }
    hub_reader_until(&one, HISTORY + 200);
    hub_reader_until(&slow, HISTORY + 200);
    assert_int_equal(one.gaps + one.others + slow.gaps + slow.others, 0);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_DELIVERIES)
                   == 2 * (HISTORY + 200));
    hub_peer_leave(&one.peer);
    hub_peer_leave(&slow.peer);
    hub_shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
