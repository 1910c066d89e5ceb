/* test_chat_moderation.c - the commands of authors and moderators: what each
 * takes, and every member that is refused. */
#include "test_chat.h"

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

static void run_cases(const command_case *cases, size_t count, bool posted)
{
    chat_command command;
    size_t size;
    chat_error error;

    for (size_t i = 0; i < count; i++) {
        size = strlen(cases[i].json);
        error = posted ? chat_command_parse_post(cases[i].json, size, MAX_TEXT,
                                                 &command)
                       : chat_command_parse(cases[i].json, size, MAX_TEXT,
                                            &command);
        assert_int_equal(error, command.error);
        check_command(&cases[i], &command);
    }
}

#define KIND(type) "{\"type\":\"" type "\","
#define USER "\"user\":\"g-00000000000000ff\""
#define BAD(json) REFUSED(json, CHAT_BAD_MEMBER, NULL)

/* What is asked of a moderator's or an author's command. */
static void test_moderation_is_read(void **state)
{
    chat_command command;
    const char *json =
        KIND("ban") USER ",\"for\":3600,\"reason\":\"spam \\u00e9\","
        "\"address\":true,\"purge\":true,\"ref\":\"r\"}";

    (void)state;
    assert_int_equal(
        chat_command_parse(json, strlen(json), MAX_TEXT, &command), CHAT_OK);
    assert_int_equal(command.kind, CHAT_COMMAND_BAN);
    assert_string_equal(command.user.text, "g-00000000000000ff");
    assert_int_equal(command.seconds, 3600);
    check_bytes(&command.reason, "spam \xC3\xA9");
    assert_true(command.address && command.purge);
    assert_string_equal(command.ref, "r");
    chat_command_destroy(&command);

    json = KIND("mute") "\"user\":\"u-Zo\\u00eb x\",\"for\":6e1,"
           "\"purge\":7}";
    assert_int_equal(
        chat_command_parse(json, strlen(json), MAX_TEXT, &command), CHAT_OK);
    assert_int_equal(command.kind, CHAT_COMMAND_MUTE);
    assert_string_equal(command.user.text, "u-Zo\xC3\xAB x");
    assert_int_equal(command.seconds, 60);
    assert_int_equal(command.reason.len, 0);
    assert_false(command.address || command.purge);
    chat_command_destroy(&command);

    json = KIND("room") "\"slow\":30,\"locked\":false,\"topic\":\"\"}";
    assert_int_equal(
        chat_command_parse(json, strlen(json), MAX_TEXT, &command), CHAT_OK);
    assert_int_equal(command.kind, CHAT_COMMAND_ROOM);
    assert_int_equal(command.slow, 30);
    assert_true(command.has_slow && command.has_locked && command.has_topic);
    assert_false(command.locked);
    assert_int_equal(command.topic.len, 0);
    chat_command_destroy(&command);

    json = KIND("edit") "\"id\":\"17-0\",\"text\":\"new\"}";
    assert_int_equal(
        chat_command_parse(json, strlen(json), MAX_TEXT, &command), CHAT_OK);
    assert_int_equal(command.kind, CHAT_COMMAND_EDIT);
    assert_string_equal(command.target.text, "17-0");
    check_bytes(&command.text, "new");
    chat_command_destroy(&command);

    json = MESSAGE "\"text\":\"yes\",\"re\":\"17-0\"}";
    assert_int_equal(
        chat_command_parse(json, strlen(json), MAX_TEXT, &command), CHAT_OK);
    assert_string_equal(command.re.text, "17-0");
    assert_int_equal(command.target.size, 0);
    chat_command_destroy(&command);
}

static void test_moderation_kinds(void **state)
{
    static const command_case cases[] = {
        { KIND("delete") "\"id\":\"17-0\"}", CHAT_OK, CHAT_COMMAND_DELETE,
          NULL, NULL },
        { KIND("report") "\"id\":\"17-0\",\"reason\":\"x\"}", CHAT_OK,
          CHAT_COMMAND_REPORT, NULL, NULL },
        { KIND("report") "\"id\":\"17-0\"}", CHAT_OK, CHAT_COMMAND_REPORT,
          NULL, NULL },
        { KIND("kick") USER "}", CHAT_OK, CHAT_COMMAND_KICK, NULL, NULL },
        { KIND("pardon") USER ",\"for\":\"x\"}", CHAT_OK,
          CHAT_COMMAND_PARDON, NULL, NULL },
        { KIND("mute") USER ",\"for\":1}", CHAT_OK, CHAT_COMMAND_MUTE, NULL,
          NULL },
        { KIND("mute") USER ",\"for\":315360000}", CHAT_OK,
          CHAT_COMMAND_MUTE, NULL, NULL },
        { KIND("ban") USER ",\"address\":false}", CHAT_OK, CHAT_COMMAND_BAN,
          NULL, NULL },
        { KIND("room") "\"slow\":86400}", CHAT_OK, CHAT_COMMAND_ROOM, NULL,
          NULL },
        { KIND("room") "\"slow\":0}", CHAT_OK, CHAT_COMMAND_ROOM, NULL,
          NULL },
        { KIND("clear") "\"ref\":\"c\"}", CHAT_OK, CHAT_COMMAND_CLEAR, NULL,
          "c" },
        { KIND("edit") "\"id\":\"17-0\",\"text\":\"hi\"}", CHAT_OK,
          CHAT_COMMAND_EDIT, "hi", NULL },
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
    run_cases(cases, COUNT(cases), true);
}

static void test_bad_members(void **state)
{
    static const command_case cases[] = {
        REFUSED(KIND("delete") "\"ref\":\"r\"}", CHAT_BAD_MEMBER, "r"),
        BAD(KIND("delete") "\"id\":7}"),
        BAD(KIND("delete") "\"id\":\"\"}"),
        BAD(KIND("delete") "\"id\":\"1-0\\u0000\"}"),
        BAD(KIND("delete")
            "\"id\":\"111111111111111111111-11111111111111111111\"}"),
        BAD(KIND("report") "\"id\":null}"),
        BAD(KIND("report") "\"id\":\"1-0\",\"reason\":\"\"}"),
        BAD(KIND("report") "\"id\":\"1-0\",\"reason\":\" \"}"),
        BAD(KIND("report") "\"id\":\"1-0\",\"reason\":\"a\\nb\"}"),
        BAD(KIND("report") "\"id\":\"1-0\",\"reason\":\"a\\u2028b\"}"),
        BAD(KIND("report") "\"id\":\"1-0\",\"reason\":[]}"),
        BAD(KIND("edit") "\"text\":\"hi\"}"),
        REFUSED(KIND("edit") "\"id\":7}", CHAT_BAD_JSON, NULL),
        REFUSED(KIND("edit") "\"id\":\"1-0\",\"text\":\"\"}", CHAT_EMPTY,
                NULL),
        BAD(KIND("mute") "\"for\":60}"),
        BAD(KIND("mute") "\"user\":7}"),
        BAD(KIND("mute") "\"user\":\"\"}"),
        BAD(KIND("mute") "\"user\":\"Ann\"}"),
        BAD(KIND("mute") "\"user\":\"u-\"}"),
        BAD(KIND("mute") "\"user\":\"u-a\\u0007\"}"),
        BAD(KIND("mute") "\"user\":\"g-ff\"}"),
        BAD(KIND("mute") "\"user\":\"g-00000000000000FF\"}"),
        BAD(KIND("mute") "\"user\":\"g-00000000000000fff\"}"),
        BAD(KIND("mute") USER ",\"for\":0}"),
        BAD(KIND("mute") USER ",\"for\":-1}"),
        BAD(KIND("mute") USER ",\"for\":1.5}"),
        BAD(KIND("mute") USER ",\"for\":315360001}"),
        BAD(KIND("mute") USER ",\"for\":1e300}"),
        BAD(KIND("mute") USER ",\"for\":\"60\"}"),
        BAD(KIND("mute") USER ",\"for\":null}"),
        BAD(KIND("ban") USER ",\"address\":1}"),
        BAD(KIND("ban") USER ",\"purge\":\"true\"}"),
        BAD(KIND("ban") USER ",\"reason\":7}"),
        BAD(KIND("kick") "\"reason\":\"x\"}"),
        BAD(KIND("room") "\"Slow\":30}"),
        BAD(KIND("room") "\"slow\":86401}"),
        BAD(KIND("room") "\"slow\":-1}"),
        BAD(KIND("room") "\"slow\":0.5}"),
        BAD(KIND("room") "\"slow\":true}"),
        BAD(KIND("room") "\"slow\":30,\"locked\":1}"),
        BAD(KIND("room") "\"topic\":null}"),
        BAD(KIND("room") "\"topic\":\"a\\tb\"}"),
        BAD(MESSAGE "\"text\":\"hi\",\"re\":17}"),
        BAD(MESSAGE "\"text\":\"hi\",\"re\":\"\"}"),
        REFUSED(MESSAGE "\"re\":17}", CHAT_BAD_JSON, NULL),
        REFUSED(KIND("mute") USER ",\"for\":0,\"ref\":7}", CHAT_BAD_REF,
                NULL),
    };

    (void)state;
    run_cases(cases, COUNT(cases), false);
}

/* `size` times an x as the member `name` of a command of this kind. */
static chat_error parse_line(const char *head, size_t size)
{
    base_bytes json = BASE_BYTES_INIT;
    chat_command command;

    base_bytes_append_text(&json, head);
    for (size_t i = 0; i < size; i++) {
        base_bytes_append_text(&json, "x");
    }
    base_bytes_append_text(&json, "\"}");
    (void)chat_command_parse(json.data, json.len, MAX_TEXT, &command);
    base_bytes_free(&json);
    chat_command_destroy(&command);
    return command.error;
}

static void test_limits_of_members(void **state)
{
    static const struct {
        const char *head;
        size_t most;
    } cases[] = {
        { KIND("kick") USER ",\"reason\":\"", 200 },
        { KIND("room") "\"topic\":\"", 200 },
        { KIND("mute") "\"user\":\"u-", 128 },
        { KIND("delete") "\"id\":\"", 41 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(parse_line(cases[i].head, cases[i].most), CHAT_OK);
        assert_int_equal(parse_line(cases[i].head, cases[i].most + 1),
                         CHAT_BAD_MEMBER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moderation_is_read),
        cmocka_unit_test(test_moderation_kinds),
        cmocka_unit_test(test_bad_members),
        cmocka_unit_test(test_limits_of_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
