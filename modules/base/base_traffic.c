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
        .plain_sent = more(now->plain_sent, before->plain_sent),
        .plain_received = more(now->plain_received, before->plain_received),
    };
}

void base_traffic_add(base_traffic *sum, const base_traffic *more)
{
    sum->sent += more->sent;
    sum->received += more->received;
    sum->packets_sent += more->packets_sent;
    sum->packets_received += more->packets_received;
    sum->wire_sent += more->wire_sent;
    sum->wire_received += more->wire_received;
    sum->plain_sent += more->plain_sent;
    sum->plain_received += more->plain_received;
}

bool base_traffic_is_none(const base_traffic *traffic)
{
    return traffic->packets_sent == 0 && traffic->packets_received == 0
           && traffic->sent == 0 && traffic->received == 0;
}
