/* test_hub_archive_storm.c - readers of every kind in a room whose log keeps
 * little: fast ones and slow ones, some that stop for a while, some that come
 * back with their cursor, while the archive is late or slow and the loop now
 * and then stands still. Nobody misses a message, nobody gets one twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "hub_reader.h"
#include "hub_shelf.h"

#define ROOM "/busy"
#define READERS 12
#define ROUNDS 400
#define MOST 40 /* messages in a round */

/* What a random number says, so that a run can be repeated. */
static unsigned draw(uint64_t *state, unsigned below)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

static atomic_uint still_ms;

/* On the loop's thread, four times a second. */
static bool stand_still(void *context)
{
    unsigned ms = atomic_exchange(&still_ms, 0);

    (void)context;
    if (ms > 0) {
        poll(NULL, 0, (int)ms);
    }
    return false;
}

static void join(hub_reader *r, hub_stage *stage, unsigned who, bool again)
{
    hub_reader before = *r;
    hub_offer *offer;

    memset(r, 0, sizeof(*r));
    offer = hub_peer_offer_room(&r->peer, stage, 0, ROOM, 1 + who);
    offer->start.given = offer->start.archived = again;
    offer->start.after = before.last;
    hub_reader_join(r, offer, who % 3 == 0);
    r->next = before.next;
    if (again) {
        assert_non_null(strstr(r->hello, "\"resumed\":true,\"gap\":false"));
        assert_int_equal(room_id_compare(&r->last, &before.last), 0);
    }
}

/* Takes what has come, or at least a part of it. */
static void hear_some(hub_reader *r, unsigned most)
{
    hub_peer_frame frame;

    for (unsigned i = 0; i < most && hub_peer_read(&r->peer, 0); i++) {
        while (hub_peer_take(&r->peer, &frame)) {
            hub_reader_hear(r, &frame);
        }
    }
}

static void one_round(hub_shelf *shelf, hub_reader *readers, uint64_t *random)
{
    if (draw(random, 3) > 0) {
        hub_shelf_write(shelf);
    }
    hub_shelf_hold(shelf, draw(random, 8) == 0);
    if (draw(random, 50) == 0) {
        atomic_store(&still_ms, 100);
    }
    for (unsigned i = 0; i < READERS; i++) {
        hub_reader *r = &readers[i];

        if (draw(random, 60) == 0) {
            hub_peer_leave(&r->peer);
            join(r, shelf->stage, i, true);
        }
        else if (draw(random, 1 + i) < 2) {
            hear_some(r, 1 + draw(random, 4));
        }
    }
}

static void test_storm(void **state)
{
    static hub_reader readers[READERS];
    const char *seed = getenv("CHATWS_SEED");
    uint64_t random = seed ? strtoull(seed, NULL, 10)
                           : (uint64_t)base_clock_mono();
    unsigned said = 0;
    hub_stage stage;
    hub_shelf shelf;

    (void)state;
    print_message("CHATWS_SEED=%llu\n", (unsigned long long)random);
    hub_shelf_open(&shelf, &stage, false);
    hub_stage_stop(&stage, 0, false);
    stage.stopping = stand_still;
    hub_stage_start(&stage, 0);
    memset(readers, 0, sizeof(readers));
    for (unsigned i = 0; i < READERS; i++) {
        join(&readers[i], &stage, i, false);
    }
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned count = draw(&random, MOST);

        hub_stage_flood(&stage, ROOM, said, count, 9 + draw(&random, 7000));
        said += count;
        one_round(&shelf, readers, &random);
    }
    hub_shelf_hold(&shelf, false);
    hub_shelf_write(&shelf);
    for (unsigned i = 0; i < READERS; i++) {
        hub_reader_until(&readers[i], said - 1);
        assert_int_equal(readers[i].gaps + readers[i].others, 0);
        hub_peer_leave(&readers[i].peer);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    assert_true(hub_shelf_readings(&shelf) > 10);
    hub_shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
