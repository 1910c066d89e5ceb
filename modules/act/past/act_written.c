/* act_written.c - see act_written.h. */
#include "act/past/act_written.h"

#include "archive/archive.h"
#include "base/base_clock.h"
#include "room/archive/room_ack.h"
#include "room/log/room_log.h"
#include "room/relay/room_relay.h"
#include "room/set/room_sanction.h"
#include "room/table/room_table.h"

uint64_t act_written_number(room_store *store, room_handle room,
                            const room_id *id)
{
    room_log_position at;

    if (id->ms > 0
        && room_log_seek(store, room, id, 0, base_clock_mono(), &at) == ROOM_OK
        && at.resumed) {
        return at.seq - 1;
    }
    return room_log_next(store, room) - 1;
}

/* How long whoever finds no place among those that wait does so all the same:
 * while the database is well that is enough. */
#define SHORT_US INT64_C(250000)

/* Takes a place among those that wait for the archive, if there is one. */
static bool begin_wait(const act_call *call, int64_t *patience)
{
    bool has = call->key->archive && archive_enter(call->key->archive);

    *patience = has || !call->key->archive ? ACT_WRITTEN_US : SHORT_US;
    return has;
}

static void end_wait(const act_call *call, bool has)
{
    if (has) {
        archive_leave(call->key->archive);
    }
}

static bool wait_for(const act_call *call, room_handle room, uint64_t seq)
{
    int64_t patience;
    bool has = begin_wait(call, &patience);
    room_status status = room_ack_wait(
        call->store, room, seq, room_ack_until(call->store, room, patience));

    end_wait(call, has);
    return status != ROOM_BUSY;
}

/* Whoever waits for other hosts has a place for that. A room that is read in
 * anew has other numbers: `seq` becomes the one that it has in the end. */
static bool wait_for_hosts(const act_call *call, room_handle room,
                           const room_id *id, uint64_t *seq, int64_t until_us)
{
    int64_t soon = room_ack_until(call->store, room, ACT_WRITTEN_US);
    room_status status = ROOM_OK;
    uint64_t now = *seq;
    bool late = false;

    do {
        *seq = now;
        status = room_ack_wait_shared(call->store, room, now,
                                      soon < until_us ? soon : until_us);
        late = base_clock_mono() >= until_us;
        now = act_written_number(call->store, room, id);
    } while (status == ROOM_OK && now != *seq && !late);
    return status == ROOM_OK && now == *seq;
}

static bool wait_for_sanctions(const act_call *call)
{
    int64_t patience;
    bool has = begin_wait(call, &patience);
    room_status status = room_ack_wait_sanctions(
        call->store, room_sanction_version(call->store),
        base_clock_mono() + patience);

    end_wait(call, has);
    return status != ROOM_BUSY;
}

/* A room that is not there any more was archived before it was given away; not
 * so where hosts share it, and Redis has it. */
static chat_error is_stored(const act_call *call, const act_result *done,
                            int64_t until_us)
{
    bool shared = room_relay_on(call->store);
    room_handle room;
    room_status status = room_table_find(call->store, call->key->key,
                                         call->key->key_size, &room);
    uint64_t seq;

    if (status != ROOM_OK) {
        return status == ROOM_ABSENT && !shared ? CHAT_OK : CHAT_UNAVAILABLE;
    }
    seq = done->seq > 0 ? done->seq
                        : act_written_number(call->store, room, &done->id);
    if (!(shared ? wait_for_hosts(call, room, &done->id, &seq, until_us)
                 : wait_for(call, room, seq))) {
        return CHAT_UNAVAILABLE;
    }
    return room_ack_refused(call->store, room, seq) ? CHAT_NOT_KEPT : CHAT_OK;
}

chat_error act_written_shared(const act_call *call, const act_result *done,
                              int64_t until_us)
{
    return is_stored(call, done, until_us);
}

chat_error act_written(const act_call *call, const chat_command *command,
                 const act_result *done)
{
    if (room_relay_on(call->store)) {
        return CHAT_OK;
    }
    switch (command->kind) {
    case CHAT_COMMAND_MESSAGE:
    case CHAT_COMMAND_DELETE:
    case CHAT_COMMAND_EDIT:
    case CHAT_COMMAND_ROOM:
    case CHAT_COMMAND_CLEAR: return is_stored(call, done, 0);
    case CHAT_COMMAND_MUTE:
    case CHAT_COMMAND_BAN:
    case CHAT_COMMAND_PARDON:
        return wait_for_sanctions(call) ? CHAT_OK : CHAT_UNAVAILABLE;
    default: return CHAT_OK;
    }
}
