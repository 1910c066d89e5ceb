/* test_http_repeat.c - the same request again: what has the same mark, what has
 * another one, and what is not read at all.
 */
#include "test_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http_repeat.h"

#define TARGET "/chat/lobby?poll=1&after=17-3&wait=25"
#define LINE "GET " TARGET " HTTP/1.1\r\n"
#define FIELDS "Host: example.org\r\nCookie: a=b; c=d\r\nAccept: */*\r\n"

static const base_hash_key secret = { 1, 2 };

static http_repeat_keys keys_of(void)
{
    return http_repeat_keys_of(&secret);
}

/* False: it is not read. What is read ends in front of `behind`. */
static bool read_wire(const char *wire, const char *behind,
                      http_repeat *request)
{
    http_repeat_keys keys = keys_of();
    char all[16384];
    size_t head;
    bool read;

    assert_true(strlen(wire) + strlen(behind) < sizeof(all));
    strcpy(all, wire);
    strcat(all, behind);
    read = http_repeat_read(&keys, guarded(all), request, &head)
           == HTTP_REPEAT_HEAD;
    if (read) {
        assert_int_equal(head, strlen(wire));
    }
    return read;
}

static http_repeat mark_of(const char *wire)
{
    http_repeat request;

    assert_true(read_wire(wire, "", &request));
    return request;
}

static bool is_same(const char *wire, const char *other)
{
    http_repeat one = mark_of(wire);
    http_repeat two = mark_of(other);
    bool same = http_repeat_is(&one.mark, &two.mark);

    guard_page_free_all();
    return same;
}

static void test_values(void **state)
{
    http_repeat request;

    (void)state;
    assert_true(read_wire(LINE FIELDS "\r\n", "", &request));
    check_slice(request.after, "17-3");
    check_slice(request.wait, "25");
    assert_true(read_wire(LINE FIELDS "\r\n", "POST / HTTP/1.1\r\n", &request));
    assert_true(read_wire("GET /?wait=0&after=1 HTTP/1.1\r\n\r\n", "",
                          &request));
    check_slice(request.after, "1");
    check_slice(request.wait, "0");
    guard_page_free_all();
}

static void test_the_same(void **state)
{
    (void)state;
    assert_true(is_same(LINE FIELDS "\r\n",
                        "GET /chat/lobby?poll=1&after=18-0&wait=3600 HTTP/1.1"
                        "\r\n" FIELDS "\r\n"));
    assert_true(is_same(LINE "A: b\r\nC: d\r\n\r\n", LINE "c:d\r\na:  b \t\r\n"
                        "\r\n"));
    assert_true(is_same(LINE "Connection: keep-alive\r\n\r\n",
                        LINE "Connection: keep-alive\r\n\r\n"));
}

static void test_another(void **state)
{
    static const char *const others[] = {
        "GET /chat/lobbz?poll=1&after=17-3&wait=25 HTTP/1.1\r\n" FIELDS "\r\n",
        "GET /chat/lobby?poll=2&after=17-3&wait=25 HTTP/1.1\r\n" FIELDS "\r\n",
        "GET /chat/lobby?after=17-3&poll=1&wait=25 HTTP/1.1\r\n" FIELDS "\r\n",
        "GET /chat/lobby?poll=1&wait=25&after=17-3 HTTP/1.1\r\n" FIELDS "\r\n",
        "GET /chat/lobby?poll=1&after=17-3&wait=25& HTTP/1.1\r\n" FIELDS
            "\r\n",
        "GET /chat/lobby?poll=1&%61fter=1&after=17-3&wait=25 HTTP/1.1\r\n"
            FIELDS "\r\n",
        LINE "\r\n",
        LINE FIELDS "X: y\r\n\r\n",
        LINE FIELDS "X:\r\n\r\n",
        LINE "Host: example.com\r\nCookie: a=b; c=d\r\nAccept: */*\r\n\r\n",
        LINE "Host: example.org\r\nCookie: a=b; c=e\r\nAccept: */*\r\n\r\n",
        LINE "Host: example.org\r\nCookie: A=b; c=d\r\nAccept: */*\r\n\r\n",
        LINE "Host: example.org\r\nCookies: a=b; c=d\r\nAccept: */*\r\n\r\n",
        LINE FIELDS "Accept: */*\r\n\r\n",
        LINE "Host: */*\r\nCookie: a=b; c=d\r\nAccept: example.org\r\n\r\n",
        LINE FIELDS "Connection: keep-alive\r\n\r\n",
        LINE FIELDS "Authorization: Basic eA==\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(is_same(LINE FIELDS "\r\n", others[i]));
    }
}

/* httpd has rules of its own for each of these; here none is a repeated one. */
static void test_refused(void **state)
{
    static const char *const bad[] = {
        "", "G", "GET", "\r\n" LINE FIELDS "\r\n", "\n", LINE, LINE FIELDS,
        LINE FIELDS "\r", "POST " TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "HEAD " TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "get " TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "GET  " TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "GET " TARGET "  HTTP/1.1\r\n" FIELDS "\r\n",
        "GET\t" TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "GET " TARGET " HTTP/1.0\r\n" FIELDS "\r\n",
        "GET " TARGET " HTTP/1.1 \r\n" FIELDS "\r\n",
        "GET " TARGET " http/1.1\r\n" FIELDS "\r\n",
        "GET " TARGET "\r\n" FIELDS "\r\n",
        "GET " TARGET "#a HTTP/1.1\r\n" FIELDS "\r\n",
        "GET http://example.org" TARGET " HTTP/1.1\r\n" FIELDS "\r\n",
        "GET " TARGET " HTTP/1.1\n" FIELDS "\r\n",
        "GET /chat HTTP/1.1\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
        "GET HTTP/1.1\r\n\r\n",
        "GET /?after=1-0 HTTP/1.1\r\n\r\n", "GET /?wait=5 HTTP/1.1\r\n\r\n",
        "GET /?after=1-0&wait= HTTP/1.1\r\n\r\n",
        "GET /?after=&wait=5 HTTP/1.1\r\n\r\n",
        "GET /?after=1-0&after=1-0&wait=5 HTTP/1.1\r\n\r\n",
        "GET /?after=1-0&wait=5&wait=5 HTTP/1.1\r\n\r\n",
        "GET /?after=1-0&wait=-1 HTTP/1.1\r\n\r\n",
        "GET /?after=%30-0&wait=5 HTTP/1.1\r\n\r\n",
        "GET /?after=1-0&wait=5#x HTTP/1.1\r\n\r\n",
        "GET /?after=1-0;wait=5 HTTP/1.1\r\n\r\n",
        "GET /\x80?after=1-0&wait=5 HTTP/1.1\r\n\r\n",
        "GET /\x01?after=1-0&wait=5 HTTP/1.1\r\n\r\n",
        LINE "Content-Length: 0\r\n\r\n", LINE "content-length: 5\r\n\r\nhello",
        LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        LINE "Transfer-Encoding : chunked\r\n\r\n",
        LINE "Upgrade: websocket\r\n\r\n", LINE "Expect: 100-continue\r\n\r\n",
        LINE "Trailer: x\r\n\r\n", LINE "TE: trailers\r\n\r\n",
        LINE "HTTP2-Settings: AAMAAABk\r\n\r\n",
        LINE "Connection: close\r\n\r\n", LINE "Connection: upgrade\r\n\r\n",
        LINE "Connection: keep-alive, x\r\n\r\n",
        LINE "Host: x\n\r\n", LINE "Host: x\r\n\n", LINE "Host: x\r\r\n\r\n",
        LINE "Host: x\r\n y\r\n\r\n", LINE " Host: x\r\n\r\n",
        LINE "Host : x\r\n\r\n", LINE ": x\r\n\r\n", LINE "Host\r\n\r\n",
        LINE "Ho st: x\r\n\r\n", LINE "Host: x\x01\r\n\r\n",
        LINE "Host: x\x7f\r\n\r\n", LINE "H\xc3\xb6st: x\r\n\r\n",
    };
    http_repeat request;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (read_wire(bad[i], "", &request)) {
            fail_msg("read: %s", bad[i]);
        }
        guard_page_free_all();
    }
}

static http_repeat_result result_of(const char *wire, size_t size)
{
    http_repeat_keys keys = keys_of();
    http_repeat request;
    size_t head;

    return http_repeat_read(&keys, (http_slice){ wire, size }, &request, &head);
}

/* What has come so far is waited for as long as it may become a poll. */
static void test_not_whole(void **state)
{
    static const char wire[] = LINE FIELDS "\r\n";
    static const char *const others[] = {
        "P", "GET\t", "get", "\r", "\n", "\0", "GET / HTTP/1.1\r\n",
        LINE "Content-Length: 3\r\n", LINE "a\n" };

    (void)state;
    for (size_t size = 0; size < sizeof(wire) - 1; size++) {
        assert_int_equal(result_of(wire, size), HTTP_REPEAT_MORE);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_int_equal(result_of(others[i], strlen(others[i]) + (i == 5)),
                         HTTP_REPEAT_OTHER);
    }
}

/* A NUL is no end of anything. */
static void test_nul(void **state)
{
    static const char *const places[] = { "GE", "GET /c", "GET " TARGET,
                                          LINE "Ho", LINE "Host: e" };
    char wire[] = LINE FIELDS "\r\n";

    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        char copy[sizeof(wire)];

        memcpy(copy, wire, sizeof(wire));
        copy[strlen(places[i])] = '\0';
        assert_int_equal(result_of(copy, sizeof(wire) - 1), HTTP_REPEAT_OTHER);
    }
}

/* Up to 8 KB, whatever comes behind it. */
static void test_size(void **state)
{
    static char wire[3 * HTTP_REPEAT_MOST];
    http_repeat_keys keys = keys_of();
    const size_t around = strlen(LINE "X: \r\n\r\n");

    (void)state;
    for (size_t size = HTTP_REPEAT_MOST - 3; size <= HTTP_REPEAT_MOST + 3;
         size++) {
        http_repeat request;
        size_t head;

        memset(wire, 'x', sizeof(wire));
        memcpy(wire, LINE "X: ", strlen(LINE "X: "));
        memcpy(wire + size - 4, "\r\n\r\n", 4);
        assert_true(size > around);
        assert_int_equal(http_repeat_read(&keys,
                                          (http_slice){ wire, sizeof(wire) },
                                          &request, &head),
                         size <= HTTP_REPEAT_MOST ? HTTP_REPEAT_HEAD
                                                  : HTTP_REPEAT_OTHER);
    }
}

/* Another server's secret makes other marks. */
static void test_secret(void **state)
{
    http_repeat_keys keys = http_repeat_keys_of(&(base_hash_key){ 1, 3 });
    http_repeat ours = mark_of(LINE FIELDS "\r\n");
    http_repeat theirs;
    size_t head;

    (void)state;
    assert_int_equal(http_repeat_read(&keys, guarded(LINE FIELDS "\r\n"),
                                      &theirs, &head),
                     HTTP_REPEAT_HEAD);
    assert_false(http_repeat_is(&ours.mark, &theirs.mark));
    assert_true(ours.mark.parts[0] != theirs.mark.parts[0]
                && ours.mark.parts[1] != theirs.mark.parts[1]
                && ours.mark.parts[0] != ours.mark.parts[1]);
    guard_page_free_all();
}

/* One field of a head, as httpd's table has it. */
typedef struct {
    char name[16];
    char value[40];
} field;

static void make_text(char *to, size_t size, const char *letters)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = letters[(size_t)rand() % strlen(letters)];
    }
    to[size] = '\0';
}

/* The table's mark is that of the wire, in any order, case and white space. */
static void test_table_and_wire(void **state)
{
    static const char *const between[] = { "", " ", "\t", "  \t " };
    http_repeat_keys keys = keys_of();
    field fields[12];

    (void)state;
    srand(14);
    for (int round = 0; round < 500; round++) {
        size_t count = (size_t)rand() % COUNT(fields);
        http_repeat table = { .mark = { { 0, 0 } } };
        http_repeat wire;
        char text[2048] = LINE;

        assert_true(http_repeat_target(&keys, guarded(TARGET), &table));
        for (size_t i = 0; i < count; i++) {
            make_text(fields[i].name, 1 + (size_t)rand() % 15, "aBcD-eF_12");
            make_text(fields[i].value, (size_t)rand() % 39, "abC,=;:\"' 12");
            assert_true(http_repeat_field(&keys, guarded(fields[i].name),
                                          guarded(fields[i].value), &table));
        }
        for (size_t i = count; i > 0; i--) {
            char *at = text + strlen(text);
            const char *name = fields[i - 1].name;

            sprintf(at, "%s:%s%s%s\r\n", name, between[rand() % 4],
                    fields[i - 1].value, between[rand() % 4]);
            at[0] = (char)(rand() % 2 && at[0] >= 'a' && at[0] <= 'z'
                               ? at[0] - 'a' + 'A'
                               : at[0]);
        }
        strcat(text, "\r\n");
        assert_true(read_wire(text, "", &wire));
        assert_true(http_repeat_is(&table.mark, &wire.mark));
        guard_page_free_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_the_same),
        cmocka_unit_test(test_another),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_not_whole),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_table_and_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
