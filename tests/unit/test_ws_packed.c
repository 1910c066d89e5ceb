/* test_ws_packed.c - the reader of a connection for which permessage-deflate
 * was agreed on (RFC 7692): every stream whole, byte by byte, in odd pieces and
 * cut at every place, up to a guard page (ws_stream.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ws/ws_close.h"
#include "ws/ws_deflate.h"
#include "ws_stream.h"

#define LIMIT 65536

#define FIN WS_FRAME_FIN
#define RSV1 WS_FRAME_RSV1

/* Short texts do not get shorter: these are zlib's, of "Hello", as RFC 7692
 * 7.2.3.1 has them. */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"

#define F WS_STREAM_PART

static void play_rows(const ws_stream_row *rows, size_t count, uint32_t limit)
{
    for (size_t i = 0; i < count; i++) {
        base_bytes stream = BASE_BYTES_INIT;

        ws_stream_row_frames(&stream, &rows[i]);
        ws_stream_expect_deflated(&stream, limit, rows[i].expected,
                                  strlen(rows[i].expected));
        base_bytes_free(&stream);
    }
}

#define PLAY(rows, limit) \
    play_rows(rows, sizeof(rows) / sizeof((rows)[0]), limit)

static void test_messages(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(FIN | RSV1 | 1, HELLO) }, "text~ Hello\n" },
        { { F(FIN | RSV1 | 2, HELLO) }, "binary~ Hello\n" },
        { { F(FIN | RSV1 | 1, "\0") }, "text~\n" },
        { { F(FIN | 1, "Hello") }, "text Hello\n" },
        { { F(RSV1 | 1, "\xf2\x48\xcd"), F(FIN, "\xc9\xc9\x07\x00") },
          "text~ Hello\n" },
        { { F(RSV1 | 1, ""), F(0, ""), F(0, HELLO), F(FIN, "") },
          "text~ Hello\n" },
        { { F(RSV1 | 2, "\xf2"), F(FIN | 9, "p"), F(0, "\x48\xcd\xc9\xc9"),
            F(FIN | 10, "q"), F(FIN, "\x07\x00") },
          "ping p\npong q\nbinary~ Hello\n" },
        { { F(FIN | RSV1 | 1, HELLO), F(FIN | 1, "plain"),
            F(FIN | RSV1 | 2, HELLO), F(1, "pl"), F(FIN, "ain"),
            F(FIN | RSV1 | 1, HELLO) },
          "text~ Hello\ntext plain\nbinary~ Hello\ntext plain\n"
          "text~ Hello\n" },
        { { F(RSV1 | 1, "\xf2\x48"), F(FIN | 8, "\x03\xe8") },
          "close 1000\n" },
    };

    (void)state;
    PLAY(rows, LIMIT);
}

static void test_reserved_bits(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(RSV1 | 1, "\xf2"), F(FIN | RSV1, "\x48") },
          "fail 1002 reserved bit set\n" },
        { { F(1, "a"), F(FIN | RSV1, "b") }, "fail 1002 reserved bit set\n" },
        { { F(FIN | RSV1 | 9, "") }, "fail 1002 reserved bit set\n" },
        { { F(FIN | RSV1 | 10, "") }, "fail 1002 reserved bit set\n" },
        { { F(FIN | RSV1 | 8, "") }, "fail 1002 reserved bit set\n" },
        { { F(FIN | 0x20 | 1, HELLO) }, "fail 1002 reserved bit set\n" },
        { { F(FIN | 0x10 | 2, HELLO) }, "fail 1002 reserved bit set\n" },
        { { F(FIN | RSV1 | 0x20 | 1, HELLO) },
          "fail 1002 reserved bit set\n" },
        { { F(FIN | RSV1 | 3, "") }, "fail 1002 reserved opcode\n" },
    };
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    PLAY(rows, LIMIT);
    ws_stream_frame(&stream, FIN | RSV1 | 1, HELLO, sizeof(HELLO) - 1);
    ws_stream_expect(&stream, LIMIT, "fail 1002 reserved bit set\n");
    base_bytes_free(&stream);
}

static void test_bad_data(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(FIN | RSV1 | 1, "") }, "fail 1007 no deflate stream\n" },
        { { F(RSV1 | 1, ""), F(FIN, "") }, "fail 1007 no deflate stream\n" },
        { { F(FIN | RSV1 | 1, "\x07") }, "fail 1007 no deflate stream\n" },
        { { F(FIN | RSV1 | 1, "\xf2\x48\xcd") },
          "fail 1007 no deflate stream\n" },
        /* stored: a byte that is no UTF-8, then a character that is cut */
        { { F(FIN | RSV1 | 1, "\x00\x01\x00\xFE\xFF\xFF\x00") },
          "fail 1007 text that is no UTF-8\n" },
        { { F(FIN | RSV1 | 1, "\x00\x02\x00\xFD\xFF"
                              "a\xC3\x00") },
          "fail 1007 text that ends inside a character\n" },
        { { F(FIN | RSV1 | 2, "\x00\x01\x00\xFE\xFF\xFF\x00") },
          "binary~ \xFF\n" },
    };

    (void)state;
    PLAY(rows, LIMIT);
}

/* Both what comes and what it is are limited, to the byte. */
static void test_limits(void **state)
{
    static const ws_stream_row five[] = {
        { { F(FIN | RSV1 | 1, "\0") }, "text~\n" },
        { { F(FIN | RSV1 | 1, HELLO) }, "fail 1009 message over the limit\n" },
    };
    static const ws_stream_row seven[] = {
        { { F(FIN | RSV1 | 1, HELLO) }, "text~ Hello\n" },
        { { F(RSV1 | 1, HELLO), F(FIN, "") },
          "fail 1009 message over the limit\n" },
        /* fixed: "aaaaaaa" and one more */
        { { F(FIN | RSV1 | 1, "\x4a\x4c\x04\x03\x00\x00") },
          "text~ aaaaaaa\n" },
        { { F(FIN | RSV1 | 1, "\x4a\x4c\x84\x00\x00\x00") },
          "fail 1009 inflates beyond the limit\n" },
    };

    (void)state;
    PLAY(five, 5);
    PLAY(seven, 7);
}

/* 100 KB, whose wire is far shorter, between two others. */
static void test_long(void **state)
{
    size_t size = 100000;
    ws_deflater *deflater = ws_deflate_create(15);
    unsigned char *packed = malloc(size + WS_DEFLATE_EXTRA);
    base_bytes text = BASE_BYTES_INIT;
    base_bytes stream = BASE_BYTES_INIT;
    base_bytes want = BASE_BYTES_INIT;
    size_t packed_size;

    (void)state;
    while (text.len < size) {
        base_bytes_append_format(&text, "%zu \xC3\xA9 ", text.len);
    }
    packed_size = ws_deflate_message(deflater, text.data, text.len, packed);
    assert_in_range(packed_size, 1000, 60000);
    for (int i = 0; i < 3; i++) {
        ws_stream_frame(&stream, RSV1 | 1, packed, packed_size / 2);
        ws_stream_frame(&stream, FIN, packed + packed_size / 2,
                        packed_size - packed_size / 2);
        base_bytes_append_text(&want, "text~ ");
        base_bytes_append(&want, text.data, text.len);
        base_bytes_append_text(&want, "\n");
    }
    ws_stream_expect_deflated(&stream, (uint32_t)text.len, want.data, want.len);
    base_bytes_free(&want);
    base_bytes_free(&stream);
    base_bytes_free(&text);
    free(packed);
    ws_deflate_destroy(deflater);
}

/* What was agreed on costs an idle connection nothing. */
static void test_size(void **state)
{
    (void)state;
    assert_int_equal(sizeof(ws_message_reader), 56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_reserved_bits),
        cmocka_unit_test(test_bad_data),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
