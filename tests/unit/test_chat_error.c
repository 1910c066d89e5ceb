/* test_chat_error.c - the table of errors is the contract's, and complete. */
#include "test_chat.h"

#include <ctype.h>

#include "chat/chat_error.h"

static const struct {
    chat_error error;
    const char *code;
    int status;
} expected[] = {
    { CHAT_OK, "ok", 200 },
    { CHAT_BAD_JSON, "bad_json", 400 },
    { CHAT_BAD_TYPE, "bad_type", 400 },
    { CHAT_BAD_TEXT, "bad_text", 400 },
    { CHAT_EMPTY, "empty", 400 },
    { CHAT_TOO_LONG, "too_long", 413 },
    { CHAT_BAD_REF, "bad_ref", 400 },
    { CHAT_BAD_NAME, "bad_name", 400 },
    { CHAT_NAME_TAKEN, "name_taken", 400 },
    { CHAT_NAME_RESERVED, "name_taken", 400 },
    { CHAT_RATE_LIMITED, "rate_limited", 429 },
    { CHAT_READ_ONLY, "read_only", 403 },
    { CHAT_FORBIDDEN, "forbidden", 403 },
    { CHAT_ROOMS_FULL, "rooms_full", 503 },
    { CHAT_BAD_CURSOR, "bad_cursor", 400 },
    { CHAT_BAD_ROOM, "bad_room", 400 },
    { CHAT_BAD_REQUEST, "bad_request", 400 },
    { CHAT_BAD_HANDSHAKE, "bad_handshake", 400 },
    { CHAT_BAD_METHOD, "bad_method", 405 },
    { CHAT_BAD_MEDIA_TYPE, "bad_media_type", 415 },
    { CHAT_NOT_FOUND, "not_found", 404 },
    { CHAT_UNAVAILABLE, "unavailable", 503 },
    { CHAT_BAD_MEMBER, "bad_request", 400 },
    { CHAT_NO_MESSAGE, "not_found", 404 },
    { CHAT_NO_MODERATOR, "forbidden", 403 },
    { CHAT_NOT_YOURS, "forbidden", 403 },
    { CHAT_TOO_LATE, "forbidden", 403 },
    { CHAT_EXEMPT, "forbidden", 403 },
    { CHAT_MUTED, "muted", 403 },
    { CHAT_BANNED, "banned", 403 },
    { CHAT_LOCKED, "locked", 403 },
    { CHAT_SLOW, "slow", 429 },
    { CHAT_FILTERED, "filtered", 403 },
    { CHAT_BAD_TOKEN, "bad_token", 401 },
    { CHAT_NO_LINKS, "filtered", 403 },
    { CHAT_NOT_KEPT, "filtered", 403 },
    { CHAT_HERE_ONLY, "unavailable", 503 },
};

static void test_codes_and_statuses(void **state)
{
    (void)state;
    assert_int_equal(COUNT(expected), CHAT_ERRORS);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(expected[i].error, i);
        assert_string_equal(chat_error_code(expected[i].error),
                            expected[i].code);
        assert_int_equal(chat_error_status(expected[i].error),
                         expected[i].status);
    }
}

static void test_every_error_has_its_own_sentence(void **state)
{
    const char *text;
    size_t size;

    (void)state;
    for (int i = 0; i < CHAT_ERRORS; i++) {
        text = chat_error_text((chat_error)i);
        size = strlen(text);
        assert_in_range(size, 10, 200);
        assert_true(isupper((unsigned char)text[0]) || text[0] == '"');
        assert_int_equal(text[size - 1], '.');
        for (size_t at = 0; at < size; at++) {
            assert_in_range(text[at], ' ', '~');
        }
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(text, chat_error_text((chat_error)other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_and_statuses),
        cmocka_unit_test(test_every_error_has_its_own_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
