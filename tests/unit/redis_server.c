/* redis_server.c - see redis_server.h. */
#include "redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "relay/link/relay_link.h"

#define WAIT_US INT64_C(60000000)

static struct {
    char folder[80];
    bool durable;
    pid_t pid;
    relay_settings settings;
    relay_link *link;
    relay_order *order;
} server;

static void run(void)
{
    const char *append = server.durable ? "yes" : "no";
    int nowhere = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
           server.settings.nodes[0].host, "--dir", server.folder, "--save", "",
           "--appendonly", append, "--appendfsync", "always", "--loglevel",
           "warning", NULL);
    _exit(127);
}

static void ask_once(void)
{
    relay_link_ask(server.link, server.order, base_clock_mono() + WAIT_US);
}

void redis_server_start(void)
{
    int64_t until = base_clock_mono() + WAIT_US;

    server.pid = fork();
    if (server.pid == 0) {
        run();
    }
    while (!relay_link_open(server.link)) {
        assert_true(base_clock_mono() < until);
        poll(NULL, 0, 5);
    }
}

static bool is_installed(void)
{
    return system("redis-server --version >/dev/null 2>&1") == 0;
}

bool redis_server_begin(bool durable)
{
    const char *temporary = getenv("TMPDIR");

    if (!is_installed()) {
        return false;
    }
    memset(&server, 0, sizeof(server));
    server.durable = durable;
    snprintf(server.folder, sizeof(server.folder), "%s/chatws-redis-XXXXXX",
             temporary && strlen(temporary) < 50 ? temporary : "/tmp");
    assert_non_null(mkdtemp(server.folder));
    server.settings.node_count = 1;
    snprintf(server.settings.nodes[0].host,
             sizeof(server.settings.nodes[0].host), "%s/socket",
             server.folder);
    server.link = relay_link_create(&server.settings, -1);
    redis_server_start();
    return true;
}

void redis_server_kill(void)
{
    int status;

    kill(server.pid, SIGKILL);
    waitpid(server.pid, &status, 0);
    relay_link_close(server.link, NULL);
    unlink(server.settings.nodes[0].host);
}

void redis_server_end(void)
{
    char command[120];

    redis_server_kill();
    relay_link_destroy(server.link);
    relay_order_free(server.order);
    snprintf(command, sizeof(command), "rm -rf '%s'", server.folder);
    assert_int_equal(system(command), 0);
}

const relay_settings *redis_server_settings(void)
{
    return &server.settings;
}

void redis_server_hold(void)
{
    kill(server.pid, SIGSTOP);
}

void redis_server_go_on(void)
{
    kill(server.pid, SIGCONT);
}

static void begin_order(void)
{
    if (server.order) {
        relay_order_free(server.order);
    }
    server.order = relay_order_create(NULL, NULL, NULL);
}

static const relay_answer *finish_order(void)
{
    ask_once();
    if (server.order->status == RELAY_AWAY) {
        assert_true(relay_link_open(server.link));
        ask_once();
    }
    assert_int_not_equal(server.order->status, RELAY_AWAY);
    return &server.order->answer;
}

const relay_answer *redis_server_ask(const char *word, ...)
{
    va_list words;

    begin_order();
    va_start(words, word);
    while (word) {
        relay_order_add_text(server.order, word);
        word = va_arg(words, const char *);
    }
    va_end(words);
    return finish_order();
}

const relay_answer *redis_server_ask_bytes(const char *word, const void *second,
                                           size_t second_size,
                                           const void *third,
                                           size_t third_size)
{
    begin_order();
    relay_order_add_text(server.order, word);
    relay_order_add(server.order, second, second_size);
    relay_order_add(server.order, third, third_size);
    return finish_order();
}
