/* test_chat_person.c - PERSON as the contract writes it. */
#include "test_chat.h"

#include "chat/chat_person.h"

#define USER UINT64_C(0x7f3a0123456789ab)

static void write_named(base_bytes *out, bool guest, const char *name)
{
    chat_person person = { .user = USER, .guest = guest };

    chat_person_set_name(&person, name, strlen(name));
    chat_person_write(out, &person);
}

static void test_verified(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    write_named(&out, false, "Ann");
    check_bytes(&out, "{\"id\":\"u-Ann\",\"name\":\"Ann\"}");
    write_named(&out, false, "\"<\\>&");
    check_bytes(&out, "{\"id\":\"u-\\\"\\u003c\\\\\\u003e\\u0026\","
                      "\"name\":\"\\\"\\u003c\\\\\\u003e\\u0026\"}");
}

static void test_guest(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    write_named(&out, true, "Eva <3");
    check_bytes(&out, "{\"id\":\"g-7f3a0123456789ab\","
                      "\"name\":\"Eva \\u003c3\",\"guest\":true}");
}

static void test_default_names(void **state)
{
    chat_person person = { .user = USER, .guest = true };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_person_guest_name(&person, 4);
    chat_person_write(&out, &person);
    check_bytes(&out, "{\"id\":\"g-7f3a0123456789ab\","
                      "\"name\":\"guest-7f3a\",\"guest\":true}");
    chat_person_guest_name(&person, 8);
    assert_string_equal(person.name, "guest-7f3a0123");
    assert_int_equal(person.name_size, 14);
    chat_person_guest_name(&person, 16);
    assert_string_equal(person.name, "guest-7f3a0123456789ab");
    person.user = 0xAB;
    chat_person_guest_name(&person, 4);
    assert_string_equal(person.name, "guest-0000");
    chat_person_write_id(&out, &person);
    check_bytes(&out, "\"g-00000000000000ab\"");
}

static void test_longest_name(void **state)
{
    chat_person person = { .user = USER, .guest = false };
    base_bytes out = BASE_BYTES_INIT;
    char id[2 + CHAT_NAME_BYTES] = "u-";
    json_t *value;

    (void)state;
    for (size_t i = 0; i < CHAT_NAME_BYTES; i += 4) {
        memcpy(id + 2 + i, "\xF0\x9F\x98\x80", 4);
    }
    chat_person_set_name(&person, id + 2, CHAT_NAME_BYTES);
    chat_person_write(&out, &person);
    value = parsed(&out);
    check_string(json_object_get(value, "id"), id, sizeof(id));
    check_string(json_object_get(value, "name"), id + 2, CHAT_NAME_BYTES);
    json_decref(value);
    base_bytes_free(&out);
}

/* The id apart from the name, as a token gives them. */
static void test_own_id(void **state)
{
    chat_person person = { .user = USER, .moderator = true };
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    chat_person_set_name(&person, "Ann \"A\"", 7);
    chat_person_set_id(&person, "4711", 4);
    chat_person_write(&out, &person);
    check_bytes(&out, "{\"id\":\"u-4711\",\"name\":\"Ann \\\"A\\\"\","
                      "\"moderator\":true}");
    chat_person_append_id(&person);
    chat_person_write(&out, &person);
    check_bytes(&out, "{\"id\":\"u-4711\","
                      "\"name\":\"Ann \\\"A\\\" (4711)\","
                      "\"moderator\":true}");
}

static void expect_appended(const char *name, size_t name_size, const char *id,
                            const char *want)
{
    chat_person person = { .user = USER };

    chat_person_set_name(&person, name, name_size);
    if (id) {
        chat_person_set_id(&person, id, strlen(id));
    }
    chat_person_append_id(&person);
    assert_string_equal(person.name, want);
    assert_int_equal(person.name_size, strlen(want));
    assert_string_equal(person.id, id ? id : "Ann");
    assert_true(person.name_size <= CHAT_NAME_BYTES);
}

static void test_appended_id(void **state)
{
    char full[CHAT_NAME_BYTES + 1];
    char cut[CHAT_NAME_BYTES + 1];
    char id[CHAT_NAME_BYTES + 1];

    (void)state;
    expect_appended("Ann", 3, NULL, "Ann (Ann)");
    expect_appended("Ann", 3, "7", "Ann (7)");
    /* 31 characters of 4 bytes find place beside the id. */
    for (size_t i = 0; i < CHAT_NAME_BYTES; i += 4) {
        memcpy(full + i, "\xF0\x9F\x98\x80", 4);
    }
    memcpy(cut, full, 124);
    memcpy(cut + 124, " (7)", 5);
    expect_appended(full, CHAT_NAME_BYTES, "7", cut);
    memcpy(cut + 120, " (78)", 6);
    expect_appended(full, CHAT_NAME_BYTES, "78", cut);
    /* An id that leaves no place for a name is the name. */
    memset(id, 'x', CHAT_NAME_BYTES - 3);
    id[CHAT_NAME_BYTES - 3] = '\0';
    expect_appended("Ann", 3, id, id);
    memset(id, 'x', CHAT_NAME_BYTES);
    id[CHAT_NAME_BYTES] = '\0';
    expect_appended("Ann", 3, id, id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verified),
        cmocka_unit_test(test_guest),
        cmocka_unit_test(test_default_names),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_own_id),
        cmocka_unit_test(test_appended_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
