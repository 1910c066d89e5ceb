/* test_ws_handshake.c - the opening handshake, row by row. A handshake is
 * decided on whole strings; each ends, with its NUL, at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "guard_page.h"
#include "ws/ws_handshake.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static const char *const ours[] = { "chatws.v1", "second", NULL };

static const ws_handshake_request good = {
    .method = "GET",
    .http11 = true,
    .upgrade = "websocket",
    .connection = "Upgrade",
    .version = "13",
    .key = KEY,
};

static ws_handshake_answer decide(const ws_handshake_request *request)
{
    ws_handshake_request copy = *request;
    ws_handshake_answer answer;

    copy.method = guard_page_text(request->method);
    copy.upgrade = guard_page_text(request->upgrade);
    copy.connection = guard_page_text(request->connection);
    copy.version = guard_page_text(request->version);
    copy.key = guard_page_text(request->key);
    copy.protocols = guard_page_text(request->protocols);
    copy.content_length = guard_page_text(request->content_length);
    copy.transfer_encoding = guard_page_text(request->transfer_encoding);
    memset(&answer, 'x', sizeof(answer));
    ws_handshake_decide(&copy, ours, &answer);
    guard_page_free_all();
    assert_non_null(answer.sentence);
    assert_int_equal(answer.sentence[strlen(answer.sentence) - 1], '.');
    if (answer.status != 101) {
        assert_string_equal(answer.accept, "");
        assert_null(answer.protocol);
    }
    return answer;
}

typedef struct {
    const char *value;
    int status;
} row;

/* Puts each value into one field of the good request. */
static void play_field(const row *rows, size_t count, size_t offset)
{
    for (size_t i = 0; i < count; i++) {
        ws_handshake_request request = good;
        ws_handshake_answer answer;

        memcpy((char *)&request + offset, &rows[i].value,
               sizeof(rows[i].value));
        answer = decide(&request);
        if (answer.status != rows[i].status) {
            fail_msg("\"%s\": %d, not %d",
                     rows[i].value ? rows[i].value : "(absent)", answer.status,
                     rows[i].status);
        }
    }
}

#define PLAY(rows, field)                              \
    play_field(rows, sizeof(rows) / sizeof((rows)[0]), \
               offsetof(ws_handshake_request, field))

static void test_accept(void **state)
{
    static const struct {
        const char *key;
        const char *accept;
    } rows[] = {
        /* RFC 6455 section 1.3. */
        { KEY, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
        { "x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk=" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ws_handshake_request request = good;
        ws_handshake_answer answer;

        request.key = rows[i].key;
        answer = decide(&request);
        assert_int_equal(answer.status, 101);
        assert_string_equal(answer.accept, rows[i].accept);
        assert_null(answer.protocol);
    }
}

static void test_method(void **state)
{
    static const row rows[] = {
        { "GET", 101 },  { "get", 400 },     { "POST", 400 }, { "HEAD", 400 },
        { "GETX", 400 }, { "CONNECT", 400 }, { "", 400 },
    };
    ws_handshake_request old = good;

    (void)state;
    PLAY(rows, method);
    old.http11 = false;
    assert_int_equal(decide(&old).status, 400);
}

static void test_upgrade(void **state)
{
    static const row rows[] = {
        { NULL, 426 },
        { "", 426 },
        { "websocket", 101 },
        { "WebSocket", 101 },
        { "WEBSOCKET", 101 },
        { "h2c, websocket", 101 },
        { "websocket, h2c", 101 },
        { "TLS/1.0,websocket", 101 },
        { ",, ,websocket,", 101 },
        { " \twebsocket\t ", 101 },
        { "websocket;v=1", 426 },
        { "\"websocket\"", 426 },
        { "web socket", 426 },
        { "websockets", 426 },
        { "xwebsocket", 426 },
        { "websocke", 426 },
        { "h2c", 426 },
        { "websocket\v", 426 },
        { "websocket\x85", 426 },
        { ",", 426 },
    };

    (void)state;
    PLAY(rows, upgrade);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ws_handshake_asked(guard_page_text(rows[i].value)),
                         rows[i].status == 101);
        guard_page_free_all();
    }
}

static void test_connection(void **state)
{
    static const row rows[] = {
        { NULL, 400 },
        { "", 400 },
        { "close", 400 },
        { "keep-alive", 400 },
        { "upgrade", 101 },
        { "Upgrade", 101 },
        { "keep-alive, Upgrade", 101 },
        { "Upgrade, keep-alive", 101 },
        { "keep-alive,upgrade,", 101 },
        { "a , UPGRADE\t,b", 101 },
        { "Upgrades", 400 },
        { "up grade", 400 },
        { "Upgrade;q=1", 400 },
        { "keep-alive Upgrade", 400 },
    };

    (void)state;
    PLAY(rows, connection);
}

static void test_version(void **state)
{
    static const row rows[] = {
        { NULL, 426 },    { "", 426 },      { "13", 101 },
        { " 13\t", 101 }, { "8", 426 },     { "0", 426 },
        { "12", 426 },    { "14", 426 },    { "013", 426 },
        { "+13", 426 },   { "13.0", 426 },  { "1 3", 426 },
        { "131", 426 },   { "xiii", 426 },  { "4294967309", 426 },
        { "13, 8", 400 }, { "8, 13", 400 }, { "13, 13", 400 },
        { "13,", 400 },   { ",", 400 },
    };

    (void)state;
    PLAY(rows, version);
}

static void test_key(void **state)
{
    static const row rows[] = {
        { NULL, 400 },
        { "", 400 },
        { KEY, 101 },
        { " " KEY "\t", 101 },
        { "AAAAAAAAAAAAAAAAAAAAAA==", 101 },
        { "++++////0189azAZ++//+w==", 101 },
        { KEY ", " KEY, 400 },
        { KEY ", x3JJHMbDL1EzLkh9GBhXDw==", 400 },
        { KEY ",", 400 },
        { "dGhlIHNhbXBsZSBub25jZQ=", 400 },
        { "dGhlIHNhbXBsZSBub25jZQ===", 400 },
        { "dGhlIHNhbXBsZSBub25jZQ", 400 },
        { "dGhlIHNhbXBsZSBub25jZQAA", 400 },
        { "dGhlIHNhbXBsZSBub25jZQA=", 400 },
        { "dGhlIHNhbXBsZSBub25jZ===", 400 },
        { "dGhlIHNhbXBsZSBub25j==ZQ", 400 },
        { "dGhlIHNhbXBsZSBub25j-_==", 400 },
        { "dGhlIHNhbXBsZSBub25j Q==", 400 },
        { "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==", 400 },
        { "dGhlIHNhbXBsZSBub25j\xC3\xBC==", 400 },
        { "======dGhlIHNhbXBsZSBub2", 400 },
    };

    (void)state;
    PLAY(rows, key);
}

static void test_body(void **state)
{
    static const row lengths[] = {
        { NULL, 101 },  { "0", 101 },
        { "00", 101 },  { " 0 ", 101 },
        { "1", 400 },   { "45", 400 },
        { "", 400 },    { "-0", 400 },
        { "0x0", 400 }, { "0, 0", 400 },
        { "0,5", 400 }, { "010", 400 },
        { "0 5", 400 }, { "99999999999999999999", 400 },
    };
    static const row encodings[] = {
        { NULL, 101 },
        { "chunked", 400 },
        { "identity", 400 },
        { "", 400 },
    };

    (void)state;
    PLAY(lengths, content_length);
    PLAY(encodings, transfer_encoding);
}

/* Where several things are wrong, the order of ws_handshake.h holds. */
static void test_order(void **state)
{
    ws_handshake_request request = good;

    (void)state;
    request.version = "8";
    request.key = NULL;
    assert_int_equal(decide(&request).status, 426);
    request.connection = "close";
    assert_int_equal(decide(&request).status, 400);
    request.upgrade = NULL;
    assert_int_equal(decide(&request).status, 426);
    request.content_length = "5";
    assert_int_equal(decide(&request).status, 400);
    /* Nothing but the method: the rest of a request may all be missing. */
    request = (ws_handshake_request){ .method = "GET", .http11 = true };
    assert_int_equal(decide(&request).status, 426);
}

static void test_protocols(void **state)
{
    static const struct {
        const char *offered;
        const char *protocol;
    } rows[] = {
        { NULL, NULL },
        { "", NULL },
        { "chatws.v1", "chatws.v1" },
        { "other, chatws.v1", "chatws.v1" },
        { "second, chatws.v1", "second" },
        { "chatws.v1,second", "chatws.v1" },
        { " ,\tchatws.v1 ,", "chatws.v1" },
        { "chatws.v2, CHATWS.V1", NULL },
        { "chatws.v1x", NULL },
        { "chatws.v", NULL },
        { "chatws.v1\r\nSet-Cookie: a=b", NULL },
        { "\"chatws.v1\"", NULL },
        { "chatws.v1\x85", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ws_handshake_request request = good;
        ws_handshake_answer answer;

        request.protocols = rows[i].offered;
        answer = decide(&request);
        assert_int_equal(answer.status, 101);
        if (!rows[i].protocol) {
            assert_null(answer.protocol);
            continue;
        }
        /* Ours itself, never a copy of what the client sent. */
        assert_ptr_equal(answer.protocol,
                         ours[strcmp(rows[i].protocol, ours[0]) != 0]);
        assert_string_equal(answer.protocol, rows[i].protocol);
    }
}

/* Seconds of CPU for one decision over hostile lists of `size` bytes; the
 * least of some tries, so that a busy machine does not matter. */
static double cost(size_t size, const char *pattern, int rounds)
{
    char *list = malloc(size + 1);
    ws_handshake_request request = good;
    double least = 1e9;

    assert_non_null(list);
    for (size_t i = 0; i < size; i++) {
        list[i] = pattern[i % strlen(pattern)];
    }
    list[size] = '\0';
    memcpy(list + size - strlen(",upgrade,websocket"), ",upgrade,websocket",
           strlen(",upgrade,websocket"));
    request.upgrade = list;
    request.connection = list;
    request.protocols = list;
    for (int try = 0; try < 5; try++) {
        ws_handshake_answer answer;
        clock_t start = clock();

        for (int i = 0; i < rounds; i++) {
            ws_handshake_decide(&request, ours, &answer);
            assert_int_equal(answer.status, 101);
        }
        if ((double)(clock() - start) < least) {
            least = (double)(clock() - start);
        }
    }
    free(list);
    return least / CLOCKS_PER_SEC / rounds;
}

/* 16 times the bytes cost about 16 times the time, not 256 times. */
static void test_lists_are_read_once(void **state)
{
    static const char *const patterns[] = {
        ",", " ", "b ", ", ", "chatws.v1x ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        double small = cost(8192, patterns[i], 32);
        double large = cost(16 * 8192, patterns[i], 2);

        if (large > 80 * (small + 1e-6)) {
            fail_msg("\"%s\": %g s for 8 KB, %g s for 128 KB", patterns[i],
                     small, large);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_method),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_lists_are_read_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
