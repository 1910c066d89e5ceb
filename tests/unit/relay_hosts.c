/* relay_hosts.c - see relay_hosts.h. */
#include "relay_hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/people/relay_name.h"
#include "room/people/room_search.h"
#include "room/relay/room_reader.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_slot.h"

#define WAIT_US INT64_C(60000000)
#define MARK "chatws:mark"

static char folder[] = "/tmp/relay-hosts-XXXXXX";
static pid_t server;
static relay_settings settings;
static relay_link *control;
static unsigned marks;
static int64_t ahead_us;

/* The linker has all others call this one. */
int64_t __real_base_clock_mono(void);
int64_t __wrap_base_clock_mono(void);

int64_t __wrap_base_clock_mono(void)
{
    return __real_base_clock_mono() + ahead_us;
}

static bool exists(void)
{
    return system("command -v redis-server >/dev/null 2>&1") == 0;
}

static void run_server(void)
{
    char path[100];

    snprintf(path, sizeof(path), "%s/socket", folder);
    /* Whatever becomes of the test, nothing is left behind. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr)
        && chdir(folder) == 0) {
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
               path, "--save", "", (char *)NULL);
    }
    _exit(127);
}

static void wait_for_server(void)
{
    int64_t until = base_clock_mono() + WAIT_US;

    control = relay_link_create(&settings, -1);
    while (!relay_link_open(control)) {
        assert_true(base_clock_mono() < until);
        (void)poll(NULL, 0, 10);
    }
}

bool relay_hosts_start(void)
{
    if (!exists() || !mkdtemp(folder)) {
        return false;
    }
    settings.node_count = 1;
    snprintf(settings.nodes[0].host, sizeof(settings.nodes[0].host),
             "%s/socket", folder);
    server = fork();
    if (server == 0) {
        run_server();
    }
    wait_for_server();
    return true;
}

void relay_hosts_stop(void)
{
    char path[100];

    relay_link_destroy(control);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    snprintf(path, sizeof(path), "%s/socket", folder);
    unlink(path);
    rmdir(folder);
}

/* ------------------------------------------------------------- the hosts */

static void queue(void *reader, relay_order *order)
{
    relay_hosts_one *host = reader;

    order->next = NULL;
    *host->last = order;
    host->last = &order->next;
}

static void subscribe(relay_hosts_one *host)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    relay_answer answer = RELAY_ANSWER_INIT;

    host->asks = relay_link_create(&settings, -1);
    host->hears = relay_link_create(&settings, -1);
    assert_true(relay_link_open(host->asks) && relay_link_open(host->hears));
    relay_order_add_text(order, "SUBSCRIBE");
    relay_order_add(order, host->one.channel.data, host->one.channel.len);
    relay_order_add_text(order, "chatws:hosts");
    relay_order_add_text(order, MARK);
    relay_link_append(host->hears, order);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(relay_link_read(host->hears, &answer,
                                         base_clock_mono() + WAIT_US),
                         RELAY_LINK_ANSWER);
    }
    relay_answer_free(&answer);
    relay_order_free(order);
}

static void beat(const relay_hosts_one *host)
{
    char text[100];
    relay_answer answer = RELAY_ANSWER_INIT;
    long long ms;

    relay_hosts_ask("TIME", &answer);
    ms = relay_answer_number(&answer, 0) * 1000;
    snprintf(text, sizeof(text), "HSET chatws:hosts %s %lld", host->id, ms);
    relay_hosts_ask(text, &answer);
    snprintf(text, sizeof(text), "B %s %lld", host->id, ms);
    relay_hosts_publish("chatws:hosts", text);
    relay_answer_free(&answer);
}

static void open_segment(relay_hosts_one *host)
{
    static const base_hash_key secret = { 7, 8 };

    arena_open_relay(&host->segment, 8000, 4, 7, NULL);
    room_relay_begin(host->segment.store, &secret);
    host->room = arena_room(&host->segment, HOSTS_ROOM, 10);
    room_search_mark(host->segment.store, host->room, HOSTS_REALM);
    host->slot = room_slot_claim(host->segment.store, getpid());
    assert_true(host->slot >= 0);
    assert_true(room_reader_elect(host->segment.store));
}

static void open_host(relay_hosts_one *host)
{
    memset(host, 0, sizeof(*host));
    host->last = &host->first;
    open_segment(host);
    snprintf(host->id, sizeof(host->id), "%016" PRIx64,
             room_relay_host(host->segment.store));
    host->bus = (relay_bus){ .store = host->segment.store,
                             .settings = &settings, .host = host->id,
                             .reader = host, .send = queue };
    host->others = relay_others_create(&host->bus);
    host->one.handle = host->room;
    host->one.room = (relay_room){ .settings = &settings, .key = HOSTS_ROOM,
                                   .key_size = strlen(HOSTS_ROOM) };
    relay_room_channel(&host->one.room, &host->one.channel);
    relay_hosts_find(host);
}

/* As when the reader's connection has ended. */
static void give_back(relay_hosts_one *host)
{
    while (host->first) {
        relay_order *order = host->first;

        host->first = order->next;
        order->status = RELAY_AWAY;
        if (order->done) {
            order->done(order);
        }
        else {
            relay_order_free(order);
        }
    }
    host->last = &host->first;
}

static void close_host(relay_hosts_one *host)
{
    if (host->asks) {
        relay_hosts_lose(host);
    }
    relay_others_destroy(host->others);
    base_bytes_free(&host->one.channel);
    room_reader_resign(host->segment.store);
    room_slot_release(host->segment.store, host->slot);
    arena_close(&host->segment);
}

void relay_hosts_lose(relay_hosts_one *host)
{
    give_back(host);
    relay_others_away(host->others);
    relay_link_destroy(host->asks);
    relay_link_destroy(host->hears);
    host->asks = host->hears = NULL;
}

static void send_one(relay_hosts_one *host, relay_order *order)
{
    host->orders++;
    relay_link_ask(host->asks, order, base_clock_mono() + WAIT_US);
    assert_int_not_equal(order->status, RELAY_AWAY);
    if (order->status == RELAY_REFUSED) {
        size_t size;
        const char *why = relay_answer_text(&order->answer, 0, &size);

        fail_msg("%.*s", (int)size, why);
    }
    if (order->done) {
        order->done(order);
    }
    else {
        relay_order_free(order);
    }
}

static bool send_all(relay_hosts_one *host)
{
    bool any = host->first != NULL;

    while (host->first) {
        relay_order *order = host->first;

        host->first = order->next;
        if (!host->first) {
            host->last = &host->first;
        }
        send_one(host, order);
    }
    return any;
}

void relay_hosts_find(relay_hosts_one *host)
{
    subscribe(host);
    beat(host);
    relay_others_connect(host->others);
    (void)send_all(host);
    relay_others_live(host->others, &host->one);
    (void)send_all(host);
}

static bool is_text(const relay_answer *answer, size_t index, const void *text,
                    size_t size)
{
    size_t got;
    const char *there = relay_answer_text(answer, index, &got);

    return got == size && memcmp(there, text, size) == 0;
}

/* Until the mark comes, which was told behind all the others. */
static void hear_all(relay_hosts_one *host, const char *mark)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    const char *text;
    size_t size;

    for (;;) {
        assert_int_equal(relay_link_read(host->hears, &answer,
                                         base_clock_mono() + WAIT_US),
                         RELAY_LINK_ANSWER);
        text = relay_answer_text(&answer, 2, &size);
        if (is_text(&answer, 1, host->one.channel.data,
                    host->one.channel.len)) {
            host->heard++;
            relay_others_hear_room(host->others, &host->one, text, size);
        }
        else if (is_text(&answer, 1, "chatws:hosts", 12)) {
            relay_others_hear(host->others, text, size);
        }
        else if (is_text(&answer, 2, mark, strlen(mark))) {
            break;
        }
    }
    relay_answer_free(&answer);
}

void relay_hosts_settle(relay_hosts_one *const *hosts, size_t count)
{
    bool any = true;
    char mark[20];

    while (any) {
        any = false;
        for (size_t i = 0; i < count; i++) {
            any = (hosts[i]->asks && send_all(hosts[i])) || any;
        }
        snprintf(mark, sizeof(mark), "%u", ++marks);
        relay_hosts_publish(MARK, mark);
        for (size_t i = 0; i < count; i++) {
            if (hosts[i]->hears) {
                hear_all(hosts[i], mark);
            }
        }
    }
}

/* ------------------------------------------------------- beside the hosts */

void relay_hosts_ask(const char *command, relay_answer *answer)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    for (size_t at = 0; command[at] != '\0';) {
        size_t size = strcspn(command + at, " ");
        base_bytes word = BASE_BYTES_INIT;

        base_bytes_append(&word, command + at, size);
        for (size_t i = 0; i < size; i++) {
            word.data[i] = word.data[i] == '~' ? ' ' : word.data[i];
        }
        relay_order_add(order, word.data, size);
        base_bytes_free(&word);
        at += size + (command[at + size] == ' ');
    }
    relay_link_ask(control, order, base_clock_mono() + WAIT_US);
    assert_int_equal(order->status, RELAY_OK);
    relay_answer_free(answer);
    *answer = order->answer;
    order->answer = (relay_answer)RELAY_ANSWER_INIT;
    relay_order_free(order);
}

void relay_hosts_publish(const char *channel, const char *text)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, "PUBLISH");
    relay_order_add_text(order, channel);
    relay_order_add_text(order, text);
    relay_link_ask(control, order, base_clock_mono() + WAIT_US);
    assert_int_equal(order->status, RELAY_OK);
    relay_order_free(order);
}

void relay_hosts_join(relay_hosts_one *host, uint64_t user, const char *name,
                      bool guest, bool moderator)
{
    chat_person who = { .user = user, .guest = guest,
                        .moderator = moderator };
    room_store *store = host->segment.store;
    room_member member;

    chat_person_set_name(&who, name, strlen(name));
    relay_name_member(store, &who, &member);
    member.address = guest ? user + 1 : 0;
    assert_int_equal(room_member_join(store, host->room, host->slot, &member,
                                      NULL), ROOM_OK);
    if (!guest) {
        relay_name_take_back(store, host->room, &member);
    }
}

void relay_hosts_leave(relay_hosts_one *host, uint64_t user, bool moderator)
{
    room_member_leaving who = { .user = user, .moderator = moderator };

    assert_int_equal(room_member_leave(host->segment.store, host->room,
                                       host->slot, &who, NULL), ROOM_OK);
}

const char *relay_hosts_name(const relay_hosts_one *host, uint64_t user)
{
    static char names[4][ROOM_NAME_MAX + 1];
    static unsigned next;
    char *name = names[next++ % 4];
    room_member member;
    room_status status = room_member_find(host->segment.store, host->room,
                                          user, &member);

    name[0] = '\0';
    if (status == ROOM_OK) {
        memcpy(name, member.name, member.name_size);
        name[member.name_size] = '\0';
    }
    return name;
}

/* ------------------------------------------------------------ two of them */

int relay_hosts_setup(void **state)
{
    static relay_hosts_pair pair;
    relay_answer answer = RELAY_ANSWER_INIT;

    relay_hosts_ask("FLUSHALL", &answer);
    relay_answer_free(&answer);
    open_host(&pair.a);
    open_host(&pair.b);
    pair.both[0] = &pair.a;
    pair.both[1] = &pair.b;
    *state = &pair;
    relay_hosts_settle(pair.both, 2);
    return 0;
}

int relay_hosts_teardown(void **state)
{
    relay_hosts_pair *it = *state;

    for (int i = 0; i < 2; i++) {
        arena_check(&it->both[i]->segment);
        close_host(it->both[i]);
    }
    return 0;
}

void relay_hosts_pass(relay_hosts_pair *it, unsigned seconds)
{
    for (unsigned second = 0; second < seconds; second++) {
        ahead_us += 1000000;
        for (size_t i = 0; i < 2; i++) {
            room_member_expire(it->both[i]->segment.store, base_clock_mono());
            if (it->both[i]->asks) {
                beat(it->both[i]);
                relay_others_tick(it->both[i]->others, base_clock_mono());
            }
        }
        relay_hosts_settle(it->both, 2);
    }
}

unsigned relay_hosts_members(const relay_hosts_one *host)
{
    return room_member_count(host->segment.store, host->room);
}

unsigned relay_hosts_fields(void)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    unsigned count;

    relay_hosts_ask("HLEN " HOSTS_PEOPLE, &answer);
    count = (unsigned)relay_answer_number(&answer, 0);
    relay_answer_free(&answer);
    return count;
}
