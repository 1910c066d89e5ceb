/* test_http_query.c - queries and forms: names, values, encodings, numbers. */
#include "test_http.h"

#include "http/http_query.h"

typedef struct {
    const char *query;
    http_query_result result;
    const char *value; /* decoded */
} lookup;

/* What is found under the name "text". */
static const lookup lookups[] = {
    { NULL, HTTP_QUERY_ABSENT, NULL },
    { "", HTTP_QUERY_ABSENT, NULL },
    { "text", HTTP_QUERY_FOUND, "" },
    { "text=", HTTP_QUERY_FOUND, "" },
    { "text=a", HTTP_QUERY_FOUND, "a" },
    { "a=1&text=b+c%20d&x", HTTP_QUERY_FOUND, "b c d" },
    { "&&text=a&&", HTTP_QUERY_FOUND, "a" },
    { "%74ext=%61%2B%26%3D", HTTP_QUERY_FOUND, "a+&=" },
    { "text=a=b", HTTP_QUERY_FOUND, "a=b" },
    { "text=%C3%a9", HTTP_QUERY_FOUND, "\xC3\xA9" },
    { "Text=a", HTTP_QUERY_ABSENT, NULL },
    { "texts=a", HTTP_QUERY_ABSENT, NULL },
    { "tex=a", HTTP_QUERY_ABSENT, NULL },
    { "x=text=a", HTTP_QUERY_ABSENT, NULL },
    { "text%00=a", HTTP_QUERY_ABSENT, NULL },
    { "text%=a", HTTP_QUERY_ABSENT, NULL },
    { "text;x=a", HTTP_QUERY_ABSENT, NULL },
    { "text=a&text=a", HTTP_QUERY_MALFORMED, NULL },
    { "text&text", HTTP_QUERY_MALFORMED, NULL },
    { "text=a&%74ext=b", HTTP_QUERY_MALFORMED, NULL },
    { "text=%", HTTP_QUERY_MALFORMED, NULL },
    { "text=%4", HTTP_QUERY_MALFORMED, NULL },
    { "text=%4g", HTTP_QUERY_MALFORMED, NULL },
    { "text=%4&x=1", HTTP_QUERY_MALFORMED, NULL },
    { "text=%-1", HTTP_QUERY_MALFORMED, NULL },
    { "a=%zz&text=b", HTTP_QUERY_FOUND, "b" },
};

static void test_values_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lookups); i++) {
        const lookup *one = &lookups[i];
        http_slice query = guarded(one->query);
        http_slice value = { NULL, 0 };
        char decoded[64];

        if (http_query_find(query, "text", &value) != one->result
            || http_query_has(query, "text")
                   != (one->result != HTTP_QUERY_ABSENT)) {
            fail_msg("query: %s", one->query);
        }
        if (one->result == HTTP_QUERY_FOUND) {
            size_t size = http_query_decode(value, decoded);

            assert_true(size <= value.size);
            check_slice((http_slice){ decoded, size }, one->value);
        }
        guard_page_free_all();
    }
}

static void test_a_value_may_have_any_byte(void **state)
{
    http_slice value;
    char decoded[4];

    (void)state;
    assert_int_equal(http_query_find(guarded("a=%00%FF\n"), "a", &value),
                     HTTP_QUERY_FOUND);
    assert_int_equal(http_query_decode(value, decoded), 3);
    assert_memory_equal(decoded, "\0\xFF\n", 3);
    guard_page_free_all();
}

static void check_number(const char *query, http_query_result result,
                         uint64_t expected)
{
    uint64_t number = 7;

    assert_int_equal(http_query_number(guarded(query), "n", &number), result);
    assert_int_equal(number, result == HTTP_QUERY_FOUND ? expected : 7);
    guard_page_free_all();
}

static void test_numbers(void **state)
{
    (void)state;
    check_number("n=0", HTTP_QUERY_FOUND, 0);
    check_number("n=007", HTTP_QUERY_FOUND, 7);
    check_number("n=%31%32", HTTP_QUERY_FOUND, 12);
    check_number("n=18446744073709551615", HTTP_QUERY_FOUND, UINT64_MAX);
    check_number("n=18446744073709551616", HTTP_QUERY_FOUND, UINT64_MAX);
    check_number("n=99999999999999999999999", HTTP_QUERY_FOUND, UINT64_MAX);
    check_number("m=1", HTTP_QUERY_ABSENT, 0);
    check_number("n", HTTP_QUERY_MALFORMED, 0);
    check_number("n=", HTTP_QUERY_MALFORMED, 0);
    check_number("n=-1", HTTP_QUERY_MALFORMED, 0);
    check_number("n=+1", HTTP_QUERY_MALFORMED, 0);
    check_number("n=1.0", HTTP_QUERY_MALFORMED, 0);
    check_number("n=1&n=1", HTTP_QUERY_MALFORMED, 0);
    check_number("n=1%", HTTP_QUERY_MALFORMED, 0);
}

static void check_key(const char *query, uint64_t expected)
{
    assert_int_equal(http_query_key(guarded(query), "n"), expected);
    guard_page_free_all();
}

static void test_keys(void **state)
{
    (void)state;
    check_key("n=0123456789abcdef", 0x0123456789abcdef);
    check_key("a=1&n=ffffffffffffffff&b", UINT64_MAX);
    check_key("n=%30123456789abcde%66", 0x0123456789abcdef);
    check_key("n=0000000000000000", 0);
    check_key("n=123456789abcdef", 0);
    check_key("n=0123456789abcdef0", 0);
    check_key("n=0123456789ABCDEF", 0);
    check_key("n=0123456789abcdeg", 0);
    check_key("n=0123456789abcde`", 0);
    check_key("n=0123456789abcde%00", 0);
    check_key("n=+0123456789abcde", 0);
    check_key("n=0123456789abcdef&n=0123456789abcdef", 0);
    check_key("n=0123456789abcde%", 0);
    check_key("m=0123456789abcdef", 0);
    check_key("n", 0);
    check_key(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_by_name),
        cmocka_unit_test(test_a_value_may_have_any_byte),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
