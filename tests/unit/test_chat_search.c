/* test_chat_search.c - the words of a search: which are none, and in which
 * texts they are. */
#include "test_chat.h"

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
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
