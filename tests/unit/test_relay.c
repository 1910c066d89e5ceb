/* test_relay.c - whoever asks Redis waits for the answer, but not for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "relay/relay.h"
#include "relay_stage.h"
#include "room_arena.h"

#define SOON INT64_C(60000000)

/* The first one is not answered. */
static bool obey_later(const relay_fake_peer *peer,
                       const relay_answer *command, void *context)
{
    _Atomic bool *deaf = context;

    if (relay_answer_is(command, 0, "ECHO") && atomic_exchange(deaf, false)) {
        return true;
    }
    return relay_stage_obey(peer, command, NULL);
}

static bool may_enter;
static int inside;

static bool enter(void)
{
    inside += may_enter;
    return may_enter;
}

static void leave(void)
{
    inside--;
}

static relay_order *ask(relay *r, size_t number, int64_t us)
{
    relay_order *order = relay_stage_echo(number);

    relay_ask(r, order, base_clock_mono() + us);
    return order;
}

static void test_asking_waits_for_the_answer(void **state)
{
    relay_stage s;
    _Atomic bool deaf = true;
    arena rooms;
    relay_order *order;
    relay *r;

    (void)state;
    relay_stage_begin(&s, obey_later, &deaf);
    s.settings.enter = enter;
    s.settings.leave = leave;
    may_enter = true;
    arena_open(&rooms, 64, 2);
    r = relay_create(&s.settings, rooms.store);
    assert_true(relay_start(r));
    /* Not in time: the answer has nobody any more. */
    order = ask(r, 1, 50000);
    assert_int_equal(order->status, RELAY_AWAY);
    relay_order_free(order);
    do { /* until that connection was given up */
        order = ask(r, 7, SOON);
        if (order->status != RELAY_OK) {
            relay_order_free(order);
            order = NULL;
        }
    } while (!order);
    assert_int_equal(relay_answer_number(&order->answer, 0), 7);
    assert_int_equal(inside, 0);
    relay_order_free(order);
    may_enter = false;
    order = ask(r, 1, SOON);
    assert_int_equal(order->status, RELAY_AWAY);
    assert_int_equal(inside, 0);
    relay_order_free(order);
    assert_int_equal(relay_stage_count(), 0); /* `done` is not used */
    relay_stop(r, base_clock_mono() + SOON);
    relay_destroy(r);
    arena_close(&rooms);
    relay_stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asking_waits_for_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
