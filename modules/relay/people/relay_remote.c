/* relay_remote.c - members of other hosts; see relay_remote.h. */
#include "relay/people/relay_remote.h"

#include <string.h>

#include "base/base_clock.h"
#include "relay/people/relay_line.h"
#include "relay/people/relay_name.h"
#include "relay/people/relay_packed.h"
#include "room/relay/room_reader.h"

/* Whom a look does not show goes so long after it, unless a host says
 * otherwise: Redis may have lost it. The others are asked to look, too: whose
 * it is tells it again. */
#define DOUBT_US INT64_C(20000000)

/* When there was no place for somebody, or a lock was not to be had. */
#define LOOK_AGAIN_US INT64_C(30000000)
#define LOOK_SOON_US 1000000

/* One of them, and what was told of it. */
typedef struct {
    relay_people *people;
    relay_crowd_one *one;
    room_member member; /* as it is to be here */
    bool newer;         /* that name counts from now on */
    int64_t now_us;
} change;

static int reader_of(const relay_people *people)
{
    return room_reader_slot(people->bus->store);
}

/* Whatever comes now would wait for the lock as well, and with it all that the
 * reader does: it is looked at again. */
static void note_busy(relay_people *people, room_status status,
                      int64_t now_us)
{
    if (status == ROOM_BUSY) {
        people->busy = true;
        people->look_us = now_us + LOOK_SOON_US;
    }
}

/* Two who took one name at once on two hosts: the host of the one with the
 * higher number gives that one another name. */
static void give_way(const change *it)
{
    room_store *store = it->people->bus->store;
    room_rivals rivals = it->member.guest ? ROOM_RIVALS_ALL
                                          : ROOM_RIVALS_VERIFIED;
    const relay_crowd_one *rival;
    room_member other;

    if (room_member_rival(store, it->people->room, &it->member, rivals, &other)
            != ROOM_OK
        || other.guest != it->member.guest || other.user < it->member.user) {
        return;
    }
    rival = relay_crowd_find(&it->people->crowd, other.user);
    if (rival && rival->hosts != 0) {
        return;
    }
    if (other.guest) {
        relay_name_reset(store, it->people->room, &other);
    }
    else {
        relay_name_tell_apart(store, it->people->room, &other);
    }
}

static room_status join(change *it, room_member_joined *joined)
{
    relay_people *people = it->people;
    room_status status;

    it->member.insists = true; /* its host has decided about the name */
    it->member.moderator = it->one->moderators != 0;
    status = room_member_join(people->bus->store, people->room,
                              reader_of(people), &it->member, joined);
    if (status == ROOM_OK) {
        it->one->held = true;
        it->one->held_moderator = it->member.moderator;
    }
    else if (status == ROOM_FULL) {
        people->look_us = it->now_us + LOOK_AGAIN_US;
    }
    note_busy(people, status, it->now_us);
    return status;
}

/* False: it could not be done, and is done later. */
static bool leave(relay_people *people, const relay_crowd_one *one,
                  bool moderator, int64_t now_us)
{
    room_status status = ROOM_BUSY;
    room_member_leaving who = {
        .user = one->user,
        .moderator = moderator,
        /* This host was the last: what it tells of it it still believes. */
        .until_us = one->linger_us > now_us ? one->linger_us : 0,
    };

    if (!people->busy) {
        status = room_member_leave(people->bus->store, people->room,
                                   reader_of(people), &who, NULL);
        note_busy(people, status, now_us);
    }
    people->stuck = people->stuck || status == ROOM_BUSY;
    return status != ROOM_BUSY;
}

/* Somebody who was here already keeps a guest's name at a join. */
static void rename(const change *it, const room_member *now)
{
    room_store *store = it->people->bus->store;

    if (relay_people_name(now) != relay_people_name(&it->member)) {
        (void)room_member_rename(store, it->people->room, &it->member);
    }
}

static void name(change *it, const room_member_joined *joined)
{
    give_way(it);
    if (!joined->fresh) {
        rename(it, &joined->member);
    }
    if (!it->member.guest) {
        relay_name_take_back(it->people->bus->store, it->people->room,
                             &it->member);
    }
}

/* The segment has what the hosts say; it->member is known. */
static void hold(change *it)
{
    relay_crowd_one *one = it->one;
    bool was = one->held;
    bool moderator = one->held_moderator;
    room_member_joined joined = { .fresh = false };

    if (it->people->busy || one->surplus
        || (was && !it->newer && moderator == (one->moderators != 0))) {
        return;
    }
    if (join(it, &joined) == ROOM_OK) {
        if (was && !leave(it->people, one, moderator, it->now_us)) {
            one->surplus = true; /* the one before */
            one->surplus_moderator = moderator;
        }
        if (it->newer) {
            name(it, &joined);
        }
    }
}

/* The same when nobody has told who it is. */
static void settle(relay_people *people, relay_crowd_one *one, int64_t now_us)
{
    change it = { .people = people, .one = one, .now_us = now_us };

    if (one->hosts != 0) {
        if (one->held && one->held_moderator != (one->moderators != 0)
            && room_member_find(people->bus->store, people->room, one->user,
                                &it.member) == ROOM_OK) {
            hold(&it);
        }
        return;
    }
    if (one->held && leave(people, one, one->held_moderator, now_us)) {
        one->held = false;
    }
}

/* Those who could not leave before. */
static void leave_late(relay_people *people, int64_t now_us)
{
    relay_crowd *crowd = &people->crowd;

    people->stuck = false;
    for (size_t i = 0; i < crowd->most && !people->stuck; i++) {
        relay_crowd_one *one = &crowd->list[i];

        if (one->used && one->surplus
            && leave(people, one, one->surplus_moderator, now_us)) {
            one->surplus = false;
        }
        if (one->used && one->held && one->hosts == 0) {
            settle(people, one, now_us);
        }
    }
    relay_crowd_tidy(crowd);
}

static void clear(relay_crowd_one *one, uint64_t hosts)
{
    one->hosts &= ~hosts;
    one->moderators &= ~hosts;
    one->doubt &= ~hosts;
}

/* ------------------------------------------------------------ one of them */

static bool is_newer(const relay_crowd_one *one, int64_t named_ms,
                     uint64_t hash)
{
    return named_ms != one->named_ms ? named_ms > one->named_ms
                                     : hash > one->name;
}

static void come(relay_people *people, uint64_t host,
                 const relay_packed_member *packed, int64_t now_us)
{
    relay_crowd_one *one = relay_crowd_add(&people->crowd, packed->who.user);
    change it = { .people = people, .one = one, .now_us = now_us };
    uint64_t hash;

    if (!one) {
        return;
    }
    clear(one, host);
    one->hosts |= host;
    one->moderators |= packed->who.moderator ? host : 0;
    relay_name_member(people->bus->store, &packed->who, &it.member);
    it.member.address = packed->address;
    hash = relay_people_name(&it.member);
    it.newer = is_newer(one, packed->named_ms, hash);
    if (it.newer) {
        one->name = hash;
        one->named_ms = packed->named_ms;
    }
    else {
        /* Another host, or this one, knows the name better. */
        (void)room_member_find(people->bus->store, people->room, one->user,
                               &it.member);
    }
    hold(&it);
}

static void go(relay_people *people, uint64_t host, uint64_t user,
               int64_t now_us)
{
    relay_crowd_one *one = people->looking
                               ? relay_crowd_add(&people->crowd, user)
                               : relay_crowd_find(&people->crowd, user);

    if (one) {
        clear(one, host);
        one->fresh |= people->looking ? host : 0;
        settle(people, one, now_us);
    }
}

/* "+USER PERSON" or "-USER". */
static void hear_line(relay_people *people, uint64_t host, relay_line line,
                      int64_t now_us)
{
    relay_packed_member packed;
    relay_crowd_one *one;
    relay_line word = relay_line_take(&line, ' ');
    uint64_t user;

    if (word.size < 1
        || !relay_packed_hex(word.text + 1, word.size - 1, &user)) {
        return;
    }
    if (word.text[0] == '-') {
        go(people, host, user, now_us);
    }
    else if (word.text[0] == '+'
             && relay_packed_read_member(line.text, line.size, user,
                                         &packed)) {
        come(people, host, &packed, now_us);
        one = relay_crowd_find(&people->crowd, user);
        if (one) {
            one->fresh |= people->looking ? host : 0;
        }
    }
}

static bool is_own(const relay_people *people, relay_line host)
{
    return host.size == strlen(people->bus->host)
           && memcmp(host.text, people->bus->host, host.size) == 0;
}

void relay_remote_hear(relay_people *people, const char *text, size_t size,
                       int64_t now_us)
{
    relay_line rest = { text, size };
    relay_line host;
    int number;

    (void)relay_line_take(&rest, ' ');
    host = relay_line_take(&rest, '\n');
    if (is_own(people, host)) {
        return;
    }
    number = relay_host_hear(people->hosts, host.text, host.size, now_us);
    people->busy = false;
    while (number >= 0 && rest.size > 0 && !people->busy) {
        hear_line(people, UINT64_C(1) << number,
                  relay_line_take(&rest, '\n'), now_us);
    }
    if (!people->looking) {
        relay_crowd_tidy(&people->crowd);
    }
}

/* ----------------------------------------------------------------- a look */

static relay_line item(const relay_answer *answer, size_t index)
{
    relay_line out;

    out.text = relay_answer_text(answer, index, &out.size);
    return out;
}

/* What Redis has of this host's own people. */
static void take_own(relay_people *people, uint64_t user)
{
    relay_crowd_one *one = relay_crowd_add(&people->crowd, user);

    if (one) {
        one->own = true;
        one->told = one->told != 0 ? one->told : RELAY_CROWD_STALE;
    }
}

/* "HOST/USER" and PERSON. */
static void take_field(relay_people *people, relay_line field,
                       relay_line person, int64_t now_us)
{
    relay_line host = relay_line_take(&field, '/');
    relay_packed_member packed;
    const relay_crowd_one *one;
    uint64_t user;
    int number;

    if (!relay_packed_hex(field.text, field.size, &user)) {
        return;
    }
    if (is_own(people, host)) {
        take_own(people, user);
        return;
    }
    number = relay_host_know(people->hosts, host.text, host.size, now_us);
    one = relay_crowd_find(&people->crowd, user);
    /* What came since is newer than the look. */
    if (number >= 0 && (!one || !(one->fresh >> number & 1))
        && relay_packed_read_member(person.text, person.size, user, &packed)) {
        come(people, UINT64_C(1) << number, &packed, now_us);
    }
}

static void ask_others(relay_people *people)
{
    relay_order *order = relay_people_order(people, NULL, false,
                                            relay_people_end);
    base_bytes text = BASE_BYTES_INIT;

    base_bytes_append_text(&text, "W ");
    base_bytes_append_text(&text, people->bus->host);
    relay_order_add_text(order, "PUBLISH");
    relay_order_add(order, people->channel.data, people->channel.len);
    relay_order_add(order, text.data, text.len);
    relay_bus_send(people->bus, order);
    base_bytes_free(&text);
}

static void take(relay_people *people, const relay_answer *answer,
                 int64_t now_us)
{
    relay_crowd *crowd = &people->crowd;
    bool doubted = people->doubt_us != 0; /* so they look only once for it */

    people->busy = false;
    for (size_t i = 0; i < crowd->most; i++) {
        crowd->list[i].doubt = crowd->list[i].hosts & ~crowd->list[i].fresh;
    }
    for (size_t i = 0; i + 1 < relay_answer_count(answer) && !people->busy;
         i += 2) {
        take_field(people, item(answer, i), item(answer, i + 1), now_us);
    }
    for (size_t i = 0; i < crowd->most; i++) {
        relay_crowd_one *one = &crowd->list[i];

        one->fresh = 0;
        one->doubt = people->busy ? 0 : one->doubt;
        if (one->used && !one->own && !people->busy) {
            one->told = 0;
        }
        one->own = false;
        if (one->doubt != 0) {
            people->doubt_us = now_us + DOUBT_US;
        }
    }
    if (!doubted && people->doubt_us != 0) {
        ask_others(people);
    }
    relay_crowd_tidy(crowd);
}

static void looked(relay_order *order)
{
    relay_people *people = order->context;

    people->looking = false;
    if (order->status == RELAY_OK && !people->gone) {
        take(people, &order->answer, base_clock_mono());
        people->looked = !people->busy;
        people->due = true;
    }
    relay_people_end(order);
}

void relay_remote_look(relay_people *people)
{
    relay_order *order;
    base_bytes hosts = BASE_BYTES_INIT;

    if (people->looking) {
        return;
    }
    people->looking = true;
    people->look_us = 0;
    order = relay_people_order(people, relay_script_get(RELAY_SCRIPT_LOOK),
                               true, looked);
    relay_bus_key(people->bus->settings, RELAY_BUS_HOSTS, &hosts);
    relay_order_key(order, hosts.data, hosts.len);
    relay_order_add_text(order, people->bus->host);
    relay_order_add_number(order, RELAY_HOST_DEAD_US / 1000);
    relay_bus_send(people->bus, order);
    base_bytes_free(&hosts);
}

/* ---------------------------------------------------------- all of them */

bool relay_remote_bury(relay_people *people, uint64_t hosts, bool busy,
                       int64_t now_us)
{
    relay_crowd *crowd = &people->crowd;

    people->busy = busy;
    for (size_t i = 0; i < crowd->most; i++) {
        if (crowd->list[i].hosts & hosts) {
            clear(&crowd->list[i], hosts);
            settle(people, &crowd->list[i], now_us);
        }
    }
    relay_crowd_tidy(crowd);
    return people->busy;
}

static void end_doubt(relay_people *people, int64_t now_us)
{
    relay_crowd *crowd = &people->crowd;

    people->doubt_us = 0;
    for (size_t i = 0; i < crowd->most; i++) {
        if (crowd->list[i].doubt != 0) {
            clear(&crowd->list[i], crowd->list[i].doubt);
            settle(people, &crowd->list[i], now_us);
        }
    }
    relay_crowd_tidy(crowd);
}

bool relay_remote_tick(relay_people *people, int64_t now_us)
{
    people->busy = false;
    if (people->look_us != 0 && now_us >= people->look_us) {
        relay_remote_look(people);
    }
    if (people->stuck) {
        leave_late(people, now_us);
    }
    if (people->doubt_us != 0 && now_us >= people->doubt_us
        && people->looked && !people->busy) {
        end_doubt(people, now_us);
    }
    return !people->busy;
}
