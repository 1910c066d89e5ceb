/* test_ws_reader.c - what the reader of one connection costs and when it says
 * what: limits, memory, copies, the earliest byte of a refusal, busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"
#include "ws/ws_close.h"
#include "ws/ws_message.h"
#include "ws_stream.h"

#define OVER "fail 1009 message over the limit\n"

/* `count` frames of `size` bytes each make one message. */
static void play_message(uint32_t limit, size_t count, size_t size,
                         const char *expected)
{
    static const char payload[64] = "0123456789";
    base_bytes stream = BASE_BYTES_INIT;

    assert_true(size < sizeof(payload));
    for (size_t i = 0; i < count; i++) {
        unsigned first = i == 0 ? 0x02 : 0x00;

        ws_stream_frame(&stream, first | (i + 1 == count ? 0x80 : 0), payload,
                        size);
    }
    ws_stream_expect(&stream, limit, expected);
    base_bytes_free(&stream);
}

static void test_limit(void **state)
{
    (void)state;
    play_message(10, 1, 10, "binary 0123456789\n");
    play_message(9, 1, 10, OVER);
    play_message(10, 2, 5, "binary 0123401234\n");
    play_message(9, 2, 5, OVER);
    play_message(10, 10, 1, "binary 0000000000\n");
    play_message(9, 10, 1, OVER);
    play_message(10, 10, 0, "binary\n");
    play_message(9, 10, 0, OVER);
    play_message(1, 1, 0, "binary\n");
    play_message(1, 1, 1, "binary 0\n");
    play_message(0, 1, 0, OVER);
    play_message(0, 1, 1, OVER);
}

/* The limit is one message's; control frames do not count. */
static void test_limit_starts_anew(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    ws_stream_text(&stream, 0x81, "0123");
    ws_stream_text(&stream, 0x01, "01");
    ws_stream_text(&stream, 0x89, "a longer ping");
    ws_stream_text(&stream, 0x80, "23");
    ws_stream_text(&stream, 0x81, "4567");
    ws_stream_text(&stream, 0x81, "01234");
    ws_stream_expect(&stream, 4,
                     "text 0123\nping a longer ping\ntext 0123\n"
                     "text 4567\n" OVER);
    base_bytes_free(&stream);
}

/* Announced lengths are refused at the header, without memory for them. */
static void test_announced_lengths(void **state)
{
    static const uint64_t lengths[] = {
        65537,      INT32_MAX,         UINT64_C(1) << 31,
        UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1,
        INT64_MAX,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        base_bytes stream = BASE_BYTES_INIT;

        ws_stream_header(&stream, 0x82, lengths[i]);
        ws_stream_expect(&stream, 65536, OVER);
        base_bytes_free(&stream);
        ws_stream_text(&stream, 0x02, "a");
        ws_stream_header(&stream, 0x80, lengths[i]);
        ws_stream_text(&stream, 0x81, "never read");
        ws_stream_expect(&stream, 65536, OVER);
        base_bytes_free(&stream);
    }
}

/* With the greatest limit of all: nothing overflows, and memory follows the
 * bytes that came. */
static void test_memory_follows_the_bytes(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    ws_transcript transcript;

    (void)state;
    ws_transcript_init(&transcript, UINT32_MAX);
    ws_stream_text(&stream, 0x02, "a");
    ws_stream_header(&stream, 0x80, UINT32_MAX - 1);
    base_bytes_append_text(&stream, "a few bytes");
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, 0);
    assert_int_equal(transcript.reader.bytes.len, 12);
    assert_in_range(transcript.reader.bytes.cap, 12, 64);
    ws_transcript_destroy(&transcript);

    ws_transcript_init(&transcript, UINT32_MAX);
    base_bytes_free(&stream);
    ws_stream_text(&stream, 0x02, "a");
    ws_stream_header(&stream, 0x80, UINT32_MAX);
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, strlen(OVER));
    ws_transcript_destroy(&transcript);
    base_bytes_free(&stream);
}

/* One message in each of many fragments of one byte: one run of memory, which
 * is given back. */
static void test_many_fragments(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    ws_transcript transcript;

    (void)state;
    ws_transcript_init(&transcript, 65536);
    ws_stream_text(&stream, 0x02, "x");
    for (size_t i = 1; i < 65536; i++) {
        ws_stream_text(&stream, 0x00, "x");
    }
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, 0);
    assert_int_equal(transcript.reader.bytes.cap, 65536);
    base_bytes_free(&stream);
    ws_stream_text(&stream, 0x80, "");
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, strlen(OVER));
    assert_int_equal(transcript.reader.bytes.cap, 0);
    ws_transcript_destroy(&transcript);
    base_bytes_free(&stream);
}

/* What comes in one piece is not copied; a fragmented message is, once. */
static void test_copies(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    ws_transcript transcript;

    (void)state;
    assert_true(sizeof(ws_message_reader) <= 56);
    ws_transcript_init(&transcript, 65536);
    ws_stream_text(&stream, 0x81, "one");
    ws_stream_text(&stream, 0x89, "two");
    ws_stream_text(&stream, 0x01, "");
    ws_stream_text(&stream, 0x80, "three");
    ws_stream_text(&stream, 0x82, "");
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.copied, 0);
    base_bytes_free(&stream);
    ws_stream_text(&stream, 0x01, "fo");
    ws_stream_text(&stream, 0x80, "ur");
    ws_stream_text(&stream, 0x88, "\x03\xE8");
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.copied, 1);
    ws_transcript_destroy(&transcript);
    base_bytes_free(&stream);
}

/* A reader may be given up in any state. */
static void test_destroy_unfinished(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    ws_stream_text(&stream, 0x01, "fragment");
    ws_stream_text(&stream, 0x89, "ping");
    for (size_t size = 0; size <= stream.len; size++) {
        ws_transcript transcript;

        ws_transcript_init(&transcript, 65536);
        ws_stream_play(&transcript, stream.data, size);
        ws_transcript_destroy(&transcript);
    }
    base_bytes_free(&stream);
}

/* Bad text in an unfinished frame of an unfinished message is refused with its
 * first impossible byte, and not before. */
static void test_refused_at_the_byte(void **state)
{
    static const struct {
        const char *payload;
        size_t good; /* bytes before the one that is refused */
    } rows[] = {
        { "\x80", 0 },
        { "abc\xFF", 3 },
        { "\xC0\x80", 0 },
        { "\xE0\x9F\x80", 1 },
        { "\xED\xA0\x80", 1 },
        { "\xF4\x90\x80\x80", 1 },
        { "\xF0\x9F\x98\x41", 3 },
        { "gr\xC3\xBC\xC3"
          "e",
          5 },
        { "0123456789abcdef\xC3", SIZE_MAX },
    };
    static const char reason[] = "fail 1007 text that is no UTF-8\n";

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].payload);
        base_bytes stream = BASE_BYTES_INIT;
        ws_transcript transcript;

        ws_transcript_init(&transcript, 65536);
        ws_stream_header(&stream, 0x01, 1000);
        ws_stream_play(&transcript, stream.data, stream.len);
        for (size_t k = 0; k < size; k++) {
            assert_int_equal(transcript.text.len,
                             k > rows[i].good ? sizeof(reason) - 1 : 0);
            ws_stream_play(&transcript, rows[i].payload + k, 1);
        }
        assert_int_equal(transcript.text.len,
                         rows[i].good < size ? sizeof(reason) - 1 : 0);
        ws_transcript_destroy(&transcript);
        base_bytes_free(&stream);
    }
}

static void test_text_across_fragments(void **state)
{
    static const char grin[] = "\xF0\x9F\x98\x80";
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    for (size_t cut = 0; cut <= 4; cut++) {
        ws_stream_frame(&stream, 0x01, grin, cut);
        ws_stream_frame(&stream, 0x80, grin + cut, 4 - cut);
    }
    ws_stream_expect(&stream, 100,
                     "text \xF0\x9F\x98\x80\ntext \xF0\x9F\x98\x80\n"
                     "text \xF0\x9F\x98\x80\ntext \xF0\x9F\x98\x80\n"
                     "text \xF0\x9F\x98\x80\n");
    base_bytes_free(&stream);
    for (size_t size = 1; size < 4; size++) {
        ws_stream_text(&stream, 0x81, "good");
        ws_stream_frame(&stream, 0x81, grin, size);
        ws_stream_expect(&stream, 100,
                         "text good\n"
                         "fail 1007 text that ends inside a character\n");
        base_bytes_free(&stream);
        ws_stream_frame(&stream, 0x01, grin, size);
        ws_stream_text(&stream, 0x80, "");
        ws_stream_expect(&stream, 100,
                         "fail 1007 text that ends inside a character\n");
        base_bytes_free(&stream);
        ws_stream_frame(&stream, 0x01, grin, size);
        ws_stream_text(&stream, 0x80, "x");
        ws_stream_expect(&stream, 100, "fail 1007 text that is no UTF-8\n");
        base_bytes_free(&stream);
    }
}

/* Reasons are refused at the byte, too. */
static void test_close_refused_at_the_byte(void **state)
{
    static const char payload[] = "\x03\xE8"
                                  "ok\xC3\x28";
    base_bytes stream = BASE_BYTES_INIT;
    ws_transcript transcript;

    (void)state;
    ws_transcript_init(&transcript, 65536);
    ws_stream_header(&stream, 0x88, 100);
    base_bytes_append(&stream, payload, 5);
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, 0);
    ws_stream_play(&transcript, payload + 5, 1);
    assert_memory_equal(transcript.text.data, "fail 1007 ", 10);
    ws_transcript_destroy(&transcript);
    base_bytes_free(&stream);

    ws_transcript_init(&transcript, 65536);
    ws_stream_header(&stream, 0x88, 100);
    base_bytes_append(&stream, "\x03", 1);
    ws_stream_play(&transcript, stream.data, stream.len);
    assert_int_equal(transcript.text.len, 0);
    ws_stream_play(&transcript, "\xED", 1);
    assert_memory_equal(transcript.text.data, "fail 1002 ", 10);
    ws_transcript_destroy(&transcript);
    base_bytes_free(&stream);
}

/* True after the first byte of a message and until its last; a ping inside
 * does not end it. */
static void test_busy(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    ws_message_reader reader;
    size_t open;
    size_t used;

    (void)state;
    ws_message_init(&reader, 65536, 0);
    assert_false(ws_message_busy(&reader));
    assert_int_equal(ws_message_feed(&reader, NULL, NULL, 0, &used).kind,
                     WS_MESSAGE_NONE);
    ws_stream_text(&stream, 0x01, "fragment");
    ws_stream_text(&stream, 0x89, "p");
    open = stream.len;
    ws_stream_text(&stream, 0x80, "s");
    for (size_t i = 0; i < stream.len; i++) {
        ws_message_event event =
            ws_message_feed(&reader, NULL, stream.data + i, 1, &used);

        assert_int_equal(event.kind, i + 1 == open        ? WS_MESSAGE_PING
                                     : i + 1 < stream.len ? WS_MESSAGE_NONE
                                                          : WS_MESSAGE_TEXT);
        assert_int_equal(ws_message_busy(&reader), i + 1 < stream.len);
    }
    assert_int_equal(ws_message_feed(&reader, NULL, NULL, 0, &used).kind,
                     WS_MESSAGE_NONE);
    assert_null(reader.bytes.data);
    base_bytes_free(&stream);
    ws_stream_text(&stream, 0x01, "fragment");
    ws_stream_text(&stream, 0x83, "");
    assert_int_equal(
        ws_message_feed(&reader, NULL, stream.data, stream.len, &used).kind,
        WS_MESSAGE_FAIL);
    assert_false(ws_message_busy(&reader));
    ws_message_destroy(&reader);
    base_bytes_free(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_starts_anew),
        cmocka_unit_test(test_announced_lengths),
        cmocka_unit_test(test_memory_follows_the_bytes),
        cmocka_unit_test(test_many_fragments),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_destroy_unfinished),
        cmocka_unit_test(test_refused_at_the_byte),
        cmocka_unit_test(test_text_across_fragments),
        cmocka_unit_test(test_close_refused_at_the_byte),
        cmocka_unit_test(test_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
