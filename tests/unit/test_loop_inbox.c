/* test_loop_inbox.c - loop_inbox.h, from several threads; also meant for
 * -fsanitize=thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "loop/loop_inbox.h"

enum {
    THREADS = 4,
    EACH = 20000
};

typedef struct {
    loop_inbox_item item; /* first: an item is its note */
    int thread;
    int number; /* plain memory that the push must hand over */
} note;

static bool awake(const loop_inbox *inbox, int timeout_ms)
{
    struct pollfd fd = { loop_inbox_fd(inbox), POLLIN, 0 };

    return poll(&fd, 1, timeout_ms) == 1;
}

static void test_order_and_wake_up(void **state)
{
    loop_inbox inbox;
    loop_inbox_item items[5];
    loop_inbox_item *list;

    (void)state;
    assert_true(loop_inbox_init(&inbox));
    assert_null(loop_inbox_take(&inbox));
    assert_false(awake(&inbox, 0));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            loop_inbox_push(&inbox, &items[i]);
            assert_true(awake(&inbox, 0));
        }
        list = loop_inbox_take(&inbox);
        for (int i = 0; i < 5; i++) {
            assert_ptr_equal(list, &items[i]);
            list = list->next;
        }
        assert_null(list);
        assert_false(awake(&inbox, 0));
        assert_null(loop_inbox_take(&inbox));
    }
    loop_inbox_destroy(&inbox);
    loop_inbox_destroy(&inbox);
}

/* The descriptors neither block nor go to other programs. */
static void test_descriptor_flags(void **state)
{
    loop_inbox inbox;

    (void)state;
    assert_true(loop_inbox_init(&inbox));
    for (int i = 0; i < 2; i++) {
        assert_true(fcntl(inbox.fds[i], F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(inbox.fds[i], F_GETFL) & O_NONBLOCK);
    }
    loop_inbox_destroy(&inbox);
}

static void test_no_descriptors_left(void **state)
{
    struct rlimit before;
    struct rlimit none;
    loop_inbox inbox;
    bool made;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    made = loop_inbox_init(&inbox);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(made);
    loop_inbox_destroy(&inbox);
}

typedef struct {
    loop_inbox *inbox;
    int thread;
} sender;

static void *send_notes(void *argument)
{
    sender *self = argument;

    for (int i = 0; i < EACH; i++) {
        note *it = malloc(sizeof(*it));

        if (it == NULL) {
            abort();
        }
        it->thread = self->thread;
        it->number = i;
        loop_inbox_push(self->inbox, &it->item);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    loop_inbox inbox;
    pthread_t threads[THREADS];
    sender senders[THREADS];
    int next[THREADS] = { 0 };
    int total = 0;

    (void)state;
    assert_true(loop_inbox_init(&inbox));
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (sender){ &inbox, i };
        assert_int_equal(
            pthread_create(&threads[i], NULL, send_notes, &senders[i]), 0);
    }
    while (total < THREADS * EACH) {
        loop_inbox_item *list;

        assert_true(awake(&inbox, 20000)); /* else a wake-up was lost */
        list = loop_inbox_take(&inbox);
        while (list) {
            note *it = (note *)list;

            list = list->next;
            assert_int_equal(it->number, next[it->thread]);
            next[it->thread]++;
            total++;
            free(it);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(next[i], EACH);
    }
    assert_null(loop_inbox_take(&inbox));
    loop_inbox_destroy(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_wake_up),
        cmocka_unit_test(test_descriptor_flags),
        cmocka_unit_test(test_no_descriptors_left),
        cmocka_unit_test(test_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
