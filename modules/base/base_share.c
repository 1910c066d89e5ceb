/* base_share.c - see base_share.h. */
#include "base/base_share.h"

/* The end of a part, rounded. It is rounded the same way for the part that
 * begins there, so nothing is counted twice or lost; and the last end is not
 * computed, since a double does not hold every amount exactly. */
static uint64_t up_to(int64_t amount, uint64_t end, const base_share *of)
{
    return end >= of->all
               ? (uint64_t)amount
               : (uint64_t)((double)amount * (double)end / (double)of->all
                            + of->phase);
}

uint64_t base_share_part(int64_t amount, const base_share *of)
{
    return amount > 0 ? up_to(amount, of->high, of)
                            - up_to(amount, of->low, of)
                      : 0;
}

void base_share_rest_add(base_share_rest *sent, base_share_rest *received,
                         const base_traffic *more)
{
    sent->bytes += (int64_t)more->sent;
    sent->plain += (int64_t)more->plain_sent;
    sent->packets += (int64_t)more->packets_sent;
    sent->heads += (int64_t)(more->wire_sent - more->sent);
    received->bytes += (int64_t)more->received;
    received->plain += (int64_t)more->plain_received;
    received->packets += (int64_t)more->packets_received;
    received->heads += (int64_t)(more->wire_received - more->received);
}

static int64_t debt(int64_t amount)
{
    return amount < 0 ? amount : 0;
}

void base_share_rest_keep_debts(base_share_rest *of)
{
    of->bytes = debt(of->bytes);
    of->plain = debt(of->plain);
    of->packets = debt(of->packets);
    of->heads = debt(of->heads);
}
