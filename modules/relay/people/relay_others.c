/* relay_others.c - see relay_others.h. */
#include "relay/people/relay_others.h"

#include <stdlib.h>

#include "base/base_check.h"

struct relay_others {
    relay_bus *bus;
};

relay_others *relay_others_create(relay_bus *bus)
{
    relay_others *others = calloc(1, sizeof(*others));

    BASE_CHECK(others != NULL);
    others->bus = bus;
    return others;
}

void relay_others_destroy(relay_others *others)
{
    free(others);
}

void relay_others_connect(relay_others *others)
{
    (void)others;
}

void relay_others_away(relay_others *others)
{
    (void)others;
}

void relay_others_live(relay_others *others, relay_rooms_one *one)
{
    (void)others;
    (void)one;
}

void relay_others_gone(relay_others *others, relay_rooms_one *one)
{
    (void)others;
    (void)one;
}

void relay_others_hear_room(relay_others *others, relay_rooms_one *one,
                            const char *text, size_t size)
{
    (void)others;
    (void)one;
    (void)text;
    (void)size;
}

void relay_others_hear(relay_others *others, const char *text, size_t size)
{
    (void)others;
    (void)text;
    (void)size;
}

void relay_others_tick(relay_others *others, int64_t mono_us)
{
    (void)others;
    (void)mono_us;
}
