/* test_hub_deadline.c - hub_deadline.h: what is due, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub/hub_deadline.h"

/* The clock passes 2^32 in the middle of everything. */
#define NOW UINT32_C(500)
#define AGO(ms) (NOW - UINT32_C(ms))

#define NEVER INT64_MAX

/* ChatPing 1s 3s, ChatSlowClient 2s. */
static const act_settings settings = {
    .ping_interval = INT64_C(1000000),
    .ping_timeout = INT64_C(3000000),
    .slow_client = INT64_C(2000000),
};

typedef struct {
    const char *name;
    hub_deadline of;
    hub_due due;
    int64_t wait;
} row;

static const row rows[] = {
    { "heard just now", { .heard = NOW }, HUB_DUE_NOTHING, 1000 },
    { "heard a while ago", { .heard = AGO(999) }, HUB_DUE_NOTHING, 1 },
    { "silent", { .heard = AGO(1000) }, HUB_DUE_PING, 0 },
    { "pinged", { .heard = AGO(1000), .pinged = true },
      HUB_DUE_NOTHING, 3000 },
    { "no answer", { .heard = AGO(4000), .pinged = true },
      HUB_DUE_SILENT, 0 },
    { "a stream's kernel is looked at before the next ping",
      { .heard = AGO(2000), .pinged = true, .one_way = true },
      HUB_DUE_SILENT, 0 },
    { "and again when the time is over",
      { .heard = AGO(2000), .pinged = true, .one_way = true, .unheard = true },
      HUB_DUE_NOTHING, 2000 },
    { "a message is on its way", { .heard = NOW, .busy = true,
                                   .since = AGO(1500) },
      HUB_DUE_NOTHING, 500 },
    { "for too long", { .heard = NOW, .busy = true, .since = AGO(2000) },
      HUB_DUE_UPLOAD, 0 },
    { "no message is on its way", { .heard = NOW, .since = AGO(9000) },
      HUB_DUE_NOTHING, 1000 },
    { "behind", { .heard = NOW, .late = true, .behind_since = AGO(1900) },
      HUB_DUE_NOTHING, 100 },
    { "for too long", { .heard = NOW, .late = true,
                        .behind_since = AGO(2001) },
      HUB_DUE_SLOW, -1 },
    { "who is both is closed as slow",
      { .heard = AGO(9000), .pinged = true, .busy = true, .late = true,
        .since = AGO(3000), .behind_since = AGO(2000) },
      HUB_DUE_SLOW, -5000 },
    { "halted", { .heard = NOW, .halted = true, .until = NOW + 300 },
      HUB_DUE_NOTHING, 300 },
    { "goes on before anything else",
      { .heard = AGO(9000), .halted = true, .until = NOW, .late = true,
        .behind_since = AGO(2000) },
      HUB_DUE_RESUME, -8000 },
    { "a poll waits, and is not asked",
      { .heard = AGO(90000), .single = true, .until = NOW + 70 },
      HUB_DUE_NOTHING, 70 },
    { "a poll has waited", { .single = true, .until = AGO(2) },
      HUB_DUE_LEAVE, -2 },
    { "it will have to come back",
      { .heard = AGO(999), .recall = NOW + 700 }, HUB_DUE_NOTHING, 1 },
    { "comes back", { .heard = NOW, .recall = NOW }, HUB_DUE_RECALL, 0 },
    { "before anything else",
      { .heard = AGO(9000), .recall = AGO(1), .halted = true, .until = NOW,
        .late = true, .behind_since = AGO(2000) },
      HUB_DUE_RECALL, -8000 },
    { "in thirty days", { .heard = NOW,
                          .recall = NOW + UINT32_C(2592000000) },
      HUB_DUE_NOTHING, 1000 },
    { "that was a day ago", { .heard = NOW, .recall = AGO(86400000) },
      HUB_DUE_RECALL, -86400000 },
    { "who ends needs not come back",
      { .phase = HUB_DEADLINE_CLOSING, .since = NOW, .recall = AGO(1) },
      HUB_DUE_NOTHING, HUB_CLOSE_ANSWER_MS },
    { "nor who waits for an answer",
      { .single = true, .until = NOW + 70, .recall = AGO(1) },
      HUB_DUE_NOTHING, 70 },
    { "a Close is not answered yet",
      { .phase = HUB_DEADLINE_CLOSING, .since = AGO(4000) },
      HUB_DUE_NOTHING, 1000 },
    { "nor in time",
      { .phase = HUB_DEADLINE_CLOSING, .since = AGO(5000) },
      HUB_DUE_CUT, 0 },
    { "who ends is not pinged",
      { .phase = HUB_DEADLINE_CLOSING, .since = NOW,
        .heard = AGO(9000) },
      HUB_DUE_NOTHING, HUB_CLOSE_ANSWER_MS },
    { "a poll's answer has the time of all that is sent",
      { .phase = HUB_DEADLINE_CLOSING, .single = true, .late = true,
        .behind_since = AGO(1), .since = AGO(6000) },
      HUB_DUE_NOTHING, 1999 },
    { "lingers",
      { .phase = HUB_DEADLINE_LINGERING, .since = AGO(1990) },
      HUB_DUE_NOTHING, 10 },
    { "for long enough",
      { .phase = HUB_DEADLINE_LINGERING, .since = AGO(2000) },
      HUB_DUE_CUT, 0 },
};

static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t wait = NEVER;
        hub_due due = hub_deadline_next(&rows[i].of, &settings, NOW, &wait);

        if (due != rows[i].due || wait != rows[i].wait) {
            fail_msg("%s: %d in %lld", rows[i].name, (int)due,
                     (long long)wait);
        }
    }
}

/* Between which times it is told, for the time that there is. */
static void recalled(void **state)
{
    static const struct {
        int64_t rest;
        uint32_t earliest;
        uint32_t latest;
    } cases[] = {
        { INT64_C(3600000), 3541000, 3599000 }, /* an hour */
        { 120000, 61000, 119000 },
        { 10000, 5000, 9000 },
        { 2000, 1000, 1000 },
        { 1000, 500, 500 },
        { 1, 1, 1 },
        { 0, 0, 0 },
        { -5, 0, 0 },
        { INT64_C(2592000000), 2591941000, 2591999000 }, /* 30 days */
        { INT64_MAX, 3455941000, 3455999000 }, /* 40 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t least = UINT32_MAX;
        uint32_t most = 0;

        for (uint32_t random = 0; random < 300000; random += 250) {
            hub_deadline of = { .heard = NOW };

            hub_deadline_recall(&of, NOW, cases[i].rest, random);
            assert_true(of.recall != 0);
            least = of.recall - NOW < least ? of.recall - NOW : least;
            most = of.recall - NOW > most ? of.recall - NOW : most;
        }
        if (least != cases[i].earliest || most != cases[i].latest) {
            fail_msg("of %lld ms: from %u to %u", (long long)cases[i].rest,
                     least, most);
        }
    }
}

/* The clock may be 0 when it is due, which would be never. */
static void recalled_at_nought(void **state)
{
    hub_deadline of = { .heard = NOW };

    (void)state;
    hub_deadline_recall(&of, UINT32_MAX - 999, 2000, 0);
    assert_int_equal(of.recall, 1);
}

static void silence(void **state)
{
    hub_deadline of = { .heard = AGO(4500), .pinged = true };

    (void)state;
    assert_int_equal(hub_deadline_silence(&of, &settings, NOW), 4500);
    of.heard = AGO(3999);
    assert_int_equal(hub_deadline_silence(&of, &settings, NOW), 0);
    of.heard = AGO(4500);
    of.pinged = false;
    assert_int_equal(hub_deadline_silence(&of, &settings, NOW), 0);
}

/* Its kernel has acknowledged our ping: it is asked again an interval later. */
static void kernel_answers(void **state)
{
    hub_deadline of = { .heard = AGO(2000), .pinged = true, .one_way = true };
    int64_t wait;

    (void)state;
    assert_true(hub_deadline_excuse(&of, &settings, NOW, 0));
    assert_false(of.pinged);
    assert_int_equal(of.heard, AGO(1000));
    assert_int_equal(hub_deadline_next(&of, &settings, NOW, &wait),
                     HUB_DUE_PING);
}

static void kernel_does_not(void **state)
{
    hub_deadline of = { .heard = AGO(2000), .pinged = true, .one_way = true };
    int64_t wait;

    (void)state;
    assert_true(hub_deadline_excuse(&of, &settings, NOW, 1000));
    assert_true(of.unheard);
    assert_int_equal(hub_deadline_next(&of, &settings, NOW, &wait),
                     HUB_DUE_NOTHING);
    assert_int_equal(wait, 2000);
    assert_int_equal(hub_deadline_next(&of, &settings, NOW + 2000, &wait),
                     HUB_DUE_SILENT);
    assert_false(hub_deadline_excuse(&of, &settings, NOW + 2000, 3000));
}

static void input(void **state)
{
    hub_deadline of = { .heard = NOW };

    (void)state;
    assert_false(hub_deadline_input(&of, NOW, false));
    assert_true(hub_deadline_input(&of, NOW + 1, true));
    assert_false(hub_deadline_input(&of, NOW + 2, true));
    assert_int_equal(of.since, NOW + 1);
    assert_false(hub_deadline_input(&of, NOW + 3, false));
    assert_false(of.busy);
}

/* Behind until all has been written that waited when it fell behind, whatever
 * has come since; and only that counts as a sign of life. */
static void output(void **state)
{
    const uint64_t sent = (UINT64_C(1) << 32) - 50; /* the goal wraps */
    hub_deadline of = { .heard = AGO(700), .pinged = true };

    (void)state;
    assert_false(hub_deadline_output(&of, NOW, sent, 0));
    assert_true(hub_deadline_output(&of, NOW + 1, sent, 100));
    assert_false(hub_deadline_output(&of, NOW + 2, sent + 99, 500));
    assert_int_equal(of.behind_since, NOW + 1);
    assert_true(of.pinged);
    assert_true(hub_deadline_output(&of, NOW + 3, sent + 100, 499));
    assert_int_equal(of.behind_since, NOW + 3);
    assert_int_equal(of.heard, NOW + 3);
    assert_false(of.pinged);
    assert_false(hub_deadline_output(&of, NOW + 4, sent + 599, 0));
    assert_false(of.late);
}

static void ends(void **state)
{
    hub_deadline of = { .heard = NOW };
    int64_t wait;

    (void)state;
    hub_deadline_end(&of, NOW, HUB_DEADLINE_CLOSING);
    hub_deadline_end(&of, NOW + 100, HUB_DEADLINE_LINGERING);
    assert_int_equal(hub_deadline_next(&of, &settings, NOW + 100, &wait),
                     HUB_DUE_NOTHING);
    assert_int_equal(wait, HUB_LINGER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(recalled),
        cmocka_unit_test(recalled_at_nought),
        cmocka_unit_test(silence),
        cmocka_unit_test(kernel_answers),
        cmocka_unit_test(kernel_does_not),
        cmocka_unit_test(input),
        cmocka_unit_test(output),
        cmocka_unit_test(ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
