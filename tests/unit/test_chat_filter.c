/* test_chat_filter.c - unwanted words and links: what is found, what is not,
 * what is left of a text, and what that costs. */
#include "test_chat.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chat/chat_unicode.h"
#include "chat/filter/chat_filter.h"
#include "chat/filter/chat_folded.h"
#include "chat/filter/chat_link.h"

#define LINES 10000
#define LONGEST 8192

/* ---- patterns: POSIX's are good enough here */

static int patterns_alive;

static void *compile(const char *pattern)
{
    regex_t *regex = malloc(sizeof(*regex));

    assert_non_null(regex);
    if (regcomp(regex, pattern, REG_EXTENDED) != 0) {
        free(regex);
        return NULL;
    }
    patterns_alive++;
    return regex;
}

static bool find(void *regex, const char *text, size_t size, bool inside,
                 size_t *start, size_t *end)
{
    regmatch_t match;

    assert_int_equal(strlen(text), size);
    if (regexec(regex, text, 1, &match, inside ? REG_NOTBOL : 0) != 0) {
        return false;
    }
    *start = (size_t)match.rm_so;
    *end = (size_t)match.rm_eo;
    return true;
}

static void release(void *regex)
{
    regfree(regex);
    free(regex);
    patterns_alive--;
}

static const chat_filter_patterns patterns = { compile, find, release };

static chat_filter *read_list(const char *list)
{
    chat_filter_fault fault;
    chat_filter *filter
        = chat_filter_read(list, strlen(list), &patterns, &fault);

    if (fault.why) {
        fail_msg("line %u: %s", fault.line, fault.why);
    }
    return filter;
}

/* Masked by that list, the text becomes `expected`; NULL: nothing is found. */
static void check(const char *list, const char *text, const char *expected)
{
    chat_filter *filter = read_list(list);
    base_bytes bytes = BASE_BYTES_INIT;
    bool found = chat_filter_finds(filter, text, strlen(text));

    base_bytes_append_text(&bytes, text);
    if (found != (expected != NULL)
        || chat_filter_mask(filter, &bytes) != found) {
        fail_msg("\"%s\" is %sfound in \"%s\"", list, found ? "" : "not ",
                 text);
    }
    check_bytes(&bytes, expected ? expected : text);
    chat_filter_free(filter);
}

/* ---- words */

static void test_whole_words(void **state)
{
    (void)state;
    check("ass", "you ass!", "you ***!");
    check("ass", "ASS, Ass and ass", "***, *** and ***");
    check("ass", "kick-ass", "kick-***");
    check("ass", "a classic of Scunthorpe: assess the pass", NULL);
    check("cunt\nass\n", "Scunthorpe is a classic", NULL);
    check("ass", "", NULL);
    check("", "ass", NULL);
    check("\xEF\xBB\xBF" "ass\r\n# comment\n\n  dumb \t\n", "dumb ass",
          "**** ***");
    check("kill yourself", "go kill,  yourself now", "go *************** now");
    check("kill yourself", "kill yourselfish", NULL);
}

static void test_parts(void **state)
{
    (void)state;
    check("dumb*", "dumbest, not undumb", "*******, not undumb");
    check("*dumb", "dumbest, undumb", "dumbest, ******");
    check("*dumb*", "(undumbest)", "(*********)");
    check("*a*", "aaaa banana zzz", "**** ****** zzz");
    check("dumb*\n*dumb", "dumb dumber", "**** ******");
    check("so dumb*", "so dumbest", "**********");
}

static void test_digits_and_signs(void **state)
{
    (void)state;
    check("ass", "a$$ @ss a55 4$s A$$!", "*** *** *** *** ***!");
    check("shit", "sh1t $hit sh!t $h!t!! 5h17", "**** **** **** ****!! ****");
    check("bob", "B0b 80b", "*** ***");
    check("sh1t", "shit", "****");
    check("a$$", "ass", "***");
    check("ass", "cl455ic, 455 and $455", NULL);
    check("1488", "1488, 14881", "****, 14881");
    check("ass", "ass@example.org ass$", "***@example.org ***$");
    check("wow", "!!wow!!", "!!***!!");
}

static void test_unicode(void **state)
{
    (void)state;
    /* full width, a mathematical letter, an accent apart from its letter, and
     * what is not seen between two letters */
    check("bad", "\uFF22\uFF41\uFF44 day", "*** day");
    check("bad", "\U0001D41Bad", "***");
    check("caf\u00e9", "CAFE\u0301!", "*****!");
    check("cafe\u0301", "caf\u00c9", "****");
    check("cafe", "caf\u00e9", NULL);
    check("bad", "b\u200bad\u200b.", "****\u200b.");
    check("stra\u00dfe", "STRASSE", "*******");
    check("strasse", "Stra\u00dfe", "******");
    check("\u0434\u0443\u0440\u0430\u043a", "\u0414\u0423\u0420\u0410\u041a!",
          "*****!");
    check("\uac00", "\u1100\u1161 \u3131\u314f", "** **");
    check("fi", "\uFB01 \uFB01n", "* \uFB01n");
    check("*i*", "o\uFB01n e", "*** e");
}

static void test_unspaced(void **state)
{
    (void)state;
    check("\u810f\u8bdd", "\u4f60\u810f\u8bdd\u554a", "\u4f60**\u554a");
    check("*\u810f\u8bdd*", "\u4f60\u810f\u8bdd\u554a", "\u4f60**\u554a");
    check("\u6027\u4ea4", "\u5f02\u6027,\u4ea4\u670b\u53cb", NULL);
    check("ass", "\u4f60ass\u554a", "\u4f60***\u554a");
    check("\u810f\u8bdd", "http://a.example/x\u810f\u8bdd",
          "http://a.example/x**");
}

static void test_symbols(void **state)
{
    (void)state;
    check("\U0001F595", "x\U0001F595\U0001F3FDy", "x*\U0001F3FDy");
    check("ass", "ass\U0001F595ass", "***\U0001F595***");
}

/* PAINS of others: the path of a link is nobody's word. */
static void test_urls(void **state)
{
    (void)state;
    check("ass", "see https://example.org/ass?ass#ass now", NULL);
    check("ass", "see https://www.example.org:80/ass, ass",
          "see https://www.example.org:80/ass, ***");
    check("ass", "www.example.org/ass", NULL);
    check("ass", "https://ass.example/", "https://***.example/");
    check("ass", "http:///ass", "http:///***");
    check("ass", "<http://a.example/ass>ass", "<http://a.example/ass>***");
    check("example", "http://example", "http://*******");
}

static void test_patterns(void **state)
{
    (void)state;
    check("/[0-9]{4}-[0-9]{4}/", "card 1234-5678, 1111-2222",
          "card *********, *********");
    check("/^a/", "aab", "*ab");
    check("/x*/", "aba", NULL);
    check("/x*/", "a\u00e9xxb", "a\u00e9**b");
    check("/stra(ss)e/", "Stra\u00dfe", "******");
    check("/b.*d/\nass", "ass BAD", "*** ***");
    assert_int_equal(patterns_alive, 0);
}

/* ---- lists */

static void check_fault(const char *list, size_t size, unsigned lines,
                        unsigned line, const char *why)
{
    chat_filter_fault fault;
    chat_filter *filter = chat_filter_read(list, size, &patterns, &fault);

    assert_int_equal(fault.lines, lines);
    assert_int_equal(fault.line, line);
    assert_string_equal(fault.why, why);
    assert_true(chat_filter_finds(filter, "good", 4));
    chat_filter_free(filter);
}

#define FAULT(list, lines, line, why)                                          \
    check_fault(list, sizeof(list) - 1, lines, line, why)

static void test_bad_lines(void **state)
{
    char lines[3 * CHAT_FILTER_WORD_BYTES] = "good\n";

    (void)state;
    FAULT("good\nb*d\n*\n", 2, 2,
          "\"*\" stands at the beginning or the end only");
    FAULT("\n**\ngood", 1, 2, "it has no letter and no digit");
    FAULT("good\n...", 1, 2, "it has no letter and no digit");
    FAULT("caf\xE9\ngood", 1, 1, "it is no UTF-8");
    FAULT("/open\ngood", 1, 1, "a pattern ends with a slash: /regex/");
    FAULT("/\n//\ngood", 2, 1, "a pattern ends with a slash: /regex/");
    FAULT("/(/\ngood", 1, 1, "this is no regular expression");
    FAULT("/a\0b/\ngood", 1, 1, "it has a NUL");
    memset(lines + 5, 'x', CHAT_FILTER_WORD_BYTES + 1);
    check_fault(lines, strlen(lines), 1, 2, "it is too long");
    assert_int_equal(patterns_alive, 0);
}

static void check_told(const chat_filter_fault *fault, const char *expected)
{
    base_bytes text = BASE_BYTES_INIT;

    chat_filter_tell(fault, &text);
    base_bytes_append(&text, "", 1);
    assert_string_equal(text.data, expected);
    base_bytes_free(&text);
}

static void test_told(void **state)
{
    (void)state;
    check_told(&(chat_filter_fault){ 1, 6, "it has a NUL" },
               "1 line is left out: line 6: it has a NUL");
    check_told(&(chat_filter_fault){ 2, 3, "it is too long" },
               "2 lines are left out; the first is line 3: it is too long");
}

/* ---- folding with a map is folding */

static void test_folded(void **state)
{
    static const char *const texts[] = {
        "", "plain", "Caf\u00e9 CAFE\u0301 a\u0323\u0307 a\u0307\u0323",
        "\u1100\u1161\u11a8\u3131\u314f\uFF76\uFF9E", "\uFDFA\u0301x",
        "\u0301\u0302", "\u200b\u00ad", "\u0130\u1E9E\u03a3",
        "\u0958\u0928\u093c",
        "\u0345\u03b1\u0345", "e\u200b\u0301", "\u00bd\u2105\u3392"
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        base_bytes expected = BASE_BYTES_INIT;
        chat_folded folded;

        chat_unicode_fold(texts[i], strlen(texts[i]), &expected);
        chat_folded_init(&folded, texts[i], strlen(texts[i]));
        base_bytes_append(&folded.text, "", 1);
        base_bytes_append(&expected, "", 1);
        assert_string_equal((char *)folded.text.data, (char *)expected.data);
        chat_folded_destroy(&folded);
        base_bytes_free(&expected);
    }
}

/* ---- links */

static void test_links(void **state)
{
    static const char *const links[] = {
        "http://a", "see HTTPS://Example.org", "x://1", "www.example",
        "(www.a.example)", "WWW.\u00e9", "mailto:ann@example.org",
        "\uFF57\uFF57\uFF57.example", "http\uFF1A//a", "h\u200bttp:/\u200b/a",
        "\u770bwww.example", "mailto: mailto:a", "awww.so www.so"
    };
    static const char *const none[] = {
        "", "www. is short", "://", "http:// nothing", "awww.so nice",
        "example.org", "ann@example.org", "mailto:", "hotmailto:a", "a:/b",
        "www"
    };

    (void)state;
    for (size_t i = 0; i < COUNT(links); i++) {
        if (!chat_link_in(links[i], strlen(links[i]))) {
            fail_msg("no link: %s", links[i]);
        }
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        if (chat_link_in(none[i], strlen(none[i]))) {
            fail_msg("a link: %s", none[i]);
        }
    }
}

/* ---- what it costs */

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Letters by a generator of our own: the same list everywhere. */
static void random_word(uint32_t *seed, char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        *seed = *seed * 1664525 + 1013904223;
        word[i] = (char)('a' + (*seed >> 16) % 26);
    }
    word[size] = '\0';
}

static chat_filter *long_list(unsigned lines, bool parts)
{
    base_bytes list = BASE_BYTES_INIT;
    uint32_t seed = 1;
    char word[16];
    chat_filter_fault fault;
    chat_filter *filter;

    for (unsigned i = 0; i < lines; i++) {
        random_word(&seed, word, 8 + i % 6);
        base_bytes_append_format(&list, parts ? "*%s*\n" : "%s\n", word);
    }
    filter = chat_filter_read(list.data, list.len, &patterns, &fault);
    assert_null(fault.why);
    base_bytes_free(&list);
    return filter;
}

static double cost(const chat_filter *filter, const base_bytes *text)
{
    double best = 1e9;

    for (int i = 0; i < 20; i++) {
        double before = seconds();

        assert_false(chat_filter_finds(filter, text->data, text->len));
        before = seconds() - before;
        best = before < best ? before : best;
    }
    return best;
}

static void compare(const char *what, bool parts, const base_bytes *text)
{
    chat_filter *few = long_list(10, parts);
    chat_filter *many = long_list(LINES, parts);
    double of_few = cost(few, text);
    double of_many = cost(many, text);

    printf("# %s, %zu bytes: %.0f us with 10 lines, %.0f us with %d\n", what,
           text->len, of_few * 1e6, of_many * 1e6, LINES);
    /* Time of this thread, the best of 20: a scan of all words would take a
     * thousand times as long. */
    assert_true(of_many < of_few * 30);
    chat_filter_free(few);
    chat_filter_free(many);
}

static void test_cost(void **state)
{
    base_bytes text = BASE_BYTES_INIT;
    uint32_t seed = 77;
    char word[16];

    (void)state;
    while (text.len + 12 < LONGEST) {
        random_word(&seed, word, 3 + seed % 9);
        base_bytes_append_text(&text, word);
        base_bytes_append_text(&text, "1 "); /* no word of the list has it */
    }
    compare("whole words", false, &text);
    compare("parts", true, &text);
    text.len = 60;
    compare("a sentence", false, &text);
    text.len = 0;
    while (text.len + 9 < LONGEST) {
        base_bytes_append_text(&text, "\u0416\u0443\u043a ");
    }
    compare("Cyrillic", false, &text);
    text.len = 0;
    while (text.len + 6 < LONGEST) {
        base_bytes_append_text(&text, "\u4f60\u597d");
    }
    compare("Chinese", true, &text);
    base_bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_words),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_digits_and_signs),
        cmocka_unit_test(test_unicode),
        cmocka_unit_test(test_unspaced),
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
