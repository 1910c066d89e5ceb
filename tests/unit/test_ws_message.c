/* test_ws_message.c - the reader of one connection: fragments, control frames
 * in between, Close, order. Every stream is played whole, byte by byte, in odd
 * pieces and cut at every place, up to a guard page (ws_stream.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"
#include "ws/ws_close.h"
#include "ws/ws_message.h"
#include "ws_stream.h"

#define LIMIT 65536

#define F WS_STREAM_PART
#define RAW(bytes) F(WS_STREAM_RAW, bytes)

static void play_rows(const ws_stream_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        base_bytes stream = BASE_BYTES_INIT;

        ws_stream_row_frames(&stream, &rows[i]);
        ws_stream_expect(&stream, LIMIT, rows[i].expected);
        base_bytes_free(&stream);
    }
}

#define PLAY(rows) play_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_single_frames(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(0x81, "hello") }, "text hello\n" },
        { { F(0x81, "") }, "text\n" },
        { { F(0x82, "hello") }, "binary hello\n" },
        { { F(0x82, "") }, "binary\n" },
        { { F(0x82, "\xFF\xFE\x80") }, "binary \xFF\xFE\x80\n" },
        { { F(0x89, "") }, "ping\n" },
        { { F(0x89, "are you there?") }, "ping are you there?\n" },
        { { F(0x89, "\xFF\x80") }, "ping \xFF\x80\n" },
        { { F(0x8A, "") }, "pong\n" },
        { { F(0x8A, "unasked") }, "pong unasked\n" },
        { { F(0x81, "a"), F(0x82, "b"), F(0x89, "c"), F(0x8A, "d"),
            F(0x81, "e") },
          "text a\nbinary b\nping c\npong d\ntext e\n" },
    };

    (void)state;
    PLAY(rows);
}

/* RFC 6455 section 5.7, as a client sends them. */
static void test_rfc_examples(void **state)
{
    static const ws_stream_row rows[] = {
        { { RAW("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") },
          "text Hello\n" },
        { { F(0x01, "Hel"), F(0x80, "lo") }, "text Hello\n" },
        { { F(0x89, "Hello") }, "ping Hello\n" },
        { { RAW("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") },
          "pong Hello\n" },
        /* The two examples of a server, which a client must not send. */
        { { RAW("\x81\x05\x48\x65\x6c\x6c\x6f") },
          "fail 1002 frame without mask\n" },
        { { RAW("\x01\x03\x48\x65\x6c") }, "fail 1002 frame without mask\n" },
    };

    (void)state;
    PLAY(rows);
}

static void test_long_frames(void **state)
{
    static const size_t sizes[] = { 125, 126, 256, 65535, 65536 };
    static char payload[LIMIT];

    (void)state;
    memset(payload, '*', sizeof(payload));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        base_bytes stream = BASE_BYTES_INIT;
        base_bytes want = BASE_BYTES_INIT;

        ws_stream_frame(&stream, 0x82, payload, sizes[i]);
        base_bytes_append_text(&want, "binary ");
        base_bytes_append(&want, payload, sizes[i]);
        base_bytes_append_text(&want, "\n");
        ws_stream_expect_bytes(&stream, LIMIT, want.data, want.len);
        base_bytes_free(&stream);
        base_bytes_free(&want);
    }
}

static void test_fragments(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(0x01, "a"), F(0x00, "b"), F(0x80, "c") }, "text abc\n" },
        { { F(0x02, "a"), F(0x80, "") }, "binary a\n" },
        { { F(0x01, ""), F(0x00, ""), F(0x80, "") }, "text\n" },
        { { F(0x01, ""), F(0x00, ""), F(0x80, "all") }, "text all\n" },
        { { F(0x01, "a"), F(0x89, "p"), F(0x80, "b") }, "ping p\ntext ab\n" },
        { { F(0x01, "a"), F(0x89, ""), F(0x8A, "q"), F(0x00, "b"), F(0x89, "r"),
            F(0x80, "c"), F(0x81, "d") },
          "ping\npong q\nping r\ntext abc\ntext d\n" },
        { { F(0x01, ""), F(0x89, "p"), F(0x80, "") }, "ping p\ntext\n" },
        { { F(0x01, "a"), F(0x80, "b"), F(0x02, "c"), F(0x80, "d") },
          "text ab\nbinary cd\n" },
        { { F(0x01, "left open") }, "" },
        { { F(0x01, "a"), F(0x88, "\x03\xE8") }, "close 1000\n" },
    };

    (void)state;
    PLAY(rows);
}

static void test_wrong_order(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(0x80, "x") }, "fail 1002 continuation without a message\n" },
        { { F(0x00, "x") }, "fail 1002 continuation without a message\n" },
        { { F(0x81, "a"), F(0x80, "x") },
          "text a\nfail 1002 continuation without a message\n" },
        { { F(0x01, "a"), F(0x80, "b"), F(0x00, "c"), F(0x80, "d") },
          "text ab\nfail 1002 continuation without a message\n" },
        { { F(0x01, "a"), F(0x81, "b") },
          "fail 1002 new message inside a fragmented one\n" },
        { { F(0x02, "a"), F(0x89, "p"), F(0x02, "b") },
          "ping p\nfail 1002 new message inside a fragmented one\n" },
        { { F(0x89, "p"), F(0x80, "x") },
          "ping p\nfail 1002 continuation without a message\n" },
    };

    (void)state;
    PLAY(rows);
}

static void test_bad_headers(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(0x83, "x") }, "fail 1002 reserved opcode\n" },
        { { F(0x8B, "x") }, "fail 1002 reserved opcode\n" },
        { { F(0xC1, "x") }, "fail 1002 reserved bit set\n" },
        { { F(0xA1, "x") }, "fail 1002 reserved bit set\n" },
        { { F(0x99, "x") }, "fail 1002 reserved bit set\n" },
        { { F(0x01, "a"), F(0xC0, "b") }, "fail 1002 reserved bit set\n" },
        { { F(0x09, "x") }, "fail 1002 fragmented control frame\n" },
        { { F(0x81, "a"), RAW("\x0D\x0A") },
          "text a\nfail 1002 reserved opcode\n" },
        { { F(0x81, "a"), RAW("\x89\x00") },
          "text a\nfail 1002 frame without mask\n" },
        { { RAW("\x89\xFE\x00\x7E") },
          "fail 1002 control frame over 125 bytes\n" },
        { { RAW("\x82\xFE\x00\x01") },
          "fail 1002 length not in shortest form\n" },
        { { RAW("\x82\xFF\x80") }, "fail 1002 length of 2^63 or more\n" },
    };

    (void)state;
    PLAY(rows);
}

static void test_close(void **state)
{
    static const ws_stream_row rows[] = {
        { { F(0x88, "") }, "close 1005\n" },
        { { F(0x88, "\x03") }, "fail 1002 Close with half a code\n" },
        { { F(0x88, "\x03\xE8") }, "close 1000\n" },
        { { F(0x88, "\x03\xE8"
                    "bye") },
          "close 1000 bye\n" },
        { { F(0x88, "\x0B\xB8"
                    "gr\xC3\xBC\xC3\x9F") },
          "close 3000 gr\xC3\xBC\xC3\x9F\n" },
        { { F(0x88, "\x13\x87") }, "close 4999\n" },
        { { F(0x88, "\x03\xED"
                    "x") },
          "fail 1002 Close with an invalid code\n" },
        { { F(0x88, "\xFF\xFF\xFF") },
          "fail 1002 Close with an invalid code\n" },
        { { F(0x88, "\x03\xE8"
                    "a\x80") },
          "fail 1007 Close with a reason that is no UTF-8\n" },
        { { F(0x88, "\x03\xE8"
                    "a\xE2\x82") },
          "fail 1007 Close with a reason that ends inside a character\n" },
        /* A text that was cut inside a character is over with the Close. */
        { { F(0x01, "\xE2\x82"), F(0x88, "\x03\xE9"
                                         "bye") },
          "close 1001 bye\n" },
        /* Nothing counts after a Close or a violation. */
        { { F(0x88, "\x03\xE8"), F(0x88, "\x03\xE9"), F(0x81, "do it"),
            RAW("\xFF\xFF\xFF") },
          "close 1000\n" },
        { { F(0x81, "a"), F(0x83, "b"), F(0x81, "c"), F(0x88, "") },
          "text a\nfail 1002 reserved opcode\n" },
    };

    (void)state;
    PLAY(rows);
}

/* Every code there is, and the longest reason. */
static void test_close_codes(void **state)
{
    char reason[WS_CLOSE_REASON_MAX + 1];
    char expected[200];

    (void)state;
    memset(reason, 'r', WS_CLOSE_REASON_MAX);
    reason[WS_CLOSE_REASON_MAX] = '\0';
    for (unsigned code = 0; code <= 0xFFFF; code++) {
        unsigned char payload[WS_FRAME_CONTROL_MAX];
        base_bytes stream = BASE_BYTES_INIT;
        ws_transcript transcript;

        payload[0] = (unsigned char)(code >> 8);
        payload[1] = (unsigned char)code;
        memcpy(payload + 2, reason, WS_CLOSE_REASON_MAX);
        ws_stream_frame(&stream, 0x88, payload, sizeof(payload));
        snprintf(expected, sizeof(expected),
                 ws_close_valid(code)
                     ? "close %u %s\n"
                     : "fail 1002 Close with an invalid code\n",
                 code, reason);
        ws_transcript_init(&transcript, LIMIT);
        ws_stream_play(&transcript, stream.data, stream.len);
        assert_int_equal(transcript.text.len, strlen(expected));
        assert_memory_equal(transcript.text.data, expected, strlen(expected));
        ws_transcript_destroy(&transcript);
        base_bytes_free(&stream);
    }
}

/* A mixed conversation, cut in two at every place and in three at many. */
static void test_mixed_stream(void **state)
{
    static const char expected[] =
        "text one\nping\nping two\nbinary three\npong x\ntext "
        "gr\xC3\xBC\xC3\x9F"
        "e \xF0\x9F\x98\x80!\nclose 1001 off\n";
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    ws_stream_text(&stream, 0x81, "one");
    ws_stream_text(&stream, 0x89, "");
    ws_stream_text(&stream, 0x02, "th");
    ws_stream_text(&stream, 0x89, "two");
    ws_stream_text(&stream, 0x00, "");
    ws_stream_text(&stream, 0x80, "ree");
    ws_stream_text(&stream, 0x01, "gr\xC3\xBC\xC3");
    ws_stream_text(&stream, 0x8A, "x");
    ws_stream_text(&stream, 0x00,
                   "\x9F"
                   "e \xF0\x9F");
    ws_stream_text(&stream, 0x80, "\x98\x80!");
    ws_stream_text(&stream, 0x88,
                   "\x03\xE9"
                   "off");
    ws_stream_expect(&stream, LIMIT, expected);
    for (size_t one = 0; one <= stream.len; one++) {
        for (size_t two = one; two <= stream.len; two += 3) {
            ws_transcript transcript;

            ws_transcript_init(&transcript, LIMIT);
            ws_stream_play(&transcript, stream.data, one);
            ws_stream_play(&transcript, stream.data + one, two - one);
            ws_stream_play(&transcript, stream.data + two, stream.len - two);
            assert_int_equal(transcript.text.len, sizeof(expected) - 1);
            assert_memory_equal(transcript.text.data, expected,
                                sizeof(expected) - 1);
            ws_transcript_destroy(&transcript);
        }
    }
    base_bytes_free(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_frames),
        cmocka_unit_test(test_rfc_examples),
        cmocka_unit_test(test_long_frames),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_wrong_order),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_close_codes),
        cmocka_unit_test(test_mixed_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
