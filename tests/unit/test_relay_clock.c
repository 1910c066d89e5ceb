/* test_relay_clock.c - a host whose wall clock is two hours ahead of Redis'
 * keeps what was said as long as any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay_twins.h"

#define AHEAD_MS INT64_C(7200000)
#define HALF_HOUR_MS INT64_C(1800000)

/* In the place of base_clock's (-Wl,--wrap). */
int64_t __real_base_clock_wall(void);
base_clock_time __real_base_clock_now(void);
int64_t __wrap_base_clock_wall(void);
base_clock_time __wrap_base_clock_now(void);

int64_t __wrap_base_clock_wall(void)
{
    return __real_base_clock_wall() + AHEAD_MS;
}

base_clock_time __wrap_base_clock_now(void)
{
    base_clock_time now = __real_base_clock_now();

    now.wall_ms += AHEAD_MS;
    return now;
}

static void expect_all(twin *t, unsigned count)
{
    base_bytes all = BASE_BYTES_INIT;
    const char *at;
    unsigned found = 0;

    twin_read(t, 1, &all);
    at = (const char *)all.data;
    while ((at = strstr(at, "\"text\":")) != NULL) {
        at++;
        found++;
    }
    assert_int_equal(found, count);
    base_bytes_free(&all);
}

static void nothing_is_old(void **state)
{
    twin twins[2];
    char text[32];
    room_id id = { 0, 0 };

    (void)state;
    twins_begin(twins, 2, 100);
    twins[0].age_ms = twins[1].age_ms = HALF_HOUR_MS;
    for (unsigned i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "%u", i);
        id = twin_say(&twins[0], 1, text);
        twin_wait(&twins[0], 1, &id);
        if (i == 9) { /* what follows is fetched, perhaps */
            redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
        }
    }
    expect_all(&twins[0], 20); /* heard and fetched */
    twin_wait(&twins[1], 1, &id);
    expect_all(&twins[1], 20); /* read in */
    twins_end(twins, 2);
}

static int begin(void **state)
{
    (void)state;
    if (!redis_server_begin(false)) {
        print_message("there is no redis-server\n");
        exit(77);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    redis_server_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_old, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
