/* relay_session.c - see relay_session.h. */
#include "relay/reader/relay_session.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/link/relay_sender.h"
#include "relay/people/relay_others.h"
#include "relay/reader/relay_catch.h"
#include "relay/reader/relay_follow.h"
#include "relay/reader/relay_hello.h"
#include "relay/reader/relay_wire.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_script.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_slot.h"

#define TICK_US INT64_C(250000)

/* Until the next try: doubled each time, and somewhat at random. */
#define RETRY_LEAST_US INT64_C(50000)
#define RETRY_MOST_US INT64_C(2000000)

/* Until Redis is asked again for a secret that it does not have. */
#define SECRET_US INT64_C(500000)

/* A beat has to be heard again in that time. */
#define BEAT_US INT64_C(2000000)
#define SILENCE_US INT64_C(6000000)

/* The Sentinels are not asked again sooner: they may not agree for a while. */
#define STAY_US INT64_C(5000000)

#define SUBSCRIBE_MOST 500 /* channels of one command */
#define HEARD_MOST 2000    /* messages in a row */

typedef enum {
    AWAY,    /* there is no connection */
    HELLO,   /* what all hosts hear is subscribed to */
    OTHERS,  /* what hosts have told is asked for */
    ON       /* rooms are followed */
} phase;

struct relay_session {
    room_store *store;
    const relay_settings *settings;
    int wake;
    relay_bus bus;
    relay_wire *wire;
    relay_others *others;
    relay_follow follow;
    phase phase;
    relay_hello hello;
    base_bytes hosts;     /* the channel of all */
    base_bytes archive;   /* that of those who have one */
    base_bytes left;      /* channels that nobody wants any more */
    int64_t away_us;      /* since then it is not ON; 0: it is */
    int64_t retry_us;     /* not before that */
    int64_t wait_us;      /* between the last two tries */
    int64_t tick_us;
    int64_t beat_us;      /* when the last one was sent */
    int64_t heard_us;     /* when the last one came back */
    int64_t found_us;     /* when the connection was made */
    bool beating;         /* it has not yet */
    bool hasten;          /* one is due now */
    bool fresh;           /* Redis is another one: connect anew */
    bool elsewhere;       /* another one is the master now, it seems */
    bool parted;          /* from whom the last reader held */
    bool more;            /* there is more to hear */
    bool sent;            /* something is to be sent */
};

static void send_order(void *context, relay_order *order)
{
    relay_session *session = context;

    session->sent = true;
    relay_wire_send(session->wire, order);
}

/* ------------------------------------------------------------ connecting */

static void disconnect(relay_session *session, const char *reason)
{
    bool on = session->phase == ON;

    relay_wire_close(session->wire, reason);
    if (session->phase != AWAY) {
        session->phase = AWAY;
        relay_others_away(session->others);
    }
    if (on) {
        relay_follow_away(&session->follow);
    }
    if (session->away_us == 0) {
        session->away_us = base_clock_mono();
    }
    relay_words_set(session->store, RELAY_WORD_CONNECTED, 0);
    relay_words_set(session->store, RELAY_WORD_RUN, 0);
    relay_words_set(session->store, RELAY_WORD_LAG, 0);
}

/* Many hosts must not come at once. */
static void retry_later(relay_session *session)
{
    int64_t now = base_clock_mono();
    int64_t half;

    session->wait_us *= 2;
    if (session->wait_us < RETRY_LEAST_US) {
        session->wait_us = RETRY_LEAST_US;
    }
    if (session->wait_us > RETRY_MOST_US) {
        session->wait_us = RETRY_MOST_US;
    }
    half = session->wait_us / 2;
    session->retry_us =
        now + half
        + (int64_t)(base_hash(room_store_secret(session->store), &now,
                              sizeof(now))
                    % (uint64_t)half);
}

/* One channel, or those in a list with a NUL behind each. */
static void listen_to(relay_session *session, const char *word,
                      const base_bytes *channels)
{
    const char *at = (const char *)channels->data;
    const char *end = at + channels->len;
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, word);
    while (at < end) {
        const char *stop = memchr(at, '\0', (size_t)(end - at));

        stop = stop ? stop : end;
        relay_order_add(order, at, (size_t)(stop - at));
        at = stop + 1;
    }
    relay_wire_listen(session->wire, order);
    session->sent = true;
}

static void connect_now(relay_session *session)
{
    char why[400];

    if (!relay_wire_open(session->wire)) {
        retry_later(session);
        return;
    }
    if (!relay_hello_ask(relay_wire_asking(session->wire), session->settings,
                         session->bus.host,
                         relay_hello_begin(&session->hello, session->settings,
                                           session->store),
                         &session->hello, why, sizeof(why))) {
        base_log_limited(BASE_LOG_ERROR, "CW1210",
                         "Redis cannot be used: %s", why);
        disconnect(session, NULL);
        retry_later(session);
        return;
    }
    if (!relay_hello_take(&session->hello, session->store,
                          session->away_us)) {
        disconnect(session, NULL);
        session->retry_us = base_clock_mono() + SECRET_US;
        return;
    }
    relay_words_add(session->store, RELAY_WORD_RECONNECTS, 1);
    session->phase = HELLO;
    session->heard_us = base_clock_mono();
    session->beat_us = 0;
    session->beating = session->hasten = false;
    session->fresh = session->elsewhere = false;
    session->found_us = session->heard_us;
    relay_words_set(session->store, RELAY_WORD_DOUBT, 0);
    listen_to(session, "SUBSCRIBE", &session->hosts);
    if (session->settings->archive) {
        listen_to(session, "SUBSCRIBE", &session->archive);
    }
}

/* All that comes before the rooms has been answered. */
static void begin_rooms(relay_session *session)
{
    const base_hash_key *own = room_store_secret(session->store);
    bool same = own->k0 == session->hello.secret.k0
                && own->k1 == session->hello.secret.k1;

    if (!room_relay_ready(session->store)) {
        room_relay_begin(session->store, same ? NULL : &session->hello.secret);
    }
    relay_words_set(session->store, RELAY_WORD_SINCE, session->hello.since.ms);
    relay_follow_connect(&session->follow);
    session->phase = ON;
    session->away_us = 0;
    session->wait_us = 0;
}

/* ----------------------------------------------------------------- beats */

static void beat_answered(relay_order *order)
{
    relay_session *session = order->context;
    size_t size;
    const char *text = relay_answer_text(&order->answer, 0, &size);
    room_id since;

    if (order->status == RELAY_OK
        && (!room_id_parse(text, size, &since)
            || room_id_compare(&since, &session->hello.since) != 0)) {
        session->fresh = true;
    }
    else { /* else it may have lost that there is an archive */
        relay_follow_archive(&session->follow, order);
    }
    relay_order_free(order);
}

static void beat(relay_session *session, int64_t now)
{
    relay_order *order = relay_order_create(
        relay_script_get(RELAY_SCRIPT_BEAT), beat_answered, session);
    base_bytes since = BASE_BYTES_INIT;

    relay_bus_key(session->settings, "since", &since);
    relay_order_key(order, since.data, since.len);
    relay_order_key(order, session->hosts.data, session->hosts.len);
    relay_order_key(order, session->archive.data, session->archive.len);
    relay_order_add_text(order, session->bus.host);
    relay_order_add(order, session->hosts.data, session->hosts.len);
    base_bytes_free(&since);
    session->beat_us = now;
    session->beating = true;
    session->hasten = false;
    send_order(session, order);
}

/* Redis' time, of digits; it is of a moment ago. */
static void note_time(relay_session *session, const char *text, size_t size)
{
    int64_t ms = 0;

    for (size_t i = 0; i < size && i < 15; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return;
        }
        ms = ms * 10 + (text[i] - '0');
    }
    relay_words_set(session->store, RELAY_WORD_SKEW,
                    (uint64_t)(base_clock_wall() - ms));
}

/* "B HOST MS" */
static void hear_beat(relay_session *session, const char *text, size_t size)
{
    size_t host = strlen(session->bus.host);
    int64_t now = base_clock_mono();

    if (size > host + 3 && memcmp(text + 2, session->bus.host, host) == 0) {
        session->heard_us = now;
        session->beating = false;
        relay_words_set(session->store, RELAY_WORD_LAG,
                        (uint64_t)(now - session->beat_us) + 1);
        note_time(session, text + host + 3, size - host - 3);
    }
}

/* -------------------------------------------------------------- at work */

static bool is_channel(const base_bytes *name, const char *channel,
                       size_t size)
{
    return size == name->len && memcmp(channel, name->data, size) == 0;
}

static void hear_word(void *context, const char *word, const char *channel,
                      size_t channel_size, const char *text, size_t size)
{
    relay_session *session = context;
    bool hosts = is_channel(&session->hosts, channel, channel_size);

    if (strcmp(word, "error") == 0) {
        base_log_limited(BASE_LOG_ERROR, "CW1217",
                         "Redis does not let us hear what is published: %.*s",
                         (int)(size < 200 ? size : 200), text);
    }
    else if (strcmp(word, "subscribe") == 0) {
        if (!hosts) {
            relay_follow_subscribed(&session->follow, channel, channel_size);
        }
        else if (session->phase == HELLO) {
            session->phase = OTHERS;
            relay_others_connect(session->others);
            beat(session, base_clock_mono());
        }
    }
    else if (is_channel(&session->archive, channel, channel_size)) {
        room_slot_call_writer(session->store);
    }
    else if (!hosts) {
        relay_follow_hear(&session->follow, channel, channel_size, text, size);
    }
    else if (size > 0) {
        if (text[0] == 'B') {
            hear_beat(session, text, size);
        }
        relay_others_hear(session->others, text, size);
    }
}

static void list_channel(void *context, const relay_rooms_one *one)
{
    base_bytes *channels = context;

    base_bytes_append(channels, one->channel.data, one->channel.len);
    base_bytes_append(channels, "", 1);
}

/* Which rooms there are, and what is due. */
static void follow_rooms(relay_session *session)
{
    base_bytes channels = BASE_BYTES_INIT;

    session->left.len = 0;
    relay_follow_take(&session->follow, &session->left);
    if (session->left.len > 0) {
        listen_to(session, "UNSUBSCRIBE", &session->left);
    }
    if (relay_follow_subscribe(&session->follow, SUBSCRIBE_MOST, list_channel,
                               &channels)
        > 0) {
        listen_to(session, "SUBSCRIBE", &channels);
    }
    base_bytes_free(&channels);
    relay_catch_pump(&session->follow);
}

/* Somebody has seen another Redis than this one should be. */
static void take_doubt(relay_session *session, int64_t now)
{
    uint64_t doubt = relay_words_get(session->store, RELAY_WORD_DOUBT);

    if (doubt == 0) {
        return;
    }
    relay_words_set(session->store, RELAY_WORD_DOUBT, 0);
    if (doubt != RELAY_SENDER_ELSEWHERE) {
        session->hasten = true;
    }
    else if (now - session->found_us >= STAY_US) {
        session->elsewhere = true;
    }
}

static void tick(relay_session *session, int64_t now)
{
    if (now - session->tick_us < TICK_US) {
        return;
    }
    session->tick_us = now;
    take_doubt(session, now);
    if (session->phase == ON && !session->beating
        && (session->hasten || now - session->beat_us >= BEAT_US)) {
        beat(session, now);
    }
    if (session->phase == ON) {
        relay_follow_tick(&session->follow, now);
        relay_others_tick(session->others, now);
    }
}

static void wait_for_more(relay_session *session)
{
    struct pollfd polled[] = {
        { session->wake, POLLIN, 0 },
        { relay_wire_asking_fd(session->wire), POLLIN, 0 },
        { relay_wire_hearing_fd(session->wire), POLLIN, 0 },
        { room_reader_fd(session->store), POLLIN, 0 },
    };
    /* What the socket has not taken yet is not seen here. */
    int ms = relay_wire_waiting(session->wire) > 0 ? 20 : 250;

    if (session->more || session->sent) {
        return;
    }
    (void)poll(polled, session->phase == ON ? 4 : 3, ms);
}

/* One turn. Answers are read before what was heard: a fetch is mostly behind
 * the records that came while it was on its way. */
static void serve(relay_session *session)
{
    bool good;
    bool refused = false;

    wait_for_more(session);
    if (session->phase == ON) {
        follow_rooms(session);
    }
    session->sent = false;
    good = relay_wire_answers(session->wire)
           && relay_wire_heard(session->wire, HEARD_MOST, &session->more,
                               hear_word, session);
    if (session->phase == OTHERS && !session->beating
        && relay_wire_waiting(session->wire) == 0) {
        /* Whoever is banned must not get into the first room. */
        refused = relay_others_failed(session->others);
        session->parted = session->parted
                          || (!refused && room_reader_part(session->store));
        if (!refused && session->parted) {
            begin_rooms(session);
        }
    }
    if (session->phase == ON) {
        relay_catch_pump(&session->follow);
        relay_follow_wake(&session->follow);
    }
    tick(session, base_clock_mono());
    if (!good) {
        disconnect(session, NULL);
        retry_later(session);
    }
    else if (refused) {
        disconnect(session, "it does not tell its sanctions");
        retry_later(session);
    }
    else if (session->elsewhere) {
        disconnect(session, "the Sentinels name another master");
        retry_later(session);
    }
    else if (session->fresh) {
        disconnect(session, "it has lost what it knew");
    }
    else if (!session->more
             && base_clock_mono() - session->heard_us > SILENCE_US) {
        disconnect(session, "what is published there does not come here");
    }
}

/* --------------------------------------------- its beginning and end */

relay_session *relay_session_create(const relay_settings *settings,
                                    room_store *store, const char *host,
                                    int wake)
{
    relay_session *session = calloc(1, sizeof(*session));

    BASE_CHECK(session != NULL);
    session->store = store;
    session->settings = settings;
    session->wake = wake;
    session->away_us = base_clock_mono();
    session->bus = (relay_bus){ .store = store, .settings = settings,
                                .host = host, .reader = session,
                                .send = send_order };
    session->wire = relay_wire_create(settings, wake);
    session->others = relay_others_create(&session->bus);
    relay_follow_begin(&session->follow, &session->bus, session->others);
    relay_bus_key(settings, RELAY_BUS_HOSTS, &session->hosts);
    relay_bus_key(settings, RELAY_BUS_ARCHIVE, &session->archive);
    relay_words_set(store, RELAY_WORD_CONNECTED, 0);
    relay_words_set(store, RELAY_WORD_RUN, 0);
    return session;
}

void relay_session_destroy(relay_session *session)
{
    disconnect(session, NULL);
    relay_follow_end(&session->follow);
    relay_others_destroy(session->others);
    relay_wire_destroy(session->wire);
    base_bytes_free(&session->hosts);
    base_bytes_free(&session->archive);
    base_bytes_free(&session->left);
    free(session);
}

void relay_session_turn(relay_session *session)
{
    int64_t wait_us = session->retry_us - base_clock_mono();
    struct pollfd wake = { session->wake, POLLIN, 0 };

    if (session->phase != AWAY) {
        serve(session);
    }
    else if (wait_us <= 0 || poll(&wake, 1, (int)(wait_us / 1000) + 1) == 0) {
        connect_now(session);
    }
}

int64_t relay_session_away(const relay_session *session)
{
    return session->away_us;
}
