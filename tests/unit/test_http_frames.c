/* test_http_frames.c - whose the frames of HTTP/2 are, in whatever pieces they
 * come. */
#include "test_http.h"

#include "http/http_frames.h"

/* HEADERS of stream 1 with 3 bytes, an empty SETTINGS, DATA of stream 1 with 2
 * bytes that ends it; the reserved bit of a stream counts for nothing. */
static const unsigned char sample[] = {
    0, 0, 3, 1, 4, 0x80, 0, 0, 1, 'a', 'b', 'c',
    0, 0, 0, 4, 0, 0, 0, 0, 0,
    0, 0, 2, 0, 1, 0, 0, 0, 1, 'd', 'e',
};

typedef struct {
    size_t bytes[2]; /* of the connection itself, and of stream 1 */
    unsigned begun;
    unsigned ended;
    unsigned end_streams;
} seen;

/* Feeds all in pieces of `piece` bytes; payloads without looking at them. */
static seen feed(http_frames *frames, const unsigned char *data, size_t size,
                 size_t piece)
{
    seen found = { { 0, 0 }, 0, 0, 0 };

    for (size_t at = 0; at < size;) {
        size_t most = size - at < piece ? size - at : piece;
        http_frames_step step = frames->skip > 0
                                    ? http_frames_pass(frames, most)
                                    : http_frames_take(frames, data + at, most);

        assert_in_range(step.used, 1, most);
        assert_in_range(step.stream, 0, 1);
        found.bytes[step.stream] += step.size;
        found.begun += step.begins;
        found.ended += step.ends;
        found.end_streams += step.ends && step.type == HTTP_FRAME_DATA
                             && (step.flags & HTTP_FRAME_END_STREAM);
        at += step.used;
    }
    return found;
}

static void in_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof(sample); piece++) {
        http_frames frames = { 0 };
        seen found = feed(&frames, sample, sizeof(sample), piece);

        assert_int_equal(found.bytes[0], 9);
        assert_int_equal(found.bytes[1], 12 + 11);
        assert_int_equal(found.begun, 3);
        assert_int_equal(found.ended, 3);
        assert_int_equal(found.end_streams, 1);
    }
}

static void behind_a_preface(void **state)
{
    http_frames frames = { .skip = sizeof(HTTP_FRAMES_PREFACE) - 1 };
    seen found;

    (void)state;
    assert_int_equal(frames.skip, 24);
    (void)feed(&frames, (const void *)HTTP_FRAMES_PREFACE, 24, 5);
    found = feed(&frames, sample, sizeof(sample), 7);
    assert_int_equal(found.bytes[1], 23);
}

/* Nothing is known of a header that has not come to its end. */
static void half_a_header(void **state)
{
    http_frames frames = { 0 };
    http_frames_step step;

    (void)state;
    step = http_frames_take(&frames, sample, 8);
    assert_int_equal(step.used, 8);
    assert_int_equal(step.size, 0);
    assert_false(step.begins);
    step = http_frames_take(&frames, sample + 8, sizeof(sample) - 8);
    assert_int_equal(step.used, 1);
    assert_int_equal(step.size, 9);
    assert_true(step.begins);
    assert_false(step.ends);
    assert_int_equal(step.stream, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(behind_a_preface),
        cmocka_unit_test(half_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
