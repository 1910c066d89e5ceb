/* test_room_id.c - room_id.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "room/log/room_id.h"

static void texts_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        room_id id;
    } rows[] = {
        { "0-0", { 0, 0 } },
        { "1795321234567-0", { 1795321234567, 0 } },
        { "1795321234567-12", { 1795321234567, 12 } },
        { "18446744073709551615-18446744073709551615",
          { UINT64_MAX, UINT64_MAX } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[ROOM_ID_TEXT];
        room_id id = { 7, 7 };

        assert_true(room_id_parse(rows[i].text, strlen(rows[i].text), &id));
        assert_int_equal(room_id_compare(&id, &rows[i].id), 0);
        assert_int_equal(room_id_format(&id, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void malformed_texts_are_refused(void **state)
{
    static const char *const rows[] = {
        "", "-", "1", "1-", "-1", "1--1", "-1-1", "+1-1", "1-+1", " 1-1",
        "1-1 ", "01-1", "1-01", "00-0", "1-0x1", "1-1-1", "a-1", "1.0-1",
        "18446744073709551616-0", "0-18446744073709551616",
        "99999999999999999999-0", "184467440737095516150-0", "1-\xc2\xb9",
        "0-/", "0-:",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_id id = { 7, 8 };

        if (room_id_parse(rows[i], strlen(rows[i]), &id)) {
            fail_msg("\"%s\" was read", rows[i]);
        }
        assert_true(id.ms == 7 && id.n == 8);
    }
}

static void a_nul_inside_is_refused(void **state)
{
    room_id id;

    (void)state;
    assert_false(room_id_parse("1-1\0", 4, &id));
    assert_true(room_id_parse("1-123", 3, &id));
    assert_int_equal(id.n, 1);
}

static void ids_increase_whatever_the_clock_does(void **state)
{
    static const struct {
        room_id previous;
        int64_t wall_ms;
        room_id next;
    } rows[] = {
        { { 100, 0 }, 101, { 101, 0 } },
        { { 100, 5 }, 200, { 200, 0 } },
        { { 100, 5 }, 100, { 100, 6 } },
        { { 100, 5 }, 99, { 100, 6 } },
        { { 100, 5 }, -3, { 100, 6 } },
        { { 0, 0 }, -3, { 0, 1 } },
        { { 100, UINT64_MAX }, 100, { 101, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_id next = room_id_after(&rows[i].previous, rows[i].wall_ms);

        assert_int_equal(room_id_compare(&next, &rows[i].next), 0);
        assert_int_equal(room_id_compare(&rows[i].previous, &next), -1);
        assert_int_equal(room_id_compare(&next, &rows[i].previous), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_and_written),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(a_nul_inside_is_refused),
        cmocka_unit_test(ids_increase_whatever_the_clock_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
