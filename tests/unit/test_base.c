/* test_base.c - the base floor: bytes, UTF-8, the keyed hash, log lines, the
 * clocks, broken promises. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_file.h"
#include "base/base_hash.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "base/base_utf8.h"
#include "guard_page.h"

static void test_bytes(void **state)
{
    base_bytes bytes = BASE_BYTES_INIT;

    (void)state;
    base_bytes_append(&bytes, NULL, 0);
    assert_null(bytes.data);
    base_bytes_append_text(&bytes, "");
    assert_null(bytes.data);
    base_bytes_append(&bytes, "ab\0c", 4);
    base_bytes_append_text(&bytes, "de");
    base_bytes_append_format(&bytes, "-%d-%s", 42, "x");
    assert_int_equal(bytes.len, 11);
    assert_memory_equal(bytes.data, "ab\0cde-42-x", 11);
    base_bytes_drop(&bytes, 0);
    assert_int_equal(bytes.len, 11);
    base_bytes_drop(&bytes, 4);
    assert_int_equal(bytes.len, 7);
    assert_memory_equal(bytes.data, "de-42-x", 7);
    base_bytes_drop(&bytes, 7);
    assert_int_equal(bytes.len, 0);
    base_bytes_free(&bytes);
    assert_null(bytes.data);
    assert_int_equal(bytes.cap, 0);
    base_bytes_free(&bytes);
}

/* Capacity doubles: at most twice what is used, and few reallocations. */
static void test_bytes_grow(void **state)
{
    base_bytes bytes = BASE_BYTES_INIT;
    size_t grown = 0;

    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        unsigned char byte = (unsigned char)(i * 7);
        size_t cap = bytes.cap;

        base_bytes_append(&bytes, &byte, 1);
        grown += bytes.cap != cap;
        assert_true(bytes.cap <= 64 || bytes.cap <= 2 * bytes.len);
    }
    assert_in_range(grown, 1, 12);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(bytes.data[i], (unsigned char)(i * 7));
    }
    base_bytes_reserve(&bytes, 1000000);
    assert_true(bytes.cap >= bytes.len + 1000000);
    assert_int_equal(bytes.len, 100000);
    base_bytes_free(&bytes);
}

/* The vectors that the authors of SipHash publish: key 00 01 .. 0f, message
 * 00 01 .. (n - 1). */
static void test_hash(void **state)
{
    static const base_hash_key key = { UINT64_C(0x0706050403020100),
                                       UINT64_C(0x0f0e0d0c0b0a0908) };
    static const uint64_t want[] = {
        UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
        UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
        UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
        UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
        UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0),
        UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
        UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90),
        UINT64_C(0xf723ca908e7af2ee), UINT64_C(0xa129ca6149be45e5),
        UINT64_C(0x3f2acc7f57c29bdb), UINT64_C(0x699ae9f52cbe4794),
    };
    static const base_hash_key other = { 1, 2 };
    unsigned char message[sizeof(want) / sizeof(want[0])];

    (void)state;
    for (size_t size = 0; size < sizeof(message); size++) {
        message[size] = (unsigned char)size;
        assert_int_equal(base_hash(&key, guard_page_copy(message, size), size),
                         want[size]);
        assert_int_not_equal(base_hash(&other, message, size), want[size]);
        guard_page_free_all();
    }
}

static struct {
    char line[2048];
    base_log_level level;
    int count;
} logged;

static void record(void *context, base_log_level level, const char *line)
{
    assert_ptr_equal(context, &logged);
    assert_true(strlen(line) < sizeof(logged.line));
    strcpy(logged.line, line);
    logged.level = level;
    logged.count++;
}

/* Nothing that comes from outside makes a second line or moves the cursor of
 * a terminal; UTF-8 stays readable. */
static void test_log_control_bytes(void **state)
{
    char hostile[300] = "";
    char *at = hostile;

    (void)state;
    for (int byte = 1; byte <= 0xFF; byte++) {
        *at++ = (char)byte;
    }
    base_log_set(record, &logged, BASE_LOG_DEBUG);
    logged.count = 0;
    base_log(BASE_LOG_INFO, "CW0099", "said %s.", hostile);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_int_equal(logged.count, 1);
    assert_int_equal(logged.level, BASE_LOG_INFO);
    assert_memory_equal(logged.line, "CW0099: said ", 13);
    assert_int_equal(strlen(logged.line), 13 + 0xFF + 1);
    for (int byte = 1; byte <= 0xFF; byte++) {
        int want = byte < 0x20 || byte == 0x7F ? '?' : byte;

        assert_int_equal((unsigned char)logged.line[12 + byte], want);
    }
}

static void test_log_levels(void **state)
{
    (void)state;
    base_log_set(record, &logged, BASE_LOG_WARN);
    logged.count = 0;
    assert_true(base_log_wants(BASE_LOG_ERROR));
    assert_true(base_log_wants(BASE_LOG_WARN));
    assert_false(base_log_wants(BASE_LOG_NOTICE));
    base_log(BASE_LOG_NOTICE, "CW0098", "%d", 1);
    assert_int_equal(logged.count, 0);
    base_log(BASE_LOG_ERROR, "CW0097", "%d", 2);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_int_equal(logged.count, 1);
    assert_string_equal(logged.line, "CW0097: 2");
}

static void test_log_long_line(void **state)
{
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    base_log_set(record, &logged, BASE_LOG_DEBUG);
    base_log(BASE_LOG_DEBUG, "CW0096", "%s", text);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_in_range(strlen(logged.line), 1000, 1023);
    assert_memory_equal(logged.line, "CW0096: xxxx", 12);
}

#define MINUTE INT64_C(60000000)

/* One a minute and id; the others are counted. */
static void test_log_due(void **state)
{
    uint64_t left_out = 99;

    (void)state;
    assert_true(base_log_due("CW0095", NULL, 5, &left_out));
    assert_int_equal(left_out, 0);
    for (int i = 0; i < 1000; i++) {
        assert_false(base_log_due("CW0095", NULL, 5 + i, &left_out));
    }
    assert_true(base_log_due("CW0094", NULL, 6, &left_out));
    assert_false(base_log_due("CW0095", NULL, 4 + MINUTE, &left_out));
    assert_true(base_log_due("CW0095", NULL, 5 + MINUTE, &left_out));
    assert_int_equal(left_out, 1001);
    assert_false(base_log_due("CW0095", NULL, 6 + MINUTE, &left_out));
    assert_true(base_log_due("CW0095", NULL, 5 + 3 * MINUTE, &left_out));
    assert_int_equal(left_out, 1);
}

/* One mistake does not hide another, and however many there are, it stays with
 * a bounded number of lines. */
static void test_log_due_by_reason(void **state)
{
    char reason[32];
    uint64_t left_out;
    int written = 0;

    (void)state;
    assert_true(base_log_due("CW0091", "it has no exp", 5, &left_out));
    assert_false(base_log_due("CW0091", "it has no exp", 6, &left_out));
    assert_true(base_log_due("CW0091", "it is over", 6, &left_out));
    assert_int_equal(left_out, 0);
    assert_true(base_log_due("CW0091", NULL, 6, &left_out));
    assert_true(base_log_due("CW0091", "it has no exp", 5 + MINUTE,
                             &left_out));
    assert_int_equal(left_out, 1);
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(reason, sizeof(reason), "reason %d", i);
        written += base_log_due("CW0091", reason, 7, &left_out);
    }
    assert_in_range(written, 30, 64);
}

/* Whether a forked process may write the line that this one has not yet. */
static bool child_writes(const char *id)
{
    uint64_t left_out;
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(base_log_due(id, NULL, 5, &left_out) ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status) == 1;
}

/* Each process for itself; then all together. */
static void test_log_share(void **state)
{
    uint64_t left_out = 99;

    (void)state;
    assert_true(child_writes("CW0093"));
    assert_true(child_writes("CW0093"));
    base_log_share();
    base_log_share();
    assert_true(child_writes("CW0093"));
    assert_false(child_writes("CW0093"));
    assert_false(base_log_due("CW0093", NULL, 6, &left_out));
    assert_true(base_log_due("CW0093", NULL, 6 + MINUTE, &left_out));
    assert_int_equal(left_out, 2);
}

static void test_log_limited(void **state)
{
    uint64_t left_out;

    (void)state;
    base_log_set(record, &logged, BASE_LOG_ERROR);
    logged.count = 0;
    base_log_limited(BASE_LOG_WARN, "CW0093", "%d", 0);
    assert_int_equal(logged.count, 0);
    base_log_set(record, &logged, BASE_LOG_NOTICE);
    for (int i = 1; i <= 5; i++) {
        base_log_limited(BASE_LOG_WARN, "CW0093", "%d", i);
    }
    assert_int_equal(logged.count, 1);
    assert_string_equal(logged.line, "CW0093: 1");
    assert_int_equal(logged.level, BASE_LOG_WARN);
    assert_true(base_log_due("CW0093", NULL, INT64_MAX - MINUTE, &left_out));
    assert_int_equal(left_out, 4);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
}

/* The last line of a minute tells about the others, however long it is. */
static void test_log_tells_how_many(void **state)
{
    char text[2000];
    static const char note[] = " (3 more like it were not logged)";
    uint64_t left_out;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_true(base_log_due("CW0092", NULL, -2 * MINUTE, &left_out));
    for (int i = 0; i < 3; i++) {
        assert_false(base_log_due("CW0092", NULL, -2 * MINUTE, &left_out));
    }
    base_log_set(record, &logged, BASE_LOG_NOTICE);
    logged.count = 0;
    base_log_limited(BASE_LOG_ERROR, "CW0092", "%s", text);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_int_equal(logged.count, 1);
    assert_true(strlen(logged.line) < 1024);
    assert_string_equal(logged.line + strlen(logged.line) - strlen(note),
                        note);
}

/* Who wants level info gets every line. */
static void test_log_all_at_info(void **state)
{
    (void)state;
    base_log_set(record, &logged, BASE_LOG_INFO);
    logged.count = 0;
    for (int i = 1; i <= 3; i++) {
        base_log_limited(BASE_LOG_WARN, "CW0091", "%d", i);
        assert_int_equal(logged.level, i == 1 ? BASE_LOG_WARN : BASE_LOG_INFO);
    }
    base_log_limited(BASE_LOG_INFO, "CW0090", "%d", 4);
    base_log_limited(BASE_LOG_INFO, "CW0090", "%d", 5);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
    assert_int_equal(logged.count, 5);
    assert_string_equal(logged.line, "CW0090: 5");
}

static void test_clocks(void **state)
{
    int64_t before = base_clock_mono();
    int64_t wall = base_clock_wall();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t now = base_clock_mono();

        assert_true(now >= before);
        before = now;
    }
    assert_true(before > 0);
    /* Milliseconds: between 2020 and 2100. */
    assert_true(wall > INT64_C(1577836800000));
    assert_true(wall < INT64_C(4102444800000));
}

/* A broken promise names itself and ends the process. */
static void test_check(void **state)
{
    char text[512] = "";
    size_t size = 0;
    ssize_t got;
    int ends[2];
    int status;
    pid_t child;

    (void)state;
    BASE_CHECK(ends != NULL);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        BASE_CHECK(size == 1);
        _exit(0);
    }
    close(ends[1]);
    while (size < sizeof(text) - 1
           && (got = read(ends[0], text + size, sizeof(text) - 1 - size)) > 0) {
        size += (size_t)got;
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "CW0001"));
    assert_non_null(strstr(text, "size == 1"));
    assert_non_null(strstr(text, "test_base.c:"));
}

/* ---- base_thread */

static void *signals_of_thread(void *mask)
{
    pthread_sigmask(SIG_SETMASK, NULL, mask);
    return NULL;
}

/* None of httpd's signals comes to it; whoever starts it still gets them. */
static void test_thread(void **state)
{
    pthread_t thread;
    sigset_t mask;

    (void)state;
    sigemptyset(&mask);
    assert_true(base_thread_start(&thread, signals_of_thread, &mask));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sigismember(&mask, SIGTERM), 1);
    assert_int_equal(sigismember(&mask, SIGUSR1), 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

static void test_file_number(void **state)
{
    char path[] = "/tmp/test_base-XXXXXX";
    int fd = mkstemp(path);
    uint64_t number = base_file_number(path);

    (void)state;
    assert_true(fd >= 0);
    assert_true(number != 0);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_true(base_file_number(path) == number);
    assert_int_equal(unlink(path), 0);
    assert_true(base_file_number(path) == 0);
    close(open(path, O_CREAT | O_WRONLY, 0600)); /* `fd` has the old one */
    assert_true(base_file_number(path) != number);
    unlink(path);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_grow),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_log_control_bytes),
        cmocka_unit_test(test_log_levels),
        cmocka_unit_test(test_log_long_line),
        cmocka_unit_test(test_log_due),
        cmocka_unit_test(test_log_due_by_reason),
        cmocka_unit_test(test_log_share),
        cmocka_unit_test(test_log_limited),
        cmocka_unit_test(test_log_tells_how_many),
        cmocka_unit_test(test_log_all_at_info),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_file_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
