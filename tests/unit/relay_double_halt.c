/* relay_double_halt.c - see relay_double.h. */
#include "relay_double.h"

#include <limits.h>

static bool ending;

void relay_double_end_halted(void)
{
    ending = true;
}

/* What is held is let go by the test, unless that is what it is about. */
void relay_halt(relay *r, int64_t until_us)
{
    (void)until_us;
    if (ending) {
        ending = false;
        relay_double_refuse(r, "AWAY", UINT_MAX);
        relay_double_hold(r, false);
    }
}
