/* httpd_turn.c - who waits for the archive or other hosts; see httpd_turn.h. */
#include "httpd/httpd_turn.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_time.h>
#include <http_config.h>
#include <http_log.h>

#include "base/base_clock.h"
#include "base/base_log.h"

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:turn"
#define PLACES 256u
#define LEAST 2u

/* Those of one address that search at once, and how long others of it wait for
 * that. */
#define SEARCHES 2u
#define SEARCH_US INT64_C(1000000)
#define LOOK_US 5000

/* So long others wait for a place, and so old is one whose owner the database
 * may not answer any more. */
#define PLACE_US INT64_C(2000000)
#define OLD_US INT64_C(500000)

/* httpd_turn_await: so long after the start of the child. */
#define PATIENCE_US INT64_C(3000000)
#define AWAIT_US 10000

/* So often it is looked for those that were killed. */
#define SWEEP_US INT64_C(1000000)

typedef struct {
    _Atomic uint32_t pid; /* 0: it is free */
    _Atomic uint32_t searches;
    _Atomic uint64_t whose;
    _Atomic int64_t since_us; /* of base_clock_mono */
} place;

/* In memory of all processes. */
typedef struct {
    _Atomic uint32_t count; /* so many places are used */
    _Atomic int64_t swept_us;
    place places[PLACES];
} table;

static table *turns; /* NULL: none could be had, and nobody is counted */

static _Thread_local struct {
    bool counted;
    bool search;
    uint64_t whose;
    unsigned depth;
    place *at;
} mine;

/* In the process pool, over reloads: children of before are still there. */
void httpd_turn_post_config(server_rec *server)
{
    table **kept = ap_retained_data_get(KEPT_KEY);
    int daemons = 0;
    int threads = 0;
    unsigned count;

    if (!kept) {
        void *memory = mmap(NULL, sizeof(table), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, errno, server,
                         "CW0666: no memory to count who waits for the "
                         "archive or for Redis");
            return;
        }
        kept = ap_retained_data_create(KEPT_KEY, sizeof(*kept));
        *kept = memory;
    }
    turns = *kept;
    (void)ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &daemons);
    (void)ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    count = (unsigned)(daemons > 0 ? daemons : 1)
            * (unsigned)(threads > 0 ? threads : 1) / 4;
    count = count > LEAST ? count : LEAST;
    atomic_store(&turns->count, count < PLACES ? count : PLACES);
}

static void give(place *at)
{
    atomic_store(&at->whose, 0);
    atomic_store(&at->searches, 0);
    atomic_store(&at->pid, 0);
}

/* One that had this number was killed. */
void httpd_turn_child_init(void)
{
    uint32_t self = (uint32_t)getpid();

    for (unsigned i = 0; turns && i < PLACES; i++) {
        if (atomic_load(&turns->places[i].pid) == self) {
            give(&turns->places[i]);
        }
    }
}

void httpd_turn_begin(uint64_t whose, bool search)
{
    mine.counted = turns != NULL;
    mine.search = search;
    mine.whose = whose;
    mine.depth = 0;
    mine.at = NULL;
}

void httpd_turn_end(void)
{
    mine.counted = false;
}

/* Places of processes that were killed. */
static void sweep(unsigned count)
{
    int64_t now = base_clock_mono();
    int64_t before = atomic_load(&turns->swept_us);

    if (now - before < SWEEP_US
        || !atomic_compare_exchange_strong(&turns->swept_us, &before, now)) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t pid = atomic_load(&turns->places[i].pid);

        if (pid != 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            give(&turns->places[i]);
        }
    }
}

static place *take(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t nobody = 0;

        if (atomic_compare_exchange_strong(&turns->places[i].pid, &nobody,
                                           (uint32_t)getpid())) {
            atomic_store(&turns->places[i].since_us, base_clock_mono());
            return &turns->places[i];
        }
    }
    return NULL;
}

static bool is_mine(const place *at)
{
    return mine.whose != 0 && atomic_load(&at->whose) == mine.whose
           && atomic_load(&at->pid) != 0;
}

/* How many of my address have a place, or search. */
static unsigned count_mine(unsigned count, bool searches)
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        const place *at = &turns->places[i];

        found += is_mine(at)
                 && (!searches || atomic_load(&at->searches) != 0);
    }
    return found;
}

/* Two that look at the same moment may both find the last place: it is no
 * promise to the last one. */
static bool wait_to_search(place *at, unsigned count)
{
    int64_t until = base_clock_mono() + SEARCH_US;

    while (count_mine(count, true) >= SEARCHES) {
        if (base_clock_mono() > until) {
            return false;
        }
        apr_sleep(LOOK_US);
    }
    atomic_store(&at->searches, 1);
    return true;
}

/* Half of the places in my way are old: those of my address when it has its
 * share, else all. A database that works gives each back in milliseconds. */
static bool is_stuck(unsigned count, unsigned share)
{
    bool all = count_mine(count, false) < share;
    int64_t old = base_clock_mono() - OLD_US;
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        const place *at = &turns->places[i];

        found += (all ? atomic_load(&at->pid) != 0 : is_mine(at))
                 && atomic_load(&at->since_us) < old;
    }
    return 2 * found >= (all ? count : share);
}

static place *take_in_turn(unsigned count)
{
    unsigned share = count / 4 > SEARCHES ? count / 4 : SEARCHES;
    int64_t until = base_clock_mono() + PLACE_US;

    for (;;) {
        place *at = count_mine(count, false) < share ? take(count) : NULL;

        if (at) {
            return at;
        }
        sweep(count);
        if (mine.search || is_stuck(count, share)
            || base_clock_mono() > until) {
            return NULL;
        }
        apr_sleep(LOOK_US);
    }
}

static bool find_place(void)
{
    unsigned count = atomic_load(&turns->count);
    place *at = take_in_turn(count);

    if (!at) {
        return false;
    }
    atomic_store(&at->whose, mine.whose);
    if (mine.search && !wait_to_search(at, count)) {
        give(at);
        return false;
    }
    mine.at = at;
    return true;
}

bool httpd_turn_enter(void)
{
    if (!mine.counted || mine.depth > 0 || find_place()) {
        mine.depth++;
        return true;
    }
    base_log_limited(BASE_LOG_WARN, "CW0665",
                     "as many requests wait for the archive or for Redis as "
                     "may: others are told to come again; see what the lines "
                     "of these say");
    return false;
}

void httpd_turn_leave(void)
{
    if (--mine.depth == 0 && mine.at) {
        give(mine.at);
        mine.at = NULL;
    }
}

bool httpd_turn_await(bool (*is_ready)(const room_store *store),
                      const room_store *store, int64_t since)
{
    bool ready = is_ready(store);

    if (ready || !httpd_turn_enter()) {
        return ready;
    }
    while (!ready && base_clock_mono() - since <= PATIENCE_US) {
        apr_sleep(AWAIT_US);
        ready = is_ready(store);
    }
    httpd_turn_leave();
    return ready;
}
