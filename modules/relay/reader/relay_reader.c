/* relay_reader.c - see relay_reader.h. */
#include "relay/reader/relay_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "relay/reader/relay_session.h"
#include "room/relay/room_reader.h"

/* How long the others wait for their turn. */
#define ELECT_MS 100

/* Who has had no connection for so long lets others try: it may be this child
 * that cannot have one, because its settings are old or it has no descriptor
 * left. Then it does not stand for a while. */
#define AWAY_US INT64_C(5000000)
#define STAND_BACK_US INT64_C(2000000)

struct relay_reader {
    room_store *store;
    const relay_settings *settings;
    const char *host;
    relay_session *session; /* while it is elected */
    int64_t stand_us;       /* not before that */
    atomic_bool stop;
    pthread_mutex_t lock_ended;
    pthread_cond_t ended_now;
    bool ended;
    int wake[2];
    pthread_t thread;
};

static void begin(relay_reader *reader)
{
    reader->session = relay_session_create(reader->settings, reader->store,
                                           reader->host, reader->wake[0]);
}

static void end(relay_reader *reader)
{
    if (reader->session) {
        relay_session_destroy(reader->session);
        room_reader_resign(reader->store);
        reader->session = NULL;
    }
}

static void give_way(relay_reader *reader)
{
    int64_t away_us = relay_session_away(reader->session);
    int64_t now = base_clock_mono();

    if (away_us != 0 && now - away_us > AWAY_US) {
        end(reader);
        reader->stand_us = now + STAND_BACK_US;
    }
}

static void *run(void *context)
{
    relay_reader *reader = context;
    struct pollfd wake = { reader->wake[0], POLLIN, 0 };

    while (!atomic_load(&reader->stop)) {
        if (room_store_closed(reader->store)) {
            end(reader); /* the other segment has its own */
        }
        if (reader->session) {
            relay_session_turn(reader->session);
            give_way(reader);
        }
        else if (base_clock_mono() >= reader->stand_us
                 && room_reader_elect(reader->store)) {
            begin(reader);
        }
        else {
            (void)poll(&wake, 1, ELECT_MS);
        }
    }
    end(reader);
    pthread_mutex_lock(&reader->lock_ended);
    reader->ended = true;
    pthread_cond_signal(&reader->ended_now);
    pthread_mutex_unlock(&reader->lock_ended);
    return NULL;
}

static void destroy(relay_reader *reader)
{
    pthread_cond_destroy(&reader->ended_now);
    pthread_mutex_destroy(&reader->lock_ended);
    if (reader->wake[0] >= 0) {
        close(reader->wake[0]);
        close(reader->wake[1]);
    }
    free(reader);
}

relay_reader *relay_reader_start(const relay_settings *settings,
                                 room_store *store, const char *host)
{
    relay_reader *reader = calloc(1, sizeof(*reader));
    bool piped;

    BASE_CHECK(reader != NULL);
    reader->store = store;
    reader->settings = settings;
    reader->host = host;
    reader->wake[0] = reader->wake[1] = -1;
    piped = pipe2(reader->wake, O_CLOEXEC | O_NONBLOCK) == 0;
    base_thread_cond_init(&reader->ended_now);
    pthread_mutex_init(&reader->lock_ended, NULL);
    if (!piped || !base_thread_start(&reader->thread, run, reader)) {
        base_log(BASE_LOG_ERROR, "CW1216",
                 "no thread can be had: this child reads nothing from Redis");
        destroy(reader);
        return NULL;
    }
    return reader;
}

static bool wait_ended(relay_reader *reader, int64_t until_us)
{
    bool late = false;

    pthread_mutex_lock(&reader->lock_ended);
    while (!reader->ended && !late) {
        late = !base_thread_cond_wait(&reader->ended_now, &reader->lock_ended,
                                      until_us);
    }
    pthread_mutex_unlock(&reader->lock_ended);
    return !late;
}

bool relay_reader_stop(relay_reader *reader, int64_t deadline_us)
{
    if (!reader) {
        return true;
    }
    atomic_store(&reader->stop, true);
    (void)!write(reader->wake[1], "", 1);
    if (wait_ended(reader, deadline_us)) {
        pthread_join(reader->thread, NULL);
        destroy(reader);
        return true;
    }
    pthread_detach(reader->thread);
    return false;
}
