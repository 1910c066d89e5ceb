/* test_chat_name.c - which names are good, and which are the same. */
#include "test_chat.h"

#include "chat/chat_name.h"
#include "chat/chat_person.h"

static const char *const good[] = {
    "a",
    "7",
    "Ann",
    "Ann Lee",
    "O'Brien-Smith",
    "j.r_99",
    "(Bob)",
    /* Latin, Vietnamese */
    "Zo\u00eb",
    "\u0141ukasz",
    "\u0110\u1eb7ng Th\u1ecb Hu\u1ec7",
    /* Greek, modern and ancient */
    "\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2 "
    "\u03a0\u03b1\u03c0\u03b1\u03b4\u03cc\u03c0\u03bf\u03c5\u03bb\u03bf\u03c2",
    "\u1fa0\u03b4\u03ae \u1fa6",
    /* Russian */
    "\u0410\u043b\u0435\u043a\u0441\u0435\u0439 \u0401\u043b\u043a\u0438\u043d",
    /* Turkish */
    "\u0130brahim \u00c7a\u011flar \u00d6z",
    "\u0131\u015f\u0131k",
    /* Arabic, also with vowels */
    "\u0645\u062d\u0645\u062f \u0639\u0628\u062f \u0627\u0644\u0644\u0647",
    "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f",
    /* Hebrew */
    "\u05e9\u05e8\u05d4 \u05dc\u05d5\u05d9",
    /* Hindi, with three marks on one letter */
    "\u0936\u094d\u0930\u0940\u092e\u0924\u0940 "
    "\u092a\u094d\u0930\u093f\u092f\u0902\u0915\u093e",
    "\u091c\u093c\u0940\u0902 \u0915\u094d\u0937\u094d\u092e\u094d\u092f",
    /* Thai */
    "\u0e01\u0e34\u0e15\u0e15\u0e34\u0e28\u0e31\u0e01\u0e14\u0e34\u0e4c "
    "\u0e17\u0e35\u0e48",
    /* Burmese, four marks */
    "\u1019\u103c\u102d\u102f\u1037",
    /* Tibetan, stacked letters */
    "\u0f56\u0f66\u0f92\u0fb2\u0f74\u0f56\u0f66",
    /* Tamil */
    "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd\u0b9a\u0bcd\u0b9a\u0bc6\u0bb2\u0bcd\u0bb5"
    "\u0bbf",
    /* Korean, Chinese, Japanese */
    "\uae40\ubbfc\uc900",
    "\u674e\u5c0f\u9f99",
    "\u5c71\u7530\u3000\u592a\u90ce",
    "\u30c9\u30e9\u3048\u3082\u3093",
    /* emoji: with a skin tone, a style, a keycap, a flag */
    "\xF0\x9F\x98\x80",
    "Ann \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
    "\xE2\x9D\xA4\xEF\xB8\x8F",
    "1\xEF\xB8\x8F\xE2\x83\xA3",
    "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
    /* near a default name */
    "guest",
    "guest-",
    "guest-Eva",
    "guest-abc",
    "guestbook-7f3a",
    "guests 7f3a",
    "my guest-7f3a",
};

static const struct {
    const char *name;
    const char *why;
} bad[] = {
    { "", "nothing" },
    { " ", "a space" },
    { " Ann", "leading space" },
    { "Ann ", "trailing space" },
    { "Ann  Lee", "two spaces" },
    { "Ann \xC2\xA0Lee", "two kinds of spaces" },
    { "\xE3\x80\x80\u674e", "leading ideographic space" },
    { "\t", "TAB" },
    { "Ann\nLee", "LF" },
    { "Ann\x1B[2J", "terminal escape" },
    { "Ann\x7F", "DEL" },
    { "Ann\xC2\x85", "C1" },
    { "\xE2\x80\x8B\xE2\x80\x8B\xE2\x80\x8B", "only U+200B" },
    { "Ann\xE2\x80\x8B", "U+200B" },
    { "An\xE2\x80\x8Cn", "ZWNJ" },
    { "An\xE2\x80\x8Dn", "ZWJ" },
    { "An\xE2\x81\xA0n", "word joiner" },
    { "\xEF\xBB\xBF"
      "Ann",
      "byte order mark" },
    { "An\xC2\xADn", "soft hyphen" },
    { "\xE2\x80\xAE"
      "nnA",
      "RTL override" },
    { "Ann\xE2\x80\x8F", "RTL mark" },
    { "\xE2\x81\xA6"
      "Ann\xE2\x81\xA9",
      "bidi isolates" },
    { "\xD8\x9C"
      "Ann",
      "Arabic letter mark" },
    { "Ann\xF3\xA0\x81\xA1", "tag" },
    { "Ann\xF3\xA0\x84\x80", "variation selector 17" },
    { "\xEE\x80\x80", "private use" },
    { "Ann\xF4\x8F\xBF\xBD", "private use, plane 16" },
    { "Ann\xCD\xB8", "unassigned U+0378" },
    { "Ann\xEF\xBF\xBF", "no character U+FFFF" },
    { "Ann\xE2\x80\xA8", "line separator" },
    { "Ann\xE2\x80\xA9Lee", "paragraph separator" },
    { "\xE3\x85\xA4", "Hangul filler" },
    { "\xEF\xBE\xA0", "half-width Hangul filler" },
    { "\xE1\x85\x9F\xE1\x85\xA0", "Hangul Jamo fillers" },
    { "\xE2\xA0\x80", "Braille blank" },
    { "An\xCD\x8Fn", "combining grapheme joiner" },
    { "...", "only points" },
    { "-_-", "only punctuation" },
    { "+", "a mathematical symbol" },
    { "\xCC\x81", "only a mark" },
    { "\xCC\x81"
      "Ann",
      "leading mark" },
    { "Ann \xCC\x81", "mark on a space" },
    { "\xEF\xB8\x8F"
      "a",
      "leading emoji style" },
    { "x\xCC\x80\xCC\x81\xCC\x82", "three marks" },
    { "a\xCC\x81\xCC\x81\xCC\x81", "three marks, one composed" },
    { "a\xE2\x83\x9D\xE2\x83\x9D\xE2\x83\x9D", "three circles" },
    { "\u0917\xE0\xA5\x81\xE0\xA5\x81\xE0\xA5\x81\xE0\xA5\x81\xE0\xA5\x81",
      "five vowel signs" },
    { "guest-7f3a", "a default name" },
    { "guest-7f3a0123", "a longer default name" },
    { "guest-7f3a0123456789ab", "the longest default name" },
    { "Guest-7F3A", "a default name in upper case" },
    { "guest-7f3a!", "a default name and more" },
    { "\xEF\xBD\x87uest-7f3a", "a full-width letter" },
    { "guest\xEF\xBC\x8D\xEF\xBC\x97\xEF\xBC\x97\xEF\xBC\x97\xEF\xBC\x97",
      "full-width digits" },
    { "guest\xE2\x80\x90"
      "7f3a",
      "U+2010" },
    { "guest\xE2\x88\x92"
      "7f3a",
      "minus sign" },
};

static chat_error check(const char *name, base_bytes *normal)
{
    return chat_name_check(name, strlen(name), normal);
}

static void test_good_names(void **state)
{
    base_bytes normal = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (check(good[i], &normal) != CHAT_OK) {
            fail_msg("refused: %s", good[i]);
        }
        assert_in_range(normal.len, 1, CHAT_NAME_BYTES);
        normal.len = 0;
    }
    base_bytes_free(&normal);
}

static void test_bad_names(void **state)
{
    base_bytes normal = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (check(bad[i].name, &normal) != CHAT_BAD_NAME) {
            fail_msg("allowed: %s", bad[i].why);
        }
        assert_int_equal(normal.len, 0);
    }
    assert_int_equal(chat_name_check("An\0n", 4, &normal), CHAT_BAD_NAME);
    base_bytes_free(&normal);
}

/* Every control and format character, surrogate neighbours and separators. */
static void test_every_invisible_character(void **state)
{
    static const struct {
        uint32_t from;
        uint32_t to;
    } ranges[] = {
        { 0x0000, 0x001F },   { 0x007F, 0x009F },     { 0x200B, 0x200F },
        { 0x2028, 0x202E },   { 0x2060, 0x206F },     { 0xFFF9, 0xFFFB },
        { 0xE000, 0xE010 },   { 0xF8F0, 0xF8FF },     { 0xFDD0, 0xFDEF },
        { 0xFFFE, 0xFFFF },   { 0x1D173, 0x1D17A },   { 0xE0000, 0xE01EF },
        { 0xF0000, 0xF0010 }, { 0x10FFF0, 0x10FFFF },
    };
    base_bytes normal = BASE_BYTES_INIT;
    char name[8] = "a";
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT(ranges); i++) {
        for (uint32_t at = ranges[i].from; at <= ranges[i].to; at++) {
            size = 1 + put_point(name + 1, at);
            name[size++] = 'b';
            if (chat_name_check(name, size, &normal) != CHAT_BAD_NAME) {
                fail_msg("allowed: U+%04X", (unsigned)at);
            }
        }
    }
}

/* `count` times a text. */
static chat_error check_repeated(const char *text, size_t count)
{
    base_bytes name = BASE_BYTES_INIT;
    base_bytes normal = BASE_BYTES_INIT;
    chat_error error;

    for (size_t i = 0; i < count; i++) {
        base_bytes_append_text(&name, text);
    }
    error = chat_name_check(name.data, name.len, &normal);
    base_bytes_free(&name);
    base_bytes_free(&normal);
    return error;
}

static void test_length_in_code_points(void **state)
{
    static const char *const units[] = {
        "x",
        "\u674e",
        "\xF0\x9F\x98\x80",
        "e\xCC\x81",
        "\xE1\x84\x80\xE1\x85\xA1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(units); i++) {
        assert_int_equal(check_repeated(units[i], 32), CHAT_OK);
        assert_int_equal(check_repeated(units[i], 33), CHAT_BAD_NAME);
    }
    assert_int_equal(check_repeated("a b", 10), CHAT_OK);
    assert_int_equal(check_repeated("x", 100000), CHAT_BAD_NAME);
}

static void test_result_is_composed(void **state)
{
    base_bytes normal = BASE_BYTES_INIT;

    (void)state;
    assert_int_equal(check("Zoe\xCC\x88", &normal), CHAT_OK);
    check_bytes(&normal, "Zo\xC3\xAB");
    base_bytes_append_text(&normal, "before ");
    assert_int_equal(check("x\xCC\xA3\xCC\x80", &normal), CHAT_OK);
    check_bytes(&normal, "before x\xCC\xA3\xCC\x80");
    /* compatibility characters stay as they were typed */
    assert_int_equal(check("\xEF\xBC\xA1nn \xEF\xAC\x81", &normal), CHAT_OK);
    check_bytes(&normal, "\xEF\xBC\xA1nn \xEF\xAC\x81");
}

static void key_of(const char *name, base_bytes *key)
{
    chat_name_key(name, strlen(name), key);
    base_bytes_append(key, "", 1);
}

static bool same_key(const char *one, const char *other)
{
    base_bytes first = BASE_BYTES_INIT;
    base_bytes second = BASE_BYTES_INIT;
    bool same;

    key_of(one, &first);
    key_of(other, &second);
    same = strcmp((char *)first.data, (char *)second.data) == 0;
    base_bytes_free(&first);
    base_bytes_free(&second);
    return same;
}

static void test_names_that_are_the_same(void **state)
{
    static const char *const same[][2] = {
        { "Ann", "ann" },
        { "ANN", "aNN" },
        { "Ann", "\xEF\xBC\xA1\xEF\xBD\x8E\xEF\xBD\x8E" },
        { "Zo\xC3\xAB", "zoe\xCC\x88" },
        { "STRASSE", "stra\u00dfe" },
        { "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3",
          "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2" },
        { "\u0410\u041b\u0415\u041a\u0421\u0415\u0419",
          "\u0430\u043b\u0435\u043a\u0441\u0435\u0439" },
        { "fin", "\xEF\xAC\x81n" },
        { "x2", "x\u00b2" },
        { "a b", "a\xC2\xA0"
                 "b" },
        { "a b", "a\xE3\x80\x80"
                 "b" },
        { "\uac00", "\xE1\x84\x80\xE1\x85\xA1" },
        { "\xE2\x9D\xA4", "\xE2\x9D\xA4\xEF\xB8\x8F" },
        { "K", "\xE2\x84\xAA" },
    };
    static const char *const different[][2] = {
        { "Ann", "Anna" },           { "Ann", "\u00c4nn" },  { "\u0131", "i" },
        { "\u0130", "i" },           { "\u674e", "\u7406" }, { "a b", "ab" },
        { "x", "\xF0\x9F\x98\x80" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++) {
        if (!same_key(same[i][0], same[i][1])) {
            fail_msg("not the same: %s, %s", same[i][0], same[i][1]);
        }
    }
    for (size_t i = 0; i < COUNT(different); i++) {
        if (same_key(different[i][0], different[i][1])) {
            fail_msg("the same: %s, %s", different[i][0], different[i][1]);
        }
    }
}

/* A key's key is the key, and U+FDFA grows most. */
static void test_key_is_stable_and_bounded(void **state)
{
    base_bytes key = BASE_BYTES_INIT;
    base_bytes again = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        key_of(good[i], &key);
        key_of((char *)key.data, &again);
        assert_string_equal((char *)key.data, (char *)again.data);
        key.len = 0;
        again.len = 0;
    }
    chat_name_key("\xEF\xB7\xBA", 3, &key);
    assert_in_range(key.len, 4, 33);
    base_bytes_free(&key);
    base_bytes_free(&again);
}

/* Text that is ASCII alone is folded apart from all other. */
static void test_key_of_ascii(void **state)
{
    unsigned char text[129];
    base_bytes alone = BASE_BYTES_INIT;
    base_bytes among = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < 127; i++) {
        text[i] = (unsigned char)(i + 1);
    }
    memcpy(text + 127, "\xD0\xB6", 2); /* a letter that stays as it is */
    chat_name_key(text, 127, &alone);
    chat_name_key(text, 129, &among);
    assert_int_equal(alone.len, 127);
    assert_int_equal(among.len, 129);
    assert_memory_equal(alone.data, among.data, 127);
    base_bytes_free(&alone);
    base_bytes_free(&among);
}

static void test_verified_names(void **state)
{
    char longest[CHAT_NAME_BYTES + 1];

    (void)state;
    memset(longest, 'x', sizeof(longest));
    assert_true(chat_name_verified("ann@example.org", 15));
    assert_true(chat_name_verified("guest-7f3a", 10));
    assert_true(chat_name_verified(" ", 1));
    assert_true(chat_name_verified(longest, CHAT_NAME_BYTES));
    assert_false(chat_name_verified(longest, CHAT_NAME_BYTES + 1));
    assert_false(chat_name_verified("", 0));
    assert_false(chat_name_verified("a\nb", 3));
    assert_false(chat_name_verified("a\0b", 3));
    assert_false(chat_name_verified("a\xC2\x85", 3));
    assert_false(chat_name_verified("a\xE2\x80\xA8", 4));
    assert_false(chat_name_verified("\xE2\x80\xA9", 3));
    assert_false(chat_name_verified("a\xFF", 2));
    assert_false(chat_name_verified("a\xC3", 2));
    assert_false(chat_name_verified("\xED\xA0\x80", 3));
}

/* What a site's user chooses is seen, and stays within itself. */
static void test_shown_names(void **state)
{
    static const char *const shown[] = {
        "ann@example.org", "A", "\xC3\x84nn B.", "a\xE2\x80\x8B", /* U+200B */
        "\xE4\xBE\x8B", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
    };
    static const char *const hidden[] = {
        "", " ", "\xC2\xA0 ", "\xE2\x80\x8B", "\xE2\x81\xA0 ", "a\n",
        "\xE2\x80\xAE" "ann", "ann\xE2\x80\xAA", "a\xE2\x81\xA6" "b",
        "\xE2\x81\xA9" "a", "a\xFF",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        assert_true(chat_name_shown(shown[i], strlen(shown[i])));
    }
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        assert_false(chat_name_shown(hidden[i], strlen(hidden[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_names),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_every_invisible_character),
        cmocka_unit_test(test_length_in_code_points),
        cmocka_unit_test(test_result_is_composed),
        cmocka_unit_test(test_shown_names),
        cmocka_unit_test(test_names_that_are_the_same),
        cmocka_unit_test(test_key_is_stable_and_bounded),
        cmocka_unit_test(test_key_of_ascii),
        cmocka_unit_test(test_verified_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
