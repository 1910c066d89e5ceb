/* test_hub_home.c - hub/: the members of a small room come together in one
 * child, and nobody notices it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/move/hub_home.h"
#include "hub/move/hub_ticket.h"
#include "hub_hands_stage.h"
#include "loop/loop_pass.h"
#include "room/segment/room_slot.h"
#include "ws/ws_close.h"

#define HELLO "{\"type\":\"hello\",\"room\":\"/"
#define MESSAGE "{\"type\":\"message\""
#define SWEEP INT64_C(250000)
#define LOOKS 5

/* When somebody looked into a queue, by the sweeps of the second child. */
static const _Atomic int64_t *sweep;
static atomic_int watched = -1;
static int64_t looks[LOOKS];
static atomic_uint look_count;

loop_io __real_loop_pass_take(int end, void *packet, size_t most,
                              size_t *size, int *gift);
loop_io __wrap_loop_pass_take(int end, void *packet, size_t most,
                              size_t *size, int *gift);

loop_io __wrap_loop_pass_take(int end, void *packet, size_t most,
                              size_t *size, int *gift)
{
    if (end == atomic_load(&watched)) {
        unsigned at = atomic_load(&look_count);

        if (at < LOOKS) {
            looks[at] = atomic_load(sweep);
            atomic_store(&look_count, at + 1);
        }
    }
    return __real_loop_pass_take(end, packet, most, size, gift);
}

typedef struct {
    hub_hands_stage made; /* first member */
    _Atomic int64_t at_homes[2];
    _Atomic int64_t taken_until[2];
    unsigned char said;
} homes;

static void open_homes(homes *all)
{
    int ends[2];

    memset(all, 0, sizeof(*all));
    hub_hands_open(&all->made);
    hub_stage_stop(&all->made.stage, 0, false);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(loop_pass_pair(ends, 1 << 20));
        all->made.hands.homes[i] =
            (hub_queue_ends){ ends[0], ends[1], &all->at_homes[i],
                              &all->taken_until[i] };
    }
    all->made.hands.home_count = 2;
    hub_stage_start(&all->made.stage, 0);
    hub_hands_begin_second(&all->made);
}

static void close_homes(homes *all)
{
    HUB_STAGE_WAIT(hub_stage_count(&all->made.stage, ACT_COUNT_CONNECTIONS)
                   == 0);
    for (int i = 0; i < 2; i++) {
        hub_stage_stop(&all->made.stage, i, false);
        assert_int_equal(atomic_load(&all->at_homes[i]), 0);
        close(all->made.hands.homes[i].take);
        close(all->made.hands.homes[i].give);
    }
    hub_hands_close(&all->made);
}

static void join(homes *all, hub_peer *peer, int which, const char *path,
                 uint64_t user)
{
    hub_offer *offer = hub_hands_offer(peer, &all->made.stage, which,
                                       &hub_way_ws, user);

    offer->key_size = hub_stage_key(offer->key, path);
    hub_offer_hand_over(offer);
    hub_peer_expect_text(peer, HELLO);
}

/* Says something in the room, which each of its members gets as the next
 * event. */
static void talk(homes *all, const char *path, hub_peer *peers, size_t count)
{
    char text[2] = { (char)('a' + all->said++ % 26), '\0' };
    hub_peer_frame frame;

    assert_int_equal(hub_stage_publish(&all->made.stage, path, 99, text, NULL)
                         .error, CHAT_OK);
    for (size_t i = 0; i < count; i++) {
        char wanted[16];

        snprintf(wanted, sizeof(wanted), "\"text\":\"%s\"", text);
        assert_true(hub_peer_next(&peers[i], &frame));
        assert_non_null(memmem(frame.data, frame.size, MESSAGE,
                               sizeof(MESSAGE) - 1));
        assert_non_null(memmem(frame.data, frame.size, wanted,
                               strlen(wanted)));
    }
}

static uint64_t members_of(const homes *all, int slot)
{
    return atomic_load(&room_slot_counters(all->made.stage.store, slot)
                           [ACT_COUNT_ROOM_CLIENTS]);
}

static uint64_t moved(const homes *all)
{
    return hub_stage_count(&all->made.stage, ACT_COUNT_MOVED);
}

static void leave(hub_peer *peers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hub_peer_leave(&peers[i]);
    }
}

/* The home is the child in which the room had its first reader. */
static void test_a_room_that_talks(void **state)
{
    hub_peer peers[5];
    homes all;

    (void)state;
    open_homes(&all);
    for (size_t i = 0; i < 5; i++) {
        join(&all, &peers[i], i == 0 || i == 3, "/lobby", i + 1);
    }
    assert_int_equal(members_of(&all, 1), 2);
    for (int i = 0; i < HUB_APART_MOST; i++) {
        talk(&all, "/lobby", peers, 5);
    }
    HUB_STAGE_WAIT(moved(&all) == 3);
    HUB_STAGE_WAIT(members_of(&all, 0) == 0);
    assert_int_equal(members_of(&all, 1), 5);
    for (int i = 0; i < 2 * HUB_APART_MOST; i++) {
        talk(&all, "/lobby", peers, 5);
    }
    hub_peer_say(&peers[1],
                 "{\"type\":\"message\",\"text\":\"own\",\"ref\":\"r\"}");
    hub_peer_expect_text(&peers[4], MESSAGE);
    assert_int_equal(hub_stage_members(&all.made.stage, "/lobby"), 5);
    leave(peers, 5);
    close_homes(&all);
}

/* Who does not talk is not worth it; and a large room is for both. What would
 * be done at a sweep has been done when a small room has moved at it. */
static void test_those_that_stay(void **state)
{
    hub_peer small[2];
    hub_peer quiet[2];
    hub_peer *large = calloc(HUB_HOME_MEMBERS + 1, sizeof(hub_peer));
    homes all;

    (void)state;
    assert_non_null(large);
    open_homes(&all);
    for (size_t i = 0; i < 2; i++) {
        join(&all, &small[i], (int)i, "/small", i + 1);
        join(&all, &quiet[i], (int)i, "/quiet", i + 1);
    }
    for (size_t i = 0; i <= HUB_HOME_MEMBERS; i++) {
        join(&all, &large[i], (int)i % 2, "/large", i + 1);
    }
    for (int i = 0; i < HUB_APART_MOST; i++) {
        talk(&all, "/large", large, HUB_HOME_MEMBERS + 1);
    }
    talk(&all, "/quiet", quiet, 2);
    for (int i = 0; i < HUB_APART_MOST; i++) {
        talk(&all, "/small", small, 2);
    }
    HUB_STAGE_WAIT(moved(&all) > 0);
    talk(&all, "/large", large, HUB_HOME_MEMBERS + 1);
    talk(&all, "/quiet", quiet, 2);
    assert_int_equal(moved(&all), 1);
    assert_int_equal(members_of(&all, 0) - members_of(&all, 1), 3);
    leave(small, 2);
    leave(quiet, 2);
    leave(large, HUB_HOME_MEMBERS + 1);
    free(large);
    close_homes(&all);
}

/* Two members of a room in two children, of which its home takes nothing. */
static void open_apart(homes *all, hub_peer *peers)
{
    open_homes(all);
    join(all, &peers[0], 0, "/lobby", 1);
    join(all, &peers[1], 1, "/lobby", 2);
    atomic_store(&all->made.restarted, true);
    HUB_STAGE_WAIT(atomic_load(&all->taken_until[0]) == 0);
}

/* For a moment the home seems to take; then `there` are counted as its, and
 * another child takes what was given. */
static void give_to_nobody(homes *all, hub_peer *peers, int there)
{
    atomic_store(&all->taken_until[0], INT64_MAX);
    for (int i = 0; i < HUB_APART_MOST; i++) {
        talk(all, "/lobby", peers, 2);
    }
    HUB_STAGE_WAIT(atomic_load(&all->at_homes[0]) == there);
    atomic_store(&all->taken_until[0], 0);
    HUB_STAGE_WAIT(moved(all) == 1);
    talk(all, "/lobby", peers, 2);
}

/* Nobody is given to a child that takes nothing: it ends, or is full. When it
 * takes again the room comes together. */
static void test_a_home_that_takes_nothing(void **state)
{
    hub_peer peers[2];
    homes all;

    (void)state;
    open_apart(&all, peers);
    for (int i = 0; i < 3 * HUB_APART_MOST; i++) {
        talk(&all, "/lobby", peers, 2);
    }
    assert_int_equal(moved(&all), 0);
    atomic_store(&all.made.restarted, false);
    HUB_STAGE_WAIT((talk(&all, "/lobby", peers, 2), moved(&all) == 1));
    HUB_STAGE_WAIT(members_of(&all, 0) == 2);
    leave(peers, 2);
    close_homes(&all);
}

/* It is killed: for a moment it seems to take, and what lies in its queue then
 * is taken by another child. */
static void test_a_home_that_is_gone(void **state)
{
    hub_peer peers[2];
    homes all;

    (void)state;
    open_apart(&all, peers);
    give_to_nobody(&all, peers, 1);
    assert_int_equal(members_of(&all, 0), 1);
    assert_int_equal(members_of(&all, 1), 1);
    leave(peers, 2);
    close_homes(&all);
}

/* A child was killed that had counted it but not given it yet: the others look
 * for it less and less often, and find what comes all the same. */
static void test_what_never_comes(void **state)
{
    hub_peer peers[2];
    homes all;

    (void)state;
    open_apart(&all, peers);
    sweep = &all.taken_until[1];
    atomic_store(&watched, all.made.hands.homes[0].take);
    atomic_fetch_add(&all.at_homes[0], 1);
    HUB_STAGE_WAIT(atomic_load(&look_count) == LOOKS);
    atomic_store(&watched, -1);
    assert_true(looks[LOOKS - 1] - looks[LOOKS - 2] >= 4 * SWEEP);
    give_to_nobody(&all, peers, 2);
    atomic_fetch_sub(&all.at_homes[0], 1);
    leave(peers, 2);
    close_homes(&all);
}

/* And nobody has a place: it is told to come back. */
static void test_no_place(void **state)
{
    hub_ticket_head head = hub_ticket_head_of(sizeof(head),
                                              HUB_FAREWELL_CLOSE);
    hub_peer other;
    hub_peer peer;
    homes all;
    int fds[2];

    (void)state;
    open_homes(&all);
    hub_stage_stop(&all.made.stage, 1, false);
    all.made.stage.max_connections = 1;
    hub_hands_begin_second(&all.made);
    join(&all, &other, 1, "/lobby", 1);
    atomic_store(&all.made.restarted, true);
    HUB_STAGE_WAIT(atomic_load(&all.taken_until[0]) == 0
                   && atomic_load(&all.taken_until[1]) == 0);
    memset(&peer, 0, sizeof(peer));
    loop_pair_sockets(fds, true);
    peer.stage = &all.made.stage;
    peer.pair.fd = fds[1];
    peer.pair.ours = (loop_stream)LOOP_STREAM_INIT;
    atomic_fetch_add(&all.at_homes[0], 1);
    assert_int_equal(loop_pass_give(all.made.hands.homes[0].give, &head,
                                    sizeof(head), fds[0]), LOOP_IO_OK);
    close(fds[0]);
    hub_peer_expect_close(&peer, WS_CLOSE_RESTART);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_peer_leave(&other);
    close_homes(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_room_that_talks),
        cmocka_unit_test(test_those_that_stay),
        cmocka_unit_test(test_a_home_that_takes_nothing),
        cmocka_unit_test(test_a_home_that_is_gone),
        cmocka_unit_test(test_what_never_comes),
        cmocka_unit_test(test_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
