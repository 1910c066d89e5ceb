/* test_chat_order.c - events about keeping order: what is in them, what is left
 * out, and that nothing in a name or a reason gets out of its string. */
#include "test_chat.h"

#include "chat/moderation/chat_order.h"

static chat_person person(uint64_t user, bool guest, const char *name)
{
    chat_person who = { .user = user, .guest = guest };

    chat_person_set_name(&who, name, strlen(name));
    return who;
}

#define EVE "{\"id\":\"g-00000000000000ff\",\"name\":\"Eve\",\"guest\":true}"
#define ANN "{\"id\":\"u-Ann\",\"name\":\"Ann\"}"

static void test_sanctions(void **state)
{
    base_bytes out = BASE_BYTES_INIT;
    chat_person eve = person(255, true, "Eve");
    chat_person ann = person(1, false, "Ann");
    chat_order_sanction what = { .kind = "ban", .user = &eve, .by = &ann,
                                 .rest_s = 600, .reason = "a\"<b>",
                                 .reason_size = 5, .address = true };

    (void)state;
    chat_order_event(&out, &what);
    check_bytes(&out, "{\"type\":\"sanction\",\"kind\":\"ban\",\"user\":" EVE
                      ",\"by\":" ANN ",\"for\":600,\"reason\":"
                      "\"a\\\"\\u003cb\\u003e\",\"address\":true}");
    what = (chat_order_sanction){ .kind = "mute", .user = &eve };
    chat_order_entry(&out, &what);
    check_bytes(&out, "{\"kind\":\"mute\",\"user\":" EVE "}");
}

static void test_reports_and_byes(void **state)
{
    base_bytes out = BASE_BYTES_INIT;
    chat_person ann = person(1, false, "Ann");

    (void)state;
    chat_order_report(&out, "17-0", &ann, "rude", 4);
    check_bytes(&out, "{\"type\":\"report\",\"target\":\"17-0\",\"by\":" ANN
                      ",\"reason\":\"rude\"}");
    chat_order_report(&out, "17-0", &ann, NULL, 0);
    check_bytes(&out, "{\"type\":\"report\",\"target\":\"17-0\",\"by\":" ANN
                      "}");
    chat_order_bye(&out, 1008, "out", 3, 10);
    check_bytes(&out, "{\"type\":\"bye\",\"code\":1008,\"reason\":\"out\","
                      "\"for\":10}");
    chat_order_bye(&out, 1008, "", 0, 0);
    check_bytes(&out, "{\"type\":\"bye\",\"code\":1008}");
}

static void test_rests(void **state)
{
    static const struct {
        int64_t seconds;
        const char *expected;
    } cases[] = {
        { 1, "1 second" },     { 2, "2 seconds" },  { 119, "119 seconds" },
        { 120, "2 minutes" },  { 121, "3 minutes" }, { 599, "10 minutes" },
        { 600, "10 minutes" }, { 7199, "120 minutes" }, { 7200, "2 hours" },
        { 172799, "48 hours" }, { 172800, "2 days" }, { 172801, "3 days" },
        { INT64_MAX, "106751991167301 days" },
    };
    char text[CHAT_ORDER_REST];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        chat_order_rest(cases[i].seconds, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void test_answers(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_order_ack(&out, "r<", 2, false);
    check_bytes(&out, "{\"type\":\"ack\",\"ref\":\"r\\u003c\","
                      "\"address\":false}");
    chat_order_ack(&out, NULL, 0, true);
    check_bytes(&out, "{\"type\":\"ack\",\"address\":true}");
    chat_order_done(&out, false);
    check_bytes(&out, "{\"address\":false}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sanctions),
        cmocka_unit_test(test_reports_and_byes),
        cmocka_unit_test(test_rests),
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
