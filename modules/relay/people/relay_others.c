/* relay_others.c - what hosts tell each other; see relay_others.h. */
#include "relay/people/relay_others.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "relay/people/relay_addresses.h"
#include "relay/people/relay_agree.h"
#include "relay/people/relay_erased.h"
#include "relay/people/relay_line.h"
#include "relay/people/relay_notice.h"
#include "relay/people/relay_packed.h"
#include "relay/people/relay_remote.h"
#include "relay/reader/relay_words.h"
#include "room/archive/room_archive.h"
#include "room/log/room_log.h"
#include "room/people/room_typing.h"

/* Sanctions that have ended go from Redis, and what went wrong is mended. */
#define AGREE_EVERY_US INT64_C(3600000000)
#define AGREE_SOON_US INT64_C(5000000)

struct relay_others {
    relay_bus *bus;
    relay_hosts hosts;
    relay_addresses *addresses;
    relay_erased *erased;
    base_bytes rooms; /* relay_people *, in any order */
    int64_t agreed_us;
    int64_t agree_us; /* when to do so again */
    bool disagrees;   /* Redis did not say what it has */
    bool asked;       /* the archive here had told its sanctions then */
    size_t next;      /* of the rooms, whose turn it is */
};

relay_others *relay_others_create(relay_bus *bus)
{
    relay_others *others = calloc(1, sizeof(*others));

    BASE_CHECK(others != NULL);
    others->bus = bus;
    others->addresses = relay_addresses_create(bus);
    others->erased = relay_erased_create(bus);
    return others;
}

static relay_people **rooms_of(const relay_others *others)
{
    return (relay_people **)(void *)others->rooms.data;
}

static size_t room_count(const relay_others *others)
{
    return others->rooms.len / sizeof(relay_people *);
}

void relay_others_destroy(relay_others *others)
{
    for (size_t i = 0; i < room_count(others); i++) {
        relay_people_drop(rooms_of(others)[i]);
    }
    relay_addresses_destroy(others->addresses);
    base_bytes_free(&others->rooms);
    relay_erased_destroy(others->erased);
    free(others);
}

static void agree(relay_others *others, int64_t now_us)
{
    others->asked = room_archive_asked(others->bus->store);
    others->agreed_us = now_us;
    others->agree_us = now_us + AGREE_EVERY_US;
    relay_agree(others->bus, &others->disagrees);
}

void relay_others_connect(relay_others *others)
{
    int64_t now_us = base_clock_mono();

    relay_host_trust(&others->hosts, now_us);
    agree(others, now_us);
    relay_erased_connect(others->erased, &others->disagrees);
}

void relay_others_away(relay_others *others)
{
    for (size_t i = 0; i < room_count(others); i++) {
        relay_people_away(rooms_of(others)[i]);
    }
    relay_addresses_away(others->addresses);
}

void relay_others_live(relay_others *others, relay_rooms_one *one)
{
    relay_people *people = one->people;

    if (!people) {
        people = relay_people_create(others->bus, &others->hosts, one->handle,
                                     &one->room);
        one->people = people;
        base_bytes_append(&others->rooms, &people, sizeof(people));
    }
    relay_remote_look(people);
}

void relay_others_gone(relay_others *others, relay_rooms_one *one)
{
    relay_people **rooms = rooms_of(others);
    size_t count = room_count(others);

    for (size_t i = 0; i < count; i++) {
        if (rooms[i] == one->people) {
            rooms[i] = rooms[count - 1];
            others->rooms.len -= sizeof(rooms[0]);
            relay_people_drop(one->people);
            break;
        }
    }
    one->people = NULL;
}

/* "T USER". */
static void hear_typing(relay_people *people, const char *text, size_t size)
{
    room_store *store = people->bus->store;
    relay_line rest = { text, size };
    uint64_t user;

    (void)relay_line_take(&rest, ' ');
    if (relay_packed_hex(rest.text, rest.size, &user)
        && room_typing_note(store, people->room, user, base_clock_mono())
               == ROOM_OK) {
        room_log_wake_readers(store, people->room, -1);
    }
}

/* "W HOST": it does not find all in Redis that it knows. */
static void hear_doubt(relay_people *people, const char *text, size_t size)
{
    const char *own = people->bus->host;

    if (size != 2 + RELAY_HOST_SIZE
        || memcmp(text + 2, own, RELAY_HOST_SIZE) != 0) {
        people->look_us = base_clock_mono();
    }
}

void relay_others_hear_room(relay_others *others, relay_rooms_one *one,
                            const char *text, size_t size)
{
    (void)others;
    if (one->people && size > 0 && text[0] == 'P') {
        relay_remote_hear(one->people, text, size, base_clock_mono());
    }
    else if (one->people && size > 0 && text[0] == 'T') {
        hear_typing(one->people, text, size);
    }
    else if (one->people && size > 0 && text[0] == 'W') {
        hear_doubt(one->people, text, size);
    }
}

/* "B HOST ...", "C HOST ...": a host that is alive. */
static void hear_host(relay_others *others, const char *text, size_t size,
                      int64_t now_us)
{
    relay_line rest = { text, size };
    relay_line host;
    int number;

    (void)relay_line_take(&rest, ' ');
    host = relay_line_take(&rest, ' ');
    if (host.size == RELAY_HOST_SIZE
        && memcmp(host.text, others->bus->host, host.size) == 0) {
        return;
    }
    number = relay_host_hear(&others->hosts, host.text, host.size, now_us);
    if (text[0] == 'C') {
        relay_addresses_hear(others->addresses, number, rest, now_us);
    }
}

void relay_others_hear(relay_others *others, const char *text, size_t size)
{
    int64_t now_us = base_clock_mono();
    bool kept;

    if (size > 0 && (text[0] == 'B' || text[0] == 'C')) {
        hear_host(others, text, size, now_us);
        return;
    }
    if (size > 0 && (text[0] == 'Y' || text[0] == 'Z')) {
        relay_erased_hear(others->erased, text, size);
        return;
    }
    kept = relay_notice_hear(others->bus, text, size);
    /* What all were asked for may have been older than this. */
    if (!kept || now_us - others->agreed_us < AGREE_SOON_US) {
        int64_t soon = now_us + AGREE_SOON_US;

        others->agree_us = soon < others->agree_us ? soon : others->agree_us;
    }
}

static void bury(relay_others *others, int64_t now_us)
{
    uint64_t dead = relay_host_bury(&others->hosts, now_us);
    bool busy = false;

    for (size_t i = 0; dead != 0 && i < room_count(others); i++) {
        busy = relay_remote_bury(rooms_of(others)[i], dead, busy, now_us);
    }
    relay_words_set(others->bus->store, RELAY_WORD_HOSTS,
                    relay_host_count(&others->hosts));
}

/* A lock that somebody has stopped with may be that of all rooms: the others
 * come next time. */
static void visit_rooms(relay_others *others, int64_t now_us)
{
    size_t count = room_count(others);
    bool good = true;

    for (size_t i = 0; i < count && good; i++) {
        relay_people *people = rooms_of(others)[others->next++ % count];

        good = relay_remote_tick(people, now_us);
        good = relay_people_tick(people, now_us) && good;
    }
}

void relay_others_tick(relay_others *others, int64_t mono_us)
{
    bury(others, mono_us);
    relay_addresses_tick(others->addresses, others->hosts.alive == 0, mono_us);
    if (mono_us >= others->agree_us
        || (!others->asked && room_archive_asked(others->bus->store))) {
        agree(others, mono_us);
    }
    relay_erased_tick(others->erased);
    visit_rooms(others, mono_us);
}

bool relay_others_failed(const relay_others *others)
{
    return others->disagrees;
}
