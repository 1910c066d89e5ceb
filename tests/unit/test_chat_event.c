/* test_chat_event.c - what the server sends, byte by byte, and what nobody
 * can put into it. */
#include "test_chat.h"

#include "chat/chat_event.h"

#define USER UINT64_C(0x7f3a0123456789ab)
#define ANN "{\"id\":\"u-Ann\",\"name\":\"Ann\"}"
#define GUEST \
    "{\"id\":\"g-7f3a0123456789ab\",\"name\":\"guest-7f3a\",\"guest\":true}"
#define CURSOR "1795321234567-0"
#define ID "1795321234567-1"

static chat_person person_of(bool guest, const char *name, size_t size)
{
    chat_person person = { .user = USER, .guest = guest };

    chat_person_set_name(&person, name, size);
    return person;
}

#define STATE "\"state\":{\"topic\":\"\",\"slow\":0,\"locked\":false}"

static chat_person ann(void)
{
    return person_of(false, "Ann", 3);
}

static chat_person guest(void)
{
    return person_of(true, "guest-7f3a", 10);
}

static chat_event_greeting greeting_of(const chat_person *you)
{
    static const chat_state usual = { .topic = "", .topic_size = 0 };

    return (chat_event_greeting){
        .room = "/chat/lobby",
        .room_size = 11,
        .you = you,
        .cursor = CURSOR,
        .max_text = 8192,
        .rate_milli = 5000,
        .burst = 20,
        .rights = { .speak = true },
        .state = &usual,
    };
}

static void test_hello(void **state)
{
    chat_person you = ann();
    chat_person list[] = { ann(), guest() };
    chat_event_greeting greeting = greeting_of(&you);
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    greeting.has_members = true;
    greeting.member_count = 3;
    greeting.list = list;
    greeting.list_size = COUNT(list);
    chat_event_hello(&out, &greeting);
    check_bytes(&out,
                "{\"type\":\"hello\",\"room\":\"/chat/lobby\",\"you\":" ANN
                ",\"cursor\":\"" CURSOR "\",\"resumed\":false,"
                "\"gap\":false,\"rights\":{\"speak\":true,\"moderate\":false},"
                STATE ","
                "\"limits\":{\"message\":8192,\"rate\":5,"
                "\"burst\":20},\"members\":{\"count\":3,\"list\":[" ANN
                "," GUEST "]}}");
    greeting.list_size = 0;
    greeting.archived = true;
    chat_event_hello(&out, &greeting);
    assert_non_null(memmem(out.data, out.len, "\"list\":[]}}", 11));
    assert_non_null(memmem(out.data, out.len,
                           "},\"archive\":true,\"members\":", 27));
    base_bytes_free(&out);
}

static void test_hello_variants(void **state)
{
    chat_person you = guest();
    chat_event_greeting greeting = greeting_of(&you);
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    greeting.room = "/chat/<\xC3\xA9>";
    greeting.room_size = 10;
    greeting.resumed = true;
    greeting.gap = true;
    greeting.rate_milli = 0;
    greeting.rights.speak = false;
    greeting.rights.login = true;
    chat_event_hello(&out, &greeting);
    check_bytes(&out, "{\"type\":\"hello\",\"room\":\"/chat/\\u003c\xC3\xA9"
                      "\\u003e\",\"you\":" GUEST ",\"cursor\":\"" CURSOR
                      "\",\"resumed\":true,\"gap\":true,"
                      "\"rights\":{\"speak\":false,\"moderate\":false,"
                      "\"login\":true},"
                      STATE ","
                      "\"limits\":"
                      "{\"message\":8192,\"rate\":null,\"burst\":null}}");
    greeting.rate_milli = 16;
    greeting.has_members = true;
    greeting.member_count = 100000;
    chat_event_hello(&out, &greeting);
    assert_non_null(memmem(out.data, out.len, "\"rate\":0.016,", 13));
    assert_non_null(
        memmem(out.data, out.len, "\"members\":{\"count\":100000}}", 27));
    base_bytes_free(&out);
}

static void write_message(base_bytes *out, const chat_person *from,
                          const char *text, size_t text_size, const char *ref,
                          size_t ref_size)
{
    base_bytes_append_text(out, CHAT_EVENT_MESSAGE_HEAD ID);
    chat_event_message_tail(out, &(chat_event_said){
        .from = from, .text = text, .text_size = text_size,
        .ref = ref, .ref_size = ref_size });
}

static void test_message(void **state)
{
    chat_person from = ann();
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    write_message(&out, &from, "hi", 2, "c-17", 4);
    check_bytes(&out, "{\"type\":\"message\",\"id\":\"" ID "\",\"from\":" ANN
                      ",\"text\":\"hi\",\"ref\":\"c-17\"}");
    from = guest();
    write_message(&out, &from, "<a>\n\xF0\x9F\x98\x80", 8, NULL, 0);
    check_bytes(&out, "{\"type\":\"message\",\"id\":\"" ID "\",\"from\":" GUEST
                      ",\"text\":\"\\u003ca\\u003e\\n\xF0\x9F\x98\x80\"}");
}

static void test_ack(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_ack(&out, "c-17", 4, ID);
    check_bytes(&out, "{\"type\":\"ack\",\"ref\":\"c-17\",\"id\":\"" ID "\"}");
    chat_event_ack(&out, NULL, 0, ID);
    check_bytes(&out, "{\"type\":\"ack\",\"id\":\"" ID "\"}");
    chat_event_ack(&out, "c-17", 4, NULL);
    check_bytes(&out, "{\"type\":\"ack\",\"ref\":\"c-17\"}");
    chat_event_ack(&out, NULL, 0, NULL);
    check_bytes(&out, "{\"type\":\"ack\"}");
}

static void test_error(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_error(&out, &(chat_event_failure){ .error = CHAT_RATE_LIMITED,
                                                  .ref = "c-17",
                                                  .ref_size = 4,
                                                  .retry_us = 1200000 });
    check_bytes(&out, "{\"type\":\"error\",\"code\":\"rate_limited\",\"text\":"
                      "\"Too fast: wait a moment, then send it again.\","
                      "\"ref\":\"c-17\",\"retry\":1.2}");
    chat_event_error(&out, &(chat_event_failure){ .error = CHAT_FORBIDDEN,
                                                  .text = "Not <you>." });
    check_bytes(&out, "{\"type\":\"error\",\"code\":\"forbidden\",\"text\":"
                      "\"Not \\u003cyou\\u003e.\"}");
    chat_event_error(&out, &(chat_event_failure){ .error = CHAT_MUTED,
                                                  .ref = "r",
                                                  .ref_size = 1,
                                                  .rest_s = 3600 });
    check_bytes(&out, "{\"type\":\"error\",\"code\":\"muted\",\"text\":"
                      "\"You are muted: you can read, but not write.\","
                      "\"ref\":\"r\",\"for\":3600}");
    chat_event_error(&out, &(chat_event_failure){ .error = CHAT_BANNED,
                                                  .rest_s = 9,
                                                  .reason = "a \"b\"" });
    check_bytes(&out, "{\"type\":\"error\",\"code\":\"banned\",\"text\":"
                      "\"A moderator has sent you out or banned you.\","
                      "\"for\":9,\"reason\":\"a \\\"b\\\"\"}");
    chat_event_error(&out, &(chat_event_failure){ .error = CHAT_BANNED,
                                                  .reason = "" });
    check_bytes(&out, "{\"type\":\"error\",\"code\":\"banned\",\"text\":"
                      "\"A moderator has sent you out or banned you.\"}");
}

static void test_every_error_is_json(void **state)
{
    base_bytes out = BASE_BYTES_INIT;
    json_t *event;

    (void)state;
    for (int i = CHAT_OK + 1; i < CHAT_ERRORS; i++) {
        out.len = 0;
        chat_event_error(&out, &(chat_event_failure){ .error = (chat_error)i });
        event = parsed(&out);
        assert_int_equal(json_object_size(event), 3);
        assert_string_equal(json_string_value(json_object_get(event, "code")),
                            chat_error_code((chat_error)i));
        assert_string_equal(json_string_value(json_object_get(event, "text")),
                            chat_error_text((chat_error)i));
        json_decref(event);
    }
    base_bytes_free(&out);
}

static void test_retry_in_seconds(void **state)
{
    static const struct {
        int64_t microseconds;
        const char *end;
    } cases[] = {
        { 1, ",\"retry\":0.001}" },
        { 1000, ",\"retry\":0.001}" },
        { 1001, ",\"retry\":0.002}" },
        { 200000, ",\"retry\":0.2}" },
        { 250000, ",\"retry\":0.25}" },
        { 999999, ",\"retry\":1}" },
        { 1000000, ",\"retry\":1}" },
        { 10005000, ",\"retry\":10.005}" },
        { 60000000, ",\"retry\":60}" },
        { INT64_MAX, ",\"retry\":9223372036854.776}" },
        { 0, "x\"}" },
        { -1, "x\"}" },
    };
    base_bytes out = BASE_BYTES_INIT;
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size = strlen(cases[i].end);
        chat_event_error(&out, &(chat_event_failure){
            .error = CHAT_RATE_LIMITED,
            .text = "x",
            .retry_us = cases[i].microseconds });
        base_bytes_append(&out, "", 1);
        assert_true(out.len > size);
        assert_string_equal((char *)out.data + out.len - 1 - size,
                            cases[i].end);
        base_bytes_free(&out);
    }
}

static void test_small_events(void **state)
{
    chat_person you = guest();
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_gap(&out, CURSOR, ID);
    check_bytes(&out, "{\"type\":\"gap\",\"after\":\"" CURSOR
                      "\",\"next\":\"" ID "\"}");
    chat_event_you(&out, &you);
    check_bytes(&out, "{\"type\":\"you\",\"id\":\"g-7f3a0123456789ab\","
                      "\"name\":\"guest-7f3a\"}");
    you = ann();
    chat_event_you(&out, &you);
    check_bytes(&out, "{\"type\":\"you\",\"id\":\"u-Ann\",\"name\":\"Ann\"}");
    chat_event_bye(&out, 1012, 0, 10);
    check_bytes(&out, "{\"type\":\"bye\",\"code\":1012,\"retry\":[0,10]}");
    chat_event_bye(&out, 1001, 0, 0);
    check_bytes(&out, "{\"type\":\"bye\",\"code\":1001,\"retry\":[0,0]}");
    chat_event_bye(&out, 1008, 0, -1);
    check_bytes(&out, "{\"type\":\"bye\",\"code\":1008}");
    chat_event_published(&out, ID);
    check_bytes(&out, "{\"id\":\"" ID "\"}");
}

static void test_presence(void **state)
{
    chat_person people[] = { ann(), guest() };
    chat_event_change change = { .count = 4 };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_presence(&out, &change);
    check_bytes(&out, "{\"type\":\"presence\",\"count\":4}");
    change.joined = people;
    change.joined_size = 2;
    chat_event_presence(&out, &change);
    check_bytes(&out, "{\"type\":\"presence\",\"count\":4,\"joined\":["
                      ANN "," GUEST "]}");
    change.joined_size = 1;
    change.left = change.renamed = &people[1];
    change.left_size = change.renamed_size = 1;
    chat_event_presence(&out, &change);
    check_bytes(&out, "{\"type\":\"presence\",\"count\":4,\"joined\":["
                      ANN "],\"left\":[" GUEST "],\"renamed\":[" GUEST
                      "]}");
    change = (chat_event_change){ .count = 2, .list = people, .list_size = 2 };
    chat_event_presence(&out, &change);
    check_bytes(&out, "{\"type\":\"presence\",\"count\":2,\"list\":["
                      ANN "," GUEST "]}");
}

static void test_typing(void **state)
{
    chat_person from = guest();
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_typing(&out, &from);
    check_bytes(&out, "{\"type\":\"typing\",\"from\":" GUEST "}");
}

static void test_poll(void **state)
{
    chat_person from = ann();
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_event_poll_head(&out, CURSOR, false);
    chat_event_poll_tail(&out, false);
    check_bytes(&out,
                "{\"cursor\":\"" CURSOR "\",\"gap\":false,\"events\":[]}");
    chat_event_poll_head(&out, ID, true);
    write_message(&out, &from, "hi", 2, NULL, 0);
    chat_event_poll_tail(&out, true);
    check_bytes(&out, "{\"cursor\":\"" ID "\",\"gap\":true,\"events\":["
                      "{\"type\":\"message\",\"id\":\"" ID "\",\"from\":" ANN
                      ",\"text\":\"hi\"}],\"more\":true}");
}

/* One line, no markup, and the same text again in the field. */
static void check_field(const base_bytes *event, const char *parent,
                        const char *field, const char *text, size_t size)
{
    json_t *root = parsed(event);
    const json_t *object = parent ? json_object_get(root, parent) : root;

    for (size_t i = 0; i < event->len; i++) {
        assert_null(memchr("\r\n\t<>&", event->data[i], 6));
        assert_true(event->data[i] >= 0x20);
    }
    assert_null(memmem(event->data, event->len, "\xC2\x85", 2));
    assert_null(memmem(event->data, event->len, "\xE2\x80\xA8", 3));
    assert_null(memmem(event->data, event->len, "\xE2\x80\xA9", 3));
    check_string(json_object_get(object, field), text, size);
    json_decref(root);
}

/* U+0000 to U+001F, U+0085, U+2028 ... in each field. Some of them the rules
 * refuse; the writers do not rely on that. */
static void test_no_field_breaks_out(void **state)
{
    chat_person you = ann();
    chat_event_greeting greeting = greeting_of(&you);
    base_bytes out = BASE_BYTES_INIT;
    char text[16] = "a\"}";
    size_t size;

    (void)state;
    for (uint32_t point = 0; point < 0x2100; point++) {
        size = 3 + put_point(text + 3, point);
        text[size++] = '{';
        you = person_of(true, text, size);
        out.len = 0;
        write_message(&out, &you, text, size, text, size);
        check_field(&out, NULL, "text", text, size);
        check_field(&out, NULL, "ref", text, size);
        check_field(&out, "from", "name", text, size);
        out.len = 0;
        chat_event_ack(&out, text, size, ID);
        check_field(&out, NULL, "ref", text, size);
        out.len = 0;
        chat_event_error(&out, &(chat_event_failure){ .error = CHAT_BAD_TEXT,
                                                      .ref = text,
                                                      .ref_size = size });
        check_field(&out, NULL, "ref", text, size);
        out.len = 0;
        chat_event_you(&out, &you);
        check_field(&out, NULL, "name", text, size);
        out.len = 0;
        chat_event_typing(&out, &you);
        check_field(&out, "from", "name", text, size);
        out.len = 0;
        greeting.room = text;
        greeting.room_size = size;
        chat_event_hello(&out, &greeting);
        check_field(&out, NULL, "room", text, size);
        check_field(&out, "you", "name", text, size);
    }
    base_bytes_free(&out);
}

static void test_meter(void **state)
{
    base_bytes out = BASE_BYTES_INIT;
    base_bytes heads[2] = { BASE_BYTES_INIT, BASE_BYTES_INIT };

    (void)state;
    base_bytes_append_text(&heads[0], "GET / HTTP/1.1\r\nA: \"<\r\n\r\n");
    base_bytes_append_text(&heads[1], "HTTP/1.1 101 X\r\n\r\n");
    chat_event_meter_heads(&out, &heads[0], &heads[1]);
    check_field(&out, NULL, "request", (const char *)heads[0].data,
                heads[0].len);
    check_field(&out, NULL, "response", (const char *)heads[1].data,
                heads[1].len);
    out.len = 0;
    chat_event_meter_frame(&out, (const unsigned char *)"\x81\xa4\x00\x0f", 4);
    check_bytes(&out, "{\"type\":\"meter\",\"frame\":\"81a4000f\"}");
    base_bytes_free(&heads[0]);
    base_bytes_free(&heads[1]);
}

static void test_writers_append(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    base_bytes_append_text(&out, "data: ");
    chat_event_published(&out, ID);
    check_bytes(&out, "data: {\"id\":\"" ID "\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_hello_variants),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_ack),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_every_error_is_json),
        cmocka_unit_test(test_retry_in_seconds),
        cmocka_unit_test(test_small_events),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_typing),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_meter),
        cmocka_unit_test(test_no_field_breaks_out),
        cmocka_unit_test(test_writers_append),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
