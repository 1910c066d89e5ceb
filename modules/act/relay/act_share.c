/* act_share.c - sanctions and reports for all hosts; see act_share.h. */
#include "act/relay/act_share.h"

#include <inttypes.h>
#include <stdio.h>

#include "act/act_refusal.h"
#include "act/relay/act_sweep.h"
#include "relay/people/relay_sanction.h"
#include "relay/relay.h"
#include "room/relay/room_relay.h"

typedef struct {
    char host[17];
    relay_sanction_from from;
} sender;

/* True when an order is to be made. */
static bool begin(const act_call *call, sender *who, act_result *result)
{
    if (!room_relay_on(call->store)) {
        return false;
    }
    if (!call->relay) {
        act_refusal_fill(result, ROOM_BUSY);
        result->error = CHAT_HERE_ONLY;
        return false;
    }
    snprintf(who->host, sizeof(who->host), "%016" PRIx64,
             room_relay_host(call->store)); /* as relay_host is */
    who->from = (relay_sanction_from){ relay_told(call->relay), who->host };
    result->here = true;
    return true;
}

void act_share_sanction(const act_call *call, const room_notice *notice,
                        uint64_t address, act_result *result)
{
    sender who;
    room_notice other = *notice;

    if (!begin(call, &who, result)) {
        return;
    }
    if (notice->kind == ROOM_NOTICE_PARDON) {
        result->order = relay_sanction_pardon(&who.from, notice);
        return;
    }
    result->order = relay_sanction_keep(&who.from, NULL, NULL);
    relay_sanction_add(result->order, notice, notice->what.made_us);
    if (address != 0) {
        other.what.kind = ROOM_SANCTION_ADDRESS;
        other.what.whom = address;
        relay_sanction_add(result->order, &other, other.what.made_us);
    }
}

void act_share_finish(const act_call *call, const chat_command *command,
                      const relay_order *order, act_result *result)
{
    if (result->purge.user == 0) {
        result->error = CHAT_OK;
        result->ended = result->ended
                        || (command->kind == CHAT_COMMAND_PARDON
                            && relay_sanction_pardoned(order));
    }
    else if (result->here) {
        result->here = false;
        act_sweep_begin(call, result);
    }
    else {
        act_sweep_next(call, order, result);
    }
}

void act_share_report(const act_call *call, const room_notice *notice,
                      act_result *result)
{
    sender who;

    if (begin(call, &who, result)) {
        result->order = relay_sanction_report(&who.from, notice);
    }
}
