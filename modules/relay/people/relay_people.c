/* relay_people.c - who is in a room, on all hosts; see relay_people.h. */
#include "relay/people/relay_people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_log.h"
#include "relay/people/relay_packed.h"
#include "relay/people/relay_sanction.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"
#include "room/set/room_sanction.h"

/* As the hub does for its clients (hub_presence.c). */
#define COMPARE_EVERY_US 1250000

/* Renewed after this and up to half as much again: not all rooms at once. With
 * many hosts most rooms are on several of them, so this is most of what Redis
 * hears while nobody says anything. */
#define RENEW_US INT64_C(60000000)
#define RENEW_SPREAD_US 30000000

/* A purge that did not find the room has taken it from the list, or it is the
 * next period. */
#define REALM_EVERY_US INT64_C(3600000000)

/* After what went wrong. */
#define LOOK_AGAIN_US INT64_C(5000000)

/* Persons in one order. */
#define TOLD_MOST 500

relay_people *relay_people_create(relay_bus *bus, relay_hosts *hosts,
                                  room_handle handle, const relay_room *room)
{
    relay_people *people = calloc(1, sizeof(*people));

    BASE_CHECK(people != NULL);
    people->bus = bus;
    people->hosts = hosts;
    people->room = handle;
    people->name = base_hash(room_store_secret(bus->store), room->key,
                             room->key_size);
    relay_room_channel(room, &people->channel);
    base_bytes_append(&people->key, room->key, room->key_size);
    return people;
}

static void free_if_over(relay_people *people)
{
    if (people->gone && people->asked == 0) {
        relay_crowd_free(&people->crowd);
        base_bytes_free(&people->channel);
        base_bytes_free(&people->key);
        free(people);
    }
}

void relay_people_drop(relay_people *people)
{
    people->gone = true;
    free_if_over(people);
}

void relay_people_away(relay_people *people)
{
    for (size_t i = 0; i < people->crowd.most; i++) {
        if (people->crowd.list[i].told != 0) {
            people->crowd.list[i].told = RELAY_CROWD_STALE;
        }
    }
    people->looked = false;
    people->realm = 0;
    people->look_us = 0;
}

/* ------------------------------------------------------------ the orders */

static void write_key(const relay_people *people, base_bytes *key)
{
    base_bytes_append(key, people->channel.data, people->channel.len);
    base_bytes_append_text(key, ":people");
}

relay_order *relay_people_order(relay_people *people,
                                const relay_script *script, bool key,
                                void (*done)(relay_order *order))
{
    relay_order *order = relay_order_create(script, done, people);
    base_bytes bytes = BASE_BYTES_INIT;

    people->asked++;
    if (key) {
        write_key(people, &bytes);
        relay_order_key(order, bytes.data, bytes.len);
        base_bytes_free(&bytes);
    }
    return order;
}

void relay_people_end(relay_order *order)
{
    relay_people *people = order->context;

    people->asked--;
    if (order->status == RELAY_REFUSED) {
        people->look_us = base_clock_mono() + LOOK_AGAIN_US;
    }
    relay_order_free(order);
    free_if_over(people);
}

/* Redis has lost it, and perhaps what the others told. */
static void renewed(relay_order *order)
{
    relay_people *people = order->context;

    if (order->status == RELAY_OK && !relay_answer_is(&order->answer, 0, "1")) {
        people->look_us = base_clock_mono();
    }
    relay_people_end(order);
}

static void set_renewal(relay_people *people, int64_t now_us)
{
    people->renew_us = now_us + RENEW_US
                       + people->room.index % 1000 * (RENEW_SPREAD_US / 1000);
}

static void renew(relay_people *people, int64_t now_us)
{
    relay_order *order = relay_people_order(people, NULL, false, renewed);
    base_bytes key = BASE_BYTES_INIT;

    write_key(people, &key);
    relay_order_add_text(order, "PEXPIRE");
    relay_order_add(order, key.data, key.len);
    relay_order_add_number(order, RELAY_PEOPLE_LEASE_MS);
    set_renewal(people, now_us);
    relay_bus_send(people->bus, order);
    base_bytes_free(&key);
}

/* A purge looks there for all rooms; it is told anew now and then, since a set
 * is that of a period. */
static void tell_realm(relay_people *people, uint64_t realm, int64_t now_us)
{
    relay_order *add = relay_people_order(people, NULL, false,
                                          relay_people_end);
    relay_order *lease = relay_people_order(people, NULL, false,
                                            relay_people_end);
    base_bytes set = BASE_BYTES_INIT;

    people->realm = realm;
    people->realm_us = now_us + REALM_EVERY_US;
    relay_sanction_realm(people->bus->settings, realm, 0, &set);
    relay_order_add_text(add, "ZADD");
    relay_order_add(add, set.data, set.len);
    relay_order_add_number(add, 0); /* so their order is that of bytes */
    relay_order_add(add, people->key.data, people->key.len);
    relay_bus_send(people->bus, add);
    relay_order_add_text(lease, "PEXPIRE");
    relay_order_add(lease, set.data, set.len);
    relay_order_add_number(lease, 3 * RELAY_SANCTION_PERIOD_MS);
    relay_bus_send(people->bus, lease);
    base_bytes_free(&set);
}

/* --------------------------------------------------------- what is told */

typedef struct {
    relay_people *people;
    relay_order *order; /* NULL: none yet */
    unsigned count;     /* persons in it */
    int64_t now_us;
} telling;

static void send_told(telling *it)
{
    if (it->order) {
        relay_bus_send(it->people->bus, it->order);
        set_renewal(it->people, it->now_us);
    }
    it->order = NULL;
    it->count = 0;
}

/* `json` empty: has left. */
static void tell(telling *it, uint64_t user, const base_bytes *json)
{
    relay_people *people = it->people;
    char text[RELAY_PACKED_HEX + 1];

    if (!it->order) {
        it->order = relay_people_order(people,
                                       relay_script_get(RELAY_SCRIPT_PEOPLE),
                                       true, relay_people_end);
        relay_order_add(it->order, people->channel.data, people->channel.len);
        relay_order_add_text(it->order, people->bus->host);
        relay_order_add_number(it->order, RELAY_PEOPLE_LEASE_MS);
    }
    snprintf(text, sizeof(text), "%016" PRIx64, user);
    relay_order_add_text(it->order, text);
    relay_order_add(it->order, json->data, json->len);
    if (++it->count == TOLD_MOST) {
        send_told(it);
    }
}

static const base_hash_key plain = { 0, 0 };

uint64_t relay_people_name(const room_member *member)
{
    base_bytes bytes = BASE_BYTES_INIT;
    uint64_t hash;

    base_bytes_append_text(&bytes, member->guest ? "g" : "u");
    base_bytes_append(&bytes, member->name, member->name_size);
    base_bytes_append_text(&bytes, "\n");
    base_bytes_append(&bytes, member->id, member->id_size);
    hash = base_hash(&plain, bytes.data, bytes.len);
    base_bytes_free(&bytes);
    return hash != 0 ? hash : 1;
}

static uint64_t digest_of(const room_member *member,
                          const relay_crowd_one *one)
{
    uint64_t parts[] = { one->name, (uint64_t)one->named_ms, member->address,
                         member->moderator };
    uint64_t hash = base_hash(&plain, parts, sizeof(parts));

    return hash > RELAY_CROWD_STALE ? hash : RELAY_CROWD_STALE + 1;
}

static void write_member(const room_member *member, int64_t named_ms,
                         base_bytes *json)
{
    relay_packed_member packed = { .address = member->address,
                                   .named_ms = named_ms };

    packed.who.user = member->user;
    packed.who.guest = member->guest;
    packed.who.moderator = member->moderator;
    chat_person_set_name(&packed.who, member->name, member->name_size);
    if (member->id_size > 0) {
        chat_person_set_id(&packed.who, member->id, member->id_size);
    }
    relay_packed_write_member(json, &packed);
}

/* A name that another host has told is as old as it said; one that was chosen
 * here is newer than all that are known. */
static void compare_one(telling *it, const room_member *member)
{
    relay_crowd_one *one = relay_crowd_add(&it->people->crowd, member->user);
    uint64_t name = relay_people_name(member);
    base_bytes json = BASE_BYTES_INIT;
    uint64_t digest;

    if (!one) {
        return;
    }
    if (name != one->name) {
        int64_t now = base_clock_wall();

        one->name = name;
        one->named_ms = now > one->named_ms ? now : one->named_ms + 1;
    }
    one->own = true;
    one->linger_us = 0;
    digest = digest_of(member, one);
    if (digest != one->told) {
        one->told = digest;
        write_member(member, one->named_ms, &json);
        tell(it, one->user, &json);
        base_bytes_free(&json);
    }
}

static bool is_sent_out(const relay_people *people, uint64_t user,
                        int64_t now_us)
{
    room_store *store = people->bus->store;

    return room_sanction_any(store)
           && (room_sanction_until(store, ROOM_SANCTION_BAN,
                                   room_search_realm(store, people->room),
                                   user, now_us) != 0
               || room_sanction_until(store, ROOM_SANCTION_KICK, people->name,
                                      user, now_us) != 0);
}

/* Whoever has another connection on another host has no grace in the segment.
 * If both go at once the user must not have left for a moment: so it is told
 * for the grace all the same. */
static bool lingers(relay_people *people, relay_crowd_one *one, int64_t now_us)
{
    if (one->linger_us == 0 && one->hosts != 0
        && one->told != RELAY_CROWD_STALE
        && !is_sent_out(people, one->user, now_us)) {
        one->linger_us = now_us + ROOM_MEMBER_GRACE_US;
    }
    if (one->linger_us <= now_us) {
        return false;
    }
    if (people->linger_us == 0 || one->linger_us < people->linger_us) {
        people->linger_us = one->linger_us;
    }
    return true;
}

/* Those who are not here any more. */
static void compare_rest(telling *it)
{
    static const base_bytes nobody = BASE_BYTES_INIT;
    relay_crowd *crowd = &it->people->crowd;

    it->people->linger_us = 0;
    for (size_t i = 0; i < crowd->most; i++) {
        relay_crowd_one *one = &crowd->list[i];

        if (one->used && one->told != 0 && !one->own
            && !lingers(it->people, one, it->now_us)) {
            one->told = 0;
            one->linger_us = 0;
            tell(it, one->user, &nobody);
        }
        one->own = false;
    }
}

/* Under the room's lock. */
static bool copy(void *context, const room_member *member)
{
    base_bytes_append(context, member, sizeof(*member));
    return true;
}

static bool compare(relay_people *people, int64_t now_us)
{
    telling it = { people, NULL, 0, now_us };
    base_bytes list = BASE_BYTES_INIT;
    /* First: what comes after it is seen next time. */
    uint64_t version = room_member_version(people->bus->store, people->room);
    room_status status = room_relay_people(people->bus->store, people->room,
                                           copy, &list);

    people->compared_us = now_us;
    if (status == ROOM_OK) {
        const room_member *members = (const void *)list.data;

        people->version = version;
        people->due = false;
        for (size_t i = 0; i < list.len / sizeof(members[0]); i++) {
            compare_one(&it, &members[i]);
        }
        compare_rest(&it);
        send_told(&it);
        relay_crowd_tidy(&people->crowd);
    }
    base_bytes_free(&list);
    return status != ROOM_BUSY;
}

static bool has_told(const relay_people *people)
{
    for (size_t i = 0; i < people->crowd.most; i++) {
        if (people->crowd.list[i].told != 0) {
            return true;
        }
    }
    return false;
}

bool relay_people_tick(relay_people *people, int64_t now_us)
{
    room_store *store = people->bus->store;
    uint64_t realm = room_search_realm(store, people->room);
    bool good = true;

    if (people->looking || !people->looked) {
        return true;
    }
    if (realm != 0
        && (realm != people->realm || now_us >= people->realm_us)) {
        tell_realm(people, realm, now_us);
    }
    if (now_us - people->compared_us >= COMPARE_EVERY_US
        && (people->due
            || room_member_version(store, people->room) != people->version
            || (people->linger_us != 0 && now_us >= people->linger_us))) {
        good = compare(people, now_us);
    }
    if (now_us >= people->renew_us) {
        if (has_told(people)) {
            renew(people, now_us);
            people->due = true; /* a child may have died with somebody */
        }
        else {
            set_renewal(people, now_us);
        }
    }
    return good;
}
