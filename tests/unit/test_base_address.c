/* test_base_address.c - base_address.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "base/base_address.h"

static base_address parse(const char *text)
{
    base_address address;
    unsigned char bytes[16];
    bool is_ipv6 = strchr(text, ':') != NULL;

    assert_int_equal(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, bytes), 1);
    base_address_set(&address, bytes, is_ipv6 ? 16 : 4);
    return address;
}

static void which_are_global(void **state)
{
    static const char *const global[] = {
        "203.0.113.7", "198.51.100.1", "2001:db8::1", "8.8.8.8",
        "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0",
        "169.253.255.255", "169.255.0.0", "126.255.255.255", "128.0.0.0",
        "::2", "::1:0:0:1", "fec0::1", "fbff::1", "fe00::1", "fe7f::1",
        "::ffff:203.0.113.7", "64:ff9b::203.0.113.7",
    };
    static const char *const inside[] = {
        "127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255",
        "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
        "169.254.0.1", "100.64.0.0", "100.127.255.255", "::1", "fe80::1",
        "febf::1", "fc00::1", "fdff::1", "::ffff:127.0.0.1",
        "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "::",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(global) / sizeof(global[0]); i++) {
        base_address address = parse(global[i]);

        if (!base_address_is_global(&address)) {
            fail_msg("%s is global", global[i]);
        }
    }
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        base_address address = parse(inside[i]);

        if (base_address_is_global(&address)) {
            fail_msg("%s is not global", inside[i]);
        }
    }
}

static void check_texts(const char *text, const char *whole,
                        const char *network)
{
    base_address address = parse(text);
    char out[BASE_ADDRESS_TEXT];

    base_address_write(&address, false, out);
    assert_string_equal(out, whole);
    base_address_write(&address, true, out);
    assert_string_equal(out, network);
}

static void texts(void **state)
{
    base_address unknown;
    char out[BASE_ADDRESS_TEXT];

    (void)state;
    check_texts("203.0.113.7", "203.0.113.7", "203.0.113.7");
    check_texts("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7");
    check_texts("64:ff9b::203.0.113.7", "203.0.113.7", "203.0.113.7");
    check_texts("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::/64");
    check_texts("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
                "ffff:ffff:ffff:ffff::/64");
    base_address_set(&unknown, "unix", 3);
    base_address_write(&unknown, true, out);
    assert_string_equal(out, "?");
    assert_false(base_address_is_global(&unknown));
}

static bool are_one(const char *left, const char *right)
{
    base_address one = parse(left);
    base_address other = parse(right);
    unsigned char networks[2][16];

    base_address_network(&one, networks[0]);
    base_address_network(&other, networks[1]);
    return memcmp(networks[0], networks[1], 16) == 0;
}

static void one_subscriber(void **state)
{
    (void)state;
    assert_true(are_one("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff::9"));
    assert_false(are_one("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_true(are_one("203.0.113.7", "::ffff:203.0.113.7"));
    assert_true(are_one("203.0.113.7", "64:ff9b::203.0.113.7"));
    assert_false(are_one("203.0.113.7", "203.0.113.8"));
    assert_false(are_one("203.0.113.7", "2001:db8::203.0.113.7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_are_global),
        cmocka_unit_test(texts),
        cmocka_unit_test(one_subscriber),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
