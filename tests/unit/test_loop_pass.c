/* test_loop_pass.c - loop_pass.h: a descriptor arrives with its packet or not
 * at all, and none is lost on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "loop/loop_pass.h"

enum { MOST = 1024 * 1024, SIZE = 2000 };

typedef struct {
    int ends[2];
    int opened; /* descriptors with the two ends */
} stage;

static void set_up(stage *made)
{
    assert_true(loop_pass_pair(made->ends, MOST));
    made->opened = descriptors_count();
}

static void tear_down(stage *made)
{
    assert_int_equal(descriptors_count(), made->opened);
    close(made->ends[0]);
    close(made->ends[1]);
}

/* Gives one end of a pipe, in which there is a letter. */
static loop_io give(stage *made, char letter, size_t size)
{
    static char packet[SIZE];
    int pipe_ends[2];
    loop_io io;

    memset(packet, letter, sizeof(packet));
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(write(pipe_ends[1], &letter, 1), 1);
    close(pipe_ends[1]);
    io = loop_pass_give(made->ends[1], packet, size, pipe_ends[0]);
    close(pipe_ends[0]);
    return io;
}

static void expect(stage *made, char letter, size_t size)
{
    static char packet[SIZE];
    char got = 0;
    size_t taken;
    int gift;

    assert_int_equal(loop_pass_take(made->ends[0], packet, sizeof(packet),
                                    &taken, &gift),
                     LOOP_IO_OK);
    assert_int_equal(taken, size);
    assert_int_equal(packet[0], letter);
    assert_int_equal(packet[size - 1], letter);
    assert_true(gift >= 0);
    assert_true(fcntl(gift, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(read(gift, &got, 1), 1);
    assert_int_equal(got, letter);
    close(gift);
}

/* It is taken, but of no use. */
static void expect_useless(stage *made, size_t most)
{
    static char packet[SIZE];
    size_t taken;
    int gift = 99;

    assert_int_equal(loop_pass_take(made->ends[0], packet, most, &taken,
                                    &gift),
                     LOOP_IO_OK);
    assert_int_equal(gift, -1);
}

static void expect_nothing(stage *made, loop_io io)
{
    static char packet[SIZE];
    size_t taken = 99;
    int gift = 99;

    assert_int_equal(loop_pass_take(made->ends[0], packet, sizeof(packet),
                                    &taken, &gift),
                     io);
    assert_int_equal(taken, 0);
    assert_int_equal(gift, -1);
}

static void test_in_order(void **state)
{
    stage made;

    (void)state;
    set_up(&made);
    assert_true(fcntl(made.ends[0], F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(made.ends[1], F_GETFD) & FD_CLOEXEC);
    expect_nothing(&made, LOOP_IO_AGAIN);
    assert_int_equal(give(&made, 'a', 1), LOOP_IO_OK);
    assert_int_equal(give(&made, 'b', SIZE), LOOP_IO_OK);
    assert_int_equal(give(&made, 'c', 10), LOOP_IO_OK);
    expect(&made, 'a', 1);
    expect(&made, 'b', SIZE);
    expect(&made, 'c', 10);
    expect_nothing(&made, LOOP_IO_AGAIN);
    tear_down(&made);
}

static void test_cut(void **state)
{
    stage made;

    (void)state;
    set_up(&made);
    assert_int_equal(give(&made, 'a', SIZE), LOOP_IO_OK);
    assert_int_equal(give(&made, 'b', SIZE), LOOP_IO_OK);
    expect_useless(&made, SIZE - 1);
    expect(&made, 'b', SIZE);
    tear_down(&made);
}

/* What somebody else would send: so many descriptors. */
static void give_many(stage *made, int count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control;
    struct iovec part = { "x", 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct cmsghdr *head;

    memset(&control, 0, sizeof(control));
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        for (int i = 0; i < count; i++) {
            memcpy(CMSG_DATA(head) + (size_t)i * sizeof(int), &made->ends[0],
                   sizeof(int));
        }
    }
    assert_int_equal(sendmsg(made->ends[1], &message, 0), 1);
}

static void test_not_one_descriptor(void **state)
{
    static const int counts[] = { 0, 2, 3, 4, 5, 16 };
    stage made;

    (void)state;
    set_up(&made);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        give_many(&made, counts[i]);
        expect_useless(&made, SIZE);
        assert_int_equal(descriptors_count(), made.opened);
    }
    tear_down(&made);
}

static void test_full(void **state)
{
    stage made;
    size_t given = 0;
    loop_io io;

    (void)state;
    set_up(&made);
    while ((io = give(&made, (char)('a' + given % 26), SIZE)) == LOOP_IO_OK) {
        given++;
    }
    assert_int_equal(io, LOOP_IO_AGAIN);
    assert_in_range(given, 10, 10000);
    expect(&made, 'a', SIZE);
    assert_int_equal(give(&made, (char)('a' + given % 26), SIZE), LOOP_IO_OK);
    for (size_t i = 1; i <= given; i++) {
        expect(&made, (char)('a' + i % 26), SIZE);
    }
    expect_nothing(&made, LOOP_IO_AGAIN);
    tear_down(&made);
}

/* Without a descriptor for it nothing may be taken. */
static void test_no_descriptors(void **state)
{
    struct rlimit before;
    struct rlimit least;
    stage made;

    (void)state;
    set_up(&made);
    assert_int_equal(give(&made, 'a', 1), LOOP_IO_OK);
    assert_true(loop_pass_ready(made.ends[0]));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    least = before;
    least.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &least), 0);
    assert_false(loop_pass_ready(made.ends[0]));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    expect(&made, 'a', 1);
    tear_down(&made);
}

/* What nobody takes is closed with the queue. */
static void test_end(void **state)
{
    int others = descriptors_count();
    int pipe_ends[2];
    char letter;
    stage made;

    (void)state;
    set_up(&made);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(loop_pass_give(made.ends[1], "x", 1, pipe_ends[1]),
                     LOOP_IO_OK);
    close(pipe_ends[1]);
    close(made.ends[0]);
    assert_int_equal(read(pipe_ends[0], &letter, 1), 0);
    assert_int_equal(loop_pass_give(made.ends[1], "x", 1, pipe_ends[0]),
                     LOOP_IO_ERROR);
    close(made.ends[1]);
    close(pipe_ends[0]);
    set_up(&made);
    assert_int_equal(give(&made, 'a', 1), LOOP_IO_OK);
    close(made.ends[1]);
    expect(&made, 'a', 1);
    expect_nothing(&made, LOOP_IO_END);
    close(made.ends[0]);
    assert_int_equal(descriptors_count(), others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_not_one_descriptor),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_no_descriptors),
        cmocka_unit_test(test_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
