/* test_http_cookie.c - our cookie among those of others. */
#include "test_http.h"

#include <stdio.h>

#include "http/http_cookie.h"

/* Four digits, so that the table stays readable. */
static bool is_key(http_slice value)
{
    size_t digits = 0;

    while (digits < value.size && value.data[digits] >= '0'
           && value.data[digits] <= '9') {
        digits++;
    }
    return value.size == 4 && digits == 4;
}

/* The field, and the value of "chatws" in it; NULL: none. */
static const char *const fields[][2] = {
    { NULL, NULL },
    { "", NULL },
    { "chatws=1111", "1111" },
    { " chatws=1111 ", "1111" },
    { "chatws = 1111", "1111" },
    { "a=b; chatws=1111; c=d", "1111" },
    { "chatws=1111;x=y", "1111" },
    { "a=b;chatws=1111", "1111" },
    { ";;chatws=1111;", "1111" },
    { "chatws", NULL },
    { "chatws=", NULL },
    { "chatws=111", NULL },
    { "chatws=11111", NULL },
    { "Chatws=1111", NULL },
    { "CHATWS=1111; chatws=2222", "2222" },
    { "xchatws=1111; chatws=2222", "2222" },
    { "chatwsx=1111; chatws=2222", "2222" },
    { "__Host-chatws=1111", NULL },
    { "=chatws=1111", NULL },
    { "a=chatws=1111", NULL },
    /* of several the first that can be ours */
    { "chatws=1111; chatws=2222", "1111" },
    { "chatws=; chatws=x; chatws=2222", "2222" },
    /* in the middle of another one */
    { "t=hello chatws=1111 x", NULL },
    { "t=hello chatws=1111", NULL },
    { "t=hello\tchatws=1111", NULL },
    { "p=a,chatws=1111", NULL },
    { "p=a,chatws=1111,b", NULL },
    { "p=\"a, chatws=1111\"", NULL },
    { "p=\"a; chatws=1111\"", NULL },
    { "p=a b, chatws=1111", NULL },
    { "p=a,b, chatws=1111", NULL },
    { "p, chatws=1111", NULL },
    { "p=a\\, chatws=1111", NULL },
    { "p=a\x01, chatws=1111", NULL },
    { "chatws=1111, b c", NULL },
    { "t=hello chatws=1111 x; chatws=2222", "2222" },
    { "p=a, chatws=1111; chatws=2222", "2222" },
    /* quotes belong to the value */
    { "chatws=\"1111\"", NULL },
    /* two Cookie lines, as httpd joins them */
    { "a=b, chatws=1111", "1111" },
    { "chatws=1111, a=b", "1111" },
    { "a=b; c=d, chatws=1111; e=f", "1111" },
    { "a=b;, chatws=1111", "1111" },
    { "a=\"b\", chatws=1111", "1111" },
    { "a=b, c=d, chatws=1111", "1111" },
    { "chatws=1111, chatws=2222", "1111" },
};

static void test_one_cookie(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        http_slice found = http_cookie_find(guarded(fields[i][0]), "chatws",
                                            is_key);

        if ((found.data != NULL) != (fields[i][1] != NULL)) {
            fail_msg("Cookie: %s", fields[i][0]);
        }
        if (found.data) {
            check_slice(found, fields[i][1]);
        }
        guard_page_free_all();
    }
}

static void test_among_a_hundred(void **state)
{
    char field[100 * 16 + 32];
    size_t size = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        size += (size_t)snprintf(field + size, sizeof(field) - size,
                                 "chatws%d=%04d; ", i, i);
    }
    snprintf(field + size, sizeof(field) - size, "chatws=1234");
    check_slice(http_cookie_find(guarded(field), "chatws", is_key), "1234");
    check_slice(http_cookie_find(guarded(field), "chatws77", is_key), "0077");
    guard_page_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_cookie),
        cmocka_unit_test(test_among_a_hundred),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
