/* test_http_position.c - where to read: the parameters, and which of the ways
 * to give the last event wins. */
#include "test_http.h"

#include "http/http_position.h"

#define LONG_ID "01234567890123456789012345678901" \
                "23456789012345678901234567890123"

static void check_id(const http_position_id *id, const char *expected)
{
    assert_int_equal(id->given, expected != NULL);
    check_slice((http_slice){ id->text, id->size }, expected ? expected : "");
}

static void test_nothing_is_asked(void **state)
{
    http_position position = http_position_read(guarded(NULL));

    (void)state;
    check_id(&position.after, NULL);
    check_id(&position.before, NULL);
    assert_true(position.numbers);
    assert_true(position.history == UINT64_MAX);
    assert_int_equal(position.limit, HTTP_POSITION_LIMIT);
    assert_int_equal(position.wait, 0);
}

static void test_everything_is_asked(void **state)
{
    http_position position = http_position_read(
        guarded("after=17-1&wait=25&limit=3&history=9"));

    (void)state;
    check_id(&position.after, "17-1");
    assert_int_equal(position.wait, 25);
    assert_int_equal(position.limit, 3);
    assert_true(position.history == UINT64_MAX); /* `after` says it */
    position = http_position_read(guarded("before=%31%2d2&history=x"));
    check_id(&position.before, "1-2");
    assert_true(position.numbers);
    position = http_position_read(guarded("history=9"));
    assert_int_equal(position.history, 9);
    guard_page_free_all();
}

static void test_what_is_no_number(void **state)
{
    static const char *const bad[] = { "limit=0", "limit=", "limit=x",
                                       "limit=1&limit=1", "wait=-1",
                                       "wait=%", "history=x", "history=" };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(http_position_read(guarded(bad[i])).numbers);
        guard_page_free_all();
    }
}

static void test_what_can_be_no_id(void **state)
{
    static const char *const bad[] = { "after", "after=", "after=1&after=1",
                                       "after=%4", "after=" LONG_ID };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        http_position position = http_position_read(guarded(bad[i]));

        check_id(&position.after, "");
        guard_page_free_all();
    }
}

/* header, query, what wins: NULL is nothing, "" what can be no id. */
static const char *const lasts[][3] = {
    { NULL, NULL, NULL },
    { "", "", NULL },
    { "5-0", NULL, "5-0" },
    { "5-0", "after=1-0&last_event_id=2-0", "5-0" },
    { "", "last_event_id=2-0&after=1-0", "2-0" },
    { NULL, "lastEventId=2-0&last_event_id=3-0", "3-0" },
    { NULL, "lastEventID=2-0&lastEventId=3-0", "3-0" },
    { NULL, "Last-Event-ID=2-0&lastEventID=3-0", "3-0" },
    { NULL, "Last-Event-ID=2-0", "2-0" },
    { NULL, "last_event_id=&lastEventId=3-0", "3-0" },
    { NULL, "last_event_id=", NULL },
    { NULL, "last_event_id=%32-0", "2-0" },
    { NULL, "last_event_id=2-0&last_event_id=2-0", "" },
    { NULL, "last_event_id=%zz&lastEventId=3-0", "" },
    { NULL, "LAST_EVENT_ID=2-0", NULL },
    { NULL, "after=2-0", NULL },
    { "nonsense", "last_event_id=2-0", "nonsense" },
    { LONG_ID, "last_event_id=2-0", "" },
};

static void test_what_an_event_source_got_last(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lasts); i++) {
        http_position_id id = http_position_last(guarded(lasts[i][0]),
                                                 guarded(lasts[i][1]));

        check_id(&id, lasts[i][2]);
        guard_page_free_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_asked),
        cmocka_unit_test(test_everything_is_asked),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_what_can_be_no_id),
        cmocka_unit_test(test_what_an_event_source_got_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
