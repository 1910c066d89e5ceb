/* test_relay_link.c - one connection to a Redis that is not always nice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "relay/link/relay_link.h"
#include "relay_fake.h"

#define SOON INT64_C(60000000)

/* What the fake has heard, the words of a command with blanks between them. */
static char heard[4096];

static void note(const relay_answer *command)
{
    size_t length = strlen(heard);

    for (size_t i = 0; i < relay_answer_count(command); i++) {
        size_t size;
        const char *word = relay_answer_text(command, i, &size);

        length += (size_t)snprintf(heard + length, sizeof(heard) - length,
                                   "%.*s%s", size > 40 ? 40 : (int)size, word,
                                   i + 1 < relay_answer_count(command) ? " "
                                                                       : "\n");
    }
}

typedef struct {
    relay_fake *fake;
    relay_settings settings;
    relay_link *link;
    relay_order *order;
} stage;

static void begin(stage *s, relay_fake_obey *obey, const void *context)
{
    *heard = '\0';
    heard_log_begin(BASE_LOG_INFO);
    s->fake = relay_fake_start(NULL, obey, (void *)(uintptr_t)context);
    relay_fake_settings(s->fake, &s->settings);
    s->link = relay_link_create(&s->settings, -1);
    s->order = relay_order_create(NULL, NULL, NULL);
    relay_order_add_text(s->order, "ECHO");
    relay_order_add_text(s->order, "hi");
}

static void end(stage *s)
{
    relay_order_free(s->order);
    relay_link_destroy(s->link);
    relay_fake_stop(s->fake);
    heard_log_end();
}

/* ---- a good one */

static bool obey_well(const relay_fake_peer *peer, const relay_answer *command,
                      void *context)
{
    (void)context;
    note(command);
    if (!relay_fake_login(peer, command)) {
        relay_fake_say(peer, "*2\r\n+yes\r\n:7\r\n");
    }
    return true;
}

static void test_it_logs_in_and_is_asked(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_well, NULL);
    strcpy(s.settings.user, "ann");
    strcpy(s.settings.password, "secret");
    s.settings.database = 3;
    assert_true(relay_link_open(s.link));
    assert_true(relay_link_fd(s.link) >= 0);
    assert_int_equal(fcntl(relay_link_fd(s.link), F_GETFD), FD_CLOEXEC);
    relay_link_ask(s.link, s.order, base_clock_mono() + SOON);
    assert_int_equal(s.order->status, RELAY_OK);
    assert_true(relay_answer_is(&s.order->answer, 0, "yes"));
    assert_int_equal(relay_answer_number(&s.order->answer, 1), 7);
    relay_link_close(s.link, NULL);
    assert_false(relay_link_is_open(s.link));
    assert_int_equal(relay_link_fd(s.link), -1);
    assert_string_equal(heard, "AUTH ann secret\nROLE\nPING\nSELECT 3\n"
                               "ECHO hi\n");
    assert_int_equal(heard_log_count("CW12"), 0);
    end(&s);
}

static void test_a_unix_socket_is_as_good(void **state)
{
    char folder[] = "relay-socket-XXXXXX";
    char path[64];
    relay_settings settings;
    relay_fake *fake;
    relay_link *link;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    *heard = '\0';
    fake = relay_fake_start(path, obey_well, NULL);
    relay_fake_settings(fake, &settings);
    link = relay_link_create(&settings, -1);
    assert_true(relay_link_open(link));
    assert_string_equal(relay_link_name(link), path);
    assert_string_equal(heard, "ROLE\nPING\n");
    relay_link_destroy(link);
    relay_fake_stop(fake);
    assert_int_equal(rmdir(folder), 0);
}

static void test_a_name_is_looked_up(void **state)
{
    stage s;
    char name[64];

    (void)state;
    begin(&s, obey_well, NULL);
    strcpy(s.settings.nodes[0].host, "localhost");
    snprintf(name, sizeof(name), "localhost:%u", relay_fake_port(s.fake));
    assert_true(relay_link_open(s.link));
    assert_string_equal(relay_link_name(s.link), name);
    end(&s);
}

/* Messages of a channel come when they like. */
static bool obey_subscriber(const relay_fake_peer *peer,
                            const relay_answer *command, void *context)
{
    (void)context;
    if (relay_fake_login(peer, command)) {
        return true;
    }
    relay_fake_say(peer, "*3\r\n$9\r\nsubscribe\r\n$1\r\nR\r\n:1\r\n"
                         "*3\r\n$7\r\nmessage\r\n$1\r\nR\r\n$5\r\nE one\r\n"
                         "*3\r\n$7\r\nmessage\r\n$1\r\nR\r\n$5\r\nE two\r\n");
    return true;
}

static void test_messages_are_read_without_waiting(void **state)
{
    stage s;
    relay_answer answer = RELAY_ANSWER_INIT;

    (void)state;
    begin(&s, obey_subscriber, NULL);
    assert_true(relay_link_open(s.link));
    assert_int_equal(relay_link_read(s.link, &answer, 0), RELAY_LINK_NOTHING);
    relay_link_append(s.link, s.order);
    assert_int_equal(relay_link_read(s.link, &answer,
                                     base_clock_mono() + SOON),
                     RELAY_LINK_ANSWER);
    assert_true(relay_answer_is(&answer, 0, "subscribe"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(relay_link_read(s.link, &answer,
                                         base_clock_mono() + SOON),
                         RELAY_LINK_ANSWER);
        assert_true(relay_answer_is(&answer, 2, i ? "E two" : "E one"));
    }
    assert_int_equal(relay_link_read(s.link, &answer, 0), RELAY_LINK_NOTHING);
    assert_true(relay_link_is_open(s.link));
    relay_answer_free(&answer);
    end(&s);
}

/* ---- who is no master */

/* `context` is the answer to one command, and the others are as they should
 * be. */
typedef struct {
    const char *command;
    const char *answer;
} odd;

static bool obey_oddly(const relay_fake_peer *peer, const relay_answer *command,
                       void *context)
{
    const odd *o = context;

    if (relay_answer_is(command, 0, o->command)) {
        relay_fake_say(peer, o->answer);
    }
    else if (!relay_fake_login(peer, command)) {
        relay_fake_say(peer, "+OK\r\n");
    }
    return true;
}

static const struct {
    odd o;
    const char *line; /* NULL: it is taken all the same */
} logins[] = {
    { { "AUTH", "-WRONGPASS invalid username-password pair\r\n" },
      "AUTH: WRONGPASS invalid" },
    { { "AUTH", "-ERR unknown command 'AUTH', with args beginning with:"
                " 'secret'\r\n" }, "AUTH: it was refused" },
    { { "ROLE", "-NOAUTH Authentication required.\r\n" }, "ROLE: NOAUTH" },
    { { "ROLE", "*2\r\n$5\r\nslave\r\n$1\r\nh\r\n" }, "it is a replica" },
    { { "ROLE", "*2\r\n$8\r\nsentinel\r\n*0\r\n" }, "needs sentinel=NAME" },
    { { "ROLE", "-NOPERM no\r\n" }, NULL },
    { { "PING", "-LOADING Redis is loading\r\n" }, "PING: LOADING" },
    { { "PING", "-MISCONF cannot save\r\n" }, NULL },
    { { "PING", "-NOPERM no\r\n" }, NULL },
    { { "SELECT", "-ERR DB index is out of range\r\n" }, "SELECT: ERR DB" },
    { { "ROLE", "HTTP/1.1 400 Bad Request\r\n\r\n" },
      "not Redis' protocol" },
};

static void test_who_refuses_is_not_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(logins) / sizeof(*logins); i++) {
        stage s;

        begin(&s, obey_oddly, &logins[i].o);
        strcpy(s.settings.password, "secret");
        s.settings.database = 1;
        assert_int_equal(relay_link_open(s.link), !logins[i].line);
        assert_int_equal(heard_log_count("CW1200"), logins[i].line ? 1 : 0);
        if (logins[i].line && heard_log_count(logins[i].line) == 0) {
            fail_msg("not in the log: %s", logins[i].line);
        }
        assert_int_equal(heard_log_count("secret"), 0);
        end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_logs_in_and_is_asked),
        cmocka_unit_test(test_a_unix_socket_is_as_good),
        cmocka_unit_test(test_a_name_is_looked_up),
        cmocka_unit_test(test_messages_are_read_without_waiting),
        cmocka_unit_test(test_who_refuses_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
