/* test_chat_command.c - what clients send: every error code, limits, refs,
 * escapes, and the three ways in. */
#include "test_chat.h"

#include <stdlib.h>

#include "chat/chat_command.h"

#define MAX_TEXT 64

#define MESSAGE "{\"type\":\"message\","

/* A command in JSON, and what it must give. `out` is the text or the name;
 * NULL where there is none, as on errors. */
typedef struct {
    const char *json;
    chat_error error;
    chat_command_kind kind;
    const char *out;
    const char *ref;
} command_case;

#define REFUSED(json, error, ref)                    \
    {                                                \
        json, error, CHAT_COMMAND_MESSAGE, NULL, ref \
    }

static void check_command(const command_case *expected, chat_command *command)
{
    base_bytes *out =
        command->kind == CHAT_COMMAND_NAME ? &command->name : &command->text;

    if (command->error != expected->error) {
        fail_msg("%s, not %s: %s", chat_error_code(command->error),
                 chat_error_code(expected->error), expected->json);
    }
    assert_string_equal(command->ref, expected->ref ? expected->ref : "");
    assert_int_equal(command->ref_size, strlen(command->ref));
    if (expected->error == CHAT_OK) {
        assert_int_equal(command->kind, expected->kind);
        check_bytes(out, expected->out ? expected->out : "");
    }
    chat_command_destroy(command);
}

static void run_case(const command_case *expected, const char *json,
                     bool posted)
{
    chat_command command;
    chat_error error =
        posted ? chat_command_parse_post(json, strlen(json), MAX_TEXT, &command)
               : chat_command_parse(json, strlen(json), MAX_TEXT, &command);

    assert_int_equal(error, command.error);
    check_command(expected, &command);
}

/* What is plain has a short way to be read; with one member more it goes the
 * long way, to the same end. */
static void run_cases(const command_case *cases, size_t count, bool posted)
{
    base_bytes longer = BASE_BYTES_INIT;

    for (size_t i = 0; i < count; i++) {
        run_case(&cases[i], cases[i].json, posted);
        if (strncmp(cases[i].json, "{\"", 2) == 0) {
            longer.len = 0;
            base_bytes_append_format(&longer, "{\"longer\":0,%s",
                                     cases[i].json + 1);
            base_bytes_append(&longer, "", 1);
            run_case(&cases[i], (const char *)longer.data, posted);
        }
    }
    base_bytes_free(&longer);
}

static void test_good_commands(void **state)
{
    static const command_case cases[] = {
        { MESSAGE "\"text\":\"hi\"}", CHAT_OK, CHAT_COMMAND_MESSAGE, "hi",
          NULL },
        { MESSAGE "\"text\":\"hi\",\"ref\":\"c-17\"}", CHAT_OK,
          CHAT_COMMAND_MESSAGE, "hi", "c-17" },
        { " {\"ref\":\"r\",\r\n\t\"text\":\" a\\r\\nb "
          "\",\"type\":\"message\"} ",
          CHAT_OK, CHAT_COMMAND_MESSAGE, " a\nb ", "r" },
        { "{\"type\":\"typing\"}", CHAT_OK, CHAT_COMMAND_TYPING, NULL, NULL },
        { "{\"type\":\"typing\",\"ref\":\"t\"}", CHAT_OK, CHAT_COMMAND_TYPING,
          NULL, "t" },
        { "{\"type\":\"name\",\"name\":\"Zoe\\u0308\"}", CHAT_OK,
          CHAT_COMMAND_NAME, "Zo\xC3\xAB", NULL },
        { "{\"type\":\"name\",\"name\":\"Ann\",\"ref\":\"n\",\"text\":7}",
          CHAT_OK, CHAT_COMMAND_NAME, "Ann", "n" },
        { "{\"\\u0074ype\":\"m\\u0065ssage\",\"text\":\"\\u0068i\"}", CHAT_OK,
          CHAT_COMMAND_MESSAGE, "hi", NULL },
        { "\xEF\xBB\xBF" MESSAGE "\"text\":\"hi\"}", CHAT_OK,
          CHAT_COMMAND_MESSAGE, "hi", NULL },
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_server_made_and_unknown_members_are_ignored(void **state)
{
    static const command_case cases[] = {
        { MESSAGE
          "\"text\":\"hi\",\"from\":{\"id\":\"u-root\"},\"id\":\"1-0\","
          "\"ts\":17953212345671795321234567,\"system\":true,"
          "\"role\":\"admin\",\"name\":\"root\",\"__proto__\":{\"a\":1},"
          "\"n\":-0.1e-7,\"x\":null}",
          CHAT_OK, CHAT_COMMAND_MESSAGE, "hi", NULL },
        { MESSAGE "\"text\":\"hi\",\"x\":\"\\ud800\",\"y\":\"\\u0000\"}",
          CHAT_OK, CHAT_COMMAND_MESSAGE, "hi", NULL },
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_bad_json(void **state)
{
    static const command_case cases[] = {
        REFUSED("", CHAT_BAD_JSON, NULL),
        REFUSED("hello", CHAT_BAD_JSON, NULL),
        REFUSED("\xEF\xBB\xBF", CHAT_BAD_JSON, NULL),
        REFUSED("\xEF\xBB\xBF\xEF\xBB\xBF{}", CHAT_BAD_JSON, NULL),
        REFUSED("[" MESSAGE "\"text\":\"hi\"}]", CHAT_BAD_JSON, NULL),
        REFUSED("{\"type\":\"typing\"", CHAT_BAD_JSON, NULL),
        REFUSED("{\"type\":\"typing\"}{}", CHAT_BAD_JSON, NULL),
        REFUSED("{\"type\":\"typing\",\"ref\":\"r\",\"type\":\"name\"}",
                CHAT_BAD_JSON, NULL),
        REFUSED(MESSAGE "\"text\":\"\xFF\"}", CHAT_BAD_JSON, NULL),
        REFUSED(MESSAGE "\"ref\":\"r\"}", CHAT_BAD_JSON, "r"),
        REFUSED(MESSAGE "\"text\":7,\"ref\":\"r\"}", CHAT_BAD_JSON, "r"),
        REFUSED(MESSAGE "\"text\":null}", CHAT_BAD_JSON, NULL),
        REFUSED(MESSAGE "\"text\":[\"hi\"]}", CHAT_BAD_JSON, NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_bad_type(void **state)
{
    static const command_case cases[] = {
        REFUSED("{}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"text\":\"hi\",\"ref\":\"r\"}", CHAT_BAD_TYPE, "r"),
        REFUSED("{\"type\":\"Message\",\"text\":\"hi\"}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":\"\",\"ref\":\"r\"}", CHAT_BAD_TYPE, "r"),
        REFUSED("{\"type\":\"hello\",\"ref\":7}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":\"typing\\u0000\"}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":\"typing\\ud800\"}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":7}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":null}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":[\"typing\"]}", CHAT_BAD_TYPE, NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_bad_text_and_its_neighbours(void **state)
{
    static const command_case cases[] = {
        REFUSED(MESSAGE "\"text\":\"a\\u0000b\",\"ref\":\"r\"}", CHAT_BAD_TEXT,
                "r"),
        REFUSED(MESSAGE "\"text\":\"a\\u001fb\",\"ref\":\"r\"}", CHAT_BAD_TEXT,
                "r"),
        REFUSED(MESSAGE "\"text\":\"a\x7F\"}", CHAT_BAD_TEXT, NULL),
        REFUSED(MESSAGE "\"text\":\"a\\u0085\"}", CHAT_BAD_TEXT, NULL),
        REFUSED(MESSAGE "\"text\":\"a\\r\"}", CHAT_BAD_TEXT, NULL),
        { MESSAGE "\"text\":\"\\u2028a\\u2029\"}", CHAT_OK,
          CHAT_COMMAND_MESSAGE,
          "\xE2\x80\xA8"
          "a\xE2\x80\xA9",
          NULL },
        REFUSED(MESSAGE "\"text\":\"\",\"ref\":\"r\"}", CHAT_EMPTY, "r"),
        REFUSED(MESSAGE "\"text\":\" \\t\\r\\n\\u00a0\\u3000\"}", CHAT_EMPTY,
                NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_lone_surrogates(void **state)
{
    static const command_case cases[] = {
        { MESSAGE "\"text\":\"\\ud83d\\ude00\"}", CHAT_OK, CHAT_COMMAND_MESSAGE,
          "\xF0\x9F\x98\x80", NULL },
        { MESSAGE "\"text\":\"\\uD83D\\uDE00\"}", CHAT_OK, CHAT_COMMAND_MESSAGE,
          "\xF0\x9F\x98\x80", NULL },
        REFUSED(MESSAGE "\"text\":\"\\ud83d\",\"ref\":\"r\"}", CHAT_BAD_TEXT,
                "r"),
        REFUSED(MESSAGE "\"text\":\"\\ude00\",\"ref\":\"r\"}", CHAT_BAD_TEXT,
                "r"),
        REFUSED(MESSAGE "\"text\":\"\\ude00\\ud83d\"}", CHAT_BAD_TEXT, NULL),
        REFUSED(MESSAGE "\"text\":\"\\ud83dx\\ude00\"}", CHAT_BAD_TEXT, NULL),
        REFUSED(MESSAGE "\"text\":\"\\ud83d\\ud83d\\ude00\"}", CHAT_BAD_TEXT,
                NULL),
        REFUSED(MESSAGE "\"text\":\"\\uDBFF\\u0041\"}", CHAT_BAD_TEXT, NULL),
        /* escaped backslashes: no surrogate at all */
        { MESSAGE "\"text\":\"\\\\ud83d\"}", CHAT_OK, CHAT_COMMAND_MESSAGE,
          "\\ud83d", NULL },
        REFUSED(MESSAGE "\"text\":\"\\\"\\\\\\ud83d\"}", CHAT_BAD_TEXT, NULL),
        { MESSAGE "\"text\":\"\\ufffd\"}", CHAT_OK, CHAT_COMMAND_MESSAGE,
          "\xEF\xBF\xBD", NULL },
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":\"\\ud83d\"}", CHAT_BAD_REF,
                NULL),
        REFUSED("{\"type\":\"name\",\"name\":\"a\\udc00\",\"ref\":\"r\"}",
                CHAT_BAD_NAME, "r"),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_bad_ref_and_bad_name(void **state)
{
    static const command_case cases[] = {
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":7}", CHAT_BAD_REF, NULL),
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":null}", CHAT_BAD_REF, NULL),
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":\"\"}", CHAT_BAD_REF, NULL),
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":\"a\\nb\"}", CHAT_BAD_REF,
                NULL),
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":\"a\\u0000\"}", CHAT_BAD_REF,
                NULL),
        REFUSED(MESSAGE "\"text\":\"hi\",\"ref\":\"\\u0085\"}", CHAT_BAD_REF,
                NULL),
        REFUSED(MESSAGE "\"text\":\"\",\"ref\":\"\"}", CHAT_BAD_REF, NULL),
        { MESSAGE "\"text\":\"hi\",\"ref\":\"<\\u2028 \\ud83d\\ude00\"}",
          CHAT_OK, CHAT_COMMAND_MESSAGE, "hi",
          "<\xE2\x80\xA8 \xF0\x9F\x98\x80" },
        REFUSED("{\"type\":\"typing\",\"ref\":[]}", CHAT_BAD_REF, NULL),
        REFUSED("{\"type\":\"name\"}", CHAT_BAD_NAME, NULL),
        REFUSED("{\"type\":\"name\",\"name\":7,\"ref\":\"r\"}", CHAT_BAD_NAME,
                "r"),
        REFUSED("{\"type\":\"name\",\"name\":\" Ann\",\"ref\":\"r\"}",
                CHAT_BAD_NAME, "r"),
        REFUSED("{\"type\":\"name\",\"name\":\"guest-7f3a\"}", CHAT_BAD_NAME,
                NULL),
        REFUSED("{\"type\":\"name\",\"name\":\"Ann\\u0000\"}", CHAT_BAD_NAME,
                NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

static void test_posted_json(void **state)
{
    static const command_case cases[] = {
        { "{\"text\":\"hi\",\"ref\":\"r\"}", CHAT_OK, CHAT_COMMAND_MESSAGE,
          "hi", "r" },
        { MESSAGE "\"text\":\"hi\"}", CHAT_OK, CHAT_COMMAND_MESSAGE, "hi",
          NULL },
        { "{\"type\":\"typing\",\"ref\":\"r\"}", CHAT_OK,
          CHAT_COMMAND_TYPING, NULL, "r" },
        { "{\"type\":\"name\",\"name\":\"Ann\"}", CHAT_OK,
          CHAT_COMMAND_NAME, "Ann", NULL },
        REFUSED("{\"type\":\"name\",\"text\":\"hi\"}", CHAT_BAD_NAME, NULL),
        REFUSED("{\"type\":\"shout\",\"text\":\"hi\"}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"type\":null,\"text\":\"hi\"}", CHAT_BAD_TYPE, NULL),
        REFUSED("{\"ref\":\"r\"}", CHAT_BAD_JSON, "r"),
        REFUSED("{\"text\":true}", CHAT_BAD_JSON, NULL),
        REFUSED("[]", CHAT_BAD_JSON, NULL),
        REFUSED("", CHAT_BAD_JSON, NULL),
        REFUSED("{\"text\":\"hi\",\"ref\":\"\"}", CHAT_BAD_REF, NULL),
        REFUSED("{\"text\":\"\\ud800\"}", CHAT_BAD_TEXT, NULL),
        REFUSED("{\"text\":\"\"}", CHAT_EMPTY, NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), true);
}

/* A message whose text is `size` times an x and whose ref `ref_size` times
 * an r. */
static chat_error parse_sized(size_t size, size_t ref_size, size_t *ref_kept)
{
    base_bytes json = BASE_BYTES_INIT;
    chat_command command;

    base_bytes_append_text(&json, MESSAGE "\"text\":\"");
    for (size_t i = 0; i < size; i++) {
        base_bytes_append_text(&json, "x");
    }
    base_bytes_append_text(&json, "\",\"ref\":\"");
    for (size_t i = 0; i < ref_size; i++) {
        base_bytes_append_text(&json, "r");
    }
    base_bytes_append_text(&json, "\"}");
    (void)chat_command_parse(json.data, json.len, MAX_TEXT, &command);
    base_bytes_free(&json);
    chat_command_destroy(&command);
    *ref_kept = command.ref_size;
    return command.error;
}

static void test_limits(void **state)
{
    size_t ref_kept;

    (void)state;
    assert_int_equal(parse_sized(MAX_TEXT, 1, &ref_kept), CHAT_OK);
    assert_int_equal(parse_sized(MAX_TEXT + 1, 1, &ref_kept), CHAT_TOO_LONG);
    assert_int_equal(ref_kept, 1);
    assert_int_equal(parse_sized(1, 64, &ref_kept), CHAT_OK);
    assert_int_equal(ref_kept, 64);
    assert_int_equal(parse_sized(1, 65, &ref_kept), CHAT_BAD_REF);
    assert_int_equal(ref_kept, 0);
    assert_int_equal(parse_sized(60000, 1, &ref_kept), CHAT_TOO_LONG);
}

/* The depth that is allowed is the one the header names. */
static chat_error parse_nested(size_t depth)
{
    base_bytes json = BASE_BYTES_INIT;
    chat_command command;

    base_bytes_append_text(&json, "{\"type\":\"typing\",\"x\":");
    for (size_t i = 1; i < depth; i++) {
        base_bytes_append_text(&json, "[");
    }
    for (size_t i = 1; i < depth; i++) {
        base_bytes_append_text(&json, "]");
    }
    base_bytes_append_text(&json, "}");
    (void)chat_command_parse(json.data, json.len, MAX_TEXT, &command);
    base_bytes_free(&json);
    chat_command_destroy(&command);
    return command.error;
}

static void test_depth(void **state)
{
    (void)state;
    assert_int_equal(parse_nested(CHAT_COMMAND_DEPTH), CHAT_OK);
    assert_int_equal(parse_nested(CHAT_COMMAND_DEPTH + 1), CHAT_BAD_JSON);
}

static void test_text_passes_unchanged(void **state)
{
    static const char *const texts[] = {
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D"
        "\xF0\x9F\x91\xA7\xE2\x80\x8D\xF0\x9F\x91\xA6",
        "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA \xE2\x9D\xA4\xEF\xB8\x8F",
        "\xE2\x80\xAE"
        "abc\xE2\x80\xAC \u05e9\u05dc\u05d5\u05dd \u0639\u0627\u0644\u0645",
        "Zoe\xCC\x88 und Zo\xC3\xAB",
        "<script>alert(1)</script> & \" ' ` \\ /",
        "\xEF\xBF\xBF \xF4\x8F\xBF\xBF \xEF\xBB\xBF.",
    };
    chat_command command;
    json_t *object;
    char *json;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        object = json_pack("{s:s,s:s}", "type", "message", "text", texts[i]);
        for (int ascii = 0; ascii < 2; ascii++) {
            json = json_dumps(object, ascii ? JSON_ENSURE_ASCII : 0);
            assert_int_equal(
                chat_command_parse(json, strlen(json), MAX_TEXT, &command),
                CHAT_OK);
            check_bytes(&command.text, texts[i]);
            chat_command_destroy(&command);
            free(json);
        }
        json_decref(object);
    }
}

static void test_from_text(void **state)
{
    static const struct {
        const char *text;
        const char *ref;
        chat_error error;
    } cases[] = {
        { "hi", NULL, CHAT_OK },
        { "{\"no\":\"json\"}", "c-17", CHAT_OK },
        { "a\r\nb", NULL, CHAT_OK },
        { "", "r", CHAT_EMPTY },
        { " \n", NULL, CHAT_EMPTY },
        { "a\x01", "r", CHAT_BAD_TEXT },
        { "a\xFF", "r", CHAT_BAD_TEXT },
        { "a\xC3", NULL, CHAT_BAD_TEXT },
        { "\xED\xA0\x80", NULL, CHAT_BAD_TEXT },
        { "hi", "", CHAT_BAD_REF },
        { "hi", "\xFF", CHAT_BAD_REF },
        { "hi", "a\n", CHAT_BAD_REF },
        { "12345678901234567890123456789012"
          "12345678901234567890123456789012",
          NULL, CHAT_OK },
        { "12345678901234567890123456789012"
          "123456789012345678901234567890123",
          "r", CHAT_TOO_LONG },
        { "hi",
          "12345678901234567890123456789012"
          "123456789012345678901234567890123",
          CHAT_BAD_REF },
    };
    chat_command command;
    const char *ref;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ref = cases[i].ref;
        assert_int_equal(
            chat_command_from_text(cases[i].text, strlen(cases[i].text), ref,
                                   ref ? strlen(ref) : 0, MAX_TEXT, &command),
            cases[i].error);
        assert_int_equal(command.error, cases[i].error);
        assert_int_equal(command.kind, CHAT_COMMAND_MESSAGE);
        assert_string_equal(command.ref,
                            ref && cases[i].error != CHAT_BAD_REF ? ref : "");
        chat_command_destroy(&command);
    }
    assert_int_equal(chat_command_from_text("a\r\nb", 4, NULL, 0, 3, &command),
                     CHAT_OK);
    check_bytes(&command.text, "a\nb");
    chat_command_destroy(&command);
    assert_int_equal(chat_command_from_text("a\0b", 3, NULL, 0, 3, &command),
                     CHAT_BAD_TEXT);
    chat_command_destroy(&command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_commands),
        cmocka_unit_test(test_server_made_and_unknown_members_are_ignored),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_bad_type),
        cmocka_unit_test(test_bad_text_and_its_neighbours),
        cmocka_unit_test(test_lone_surrogates),
        cmocka_unit_test(test_bad_ref_and_bad_name),
        cmocka_unit_test(test_posted_json),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_text_passes_unchanged),
        cmocka_unit_test(test_from_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
