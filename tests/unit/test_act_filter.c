/* test_act_filter.c - act_filter.h and act_wording.h: a list follows its file,
 * for many threads at once; who may say what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "act/filter/act_filter.h"
#include "act/filter/act_wording.h"
#include "base/base_clock.h"
#include "base/base_log.h"

#define THREADS 4
#define LONG_US INT64_C(60000000)

static char path[] = "/tmp/chatws-filter-XXXXXX";
static _Atomic int warnings;
static _Atomic int infos;

static void count_lines(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)line;
    warnings += level == BASE_LOG_WARN;
    infos += level == BASE_LOG_INFO;
}

static void write_to(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_list(const char *text)
{
    write_to(path, text);
}

static act_filter *open_list(const char *text)
{
    chat_filter_fault fault;
    const char *why = NULL;
    act_filter *filter;

    write_list(text);
    filter = act_filter_create(path, NULL, &fault, &why);
    assert_non_null(filter);
    assert_null(fault.why);
    return filter;
}

static bool finds(act_filter *filter, const char *text)
{
    return act_filter_finds(filter, text, strlen(text));
}

/* Waits until the word is found, or no more. */
static void wait_for(act_filter *filter, const char *word, bool found)
{
    int64_t end = base_clock_mono() + LONG_US;
    struct timespec pause = { 0, 20000000 };

    while (finds(filter, word) != found) {
        assert_true(base_clock_mono() < end);
        (void)nanosleep(&pause, NULL);
    }
}

static void test_follows_its_file(void **state)
{
    act_filter *filter = open_list("one\n");

    (void)state;
    assert_true(finds(filter, "one two"));
    assert_false(finds(filter, "two"));
    write_list("two\n"); /* as long, and perhaps at the same time */
    wait_for(filter, "two", true);
    assert_false(finds(filter, "one"));
    act_filter_destroy(filter);
}

/* As of one from a machine whose clock is wrong. */
static void test_time_that_is_to_come(void **state)
{
    struct timespec times[] = { { .tv_sec = time(NULL) + 86400 },
                                { .tv_sec = time(NULL) + 86400 } };
    chat_filter_fault fault;
    const char *why = NULL;
    act_filter *filter;
    int before = infos;

    (void)state;
    write_list("one\n");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    filter = act_filter_create(path, NULL, &fault, &why);
    assert_non_null(filter);
    assert_true(finds(filter, "one")); /* looks at the file */
    assert_int_equal(infos, before);
    write_list("two\n");
    wait_for(filter, "two", true);
    act_filter_destroy(filter);
}

static void test_list_stays_without_a_file(void **state)
{
    act_filter *filter = open_list("one\n");
    int before = warnings;
    int64_t end = base_clock_mono() + LONG_US;

    (void)state;
    assert_int_equal(unlink(path), 0);
    while (warnings == before) {
        assert_true(finds(filter, "one"));
        assert_true(base_clock_mono() < end);
    }
    assert_true(finds(filter, "one"));
    write_list("two\n");
    wait_for(filter, "two", true);
    act_filter_destroy(filter);
}

static void check_unreadable(const char *name)
{
    chat_filter_fault fault;
    const char *why = NULL;

    assert_null(act_filter_create(name, NULL, &fault, &why));
    assert_non_null(why);
}

static void test_what_is_no_list(void **state)
{
    char pipe_path[sizeof(path) + 5];

    (void)state;
    check_unreadable("/tmp");
    check_unreadable("/nonexistent/words");
    (void)snprintf(pipe_path, sizeof(pipe_path), "%s.pipe", path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    check_unreadable(pipe_path); /* at once */
    assert_int_equal(unlink(pipe_path), 0);
    write_list("one\n");
    assert_int_equal(truncate(path, ACT_FILTER_BYTES + 1), 0);
    check_unreadable(path);
}

typedef struct {
    act_filter *filter;
    _Atomic bool stop;
    _Atomic bool failed;
} crowd;

/* "all" is in each version of the list. */
static void *ask(void *context)
{
    crowd *of = context;

    while (!of->stop) {
        base_bytes text = BASE_BYTES_INIT;

        base_bytes_append_text(&text, "for all");
        if (!act_filter_mask(of->filter, &text)
            || memcmp(text.data, "for ***", 7) != 0) {
            of->failed = true;
        }
        base_bytes_free(&text);
    }
    return NULL;
}

static void test_threads(void **state)
{
    crowd of = { .filter = open_list("one\nall\n") };
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &of), 0);
    }
    for (int i = 0; i < 3; i++) {
        char made[sizeof(path) + 4];
        char list[32];
        char word[8];

        (void)snprintf(word, sizeof(word), "word%c", 'a' + i);
        (void)snprintf(list, sizeof(list), "all\n%s\n", word);
        /* In one step: nobody reads half of it. */
        (void)snprintf(made, sizeof(made), "%s.new", path);
        write_to(made, list);
        assert_int_equal(rename(made, path), 0);
        wait_for(of.filter, word, true);
    }
    of.stop = true;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_false(of.failed);
    act_filter_destroy(of.filter);
}

/* ---- what may be said */

/* `expected`: what is left of the text, if the answer is CHAT_OK. */
static void check(const act_settings *settings, bool guest, const char *json,
                  chat_error error, const char *expected)
{
    chat_command command;
    act_wording wording;
    const base_bytes *seen;

    assert_int_equal(chat_command_parse(json, strlen(json), 1000, &command),
                     CHAT_OK);
    assert_int_equal(act_wording_check(settings, guest, &command, &wording),
                     error);
    if (error == CHAT_OK) {
        assert_int_equal(wording.command->kind, command.kind);
        seen = command.kind == CHAT_COMMAND_NAME   ? &wording.command->name
               : command.kind == CHAT_COMMAND_ROOM ? &wording.command->topic
                                                   : &wording.command->text;
        assert_int_equal(seen->len, strlen(expected));
        assert_memory_equal(seen->data, expected, seen->len);
        act_wording_destroy(&wording);
    }
    chat_command_destroy(&command);
}

#define TEXT(text) "{\"type\":\"message\",\"text\":\"" text "\",\"ref\":\"1\"}"
#define EDIT(text) "{\"type\":\"edit\",\"id\":\"1-1\",\"text\":\"" text "\"}"
#define NAME(name) "{\"type\":\"name\",\"name\":\"" name "\"}"
#define TOPIC(topic) "{\"type\":\"room\",\"topic\":\"" topic "\"}"

static void test_wording(void **state)
{
    act_settings settings = { .speaks = 1, .filter = open_list("bad\n") };

    (void)state;
    check(&settings, true, TEXT("bad day"), CHAT_OK, "*** day");
    check(&settings, false, EDIT("too bad"), CHAT_OK, "too ***");
    check(&settings, false, TOPIC("Bad"), CHAT_OK, "***");
    check(&settings, false, TEXT("badge"), CHAT_OK, "badge");
    check(&settings, true, NAME("Bad Ann"), CHAT_BAD_NAME, NULL);
    check(&settings, true, NAME("Ann"), CHAT_OK, "Ann");
    settings.filter_rejects = 1;
    check(&settings, true, TEXT("bad day"), CHAT_FILTERED, NULL);
    check(&settings, false, EDIT("bad day"), CHAT_FILTERED, NULL);
    check(&settings, false, TOPIC("bad"), CHAT_FILTERED, NULL);
    check(&settings, false, TEXT("good day"), CHAT_OK, "good day");
    settings.moderates = 1;
    check(&settings, false, TEXT("bad day"), CHAT_OK, "bad day");
    act_filter_destroy(settings.filter);
}

static void test_links(void **state)
{
    act_settings settings = { .speaks = 1, .linkless = 1 };

    (void)state;
    check(&settings, true, TEXT("see www.a.example"), CHAT_NO_LINKS, NULL);
    check(&settings, true, EDIT("see http://a"), CHAT_NO_LINKS, NULL);
    check(&settings, true, NAME("www.a.example"), CHAT_BAD_NAME, NULL);
    check(&settings, true, TEXT("a.example"), CHAT_OK, "a.example");
    check(&settings, false, TEXT("http://a"), CHAT_OK, "http://a");
    settings.moderates = 1;
    check(&settings, true, TEXT("http://a"), CHAT_OK, "http://a");
    settings.linkless = settings.moderates = 0;
    check(&settings, true, TEXT("http://a"), CHAT_OK, "http://a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows_its_file),
        cmocka_unit_test(test_time_that_is_to_come),
        cmocka_unit_test(test_list_stays_without_a_file),
        cmocka_unit_test(test_what_is_no_list),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_wording),
        cmocka_unit_test(test_links),
    };
    int made = mkstemp(path);
    int failed;

    if (made < 0) {
        return EXIT_FAILURE;
    }
    (void)close(made);
    base_log_set(count_lines, NULL, BASE_LOG_INFO);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
