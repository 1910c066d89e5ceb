/* test_base_utf8.c - incremental UTF-8: a table of good and bad sequences, and
 * all short ones against a decoder that is written another way. Sequences are
 * fed whole, byte by byte, cut at every place, and end at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_utf8.h"
#include "guard_page.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define GOOD SIZE_MAX
#define CUT (SIZE_MAX - 1)

typedef struct {
    const char *bytes;
    size_t size;
    size_t bad; /* place of the first impossible byte; GOOD; or CUT when only
                   the end is missing */
} sequence;

static const sequence table[] = {
    { BYTES(""), GOOD },
    { BYTES("\0"), GOOD },
    { BYTES("plain text that is longer than a word"), GOOD },
    { BYTES("\x7F"), GOOD },
    { BYTES("\xC2\x80"), GOOD },
    { BYTES("\xDF\xBF"), GOOD },
    { BYTES("\xE0\xA0\x80"), GOOD },
    { BYTES("\xED\x9F\xBF"), GOOD },
    { BYTES("\xEE\x80\x80"), GOOD },
    { BYTES("\xEF\xBF\xBD"), GOOD },
    { BYTES("\xEF\xBF\xBF"), GOOD }, /* a noncharacter, yet well-formed */
    { BYTES("\xEF\xBB\xBF"
            "bom"),
      GOOD },
    { BYTES("\xF0\x90\x80\x80"), GOOD },
    { BYTES("\xF4\x8F\xBF\xBF"), GOOD },
    { BYTES("\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"), GOOD },
    { BYTES("\xE4\xBD\xA0\xE5\xA5\xBD, 12345678 \xF0\x9F\x98\x80"), GOOD },
    { BYTES("\x80"), 0 },
    { BYTES("\xBF"), 0 },
    { BYTES("\xC0\x80"), 0 },
    { BYTES("\xC1\xBF"), 0 },
    { BYTES("\xE0\x80\x80"), 1 },
    { BYTES("\xE0\x9F\xBF"), 1 },
    { BYTES("\xF0\x80\x80\x80"), 1 },
    { BYTES("\xF0\x8F\xBF\xBF"), 1 },
    { BYTES("\xED\xA0\x80"), 1 },
    { BYTES("\xED\xBF\xBF"), 1 },
    { BYTES("\xED\xA0\xBD\xED\xB8\x80"), 1 }, /* a pair of surrogates */
    { BYTES("\xF4\x90\x80\x80"), 1 },
    { BYTES("\xF5\x80\x80\x80"), 0 },
    { BYTES("\xF8\x88\x80\x80\x80"), 0 },
    { BYTES("\xFC\x84\x80\x80\x80\x80"), 0 },
    { BYTES("\xFE"), 0 },
    { BYTES("\xFF"), 0 },
    { BYTES("12345678\x80"), 8 },
    { BYTES("1234567\xC3\xBC\xC3"
            "9"),
      10 },
    { BYTES("\xC3\xC3"), 1 },
    { BYTES("\xE2\x82"
            "x"),
      2 },
    { BYTES("\xF0\x9F\x98"
            "x"),
      3 },
    { BYTES("\xC3\xBC\xBC"), 2 },
    { BYTES("\xC3"), CUT },
    { BYTES("\xE2"), CUT },
    { BYTES("\xE2\x82"), CUT },
    { BYTES("\xF0\x9F\x98"), CUT },
    { BYTES("12345678\xF4\x8F"), CUT },
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static bool feed(base_utf8 *state, const char *data, size_t size)
{
    bool good = base_utf8_feed(state, guard_page_copy(data, size), size);

    guard_page_free_all();
    return good;
}

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        base_utf8 utf8 = BASE_UTF8_INIT;
        bool possible = table[i].bad >= CUT;

        assert_int_equal(feed(&utf8, table[i].bytes, table[i].size), possible);
        if (possible) {
            assert_int_equal(base_utf8_complete(&utf8), table[i].bad == GOOD);
        }
        assert_int_equal(base_utf8_valid(table[i].bytes, table[i].size),
                         table[i].bad == GOOD);
    }
}

static void test_bytewise(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        base_utf8 utf8 = BASE_UTF8_INIT;
        size_t at = 0;

        while (at < table[i].size && feed(&utf8, table[i].bytes + at, 1)) {
            at++;
        }
        assert_int_equal(at, table[i].bad < CUT ? table[i].bad : table[i].size);
        if (at == table[i].size) {
            assert_int_equal(base_utf8_complete(&utf8), table[i].bad == GOOD);
        }
    }
}

static void test_cut_in_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t cut = 0; cut <= table[i].size; cut++) {
            base_utf8 utf8 = BASE_UTF8_INIT;
            bool good = feed(&utf8, table[i].bytes, cut);

            assert_int_equal(good, cut <= table[i].bad);
            if (good) {
                good = feed(&utf8, table[i].bytes + cut, table[i].size - cut);
                assert_int_equal(good, table[i].bad >= CUT);
            }
        }
    }
}

/* Decodes one code point and looks at its value (RFC 3629 section 3); returns
 * its size, or 0. */
static size_t decode(const unsigned char *at, size_t size)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t want = at[0] < 0x80             ? 1
                  : (at[0] & 0xE0) == 0xC0 ? 2
                  : (at[0] & 0xF0) == 0xE0 ? 3
                  : (at[0] & 0xF8) == 0xF0 ? 4
                                           : 0;
    uint32_t value;

    if (want == 0 || want > size) {
        return 0;
    }
    value = want == 1 ? at[0] : at[0] & (0xFFu >> (want + 1));
    for (size_t i = 1; i < want; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (at[i] & 0x3F);
    }
    return value < least[want] || value > 0x10FFFF
                   || (value >= 0xD800 && value <= 0xDFFF)
               ? 0
               : want;
}

static void compare(const unsigned char *bytes, size_t size)
{
    size_t at = 0;
    size_t step = 1;

    while (at < size && step > 0) {
        step = decode(bytes + at, size - at);
        at += step;
    }
    if (base_utf8_valid(bytes, size) != (at == size)) {
        fail_msg("%02x %02x %02x %02x, %zu bytes", bytes[0], bytes[1], bytes[2],
                 bytes[3], size);
    }
}

/* All sequences of up to 3 bytes that begin like a sequence, and of 4 bytes
 * around every border. */
static void test_against_a_decoder(void **state)
{
    static const unsigned char borders[] = { 0x00, 0x7F, 0x80, 0x8F, 0x90,
                                             0x9F, 0xA0, 0xBF, 0xC0, 0xFF };

    (void)state;
    for (uint32_t word = 0; word <= 0xFFFF; word++) {
        unsigned char bytes[4] = { (unsigned char)(word >> 8),
                                   (unsigned char)word, 0, 0 };

        compare(bytes, 1);
        compare(bytes, 2);
        for (size_t i = 0; i < sizeof(borders) * sizeof(borders); i++) {
            bytes[2] = borders[i / sizeof(borders)];
            bytes[3] = borders[i % sizeof(borders)];
            compare(bytes, 4);
        }
        for (unsigned third = 0; third <= 0xFF && bytes[0] >= 0xC0; third++) {
            bytes[2] = (unsigned char)third;
            compare(bytes, 3);
        }
    }
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    assert_int_equal(base_utf8_mark("\xEF\xBB\xBFx", 4), 3);
    assert_int_equal(base_utf8_mark("\xEF\xBB\xBF", 3), 3);
    assert_int_equal(base_utf8_mark("\xEF\xBB\xBF", 2), 0);
    assert_int_equal(base_utf8_mark("\xEF\xBB\xBEx", 4), 0);
    assert_int_equal(base_utf8_mark("x\xEF\xBB\xBF", 4), 0);
    assert_int_equal(base_utf8_mark(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_bytewise),
        cmocka_unit_test(test_cut_in_two),
        cmocka_unit_test(test_against_a_decoder),
        cmocka_unit_test(test_byte_order_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
