/* base_traffic.c - see base_traffic.h. */
#include "base/base_traffic.h"

static uint64_t more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

base_traffic base_traffic_since(const base_traffic *now,
                                const base_traffic *before)
{
    return (base_traffic){
        .sent = more(now->sent, before->sent),
        .received = more(now->received, before->received),
        .packets_sent = more(now->packets_sent, before->packets_sent),
        .packets_received = more(now->packets_received,
                                 before->packets_received),
        .wire_sent = more(now->wire_sent, before->wire_sent),
        .wire_received = more(now->wire_received, before->wire_received),
    };
}
