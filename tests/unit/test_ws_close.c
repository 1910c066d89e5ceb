/* test_ws_close.c - close codes and the Close frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_utf8.h"
#include "guard_page.h"
#include "ws/ws_close.h"

/* RFC 6455 section 7.4 and the registry: runs of codes, and whether a Close
 * frame may carry them. */
static void test_valid_codes(void **state)
{
    static const struct {
        unsigned first;
        unsigned last;
        bool valid;
    } runs[] = {
        { 0, 999, false },      { 1000, 1003, true },     { 1004, 1006, false },
        { 1007, 1014, true },   { 1015, 2999, false },    { 3000, 4999, true },
        { 5000, 65535, false }, { 65536, 200000, false },
    };
    unsigned next = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        assert_int_equal(runs[i].first, next);
        for (; next <= runs[i].last; next++) {
            assert_int_equal(ws_close_valid(next), runs[i].valid);
        }
    }
}

static void test_table(void **state)
{
    static const struct {
        unsigned code;
        const char *name;
    } rows[] = {
        { 1000, "normal" },         { 1001, "going_away" },
        { 1002, "protocol_error" }, { 1003, "unsupported" },
        { 1005, "no_status" },      { 1006, "abnormal" },
        { 1007, "bad_data" },       { 1008, "policy" },
        { 1009, "too_big" },        { 1010, "need_extension" },
        { 1011, "internal" },       { 1012, "restart" },
        { 1013, "try_later" },      { 1014, "bad_gateway" },
        { 3000, "private" },        { 4999, "private" },
        { 0, "unknown" },           { 999, "unknown" },
        { 1004, "unknown" },        { 1015, "unknown" },
        { 2999, "unknown" },        { 5000, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(ws_close_name(rows[i].code), rows[i].name);
    }
}

static void test_sentences_fit_a_close_frame(void **state)
{
    (void)state;
    for (unsigned code = 0; code <= 5000; code++) {
        const char *sentence = ws_close_sentence(code);
        size_t size = strlen(sentence);

        assert_in_range(size, 1, WS_CLOSE_REASON_MAX);
        assert_true(base_utf8_valid(sentence, size));
        assert_int_equal(sentence[size - 1], '.');
    }
}

static void test_write(void **state)
{
    char longest[WS_CLOSE_REASON_MAX + 1];
    unsigned char zeros[WS_CLOSE_FRAME_MAX] = { 0 };
    unsigned char *out = guard_page_copy(zeros, sizeof(zeros));

    (void)state;
    memset(longest, 'x', WS_CLOSE_REASON_MAX);
    longest[WS_CLOSE_REASON_MAX] = '\0';
    assert_int_equal(ws_close_write(out, WS_CLOSE_NO_STATUS, NULL), 2);
    assert_memory_equal(out, "\x88\x00", 2);
    assert_int_equal(ws_close_write(out, WS_CLOSE_NORMAL, NULL), 4);
    assert_memory_equal(out, "\x88\x02\x03\xE8", 4);
    assert_int_equal(ws_close_write(out, 4999, ""), 4);
    assert_memory_equal(out, "\x88\x02\x13\x87", 4);
    assert_int_equal(ws_close_write(out, WS_CLOSE_RESTART, "bye"), 7);
    assert_memory_equal(out,
                        "\x88\x05\x03\xF4"
                        "bye",
                        7);
    assert_int_equal(ws_close_write(out, WS_CLOSE_TOO_BIG, longest),
                     WS_CLOSE_FRAME_MAX);
    assert_memory_equal(out, "\x88\x7D\x03\xF1xxx", 7);
    guard_page_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_codes),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sentences_fit_a_close_frame),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
