/* act_filter.c - a list that follows its file; see act_filter.h. */
#include "act/filter/act_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"

#define LOOK_US INT64_C(1000000)

/* A file that was written so shortly before it was read may have been written
 * again without a trace: clocks of file systems are that coarse. A time that is
 * as far ahead, or further, is no clock's but was set. */
#define FRESH_MS INT64_C(2000)

/* Never changed but for `users`. Freed by the last one. */
typedef struct {
    chat_filter *filter;
    unsigned users; /* one of them is that it is the newest */
} version;

/* What tells two states of the file apart. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
    bool fresh; /* read again although nothing is different */
} state;

struct act_filter {
    const char *path;
    const chat_filter_patterns *patterns;
    pthread_mutex_t lock;
    version *newest;   /* under the lock, as are: */
    int64_t next_look; /* base_clock_mono */
    bool looking;      /* somebody does */
    state read;        /* of the newest; of who looks */
    _Atomic int64_t *told; /* of all children: when the file was written whose
                              faults are in the log; NULL: each tells */
};

static int64_t ms_of(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

static state state_of(const struct stat *info)
{
    int64_t age = base_clock_wall() - ms_of(&info->st_mtim);

    return (state){ .device = info->st_dev,
                    .inode = info->st_ino,
                    .size = info->st_size,
                    .written = info->st_mtim,
                    .fresh = age > -FRESH_MS && age < FRESH_MS };
}

static bool is_same(const state *one, const state *other)
{
    return one->device == other->device && one->inode == other->inode
           && one->size == other->size
           && one->written.tv_sec == other->written.tv_sec
           && one->written.tv_nsec == other->written.tv_nsec;
}

/* NULL, or why it cannot be read. */
static const char *read_all(int fd, base_bytes *text)
{
    ssize_t got = 1;

    while (got > 0 && text->len <= ACT_FILTER_BYTES) {
        base_bytes_reserve(text, 65536);
        got = read(fd, text->data + text->len, 65536);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        text->len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        return strerror(errno);
    }
    return text->len > ACT_FILTER_BYTES ? "it is longer than 4 MB" : NULL;
}

/* O_NONBLOCK: nobody waits for whoever writes into a pipe. */
static const char *read_file(const char *path, base_bytes *text, state *now)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *why = NULL;
    struct stat info;

    if (fd < 0) {
        return strerror(errno);
    }
    if (fstat(fd, &info) != 0) {
        why = strerror(errno);
    }
    else if (!S_ISREG(info.st_mode)) {
        why = "it is no file";
    }
    else {
        *now = state_of(&info); /* before it is read: see FRESH_MS */
        why = read_all(fd, text);
    }
    (void)close(fd);
    return why;
}

/* NULL, and `*why`, or a version that nobody has yet. */
static version *load(const char *path, const chat_filter_patterns *patterns,
                     state *now, chat_filter_fault *fault, const char **why)
{
    base_bytes text = BASE_BYTES_INIT;
    version *made = NULL;

    *why = read_file(path, &text, now);
    if (!*why) {
        made = calloc(1, sizeof(*made));
        BASE_CHECK(made != NULL);
        made->filter = chat_filter_read(text.data, text.len, patterns, fault);
        made->users = 1;
    }
    base_bytes_free(&text);
    return made;
}

act_filter *act_filter_create(const char *path,
                              const chat_filter_patterns *patterns,
                              chat_filter_fault *fault, const char **why)
{
    state now;
    version *first = load(path, patterns, &now, fault, why);
    act_filter *filter;

    if (!first) {
        return NULL;
    }
    filter = calloc(1, sizeof(*filter));
    BASE_CHECK(filter != NULL);
    filter->path = path;
    filter->patterns = patterns;
    filter->newest = first;
    filter->read = now;
    filter->told = mmap(NULL, sizeof(*filter->told), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (filter->told == MAP_FAILED) {
        filter->told = NULL;
    }
    BASE_CHECK(pthread_mutex_init(&filter->lock, NULL) == 0);
    return filter;
}

/* Under the lock. */
static void drop(version *old)
{
    if (--old->users == 0) {
        chat_filter_free(old->filter);
        free(old);
    }
}

/* Each child reads the file, and one of them says what is wrong with it. */
static void tell_fault(const act_filter *filter, const state *now,
                       const chat_filter_fault *fault)
{
    int64_t written = (int64_t)now->written.tv_sec * 1000000000
                      + now->written.tv_nsec;
    base_bytes text = BASE_BYTES_INIT;

    if (!filter->told || atomic_exchange(filter->told, written) != written) {
        chat_filter_tell(fault, &text);
        base_log_limited(BASE_LOG_WARN, "CW0721", "%s: %.*s", filter->path,
                         (int)text.len, (const char *)text.data);
        base_bytes_free(&text);
    }
}

static void take_over(act_filter *filter, version *made, const state *now,
                      const chat_filter_fault *fault)
{
    version *old;

    pthread_mutex_lock(&filter->lock);
    old = filter->newest;
    filter->newest = made;
    filter->read = *now;
    drop(old);
    pthread_mutex_unlock(&filter->lock);
    base_log(BASE_LOG_INFO, "CW0720", "%s was read again", filter->path);
    if (fault->why) {
        tell_fault(filter, now, fault);
    }
}

/* Of all callers, one at a time comes here. */
static void look(act_filter *filter)
{
    chat_filter_fault fault;
    const char *why = NULL;
    version *made;
    struct stat info;
    state now;

    if (stat(filter->path, &info) == 0) {
        now = state_of(&info);
        if (is_same(&now, &filter->read) && !filter->read.fresh) {
            return;
        }
    }
    made = load(filter->path, filter->patterns, &now, &fault, &why);
    if (made) {
        take_over(filter, made, &now, &fault);
    }
    else {
        base_log_limited(BASE_LOG_WARN, "CW0722",
                         "cannot read %s again: %s; its words stay as they "
                         "are", filter->path, why);
    }
}

static version *take(act_filter *filter)
{
    int64_t now = base_clock_mono();
    bool looks;
    version *taken;

    pthread_mutex_lock(&filter->lock);
    looks = !filter->looking && now >= filter->next_look;
    if (looks) {
        filter->looking = true;
        filter->next_look = now + LOOK_US;
        pthread_mutex_unlock(&filter->lock);
        look(filter);
        pthread_mutex_lock(&filter->lock);
        filter->looking = false;
    }
    taken = filter->newest;
    taken->users++;
    pthread_mutex_unlock(&filter->lock);
    return taken;
}

static void give_back(act_filter *filter, version *taken)
{
    pthread_mutex_lock(&filter->lock);
    drop(taken);
    pthread_mutex_unlock(&filter->lock);
}

bool act_filter_finds(act_filter *filter, const void *text, size_t size)
{
    version *taken = take(filter);
    bool found = chat_filter_finds(taken->filter, text, size);

    give_back(filter, taken);
    return found;
}

bool act_filter_mask(act_filter *filter, base_bytes *text)
{
    version *taken = take(filter);
    bool found = chat_filter_mask(taken->filter, text);

    give_back(filter, taken);
    return found;
}

void act_filter_destroy(act_filter *filter)
{
    if (filter) {
        drop(filter->newest);
        if (filter->told) {
            (void)munmap((void *)filter->told, sizeof(*filter->told));
        }
        pthread_mutex_destroy(&filter->lock);
        free(filter);
    }
}
