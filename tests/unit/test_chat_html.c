/* test_chat_html.c - a message can say nothing but text. */
#include "test_chat.h"

#include <stdio.h>

#include "chat/chat_event.h"
#include "chat/chat_html.h"

#define GUEST " <small>(guest \u00b7 \u8bbf\u5ba2)</small>"
#define ID "1795639231502-1"
#define TIME \
    " <time datetime=\"2026-11-25T20:40:31Z\">2026-11-25 20:40 UTC</time>"

/* The page with one message as the server writes it. */
static void make_page(base_bytes *page, const char *id, const char *name,
                      const char *text, size_t size)
{
    chat_person from = { .user = 1, .guest = true };

    chat_person_set_name(&from, name, strlen(name));
    chat_event_poll_head(page, id, false);
    base_bytes_append_text(page, CHAT_EVENT_MESSAGE_HEAD);
    base_bytes_append_text(page, id);
    chat_event_message_tail(page, &(chat_event_said){
        .from = &from, .text = text, .text_size = size,
        .ref = "r", .ref_size = 1 });
    chat_event_poll_tail(page, true);
}

static void check_message(const char *id, const char *name, const char *text,
                          const char *expected)
{
    base_bytes page = BASE_BYTES_INIT;
    base_bytes out = BASE_BYTES_INIT;

    make_page(&page, id, name, text, strlen(text));
    assert_true(chat_html_messages(&out, page.data, page.len));
    check_bytes(&out, expected);
    base_bytes_free(&page);
}

static void test_message(void **state)
{
    (void)state;
    check_message(ID, "Ann", "hi\nyou",
                  "<li><p><b dir=\"auto\">Ann</b>" GUEST TIME
                  "</p>\n<p class=\"text\" dir=\"auto\">hi\nyou</p></li>\n");
    check_message("0-0", "\xD7\xA9", "\xE4\xB8\x89",
                  "<li><p><b dir=\"auto\">\xD7\xA9</b>" GUEST " "
                  "<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00 "
                  "UTC</time></p>\n"
                  "<p class=\"text\" dir=\"auto\">\xE4\xB8\x89</p></li>\n");
    check_message("18446744073709551615-9", "n", "t",
                  "<li><p><b dir=\"auto\">n</b>" GUEST " "
                  "<time datetime=\"9999-12-31T23:59:59Z\">9999-12-31 23:59 "
                  "UTC</time></p>\n"
                  "<p class=\"text\" dir=\"auto\">t</p></li>\n");
}

/* A verified name has no mark, and "guest" must be true for one. */
static void test_only_guests_are_marked(void **state)
{
    static const char *const kinds[] = { "}", ",\"guest\":false}",
                                         ",\"guest\":\"true\"}" };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        base_bytes page = BASE_BYTES_INIT;
        base_bytes out = BASE_BYTES_INIT;

        base_bytes_append_text(&page, "{\"events\":[{\"id\":\"" ID "\","
                                      "\"from\":{\"id\":\"u-Ann\","
                                      "\"name\":\"Ann\"");
        base_bytes_append_text(&page, kinds[i]);
        base_bytes_append_text(&page, ",\"text\":\"t\"}]}");
        assert_true(chat_html_messages(&out, page.data, page.len));
        check_bytes(&out, "<li><p><b dir=\"auto\">Ann</b>" TIME
                          "</p>\n<p class=\"text\" dir=\"auto\">t</p></li>\n");
        base_bytes_free(&page);
    }
}

/* `members`: of the event, behind those of `from`. */
static void check_marks(const char *members, const char *expected)
{
    base_bytes page = BASE_BYTES_INIT;
    base_bytes out = BASE_BYTES_INIT;

    base_bytes_append_text(&page, "{\"events\":[{\"id\":\"" ID "\","
                                  "\"from\":{\"id\":\"u-Ann\","
                                  "\"name\":\"Ann\"");
    base_bytes_append_text(&page, members);
    base_bytes_append_text(&page, "}]}");
    assert_true(chat_html_messages(&out, page.data, page.len));
    check_bytes(&out, expected);
    base_bytes_free(&page);
}

static void test_outcomes(void **state)
{
    (void)state;
    check_marks(",\"moderator\":true},\"text\":\"new\",\"edited\":true",
                "<li><p><b dir=\"auto\">Ann</b>"
                " <small>(moderator \u00b7 \u7248\u4e3b)</small>" TIME
                " <small>(edited \u00b7 \u5df2\u7f16\u8f91)</small></p>\n"
                "<p class=\"text\" dir=\"auto\">new</p></li>\n");
    check_marks("},\"text\":\"\",\"deleted\":true",
                "<li><p><b dir=\"auto\">Ann</b>" TIME "</p>\n"
                "<p class=\"text\" dir=\"auto\">"
                "<i>deleted \u00b7 \u5df2\u5220\u9664</i></p></li>\n");
    check_marks("},\"text\":\"t\",\"deleted\":false,\"edited\":1",
                "<li><p><b dir=\"auto\">Ann</b>" TIME "</p>\n"
                "<p class=\"text\" dir=\"auto\">t</p></li>\n");
}

static void test_nothing_is_markup(void **state)
{
    static const char *const hostile[] = {
        "<script>alert(1)</script>",
        "</p></li></ol><img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "' onmouseover='alert(1)",
        "<!--", "-->", "<![CDATA[", "]]>",
        "&lt;script&gt;", "&#60;b&#62;", "&",
        "<meta http-equiv=refresh content=0;url=//x>",
        "<base href=//x>", "</title><script>", "javascript:alert(1)",
        "\xE2\x80\xAE<\xE2\x80\xA8>\xEF\xBB\xBF<",
        "<\xC2\xAB<<<>>>&&&'''\"\"\"",
    };
    static const char bare[] = "<li><p><b dir=\"auto\">n</b>" GUEST TIME
                               "</p>\n<p class=\"text\" dir=\"auto\">";

    (void)state;
    for (size_t i = 0; i < COUNT(hostile); i++) {
        base_bytes page = BASE_BYTES_INIT;
        base_bytes out = BASE_BYTES_INIT;
        const char *text;

        make_page(&page, ID, "n", hostile[i], strlen(hostile[i]));
        assert_true(chat_html_messages(&out, page.data, page.len));
        base_bytes_append(&out, "", 1);
        text = (const char *)out.data;
        assert_memory_equal(text, bare, sizeof(bare) - 1);
        text += sizeof(bare) - 1;
        assert_int_equal(strcspn(text, "<>\"'"), strlen(text) - 10);
        assert_string_equal(text + strlen(text) - 10, "</p></li>\n");
        base_bytes_free(&page);
        base_bytes_free(&out);
    }
}

/* Every byte of ASCII, in a name and in a text. */
static void test_escapes(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_html_text(&out, "a&<>\"'b", 7);
    check_bytes(&out, "a&amp;&lt;&gt;&quot;&#39;b");
    chat_html_text(&out, "", 0);
    chat_html_text(&out, "plain", 5);
    check_bytes(&out, "plain");
    check_message(ID, "<b>'\"&", "x",
                  "<li><p><b dir=\"auto\">&lt;b&gt;&#39;&quot;&amp;</b>" GUEST
                  TIME
                  "</p>\n<p class=\"text\" dir=\"auto\">x</p></li>\n");
}

static void test_no_page(void **state)
{
    static const char *const bad[] = { "", "{", "[]", "{}", "null",
                                       "{\"events\":{}}",
                                       "{\"events\":[]} x" };
    static const char *const empty[] = {
        "{\"events\":[]}", "{\"events\":[1,null,[],{},\"x\"]}",
        "{\"events\":[{\"id\":\"1-0\",\"text\":\"x\"}]}",
        "{\"events\":[{\"id\":1,\"text\":\"x\",\"from\":{\"name\":\"n\"}}]}",
        "{\"events\":[{\"id\":\"1\",\"text\":7,\"from\":{\"name\":\"n\"}}]}",
    };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(chat_html_messages(&out, bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < COUNT(empty); i++) {
        assert_true(chat_html_messages(&out, empty[i], strlen(empty[i])));
    }
    assert_int_equal(out.len, 0);
    base_bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_only_guests_are_marked),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_nothing_is_markup),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_no_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
