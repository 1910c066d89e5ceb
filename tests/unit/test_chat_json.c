/* test_chat_json.c - which bytes are an object, how deep, what becomes of
 * halves of surrogate pairs, and that the short way says what the other does.
 */
#include "test_chat.h"

#include <stdlib.h>

#include "chat/chat_json.h"

#define DEPTH 32

/* Loads a copy that is exactly as long, so that a byte too far is seen. */
static json_t *load(const char *json, size_t size)
{
    char *copy = malloc(size + (size == 0));
    json_t *root;

    assert_non_null(copy);
    memcpy(copy, json, size);
    root = chat_json_load(copy, size, DEPTH);
    free(copy);
    return root;
}

static bool loads(const char *json, size_t size)
{
    json_t *root = load(json, size);
    bool loaded = root != NULL;

    json_decref(root);
    return loaded;
}

static void test_objects(void **state)
{
    static const char *const cases[] = {
        "{}",
        " \t\r\n{ } \n",
        "{\"\":\"\"}",
        "{\"a\":[1,-2.5e-3,1e300,true,false,null,\"x\",{}]}",
        "{\"a\":123456789012345678901234567890}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\ud83d\\ude00\"}",
        "{\"a\":1,\"A\":1}",
        "{\"a\":{\"b\":1},\"b\":1}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!loads(cases[i], strlen(cases[i]))) {
            fail_msg("refused: %s", cases[i]);
        }
    }
}

static void refuse_all(const char *const *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (loads(cases[i], strlen(cases[i]))) {
            fail_msg("allowed: %s", cases[i]);
        }
    }
}

static void test_no_objects(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "hello",
        "null",
        "7",
        "\"a\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{\"a\\",
        "{\"a\\u00",
        "{\"a\\ud800",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{} x",
        "{}{}",
        "{}]",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1/**/}",
        "{\"a\":NaN}",
        "{\"a\":-Infinity}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":0x1}",
        "{\"a\":1e999}",
        "{\"a\":True}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"x\":{\"a\":1,\"a\":2}}",
        "{\"a\\u0000b\":1}",
        "{\"\\udc00\":1}",
        "\xEF\xBB\xBF{}",
    };

    (void)state;
    refuse_all(cases, COUNT(cases));
    assert_false(loads("{}\0", 3));
}

static void test_bad_strings(void **state)
{
    static const char *const cases[] = {
        "{\"a\":\"b\nc\"}",         "{\"a\":\"\t\"}",
        "{\"a\":\"\\x41\"}",        "{\"a\":\"\\U0041\"}",
        "{\"a\":\"\\u004g\"}",      "{\"a\":\"\xFF\"}",
        "{\"a\":\"\xC3\"}",         "{\"a\":\"\xC0\xAF\"}",
        "{\"a\":\"\xED\xA0\x80\"}", "{\"a\":\"\xF4\x90\x80\x80\"}",
    };

    (void)state;
    refuse_all(cases, COUNT(cases));
    assert_false(loads("{\"a\":\"\0\"}", 9));
}

static void test_lone_surrogates_become_nul(void **state)
{
    static const struct {
        const char *json; /* inside the quotes */
        const char *text; /* '@' stands for U+0000 */
    } cases[] = {
        { "\\ud83d\\ude00", "\xF0\x9F\x98\x80" },
        { "\\uD800\\uDC00", "\xF0\x90\x80\x80" },
        { "\\uDBFF\\uDFFF", "\xF4\x8F\xBF\xBF" },
        { "\\ud7ff\\ue000", "\xED\x9F\xBF\xEE\x80\x80" },
        { "\\ud83d", "@" },
        { "a\\ude00b", "a@b" },
        { "\\ude00\\ud83d", "@@" },
        { "\\ud83d\\ud83d\\ude00", "@\xF0\x9F\x98\x80" },
        { "\\ud83d \\ude00", "@ @" },
        { "\\ud83d\\n\\udfff", "@\n@" },
        { "\\uDBFF\\u0041", "@A" },
        { "\\\\ud83d", "\\ud83d" },
        { "\\\\\\ud83d", "\\@" },
        { "\\\"\\ud83d", "\"@" },
        { "\\u0000", "@" },
    };
    base_bytes json = BASE_BYTES_INIT;
    char text[16];
    json_t *root;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json.len = 0;
        base_bytes_append_format(&json, "{\"a\":\"%s\"}", cases[i].json);
        root = load((const char *)json.data, json.len);
        assert_non_null(root);
        memset(text, 0, sizeof(text));
        for (size_t at = 0; cases[i].text[at] != '\0'; at++) {
            text[at] = cases[i].text[at];
            text[at] = text[at] == '@' ? '\0' : text[at];
        }
        check_string(json_object_get(root, "a"), text, strlen(cases[i].text));
        json_decref(root);
    }
    base_bytes_free(&json);
}

/* {"a": and `depth` times `open`, a 0, and as often `close`, and } */
static bool loads_nested(size_t depth, const char *open, const char *close)
{
    base_bytes json = BASE_BYTES_INIT;
    bool loaded;

    base_bytes_append_text(&json, "{\"a\":");
    for (size_t i = 0; i < depth; i++) {
        base_bytes_append_text(&json, open);
    }
    base_bytes_append_text(&json, "0");
    for (size_t i = 0; i < depth; i++) {
        base_bytes_append_text(&json, close);
    }
    base_bytes_append_text(&json, "}");
    loaded = loads((const char *)json.data, json.len);
    base_bytes_free(&json);
    return loaded;
}

static void test_depth(void **state)
{
    (void)state;
    assert_true(loads_nested(DEPTH - 1, "[", "]"));
    assert_false(loads_nested(DEPTH, "[", "]"));
    assert_true(loads_nested(DEPTH - 1, "{\"a\":", "}"));
    assert_false(loads_nested(DEPTH, "{\"a\":", "}"));
    assert_false(loads_nested(200000, "[", "]"));
    assert_false(loads_nested(200000, "[", ""));
    /* side by side or in a string, brackets are no depth */
    assert_true(loads_nested(DEPTH - 2, "[[],[],\"[[{{\\\"[[{{\",", "]"));
}

/* Every beginning of an object is none. */
static void test_every_prefix(void **state)
{
    static const char json[] = "{\"x\":[{\"\\u00e9\":-1.5e3}],\"text\":"
                               "\"\\ud83d\\ude00\\ud83d\xC3\xA9\\\\\"}";

    (void)state;
    for (size_t size = 0; size < sizeof(json) - 1; size++) {
        assert_false(loads(json, size));
    }
    assert_true(loads(json, sizeof(json) - 1));
    assert_false(loads(json, sizeof(json)));
}

static const char *const names[] = { "type", "text", "ref" };

#define NAMES COUNT(names)

/* True where the short way knows it, and then both say the same. */
static bool is_plain(const char *json, size_t size)
{
    chat_json_string values[NAMES];
    char *copy = malloc(size + (size == 0));
    size_t count = 0;
    json_t *root;
    bool plain;

    assert_non_null(copy);
    memcpy(copy, json, size);
    plain = chat_json_strings(copy, size, names, NAMES, values);
    root = chat_json_load(copy, size, DEPTH);
    for (size_t i = 0; plain && i < NAMES; i++) {
        if (values[i].text != NULL) {
            check_string(json_object_get(root, names[i]), values[i].text,
                         values[i].size);
            count++;
        }
    }
    if (plain) {
        assert_int_equal(json_object_size(root), count);
    }
    json_decref(root);
    free(copy);
    return plain;
}

static void test_plain_strings(void **state)
{
    static const char *const plain[] = {
        "{\"type\":\"message\",\"text\":\"hi\",\"ref\":\"c-1\"}",
        " {\r\n\t\"ref\" : \"\" , \"text\" :\"a\x7F/'\" } ",
        "{\"text\":\"\xC3\xA9\xED\x9F\xBF\xF4\x8F\xBF\xBF\"}",
    };
    static const char *const others[] = {
        "", "{}", "[]", "{\"text\":\"hi\"",
        "{\"text\":\"hi\"}}", "{\"text\":\"hi\"},",
        "{\"text\":\"hi\",}", "{,\"text\":\"hi\"}",
        "{\"text\":\"hi\" \"ref\":\"r\"}", "{\"text\"\"hi\"}",
        "{\"text\":\"a\\u0041\"}", "{\"te\\u0078t\":\"hi\"}",
        "{\"text\":\"hi\",\"text\":\"hi\"}",
        "{\"text\":7}", "{\"text\":null}", "{\"text\":[\"hi\"]}",
        "{\"text\":\"hi\",\"re\":\"1-0\"}", "{\"tex\":\"hi\"}",
        "{\"text\":\"a\tb\"}", "{\"text\":\"\xFF\"}",
        "{\"text\":\"\xC3\"}", "{\"text\":\"\xED\xA0\x80\"}",
        "{\"text\":\"\xC0\xAF\"}", "\v{\"text\":\"hi\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(plain); i++) {
        assert_true(is_plain(plain[i], strlen(plain[i])));
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        if (is_plain(others[i], strlen(others[i]))) {
            fail_msg("not plain: %s", others[i]);
        }
    }
    assert_false(is_plain("{\"text\":\"a\0b\"}", 14));
}

/* The same numbers in each run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Objects that are nearly plain: whatever the short way takes for one, the
 * other does too. */
static void test_plain_strings_that_were_changed(void **state)
{
    static const char json[] = "{\"type\":\"message\",\"text\":\"a\xC3\xA9"
                               "\xF0\x9F\x98\x80 z\",\"ref\":\"c-1\"}";
    static const char bytes[] = "\"\"\"\\{}[],,:: \t\n\v/u0tr\x80\xBF\xC2"
                                "\xE2\xED\xF4\xFF";
    uint32_t seed = 1;
    size_t plain = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char changed[sizeof(json) - 1];
        size_t size = sizeof(changed) - next_random(&seed) % 3 % 2;

        memcpy(changed, json, sizeof(changed));
        for (uint32_t n = next_random(&seed) % 4; n > 0; n--) {
            changed[next_random(&seed) % sizeof(changed)] =
                bytes[next_random(&seed) % sizeof(bytes)];
        }
        plain += is_plain(changed, size);
    }
    assert_true(plain > 2000 && plain < 18000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_no_objects),
        cmocka_unit_test(test_bad_strings),
        cmocka_unit_test(test_lone_surrogates_become_nul),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_plain_strings),
        cmocka_unit_test(test_plain_strings_that_were_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
