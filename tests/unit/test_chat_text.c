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
    assert_int_equal(verdict_of("\xE2\x80\x8B", 3, LIMIT), CHAT_OK);
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
        cmocka_unit_test(test_limit_is_allowed_and_one_more_is_not),
        cmocka_unit_test(test_quote_bytes),
        cmocka_unit_test(test_quote_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
