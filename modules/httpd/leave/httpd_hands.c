/* httpd_hands.c - see httpd_hands.h. */
#include "httpd/leave/httpd_hands.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <scoreboard.h>

#include "act/act_count.h"
#include "httpd/config/httpd_filter.h"
#include "httpd/config/httpd_print.h"
#include "httpd/rows/httpd_head.h"
#include "loop/loop_pass.h"

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:hands 2" /* steps with what is kept */

/* Bytes on their way: used only at a restart. */
#define QUEUE_MOST (32 * 1024 * 1024)

/* And in the queue of one child: a room's members. */
#define HOME_MOST (256 * 1024)

/* Of event and worker, where the configuration does not say it. */
#define START_SERVERS 3

/* So many children of prefork begin with a hub. */
#define TAKERS 2

/* In memory of all processes. */
typedef struct {
    _Atomic int64_t in_flight;
    _Atomic uint64_t takers; /* of a generation: that << 32, and their number */
    _Atomic int64_t at_homes[HUB_HANDS_HOMES];
    _Atomic int64_t homes_until[HUB_HANDS_HOMES];
    _Atomic uint64_t givers; /* the same */
} page;

/* In the process pool, over reloads and versions of this module. */
typedef struct {
    int ends[2];
    int homes[HUB_HANDS_HOMES][2];
    unsigned home_count;
    page *shared;
    const room_store *store;
    uint64_t segment;
} kept_hands;

static struct {
    server_rec *server;
    apr_pool_t *pconf;
    kept_hands *kept; /* NULL: there is no queue */
    int generation;   /* of this child */
    uint32_t starting; /* so many children begin at once */
} hands;

/* A child of prefork has too few connections for it to matter where they are.
 * Made once, at the start; children of further slots go without. */
static void make_homes(kept_hands *kept)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;
    int most = 0;

    (void)ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    (void)ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most);
    while (threaded != AP_MPMQ_NOT_SUPPORTED && most > 1
           && kept->home_count < HUB_HANDS_HOMES
           && loop_pass_pair(kept->homes[kept->home_count], HOME_MOST)) {
        kept->home_count++;
    }
}

static kept_hands *make(server_rec *server)
{
    kept_hands made = { .segment = 0 };
    kept_hands *kept;

    if (!loop_pass_pair(made.ends, QUEUE_MOST)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, errno, server,
                     "CW0637: no socket pair: after a graceful restart all "
                     "clients have to come back");
        return NULL;
    }
    made.shared = mmap(NULL, sizeof(page), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made.shared == MAP_FAILED) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, errno, server,
                     "CW0639: no memory for the queue of connections: after a "
                     "graceful restart all clients have to come back");
        close(made.ends[0]);
        close(made.ends[1]);
        return NULL;
    }
    kept = ap_retained_data_create(KEPT_KEY, sizeof(*kept));
    *kept = made;
    make_homes(kept);
    return kept;
}

/* No MPM tells it. Those that httpd adds to them come a second later. */
static uint32_t read_starting(void)
{
    int64_t count = START_SERVERS;

    for (const ap_directive_t *at = ap_conftree; at; at = at->next) {
        if (ap_cstr_casecmp(at->directive, "StartServers") == 0) {
            count = apr_atoi64(at->args);
        }
    }
    return count > 0 && count < UINT32_MAX ? (uint32_t)count : 1;
}

void httpd_hands_post_config(server_rec *server, apr_pool_t *pconf,
                             const room_store *store)
{
    hands.server = server;
    hands.pconf = pconf;
    hands.starting = read_starting();
    hands.kept = ap_retained_data_get(KEPT_KEY);
    if (!hands.kept) {
        hands.kept = make(server);
    }
    /* A new one is made before the old one goes: it is at another place. */
    if (hands.kept && hands.kept->store != store) {
        hands.kept->store = store;
        hands.kept->segment++;
    }
}

bool httpd_hands_is_current(void *context)
{
    (void)context;
    return ap_scoreboard_image
           && ap_scoreboard_image->global->running_generation
                  == hands.generation;
}

static bool is_known(uint64_t print)
{
    return httpd_print_known(hands.server, print);
}

static uint64_t name_filter(const struct act_filter *filter)
{
    return httpd_filter_name(hands.pconf, filter);
}

static struct act_filter *find_filter(uint64_t name)
{
    return httpd_filter_named(hands.pconf, name);
}

/* This child is one more of its generation; returns its number, from 1 on. */
static uint32_t count(_Atomic uint64_t *of)
{
    uint64_t own = (uint64_t)(uint32_t)hands.generation << 32;
    uint64_t before = atomic_load(of);
    uint64_t now;

    do {
        now = before >> 32 == own >> 32 && before != 0 ? before + 1 : own + 1;
    } while (!atomic_compare_exchange_weak(of, &before, now));
    return (uint32_t)now;
}

static bool is_threaded(void)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    (void)ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    return threaded != AP_MPMQ_NOT_SUPPORTED;
}

/* Of prefork's many only a few take. */
static void note_giver(void)
{
    if (is_threaded()) {
        (void)count(&hands.kept->shared->givers);
    }
}

/* No more than may take. */
static unsigned givers(void)
{
    uint32_t given = (uint32_t)atomic_load(&hands.kept->shared->givers);

    return given < hands.starting ? given : hands.starting;
}

bool httpd_hands_fill(hub_hands *out)
{
    if (!hands.kept) {
        return false;
    }
    *out = (hub_hands){ .next = { hands.kept->ends[0], hands.kept->ends[1],
                                  &hands.kept->shared->in_flight, NULL },
                        .home_count = hands.kept->home_count,
                        .segment = hands.kept->segment,
                        .note_giver = note_giver,
                        .givers = givers,
                        .known = is_known,
                        .filter_name = name_filter,
                        .filter = find_filter };
    for (unsigned i = 0; i < out->home_count; i++) {
        out->homes[i] = (hub_queue_ends){ hands.kept->homes[i][0],
                                          hands.kept->homes[i][1],
                                          &hands.kept->shared->at_homes[i],
                                          &hands.kept->shared->homes_until[i] };
    }
    httpd_head_polls(out->heads);
    return true;
}

/* One of the first of its generation. */
static bool is_taker(void)
{
    return count(&hands.kept->shared->takers) <= TAKERS;
}

/* A connection that goes is in the queue before it is counted in its child no
 * more: so in this order. */
static bool expects(room_store *store)
{
    uint64_t sums[ACT_COUNTS] = { 0 };

    if (!hands.kept || !store) {
        return false;
    }
    act_count_sums(store, sums);
    if (sums[ACT_COUNT_CONNECTIONS] == 0
        && atomic_load(&hands.kept->shared->in_flight) <= 0) {
        return false;
    }
    return is_threaded() || is_taker();
}

bool httpd_hands_child_init(server_rec *server, room_store *store)
{
    hands.server = server;
    if (ap_mpm_query(AP_MPMQ_GENERATION, &hands.generation) != APR_SUCCESS) {
        hands.kept = NULL;
    }
    return expects(store);
}
