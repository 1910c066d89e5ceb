/* hub_fetch.c - the thread that reads the archive; see hub_fetch.h. */
#include "hub/archive/hub_fetch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/archive/room_ack.h"

/* What was read, for all whose questions it answers. */
typedef struct {
    _Atomic unsigned owners;
    hub_fetch_piece read;
} answer;

struct hub_fetch {
    loop_inbox_item item; /* first member; on its way back to the loop */
    base_list link;       /* in the queue, with the mutex; in none: taken */
    hub_fetcher *fetcher;
    hub_client *client;   /* the loop's; NULL: it waits no more */
    hub_fetch_want want;
    const hub_way *way;
    size_t most;
    int64_t asked_us;
    answer *answer;
    room_handle room;
    size_t key_size;
    char key[];
};

/* The queue and `ends` belong to the mutex. */
struct hub_fetcher {
    const hub_archive *archive;
    const room_store *store;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    base_list queue;
    bool ends;
    loop_inbox done;
    size_t asking; /* questions that are on their way; the loop's */
    struct {       /* the thread's: what was read last, if anything */
        answer *answer;
        hub_fetch_want want;
        const hub_way *way;
        room_handle room;
        int64_t read_us;
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
 * first after the others had asked is the answer to them all. */
static bool is_answered(const hub_fetcher *fetcher, const hub_fetch *asked)
{
    return fetcher->last.answer && fetcher->last.read_us >= asked->asked_us
           && fetcher->last.way == asked->way
           && fetcher->last.room.index == asked->room.index
           && fetcher->last.room.generation == asked->room.generation
           && memcmp(&fetcher->last.want, &asked->want, sizeof(asked->want))
                  == 0;
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
}

/* From then on the loop has it. */
static void send_back(hub_fetcher *fetcher, hub_fetch *asked)
{
    asked->answer = fetcher->last.answer;
    atomic_fetch_add(&asked->answer->owners, 1);
    loop_inbox_push(&fetcher->done, &asked->item);
}

/* With the mutex. */
static hub_fetch *take_first(hub_fetcher *fetcher)
{
    hub_fetch *first;

    if (base_list_empty(&fetcher->queue)) {
        return NULL;
    }
    first = BASE_LIST_OWNER(fetcher->queue.next, hub_fetch, link);
    base_list_remove(&first->link);
    return first;
}

/* Waits for the next question; NULL: the end. A piece that nobody asks for
 * again is not kept meanwhile. */
static hub_fetch *next_question(hub_fetcher *fetcher)
{
    hub_fetch *asked;

    pthread_mutex_lock(&fetcher->mutex);
    if (base_list_empty(&fetcher->queue)) {
        forget_last(fetcher);
    }
    while (!fetcher->ends && base_list_empty(&fetcher->queue)) {
        pthread_cond_wait(&fetcher->news, &fetcher->mutex);
    }
    asked = fetcher->ends ? NULL : take_first(fetcher);
    pthread_mutex_unlock(&fetcher->mutex);
    return asked;
}

/* All others would wait as long for the same answer, one after the other. */
static void send_all_back(hub_fetcher *fetcher)
{
    hub_fetch *asked;

    pthread_mutex_lock(&fetcher->mutex);
    while ((asked = take_first(fetcher)) != NULL) {
        send_back(fetcher, asked);
    }
    pthread_mutex_unlock(&fetcher->mutex);
}

static void *run(void *context)
{
    hub_fetcher *fetcher = context;
    hub_fetch *asked;

    while ((asked = next_question(fetcher)) != NULL) {
        if (!is_answered(fetcher, asked)) {
            read_last(fetcher, asked);
        }
        send_back(fetcher, asked);
        if (fetcher->last.answer->read.away) {
            send_all_back(fetcher);
        }
    }
    forget_last(fetcher);
    return NULL;
}

/* ------------------------------------------------------------ on the loop */

static bool start_thread(hub_fetcher *fetcher)
{
    sigset_t all;
    sigset_t before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&fetcher->thread, NULL, run, fetcher);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

static void fetcher_free(hub_fetcher *fetcher)
{
    pthread_mutex_destroy(&fetcher->mutex);
    pthread_cond_destroy(&fetcher->news);
    free(fetcher);
}

static hub_fetcher *fetcher_of(hub *core)
{
    hub_fetcher *made;

    if (core->fetcher) {
        return core->fetcher;
    }
    made = calloc(1, sizeof(*made));
    BASE_CHECK(made != NULL);
    made->archive = &core->archive;
    made->store = core->store;
    base_list_init(&made->queue);
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->news, NULL);
    if (!loop_inbox_init(&made->done)) {
        fetcher_free(made);
        return NULL;
    }
    if (!loop_poll_add(core->poll, loop_inbox_fd(&made->done), LOOP_READ, made)
        || !start_thread(made)) {
        loop_poll_remove(core->poll, loop_inbox_fd(&made->done));
        loop_inbox_destroy(&made->done);
        fetcher_free(made);
        return NULL;
    }
    core->fetcher = made;
    return made;
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
    hub_fetcher *fetcher = fetcher_of(client->shared->hub);
    hub_fetch *asked;

    if (!fetcher) {
        base_log_limited(BASE_LOG_ERROR, "CW0508",
                         "no thread or descriptor to read the archive with; "
                         "readers who lack something of it are sent away");
        return NULL;
    }
    asked = calloc(1, sizeof(*asked) + room->key_size);
    BASE_CHECK(asked != NULL);
    asked->fetcher = fetcher;
    asked->client = client;
    asked->way = client->shared->way;
    asked->want = *want;
    asked->most = piece_size(client->shared->hub);
    asked->asked_us = base_clock_mono();
    asked->room = room->handle;
    asked->key_size = room->key_size;
    memcpy(asked->key, room->key, room->key_size);
    fetcher->asking++;
    pthread_mutex_lock(&fetcher->mutex);
    base_list_add_last(&fetcher->queue, &asked->link);
    pthread_cond_signal(&fetcher->news);
    pthread_mutex_unlock(&fetcher->mutex);
    return asked;
}

/* One that the thread has taken comes back by itself. */
void hub_fetch_forget(hub_fetch *asked)
{
    hub_fetcher *fetcher;
    bool waits;

    if (!asked) {
        return;
    }
    fetcher = asked->fetcher;
    asked->client = NULL;
    pthread_mutex_lock(&fetcher->mutex);
    waits = base_list_linked(&asked->link);
    if (waits) {
        base_list_remove(&asked->link);
    }
    pthread_mutex_unlock(&fetcher->mutex);
    if (waits) {
        fetcher->asking--;
        question_free(asked);
    }
}

void hub_fetch_take(hub *core, void (*give)(hub_client *client,
                                            const hub_fetch_piece *piece))
{
    hub_fetcher *fetcher = core->fetcher;
    loop_inbox_item *item = loop_inbox_take(&fetcher->done);

    while (item) {
        hub_fetch *asked = (hub_fetch *)(void *)item;

        item = item->next;
        fetcher->asking--;
        if (asked->client) {
            give(asked->client, &asked->answer->read);
        }
        question_free(asked);
    }
}

static void give_nobody(hub_client *client, const hub_fetch_piece *piece)
{
    (void)client;
    (void)piece;
    BASE_CHECK(false);
}

void hub_fetch_stop(hub *core)
{
    hub_fetcher *fetcher = core->fetcher;

    if (!fetcher) {
        return;
    }
    pthread_mutex_lock(&fetcher->mutex);
    fetcher->ends = true;
    pthread_cond_signal(&fetcher->news);
    pthread_mutex_unlock(&fetcher->mutex);
    pthread_join(fetcher->thread, NULL);
    hub_fetch_take(core, give_nobody);
    BASE_CHECK(fetcher->asking == 0);
    loop_poll_remove(core->poll, loop_inbox_fd(&fetcher->done));
    loop_inbox_destroy(&fetcher->done);
    fetcher_free(fetcher);
    core->fetcher = NULL;
}
