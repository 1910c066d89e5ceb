/* test_httpd_value.c - the values of directives: units, bounds, and words that
 * are nearly right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "httpd/config/httpd_value.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define REFUSED INT64_C(-1)

static const struct {
    httpd_value_read *read;
    const char *word;
    int64_t least;
    int64_t most;
    int64_t value;
} values[] = {
    { httpd_value_count, "0", 0, 9, 0 },
    { httpd_value_count, "9", 0, 9, 9 },
    { httpd_value_count, "007", 0, 9, 7 },
    { httpd_value_count, "10", 0, 9, REFUSED },
    { httpd_value_count, "0", 1, 9, REFUSED },
    { httpd_value_count, "", 0, 9, REFUSED },
    { httpd_value_count, "-1", 0, 9, REFUSED },
    { httpd_value_count, "+1", 0, 9, REFUSED },
    { httpd_value_count, " 1", 0, 9, REFUSED },
    { httpd_value_count, "1 ", 0, 9, REFUSED },
    { httpd_value_count, "1K", 0, 9999, REFUSED },
    { httpd_value_count, "0x1", 0, 9, REFUSED },
    { httpd_value_count, "18446744073709551617", 0, 9, REFUSED },
    { httpd_value_size, "8k", 1, 1 << 20, 8192 },
    { httpd_value_size, "1M", 1, 1 << 20, 1 << 20 },
    { httpd_value_size, "1048577", 1, 1 << 20, REFUSED },
    { httpd_value_size, "1025K", 1, 1 << 20, REFUSED },
    { httpd_value_size, "17179869184G", 1, INT64_MAX / 16, REFUSED },
    { httpd_value_size, "1KB", 1, 1 << 20, REFUSED },
    { httpd_value_size, "K", 1, 1 << 20, REFUSED },
    { httpd_value_time, "2", 0, HOUR, 2 * SECOND },
    { httpd_value_time, "2s", 0, HOUR, 2 * SECOND },
    { httpd_value_time, "2MS", 0, HOUR, 2000 },
    { httpd_value_time, "2m", 0, HOUR, 120 * SECOND },
    { httpd_value_time, "2min", 0, HOUR, 120 * SECOND },
    { httpd_value_time, "1h", 0, HOUR, HOUR },
    { httpd_value_time, "61m", 0, HOUR, REFUSED },
    { httpd_value_time, "1d", 0, HOUR, REFUSED },
    { httpd_value_time, "99ms", SECOND / 10, HOUR, REFUSED },
    { httpd_value_time, "1.5s", 0, HOUR, REFUSED },
    { httpd_value_time, "2us", 0, HOUR, REFUSED },
    { httpd_value_rate, "5/s", 1, 9, 5 },
    { httpd_value_rate, "5", 1, 9, REFUSED },
    { httpd_value_rate, "5/m", 1, 9, REFUSED },
    { httpd_value_rate, "0/s", 1, 9, REFUSED },
    { httpd_value_rate, "10/s", 1, 9, REFUSED },
};

static void test_words_are_wholly_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        int64_t value;
        bool good = values[i].read(values[i].word, values[i].least,
                                   values[i].most, &value);

        if (good != (values[i].value != REFUSED)
            || (good && value != values[i].value)) {
            fail_msg("\"%s\" (%zu)", values[i].word, i);
        }
    }
}

static const struct {
    const char *word;
    int64_t value;
    int64_t period;
} quotas[] = {
    { "60/h", 60, HOUR },        { "60/H", 60, HOUR },
    { "1/min", 1, 60 * SECOND }, { "1/m", 1, 60 * SECOND },
    { "7/s", 7, SECOND },        { "1000/d", 1000, 24 * HOUR },
    { "0/h", REFUSED, 0 },       { "1001/h", REFUSED, 0 },
    { "60", REFUSED, 0 },        { "60/", REFUSED, 0 },
    { "/h", REFUSED, 0 },        { "60/2h", REFUSED, 0 },
    { "60/ms", REFUSED, 0 },     { "60/h/h", REFUSED, 0 },
    { "60h", REFUSED, 0 },       { "60/hour-or-so", REFUSED, 0 },
    { "0000000000000000060/h", REFUSED, 0 },
};

static void test_a_quota_is_a_number_and_a_period(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(quotas); i++) {
        int64_t value;
        int64_t period;
        bool good = httpd_value_quota(quotas[i].word, 1000, &value, &period);

        if (good != (quotas[i].value != REFUSED)
            || (good && (value != quotas[i].value
                         || period != quotas[i].period))) {
            fail_msg("\"%s\"", quotas[i].word);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_wholly_understood),
        cmocka_unit_test(test_a_quota_is_a_number_and_a_period),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
