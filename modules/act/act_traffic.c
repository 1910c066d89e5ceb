/* act_traffic.c - the transports' table; see act_traffic.h. */
#include "act/act_traffic.h"

#include "base/base_check.h"

_Static_assert(ACT_TRAFFICS <= ROOM_METER_LINES, "each has a line");

static const act_traffic_entry table[ACT_TRAFFICS] = {
    [ACT_TRAFFIC_WEBSOCKET] = { "websocket", false },
    [ACT_TRAFFIC_SSE] = { "sse", false },
    [ACT_TRAFFIC_LONGPOLL] = { "longpoll", false },
    [ACT_TRAFFIC_POLL] = { "poll", false },
    [ACT_TRAFFIC_POST] = { "post", true },
};

const act_traffic_entry *act_traffic_describe(act_traffic which)
{
    BASE_CHECK(which < ACT_TRAFFICS);
    return &table[which];
}
