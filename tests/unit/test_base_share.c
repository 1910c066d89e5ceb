/* test_base_share.c - parts of an amount: together all of it, and fair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base_share.h"

/* Three with 1, 2 and 7 of 10. */
static void share(int64_t amount, double phase, uint64_t parts[3])
{
    static const uint64_t ends[] = { 0, 1, 3, 10 };

    for (unsigned i = 0; i < 3; i++) {
        parts[i] = base_share_part(amount, &(base_share){ ends[i], ends[i + 1],
                                                          10, phase });
    }
}

static void parts_are_the_whole(void **state)
{
    uint64_t parts[3];

    (void)state;
    for (int64_t amount = 0; amount < 1000; amount++) {
        share(amount, (double)(amount % 10) / 10, parts);
        assert_int_equal(parts[0] + parts[1] + parts[2], amount);
    }
    share(1000000, 0, parts);
    assert_int_equal(parts[0], 100000);
    assert_int_equal(parts[2], 700000);
}

/* One packet each time goes to each as often as is its due. */
static void what_cannot_be_divided(void **state)
{
    uint64_t sums[3] = { 0, 0, 0 };
    double phase = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t parts[3];

        share(1, phase, parts);
        for (unsigned k = 0; k < 3; k++) {
            sums[k] += parts[k];
        }
        phase += 0.618;
        phase -= phase >= 1;
    }
    assert_in_range(sums[0], 90, 110);
    assert_in_range(sums[1], 190, 210);
    assert_in_range(sums[2], 690, 710);
}

static void nothing_of_less_than_nothing(void **state)
{
    uint64_t parts[3];

    (void)state;
    share(-5, 0.9, parts);
    assert_int_equal(parts[0] + parts[1] + parts[2], 0);
}

static void rests(void **state)
{
    base_share_rest sent = { .bytes = -30 };
    base_share_rest received = { .packets = 1 };
    base_traffic more = { .sent = 20, .received = 7, .packets_sent = 2,
                          .packets_received = 1, .wire_sent = 124,
                          .wire_received = 59, .plain_sent = 4,
                          .plain_received = 5 };

    (void)state;
    base_share_rest_add(&sent, &received, &more);
    assert_int_equal(sent.bytes, -10);
    assert_int_equal(sent.plain, 4);
    assert_int_equal(sent.packets, 2);
    assert_int_equal(sent.heads, 104);
    assert_int_equal(received.bytes, 7);
    assert_int_equal(received.plain, 5);
    assert_int_equal(received.packets, 2);
    assert_int_equal(received.heads, 52);
    base_share_rest_keep_debts(&sent);
    assert_int_equal(sent.bytes, -10);
    assert_int_equal(sent.plain + sent.packets + sent.heads, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(what_cannot_be_divided),
        cmocka_unit_test(nothing_of_less_than_nothing),
        cmocka_unit_test(rests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
