/* hub_errand.c - a thread that may block; see hub_errand.h. */
#include "hub/archive/hub_errand.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "base/base_thread.h"

#define BUCKETS 256u /* a power of two */

/* Those of one address that were not begun. */
typedef struct queue {
    base_list turn;    /* in `turns` */
    base_list errands;
    struct queue *next; /* of the bucket */
    uint64_t whose;
} queue;

/* The queues and `ends` belong to the mutex. */
struct hub_errands {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    base_list turns; /* queues: the first is next */
    queue *buckets[BUCKETS];
    bool ends;
    loop_inbox done;
    size_t away; /* errands that are on their way; the loop's */
};

/* ------------------------------------------------------------ the queues */

static queue **place_of(hub_errands *all, uint64_t whose)
{
    queue **at = &all->buckets[(whose ^ whose >> 32) & (BUCKETS - 1)];

    while (*at && (*at)->whose != whose) {
        at = &(*at)->next;
    }
    return at;
}

static void add(hub_errands *all, hub_errand *one)
{
    queue **at = place_of(all, one->whose);

    if (!*at) {
        *at = calloc(1, sizeof(**at));
        BASE_CHECK(*at != NULL);
        (*at)->whose = one->whose;
        base_list_init(&(*at)->errands);
        base_list_add_last(&all->turns, &(*at)->turn);
    }
    base_list_add_last(&(*at)->errands, &one->link);
}

static void take_out(hub_errands *all, hub_errand *one)
{
    queue **at = place_of(all, one->whose);
    queue *its = *at;

    base_list_remove(&one->link);
    base_list_remove(&its->turn);
    if (!base_list_empty(&its->errands)) {
        base_list_add_last(&all->turns, &its->turn);
        return;
    }
    *at = its->next;
    free(its);
}

/* ---------------------------------------------------------- on the thread */

/* NULL: the end. */
static hub_errand *next_errand(hub_errands *all)
{
    hub_errand *one = NULL;

    pthread_mutex_lock(&all->mutex);
    while (!all->ends && base_list_empty(&all->turns)) {
        pthread_cond_wait(&all->news, &all->mutex);
    }
    if (!all->ends) {
        queue *first = BASE_LIST_OWNER(all->turns.next, queue, turn);

        one = BASE_LIST_OWNER(first->errands.next, hub_errand, link);
        take_out(all, one);
    }
    pthread_mutex_unlock(&all->mutex);
    return one;
}

static void *run(void *context)
{
    hub_errands *all = context;
    hub_errand *one;

    while ((one = next_errand(all)) != NULL) {
        one->run(one);
        loop_inbox_push(&all->done, &one->item); /* the loop has it now */
    }
    return NULL;
}

/* ------------------------------------------------------------ on the loop */

/* When the thread has ended. */
static void end_rest(hub *core, hub_errands *all)
{
    while (!base_list_empty(&all->turns)) {
        queue *first = BASE_LIST_OWNER(all->turns.next, queue, turn);
        hub_errand *one = BASE_LIST_OWNER(first->errands.next, hub_errand,
                                          link);

        take_out(all, one);
        all->away--;
        one->done(core, one);
    }
}

static void destroy(hub *core, hub_errands *all)
{
    loop_poll_remove(core->poll, loop_inbox_fd(&all->done));
    loop_inbox_destroy(&all->done);
    pthread_mutex_destroy(&all->mutex);
    pthread_cond_destroy(&all->news);
    free(all);
}

static hub_errands *errands_of(hub *core)
{
    hub_errands *made;

    if (core->errands) {
        return core->errands;
    }
    made = calloc(1, sizeof(*made));
    BASE_CHECK(made != NULL);
    if (!loop_inbox_init(&made->done)) {
        free(made);
        return NULL;
    }
    base_list_init(&made->turns);
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->news, NULL);
    if (!loop_poll_add(core->poll, loop_inbox_fd(&made->done), LOOP_READ, made)
        || !base_thread_start(&made->thread, run, made)) {
        destroy(core, made);
        return NULL;
    }
    core->errands = made;
    return made;
}

bool hub_errand_send(hub *core, const hub_client *client, hub_errand *one)
{
    hub_errands *all = errands_of(core);
    bool ends;

    if (!all) {
        base_log_limited(BASE_LOG_ERROR, "CW0508",
                         "no thread or descriptor to read the archive with; "
                         "whoever needs something of it is told to come "
                         "again");
        return false;
    }
    if (client) {
        one->whose = client->account.from.key != 0 ? client->account.from.key
                                                   : client->account.user;
    }
    pthread_mutex_lock(&all->mutex);
    ends = all->ends;
    if (!ends) {
        add(all, one);
        pthread_cond_signal(&all->news);
    }
    pthread_mutex_unlock(&all->mutex);
    all->away += !ends;
    return !ends;
}

bool hub_errand_recall(hub *core, hub_errand *one)
{
    hub_errands *all = core->errands;
    bool waits;

    pthread_mutex_lock(&all->mutex);
    waits = base_list_linked(&one->link);
    if (waits) {
        take_out(all, one);
    }
    pthread_mutex_unlock(&all->mutex);
    all->away -= waits;
    return waits;
}

void hub_errand_take(hub *core)
{
    loop_inbox_item *item = loop_inbox_take(&core->errands->done);

    while (item) {
        hub_errand *one = (hub_errand *)(void *)item;

        item = item->next;
        core->errands->away--;
        one->done(core, one);
    }
}

void hub_errand_stop(hub *core)
{
    hub_errands *all = core->errands;

    if (!all) {
        return;
    }
    pthread_mutex_lock(&all->mutex);
    all->ends = true;
    pthread_cond_signal(&all->news);
    pthread_mutex_unlock(&all->mutex);
    pthread_join(all->thread, NULL);
    hub_errand_take(core);
    end_rest(core, all);
    BASE_CHECK(all->away == 0);
    core->errands = NULL;
    destroy(core, all);
}
