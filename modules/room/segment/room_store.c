/* room_store.c - makes the segment and the wake-up descriptors; see
 * room_store.h. The only file of room/ that knows APR. */
#include "room/segment/room_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include <apr_pools.h>
#include <apr_shm.h>

#include "base/base_clock.h"
#include "room/segment/room_layout.h"

#define ALIGNED 64u

static void close_fds(const int *fds, uint64_t slots)
{
    for (uint64_t i = 0; i < slots; i++) {
        if (fds[2 * i] >= 0) {
            close(fds[2 * i]);
        }
        /* An eventfd is both ends at once. */
        if (fds[2 * i + 1] >= 0 && fds[2 * i + 1] != fds[2 * i]) {
            close(fds[2 * i + 1]);
        }
    }
}

#ifdef __linux__
static bool open_pair(int pair[2])
{
    pair[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pair[1] = pair[0];
    return pair[0] >= 0;
}
#else
static bool open_pair(int pair[2])
{
    bool set = pipe(pair) == 0;

    for (int i = 0; i < 2 && set; i++) {
        set = fcntl(pair[i], F_SETFD, FD_CLOEXEC) == 0
              && fcntl(pair[i], F_SETFL, O_NONBLOCK) == 0;
    }
    return set;
}
#endif

/* All of them now: a child that is forked later inherits those of its
 * neighbours, whom it wakes. */
static bool open_fds(int *fds, uint32_t slots, char *why, size_t why_size)
{
    for (uint32_t i = 0; i < 2 * slots; i++) {
        fds[i] = -1;
    }
    for (uint32_t i = 0; i < slots; i++) {
        if (!open_pair(&fds[2 * i])) {
            snprintf(why, why_size,
                     "%u descriptors to wake the children with cannot be "
                     "opened: %s", (unsigned)slots, strerror(errno));
            close_fds(fds, slots);
            return false;
        }
    }
    return true;
}

/* The rest of both ways: `memory` has room for `geometry`, `store` and its
 * fds are allocated. */
static bool prepare(room_store *store, void *memory,
                    const room_geometry *geometry, const room_store *after,
                    char *why, size_t why_size)
{
    base_hash_key key;

    if (after != NULL) {
        key = after->hash_key; /* keeps the hashes of moved refs */
    }
    else if (getentropy(&key, sizeof(key)) != 0) {
        snprintf(why, why_size, "no random bytes are to be had: %s",
                 strerror(errno));
        return false;
    }
    if (!room_layout_format(memory, geometry, &key)) {
        snprintf(why, why_size, "this system has no robust mutexes that "
                 "processes can share");
        return false;
    }
    room_layout_map(store, memory, geometry, &key);
    /* Positions from before this time are of a segment that is gone. */
    store->header->since_ms = (uint64_t)base_clock_wall();
    if (after != NULL) {
        store->header->secret = after->header->secret;
    }
    store->fd_count = 2 * (uint64_t)room_layout_children(geometry);
    return open_fds(store->fds, room_layout_children(geometry), why, why_size);
}

bool room_store_create(struct apr_pool_t *process_pool,
                       const room_store_options *options, room_store **out,
                       char *why, size_t why_size)
{
    room_geometry geometry;
    apr_pool_t *pool;
    apr_shm_t *shm;
    apr_status_t status;
    room_store *store;
    uintptr_t at;

    if (!room_layout_plan(&geometry, options->size, options, why, why_size)) {
        return false;
    }
    /* A pool of its own, so that another size can be had at a restart and this
     * memory is given back. */
    apr_pool_create(&pool, process_pool);
    status = apr_shm_create(&shm, options->size + ALIGNED, NULL, pool);
    if (status != APR_SUCCESS) {
        char reason[120];

        snprintf(why, why_size, "%zu bytes of shared memory are not to be "
                 "had: %s", options->size,
                 apr_strerror(status, reason, sizeof(reason)));
        apr_pool_destroy(pool);
        return false;
    }
    store = apr_pcalloc(pool, sizeof(*store));
    store->pool = pool;
    store->fds = apr_pcalloc(pool, 2 * room_layout_children(&geometry)
                                       * sizeof(*store->fds));
    /* APR puts a word of its own in front of zero-filled pages. */
    at = (uintptr_t)apr_shm_baseaddr_get(shm);
    at = (at + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (!prepare(store, (void *)at, &geometry, options->after, why,
                 why_size)) {
        apr_pool_destroy(pool);
        return false;
    }
    *out = store;
    return true;
}

void room_store_close(room_store *store)
{
    /* It may be another version's: only what is the same in all of them is
     * looked at. */
    if (store->magic == ROOM_LAYOUT_MAGIC
        && store->header->magic == ROOM_LAYOUT_MAGIC) {
        atomic_store(&store->header->closed, 1);
    }
}

bool room_store_closed(const room_store *store)
{
    return atomic_load(&store->header->closed) != 0;
}

void room_store_destroy(room_store *store)
{
    if (store->magic == ROOM_LAYOUT_MAGIC && store->pool != NULL) {
        close_fds(store->fds, store->fd_count / 2);
        apr_pool_destroy(store->pool);
    }
}

bool room_store_over(void *memory, size_t size,
                     const room_store_options *options, room_store **out,
                     char *why, size_t why_size)
{
    room_geometry geometry;
    room_store *store;

    if (!room_layout_plan(&geometry, size, options, why, why_size)) {
        return false;
    }
    memset(memory, 0, size);
    store = calloc(1, sizeof(*store));
    if (store == NULL) {
        snprintf(why, why_size, "no memory");
        return false;
    }
    store->fds = calloc(room_layout_children(&geometry),
                        2 * sizeof(*store->fds));
    if (store->fds == NULL
        || !prepare(store, memory, &geometry, options->after, why,
                    why_size)) {
        free(store->fds);
        free(store);
        return false;
    }
    *out = store;
    return true;
}

void room_store_free(room_store *store)
{
    close_fds(store->fds, store->fd_count / 2);
    free(store->fds);
    free(store);
}

const base_hash_key *room_store_secret(const room_store *store)
{
    return &store->header->secret;
}

bool room_store_usable(const room_store *store)
{
    return store->magic == ROOM_LAYOUT_MAGIC
           && store->version == ROOM_LAYOUT_VERSION
           && store->store_size == sizeof(*store)
           && store->header->magic == ROOM_LAYOUT_MAGIC
           && store->header->version == ROOM_LAYOUT_VERSION
           && store->header->header_size == sizeof(room_header);
}

void room_store_figures_get(const room_store *store,
                            room_store_figures *figures)
{
    const room_geometry *g = &store->geometry;
    const room_header *header = store->header;

    *figures = (room_store_figures){
        .size = g->size,
        .pages = g->pages,
        .pages_free = atomic_load(&header->pool_free),
        .page_size = ROOM_PAGE_SIZE,
        .guarantee = g->guarantee,
        .rooms = g->rooms,
        .rooms_used = atomic_load(&header->rooms_used),
        .rooms_reused = atomic_load(&header->rooms_reused),
        .rooms_full = atomic_load(&header->rooms_full),
        .rooms_evicted = atomic_load(&header->rooms_evicted),
        .cells = g->cells,
        .cells_free = atomic_load(&header->cells_free),
        .evicted = atomic_load(&header->evicted),
        .evicted_pages = atomic_load(&header->evicted_pages),
        .repairs = atomic_load(&header->repairs),
        .resets = atomic_load(&header->resets),
    };
}
