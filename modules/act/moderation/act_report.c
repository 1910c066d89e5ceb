/* act_report.c - a message is reported; see act_report.h. */
#include "act/moderation/act_report.h"

#include <string.h>

#include "act/act_count.h"
#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/moderation/act_ban.h"
#include "act/moderation/act_notice.h"
#include "act/moderation/act_sanction.h"
#include "act/past/act_past.h"
#include "act/relay/act_share.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_log.h"
#include "room/segment/room_slot.h"
#include "room/set/room_rate.h"
#include "room/table/room_table.h"

/* What one address, and all in a room, may report at once, and then one in each
 * such time, in microseconds. */
#define ADDRESS_BURST 5
#define ADDRESS_EVERY INT64_C(10000000)
#define ROOM_BURST 30
#define ROOM_EVERY INT64_C(2000000)

/* What a key of the rates is about. */
enum { OF_REPORT = 0x7265706f, OF_ADDRESS, OF_ROOM };

static uint64_t key_of(const act_call *call, uint64_t what, uint64_t one,
                       uint64_t two, const room_id *id)
{
    uint64_t parts[] = { what, one, two, id ? id->ms : 0, id ? id->n : 0 };

    return base_hash(room_store_secret(call->store), parts, sizeof(parts));
}

static room_status find_room(const act_call *call, room_handle *room)
{
    *room = call->room;
    return call->seated ? ROOM_OK
                        : room_table_find(call->store, call->key->key,
                                          call->key->key_size, room);
}

/* The message with this id. */
typedef struct {
    room_id id;
    bool found;
    bool deleted;
    uint64_t author;
} wanted;

/* It is the only message of the page; there may be events in front of it. */
static bool take(void *context, const room_log_record *record)
{
    wanted *it = context;

    if (record->kind != ROOM_LOG_MESSAGE) {
        return true;
    }
    if (room_id_compare(&record->id, &it->id) == 0) {
        it->found = true;
        it->deleted = record->deleted;
        it->author = record->author;
    }
    return false;
}

static room_status find_message(const act_call *call, room_handle room,
                                wanted *it)
{
    room_id behind = { it->id.ms, it->id.n + 1 };
    room_log_page page;
    uint64_t next;
    room_status status = room_log_seek_page(call->store, room, &behind, 1,
                                            base_clock_mono(), &page);

    if (status != ROOM_OK || page.from == page.to) {
        return status;
    }
    return room_log_read(call->store, room, page.from, page.to, SIZE_MAX, take,
                         it, &next);
}

/* What the room does not have any more the archive may have. */
static room_status look_back(const act_call *call, room_handle room,
                             wanted *it, act_result *result)
{
    act_past past = { .store = call->store, .key = call->key,
                      .settings = call->settings, .room = room };
    act_past_message message;
    room_status status;

    if (!call->key->archive) {
        result->past = act_past_may_have(call);
        return ROOM_OK;
    }
    status = act_past_find(&past, &it->id, NULL, &message);
    it->found = status == ROOM_OK && message.found;
    it->deleted = message.deleted;
    it->author = message.author;
    return status;
}

/* False: so many come that nobody can read them. */
static bool charge(const act_call *call, uint64_t room, int64_t *retry)
{
    int64_t now = base_clock_mono();

    return (call->from->key == 0
            || room_rate_take(call->store,
                              key_of(call, OF_ADDRESS, call->from->key, 0,
                                     NULL),
                              call->from->tag, now, ADDRESS_EVERY,
                              ADDRESS_BURST, retry))
           && room_rate_take(call->store, key_of(call, OF_ROOM, room, 0, NULL),
                             call->from->tag, now, ROOM_EVERY, ROOM_BURST,
                             retry);
}

/* The line has no text of the message. */
static void log_report(const act_call *call, const chat_command *command,
                       const chat_person *by)
{
    base_bytes line = BASE_BYTES_INIT;

    act_notice_person(&line, by);
    base_bytes_append_format(&line, " reports %s", command->target.text);
    act_notice_room(&line, call->key);
    act_notice_reason(&line, command->reason.data, command->reason.len);
    base_log(BASE_LOG_NOTICE, "CW0702", "%.*s", (int)line.len,
             (const char *)line.data);
    base_bytes_free(&line);
}

static void tell(const act_call *call, const chat_command *command,
                 const act_ban_place *place, room_handle room,
                 const room_id *target, uint64_t once, act_result *result)
{
    room_notice notice;
    chat_person by = *call->who;

    (void)act_member_name(call->store, room, &by);
    if (by.name_size == 0) {
        chat_person_guest_name(&by, 16);
    }
    memset(&notice, 0, sizeof(notice));
    notice.kind = ROOM_NOTICE_REPORT;
    notice.room = place->room;
    notice.target = *target;
    notice.what.realm = place->realm;
    notice.what.whom = once;
    act_sanction_keep_person(&by, &notice.what.by);
    notice.what.reason_size = (uint16_t)command->reason.len;
    if (command->reason.len > 0) {
        memcpy(notice.what.reason, command->reason.data, command->reason.len);
    }
    (void)room_notice_report(call->store, &notice, call->from->tag,
                             base_clock_mono());
    room_slot_call(call->store);
    act_count_add(call->store, call->slot, ACT_COUNT_REPORTS);
    log_report(call, command, &by);
    act_share_report(call, &notice, result);
}

static uint64_t once_of(const act_call *call, const act_ban_place *place,
                        const room_id *id)
{
    return key_of(call, OF_REPORT, place->room, call->who->user, id);
}

/* Of whose message it is, whether it may be reported. */
static bool check(const act_call *call, const wanted *it, room_status status,
                  act_result *result)
{
    if (status == ROOM_ABSENT || status == ROOM_GONE
        || (status == ROOM_OK && (!it->found || it->deleted))) {
        result->error = CHAT_NO_MESSAGE;
    }
    else if (status != ROOM_OK) {
        act_refusal_fill(result, status);
    }
    else if (it->author == call->who->user) {
        result->error = CHAT_BAD_MEMBER;
    }
    return result->error == CHAT_OK;
}

void act_report(const act_call *call, const chat_command *command,
                act_result *result)
{
    wanted it = { .found = false };
    act_ban_place place;
    room_handle room;
    room_status status;
    uint64_t once;

    if (!room_id_parse(command->target.text, command->target.size, &it.id)) {
        result->error = CHAT_BAD_MEMBER;
        return;
    }
    status = find_room(call, &room);
    if (status == ROOM_OK) {
        status = find_message(call, room, &it);
    }
    if (status == ROOM_OK && !it.found) {
        status = look_back(call, room, &it, result);
    }
    if (!check(call, &it, status, result)) {
        return;
    }
    place = act_ban_place_of(call->store, call->key, call->settings);
    once = once_of(call, &place, &it.id);
    if (room_rate_noted(call->store, once, base_clock_mono()) != 0) {
        return; /* it is reported */
    }
    if (!charge(call, place.room, &result->retry)) {
        result->error = CHAT_RATE_LIMITED;
        return;
    }
    tell(call, command, &place, room, &it.id, once, result);
    /* Else it is sent again until all hosts know of it. */
    if (!result->order && result->error == CHAT_OK) {
        room_rate_note(call->store, once, call->from->tag, base_clock_mono());
    }
}

void act_report_finish(const act_call *call, const chat_command *command,
                       const relay_order *order, act_result *result)
{
    act_ban_place place = act_ban_place_of(call->store, call->key,
                                           call->settings);
    room_id id;

    (void)order;
    if (room_id_parse(command->target.text, command->target.size, &id)) {
        room_rate_note(call->store, once_of(call, &place, &id),
                       call->from->tag, base_clock_mono());
    }
    result->error = CHAT_OK;
}
