/* relay_link.c - see relay_link.h. */
#include "relay/link/relay_link.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/link/relay_resp.h"
#include "relay/link/relay_socket.h"
#include "relay/relay_script.h"
#include "relay/relay_value.h"

#define READ_BYTES 16384

struct relay_link {
    const relay_settings *settings;
    int wake;
    relay_socket socket;
    relay_resp *resp;
    base_bytes out;
    relay_node node;     /* connected to, or last */
    unsigned first;      /* node to begin with */
    bool had[RELAY_SCRIPT_COUNT]; /* scripts that this connection has sent */
    bool told;           /* that it is away */
    char name[RELAY_NAME_MOST + 16];
    char reason[256];    /* why the last one failed */
};

relay_link *relay_link_create(const relay_settings *settings, int wake)
{
    relay_link *link = calloc(1, sizeof(*link));

    BASE_CHECK(link != NULL);
    link->settings = settings;
    link->wake = wake;
    link->socket = (relay_socket)RELAY_SOCKET_INIT;
    return link;
}

void relay_link_destroy(relay_link *link)
{
    if (link) {
        relay_link_close(link, NULL);
        base_bytes_free(&link->out);
        free(link);
    }
}

bool relay_link_is_open(const relay_link *link)
{
    return link->resp != NULL;
}

int relay_link_fd(const relay_link *link)
{
    return link->socket.fd;
}

const char *relay_link_name(const relay_link *link)
{
    return link->name;
}

/* ---- orders */

static void append_item(base_bytes *out, const void *data, size_t size)
{
    base_bytes_append_format(out, "$%zu\r\n", size);
    base_bytes_append(out, data, size);
    base_bytes_append_text(out, "\r\n");
}

static bool *had(relay_link *link, const relay_script *script)
{
    size_t index = 0;

    while (relay_script_get((relay_script_name)index) != script) {
        index++;
        BASE_CHECK(index < RELAY_SCRIPT_COUNT);
    }
    return &link->had[index];
}

/* EVAL makes Redis know it for EVALSHA. */
static void append_script(relay_link *link, const relay_order *order)
{
    const relay_script *script = order->script;
    bool *sent = had(link, script);
    char keys[16];
    int size = snprintf(keys, sizeof(keys), "%u", order->keys);

    base_bytes_append_format(&link->out, "*%u\r\n", order->count + 3);
    if (*sent) {
        append_item(&link->out, "EVALSHA", 7);
        append_item(&link->out, script->sha1, strlen(script->sha1));
    }
    else {
        append_item(&link->out, "EVAL", 4);
        append_item(&link->out, script->text, script->size);
    }
    append_item(&link->out, keys, (size_t)size);
    *sent = true;
}

void relay_link_append(relay_link *link, const relay_order *order)
{
    if (!relay_link_is_open(link)) {
        return;
    }
    if (order->script) {
        append_script(link, order);
    }
    else {
        base_bytes_append_format(&link->out, "*%u\r\n", order->count);
    }
    for (unsigned i = 0; i < order->count; i++) {
        size_t size;
        const void *data = relay_order_argument(order, i, &size);

        append_item(&link->out, data, size);
    }
}

bool relay_link_settle(relay_link *link, relay_order *order)
{
    if (order->script && !order->again
        && relay_answer_fails(&order->answer, "NOSCRIPT")) {
        *had(link, order->script) = false;
        order->again = true;
        return false;
    }
    order->status = order->answer.failed ? RELAY_REFUSED : RELAY_OK;
    return true;
}

const char *relay_link_useless(const relay_answer *answer)
{
    static const char *const words[] = { "READONLY", "LOADING", "MASTERDOWN" };

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (relay_answer_fails(answer, words[i])) {
            return words[i];
        }
    }
    return NULL;
}

/* ---- bytes */

static relay_link_result broken(relay_link *link, const char *reason)
{
    snprintf(link->reason, sizeof(link->reason), "%s", reason);
    return RELAY_LINK_BROKEN;
}

static relay_link_result read_one(relay_link *link, relay_answer *answer,
                                  int wake, int64_t until_us)
{
    char data[READ_BYTES];

    for (;;) {
        relay_resp_result result;
        int got;

        if (!relay_socket_send(&link->socket, &link->out)) {
            return broken(link, link->socket.reason);
        }
        result = relay_resp_next(link->resp, answer);
        if (result != RELAY_RESP_MORE) {
            return result == RELAY_RESP_ANSWER
                       ? RELAY_LINK_ANSWER
                       : broken(link, "what it says is not Redis' protocol");
        }
        got = relay_socket_receive(&link->socket, data, sizeof(data));
        if (got < 0) {
            return broken(link, link->socket.reason);
        }
        if (got > 0 && !relay_resp_feed(link->resp, data, (size_t)got)) {
            return broken(link, "its answer is too long");
        }
        if (got == 0 && !relay_socket_wait(&link->socket, &link->out, wake,
                                           until_us)) {
            return RELAY_LINK_NOTHING;
        }
    }
}

/* Without a line in the log. */
static void shut(relay_link *link)
{
    relay_socket_close(&link->socket);
    relay_resp_free(link->resp);
    link->resp = NULL;
    link->out.len = 0;
}

static void tell_away(relay_link *link, const char *text)
{
    link->told = true;
    base_log_limited(BASE_LOG_ERROR, "CW1200", "Redis is away: %s", text);
}

void relay_link_close(relay_link *link, const char *reason)
{
    if (relay_link_is_open(link) && reason) {
        char text[sizeof(link->name) + sizeof(link->reason)];

        snprintf(text, sizeof(text), "%s: %s", link->name, reason);
        tell_away(link, text);
    }
    shut(link);
}

void relay_link_leave(relay_link *link, const char *reason)
{
    relay_link_close(link, reason);
    link->first = (link->first + 1) % link->settings->node_count;
}

relay_link_result relay_link_read(relay_link *link, relay_answer *answer,
                                  int64_t until_us)
{
    relay_link_result result = RELAY_LINK_BROKEN;

    if (relay_link_is_open(link)) {
        result = read_one(link, answer, -1, until_us);
    }
    if (result == RELAY_LINK_BROKEN) {
        relay_link_close(link, link->reason);
    }
    return result;
}

void relay_link_ask(relay_link *link, relay_order *order, int64_t until_us)
{
    relay_link_result result;

    do {
        relay_link_append(link, order);
        result = relay_link_read(link, &order->answer, until_us);
    } while (result == RELAY_LINK_ANSWER && !relay_link_settle(link, order));
    if (result == RELAY_LINK_NOTHING) {
        relay_link_close(link, "no answer in time");
    }
    if (result != RELAY_LINK_ANSWER) {
        order->status = RELAY_AWAY;
    }
}

uint64_t relay_link_run(relay_link *link, int64_t until_us)
{
    static const char name[] = "\nrun_id:";
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    uint64_t run = 0;
    const char *text;
    const char *at;
    size_t size;

    relay_order_add_text(order, "INFO");
    relay_order_add_text(order, "server");
    relay_link_ask(link, order, until_us);
    text = relay_answer_text(&order->answer, 0, &size);
    at = memmem(text, size, name, strlen(name));
    at = at ? at + strlen(name) : text + size;
    if (order->status != RELAY_OK || text + size - at < 16
        || !relay_value_hex(at, 16, &run)) {
        run = 0;
    }
    relay_order_free(order);
    return run;
}

/* ---- finding it */

static bool reach(relay_link *link, const relay_node *node)
{
    link->node = *node;
    snprintf(link->name, sizeof(link->name), node->port ? "%s:%u" : "%s",
             node->host, node->port);
    if (!relay_socket_open(&link->socket, node, link->settings->tls,
                           link->wake,
                           base_clock_mono() + RELAY_LINK_WAIT_US)) {
        broken(link, link->socket.reason);
        return false;
    }
    link->resp = relay_resp_create();
    memset(link->had, 0, sizeof(link->had));
    return true;
}

/* Up to three words; NULL: fewer. False: no answer. */
static bool say(relay_link *link, relay_answer *answer, const char *word,
                const char *second, const char *third)
{
    const char *words[] = { word, second, third };
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    relay_link_result result;

    for (size_t i = 0; i < 3 && words[i]; i++) {
        relay_order_add_text(order, words[i]);
    }
    relay_link_append(link, order);
    relay_order_free(order);
    result = read_one(link, answer, link->wake,
                      base_clock_mono() + RELAY_LINK_WAIT_US);
    if (result == RELAY_LINK_NOTHING) {
        snprintf(link->reason, sizeof(link->reason), "no answer to %s", word);
    }
    return result == RELAY_LINK_ANSWER;
}

/* Redis' own words, unless they repeat the password. */
static bool refused(relay_link *link, const char *word,
                    const relay_answer *answer)
{
    size_t size;
    const char *text = relay_answer_text(answer, 0, &size);
    const char *password = link->settings->password;
    int shown = size > 200 ? 200 : (int)size;

    if (*password && memmem(text, size, password, strlen(password))) {
        text = "it was refused";
        shown = (int)strlen(text);
    }
    snprintf(link->reason, sizeof(link->reason), "%s: %.*s", word, shown, text);
    return false;
}

static bool authenticate(relay_link *link, relay_answer *answer)
{
    const char *user = link->settings->user;
    const char *password = link->settings->password;

    if (!*user && !*password) {
        return true;
    }
    if (!say(link, answer, "AUTH", *user ? user : password,
             *user ? password : NULL)) {
        return false;
    }
    return !answer->failed || refused(link, "AUTH", answer);
}

static bool choose_database(relay_link *link, relay_answer *answer)
{
    char number[16];

    if (link->settings->database == 0) {
        return true;
    }
    snprintf(number, sizeof(number), "%u", link->settings->database);
    if (!say(link, answer, "SELECT", number, NULL)) {
        return false;
    }
    return !answer->failed || refused(link, "SELECT", answer);
}

/* An error with which it does nothing for us; one of its access list only
 * forbids to ask. */
static bool refuses_all(const relay_answer *answer)
{
    return relay_answer_fails(answer, "NOAUTH")
           || relay_answer_fails(answer, "LOADING")
           || relay_answer_fails(answer, "MASTERDOWN")
           || relay_answer_fails(answer, "ERR max");
}

static bool verify_master(relay_link *link, relay_answer *answer)
{
    if (!say(link, answer, "ROLE", NULL, NULL)) {
        return false;
    }
    if (refuses_all(answer)) {
        return refused(link, "ROLE", answer);
    }
    if (!answer->failed && !relay_answer_is(answer, 0, "master")) {
        bool sentinel = relay_answer_is(answer, 0, "sentinel");

        snprintf(link->reason, sizeof(link->reason), "%s",
                 sentinel ? "it is a Sentinel, which needs sentinel=NAME"
                          : "it is a replica");
        return false;
    }
    if (!say(link, answer, "PING", NULL, NULL)) {
        return false;
    }
    return !refuses_all(answer) || refused(link, "PING", answer);
}

/* The master of whom this Sentinel knows. */
static bool ask_sentinel(relay_link *link, const relay_node *sentinel,
                         relay_node *master, relay_answer *answer)
{
    size_t size = 0;
    const char *host = "";
    int64_t port = 0;

    if (!reach(link, sentinel)
        || !say(link, answer, "SENTINEL", "get-master-addr-by-name",
                link->settings->sentinel)) {
        return false;
    }
    if (answer->failed) {
        return refused(link, "SENTINEL", answer);
    }
    host = relay_answer_text(answer, 0, &size);
    port = relay_answer_number(answer, 1);
    if (size == 0 || size >= sizeof(master->host) || memchr(host, 0, size)
        || port <= 0 || port > 65535) {
        broken(link, "this Sentinel knows no such master");
        return false;
    }
    memcpy(master->host, host, size);
    master->host[size] = '\0';
    master->port = (unsigned)port;
    shut(link);
    return true;
}

static bool open_node(relay_link *link, const relay_node *node)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    relay_node master = *node;
    bool opened = (!*link->settings->sentinel
                   || ask_sentinel(link, node, &master, &answer))
                  && reach(link, &master) && authenticate(link, &answer)
                  && verify_master(link, &answer)
                  && choose_database(link, &answer);

    relay_answer_free(&answer);
    if (!opened) {
        shut(link);
    }
    return opened;
}

static void tell_back(relay_link *link)
{
    if (link->told) {
        base_log_limited(BASE_LOG_NOTICE, "CW1201", "Redis is back: %s",
                         link->name);
    }
    link->told = false;
}

/* Whoever ends us knows why it does not answer. */
static bool woken(const relay_link *link)
{
    struct pollfd polled = { link->wake, POLLIN, 0 };

    return poll(&polled, 1, 0) > 0;
}

bool relay_link_open(relay_link *link)
{
    const relay_settings *settings = link->settings;
    char text[1000];
    size_t size = 0;

    shut(link);
    for (unsigned i = 0; i < settings->node_count; i++) {
        if (open_node(link, &settings->nodes[link->first])) {
            tell_back(link);
            return true;
        }
        link->first = (link->first + 1) % settings->node_count;
        if (size < sizeof(text)) {
            size += (size_t)snprintf(text + size, sizeof(text) - size,
                                     "%s%s: %s", i > 0 ? "; " : "",
                                     link->name, link->reason);
        }
    }
    if (!woken(link)) {
        tell_away(link, text);
    }
    return false;
}
