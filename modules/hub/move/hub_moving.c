/* hub_moving.c - see hub_moving.h. */
#include "hub/move/hub_moving.h"

#include "hub/way/hub_way_ws.h"
#include "ws/ws_extension.h"

/* Those that go from one process to another; behind them the two of each
 * window. A number stays what it is. */
static const hub_way *const numbered[] = {
    [1] = &hub_way_ws,
    [2] = &hub_way_ws_echo,
    [3] = &hub_way_sse,
    [4] = &hub_way_sse_plain,
    [5] = &hub_way_longpoll,
};

enum {
    DEFLATED = sizeof(numbered) / sizeof(numbered[0]),
    WINDOWS = WS_EXTENSION_BITS_MOST - WS_EXTENSION_BITS_LEAST + 1,
    NUMBERS = DEFLATED + 2 * WINDOWS
};

const hub_way *hub_moving_way(uint8_t number)
{
    unsigned window = (number - (unsigned)DEFLATED) / 2;

    if (number < DEFLATED) {
        return numbered[number];
    }
    return number < NUMBERS ? hub_way_ws_of((number - DEFLATED) % 2 == 1,
                                            WS_EXTENSION_BITS_LEAST + window)
                            : NULL;
}

uint8_t hub_moving_number(const hub_way *way)
{
    for (uint8_t i = 1; i < NUMBERS; i++) {
        if (hub_moving_way(i) == way) {
            return i;
        }
    }
    return 0;
}
