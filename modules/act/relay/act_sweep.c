/* act_sweep.c - all that somebody has written, on all hosts; see act_sweep.h.
 */
#include "act/relay/act_sweep.h"

#include <string.h>

#include "act/act_refusal.h"
#include "archive/erase/archive_erasing.h"
#include "chat/moderation/chat_amend.h"
#include "relay/people/relay_erase.h"
#include "relay/people/relay_sanction.h"
#include "relay/reader/relay_hello.h"
#include "relay/relay.h"
#include "relay/relay_frame.h"
#include "relay/relay_room.h"

/* The lists of a realm's rooms: of three periods. If Redis did not know one of
 * the rooms, a host that has it was asked to give it back: they are gone
 * through once more. */
#define LISTS 3
#define ROUNDS (2 * LISTS)

/* Stands in an event where the id of a message is to be. */
#define ANY "0-0"

enum { ROOM_IS_NEXT, ROOM_IS_SWEPT, REDIS_IS_KNOWN, ARCHIVE_IS_TOLD };

/* Their keys are a list in the order of bytes, so that a key says where it is.
 */
static void ask_next(const act_call *call, act_result *result)
{
    act_purge *it = &result->purge;
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes key = BASE_BYTES_INIT;
    base_bytes from = BASE_BYTES_INIT;

    relay_sanction_realm(relay_told(call->relay), it->realm,
                         it->round % LISTS - 1, &key);
    base_bytes_append_text(&from, "(");
    base_bytes_append(&from, it->key, it->key_size);
    relay_order_add_text(order, "ZRANGEBYLEX");
    relay_order_add(order, key.data, key.len);
    relay_order_add(order, from.data, from.len);
    relay_order_add_text(order, "+");
    relay_order_add_text(order, "LIMIT");
    relay_order_add_number(order, 0);
    relay_order_add_number(order, 1);
    it->phase = ROOM_IS_NEXT;
    result->order = order;
    base_bytes_free(&key);
    base_bytes_free(&from);
}

static void sweep_room(const act_call *call, act_result *result)
{
    act_purge *it = &result->purge;
    relay_room room = { .settings = relay_told(call->relay),
                        .key = it->key, .key_size = it->key_size };
    base_bytes tail = BASE_BYTES_INIT;
    base_bytes front = BASE_BYTES_INIT;
    size_t at;

    chat_amend_deleted(&tail, ANY, &result->you);
    at = (size_t)((unsigned char *)memmem(tail.data, tail.len, ANY,
                                          strlen(ANY)) - tail.data);
    base_bytes_append(&front, tail.data, at);
    base_bytes_append(&front, "", 1);
    at += strlen(ANY);
    it->phase = ROOM_IS_SWEPT;
    result->order = relay_room_purge(&room, it->user, result->you.user,
                                     CHAT_AMEND_DELETED_HEAD,
                                     (const char *)front.data, tail.data + at,
                                     tail.len - at, NULL, NULL);
    if (it->past_at.ms != 0) {
        relay_frame_add_id(result->order, &it->past_at);
    }
    base_bytes_free(&front);
    base_bytes_free(&tail);
}

void act_sweep_begin(const act_call *call, act_result *result)
{
    result->purge.key_size = 0;
    result->purge.round = 0;
    result->purge.unknown = result->purge.partly = false;
    ask_next(call, result);
}

/* Nobody has the room any more; whoever has it after all says so again. */
static void forget(const act_call *call, const act_purge *it)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes key = BASE_BYTES_INIT;

    relay_sanction_realm(relay_told(call->relay), it->realm,
                         it->round % LISTS - 1, &key);
    relay_order_add_text(order, "ZREM");
    relay_order_add(order, key.data, key.len);
    relay_order_add(order, it->key, it->key_size);
    relay_send(call->relay, order);
    base_bytes_free(&key);
}

static void finish_room(const act_call *call, const relay_order *order,
                        act_result *result)
{
    act_purge *it = &result->purge;

    switch (relay_room_purged(order)) {
    case RELAY_ROOM_PURGED_SOME:
        (void)relay_frame_read_id(&order->answer, 2, &it->past_at);
        sweep_room(call, result);
        return;
    case RELAY_ROOM_PURGED_NOWHERE:
        if (it->round >= LISTS) {
            forget(call, it);
        }
        it->unknown = true;
        break;
    case RELAY_ROOM_PURGED_LATER:
        it->unknown = true;
        it->partly = it->round >= LISTS;
        break;
    case RELAY_ROOM_PURGED_ALL: break;
    }
    ask_next(call, result);
}

/* What is in the archive already goes by itself, whichever host writes it. */
static void tell_archive(const act_call *call, act_result *result)
{
    act_purge *it = &result->purge;
    archive_erasing job = { .user = it->user, .realm = it->realm };
    char text[ARCHIVE_ERASING_TEXT];
    char name[RELAY_ERASE_JOB];

    archive_erasing_write(&job, text);
    it->phase = ARCHIVE_IS_TOLD;
    result->order = relay_erase_job(relay_told(call->relay), text, name);
}

/* What Redis has lost is in no list, and comes back with the hosts. */
static void ask_redis(const act_call *call, act_result *result)
{
    result->purge.phase = REDIS_IS_KNOWN;
    result->order = relay_hello_again(relay_told(call->relay));
}

/* Nothing is told as done that may come back: whoever wants it says it again.
 */
static void end(const act_call *call, const relay_order *order,
                act_result *result)
{
    if (result->purge.partly || !relay_hello_is_same(call->store, order)) {
        act_refusal_fill(result, ROOM_BUSY);
    }
    else {
        tell_archive(call, result);
    }
}

/* That was all of a list. */
static void finish_list(const act_call *call, act_result *result)
{
    act_purge *it = &result->purge;

    it->round++;
    it->key_size = 0;
    if (it->round < (it->unknown ? ROUNDS : LISTS)) {
        ask_next(call, result);
    }
    else {
        ask_redis(call, result);
    }
}

void act_sweep_next(const act_call *call, const relay_order *order,
                    act_result *result)
{
    act_purge *it = &result->purge;
    size_t size;
    const char *key = relay_answer_text(&order->answer, 0, &size);

    result->error = CHAT_OK;
    if (it->phase == ARCHIVE_IS_TOLD) {
        return;
    }
    if (it->phase == REDIS_IS_KNOWN) {
        end(call, order, result);
    }
    else if (it->phase == ROOM_IS_SWEPT) {
        finish_room(call, order, result);
    }
    else if (size == 0 || size > sizeof(it->key)) {
        finish_list(call, result);
    }
    else {
        memcpy(it->key, key, size);
        it->key_size = (uint16_t)size;
        it->past_at = (room_id){ 0, 0 };
        sweep_room(call, result);
    }
}
