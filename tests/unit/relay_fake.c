/* relay_fake.c - see relay_fake.h. */
#include "relay_fake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base_check.h"
#include "relay/link/relay_resp.h"

#define PEERS 16

struct relay_fake {
    relay_fake_obey *obey;
    void *context;
    int listener;
    unsigned port;
    char path[108];
    int wake[2]; /* 'c': cut, 's': stop */
    pthread_t thread;
    _Atomic unsigned connections;
    _Atomic unsigned cuts;
    relay_fake_peer peers[PEERS];
    relay_resp *resps[PEERS]; /* NULL: free */
};

static int listen_at(const char *path, unsigned *port)
{
    struct sockaddr_un file = { .sun_family = AF_UNIX };
    struct sockaddr_in loopback = { .sin_family = AF_INET };
    socklen_t size = sizeof(loopback);
    int fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BASE_CHECK(fd >= 0);
    if (path) {
        BASE_CHECK(strlen(path) < sizeof(file.sun_path));
        strcpy(file.sun_path, path);
        BASE_CHECK(bind(fd, (struct sockaddr *)(void *)&file, sizeof(file))
                   == 0);
    }
    else {
        BASE_CHECK(bind(fd, (struct sockaddr *)(void *)&loopback, size) == 0);
        BASE_CHECK(getsockname(fd, (struct sockaddr *)(void *)&loopback, &size)
                   == 0);
        *port = ntohs(loopback.sin_port);
    }
    return fd;
}

unsigned relay_fake_nowhere(void)
{
    unsigned port;

    close(listen_at(NULL, &port));
    return port;
}

void relay_fake_say(const relay_fake_peer *peer, const char *bytes)
{
    size_t size = strlen(bytes);

    while (size > 0) {
        ssize_t sent = send(peer->fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0) {
            return; /* it has left */
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

bool relay_fake_login(const relay_fake_peer *peer, const relay_answer *command)
{
    if (relay_answer_is(command, 0, "ROLE")) {
        relay_fake_say(peer, "*3\r\n$6\r\nmaster\r\n:7\r\n*0\r\n");
    }
    else if (relay_answer_is(command, 0, "AUTH")
             || relay_answer_is(command, 0, "SELECT")) {
        relay_fake_say(peer, "+OK\r\n");
    }
    else if (relay_answer_is(command, 0, "PING")) {
        relay_fake_say(peer, "+PONG\r\n");
    }
    else {
        return false;
    }
    return true;
}

static void drop(relay_fake *fake, size_t i)
{
    relay_resp_free(fake->resps[i]);
    fake->resps[i] = NULL;
    close(fake->peers[i].fd);
}

static void serve(relay_fake *fake, size_t i)
{
    relay_answer command = RELAY_ANSWER_INIT;
    char data[65536];
    ssize_t got = recv(fake->peers[i].fd, data, sizeof(data), 0);
    bool stays = got > 0 && relay_resp_feed(fake->resps[i], data, (size_t)got);

    while (stays && relay_resp_next(fake->resps[i], &command)
                        == RELAY_RESP_ANSWER) {
        fake->peers[i].commands++;
        stays = fake->obey(&fake->peers[i], &command, fake->context);
    }
    relay_answer_free(&command);
    if (!stays) {
        drop(fake, i);
    }
}

static void take_peer(relay_fake *fake)
{
    int fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
    int on = 1;
    size_t i = 0;

    BASE_CHECK(fd >= 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    while (fake->resps[i]) {
        i++;
        BASE_CHECK(i < PEERS);
    }
    fake->peers[i] = (relay_fake_peer){
        fd, atomic_fetch_add(&fake->connections, 1) + 1, 0 };
    fake->resps[i] = relay_resp_create();
}

static void drop_all(relay_fake *fake)
{
    for (size_t i = 0; i < PEERS; i++) {
        if (fake->resps[i]) {
            drop(fake, i);
        }
    }
}

static void *run(void *context)
{
    relay_fake *fake = context;
    char what = ' ';

    while (what != 's') {
        struct pollfd polled[PEERS + 2] = { { fake->wake[0], POLLIN, 0 },
                                            { fake->listener, POLLIN, 0 } };

        for (size_t i = 0; i < PEERS; i++) {
            polled[i + 2].fd = fake->resps[i] ? fake->peers[i].fd : -1;
            polled[i + 2].events = POLLIN;
        }
        BASE_CHECK(poll(polled, PEERS + 2, -1) > 0);
        for (size_t i = 0; i < PEERS; i++) {
            if (polled[i + 2].revents) {
                serve(fake, i);
            }
        }
        if (polled[0].revents) {
            BASE_CHECK(read(fake->wake[0], &what, 1) == 1);
            drop_all(fake);
            atomic_fetch_add(&fake->cuts, 1);
        }
        if (polled[1].revents) {
            take_peer(fake);
        }
    }
    return NULL;
}

relay_fake *relay_fake_start(const char *path, relay_fake_obey *obey,
                             void *context)
{
    relay_fake *fake = calloc(1, sizeof(*fake));

    BASE_CHECK(fake != NULL);
    fake->obey = obey;
    fake->context = context;
    snprintf(fake->path, sizeof(fake->path), "%s", path ? path : "");
    fake->listener = listen_at(path, &fake->port);
    BASE_CHECK(listen(fake->listener, PEERS) == 0);
    BASE_CHECK(pipe2(fake->wake, O_CLOEXEC) == 0);
    BASE_CHECK(pthread_create(&fake->thread, NULL, run, fake) == 0);
    return fake;
}

void relay_fake_stop(relay_fake *fake)
{
    BASE_CHECK(write(fake->wake[1], "s", 1) == 1);
    pthread_join(fake->thread, NULL);
    drop_all(fake);
    close(fake->listener);
    close(fake->wake[0]);
    close(fake->wake[1]);
    if (*fake->path) {
        unlink(fake->path);
    }
    free(fake);
}

/* Returns when they are ended. */
void relay_fake_cut(relay_fake *fake)
{
    unsigned before = atomic_load(&fake->cuts);

    BASE_CHECK(write(fake->wake[1], "c", 1) == 1);
    while (atomic_load(&fake->cuts) == before) {
        (void)poll(NULL, 0, 1);
    }
}

unsigned relay_fake_port(const relay_fake *fake)
{
    return fake->port;
}

unsigned relay_fake_connections(const relay_fake *fake)
{
    return atomic_load(&fake->connections);
}

void relay_fake_settings(const relay_fake *fake, relay_settings *out)
{
    memset(out, 0, sizeof(*out));
    out->node_count = 1;
    out->nodes[0].port = fake->port;
    snprintf(out->nodes[0].host, sizeof(out->nodes[0].host), "%s",
             *fake->path ? fake->path : "127.0.0.1");
}
