/* act_amend.c - see act_amend.h. */
#include "act/moderation/act_amend.h"

#include <string.h>

#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/moderation/act_notice.h"
#include "act/moderation/act_read.h"
#include "act/past/act_past.h"
#include "act/relay/act_store.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "chat/moderation/chat_amend.h"
#include "relay/relay_room.h"
#include "room/log/room_log.h"
#include "room/relay/room_relay.h"
#include "room/table/room_table.h"

/* How often a room that vanished, or was changed by another moderator, is
 * looked at anew. */
#define TRIES 5

/* Ids of what is to be purged that are found at a time. */
#define PURGE_STEP 64

/* One event on its way into a room. */
typedef struct {
    const act_call *call;
    const chat_command *command; /* NULL: a purge */
    chat_person who;             /* as the room knows the person */
    room_log_target target;
    room_log_entry entry;
    base_bytes tail;
    char id_text[ROOM_ID_TEXT];
    room_handle room;
} amendment;

typedef room_status change_fn(amendment *it, act_result *result);

static bool moderates(const act_call *call)
{
    return act_settings_rights(call->settings, call->who->guest).moderate;
}

/* The command's message, and whose it must be. */
static bool aim(amendment *it, bool own)
{
    const chat_command_id *target = &it->command->target;
    const act_settings *settings = it->call->settings;

    if (!room_id_parse(target->text, target->size, &it->target.id)) {
        return false;
    }
    room_id_format(&it->target.id, it->id_text);
    it->entry.wall_ms = base_clock_wall();
    if (own) {
        it->target.author = it->call->who->user;
        it->target.not_before_ms = settings->amend > 0
                                       ? it->entry.wall_ms - settings->amend
                                       : INT64_MAX;
    }
    return true;
}

/* Finds the room, or with `make` makes it, and how the person is called
 * there. */
static room_status enter(amendment *it, bool make)
{
    const act_call *call = it->call;
    room_status status = ROOM_OK;

    it->room = call->room;
    if (!call->seated) {
        status = make ? act_room_open(call->store, call->key, call->settings,
                                      &it->room)
                      : room_table_find(call->store, call->key->key,
                                        call->key->key_size, &it->room);
    }
    if (status != ROOM_OK) {
        return status;
    }
    it->who = *call->who;
    it->who.moderator = moderates(call);
    status = act_member_name(call->store, it->room, &it->who);
    /* Here that means something else: there is no such message. */
    return status == ROOM_ABSENT ? ROOM_BUSY : status;
}

static room_status store(amendment *it, room_log_kind kind, const char *head,
                         act_result *result)
{
    const act_call *call = it->call;

    it->entry.kind = kind;
    it->entry.head = head;
    it->entry.head_size = strlen(head);
    it->entry.tail = it->tail.data;
    it->entry.tail_size = it->tail.len;
    it->entry.user = call->who->user;
    if (it->command != NULL) {
        it->entry.ref = it->command->ref;
        it->entry.ref_size = it->command->ref_size;
    }
    it->entry.tag = call->from->tag;
    it->entry.mono_us = base_clock_mono();
    return act_store(call, it->room, &it->entry, &it->target, result);
}

static room_status delete_message(amendment *it, act_result *result)
{
    it->tail.len = 0;
    chat_amend_deleted(&it->tail, it->id_text, &it->who);
    return store(it, ROOM_LOG_DELETED, CHAT_AMEND_DELETED_HEAD, result);
}

static room_status edit_message(amendment *it, act_result *result)
{
    const base_bytes *text = &it->command->text;
    chat_event_text where;

    it->tail.len = 0;
    where = chat_amend_edited(&it->tail, it->id_text, text->data, text->len);
    it->entry.text_at = where.at;
    it->entry.text_size = where.size;
    return store(it, ROOM_LOG_EDITED, CHAT_AMEND_EDITED_HEAD, result);
}

static room_status clear_room(amendment *it, act_result *result)
{
    it->tail.len = 0;
    chat_amend_cleared(&it->tail, &it->who);
    return store(it, ROOM_LOG_CLEARED, CHAT_AMEND_CLEARED_HEAD, result);
}

/* What the command does not say stays. */
static room_state changed(const room_state *was, const chat_command *command)
{
    room_state now = *was;

    if (command->has_topic) {
        memset(now.topic, 0, sizeof(now.topic));
        if (command->topic.len > 0) { /* an empty one has no bytes at all */
            memcpy(now.topic, command->topic.data, command->topic.len);
        }
        now.topic_size = (uint8_t)command->topic.len;
    }
    if (command->has_slow) {
        now.slow_s = (uint32_t)command->slow;
    }
    if (command->has_locked) {
        now.locked = command->locked;
    }
    return now;
}

static room_status change_from(amendment *it, const room_state *was,
                               act_result *result)
{
    room_state now = changed(was, it->command);
    chat_state told = { .topic = now.topic, .topic_size = now.topic_size,
                        .slow_s = now.slow_s, .locked = now.locked };

    it->target.was = was;
    it->target.now = &now;
    it->tail.len = 0;
    chat_amend_room(&it->tail, &told, &it->who);
    return store(it, ROOM_LOG_STATE, CHAT_AMEND_ROOM_HEAD, result);
}

static room_status change_state(amendment *it, act_result *result)
{
    room_status status = ROOM_STALE;

    for (int i = 0; i < TRIES && status == ROOM_STALE; i++) {
        room_state was;

        status = room_state_read(it->call->store, it->room, &was);
        if (status == ROOM_OK) {
            status = change_from(it, &was, result);
        }
    }
    return status;
}

/* What came of it, as an error of the protocol. */
static void tell(const chat_command *command, room_status status,
                 act_result *result)
{
    switch (status) {
    case ROOM_SAME: return; /* CHAT_OK, and nothing is stored */
    case ROOM_ABSENT:
        /* Clearing what was never there is done. */
        result->error = command->kind == CHAT_COMMAND_CLEAR ? CHAT_OK
                                                            : CHAT_NO_MESSAGE;
        return;
    case ROOM_DENIED: result->error = CHAT_NOT_YOURS; return;
    case ROOM_LATE: result->error = CHAT_TOO_LATE; return;
    default: break;
    }
    act_refusal_fill(result, status);
    result->repeated = status == ROOM_REPEATED;
    result->news = result->error == CHAT_OK;
}

/* What a moderator did that an author may not; the line has no text. */
static void log_amendment(const act_call *call, const chat_command *command,
                          const chat_person *who, const act_result *result)
{
    base_bytes line = BASE_BYTES_INIT;

    if (result->size == 0 || !who->moderator
        || command->kind == CHAT_COMMAND_EDIT) {
        return;
    }
    act_notice_person(&line, who);
    switch (command->kind) {
    case CHAT_COMMAND_DELETE:
        base_bytes_append_format(&line, " deletes %s", command->target.text);
        break;
    case CHAT_COMMAND_ROOM:
        base_bytes_append_text(&line, " sets");
        act_notice_state(&line, command);
        break;
    default:
        base_bytes_append_text(&line, " clears the room");
        break;
    }
    act_notice_room(&line, call->key);
    base_log(BASE_LOG_NOTICE, "CW0703", "%.*s", (int)line.len,
             (const char *)line.data);
    base_bytes_free(&line);
}

/* The room does not have it any more: the archive, perhaps, and whose it is. */
static room_status look_back(amendment *it, act_result *result)
{
    const act_call *call = it->call;
    const chat_command *command = it->command;
    act_past past = { .store = call->store, .key = call->key,
                      .settings = call->settings, .room = it->room };

    if (!call->key->archive) {
        result->past = act_past_may_have(call);
        return ROOM_ABSENT;
    }
    return act_past_know(&past, command->kind == CHAT_COMMAND_EDIT
                                    ? &command->text : NULL, &it->target);
}

/* An author's own message that has left the room. */
static room_status change_past(amendment *it, act_result *result,
                               change_fn *change)
{
    room_status status = look_back(it, result);

    return status == ROOM_OK ? change(it, result) : status;
}

/* Whether the room has it the relay says, by the answer of an order: see
 * act_amend_finish. */
static room_status change_here(amendment *it, act_result *result,
                               change_fn *change)
{
    room_status status = ROOM_ABSENT;

    if (!it->call->past || !room_relay_on(it->call->store)) {
        status = change(it, result);
    }
    if (status == ROOM_ABSENT && it->target.author != 0) {
        status = change_past(it, result, change);
    }
    return status;
}

/* A room in which nobody is may be given to another key between being found
 * and written to. */
static void perform(amendment *it, bool make, act_result *result,
                    change_fn *change)
{
    room_status status = ROOM_GONE;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        status = enter(it, make);
        if (status == ROOM_OK) {
            status = change_here(it, result, change);
        }
    }
    base_bytes_free(&it->tail);
    if (result->order) {
        result->you = it->who;
        return;
    }
    tell(it->command, status, result);
    if (status == ROOM_OK) {
        room_log_wake_readers(it->call->store, it->room,
                              it->call->seated ? it->call->slot : -1);
        log_amendment(it->call, it->command, &it->who, result);
    }
}

/* Another moderator was faster: the same again, from what is there now. */
static void change_again(const act_call *call, const chat_command *command,
                         const relay_order *order, act_result *result)
{
    amendment it = { .call = call, .command = command,
                     .entry.wall_ms = base_clock_wall(),
                     .tail = BASE_BYTES_INIT };
    room_state now;
    room_status status = ROOM_STALE;

    if (result->tries++ < TRIES && relay_room_state(order, &now)) {
        status = enter(&it, false);
    }
    if (status == ROOM_OK) {
        status = change_from(&it, &now, result);
    }
    base_bytes_free(&it.tail);
    if (!result->order) {
        tell(command, status, result);
    }
}

/* True when the archive has to be asked, perhaps once more: the message is not
 * among what the relay keeps, or has been changed since it was asked. */
static bool is_past(const act_call *call, const chat_command *command,
                    room_status status, act_result *result)
{
    bool own = command->kind == CHAT_COMMAND_EDIT
               || (command->kind == CHAT_COMMAND_DELETE && !moderates(call));

    return own && (status == ROOM_ABSENT || status == ROOM_STALE)
           && act_past_may_have(call) && result->tries++ < TRIES;
}

void act_amend_finish(const act_call *call, const chat_command *command,
                      const relay_order *order, act_result *result)
{
    room_status status = act_store_finish(order, result);

    result->past = is_past(call, command, status, result);
    if (status == ROOM_STALE && command->kind == CHAT_COMMAND_ROOM) {
        change_again(call, command, order, result);
        return;
    }
    tell(command, status, result);
    log_amendment(call, command, &result->you, result);
}

void act_amend_delete(const act_call *call, const chat_command *command,
                      act_result *result)
{
    amendment it = { .call = call, .command = command,
                     .tail = BASE_BYTES_INIT };

    if (!aim(&it, !moderates(call))) {
        result->error = CHAT_BAD_MEMBER;
        return;
    }
    perform(&it, false, result, delete_message);
}

void act_amend_edit(const act_call *call, const chat_command *command,
                    act_result *result)
{
    amendment it = { .call = call, .command = command,
                     .tail = BASE_BYTES_INIT };

    if (!aim(&it, true)) {
        result->error = CHAT_BAD_MEMBER;
        return;
    }
    perform(&it, false, result, edit_message);
}

void act_amend_clear(const act_call *call, const chat_command *command,
                     act_result *result)
{
    amendment it = { .call = call, .command = command,
                     .entry.wall_ms = base_clock_wall(),
                     .tail = BASE_BYTES_INIT };

    perform(&it, false, result, clear_room);
}

void act_amend_room(const act_call *call, const chat_command *command,
                    act_result *result)
{
    amendment it = { .call = call, .command = command,
                     .entry.wall_ms = base_clock_wall(),
                     .tail = BASE_BYTES_INIT };

    if (!call->seated
        && !act_address_room(call->store, call->slot, call->settings,
                             call->from, call->key, &result->retry)) {
        result->error = CHAT_RATE_LIMITED;
        return;
    }
    perform(&it, true, result, change_state);
}

/* What is to be purged next. */
typedef struct {
    uint64_t user;
    size_t most;
    size_t count;
    room_id ids[PURGE_STEP];
} purge_step;

/* A message that has a text, or one that only an edit is left of. */
static bool says_something(const room_log_record *record, room_id *message)
{
    base_bytes body = BASE_BYTES_INIT;
    const char *id;
    size_t size;
    bool says = record->kind == ROOM_LOG_MESSAGE && !record->deleted;

    *message = record->id;
    if (record->kind == ROOM_LOG_EDITED && record->text_size > 0) {
        base_bytes_reserve(&body, record->size);
        room_log_copy(record, body.data);
        says = chat_amend_target(body.data, record->text_at, &id, &size)
               && room_id_parse(id, size, message);
        base_bytes_free(&body);
    }
    return says;
}

static bool find_theirs(void *context, const room_log_record *record)
{
    purge_step *found = context;
    room_id id;

    if (found->count == found->most) {
        return false;
    }
    if (record->author == found->user && says_something(record, &id)) {
        found->ids[found->count++] = id;
    }
    return true;
}

/* Deletes what one look has found; how many. */
static size_t purge_found(amendment *it, const purge_step *found)
{
    size_t gone = 0;

    for (size_t i = 0; i < found->count; i++) {
        act_result done = { .error = CHAT_OK };

        it->target.id = found->ids[i];
        room_id_format(&it->target.id, it->id_text);
        gone += delete_message(it, &done) == ROOM_OK;
    }
    return gone;
}

size_t act_amend_purge(const act_call *call, room_handle room, uint64_t user,
                       size_t most)
{
    amendment it = { .call = call, .tail = BASE_BYTES_INIT, .room = room,
                     .entry.wall_ms = base_clock_wall(), .who = *call->who };
    uint64_t end = room_log_next(call->store, room);
    room_log_cursor at = { 0, 0, 0 };
    bool more = true;
    size_t gone = 0;

    it.who.moderator = true;
    if (end == UINT64_MAX
        || act_member_name(call->store, room, &it.who) != ROOM_OK) {
        return 0;
    }
    while (more && gone < most) {
        purge_step found = { .user = user };

        found.most = most - gone < PURGE_STEP ? most - gone : PURGE_STEP;
        more = act_read_on(call->store, room, &at, end, find_theirs, &found);
        gone += purge_found(&it, &found);
    }
    if (gone > 0) {
        room_log_wake_readers(call->store, room, -1);
    }
    base_bytes_free(&it.tail);
    return gone;
}
