/* hub_poll_kept.c - see hub_poll_kept.h. */
#include "hub/way/hub_poll_kept.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_start.h"
#include "base/base_check.h"
#include "http/http_repeat.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "ws/ws_close.h"

/* So many polls in a row that find something are answered, then httpd has to:
 * who comes with old cursors for as long as he likes would keep the loop busy.
 */
#define QUICK_MOST 20

/* What came with the request has left the socket, and cannot be given back. */
hub_poll_kept *hub_poll_kept_create(const hub_client *client,
                                    hub_offer *offer)
{
    hub_poll_kept *kept = calloc(1, sizeof(*kept));

    BASE_CHECK(kept != NULL);
    *kept = (hub_poll_kept){ .head = offer->head,
                             .lines = offer->lines,
                             .first_only = offer->first_only,
                             .until_us = offer->until_us,
                             .waits = true };
    if (offer->head && !client->stream.tls && offer->early.len == 0) {
        kept->keep = offer->keep;
    }
    offer->lines = (base_bytes)BASE_BYTES_INIT;
    return kept;
}

void hub_poll_kept_destroy(hub_poll_kept *kept)
{
    if (kept) {
        base_bytes_free(&kept->lines);
        free(kept);
    }
}

static bool is_stopping(const hub *core)
{
    return core->drain.stopping != 0 || atomic_load(&core->stop) != 0;
}

/* Who has closed its half sends nothing any more. */
static bool may_stay(const hub_client *client)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    const hub *core = client->shared->hub;

    return core->give_back && !is_stopping(core)
           && client->life.state == HUB_CLIENT_OPEN && client->seat.room
           && !client->io.deaf && !client->life.parted
           && (kept->until_us == 0 || core->now < kept->until_us);
}

bool hub_poll_kept_goes_on(const hub_client *client)
{
    return client->way_state.wait.kept->keep.left > 0 && may_stay(client)
           && client->shared->hub->now >= client->shared->hub->full_there;
}

void hub_poll_kept_rest(hub_client *client)
{
    hub_poll_kept *kept = client->way_state.wait.kept;

    base_bytes_drop(&kept->lines, kept->first_only);
    kept->first_only = 0;
    kept->keep.left--;
    kept->waits = false;
    kept->seen = 0;
    client->way_state.wait.seq = UINT64_MAX;
    client->deadline.until =
        hub_core_ms(client->shared->hub) + kept->keep.idle_ms;
    hub_client_arm(client);
}

/* Milliseconds that it may wait: no longer than its rights hold. */
static uint32_t wait_of(const hub_client *client, http_slice asked)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    int64_t left = (kept->until_us - client->shared->hub->now) / 1000;
    int64_t most = client->shared->settings.poll_wait;
    int64_t wait = 0;

    most = kept->until_us != 0 && left < most ? left : most;
    for (size_t i = 0; i < asked.size && wait < most; i++) {
        wait = wait * 10 + (asked.data[i] - '0') * 1000;
    }
    wait = wait < most ? wait : most;
    return wait > 0 ? (uint32_t)wait : 0;
}

/* Where the poll begins; false: httpd has to find out. It knows more than the
 * log has, where there is an archive. */
static bool find(const hub_client *client, http_slice after,
                 room_log_position *from)
{
    const hub_room *room = client->seat.room;
    act_start start = { .given = true };

    return room && room_id_parse(after.data, after.size, &start.after)
           && act_start_seek(room->hub->store, room->handle, &start, from)
                  == ROOM_OK
           && !(from->gap && room->hub->archive.read_after);
}

static bool is_quick(hub_poll_kept *kept, const room_log_position *from)
{
    bool waits = !from->gap && from->seq >= from->next_seq;

    kept->quick = waits ? 0 : (uint8_t)(kept->quick + 1);
    return kept->quick > QUICK_MOST;
}

/* Only now the head is taken out of the socket. */
static bool take(hub_client *client, const http_repeat *request, size_t head,
                 room_log_position *from)
{
    hub *core = client->shared->hub;
    hub_poll_kept *kept = client->way_state.wait.kept;
    uint32_t wait = wait_of(client, request->wait);
    size_t got;

    if (!may_stay(client)
        || !find(client, request->after, from) || is_quick(kept, from)
        || loop_stream_read(&client->stream, core->scratch, head, &got)
               != LOOP_IO_OK
        || got != head) {
        return false;
    }
    client->account.received += head;
    hub_count_add(core, ACT_COUNT_BYTES_IN, (int64_t)head);
    hub_meter_request(client);
    kept->waits = true;
    client->deadline.until = hub_core_ms(core) + wait;
    hub_client_arm(client);
    return true;
}

/* A child that stops has no worker for it for much longer. */
static void give_back(hub_client *client)
{
    if (is_stopping(client->shared->hub)) {
        hub_output_close(client, WS_CLOSE_NORMAL, false);
    }
    else {
        client->io.given = true;
        hub_client_doom(client, WS_CLOSE_NORMAL);
    }
}

/* True when an empty line has come, however its ends are written. */
static bool is_whole(const unsigned char *data, size_t size)
{
    return memmem(data, size, "\n\r\n", 3) || memmem(data, size, "\n\n", 2);
}

/* A head that is not whole costs nothing here, and a worker there. The socket
 * is ready again when more has come. False: nothing has. */
static bool wait_for_more(hub_client *client, size_t got)
{
    hub_poll_kept *kept = client->way_state.wait.kept;

    if (got <= kept->seen || !loop_stream_want(&client->stream, got + 1)) {
        return false;
    }
    kept->seen = (uint16_t)got;
    return true;
}

static hub_poll_look look_at_next(hub_client *client, size_t got,
                                  room_log_position *from)
{
    hub *core = client->shared->hub;
    const hub_poll_kept *kept = client->way_state.wait.kept;
    http_repeat_keys keys =
        http_repeat_keys_of(room_store_secret(core->store));
    http_repeat request;
    size_t head;
    http_repeat_result result = http_repeat_read(
        &keys, (http_slice){ (char *)core->scratch, got }, &request, &head);

    if (result != HTTP_REPEAT_HEAD && got < HTTP_REPEAT_MOST
        && !is_whole(core->scratch, got) && wait_for_more(client, got)) {
        return HUB_POLL_DONE;
    }
    if (kept->seen > 0) {
        (void)loop_stream_want(&client->stream, 1);
    }
    if (result == HTTP_REPEAT_HEAD
        && http_repeat_is(&request.mark, &kept->keep.mark)
        && take(client, &request, head, from)) {
        return HUB_POLL_NEXT;
    }
    give_back(client);
    return HUB_POLL_DONE;
}

/* A client that reads its answer is paused, and not looked at meanwhile. */
hub_poll_look hub_poll_kept_look(hub_client *client, room_log_position *from)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    size_t got;

    if (kept->keep.idle_ms == 0 || client->life.state != HUB_CLIENT_OPEN
        || loop_stream_peek(&client->stream, client->shared->hub->scratch,
                            HTTP_REPEAT_MOST, &got) != LOOP_IO_OK) {
        return HUB_POLL_READ;
    }
    if (kept->waits) {
        client->io.early = true;
        hub_output_watch(client);
        return HUB_POLL_DONE;
    }
    return look_at_next(client, got, from);
}
