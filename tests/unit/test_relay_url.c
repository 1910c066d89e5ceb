/* test_relay_url.c - what ChatRedis says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/relay_url.h"

static relay_settings settings;
static char why[256];

/* Words with one blank between them. */
static bool parse(const char *line)
{
    const char *words[8];
    static char text[4096];
    size_t count = 0;

    snprintf(text, sizeof(text), "%s", line);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        words[count++] = at;
    }
    *why = '\0';
    return relay_url_parse(words, count, &settings, why, sizeof(why));
}

/* One node, written as "HOST PORT DB TLS USER". */
static const struct {
    const char *line;
    const char *read;
} good[] = {
    { "redis://127.0.0.1", "127.0.0.1 6379 0 0 " },
    { "redis://redis.example:6380/3", "redis.example 6380 3 0 " },
    { "redis://ann@h", "h 6379 0 0 ann" },
    { "rediss://h:1", "h 1 0 1 " },
    { "redis://[::1]", "::1 6379 0 0 " },
    { "redis://[fe80::1%eth0]:7", "fe80::1%eth0 7 0 0 " },
    { "redis://h:65535/0", "h 65535 0 0 " },
    { "unix:/run/r.sock", "/run/r.sock 0 0 0 " },
    { "unix:/run/r.sock?12", "/run/r.sock 0 12 0 " },
    { "redis://h sentinel=mymaster", "h 26379 0 0 " },
};

static void test_places_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char read[600];

        if (!parse(good[i].line)) {
            fail_msg("%s: %s", good[i].line, why);
        }
        snprintf(read, sizeof(read), "%s %u %u %d %s", settings.nodes[0].host,
                 settings.nodes[0].port, settings.database, settings.tls,
                 settings.user);
        assert_string_equal(read, good[i].read);
        assert_int_equal(settings.node_count, 1);
    }
}

static void test_several_hosts_are_read(void **state)
{
    (void)state;
    assert_true(parse("redis://u@a,b:2,[::3]:3,d/5 sentinel=m"));
    assert_int_equal(settings.node_count, 4);
    assert_string_equal(settings.nodes[1].host, "b");
    assert_int_equal(settings.nodes[1].port, 2);
    assert_string_equal(settings.nodes[2].host, "::3");
    assert_int_equal(settings.nodes[3].port, 26379);
    assert_int_equal(settings.database, 5);
    assert_string_equal(settings.user, "u");
    assert_true(parse("redis://1,2,3,4,5,6,7,8"));
    assert_int_equal(settings.node_count, 8);
    assert_false(parse("redis://1,2,3,4,5,6,7,8,9"));
}

static void test_options_are_read(void **state)
{
    (void)state;
    assert_true(parse("redis://h password=/etc/a=b prefix=Shop-1._ wait=2"
                      " sentinel=my-master"));
    assert_string_equal(settings.file, "/etc/a=b");
    assert_string_equal(settings.prefix, "Shop-1._");
    assert_int_equal(settings.wait, 2);
    assert_string_equal(settings.sentinel, "my-master");
    assert_string_equal(settings.password, "");
    assert_true(parse("redis://h"));
    assert_string_equal(settings.prefix, "");
    assert_int_equal(settings.wait, 0);
}

/* What is refused, and a part of the sentence. */
static const struct {
    const char *line;
    const char *why;
} bad[] = {
    { "", "redis://" },
    { "127.0.0.1", "redis://" },
    { "http://h", "redis://" },
    { "REDIS://h", "redis://" },
    { "redis:/h", "redis://" },
    { "redis://", "redis://" },
    { "redis://h:", "redis://" },
    { "redis://h:0", "redis://" },
    { "redis://h:65536", "redis://" },
    { "redis://h:99999999999", "redis://" },
    { "redis://h:1:2", "redis://" },
    { "redis://h:-1", "redis://" },
    { "redis://h,", "redis://" },
    { "redis://,h", "redis://" },
    { "redis://h/", "redis://" },
    { "redis://h/x", "redis://" },
    { "redis://h/65536", "redis://" },
    { "redis://h/1/2", "redis://" },
    { "redis://[::1", "redis://" },
    { "redis://[::1]7", "redis://" },
    { "redis://[]", "redis://" },
    { "redis://::1", "redis://" },
    { "redis://h?1", "redis://" },
    { "redis://@h", "user" },
    { "redis://a@b@c", "redis://" },
    { "redis://:secret@h", "password=FILE" },
    { "redis://ann:secret@h", "password=FILE" },
    { "redis://ann:sec/ret@h", "password=FILE" },
    { "unix:run/r.sock", "unix:/PATH" },
    { "unix:", "unix:/PATH" },
    { "unix:/r?", "unix:/PATH" },
    { "unix:/r?x", "unix:/PATH" },
    { "unix:/r sentinel=m", "sentinel=" },
    { "redis://h password=", "password=" },
    { "redis://h prefix=", "prefix=" },
    { "redis://h prefix=a{b}", "prefix=" },
    { "redis://h prefix=a:b", "prefix=" },
    { "redis://h prefix=123456789012345678901234567890123", "prefix=" },
    { "redis://h wait=", "wait=" },
    { "redis://h wait=101", "wait=" },
    { "redis://h wait=x", "wait=" },
    { "redis://h sentinel=", "sentinel=" },
    { "redis://h sentinel=a,b", "sentinel=" },
    { "redis://h Prefix=a", "behind the URL" },
    { "redis://h h2", "behind the URL" },
};

static void test_the_rest_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (parse(bad[i].line)) {
            fail_msg("taken: %s", bad[i].line);
        }
        if (!strstr(why, bad[i].why)) {
            fail_msg("%s: %s", bad[i].line, why);
        }
        assert_null(strstr(why, "ret"));
    }
}

/* `head`, and so many letters. */
static bool parse_long(const char *head, size_t letters)
{
    static char line[2048];
    int size = snprintf(line, sizeof(line), "%s", head);

    memset(line + size, 'a', letters);
    line[(size_t)size + letters] = '\0';
    return parse(line);
}

static void test_lengths_are_bounded(void **state)
{
    (void)state;
    assert_true(parse_long("redis://", 255));
    assert_int_equal(strlen(settings.nodes[0].host), 255);
    assert_false(parse_long("redis://", 256));
    assert_true(parse_long("unix:/", 106));
    assert_false(parse_long("unix:/", 107));
    assert_true(parse_long("redis://h password=", 255));
    assert_false(parse_long("redis://h password=", 256));
    assert_true(parse_long("redis://h prefix=", 32));
    assert_false(parse_long("redis://h sentinel=", 256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_are_read),
        cmocka_unit_test(test_several_hosts_are_read),
        cmocka_unit_test(test_options_are_read),
        cmocka_unit_test(test_the_rest_is_refused_with_a_sentence),
        cmocka_unit_test(test_lengths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
