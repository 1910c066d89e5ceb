/* hub_session.c - a client's time here; see hub_session.h. */
#include "hub/hub_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "hub/hub_input.h"
#include "hub/hub_member.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "hub/hub_queue.h"
#include "hub/hub_unfinished.h"
#include "hub/room/hub_room.h"
#include "hub/way/hub_codec.h"
#include "loop/loop_socket.h"
#include "ws/ws_close.h"

/* Clients are read in pieces of this size: commands are small, and what was
 * read behind one that is over the rate has to be kept. The rest of a longer
 * frame is read at once, and so is what needs not be kept. */
#define PIECE 4096

/* Who is told to come back does so within this time. */
#define RECALLED_WITHIN_S 1

/* What one call counts at least against the share: TLS gives a record at a
 * time, and one may hold a single byte. */
#define CALL 1024

/* So long no further connection goes on after one that went back to httpd had
 * to wait there. */
#define FULL_THERE_US 10000000

/* One that does not read our answers, or is over its rate, is left to TCP:
 * what it sends waits in the kernel, and then at its own end. */
static bool is_readable(const hub_client *client)
{
    return client->life.state != HUB_CLIENT_DEAD && !client->io.deaf
           && !client->io.paused && !client->io.early
           && !client->deadline.halted;
}

/* So much has come into the room in this turn that it is delivered first. */
static bool must_wait(const hub_client *client)
{
    return client->seat.room && hub_room_is_full(client->seat.room);
}

static void take(hub_client *client, unsigned char *data, size_t size)
{
    size_t used;

    client->account.received += size;
    hub_input_hear(client);
    hub_count_add(client->shared->hub, ACT_COUNT_BYTES_IN, (int64_t)size);
    hub_meter_hear(client, data, size);
    used = client->shared->way->feed(client, data, size);
    hub_meter_tell(client);
    if (used < size && client->life.state != HUB_CLIENT_DEAD) {
        hub_input_keep(client, data + used, size - used);
    }
}

/* The client will send no more: it has gone, or has only closed its half of the
 * connection and still reads. Nobody can tell which, so what it asked for is
 * answered. A client that has gone answers the first byte with a reset. */
static void input_ended(hub_client *client)
{
    client->io.deaf = true;
    if (client->io.finished) {
        hub_client_doom(client, WS_CLOSE_GOING_AWAY);
        return;
    }
    if (client->life.state == HUB_CLIENT_OPEN) {
        client->shared->way->input_end(client);
    }
    else {
        client->life.state = HUB_CLIENT_LAST;
        hub_client_mark(client);
    }
    hub_client_arm(client);
    hub_output_watch(client);
}

/* What needs not be kept may be read in large pieces. */
static size_t piece_of(const hub_client *client)
{
    uint64_t rest;

    if (!client->shared->way->rest) {
        return HUB_SHARE;
    }
    rest = client->shared->way->rest(client);
    rest = rest < HUB_SHARE ? rest : HUB_SHARE;
    return rest > PIECE ? (size_t)rest : PIECE;
}

/* Reads once. True when there may be more at once. */
static bool read_piece(hub_client *client, size_t piece)
{
    hub *core = client->shared->hub;
    size_t got;

    if (client->shared->way->look && client->shared->way->look(client)) {
        return false;
    }
    switch (loop_stream_read(&client->stream, core->scratch, piece, &got)) {
    case LOOP_IO_OK:
        take(client, core->scratch, got);
        return client->stream.tls ? loop_stream_unread(&client->stream)
                                  : got == piece;
    case LOOP_IO_AGAIN: /* TLS has read enough records for one call */
        if (loop_stream_unread(&client->stream)) {
            hub_queue_put(client, HUB_TO_READ);
        }
        return false;
    case LOOP_IO_END:
        input_ended(client);
        return false;
    case LOOP_IO_ERROR:
        hub_count_add(core, ACT_COUNT_CLOSED_FLOOD,
                      loop_stream_flooded(&client->stream));
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
        return false;
    }
    return false;
}

/* Its memory has been noted: the poll learns what it has to. */
static void settle(hub_client *client)
{
    bool waits = is_readable(client) && !hub_queue_unread(client);

    hub_unfinished_note(client);
    if (loop_stream_unsent(&client->stream) /* TLS answered by itself */
        || (waits && !(client->io.interest & LOOP_READ))) {
        hub_output_watch(client);
    }
}

/* Acts upon what was kept, or reads once. True when there may be more. */
static bool take_piece(hub_client *client, size_t piece)
{
    if (hub_input_kept(client) > 0) {
        hub_input_take_kept(client);
        return true;
    }
    return read_piece(client, piece);
}

static void read_ready(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (hub_input_kept(client) > 0
                 || base_clock_mono() > client->shared->hub->ready_end
                 || read_piece(client, PIECE)) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

/* Where the room is what is short, each has one piece of it. */
void hub_session_hear(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (take_piece(client, piece_of(client))) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

/* Reads what is left of its share; true when there is more. */
static bool read_share(hub_client *client)
{
    const hub *core = client->shared->hub;
    size_t left = HUB_SHARE;
    bool more = true;

    while (more && left > 0 && is_readable(client) && !must_wait(client)) {
        uint64_t before = client->account.received + hub_codec_inflated(core);
        size_t cost;

        more = take_piece(client, piece_of(client));
        cost = (size_t)(client->account.received + hub_codec_inflated(core)
                        - before);
        cost = cost > CALL ? cost : CALL;
        left -= cost < left ? cost : left;
    }
    return more && is_readable(client);
}

/* Who has been read goes behind all that have not been. */
void hub_session_read(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (read_share(client)) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

static void take_early(hub_client *client, unsigned char *data, size_t size)
{
    if (size > 0 && client->life.state != HUB_CLIENT_DEAD) {
        take(client, data, size);
        hub_unfinished_note(client);
    }
    if (loop_stream_unread(&client->stream)) {
        hub_queue_put(client, HUB_TO_READ);
    }
}

/* A site has some different settings, seldom many: a list is enough. */
static const hub_client_shared *share(hub *core, const hub_offer *offer)
{
    hub_client_shared *copy;

    for (size_t i = 0; i < core->shared_count; i++) {
        if (core->shared[i]->way == offer->way
            && memcmp(&core->shared[i]->settings, &offer->settings,
                      sizeof(offer->settings)) == 0) {
            return core->shared[i];
        }
    }
    copy = malloc(sizeof(*copy));
    core->shared = realloc(core->shared,
                           (core->shared_count + 1) * sizeof(core->shared[0]));
    BASE_CHECK(copy != NULL && core->shared != NULL);
    *copy = (hub_client_shared){ core, offer->way, offer->settings };
    core->shared[core->shared_count++] = copy;
    if (core->held_most < (uint64_t)offer->settings.max_payload * 4) {
        core->held_most = (uint64_t)offer->settings.max_payload * 4;
    }
    return copy;
}

/* One that waits for an answer has it before that. */
static void recall_later(hub_client *client, int64_t until_us)
{
    const hub *core = client->shared->hub;
    /* That of a guest is a hash, and so is a user's. */
    uint32_t random = (uint32_t)(client->account.user >> 32)
                      ^ (uint32_t)core->now;

    if (until_us > 0 && !client->shared->way->single) {
        hub_deadline_recall(&client->deadline, hub_core_ms(core),
                            (until_us - core->now) / 1000, random);
    }
}

static hub_client *client_new(hub *core, hub_offer *offer)
{
    hub_client *client = calloc(1, sizeof(*client));

    BASE_CHECK(client != NULL);
    client->shared = share(core, offer);
    client->account.user = offer->who.user;
    client->life.guest = offer->who.guest;
    client->life.started = hub_core_hundredths(core);
    client->deadline = (hub_deadline){ .heard = hub_core_ms(core),
                                       .single = offer->way->single,
                                       .one_way = offer->way->one_way };
    recall_later(client, offer->until_us);
    client->account.from = offer->from;
    loop_stream_open(&client->stream, offer->fd, offer->ssl);
    offer->fd = -1;
    offer->ssl = NULL;
    hub_meter_begin(client, &offer->measure);
    base_list_add_first(&core->clients, &client->links.all);
    core->client_count++;
    hub_count_add(core, ACT_COUNT_CONNECTIONS, 1);
    hub_count_add(core, ACT_COUNT_ADOPTED, offer->ticket == NULL);
    hub_count_add(core, ACT_COUNT_TLS, client->stream.tls != NULL);
    return client;
}

/* Whatever goes wrong on the way only dooms it, so that all of its steps may
 * be done to it. It is flushed at once: a newcomer's hello does not wait for
 * the rooms of this turn, leaves in one packet with the head of its answer, and
 * hub_meter_opened counts what it was. The bytes that came with its request are
 * its first input, and are read after that. */
void hub_session_adopt(hub *core, hub_offer *offer)
{
    hub_client *client = client_new(core, offer);

    client->io.interest = LOOP_READ;
    if (!loop_poll_add(core->poll, client->stream.fd, LOOP_READ, client)) {
        client->io.interest = 0;
        hub_client_doom(client, WS_CLOSE_INTERNAL);
    }
    else {
        (offer->resume ? offer->resume : client->shared->way->begin)(client,
                                                                     offer);
    }
    hub_output_flush(client);
    loop_socket_cork(client->stream.fd, false); /* httpd_handoff's */
    hub_meter_opened(client);
    take_early(client, offer->early.data, offer->early.len);
    hub_client_arm(client);
    base_bytes_free(&offer->early);
    base_bytes_free(&offer->lines);
    base_bytes_free(&offer->measure.event);
    free(offer);
}

/* A hang-up comes however little is waited for, again and again. One that is
 * not read would never tell why it came, so it ends here. */
void hub_session_ready(hub_client *client, unsigned ready)
{
    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    if (ready & LOOP_WRITE) {
        client->io.blocked = false;
        hub_client_mark(client);
    }
    if ((ready & LOOP_HANGUP)
        && (client->io.paused || client->io.early || client->io.deaf
            || client->deadline.halted)) {
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
    }
    else if (hub_queue_unread(client)) {
        /* Its turn comes; until then the poll need not tell it again. */
        hub_client_wait(client, client->io.interest & ~(unsigned)LOOP_READ);
    }
    else if (ready & (LOOP_READ | LOOP_HANGUP)) {
        read_ready(client);
    }
}

/* Without asking for an answer: who is slow would be waited for again. */
static void close_slow(hub_client *client, act_count why, unsigned code)
{
    hub_count_add(client->shared->hub, why, 1);
    hub_output_close(client, code, false);
}

static void ping(hub_client *client)
{
    client->deadline.pinged = true;
    client->deadline.unheard = false;
    if (!client->deadline.late) { /* else what waits asks the same */
        client->shared->way->ping(hub_output_control(client));
    }
}

/* A kernel that acknowledges is enough for one that cannot answer; asked here
 * alone, since that is a system call. */
static void check_silent(hub_client *client)
{
    if (client->shared->way->one_way
        && hub_deadline_excuse(&client->deadline, &client->shared->settings,
                               hub_core_ms(client->shared->hub),
                               loop_stream_unheard(&client->stream))) {
        return;
    }
    hub_count_add(client->shared->hub, ACT_COUNT_CLOSED_PING, 1);
    hub_client_doom(client, WS_CLOSE_ABNORMAL);
}

/* The timer may have been set for something that was put off since: then
 * nothing is due, and it is set anew. */
void hub_session_due(void *context, loop_timer *timer)
{
    hub_client *client = (hub_client *)(void *)timer;
    int64_t wait;

    (void)context;
    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    switch (hub_deadline_next(&client->deadline, &client->shared->settings,
                              hub_core_ms(client->shared->hub), &wait)) {
    case HUB_DUE_NOTHING:
        break;
    case HUB_DUE_RECALL:
        client->deadline.recalled = true;
        client->shared->way->bye(client, RECALLED_WITHIN_S);
        break;
    case HUB_DUE_RESUME:
        hub_input_resume(client);
        break;
    case HUB_DUE_SLOW:
        close_slow(client, ACT_COUNT_CLOSED_SLOW, WS_CLOSE_TRY_LATER);
        break;
    case HUB_DUE_UPLOAD:
        close_slow(client, ACT_COUNT_CLOSED_UPLOAD, WS_CLOSE_POLICY);
        break;
    case HUB_DUE_SILENT:
        check_silent(client);
        break;
    case HUB_DUE_PING:
        ping(client);
        break;
    case HUB_DUE_LEAVE:
        client->shared->way->bye(client, 0);
        break;
    case HUB_DUE_CUT:
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
        break;
    }
    hub_client_arm(client);
}

static void release(hub_client *client)
{
    if (client->shared->way->destroy) {
        client->shared->way->destroy(client);
    }
    base_bytes_free(&client->output.bytes);
    hub_input_free(client);
    base_list_remove(&client->links.all);
    client->shared->hub->client_count--;
    atomic_fetch_sub(&client->shared->hub->connections, 1);
    free(client);
}

/* What could not be written would be lost in a close: a reset tells the peer
 * that it has not got all. */
static void end_connection(hub_client *client)
{
    hub *core = client->shared->hub;
    bool reset =
        client->output.bytes.len > client->output.sent && !client->io.finished;

    hub_client_log(client);
    loop_poll_remove(core->poll, client->stream.fd);
    hub_meter_end(client, reset || client->io.given);
    if (client->io.given) {
        if (core->give_back(client->stream.fd)) {
            core->full_there = core->now + FULL_THERE_US;
        }
    }
    else if (reset) {
        loop_stream_reset(&client->stream);
    }
    else {
        loop_stream_close(&client->stream);
    }
}

static void bury(hub_client *client)
{
    hub *core = client->shared->hub;

    hub_unfinished_forget(client);
    loop_timer_cancel(&core->timers, &client->timer);
    if (core->store) {
        act_address_disconnect(core->store, &client->account.from);
    }
    hub_count_add(core, ACT_COUNT_CONNECTIONS, -1);
    hub_count_add(core, ACT_COUNT_TLS, -(client->stream.tls != NULL));
    if (client->stream.fd >= 0) { /* else it goes on elsewhere */
        end_connection(client);
    }
    release(client);
}

/* Those that have ended in this turn stand last (hub_client_end). Nobody else
 * takes a client out of its room or frees it, and this runs where no list of
 * clients is gone through: before rooms are delivered, so that nothing is
 * counted as given to who has left, and after what was written to. */
void hub_session_bury(hub *core)
{
    base_list *link = core->clients.prev;

    if (core->ended_count > 0) {
        hub_queue_purge(core);
    }
    for (; core->ended_count > 0; core->ended_count--) {
        hub_client *client = BASE_LIST_OWNER(link, hub_client, links.all);

        link = link->prev;
        client->life.marked_end = false;
        hub_member_leave(client);
        if (client->life.state == HUB_CLIENT_DEAD) {
            bury(client);
        }
    }
}
