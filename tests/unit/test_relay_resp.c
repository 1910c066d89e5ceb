/* test_relay_resp.c - answers of Redis: flat lists, whole or in single bytes;
 * what is none ends the reading, and costs no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/link/relay_resp.h"

/* The items with '|' behind each. */
static const char *joined(const relay_answer *answer)
{
    static char text[512];
    size_t length = 0;

    *text = '\0';
    for (size_t i = 0; i < relay_answer_count(answer); i++) {
        size_t size;
        const char *item = relay_answer_text(answer, i, &size);

        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "%.*s|", (int)size, item);
    }
    return text;
}

static const struct {
    const char *bytes;
    const char *items;
    bool failed;
} good[] = {
    { "+OK\r\n", "OK|", false },
    { "+\r\n", "|", false },
    { "-ERR no\r\n", "ERR no|", true },
    { ":-42\r\n", "-42|", false },
    { "$3\r\na\rb\r\n", "a\rb|", false },
    { "$0\r\n\r\n", "|", false },
    { "$-1\r\n", "|", false },
    { "*0\r\n", "", false },
    { "*-1\r\n", "|", false },
    { "*3\r\n$1\r\na\r\n:2\r\n$-1\r\n", "a|2||", false },
    { "*2\r\n*2\r\n+a\r\n*1\r\n+b\r\n+c\r\n", "a|b|c|", false },
    { "*2\r\n-ERR in it\r\n+a\r\n", "ERR in it|a|", false },
    { "*3\r\n$7\r\nmessage\r\n$1\r\nR\r\n$2\r\nE1\r\n", "message|R|E1|",
      false },
};

static void check_good(size_t row, size_t step)
{
    relay_resp *resp = relay_resp_create();
    relay_answer answer = RELAY_ANSWER_INIT;
    const char *bytes = good[row].bytes;
    size_t size = strlen(bytes);

    for (size_t at = 0; at < size; at += step) {
        assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_MORE);
        assert_true(relay_resp_feed(resp, bytes + at,
                                    size - at < step ? size - at : step));
    }
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_ANSWER);
    assert_string_equal(joined(&answer), good[row].items);
    assert_int_equal(answer.failed, good[row].failed);
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_MORE);
    relay_answer_free(&answer);
    relay_resp_free(resp);
}

static void test_answers_are_flat_lists(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof(good) / sizeof(*good); row++) {
        check_good(row, 1000);
        check_good(row, 1);
        check_good(row, 3);
    }
}

static void test_many_come_at_once_in_their_order(void **state)
{
    relay_resp *resp = relay_resp_create();
    relay_answer answer = RELAY_ANSWER_INIT;
    const char *bytes = "+a\r\n-b\r\n*2\r\n+c\r\n+d\r\n:5\r\n+half";

    (void)state;
    assert_true(relay_resp_feed(resp, bytes, strlen(bytes)));
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_ANSWER);
    assert_string_equal(joined(&answer), "a|");
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_ANSWER);
    assert_true(answer.failed);
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_ANSWER);
    assert_false(answer.failed);
    assert_string_equal(joined(&answer), "c|d|");
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_ANSWER);
    assert_int_equal(relay_answer_number(&answer, 0), 5);
    assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_MORE);
    relay_answer_free(&answer);
    relay_resp_free(resp);
}

static const char *const bad[] = {
    "hello\r\n", "\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "$x\r\n",
    "$-2\r\n", "$99999999999999999999\r\n", "*x\r\n", "*-2\r\n",
    "*99999999999999999999\r\n", ":x\r\n", ":99999999999999999999\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    "*2\r\n+a\r\nb\r\n",
};

static void test_what_is_none_ends_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        relay_resp *resp = relay_resp_create();
        relay_answer answer = RELAY_ANSWER_INIT;

        (void)relay_resp_feed(resp, bad[i], strlen(bad[i]));
        if (relay_resp_next(resp, &answer) != RELAY_RESP_BAD) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_int_equal(relay_resp_next(resp, &answer), RELAY_RESP_BAD);
        relay_answer_free(&answer);
        relay_resp_free(resp);
    }
}

/* Feeds `bytes` over and over. Returns what ended it. */
static relay_resp_result repeat(const char *head, const char *bytes,
                                size_t times)
{
    relay_resp *resp = relay_resp_create();
    relay_answer answer = RELAY_ANSWER_INIT;
    relay_resp_result result;
    bool fits = relay_resp_feed(resp, head, strlen(head));

    result = relay_resp_next(resp, &answer);
    while (fits && times-- > 0 && result == RELAY_RESP_MORE) {
        fits = relay_resp_feed(resp, bytes, strlen(bytes));
        result = relay_resp_next(resp, &answer);
    }
    relay_answer_free(&answer);
    relay_resp_free(resp);
    return fits ? result : RELAY_RESP_BAD;
}

static void test_huge_ones_are_bounded(void **state)
{
    static char piece[1024 * 1024 + 1];

    (void)state;
    memset(piece, 'x', sizeof(piece) - 1);
    /* Announced only. */
    assert_int_equal(repeat("*2147483647\r\n", ":1\r\n", 10),
                     RELAY_RESP_MORE);
    assert_int_equal(repeat("$2000000000\r\n", "x", 10), RELAY_RESP_MORE);
    /* More bytes, or more items, than an answer may have. */
    assert_int_equal(repeat("$2000000000\r\n", piece, 70), RELAY_RESP_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_flat_lists),
        cmocka_unit_test(test_many_come_at_once_in_their_order),
        cmocka_unit_test(test_what_is_none_ends_it),
        cmocka_unit_test(test_huge_ones_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
