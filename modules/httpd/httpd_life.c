/* httpd_life.c - the module's life; see httpd_life.h.
 *
 * The hub is found without a lock: prefork calls child_stopping from a signal
 * handler, which may have interrupted anything.
 */
#include "httpd/httpd_life.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include <ap_mpm.h>
#include <apr_portable.h>
#include <apr_signal.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "act/act_count.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_log.h"
#include "httpd/assets/httpd_assets.h"
#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_print.h"
#include "httpd/httpd_log.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_prefork.h"
#include "httpd/httpd_relay.h"
#include "httpd/httpd_turn.h"
#include "httpd/leave/httpd_hands.h"
#include "httpd/leave/httpd_limit.h"
#include "httpd/status/httpd_board.h"
#include "hub/hub_relief.h"
#include "room/segment/room_move.h"

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:rooms"

/* Two generations of children at once, within these bounds. */
#define SLOTS_LEAST 8
#define SLOTS_MOST 512

/* The longest that a new connection waits for descriptors, in milliseconds. */
#define RELIEF_MS 500

/* What outlives a restart, in the process pool: the module itself is unloaded
 * and loaded again, and all its variables with it. */
typedef struct {
    room_store *store;
    apr_size_t size;
    unsigned rooms;
    uint32_t archive; /* archive_name */
    uint32_t relay;   /* relay_name */
} kept_rooms;

/* The longest that what is stored may take to come into the archive, or to
 * Redis, when the child ends, in microseconds. httpd kills a child that takes
 * too long. */
#define STOP_US INT64_C(2000000)
#define GRACEFUL_US INT64_C(10000000)

enum { STOP_NOT, STOP_GRACEFULLY, STOP_NOW };

static struct {
    server_rec *server;
    room_store *store;
    pthread_mutex_t making;
    _Atomic(hub *) hub;
    _Atomic(hub *) ending;
    _Atomic int stopping; /* STOP_... */
    void (*told)(void); /* httpd_life_tell */
    bool (*give_back)(int fd); /* httpd_life_take_back */
    bool forks; /* see httpd_life_forks */
} life = { .making = PTHREAD_MUTEX_INITIALIZER };

static uint32_t slots_wanted(void)
{
    int daemons = 0;

    if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &daemons) != APR_SUCCESS
        || daemons < SLOTS_LEAST / 2) {
        return SLOTS_LEAST;
    }
    return daemons > SLOTS_MOST / 2 ? SLOTS_MOST : (uint32_t)daemons * 2;
}

/* Moves what is kept to the new segment, or says that it cannot be. What the
 * parent has of the old one goes; its children keep theirs until they end. */
static void leave_rooms(server_rec *server, room_store *old, room_store *now)
{
    room_move_figures told = { 0 };
    apr_time_t start = apr_time_now();

    if (!room_store_usable(old)) {
        room_store_close(old);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     "CW0627: the rooms were kept by another version of the "
                     "module: they start empty");
    }
    else {
        room_move_all(old, now, base_clock_now(), &told);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     "CW0623: moved %" APR_UINT64_T_FMT " rooms with %"
                     APR_UINT64_T_FMT " messages to the new shared memory in "
                     "%" APR_TIME_T_FMT " ms", told.rooms, told.messages,
                     apr_time_as_msec(apr_time_now() - start));
    }
    if (told.left > 0 || told.evicted > 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CW0628: %" APR_UINT64_T_FMT " rooms and %"
                     APR_UINT64_T_FMT " messages found no place in the new "
                     "shared memory", told.left, told.evicted);
    }
    room_store_destroy(old);
}

/* Without memory the rooms stay where they are, if they are anywhere. */
static void tell_failed(server_rec *server, const kept_rooms *kept,
                        const char *why)
{
    if (kept->store) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                     "CW0626: the rooms keep their %" APR_SIZE_T_FMT " bytes "
                     "of shared memory: %s", kept->size, why);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                 "CW0621: no shared memory for the chat, so that its rooms "
                 "answer 503 until a restart finds some: %s", why);
}

/* Of rooms that may be in the archive of another host. */
#define ARCHIVE_ELSEWHERE 1

/* Tells the archive from others, whose rooms these are not; 0: none. Where each
 * connection has a process, that would have a copy of the writer's connection
 * to the database, and of locks that another thread has. */
static uint32_t archive_name(const httpd_server_config *config)
{
    static const base_hash_key no_secret;
    const archive_settings *what = &config->archive;
    uint64_t parts[2];

    if (life.forks) {
        return 0;
    }
    if (!what->driver) {
        return config->relay.node_count > 0 ? ARCHIVE_ELSEWHERE : 0;
    }
    parts[0] = base_hash(&no_secret, what->driver, strlen(what->driver));
    parts[1] = base_hash(&no_secret, what->params, strlen(what->params));
    return (uint32_t)base_hash(&no_secret, parts, sizeof(parts)) | 1;
}

static uint32_t relay_name(const httpd_server_config *config)
{
    return life.forks ? 0 : httpd_relay_name(&config->relay);
}

static void make_rooms(server_rec *server, const httpd_server_config *config,
                       kept_rooms *kept)
{
    bool usable = kept->store && room_store_usable(kept->store);
    room_store_options options = { .size = config->shared_memory,
                                   .rooms = config->max_rooms,
                                   .slots = slots_wanted(),
                                   .gauges = act_count_gauges(),
                                   .archive = archive_name(config),
                                   .relay = relay_name(config),
                                   .after = usable ? kept->store : NULL };
    room_store *old = kept->store;
    room_store *made;
    char why[256] = "";

    if (!room_store_create(server->process->pool, &options, &made, why,
                           sizeof(why))) {
        if (old && !usable) {
            room_store_close(old);
            room_store_destroy(old);
            kept->store = NULL;
        }
        tell_failed(server, kept, why);
        return;
    }
    kept->store = made;
    kept->size = config->shared_memory;
    kept->rooms = config->max_rooms;
    kept->archive = options.archive;
    kept->relay = options.relay;
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                 "CW0622: the rooms have %" APR_SIZE_T_FMT " bytes of shared "
                 "memory, for up to %u children", kept->size, options.slots);
    if (old) {
        leave_rooms(server, old, made);
    }
}

static void keep_rooms(server_rec *server, const httpd_server_config *config)
{
    kept_rooms *kept = ap_retained_data_get(KEPT_KEY);

    if (!kept) {
        kept = ap_retained_data_create(KEPT_KEY, sizeof(*kept));
    }
    if (!kept->store || !room_store_usable(kept->store)
        || kept->size != config->shared_memory
        || kept->rooms != config->max_rooms
        || kept->archive != archive_name(config)
        || kept->relay != relay_name(config)) {
        make_rooms(server, config, kept);
    }
    life.store = kept->store;
}

/* mpm-itk is no MPM but a module on top of prefork. */
static void look_for_itk(server_rec *server)
{
    life.forks = ap_find_linked_module("mpm_itk.c") != NULL;
    if (life.forks) {
        base_log_share();
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "CW0636: mpm-itk serves each connection with a process "
                     "that ends with it: WebSocket is refused, event streams "
                     "and long-polls are answered at once, and nothing is "
                     "archived (ChatArchive) or shared with other hosts "
                     "(ChatRedis)");
    }
}

/* OpenSSL makes its tables when they are first needed: once here, not in every
 * child while its first guest waits, where a signal may end the child in the
 * middle of it (httpd_prefork.h). */
static void warm_up(void)
{
    unsigned char bits[16];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;

    if (RAND_bytes(bits, (int)sizeof(bits)) == 1) {
        (void)HMAC(EVP_sha256(), bits, (int)sizeof(bits), bits, sizeof(bits),
                   digest, &size);
        (void)SHA1(bits, sizeof(bits), digest);
    }
}

int httpd_life_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *server)
{
    const httpd_server_config *config = httpd_config_server(server);

    (void)plog;
    /* The first pass of a start only checks; all is thrown away after it. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    life.server = server;
    httpd_log_attach(server);
    look_for_itk(server);
    httpd_assets_start(server, config->assets);
    httpd_print_post_config(server, ptemp);
    keep_rooms(server, config);
    if (!life.forks) {
        httpd_hands_post_config(server, pconf, life.store);
        httpd_board_post_config(server, slots_wanted());
    }
    httpd_turn_post_config(server);
    httpd_limit_check(server, config->max_connections);
    warm_up();
    return OK;
}

/* For prefork, which tells its children nothing. On the loop thread. */
static bool child_is_stopping(void *context)
{
    int state = AP_MPMQ_RUNNING;

    (void)context;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS
           && state == AP_MPMQ_STOPPING;
}

/* Descriptors are measured now, when the other modules of this child have
 * opened theirs. */
static hub *make_hub(void)
{
    const httpd_server_config *config = httpd_config_server(life.server);
    hub_options options = { .store = life.store,
                            .drain = config->drain,
                            .drain_rate = config->drain_rate,
                            .archive = httpd_past_door(),
                            .relay = httpd_relay_get(),
                            .give_back = life.give_back,
                            .stopping = child_is_stopping };
    hub_hands hands;
    httpd_limit limit;

    if (httpd_hands_fill(&hands)) {
        options.hands = &hands;
        options.current = httpd_hands_is_current;
    }
    httpd_board_fill(&options);
    httpd_limit_measure(&limit);
    options.max_connections = limit.chat;
    if (config->max_connections && config->max_connections < limit.chat) {
        options.max_connections = config->max_connections;
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, life.server,
                 "CW0625: this child takes up to %u chat connections (it may "
                 "have %u descriptors open, has %u, and leaves httpd %u)",
                 options.max_connections, limit.most, limit.open, limit.httpd);
    return hub_create(&options);
}

hub *httpd_life_hub(void)
{
    hub *made = atomic_load(&life.hub);

    /* Every request comes here: only the first few take the lock. */
    if (made || atomic_load(&life.stopping) == STOP_NOW) {
        return made;
    }
    pthread_mutex_lock(&life.making);
    made = atomic_load(&life.hub);
    if (!made && atomic_load(&life.stopping) != STOP_NOW) {
        httpd_prefork_make();
        made = make_hub();
        atomic_store(&life.hub, made);
        httpd_prefork_made(made);
        if (life.told) {
            life.told();
        }
        if (made && atomic_load(&life.stopping) != STOP_NOT) {
            hub_stop(made, true); /* child_stopping has missed it */
        }
    }
    pthread_mutex_unlock(&life.making);
    return made;
}

/* The worker waits until there is room again: an MPM whose threads are busy
 * accepts no more, so that httpd cannot be faster than the loop. */
int httpd_life_pre_connection(conn_rec *c, void *socket)
{
    hub *made = atomic_load(&life.hub);
    apr_os_sock_t fd = -1;
    unsigned lacking = 0;

    if (made && !c->master && socket
        && apr_os_sock_get(&fd, socket) == APR_SUCCESS) {
        lacking = httpd_limit_lacks(fd);
    }
    if (lacking > 0) {
        base_log_limited(BASE_LOG_WARN, "CW0634",
                         "descriptor %d was given to a new connection, so that "
                         "few are left: chat connections are closed; raise the "
                         "limit (ulimit -n)", fd);
        hub_relief_ask(made, lacking);
        for (int i = 0; i < RELIEF_MS && !hub_relief_is_done(made); i++) {
            apr_sleep(1000);
        }
    }
    return OK;
}

bool httpd_life_has(const hub *known)
{
    return known && atomic_load(&life.hub) == known;
}

bool httpd_life_forks(void)
{
    return life.forks;
}

void httpd_life_tell(void (*told)(void))
{
    life.told = told;
    if (told && atomic_load(&life.hub)) { /* made at once, for what has moved */
        told();
    }
}

void httpd_life_take_back(bool (*give_back)(int fd))
{
    life.give_back = give_back;
}

int httpd_life_slot(void)
{
    hub *made = httpd_life_hub();

    return made ? hub_slot(made) : -1;
}

room_store *httpd_life_store(void)
{
    return life.store;
}

/* httpd stops while this child still sends its connections away. It sends
 * SIGTERM more than once, and every thread but the main one blocks it. */
static void hurry(int number)
{
    hub *ending = atomic_load(&life.ending);

    (void)number;
    if (ending) {
        hub_stop(ending, false);
    }
}

/* The child's pool goes when its workers have ended, so nobody else calls the
 * hub any more. httpd's own handlers of SIGTERM ignore it by now; ours has to
 * be gone before the hub, and before exit() unloads this module. */
static apr_status_t end_hub(void *data)
{
    int told = atomic_exchange(&life.stopping, STOP_NOW);
    hub *made = atomic_exchange(&life.hub, NULL);

    (void)data;
    httpd_prefork_made(NULL);
    if (made && told == STOP_NOT) {
        hub_stop(made, false); /* the child ends because it is ill */
    }
    if (made) {
        apr_sigfunc_t *before;

        atomic_store(&life.ending, made);
        before = apr_signal(SIGTERM, hurry);
        hub_join(made);
        apr_signal(SIGTERM, before);
        atomic_store(&life.ending, NULL);
        hub_destroy(made);
    }
    httpd_relay_stop(told == STOP_NOW ? STOP_US : GRACEFUL_US);
    httpd_past_stop(told == STOP_NOW ? STOP_US : GRACEFUL_US);
    return APR_SUCCESS;
}

/* A process of mpm-itk runs no cleanup when it exits, and whoever found its
 * slot would report a dead child. */
int httpd_life_pre_close(conn_rec *c)
{
    if (life.forks && !c->master && atomic_load(&life.hub)) {
        (void)end_hub(NULL);
    }
    return DECLINED;
}

void httpd_life_child_init(apr_pool_t *pchild, server_rec *server)
{
    life.server = server;
    atomic_store(&life.stopping, STOP_NOT);
    httpd_log_attach(server);
    httpd_turn_child_init();
    httpd_past_start(server, life.forks ? NULL : life.store);
    httpd_relay_start(server, life.forks ? NULL : life.store);
    if (httpd_past_archive() || httpd_relay_get()) {
        httpd_prefork_make(); /* a second thread */
    }
    apr_pool_cleanup_register(pchild, NULL, end_hub, apr_pool_cleanup_null);
    if (httpd_hands_child_init(server, life.store)) {
        (void)httpd_life_hub();
    }
}

void httpd_life_child_stopping(apr_pool_t *pchild, int graceful)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;
    hub *made;

    (void)pchild;
    (void)ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    if (threaded == AP_MPMQ_NOT_SUPPORTED) {
        graceful = httpd_prefork_has_time();
        if (httpd_prefork_is_interrupted()) {
            life.store = NULL; /* what was interrupted may have its locks */
        }
    }
    atomic_store(&life.stopping, graceful ? STOP_GRACEFULLY : STOP_NOW);
    made = atomic_load(&life.hub);
    if (made) {
        hub_stop(made, graceful != 0);
    }
}
