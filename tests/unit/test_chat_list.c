/* test_chat_list.c - lists of persons and rooms as the contract writes them. */
#include "test_chat.h"

#include "chat/chat_list.h"

static void test_members(void **state)
{
    chat_person list[2] = { { .user = UINT64_C(0x7f3a) << 48, .guest = true } };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_person_guest_name(&list[0], 4);
    chat_person_set_name(&list[1], "Ann", 3);
    chat_list_members(&out, 0, list, 0);
    check_bytes(&out, "{\"count\":0,\"list\":[]}");
    chat_list_members(&out, 201, NULL, 0);
    check_bytes(&out, "{\"count\":201}");
    chat_list_members(&out, 2, list, 2);
    check_bytes(&out, "{\"count\":2,\"list\":["
                      "{\"id\":\"g-7f3a000000000000\","
                      "\"name\":\"guest-7f3a\",\"guest\":true},"
                      "{\"id\":\"u-Ann\",\"name\":\"Ann\"}]}");
}

static void test_rooms(void **state)
{
    static const chat_list_room rooms[] = {
        { "/chat/a", 7, 3, "12-3" },
        { "/chat/\"<b>\xC3\xBC", 12, 0, NULL },
    };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_list_rooms(&out, rooms, 0, false);
    check_bytes(&out, "{\"rooms\":[]}");
    chat_list_rooms(&out, rooms, 1, true);
    check_bytes(&out, "{\"rooms\":[{\"room\":\"/chat/a\",\"count\":3,"
                      "\"last\":\"12-3\"}],\"more\":true}");
    chat_list_rooms(&out, rooms, 2, false);
    check_bytes(&out, "{\"rooms\":[{\"room\":\"/chat/a\",\"count\":3,"
                      "\"last\":\"12-3\"},"
                      "{\"room\":\"/chat/\\\"\\u003cb\\u003e\xC3\xBC\","
                      "\"count\":0}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
