/* test_http_bearer.c - a token among what else a request brings. */
#include "test_http.h"

#include "http/http_bearer.h"

typedef struct {
    const char *text;
    http_bearer_result result;
    const char *token;
} row;

static const row fields[] = {
    { NULL, HTTP_BEARER_NONE, NULL },
    { "", HTTP_BEARER_NONE, NULL },
    { "Basic YW5uOnNlY3JldA==", HTTP_BEARER_NONE, NULL },
    { "Bear a.b.c", HTTP_BEARER_NONE, NULL },
    { "Bearers a.b.c", HTTP_BEARER_NONE, NULL },
    { "Basic a, Bearer b", HTTP_BEARER_NONE, NULL },
    { "Bearer a.b.c", HTTP_BEARER_FOUND, "a.b.c" },
    { "bEARER   a.b.c  ", HTTP_BEARER_FOUND, "a.b.c" },
    { " Bearer a-._~+/=", HTTP_BEARER_FOUND, "a-._~+/=" },
    { "Bearer", HTTP_BEARER_BAD, NULL },
    { "Bearer ", HTTP_BEARER_BAD, NULL },
    { "Bearer,", HTTP_BEARER_BAD, NULL },
    { "Bearer a b", HTTP_BEARER_BAD, NULL },
    { "Bearer a, Bearer b", HTTP_BEARER_BAD, NULL },
    { "Bearer a, Basic b", HTTP_BEARER_BAD, NULL },
    { "Bearer \"a\"", HTTP_BEARER_BAD, NULL },
    { "Bearer a\xC3\xA4", HTTP_BEARER_BAD, NULL },
};

static const row protocols[] = {
    { NULL, HTTP_BEARER_NONE, NULL },
    { "", HTTP_BEARER_NONE, NULL },
    { "chatws.v1", HTTP_BEARER_NONE, NULL },
    { "chatws.v1, chatws.key.0123", HTTP_BEARER_NONE, NULL },
    { "chatws.token", HTTP_BEARER_NONE, NULL },
    { "Chatws.token.a.b.c", HTTP_BEARER_NONE, NULL },
    { "chatws.token.a.b.c", HTTP_BEARER_FOUND, "a.b.c" },
    { "chatws.v1,chatws.token.a.b.c", HTTP_BEARER_FOUND, "a.b.c" },
    { "chatws.token.a.b.c , chatws.v1", HTTP_BEARER_FOUND, "a.b.c" },
    { "chatws.token.", HTTP_BEARER_BAD, NULL },
    { "chatws.token.a b", HTTP_BEARER_BAD, NULL },
    { "chatws.token.\"a,b\"", HTTP_BEARER_BAD, NULL },
    { "chatws.token.a, chatws.token.b", HTTP_BEARER_BAD, NULL },
    { "chatws.token.a, chatws.token.a", HTTP_BEARER_BAD, NULL },
    { "chatws.token.a, x, chatws.token.", HTTP_BEARER_BAD, NULL },
};

static void check(const row *rows, size_t count,
                  http_bearer_result (*read)(http_slice text,
                                             http_slice *token))
{
    for (size_t i = 0; i < count; i++) {
        http_slice token = { NULL, 0 };

        if (read(guarded(rows[i].text), &token) != rows[i].result) {
            fail_msg("%s", rows[i].text);
        }
        if (rows[i].token) {
            check_slice(token, rows[i].token);
        }
        guard_page_free_all();
    }
}

static void test_field(void **state)
{
    (void)state;
    check(fields, COUNT(fields), http_bearer_read_field);
}

static void test_protocols(void **state)
{
    (void)state;
    check(protocols, COUNT(protocols), http_bearer_read_protocols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_protocols),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
