/* test_http_field.c - lists, parameters, quoted strings, white space. */
#include "test_http.h"

static void test_white_space_at_the_ends(void **state)
{
    (void)state;
    check_slice(http_field_trim(guarded(" \t a b\t ")), "a b");
    check_slice(http_field_trim(guarded("a")), "a");
    check_slice(http_field_trim(guarded(" \t ")), "");
    check_slice(http_field_trim(guarded("\na ")), "\na");
    guard_page_free_all();
}

static void test_names_in_either_case(void **state)
{
    (void)state;
    assert_true(http_field_is(guarded("UTF-8"), "utf-8"));
    assert_true(http_field_is(guarded(""), ""));
    assert_false(http_field_is(guarded("utf-"), "utf-8"));
    assert_false(http_field_is(guarded("utf-8 "), "utf-8"));
    assert_false(http_field_is(guarded(NULL), ""));
    assert_false(http_field_is(guarded(NULL), "a"));
    guard_page_free_all();
}

/* Each text with its elements, divided by a bar. */
static const char *const lists[][2] = {
    { "a", "a|" },
    { "a, b", "a|b|" },
    { " a ,\tb , c ", "a|b|c|" },
    { "", "|" },
    { ",", "||" },
    { "a,,b,", "a||b||" },
    { "\"a,b\", c", "\"a,b\"|c|" },
    { "x=\"a\\\",b\", c", "x=\"a\\\",b\"|c|" },
    { "\"a\\\\\", c", "\"a\\\\\"|c|" },
    { "\"a, b", "\"a, b|" },
    { "\"a\\", "\"a\\|" },
    { "a\\, b", "a\\|b|" },
    { "a;b", "a;b|" },
};

static bool has_three(http_slice text)
{
    return text.size == 3;
}

static void test_the_element_that_begins(void **state)
{
    static const char *const rows[][2] = {
        { "k.abc", "abc" },
        { "a, k.abc ,b", "abc" },
        { "k.ab, k.abcd, k.abc, k.def", "abc" },
        { "k.a c", "a c" },
        { "k.abc;x", NULL },
        { "K.abc", NULL },
        { "xk.abc", NULL },
        { "\"k.abc\"", NULL },
        { "k.", NULL },
        { "k", NULL },
        { "abc", NULL },
        { "", NULL },
        { NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        http_slice found = http_field_find(guarded(rows[i][0]), "k.",
                                           has_three);

        if (rows[i][1]) {
            check_slice(found, rows[i][1]);
        }
        else {
            assert_null(found.data);
        }
        guard_page_free_all();
    }
}

static void test_elements_of_a_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        http_slice rest = guarded(lists[i][0]);
        http_slice element;
        char found[128] = "";

        while (http_field_next(&rest, ',', &element)) {
            strncat(found, element.data, element.size);
            strcat(found, "|");
        }
        assert_string_equal(found, lists[i][1]);
        assert_false(http_field_next(&rest, ',', &element));
        guard_page_free_all();
    }
}

static void test_an_absent_list_has_no_element(void **state)
{
    http_slice rest = http_field_of(NULL);
    http_slice element;

    (void)state;
    assert_false(http_field_next(&rest, ',', &element));
    rest = http_field_of("a");
    assert_true(http_field_next(&rest, ',', &element));
    check_slice(element, "a");
}

static void test_parameters(void **state)
{
    http_slice name;
    http_slice value;

    (void)state;
    assert_true(http_field_parameter(guarded(" a = \"b=c\" "), &name, &value));
    check_slice(name, "a");
    check_slice(value, "\"b=c\"");
    assert_true(http_field_parameter(guarded("="), &name, &value));
    check_slice(name, "");
    check_slice(value, "");
    assert_false(http_field_parameter(guarded("a"), &name, &value));
    assert_false(http_field_parameter(guarded(NULL), &name, &value));
    guard_page_free_all();
}

static void test_values_and_quotes(void **state)
{
    (void)state;
    assert_true(http_field_value_is(guarded("utf-8"), "UTF-8"));
    assert_true(http_field_value_is(guarded("\"UTF-8\""), "utf-8"));
    assert_true(http_field_value_is(guarded("\"\\u\\tf-8\""), "utf-8"));
    assert_true(http_field_value_is(guarded("\"\""), ""));
    assert_false(http_field_value_is(guarded("\"utf-8"), "utf-8"));
    assert_false(http_field_value_is(guarded("\"utf-8\\\""), "utf-8"));
    assert_false(http_field_value_is(guarded("\"utf-88\""), "utf-8"));
    assert_false(http_field_value_is(guarded("\"utf\""), "utf-8"));
    assert_false(http_field_value_is(guarded("\""), "\"\""));
    assert_false(http_field_value_is(guarded(NULL), ""));
    guard_page_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space_at_the_ends),
        cmocka_unit_test(test_names_in_either_case),
        cmocka_unit_test(test_elements_of_a_list),
        cmocka_unit_test(test_the_element_that_begins),
        cmocka_unit_test(test_an_absent_list_has_no_element),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_values_and_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
