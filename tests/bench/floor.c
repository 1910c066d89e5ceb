/* floor.c - the price of the kernel: sends the same bytes to N sockets of
 * loopback, R times a second, and does nothing else.
 *
 *     floor SOCKETS BYTES ROUNDS RATE
 *
 * Prints the sender's CPU microseconds per send. A child process reads what
 * arrives. No server can deliver a message to a reader for less than one such
 * send, unless it puts several messages into one. Called by bench.py.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The reading side: connects, reads until the other end is gone. */
static void read_all(const struct sockaddr_in *address, int sockets)
{
    struct epoll_event events[256];
    struct epoll_event event = { .events = EPOLLIN };
    int poll = epoll_create1(0);
    char buffer[65536];

    for (int i = 0; i < sockets; i++) {
        event.data.fd = socket(AF_INET, SOCK_STREAM, 0);
        must(connect(event.data.fd, (const struct sockaddr *)address,
                     sizeof(*address)) == 0, "connect");
        must(epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event) == 0,
             "epoll_ctl");
    }
    for (int left = sockets; left > 0;) {
        int ready = epoll_wait(poll, events, 256, -1);

        for (int i = 0; i < ready; i++) {
            if (read(events[i].data.fd, buffer, sizeof(buffer)) <= 0) {
                close(events[i].data.fd);
                left--;
            }
        }
    }
    exit(0);
}

static void accept_all(int listener, int *fds, int sockets)
{
    int on = 1;

    for (int i = 0; i < sockets; i++) {
        fds[i] = accept(listener, NULL, NULL);
        must(fds[i] >= 0, "accept");
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

static double send_rounds(const int *fds, int sockets, const char *bytes,
                          size_t size, int rounds, int rate)
{
    int64_t start = now_us();
    double before = cpu_us();

    for (int round = 0; round < rounds; round++) {
        int64_t due = start + (int64_t)round * 1000000 / rate;
        int64_t wait = due - now_us();

        if (wait > 0) {
            usleep((useconds_t)wait);
        }
        for (int i = 0; i < sockets; i++) {
            must(send(fds[i], bytes, size, MSG_NOSIGNAL) == (ssize_t)size,
                 "send");
        }
    }
    return (cpu_us() - before) / ((double)rounds * sockets);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int sockets = argc == 5 ? atoi(argv[1]) : 0;
    size_t size = argc == 5 ? (size_t)atoi(argv[2]) : 0;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int *fds = calloc((size_t)sockets + 1, sizeof(*fds));
    char *bytes = calloc(1, size + 1);
    pid_t reader;

    if (sockets < 1 || size < 1 || atoi(argv[3]) < 1 || atoi(argv[4]) < 1) {
        fprintf(stderr, "usage: floor SOCKETS BYTES ROUNDS RATE\n");
        return 2;
    }
    must(listener >= 0 && fds && bytes, "start");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(listener, (struct sockaddr *)&address, length) == 0
         && listen(listener, 1024) == 0
         && getsockname(listener, (struct sockaddr *)&address, &length) == 0,
         "listen");
    reader = fork();
    must(reader >= 0, "fork");
    if (reader == 0) {
        read_all(&address, sockets);
    }
    accept_all(listener, fds, sockets);
    printf("%.3f\n", send_rounds(fds, sockets, bytes, size, atoi(argv[3]),
                                 atoi(argv[4])));
    for (int i = 0; i < sockets; i++) {
        close(fds[i]);
    }
    must(waitpid(reader, NULL, 0) == reader, "waitpid");
    return 0;
}
