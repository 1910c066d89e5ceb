/* test_hub_move_kill.c - a child is killed while it gives its connections away,
 * or while it takes them: each of them goes on in the next child, or has ended
 * and its client knows that it has to come back. None is left in silence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub_hands_stage.h"

enum { PEERS = 40, ROUNDS = 8 };

/* What the two processes have: the peers' ends stay with the test. */
typedef struct {
    hub_hands_stage made;
    _Atomic int64_t *in_flight; /* in memory of both */
    int near[PEERS];
    hub_peer peers[PEERS];
    int go[2];    /* a byte from the test, */
    int ready[2]; /* and one to it */
    pid_t other;
} scene;

typedef void part_fn(scene *s);

static void join_all(scene *s)
{
    for (int i = 0; i < PEERS; i++) {
        hub_peer unused;
        hub_offer *offer = hub_hands_offer(&unused, &s->made.stage, 0,
                                           &hub_way_ws, 1u + (unsigned)i);

        close(offer->fd);
        close(unused.pair.fd);
        offer->fd = s->near[i];
        hub_offer_hand_over(offer);
    }
    HUB_STAGE_WAIT(hub_stage_count(&s->made.stage, ACT_COUNT_ROOM_CLIENTS)
                   == PEERS);
}

static void close_near(const scene *s)
{
    for (int i = 0; i < PEERS; i++) {
        close(s->near[i]);
    }
}

static void tell(const int ends[2])
{
    assert_int_equal(write(ends[1], "x", 1), 1);
}

static void hear(const int ends[2])
{
    char byte;

    assert_int_equal(read(ends[0], &byte, 1), 1);
}

static void give(scene *s)
{
    hub_stage_start(&s->made.stage, 0);
    join_all(s);
    tell(s->ready);
    hear(s->go);
    hub_hands_give(&s->made);
}

static void take(scene *s)
{
    close_near(s);
    tell(s->ready);
    hear(s->go);
    hub_hands_begin_second(&s->made);
}

/* Forked before this process has threads. */
static void begin(scene *s, part_fn *part)
{
    memset(s, 0, sizeof(*s));
    hub_hands_set_up(&s->made);
    s->in_flight = mmap(NULL, sizeof(*s->in_flight), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s->in_flight != MAP_FAILED);
    s->made.hands.next.in_flight = s->in_flight;
    assert_int_equal(pipe(s->go) + pipe(s->ready), 0);
    for (int i = 0; i < PEERS; i++) {
        int fds[2];

        loop_pair_sockets(fds, true);
        s->near[i] = fds[0];
        s->peers[i].stage = &s->made.stage;
        s->peers[i].pair.fd = fds[1];
        s->peers[i].pair.ours = (loop_stream)LOOP_STREAM_INIT;
    }
    s->other = fork();
    assert_true(s->other >= 0);
    if (s->other == 0) {
        for (int i = 0; i < PEERS; i++) {
            close(s->peers[i].pair.fd);
        }
        part(s);
        for (;;) {
            pause();
        }
    }
    hear(s->ready);
}

static void kill_other(const scene *s)
{
    int status;

    assert_int_equal(kill(s->other, SIGKILL), 0);
    while (waitpid(s->other, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Returns how many go on. */
static int64_t count_alive(scene *s)
{
    int64_t alive = 0;

    assert_int_equal(hub_stage_publish(&s->made.stage, "/lobby", 99,
                                       "life goes on", NULL).error, CHAT_OK);
    for (int i = 0; i < PEERS; i++) {
        hub_peer *peer = &s->peers[i];
        bool heard = false;

        HUB_STAGE_WAIT((heard = hub_hands_reach(peer, "life goes on"))
                       || peer->ended);
        alive += heard;
    }
    return alive;
}

static void end(scene *s)
{
    for (int i = 0; i < PEERS; i++) {
        hub_peer_leave(&s->peers[i]);
    }
    for (int i = 0; i < 2; i++) {
        close(s->go[i]);
        close(s->ready[i]);
    }
    hub_hands_close(&s->made);
    munmap(s->in_flight, sizeof(*s->in_flight));
}

/* What it has given is on its way, whether somebody takes it already or comes
 * later. It may be killed between counting one and giving it. */
static void test_giver(void **state)
{
    static scene s;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t given = round * PEERS / ROUNDS;

        begin(&s, give);
        close_near(&s);
        if (round % 2 == 0) {
            hub_hands_begin_second(&s.made);
        }
        tell(s.go);
        while (atomic_load(s.in_flight)
                   + (int64_t)hub_stage_count(&s.made.stage, ACT_COUNT_MOVED)
               < given) {
            continue;
        }
        kill_other(&s);
        if (round % 2 != 0) {
            hub_hands_begin_second(&s.made);
        }
        assert_in_range(count_alive(&s) + 1, given, PEERS + 1);
        end(&s);
    }
}

/* Those in the queue go on in the next one that takes. */
static void test_taker(void **state)
{
    static scene s;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t left = PEERS - round * PEERS / ROUNDS;

        begin(&s, take);
        hub_stage_start(&s.made.stage, 0);
        join_all(&s);
        hub_hands_give(&s.made);
        assert_int_equal(atomic_load(s.in_flight), PEERS);
        tell(s.go);
        while (atomic_load(s.in_flight) > left) {
            continue;
        }
        kill_other(&s);
        left = atomic_load(s.in_flight);
        hub_hands_begin_second(&s.made);
        assert_in_range(count_alive(&s) + 1, left, PEERS + 1);
        end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_giver),
        cmocka_unit_test(test_taker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
