/* test_ws_deflate.c - compressing and inflating whole messages; zlib itself,
 * with a window of the size that was agreed on, is the oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/base_bytes.h"
#include "guard_page.h"
#include "ws/ws_deflate.h"
#include "ws/ws_inflate.h"

#define WINDOW 32768
#define PARTS 4

static const unsigned char cut_off[] = { 0x00, 0x00, 0xFF, 0xFF };

/* Appends a piece as zlib compresses it, in one or another kind of block, and
 * ended by a flush or as a whole stream. */
static void deflate_piece(base_bytes *out, const void *data, size_t size,
                          int level, int strategy, int flush)
{
    z_stream stream = { 0 };

    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, -15, 9, strategy),
                     Z_OK);
    base_bytes_reserve(out, deflateBound(&stream, size) + 64);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = out->data + out->len;
    stream.avail_out = (uInt)(out->cap - out->len);
    (void)deflate(&stream, flush);
    out->len = out->cap - stream.avail_out;
    deflateEnd(&stream);
}

/* A message as its sender writes it. */
static base_bytes packed(const void *data, size_t size, int level, int strategy)
{
    base_bytes out = BASE_BYTES_INIT;

    deflate_piece(&out, data, size, level, strategy, Z_SYNC_FLUSH);
    assert_memory_equal(out.data + out.len - 4, cut_off, 4);
    out.len -= 4;
    return out;
}

static ws_inflate_result run(ws_inflater *inflater, const void *data,
                             size_t size, size_t most,
                             const unsigned char **out, size_t *out_size)
{
    ws_inflate_result result = ws_inflate_message(
        inflater, guard_page_copy(data, size), size, most, out, out_size);

    guard_page_free_all();
    return result;
}

static void expect(ws_inflater *inflater, const base_bytes *message,
                   const void *data, size_t size)
{
    const unsigned char *out;
    size_t out_size;

    assert_int_equal(run(inflater, message->data, message->len, size, &out,
                         &out_size),
                     WS_INFLATE_OK);
    assert_int_equal(out_size, size);
    assert_memory_equal(out, data, size);
    if (size > 0) {
        assert_int_equal(run(inflater, message->data, message->len, size - 1,
                             &out, &out_size),
                         WS_INFLATE_LONG);
        assert_int_equal(out_size, size);
    }
}

static unsigned char *sample(size_t size, unsigned kind)
{
    static const unsigned char words[] = "lorem ipsum dolor ";
    unsigned char *data = malloc(size + 1);
    uint32_t seed = 1;

    assert_non_null(data);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = (unsigned char)(kind == 0   ? 'x'
                                  : kind == 1 ? words[i % sizeof(words)]
                                  : kind == 2 ? seed >> 24
                                              : 'a' + (seed >> 28));
    }
    return data;
}

static void test_every_kind_of_block(void **state)
{
    static const size_t sizes[] = { 0, 1, 100, 1023, 1024, 1025, 70000 };
    ws_inflater *inflater = ws_inflate_create();

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        for (unsigned kind = 0; kind < 4; kind++) {
            unsigned char *data = sample(sizes[i], kind);

            for (int form = 0; form < 4; form++) {
                base_bytes message = packed(
                    data, sizes[i], form == 0 ? 0 : form == 1 ? 1 : 9,
                    form == 3 ? Z_FIXED : Z_DEFAULT_STRATEGY);

                expect(inflater, &message, data, sizes[i]);
                base_bytes_free(&message);
            }
            free(data);
        }
    }
    ws_inflate_destroy(inflater);
}

/* RFC 7692 7.2.3.6: an empty message is one byte of zero. No bytes at all are
 * no stream. */
static void test_empty(void **state)
{
    ws_inflater *inflater = ws_inflate_create();
    const unsigned char *out = NULL;
    size_t size;

    (void)state;
    assert_int_equal(run(inflater, "\0", 1, 0, &out, &size), WS_INFLATE_OK);
    assert_int_equal(size, 0);
    assert_non_null(out);
    assert_int_equal(run(inflater, "", 0, 100, &out, &size), WS_INFLATE_BAD);
    ws_inflate_destroy(inflater);
}

/* RFC 7692 7.2.3.4: streams with a last block, one behind the other; the last
 * one may end the message, or a byte of zero behind it, or a flush. */
static void test_last_blocks(void **state)
{
    static const char *const ends[] = { "", "\0" };
    ws_inflater *inflater = ws_inflate_create();
    base_bytes message = BASE_BYTES_INIT;

    (void)state;
    for (size_t parts = 1; parts <= PARTS; parts++) {
        for (size_t end = 0; end < 2; end++) {
            message.len = 0;
            for (size_t i = 0; i < parts; i++) {
                deflate_piece(&message, "Hello", 5, 6, Z_DEFAULT_STRATEGY,
                              Z_FINISH);
            }
            base_bytes_append(&message, ends[end], end);
            expect(inflater, &message, "HelloHelloHelloHello", parts * 5);
        }
    }
    deflate_piece(&message, "!", 1, 6, Z_DEFAULT_STRATEGY, Z_SYNC_FLUSH);
    message.len -= 4;
    base_bytes_free(&message);
    ws_inflate_destroy(inflater);
}

/* The second stream points back into what the first one made, across the end
 * of the window too. */
static void test_back_over_a_last_block(void **state)
{
    static const size_t sizes[] = { 300, WINDOW, 3 * WINDOW + 17 };
    ws_inflater *inflater = ws_inflate_create();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned char *data = sample(sizes[i] + 258, 2);
        base_bytes message = BASE_BYTES_INIT;
        z_stream stream = { 0 };
        size_t window = sizes[i] < WINDOW ? sizes[i] : WINDOW;

        memcpy(data + sizes[i], data + sizes[i] - 270, 258);
        deflate_piece(&message, data, sizes[i], 6, Z_DEFAULT_STRATEGY,
                      Z_FINISH);
        assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9,
                                      Z_DEFAULT_STRATEGY),
                         Z_OK);
        deflateSetDictionary(&stream, data + sizes[i] - window, (uInt)window);
        base_bytes_reserve(&message, 1024);
        stream.next_in = data + sizes[i];
        stream.avail_in = 258;
        stream.next_out = message.data + message.len;
        stream.avail_out = 1024;
        assert_int_equal(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
        assert_in_range(1024 - stream.avail_out, 5, 30); /* it does */
        message.len += 1024 - stream.avail_out - 4;
        deflateEnd(&stream);
        expect(inflater, &message, data, sizes[i] + 258);
        base_bytes_free(&message);
        free(data);
    }
    ws_inflate_destroy(inflater);
}

/* Streams without number would each cost a copy of the window. */
static void test_too_many_streams(void **state)
{
    ws_inflater *inflater = ws_inflate_create();
    base_bytes message = BASE_BYTES_INIT;
    const unsigned char *out;
    size_t size;

    (void)state;
    for (int i = 0; i < 30000; i++) {
        base_bytes_append(&message, "\x03\x00", 2);
    }
    assert_int_equal(run(inflater, message.data, message.len, 65536, &out,
                         &size),
                     WS_INFLATE_BAD);
    base_bytes_free(&message);
    ws_inflate_destroy(inflater);
}

/* What ends inside of a block was cut; what ends between two is a message. */
static void test_cut_at_each_byte(void **state)
{
    ws_inflater *inflater = ws_inflate_create();
    unsigned char *data = sample(2000, 3);
    base_bytes message = packed(data, 2000, 6, Z_DEFAULT_STRATEGY);
    const unsigned char *out;
    size_t size;
    size_t good = 0;

    (void)state;
    for (size_t cut = 0; cut < message.len; cut++) {
        good += run(inflater, message.data, cut, 2000, &out, &size)
                == WS_INFLATE_OK;
    }
    assert_int_equal(good, 0);
    expect(inflater, &message, data, 2000);
    base_bytes_free(&message);
    free(data);
    ws_inflate_destroy(inflater);
}

static void test_bad_streams(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        { "\x07", 1 },               /* a kind of block that there is not */
        { "\xFF\xFF\xFF\xFF", 4 },
        { "\x00\x05\x00\xFF\xFF", 5 }, /* a stored one, lengths differ */
        { "\x02", 1 },               /* a fixed one that is cut */
        { "\x4B\x04\x11\x00", 4 },   /* points in front of the beginning */
        { "\x04\x00", 2 },           /* a table that is cut */
    };
    ws_inflater *inflater = ws_inflate_create();
    const unsigned char *out;
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (run(inflater, bad[i].bytes, bad[i].size, 1000, &out, &size)
            != WS_INFLATE_BAD) {
            fail_msg("stream %zu is taken", i);
        }
    }
    ws_inflate_destroy(inflater);
}

/* A thousand times the limit: nothing is made beyond it, and what was made is
 * given back. */
static void test_bomb(void **state)
{
    size_t most = 65536;
    ws_inflater *inflater = ws_inflate_create();
    unsigned char *data = sample(1000 * most, 0);
    base_bytes message = packed(data, 1000 * most, 9, Z_DEFAULT_STRATEGY);
    const unsigned char *out;
    size_t size;
    uint64_t before = ws_inflate_spent(inflater);

    (void)state;
    assert_int_equal(run(inflater, message.data, message.len, most, &out,
                         &size),
                     WS_INFLATE_LONG);
    assert_int_equal(size, most + 1);
    assert_int_equal(ws_inflate_spent(inflater) - before, 8 * message.len);
    expect(inflater, &message, data, 1000 * most);
    ws_inflate_tidy(inflater);
    base_bytes_free(&message);
    free(data);
    ws_inflate_destroy(inflater);
}

/* ------------------------------------------------------------ compressing */

/* With a window of that size zlib refuses what points back further. */
static void check_window(const unsigned char *data, size_t size,
                         const unsigned char *message, size_t message_size,
                         unsigned bits)
{
    z_stream stream = { 0 };
    unsigned char *out = malloc(size + 1);

    assert_non_null(out);
    assert_int_equal(inflateInit2(&stream, -(int)bits), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)message;
    stream.avail_in = (uInt)message_size;
    stream.next_out = out;
    stream.avail_out = (uInt)size + 1;
    assert_int_equal(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    assert_int_equal(stream.avail_in, 0);
    assert_int_equal(stream.avail_out, 1);
    assert_memory_equal(out, data, size);
    inflateEnd(&stream);
    free(out);
}

static void test_round_trips(void **state)
{
    static const size_t sizes[] = { 30, 300, 1000, 8000, 70000, 300000 };
    ws_inflater *inflater = ws_inflate_create();

    (void)state;
    for (unsigned bits = 9; bits <= 15; bits++) {
        ws_deflater *deflater = ws_deflate_create(bits);

        for (size_t i = 0; i < 6; i++) {
            for (unsigned kind = 0; kind < 4; kind++) {
                unsigned char *data = sample(sizes[i], kind);
                base_bytes out = BASE_BYTES_INIT;

                base_bytes_reserve(&out, sizes[i] + WS_DEFLATE_EXTRA);
                out.len =
                    ws_deflate_message(deflater, data, sizes[i], out.data);
                assert_true(out.len < sizes[i]);
                assert_true(kind != 2 || out.len == 0); /* it is noise */
                assert_true(kind == 2 || out.len > 0 || sizes[i] == 30);
                if (out.len > 0) {
                    check_window(data, sizes[i], out.data, out.len, bits);
                    expect(inflater, &out, data, sizes[i]);
                }
                base_bytes_free(&out);
                free(data);
            }
        }
        ws_deflate_destroy(deflater);
    }
    ws_inflate_destroy(inflater);
}

/* One message never knows of another. */
static void test_no_context(void **state)
{
    ws_deflater *deflater = ws_deflate_create(15);
    unsigned char *data = sample(1000, 3);
    unsigned char first[1000 + WS_DEFLATE_EXTRA];
    unsigned char second[1000 + WS_DEFLATE_EXTRA];
    size_t size = ws_deflate_message(deflater, data, 1000, first);

    (void)state;
    assert_in_range(size, 100, 999);
    assert_int_equal(ws_deflate_message(deflater, data, 1000, second), size);
    assert_memory_equal(first, second, size);
    free(data);
    ws_deflate_destroy(deflater);
}

/* `out` has just the room that it was promised, and what does not get shorter
 * is told. */
static void test_what_does_not_get_shorter(void **state)
{
    ws_deflater *deflater = ws_deflate_create(15);

    (void)state;
    for (size_t size = 0; size < 200; size++) {
        unsigned char *data = sample(size, 2);
        unsigned char *out = malloc(size + WS_DEFLATE_EXTRA);

        assert_int_equal(ws_deflate_message(deflater, data, size, out), 0);
        memset(data, 'x', size);
        assert_true(ws_deflate_message(deflater, data, size, out)
                    <= (size > 0 ? size - 1 : 0));
        free(out);
        free(data);
    }
    ws_deflate_destroy(deflater);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_block),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_last_blocks),
        cmocka_unit_test(test_back_over_a_last_block),
        cmocka_unit_test(test_too_many_streams),
        cmocka_unit_test(test_cut_at_each_byte),
        cmocka_unit_test(test_bad_streams),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_no_context),
        cmocka_unit_test(test_what_does_not_get_shorter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
