/* hub_fetch.c - the thread that reads the archive; see hub_fetch.h. */
#include "hub/archive/hub_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "hub/archive/hub_errand.h"
#include "room/archive/room_ack.h"

/* What was read, for all whose questions it answers. */
typedef struct {
    _Atomic unsigned owners;
    hub_fetch_piece read;
} answer;

struct hub_fetch {
    hub_errand errand; /* first member */
    hub_fetcher *fetcher;
    hub_client *client; /* the loop's; NULL: it waits no more */
    hub_fetch_want want;
    const hub_way *way;
    size_t most;
    int64_t asked_us;
    answer *answer;
    room_handle room;
    size_t key_size;
    char key[];
};

struct hub_fetcher {
    const hub_archive *archive;
    const room_store *store;
    hub_fetch_give *give;
    size_t asking; /* questions that are on their way; the loop's */
    struct {       /* the thread's: what was read last, if anything */
        answer *answer;
        hub_fetch_want want;
        const hub_way *way;
        room_handle room;
        int64_t read_us; /* when that began; away: when it had ended */
    } last;
};

static void answer_release(answer *one)
{
    if (one && atomic_fetch_sub(&one->owners, 1) == 1) {
        base_bytes_free(&one->read.bytes);
        free(one);
    }
}

static void question_free(hub_fetch *asked)
{
    answer_release(asked->answer);
    free(asked);
}

/* ---------------------------------------------------------- on the thread */

typedef struct {
    const hub_fetch *asked;
    hub_fetch_piece *piece;
    bool beyond; /* there is one behind what was asked for */
    bool full;
} reading;

static bool add_event(void *context, const room_id *id, const void *event,
                      size_t size)
{
    reading *now = context;
    const hub_fetch *asked = now->asked;
    hub_fetch_piece *piece = now->piece;

    now->beyond = room_id_compare(id, &asked->want.to) > 0;
    now->full = piece->count > 0 && piece->bytes.len + size > asked->most;
    if (now->beyond || now->full) {
        return false;
    }
    memcpy(asked->way->frame(&piece->bytes, size, id), event, size);
    if (piece->count++ == 0) {
        piece->first = *id;
    }
    piece->uncounted += room_id_compare(id, &asked->want.counted) <= 0;
    piece->last = *id;
    return true;
}

/* The number up to which the archive is written is asked for first: what is
 * below it was there when the archive was read. */
static void read_piece(const hub_fetcher *fetcher, const hub_fetch *asked,
                       hub_fetch_piece *piece)
{
    const hub_archive *archive = fetcher->archive;
    const act_room_key key = { .key = asked->key,
                               .key_size = asked->key_size };
    uint64_t upto = room_ack_upto(fetcher->store, asked->room);
    reading now = { asked, piece, false, false };
    hub_archive_end end = { { 0, 0 }, false };

    piece->last = asked->want.after;
    piece->away = !archive->read_after(archive->archive, &key,
                                       &asked->want.after, asked->most,
                                       add_event, &now, &end);
    if (piece->away) {
        return;
    }
    piece->lost = room_id_compare(&asked->want.after, &end.complete) < 0;
    if (now.beyond || upto > asked->want.seq) {
        upto = asked->want.seq;
    }
    if (now.beyond || (end.all && !now.full) || piece->count == 0) {
        piece->next = upto > 0 ? upto : 1;
    }
}

/* Many readers that lack the same things, when a turn was late or when they all
 * came back after a restart, ask one after the other: what was read for the
 * first after the others had asked is the answer to them all. So is that the
 * archive is away: they would wait as long for it, one after the other. */
static bool is_answered(const hub_fetcher *fetcher, const hub_fetch *asked)
{
    if (!fetcher->last.answer || fetcher->last.read_us < asked->asked_us) {
        return false;
    }
    return fetcher->last.answer->read.away
           || (fetcher->last.way == asked->way
               && fetcher->last.room.index == asked->room.index
               && fetcher->last.room.generation == asked->room.generation
               && memcmp(&fetcher->last.want, &asked->want,
                         sizeof(asked->want)) == 0);
}

static void forget_last(hub_fetcher *fetcher)
{
    answer_release(fetcher->last.answer);
    fetcher->last.answer = NULL;
}

static void read_last(hub_fetcher *fetcher, const hub_fetch *asked)
{
    answer *made = calloc(1, sizeof(*made));

    BASE_CHECK(made != NULL);
    atomic_init(&made->owners, 1);
    forget_last(fetcher);
    fetcher->last.answer = made;
    fetcher->last.want = asked->want;
    fetcher->last.way = asked->way;
    fetcher->last.room = asked->room;
    fetcher->last.read_us = base_clock_mono();
    read_piece(fetcher, asked, &made->read);
    if (made->read.away) {
        fetcher->last.read_us = base_clock_mono();
    }
}

static void run(hub_errand *one)
{
    hub_fetch *asked = (hub_fetch *)(void *)one;
    hub_fetcher *fetcher = asked->fetcher;

    if (!is_answered(fetcher, asked)) {
        read_last(fetcher, asked);
    }
    asked->answer = fetcher->last.answer;
    atomic_fetch_add(&asked->answer->owners, 1);
}

/* ------------------------------------------------------------ on the loop */

/* What was read last is not kept when nobody asks for it any more. */
static void end_question(hub_fetch *asked)
{
    if (--asked->fetcher->asking == 0) {
        forget_last(asked->fetcher);
    }
    question_free(asked);
}

static void done(hub *core, hub_errand *one)
{
    hub_fetch *asked = (hub_fetch *)(void *)one;

    (void)core;
    if (asked->client) {
        asked->fetcher->give(asked->client, &asked->answer->read);
    }
    end_question(asked);
}

void hub_fetch_start(hub *core, hub_fetch_give *give)
{
    core->fetcher = calloc(1, sizeof(*core->fetcher));
    BASE_CHECK(core->fetcher != NULL);
    core->fetcher->archive = &core->archive;
    core->fetcher->store = core->store;
    core->fetcher->give = give;
}

static size_t piece_size(const hub *core)
{
    size_t most = HUB_FETCH_ALL / (core->fetching + 1);

    most = most < HUB_FETCH_MOST ? most : HUB_FETCH_MOST;
    return most > HUB_FETCH_LEAST ? most : HUB_FETCH_LEAST;
}

hub_fetch *hub_fetch_ask(hub_client *client, const hub_fetch_want *want)
{
    const hub_room *room = client->seat.room;
    hub_fetcher *fetcher = client->shared->hub->fetcher;
    hub_fetch *asked = calloc(1, sizeof(*asked) + room->key_size);

    BASE_CHECK(asked != NULL);
    asked->errand.run = run;
    asked->errand.done = done;
    asked->fetcher = fetcher;
    asked->client = client;
    asked->way = client->shared->way;
    asked->want = *want;
    asked->most = piece_size(client->shared->hub);
    asked->asked_us = base_clock_mono();
    asked->room = room->handle;
    asked->key_size = room->key_size;
    memcpy(asked->key, room->key, room->key_size);
    if (!hub_errand_send(client->shared->hub, client, &asked->errand)) {
        free(asked);
        return NULL;
    }
    fetcher->asking++;
    return asked;
}

/* One that the thread has taken comes back by itself. */
void hub_fetch_forget(hub_fetch *asked)
{
    if (!asked) {
        return;
    }
    if (hub_errand_recall(asked->client->shared->hub, &asked->errand)) {
        end_question(asked);
    }
    else {
        asked->client = NULL;
    }
}

void hub_fetch_stop(hub *core)
{
    BASE_CHECK(core->fetcher->asking == 0);
    free(core->fetcher);
    core->fetcher = NULL;
}
