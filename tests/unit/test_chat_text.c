/* test_chat_text.c - the rules of a message's text, and JSON strings. */
#include "test_chat.h"

#include "chat/chat_text.h"

#define LIMIT 8192

static chat_error verdict_of(const void *text, size_t size, size_t limit)
{
    base_bytes bytes = BASE_BYTES_INIT;
    chat_error error;

    base_bytes_append(&bytes, text, size);
    error = chat_text_check(&bytes, limit);
    base_bytes_free(&bytes);
    return error;
}

static void test_line_ends(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        chat_error error;
    } cases[] = {
        { "a", "a", CHAT_OK },
        { "a\nb", "a\nb", CHAT_OK },
        { "a\r\nb", "a\nb", CHAT_OK },
        { "a\r\n\r\nb\r\n", "a\n\nb\n", CHAT_OK },
        { "\r\na", "\na", CHAT_OK },
        { "a\rb", "a\rb", CHAT_BAD_TEXT },
        { "a\r", "a\r", CHAT_BAD_TEXT },
        { "a\r\r\nb", "a\r\nb", CHAT_BAD_TEXT },
        { "\r\n", "\n", CHAT_EMPTY },
    };
    base_bytes text = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        base_bytes_append_text(&text, cases[i].from);
        assert_int_equal(chat_text_check(&text, LIMIT), cases[i].error);
        check_bytes(&text, cases[i].to);
    }
}

static void test_control_characters(void **state)
{
    char text[8] = "a";
    size_t size;
    chat_error expected;

    (void)state;
    for (uint32_t point = 0; point < 0x300; point++) {
        size = 1 + put_point(text + 1, point);
        text[size++] = 'b';
        expected = (point < 0x20 && point != '\t' && point != '\n')
                           || (point >= 0x7F && point < 0xA0)
                       ? CHAT_BAD_TEXT
                       : CHAT_OK;
        assert_int_equal(verdict_of(text, size, LIMIT), expected);
        assert_int_equal(chat_text_has_control(text, size),
                         point < 0x20 || (point >= 0x7F && point < 0xA0));
    }
}

static void test_only_white_space_is_empty(void **state)
{
    static const uint32_t spaces[] = {
        '\t',   '\n',   ' ',    0xA0,   0x1680, 0x2000, 0x2001,
        0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
        0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
    };
    char text[16];
    size_t size;

    (void)state;
    assert_int_equal(verdict_of("", 0, LIMIT), CHAT_EMPTY);
    for (size_t i = 0; i < COUNT(spaces); i++) {
        size = put_point(text, spaces[i]);
        size += put_point(text + size, spaces[i]);
        assert_int_equal(verdict_of(text, size, LIMIT), CHAT_EMPTY);
        text[size] = '.';
        assert_int_equal(verdict_of(text, size + 1, LIMIT), CHAT_OK);
    }
    assert_int_equal(verdict_of(" \t\n\xE3\x80\x80\xC2\xA0 ", 9, LIMIT),
                     CHAT_EMPTY);
}

/* Every code point by itself, with a blank before and after it: what must be
 * empty, by the ranges of DerivedCoreProperties.txt, PropList.txt and what is
 * blank by its nature. */
static void test_nothing_but_invisible_characters_is_empty(void **state)
{
    static const struct {
        uint32_t from;
        uint32_t to;
    } invisible[] = {
        { 0xAD, 0xAD },       { 0x34F, 0x34F },     { 0x61C, 0x61C },
        { 0x115F, 0x1160 },   { 0x17B4, 0x17B5 },   { 0x180B, 0x180F },
        { 0x200B, 0x200F },   { 0x202A, 0x202E },   { 0x2060, 0x206F },
        { 0x2800, 0x2800 },   { 0x3164, 0x3164 },   { 0xFDD0, 0xFDEF },
        { 0xFE00, 0xFE0F },   { 0xFEFF, 0xFEFF },   { 0xFFA0, 0xFFA0 },
        { 0xFFF0, 0xFFFB },   { 0xFFFE, 0xFFFF },   { 0x13430, 0x13442 },
        { 0x1BCA0, 0x1BCA3 }, { 0x1D159, 0x1D159 }, { 0x1D173, 0x1D17A },
        { 0x1FFFE, 0x1FFFF }, { 0xE0000, 0xE0FFF }, { 0x10FFFE, 0x10FFFF },
        /* marks without a letter */
        { 0x300, 0x36F },     { 0x20D0, 0x20F0 },
    };
    char text[32] = " ";
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT(invisible); i++) {
        for (uint32_t at = invisible[i].from; at <= invisible[i].to; at++) {
            size = 1 + put_point(text + 1, at);
            size += put_point(text + size, 0x200B);
            size += put_point(text + size, at);
            if (verdict_of(text + 1, size - 1, LIMIT) != CHAT_EMPTY
                || verdict_of(text, size, LIMIT) != CHAT_EMPTY) {
                fail_msg("not empty: U+%04X", (unsigned)at);
            }
            text[size] = '.';
            assert_int_equal(verdict_of(text, size + 1, LIMIT), CHAT_OK);
        }
    }
}

static void test_ascii_is_visible(void **state)
{
    char text[2] = " ";

    (void)state;
    for (text[1] = '!'; text[1] <= '~'; text[1]++) {
        assert_int_equal(verdict_of(text, 2, LIMIT), CHAT_OK);
        assert_int_equal(verdict_of(text + 1, 1, LIMIT), CHAT_OK);
    }
}

static void test_one_visible_character_is_enough(void **state)
{
    static const char *const texts[] = {
        /* emoji: joined, styled, with a skin tone, keycaps, flags, tags */
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
        "\xE2\x9D\xA4\xEF\xB8\x8F", "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
        "1\xEF\xB8\x8F\xE2\x83\xA3", "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
        ("\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2"
         "\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF"),
        /* Persian with ZWNJ, Arabic marks and number signs, Sinhala with ZWJ */
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0628\u0651",
        "\u0600", "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        /* a vowel sign that takes its own space, private use, not yet known */
        "\u093e", "\xEE\x80\x80", "\xF0\x9F\xAB\xBF", "\xEF\xBF\xBC",
        "\xEF\xBF\xBD", "\xE2\xA0\x81", "\u3131", ".", "\xC2\xA8",
    };
    base_bytes text = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        base_bytes_append_text(&text, " \xE2\x80\x8B");
        base_bytes_append_text(&text, texts[i]);
        base_bytes_append_text(&text, "\xE2\x80\x8B\n");
        assert_int_equal(chat_text_check(&text, LIMIT), CHAT_OK);
        assert_int_equal(text.len, 8 + strlen(texts[i]));
        assert_memory_equal(text.data + 4, texts[i], strlen(texts[i]));
        text.len = 0;
    }
    base_bytes_free(&text);
}

static void test_limit_is_allowed_and_one_more_is_not(void **state)
{
    char text[64];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(verdict_of(text, 32, 32), CHAT_OK);
    assert_int_equal(verdict_of(text, 33, 32), CHAT_TOO_LONG);
    /* U+1F600 at the border: refused whole, never cut */
    memcpy(text + 28, "\xF0\x9F\x98\x80", 4);
    assert_int_equal(verdict_of(text, 32, 32), CHAT_OK);
    assert_int_equal(verdict_of(text, 32, 31), CHAT_TOO_LONG);
    /* counted after CR LF became LF */
    memcpy(text + 30, "\r\n", 2);
    assert_int_equal(verdict_of(text, 32, 31), CHAT_OK);
    assert_int_equal(verdict_of(text, 32, 30), CHAT_TOO_LONG);
    /* too long comes first */
    memset(text, ' ', sizeof(text));
    text[3] = '\x01';
    assert_int_equal(verdict_of(text, 33, 32), CHAT_TOO_LONG);
    assert_int_equal(verdict_of(text, 32, 32), CHAT_BAD_TEXT);
}

static void test_quote_bytes(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        { "", "\"\"" },
        { "hi", "\"hi\"" },
        { "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
        { "<b>&amp;", "\"\\u003cb\\u003e\\u0026amp;\"" },
        { "</script>", "\"\\u003c/script\\u003e\"" },
        { "a\tb\nc\rd", "\"a\\tb\\nc\\u000dd\"" },
        { "\x01\x1F\x7F", "\"\\u0001\\u001f\\u007f\"" },
        { "\xC2\x80\xC2\x85\xC2\x9F\xC2\xA0",
          "\"\\u0080\\u0085\\u009f\xC2\xA0\"" },
        { "\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA",
          "\"\xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA\"" },
        { "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
          "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
    };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        chat_text_quote(&out, cases[i].text, strlen(cases[i].text));
        check_bytes(&out, cases[i].json);
    }
}

/* What was quoted comes back as it was, and nothing in the JSON could end a
 * line or open markup. */
static void quote_and_parse(uint32_t point)
{
    base_bytes out = BASE_BYTES_INIT;
    char text[8] = "x";
    size_t size = 1 + put_point(text + 1, point);
    json_t *value;

    chat_text_quote(&out, text, size);
    assert_false(chat_text_has_control(out.data, out.len));
    assert_null(memmem(out.data, out.len, "\xE2\x80\xA8", 3));
    assert_null(memmem(out.data, out.len, "\xE2\x80\xA9", 3));
    for (size_t i = 0; i < out.len; i++) {
        assert_null(memchr("<>&", out.data[i], 3));
    }
    value = parsed(&out);
    check_string(value, text, size);
    json_decref(value);
    base_bytes_free(&out);
}

static void test_quote_characters(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x3000; point++) {
        quote_and_parse(point);
    }
    for (uint32_t point = 0x1F600; point < 0x1F700; point++) {
        quote_and_parse(point);
    }
    quote_and_parse(0xFEFF);
    quote_and_parse(0xFFFF);
    quote_and_parse(0x10FFFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_only_white_space_is_empty),
        cmocka_unit_test(test_nothing_but_invisible_characters_is_empty),
        cmocka_unit_test(test_ascii_is_visible),
        cmocka_unit_test(test_one_visible_character_is_enough),
        cmocka_unit_test(test_limit_is_allowed_and_one_more_is_not),
        cmocka_unit_test(test_quote_bytes),
        cmocka_unit_test(test_quote_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
