/* httpd_prefork.c - see httpd_prefork.h. What is not atomic is written before
 * there is a connection or a hub. */
#include "httpd/httpd_prefork.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include <ap_mpm.h>
#include <mpm_common.h>
#include <scoreboard.h>

#include "base/base_clock.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"

/* The time that a request has. httpd looks after a third of a second whether
 * its children have ended, and then a whole one later. */
#define PATIENCE_US 200000

enum { ON_TERM, ON_HUP, ENDINGS };

static const int endings[ENDINGS] = { SIGTERM, SIGHUP };

static struct {
    struct sigaction before[ENDINGS];
    pthread_t thread;
    timer_t timer;
    bool timed; /* there is one */
    bool prefork;
    atomic_bool serves;    /* a connection */
    atomic_bool threaded;  /* there is a hub, or will be in a moment */
    _Atomic(hub *) hub;
    _Atomic int late;      /* the signal that waits, or 0 */
    _Atomic int64_t since; /* when it came */
} child;

static bool is_late(void)
{
    return base_clock_mono() - atomic_load(&child.since) >= PATIENCE_US;
}

/* The thread may wait for longer than httpd does, and the next signal of that
 * comes with a complaint. */
static void come_again(void)
{
    struct itimerspec once = {
        .it_value.tv_nsec = (PATIENCE_US + 1000) * 1000
    };

    if (child.timed) {
        (void)timer_settime(child.timer, 0, &once, NULL);
    }
}

/* The handler. httpd sends a signal more than once. A graceful end lets the
 * request be finished, and no other one begin. */
static void end_child(int number)
{
    hub *made = atomic_load(&child.hub);

    if (atomic_load(&child.threaded) && atomic_load(&child.serves)) {
        if (atomic_load(&child.late) == 0) {
            atomic_store(&child.since, base_clock_mono());
            atomic_store(&child.late, number);
            come_again();
            if (made) {
                hub_stop(made, false);
            }
            raise(AP_SIG_GRACEFUL);
        }
        if (!is_late()) {
            return;
        }
    }
    child.before[number == SIGHUP ? ON_HUP : ON_TERM].sa_handler(number);
}

/* Threads block the signal, so it comes to the one that it is for. */
static void make_timer(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGTERM };

    child.timed = timer_create(CLOCK_MONOTONIC, &event, &child.timer) == 0;
}

void httpd_prefork_child_init(apr_pool_t *pchild, server_rec *server)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    (void)pchild;
    (void)server;
    (void)ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    child.prefork = threaded == AP_MPMQ_NOT_SUPPORTED;
    child.thread = pthread_self();
    if (child.prefork) {
        make_timer();
    }
    for (int i = 0; child.prefork && i < ENDINGS; i++) {
        struct sigaction *before = &child.before[i];
        struct sigaction ours = { .sa_handler = end_child,
                                  .sa_flags = SA_RESTART };

        sigemptyset(&ours.sa_mask);
        if (sigaction(endings[i], NULL, before) == 0
            && before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN
            && !(before->sa_flags & SA_SIGINFO)) {
            sigaction(endings[i], &ours, NULL);
        }
    }
}

/* The last cleanup of the connection. */
static apr_status_t leave(void *data)
{
    (void)data;
    atomic_store(&child.serves, false);
    return APR_SUCCESS;
}

/* A connection of mod_proxy to its backend is opened while one is served, or by
 * a thread of another module's. */
int httpd_prefork_open(conn_rec *c, void *socket)
{
    (void)socket;
    if (child.prefork && !atomic_load(&child.serves)
        && pthread_equal(pthread_self(), child.thread)) {
        apr_pool_cleanup_register(c->pool, NULL, leave, apr_pool_cleanup_null);
        atomic_store(&child.serves, true);
    }
    return OK;
}

void httpd_prefork_make(void)
{
    atomic_store(&child.threaded, true);
}

void httpd_prefork_made(hub *made)
{
    atomic_store(&child.hub, made);
    atomic_store(&child.threaded, made != NULL || httpd_past_archive()
                                      || httpd_relay_get());
    if (made && atomic_load(&child.late) != 0) {
        hub_stop(made, false); /* the handler has missed it */
    }
}

bool httpd_prefork_is_interrupted(void)
{
    sigset_t blocked;

    return child.prefork
           && (pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0
               || sigismember(&blocked, SIGTERM)
               || sigismember(&blocked, SIGHUP));
}

/* Prefork calls every end ungraceful. It is when one of its handlers ends the
 * child, which then cannot be interrupted by the same signal. As no new child
 * can have the place of one that drains, those of a server that has more than
 * half of its children do not take their time. */
bool httpd_prefork_has_time(void)
{
    int places = 0;
    int used = 0;

    if (httpd_prefork_is_interrupted()
        || ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &places) != APR_SUCCESS) {
        return false;
    }
    for (int i = 0; i < places; i++) {
        process_score *place = ap_get_scoreboard_process(i);

        used += place && place->pid != 0;
    }
    return used <= places / 2;
}
