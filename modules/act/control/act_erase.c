/* act_erase.c - see act_erase.h. */
#include "act/control/act_erase.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "act/control/act_erase_all.h"
#include "act/moderation/act_read.h"
#include "archive/archive_erase.h"
#include "archive/archive_list.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "chat/moderation/chat_amend.h"
#include "room/archive/room_ack.h"
#include "room/log/room_log.h"
#include "room/people/room_erase.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_slot.h"

#define SECOND INT64_C(1000000)
#define OUT_US (3 * SECOND)      /* for children to end its connections, */
#define OUT_ALL_US (10 * SECOND) /* and for those of other hosts */
#define CATCH_UP_US (20 * SECOND) /* for the archive to have what was said */
#define LOOK_MS 20
#define AWAY_MS 200
#define AWAY_MOST 100 /* looks at an archive that is away */

#define STEP 64

typedef struct {
    act_answer *answer;
    base_bytes rooms; /* act_answer_room */
    size_t count;
    base_bytes users; /* uint64_t: the user, on each site that has rooms */
    uint64_t erased;
    act_erase_all all; /* with a relay */
} erasing;

static void rest(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

    (void)nanosleep(&time, NULL);
}

static bool ends(const erasing *it)
{
    return act_answer_ends(it->answer);
}

static const act_answer_room *room_at(const erasing *it, size_t at)
{
    return (const act_answer_room *)(const void *)it->rooms.data + at;
}

/* --------------------------------------------------------------- who it is */

/* 0: there is no such user. */
static void add_user(erasing *it, uint64_t user)
{
    if (user == 0) {
        return;
    }
    for (size_t at = 0; at < it->users.len; at += sizeof(user)) {
        if (memcmp(it->users.data + at, &user, sizeof(user)) == 0) {
            return;
        }
    }
    base_bytes_append(&it->users, &user, sizeof(user));
}

static bool add_archived(void *context, const archive_list_room *room)
{
    erasing *it = context;

    if (chat_control_means(it->answer->asked, room->key, room->key_size)) {
        add_user(it, act_answer_user(it->answer, room->key, room->key_size));
    }
    return true;
}

static bool find_users(erasing *it)
{
    archive_status status = ARCHIVE_OK;

    for (size_t i = 0; i < it->count; i++) {
        add_user(it, act_answer_user(it->answer, room_at(it, i)->key,
                                     room_at(it, i)->key_size));
    }
    if (it->answer->archive) {
        status = archive_list_rooms(it->answer->archive, add_archived, it);
    }
    return status == ARCHIVE_OK;
}

/* ------------------------------------------------------------ who is here */

static bool is_shared(const erasing *it)
{
    return room_relay_on(it->answer->store);
}

/* For as long as it takes: it must not come back in between. */
static bool end_connections(erasing *it)
{
    room_store *store = it->answer->store;
    int64_t until = base_clock_mono() + (is_shared(it) ? OUT_ALL_US : OUT_US);
    bool sent = false;
    bool here;

    do {
        here = false;
        for (size_t i = 0; i < it->count; i++) {
            const act_answer_room *room = room_at(it, i);
            uint64_t user = act_answer_user(it->answer, room->key,
                                            room->key_size);

            if (room_erase_here(store, room->handle, user)) {
                here = true;
                if (!sent) {
                    room_erase_send_out(store, room->handle, room->key,
                                        room->key_size, user);
                }
            }
        }
        if (here && !sent) {
            room_slot_call(store);
            sent = true;
        }
        rest(here ? LOOK_MS : 0);
    } while (here && !ends(it) && base_clock_mono() < until);
    return !here;
}

/* ------------------------------------------------------------ the segment */

typedef struct {
    uint64_t user;
    size_t count;
    room_id list[STEP];
} found;

/* Messages with their text: others are told. */
static bool find_theirs(void *context, const room_log_record *record)
{
    found *it = context;

    if (it->count == STEP) {
        return false;
    }
    if (record->author == it->user && record->kind == ROOM_LOG_MESSAGE
        && !record->deleted) {
        it->list[it->count++] = record->id;
    }
    return true;
}

static void erase_message(erasing *it, const act_answer_room *room,
                          const room_id *id)
{
    static const char head[] = CHAT_AMEND_DELETED_HEAD;
    room_log_target target = { .id = *id, .erase = true };
    chat_person nobody = { .guest = true };
    base_bytes tail = BASE_BYTES_INIT;
    char id_text[ROOM_ID_TEXT];
    room_log_entry entry = { .kind = ROOM_LOG_DELETED, .head = head,
                             .head_size = sizeof(head) - 1,
                             .wall_ms = base_clock_wall(),
                             .mono_us = base_clock_mono() };
    room_id event;
    uint64_t seq;

    chat_person_set_name(&nobody, "erased", 6);
    room_id_format(id, id_text);
    chat_amend_deleted(&tail, id_text, &nobody);
    entry.tail = tail.data;
    entry.tail_size = tail.len;
    it->erased += room_log_amend(it->answer->store, room->handle, &entry,
                                 &target, &event, &seq)
                  == ROOM_OK;
    base_bytes_free(&tail);
}

static void erase_messages(erasing *it, const act_answer_room *room,
                           uint64_t user)
{
    room_store *store = it->answer->store;
    uint64_t end = room_log_next(store, room->handle);
    room_log_cursor at = { 0, 0, 0 };
    bool more = end != UINT64_MAX;
    found all = { .user = user };

    while (more) {
        all.count = 0;
        more = act_read_on(store, room->handle, &at, end, find_theirs, &all);
        for (size_t i = 0; i < all.count; i++) {
            erase_message(it, room, &all.list[i]);
        }
    }
}

/* With a relay it has told of the messages, and counted. */
static void erase_room(erasing *it, const act_answer_room *room)
{
    room_store *store = it->answer->store;
    room_erase_who who = { act_answer_user(it->answer, room->key,
                                           room->key_size), UINT64_MAX };
    uint64_t erased = it->erased;
    uint64_t counted = 0;

    if (who.user == 0) {
        return;
    }
    if (is_shared(it)) {
        who.upto_ms = (uint64_t)it->all.upto_ms;
        (void)room_erase_room(store, room->handle, &who, 1, &counted);
        return;
    }
    erase_messages(it, room, who.user);
    (void)room_erase_room(store, room->handle, &who, 1, &it->erased);
    if (it->erased != erased) {
        room_log_wake_readers(store, room->handle, -1);
    }
    room_log_forget(store, room->handle, who.user);
}

static void erase_segment(erasing *it)
{
    uint64_t user;

    for (size_t i = 0; i < it->count; i++) {
        erase_room(it, room_at(it, i));
    }
    for (size_t at = 0; at < it->users.len; at += sizeof(user)) {
        memcpy(&user, it->users.data + at, sizeof(user));
        room_erase_person(it->answer->store, user);
    }
}

/* ------------------------------------------------------------ the archive */

static bool wait_for_room(const erasing *it, const act_answer_room *room,
                          int64_t until)
{
    uint64_t next = room_log_next(it->answer->store, room->handle);

    while (next > 1 && next != UINT64_MAX
           && room_ack_upto(it->answer->store, room->handle) < next
           && room_ack_upto(it->answer->store, room->handle) > 0) {
        if (ends(it) || base_clock_mono() > until) {
            return false;
        }
        rest(LOOK_MS);
    }
    return true;
}

/* What the writer may have read before it was erased is in the database then,
 * where it is found. */
static bool wait_for_writer(const erasing *it)
{
    int64_t until = base_clock_mono() + CATCH_UP_US;
    bool done = true;

    for (size_t i = 0; i < it->count && done; i++) {
        done = wait_for_room(it, room_at(it, i), until);
    }
    return done;
}

/* Whoever has asked may be gone: it is done all the same. A pause as long as a
 * step leaves the writer its turns. */
static bool erase_archived(erasing *it, uint64_t user)
{
    archive_erasing step = { .user = user };
    int away = 0;

    while (!step.done && away < AWAY_MOST && !ends(it)) {
        int64_t start = base_clock_mono();
        archive_erasing was = step;
        archive_status status = archive_erase_step(it->answer->archive, &step);

        away = status == ARCHIVE_OK
                       && (step.looked != was.looked
                           || step.merging != was.merging)
                   ? 0 : away + 1;
        if (status == ARCHIVE_OK) {
            act_answer_progress(it->answer, step.looked,
                                it->erased + step.erased);
        }
        rest(away > 0 && !step.done
                 ? AWAY_MS : (int)((base_clock_mono() - start) / 1000));
    }
    it->erased += step.erased;
    return step.done;
}

static bool erase_archive(erasing *it)
{
    bool done = true;
    uint64_t user;

    for (size_t at = 0; at < it->users.len && done; at += sizeof(user)) {
        memcpy(&user, it->users.data + at, sizeof(user));
        done = erase_archived(it, user);
    }
    return done;
}

/* ------------------------------------------------------------- other hosts */

static bool for_users(erasing *it,
                      bool (*what)(act_erase_all *all, uint64_t user))
{
    bool done = true;
    uint64_t user;

    for (size_t at = 0; at < it->users.len && done; at += sizeof(user)) {
        memcpy(&user, it->users.data + at, sizeof(user));
        done = what(&it->all, user);
    }
    return done;
}

static void add_shared(void *context, const char *key, size_t size)
{
    erasing *it = context;

    add_user(it, act_answer_user(it->answer, key, size));
}

static bool find_shared(erasing *it)
{
    return act_erase_all_each(&it->all, add_shared, it);
}

static void look_again(erasing *it)
{
    base_bytes_free(&it->rooms);
    it->count = act_answer_rooms(it->answer, &it->rooms);
}

/* Of all but the archive. */
static bool erase_round(erasing *it)
{
    if (!act_erase_all_rooms(&it->all)
        || !for_users(it, act_erase_all_tell)) {
        return false;
    }
    look_again(it);
    erase_segment(it);
    return true;
}

/* What a host has offered again meanwhile, or the archive when it had not been
 * asked yet, is found in the second round. */
static const char *erase_shared(erasing *it)
{
    if (act_erase_all_begin(&it->all) && erase_round(it)) {
        if (!for_users(it, act_erase_all_archive)) {
            return "Redis and the rooms in use were erased. The archive "
                   "follows as soon as its host can write into it: the error "
                   "log there says why not. Ask again then.";
        }
        if (erase_round(it) && act_erase_all_end(&it->all)) {
            return NULL;
        }
    }
    return "Redis could not be asked to the end, so not all was erased: the "
           "error log says why. Ask again later.";
}

/* ------------------------------------------------------------------- all */

static const char *erase(erasing *it)
{
    if (!find_users(it)) {
        return "The archive cannot be asked now, so nothing was erased: the "
               "error log says why.";
    }
    if (is_shared(it)
        && (!find_shared(it) || !for_users(it, act_erase_all_send_out))) {
        return "Redis cannot be asked now, so nothing was erased: the error "
               "log says why.";
    }
    if (!end_connections(it)) {
        return "The user's connections did not end, so nothing was erased: "
               "ask again.";
    }
    if (is_shared(it)) {
        return erase_shared(it);
    }
    erase_segment(it);
    if (!it->answer->archive) {
        return NULL;
    }
    if (!wait_for_writer(it) || !erase_archive(it)) {
        return "The rooms in use were erased, but not all of the archive: the "
               "error log says why. Ask again later.";
    }
    /* A room may have been read in before its rows were erased. */
    look_again(it);
    erase_segment(it);
    return NULL;
}

void act_erase_user(act_answer *answer)
{
    erasing it = { .answer = answer, .all = { .answer = answer } };
    const char *why;

    it.count = act_answer_rooms(answer, &it.rooms);
    why = erase(&it);
    it.erased += it.all.erased;
    if (why) {
        act_answer_error(answer, "unavailable", why);
    }
    else {
        act_answer_end(answer, "erased", it.erased);
    }
    base_log(BASE_LOG_NOTICE, "CW0704",
             "somebody was erased by the administrator: %" PRIu64 " events%s",
             it.erased, why ? ", but not all" : "");
    base_bytes_free(&it.users);
    base_bytes_free(&it.rooms);
}
