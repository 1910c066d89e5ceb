/* test_hub_kill.c - a child of hub/ is killed at any instant: those in the
 * other child miss nothing and wait for nothing, and the dead one's members go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub_peer.h"
#include "room/segment/room_slot.h"

#define MESSAGE "{\"type\":\"message\",\"id\":\""
#define THERE 3
#define HERE 3
#define ROUNDS 8

/* The other child: members of its own, and talk without end. */
static void live_and_talk(hub_stage *stage, int ready)
{
    hub_peer peers[THERE];
    unsigned n = 0;

    hub_stage_start(stage, 1);
    for (int i = 0; i < THERE; i++) {
        hub_peer_join(&peers[i], stage, 1, "/lobby", 100u + (unsigned)i);
        hub_peer_expect_text(&peers[i], "{\"type\":\"hello\"");
    }
    if (write(ready, "r", 1) != 1) {
        _exit(1);
    }
    for (;;) {
        hub_stage_flood(stage, "/lobby", n, 1, 100 + n % 3000);
        n++;
        for (int i = 0; i < THERE; i++) {
            hub_peer_frame frame;

            hub_peer_read(&peers[i], 0);
            while (hub_peer_take(&peers[i], &frame)) {
                ;
            }
        }
    }
}

/* Forked before this process has threads. */
static pid_t other_child(hub_stage *stage, int *ready)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        live_and_talk(stage, fds[1]);
        _exit(1);
    }
    close(fds[1]);
    *ready = fds[0];
    return pid;
}

static void kill_now(pid_t pid)
{
    int status;

    assert_int_equal(kill(pid, SIGKILL), 0);
    while (waitpid(pid, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Reads up to the message with this text; ids only ever grow. */
static void hear_until(hub_peer *peer, const char *text, room_id *last)
{
    hub_peer_frame frame = { .data = NULL };
    const char *end;
    room_id id;

    do {
        assert_true(hub_peer_next(peer, &frame));
        if (frame.size > strlen(MESSAGE)
            && memcmp(frame.data, MESSAGE, strlen(MESSAGE)) == 0) {
            const char *from = (const char *)frame.data + strlen(MESSAGE);

            end = memchr(from, '"', 42);
            assert_true(end && room_id_parse(from, (size_t)(end - from), &id));
            assert_true(room_id_compare(&id, last) > 0);
            *last = id;
        }
    } while (!memmem(frame.data, frame.size, text, strlen(text)));
}

/* With `wait` until the dead one's members are gone. */
static void kill_once(unsigned messages, bool wait)
{
    hub_stage stage;
    hub_peer peers[HERE];
    room_id last[HERE] = { { 0, 0 } };
    hub_peer_frame frame;
    int64_t start;
    int ready;
    char one;
    pid_t pid;

    hub_stage_open(&stage, 0);
    pid = other_child(&stage, &ready);
    assert_int_equal(read(ready, &one, 1), 1);
    close(ready);
    hub_stage_start(&stage, 0);
    for (int i = 0; i < HERE; i++) {
        hub_peer_join(&peers[i], &stage, 0, "/lobby", 1u + (unsigned)i);
        hub_peer_expect_text(&peers[i], "{\"type\":\"hello\"");
    }
    assert_int_equal(hub_stage_members(&stage, "/lobby"), THERE + HERE);
    for (unsigned n = 0; n < messages; n++) {
        assert_true(hub_peer_next(&peers[0], &frame));
    }
    kill_now(pid);
    start = base_clock_mono();
    assert_int_equal(
        hub_stage_publish(&stage, "/lobby", 7, "life goes on", NULL).error,
        CHAT_OK);
    for (int i = 0; i < HERE; i++) {
        hear_until(&peers[i], "life goes on", &last[i]);
    }
    HUB_STAGE_WAIT(room_slot_count(stage.store) == 1);
    assert_true(base_clock_mono() - start < 20000000);
    if (wait) {
        HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == HERE);
    }
    for (int i = 0; i < HERE; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_stage_close(&stage);
}

static void test_kill(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        kill_once(101 + 137 * round, round == ROUNDS - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
