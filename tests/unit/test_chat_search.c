/* test_chat_search.c - the words of a search: which are none, and in which
 * texts they are. */
#include "test_chat.h"

#include <stdlib.h>
#include <time.h>

#include <utf8proc.h>

#include "chat/chat_unicode.h"
#include "chat/filter/chat_search.h"
#include "guard_page.h"

/* Reads the words from the end of a page. */
static bool parse(chat_search *search, const char *text, size_t size)
{
    bool good = chat_search_parse(search, guard_page_copy(text, size), size);

    guard_page_free_all();
    return good;
}

/* "a|b": the folded words; NULL: it is refused. */
static void check_words(const char *text, size_t size, const char *expected)
{
    base_bytes found = BASE_BYTES_INIT;
    chat_search search;
    bool good = parse(&search, text, size);

    assert_true(good == (expected != NULL));
    for (size_t i = 0; good && i < search.count; i++) {
        base_bytes_append(&found, "|", i > 0);
        base_bytes_append(&found, search.text.data + search.words[i].at,
                          search.words[i].size);
    }
    if (good) {
        check_bytes(&found, expected);
    }
    chat_search_destroy(&search);
}

static void test_words(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        { "hello", "hello" },
        { "  Hello\t\r\n WORLD\v\f", "hello|world" },
        { "a\xC2\xA0" "b\xE3\x80\x80" "c\xE2\x80\xA8" "d", "a|b|c|d" },
        { "100%_\\ '\";--", "100%_\\|'\";--" },
        { "STRASSE stra\xC3\x9F" "e", "strasse|strasse" },
        { "e\xCC\x81 \xEF\xBC\xA1", "\xC3\xA9|a" }, /* NFKC */
        { "\xC2\xB4" "a", " \xCC\x81" "a" }, /* a blank of folding's own */
        { "\xE2\x80\x8B x \xEF\xB8\x8F", "x" }, /* ignorable ones */
        { "1 2 3 4 5 6 7 8", "1|2|3|4|5|6|7|8" },
        { "1 2 3 4 5 6 7 8 \xE2\x80\x8B", "1|2|3|4|5|6|7|8" },
        { "1 2 3 4 5 6 7 8 9", NULL },
        { "", NULL },
        { " \t\n\xC2\xA0", NULL },
        { "\xE2\x80\x8B", NULL },
        { "a\x01" "b", NULL },
        { "a\x7F", NULL },
        { "a\xC2\x85" "b", NULL },
        { "\xC0\x80", NULL },
        { "a \xFF", NULL },
        { "\xED\xA0\x80", NULL },
        { "\xE2\x82", NULL },
    };
    char most[CHAT_SEARCH_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_words(cases[i].text, strlen(cases[i].text), cases[i].expected);
    }
    check_words("a\0b", 3, NULL);
    memset(most, 'x', sizeof(most));
    check_words(most, sizeof(most), NULL);
    most[CHAT_SEARCH_BYTES] = '\0';
    check_words(most, CHAT_SEARCH_BYTES, most);
}

/* What grows most: 200 bytes become more than 2000. */
static void test_longest(void **state)
{
    char text[CHAT_SEARCH_BYTES];
    chat_search search;

    (void)state;
    for (size_t i = 0; i < 198; i += 3) {
        memcpy(text + i, "\xEF\xB7\xBA", 3);
    }
    assert_true(parse(&search, text, 198));
    assert_int_equal(search.count, 1);
    assert_int_equal(search.words[0].size, 66 * 33);
    assert_true(chat_search_in(&search, text, 198));
    assert_false(chat_search_in(&search, text, 195));
    chat_search_destroy(&search);
}

/* A text that utf8proc folds as a whole and in pieces: letters with up to three
 * marks, of which some compose, Hangul in parts, halfwidth ones, ignorable
 * ones. */
static void test_folded_in_pieces(void **state)
{
    static const char *const pieces[] = {
        "a", "E", " ", "\xC3\xA9", "\xCC\x81", "\xCC\xA3", "\xCD\x84",
        "\xE0\xA6\x95", "\xE0\xA6\xBE", "\xE0\xA7\x87", "\xE1\x84\x80",
        "\xE1\x85\xA1", "\xE1\x86\xA8", "\xEF\xBE\xA1", "\xEF\xBF\x82",
        "\xEF\xBD\xB6", "\xEF\xBE\x9E", "\xE2\x80\x8B", "\xEF\xB7\xBA",
        "\xE0\xBD\xB3", "\xF0\x9F\x98\x80"
    };
    uint32_t random = 12;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        base_bytes text = BASE_BYTES_INIT;
        base_bytes folded = BASE_BYTES_INIT;
        utf8proc_uint8_t *whole = NULL;
        utf8proc_ssize_t size;

        for (int i = 0; i < 200; i++) {
            random = random * 1664525 + 1013904223;
            base_bytes_append_text(&text, pieces[(random >> 16)
                                                 % COUNT(pieces)]);
            base_bytes_append_text(&text, i % 20 == 0 ? "x" : "");
        }
        chat_unicode_fold(text.data, text.len, &folded);
        size = utf8proc_map(text.data, (utf8proc_ssize_t)text.len, &whole,
                            UTF8PROC_STABLE | UTF8PROC_COMPOSE
                                | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD
                                | UTF8PROC_IGNORE);
        assert_int_equal(size, folded.len);
        assert_memory_equal(whole, folded.data, folded.len);
        free(whole);
        base_bytes_free(&folded);
        base_bytes_free(&text);
    }
}

/* Marks in the wrong order, which utf8proc puts right by swapping neighbours:
 * these as a whole would take a billion steps. */
static void test_marks(void **state)
{
    static const char mark[2][3] = { "\xCC\x81", "\xCC\xB4" };
    const size_t size = 1 << 17;
    base_bytes text = BASE_BYTES_INIT;
    clock_t begin = clock();
    chat_search search;

    (void)state;
    base_bytes_append_text(&text, "Word");
    while (text.len < size) {
        base_bytes_append(&text, mark[text.len > size / 2], 2);
    }
    base_bytes_append_text(&text, "End");
    assert_true(parse(&search, "end", 3));
    assert_true(chat_search_in(&search, text.data, text.len));
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 5);
    chat_search_destroy(&search);
    base_bytes_free(&text);
}

static void test_found(void **state)
{
    static const struct {
        const char *words;
        const char *text;
        bool found;
    } cases[] = {
        { "ell", "Hello", true },
        { "world hello", "Hello, World", true },
        { "hello mars", "Hello, World", false },
        { "%", "100 %", true },
        { "%", "100", false },
        { "h_llo", "hello", false },
        { "\\", "a\\b", true },
        { "\xE6\xB6\x88", "\xE4\xBD\xA0\xE6\xB6\x88\xE6\x81\xAF", true },
        { "caf\xC3\xA9", "CAFE\xCC\x81", true },
        { "cafe", "caf\xC3\xA9", false },
        { "\xEF\xBD\xB1", "\xE3\x82\xA2", true }, /* half width */
        { "ab", "a\xE2\x80\x8B" "b", true }, /* nothing between them */
        { "\xE2\x9D\xA4", "\xE2\x9D\xA4\xEF\xB8\x8F", true },
        { "a b", "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        chat_search search;

        assert_true(parse(&search, cases[i].words, strlen(cases[i].words)));
        if (chat_search_in(&search, cases[i].text, strlen(cases[i].text))
            != cases[i].found) {
            fail_msg("\"%s\" in \"%s\"", cases[i].words, cases[i].text);
        }
        chat_search_destroy(&search);
    }
}

/* The text that counts is the one that JSON says, of the first event. */
static void test_events(void **state)
{
    static const char events[] =
        "{\"type\":\"message\",\"from\":{\"name\":\"ann\"},"
        "\"text\":\"a\\u003cB\"},"
        "{\"type\":\"message\",\"text\":\"\",\"deleted\":true}";
    size_t first;
    chat_search search;
    bool found;

    (void)state;
    assert_true(parse(&search, "<b", 2));
    first = chat_search_event(&search, events, strlen(events), &found);
    assert_true(found);
    assert_int_equal(events[first], ',');
    assert_int_equal(chat_search_event(&search, events + first + 1,
                                       strlen(events) - first - 1, &found),
                     strlen(events) - first - 1);
    assert_false(found);
    assert_int_equal(chat_search_event(&search, "{\"text", 6, &found), 0);
    assert_false(found);
    chat_search_destroy(&search);
    assert_true(parse(&search, "ann", 3)); /* a name is no text */
    assert_int_equal(chat_search_event(&search, events, strlen(events),
                                       &found), first);
    assert_false(found);
    chat_search_destroy(&search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_folded_in_pieces),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
