/* test_http_origin.c - origins and hosts: what is one, and which are equal. */
#include "test_http.h"

#include "http/http_origin.h"

typedef struct {
    const char *text;
    const char *scheme; /* NULL: no origin */
    const char *host;
    unsigned port;
} example;

static const example examples[] = {
    { "https://example.org", "https", "example.org", 0 },
    { "HTTP://Example.ORG:8080", "HTTP", "Example.ORG", 8080 },
    { "http://127.0.0.1:1", "http", "127.0.0.1", 1 },
    { "http://[::1]", "http", "[::1]", 0 },
    { "http://[2001:db8::7]:65535", "http", "[2001:db8::7]", 65535 },
    { "wss://a.test", "wss", "a.test", 0 },
    { "capacitor://localhost", "capacitor", "localhost", 0 },
    { "ionic://localhost", "ionic", "localhost", 0 },
    { "tauri://localhost", "tauri", "localhost", 0 },
    { "app://obsidian.md", "app", "obsidian.md", 0 },
    { "app://-", "app", "-", 0 },
    { "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
      "chrome-extension", "abcdefghijklmnopabcdefghijklmnop", 0 },
    { "moz-extension://6e4f0c5a-0b7c-4f0e-9f6f-0123456789ab",
      "moz-extension", "6e4f0c5a-0b7c-4f0e-9f6f-0123456789ab", 0 },
    { "file://", "file", "", 0 },
    { "https://xn--mller-kva.example", "https", "xn--mller-kva.example", 0 },
    { "https://a_b.example", "https", "a_b.example", 0 },
    { "https://example.org.", "https", "example.org.", 0 },
    { NULL, NULL, NULL, 0 },
    { "", NULL, NULL, 0 },
    { "null", NULL, NULL, 0 },
    { "example.org", NULL, NULL, 0 },
    { "https:example.org", NULL, NULL, 0 },
    { "https:/example.org", NULL, NULL, 0 },
    { "://example.org", NULL, NULL, 0 },
    { "1a://example.org", NULL, NULL, 0 },
    { "a b://example.org", NULL, NULL, 0 },
    { "https://", NULL, NULL, 0 },
    { "app://", NULL, NULL, 0 },
    { "file:///", NULL, NULL, 0 },
    { "https://example.org/", NULL, NULL, 0 },
    { "https://example.org?", NULL, NULL, 0 },
    { "https://example.org#", NULL, NULL, 0 },
    { "https://u@example.org", NULL, NULL, 0 },
    { "https://*.example.org", NULL, NULL, 0 },
    { "https://example.org, https://a.test", NULL, NULL, 0 },
    { "https://example.org https://a.test", NULL, NULL, 0 },
    { " https://example.org", NULL, NULL, 0 },
    { "https://example.org\\a", NULL, NULL, 0 },
    { "https://m\xC3\xBCller.example", NULL, NULL, 0 },
    { "https://m%C3%BCller.example", NULL, NULL, 0 },
    { "https://example.org:", NULL, NULL, 0 },
    { "https://example.org:0", NULL, NULL, 0 },
    { "https://example.org:65536", NULL, NULL, 0 },
    { "https://example.org:99999999999", NULL, NULL, 0 },
    { "https://example.org:8080x", NULL, NULL, 0 },
    { "https://example.org:80:80", NULL, NULL, 0 },
    { "https://::1", NULL, NULL, 0 },
    { "https://[::1", NULL, NULL, 0 },
    { "https://[::1]x", NULL, NULL, 0 },
    { "https://[example.org]", NULL, NULL, 0 },
    { "https://[::1%25eth0]", NULL, NULL, 0 },
    { "https://[]", NULL, NULL, 0 },
};

static void test_origins(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        const example *one = &examples[i];
        http_origin found;

        if (http_origin_parse(guarded(one->text), &found)
            != (one->scheme != NULL)) {
            fail_msg("origin: %s", one->text);
        }
        if (one->scheme) {
            check_slice(found.scheme, one->scheme);
            check_slice(found.host, one->host);
            assert_int_equal(found.port, one->port);
        }
        guard_page_free_all();
    }
}

static http_origin origin(const char *text)
{
    http_origin parsed;

    assert_true(http_origin_parse(http_field_of(text), &parsed));
    return parsed;
}

static http_origin host(const char *text)
{
    http_origin parsed;

    assert_true(http_origin_parse_host(http_field_of(text), &parsed));
    assert_null(parsed.scheme.data);
    return parsed;
}

static void check_equal(const char *one, const char *other, bool expected)
{
    http_origin left = origin(one);
    http_origin right = origin(other);

    assert_int_equal(http_origin_equal(&left, &right), expected);
    assert_int_equal(http_origin_equal(&right, &left), expected);
}

static void test_equal_origins(void **state)
{
    (void)state;
    check_equal("https://a.test", "HTTPS://A.Test:443", true);
    check_equal("http://a.test:80", "http://a.test", true);
    check_equal("wss://a.test", "https://a.test", true);
    check_equal("ws://a.test:8080", "http://a.test:8080", true);
    check_equal("ws://a.test:80", "ws://a.test", true);
    check_equal("http://[0:0::1]", "http://[::1]", true);
    check_equal("file://", "FILE://", true);
    check_equal("capacitor://localhost", "capacitor://localhost", true);
    check_equal("http://a.test", "https://a.test", false);
    check_equal("ws://a.test", "wss://a.test", false);
    check_equal("https://a.test", "https://a.test:80", false);
    check_equal("https://a.test", "https://a.test.", false);
    check_equal("https://a.test", "https://b.a.test", false);
    check_equal("capacitor://localhost", "ionic://localhost", false);
    check_equal("capacitor://localhost", "http://localhost", false);
    check_equal("app://a:80", "app://a", false);
    check_equal("file://", "file://a", false);
    check_equal("http://[::1]", "http://[::2]", false);
    check_equal("http://[::ffff:127.0.0.1]", "http://127.0.0.1", false);
}

static void check_at(const char *page, const char *at, bool expected)
{
    http_origin from = origin(page);
    http_origin to = host(at);

    assert_int_equal(http_origin_is_at(&from, &to), expected);
}

static void test_an_origin_at_a_host(void **state)
{
    (void)state;
    check_at("http://a.test", "a.test", true);
    check_at("https://a.test", "A.TEST:80", true);
    check_at("https://a.test:443", "a.test", true);
    check_at("wss://a.test:8443", "a.test:8443", true);
    check_at("ws://a.test", "a.test", true);
    check_at("http://[::1]:8080", "[0::1]:8080", true);
    check_at("http://a.test:8080", "a.test", false);
    check_at("http://a.test", "a.test:8080", false);
    check_at("http://b.a.test", "a.test", false);
    check_at("capacitor://a.test", "a.test", false);
    check_at("file://", "a.test", false);
    check_at("file://a.test", "a.test", false);
}

static void test_hosts(void **state)
{
    static const char *const bad[] = { "", ":80", "a b", "a:", "a:x", "a/b",
                                       "u@a", "[::1", "a,b", "http://a",
                                       "\xC3\xBC", "a:65536" };
    http_origin found;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(http_origin_parse_host(guarded(bad[i]), &found));
        guard_page_free_all();
    }
    assert_false(http_origin_parse_host(guarded(NULL), &found));
    assert_int_equal(host("a:65535").port, 65535);
}

static void test_addresses(void **state)
{
    static const char *const addresses[] = { "127.0.0.1", "203.0.113.7:80",
                                             "[::1]", "[2001:db8::1]:8080" };
    static const char *const names[] = { "localhost", "127.0.0.1.test",
                                         "127.1", "1", "0x7f000001" };

    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        http_origin one = host(addresses[i]);

        assert_true(http_origin_is_address(&one));
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        http_origin one = host(names[i]);

        assert_false(http_origin_is_address(&one));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_equal_origins),
        cmocka_unit_test(test_an_origin_at_a_host),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
