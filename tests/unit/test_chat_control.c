/* test_chat_control.c - the lines that chatwsctl sends, and which rooms they
 * mean. */
#include "test_chat.h"

#include "chat/control/chat_control.h"
#include "guard_page.h"

/* Reads the line from the end of a page. */
static bool parse(chat_control *control, const char *line, size_t size)
{
    bool good = chat_control_parse(guard_page_copy(line, size), size, control);

    guard_page_free_all();
    return good;
}

static bool good(const char *line)
{
    chat_control control;
    bool is = parse(&control, line, strlen(line));

    assert_true(is == (control.error == NULL));
    chat_control_destroy(&control);
    return is;
}

static const char *const right[] = {
    "{\"type\":\"status\"}",
    "{\"type\":\"rooms\",\"site\":\"a.test\"}",
    "{\"type\":\"sanctions\",\"x\":1}",
    "{\"type\":\"export\",\"room\":\"a.test/chat/x\"}",
    "{\"type\":\"export\",\"room\":\"/chat/x\"}",
    "{\"type\":\"erase\",\"user\":\"u-ann\"}",
    "{\"type\":\"erase\",\"user\":\"g-0123456701234567\"}",
    "{\"type\":\"ban\",\"user\":\"u-ann\",\"for\":60,\"reason\":\"x\"}",
    "{\"type\":\"pardon\",\"user\":\"u-ann\",\"room\":\"/chat\"}",
    "{\"type\":\"kick\",\"user\":\"u-ann\",\"room\":\"/chat\"}",
    "{\"type\":\"clear\",\"room\":\"a.test/chat/x\"}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"topic\":\"\"}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"slow\":0}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"locked\":true}",
    "{\"type\":\"close\",\"connection\":\"0-17-4294967295\"}",
};

static const char *const wrong[] = {
    "", "{", "[]", "{}", "{\"type\":1}", "{\"type\":\"stat\"}",
    "{\"type\":\"message\",\"text\":\"x\"}",
    "{\"type\":\"status\"} x",
    "{\"type\":\"status\",\"type\":\"rooms\"}",
    "{\"type\":\"export\"}",
    "{\"type\":\"export\",\"room\":\"chat\"}",
    "{\"type\":\"export\",\"room\":\"\"}",
    "{\"type\":\"export\",\"room\":\"a/\\u0000\"}",
    "{\"type\":\"export\",\"room\":\"a\\n/b\"}",
    "{\"type\":\"rooms\",\"site\":\"a/b\"}",
    "{\"type\":\"erase\"}",
    "{\"type\":\"erase\",\"user\":\"ann\"}",
    "{\"type\":\"erase\",\"user\":\"u-\"}",
    "{\"type\":\"erase\",\"user\":\"g-012345670123456\"}",
    "{\"type\":\"ban\",\"user\":\"ann\"}",
    "{\"type\":\"ban\",\"user\":\"u-ann\",\"for\":0}",
    "{\"type\":\"ban\",\"user\":\"u-ann\",\"reason\":\"a\\nb\"}",
    "{\"type\":\"ban\",\"user\":\"u-ann\",\"x\":[[[]]]}",
    "{\"type\":\"kick\",\"user\":\"u-ann\"}",
    "{\"type\":\"kick\",\"room\":\"/chat\"}",
    "{\"type\":\"clear\"}",
    "{\"type\":\"clear\",\"room\":\"chat\"}",
    "{\"type\":\"room\",\"locked\":true}",
    "{\"type\":\"room\",\"room\":\"/chat/x\"}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"locked\":1}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"slow\":86401}",
    "{\"type\":\"room\",\"room\":\"/chat/x\",\"topic\":\"a\nb\"}",
    "{\"type\":\"close\"}",
    "{\"type\":\"close\",\"connection\":17}",
    "{\"type\":\"close\",\"connection\":\"\"}",
    "{\"type\":\"close\",\"connection\":\"1-2\"}",
    "{\"type\":\"close\",\"connection\":\"1-2-\"}",
    "{\"type\":\"close\",\"connection\":\"1--2\"}",
    "{\"type\":\"close\",\"connection\":\"1-2-3-4\"}",
    "{\"type\":\"close\",\"connection\":\"1-2- 3\"}",
    "{\"type\":\"close\",\"connection\":\"1-2-4294967296\"}",
    "{\"type\":\"close\",\"connection\":\"1-2-99999999999\"}",
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        if (!good(right[i])) {
            fail_msg("%s", right[i]);
        }
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (good(wrong[i])) {
            fail_msg("%s", wrong[i]);
        }
    }
}

static void test_the_longest(void **state)
{
    static const char start[] = "{\"type\":\"status\"";
    char line[CHAT_CONTROL_LINE_MOST + 2];
    chat_control control;

    (void)state;
    memset(line, ' ', sizeof(line));
    memcpy(line, start, sizeof(start) - 1);
    line[CHAT_CONTROL_LINE_MOST - 1] = '}';
    assert_true(parse(&control, line, CHAT_CONTROL_LINE_MOST));
    chat_control_destroy(&control);
    assert_false(parse(&control, line, CHAT_CONTROL_LINE_MOST + 1));
    chat_control_destroy(&control);
}

static void test_members(void **state)
{
    static const char line[] =
        "{\"type\":\"ban\",\"room\":\"a.test/chat/x\",\"user\":\"u-ann\","
        "\"for\":3600,\"reason\":\"spam\",\"address\":true,\"purge\":true}";
    chat_control control;

    (void)state;
    assert_true(parse(&control, line, strlen(line)));
    assert_int_equal(control.kind, CHAT_CONTROL_ORDER);
    assert_int_equal(control.command.kind, CHAT_COMMAND_BAN);
    assert_string_equal(control.room.text, "a.test/chat/x");
    assert_string_equal(control.command.user.text, "u-ann");
    assert_int_equal(control.command.seconds, 3600);
    assert_true(control.command.address && control.command.purge);
    check_bytes(&control.command.reason, "spam");
    chat_control_destroy(&control);
}

static void test_rooms_and_connections(void **state)
{
    static const char room[] =
        "{\"type\":\"room\",\"room\":\"a.test/x\",\"topic\":\"T\","
        "\"locked\":true}";
    static const char close[] =
        "{\"type\":\"close\",\"connection\":\"3-17-4711\"}";
    chat_control control;

    (void)state;
    assert_true(parse(&control, room, strlen(room)));
    assert_int_equal(control.kind, CHAT_CONTROL_STATE);
    assert_string_equal(control.room.text, "a.test/x");
    check_bytes(&control.command.topic, "T");
    assert_true(control.command.locked && !control.command.has_slow);
    chat_control_destroy(&control);
    assert_true(parse(&control, close, strlen(close)));
    assert_int_equal(control.kind, CHAT_CONTROL_CLOSE);
    assert_int_equal(control.connection.place, 3);
    assert_int_equal(control.connection.fd, 17);
    assert_int_equal(control.connection.started, 4711);
    chat_control_destroy(&control);
}

static bool means(const char *room, const char *site, const char *key)
{
    chat_control control = { .room = { strlen(room), "" },
                             .site = { strlen(site), "" } };

    strcpy(control.room.text, room);
    strcpy(control.site.text, site);
    return chat_control_means(&control, key, strlen(key));
}

static void test_rooms(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    assert_true(means("", "", "a.test\n/chat/x"));
    assert_true(means("", "a.test", "a.test\n/chat/x"));
    assert_false(means("", "a.tes", "a.test\n/chat/x"));
    assert_false(means("", "a.test x", "a.test\n/chat/x"));
    assert_true(means("/chat/x", "", "a.test\n/chat/x"));
    assert_true(means("/chat/x", "a.test", "a.test\n/chat/x"));
    assert_false(means("/chat/x", "b.test", "a.test\n/chat/x"));
    assert_true(means("a.test/chat/x", "", "a.test\n/chat/x"));
    assert_false(means("b.test/chat/x", "", "a.test\n/chat/x"));
    assert_false(means("a.test/chat/", "", "a.test\n/chat/x"));
    assert_false(means("a.test/chat/xy", "", "a.test\n/chat/x"));
    assert_false(means("/chat/x", "", "alone"));
    chat_control_write_room(&out, "a.test b\n/\"x", 12);
    check_bytes(&out, "\"a.test b/\\\"x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_the_longest),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_rooms_and_connections),
        cmocka_unit_test(test_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
