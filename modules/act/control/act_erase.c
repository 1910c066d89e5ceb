/* act_erase.c - see act_erase.h. */
#include "act/control/act_erase.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "act/moderation/act_read.h"
#include "act/moderation/act_sanction.h"
#include "archive/archive_erase.h"
#include "archive/archive_list.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "chat/chat_identity.h"
#include "chat/moderation/chat_amend.h"
#include "room/archive/room_ack.h"
#include "room/log/room_log.h"
#include "room/people/room_search.h"
#include "room/segment/room_slot.h"
#include "room/set/room_rate.h"

#define SECOND INT64_C(1000000)
#define OUT_US (3 * SECOND)      /* for children to end its connections */
#define CATCH_UP_US (20 * SECOND) /* for the archive to have what was said */
#define LOOK_MS 20
#define AWAY_MS 200
#define AWAY_MOST 100 /* looks at an archive that is away */

#define STEP 64
#define KINDS_ENDED                                         \
    (1u << ROOM_SANCTION_MUTE | 1u << ROOM_SANCTION_BAN     \
     | 1u << ROOM_SANCTION_ADDRESS)

typedef struct {
    act_answer *answer;
    base_bytes rooms; /* act_answer_room */
    size_t count;
    base_bytes users; /* uint64_t: the user, on each site that has rooms */
    uint64_t erased;
} erasing;

static void rest(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

    (void)nanosleep(&time, NULL);
}

static bool ends(const erasing *it)
{
    return it->answer->ending(it->answer->context);
}

static const act_answer_room *room_at(const erasing *it, size_t at)
{
    return (const act_answer_room *)(const void *)it->rooms.data + at;
}

/* --------------------------------------------------------------- who it is */

/* A guest's is the same for every site. */
static uint64_t user_in(const erasing *it, const char *key, size_t size)
{
    const chat_command_user *id = &it->answer->asked->command.user;
    uint64_t user = 0;

    (void)chat_identity_named(room_store_secret(it->answer->store),
                              chat_identity_site_of(key, size), id->text,
                              id->size, &user);
    return user;
}

static void add_user(erasing *it, uint64_t user)
{
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
        add_user(it, user_in(it, room->key, room->key_size));
    }
    return true;
}

static bool find_users(erasing *it)
{
    archive_status status = ARCHIVE_OK;

    for (size_t i = 0; i < it->count; i++) {
        add_user(it, user_in(it, room_at(it, i)->key,
                             room_at(it, i)->key_size));
    }
    if (it->answer->archive) {
        status = archive_list_rooms(it->answer->archive, add_archived, it);
    }
    return status == ARCHIVE_OK;
}

/* ------------------------------------------------------------ who is here */

static void name_nobody(room_sanction_person *out, uint64_t user)
{
    static const char name[] = "erased";

    memset(out, 0, sizeof(*out));
    out->user = user;
    out->guest = 1;
    out->name_size = sizeof(name) - 1;
    memcpy(out->name, name, sizeof(name) - 1);
}

/* For as long as it takes: it must not come back in between. */
static void send_out(erasing *it, const act_answer_room *room, uint64_t user)
{
    room_sanction kick;
    int64_t now = base_clock_mono();

    memset(&kick, 0, sizeof(kick));
    kick.kind = ROOM_SANCTION_KICK;
    kick.realm = room->realm;
    kick.scope = base_hash(room_store_secret(it->answer->store), room->key,
                           room->key_size);
    kick.whom = user;
    kick.made_us = now;
    kick.until_us = now + ACT_SANCTION_KICK_S * SECOND;
    name_nobody(&kick.user, user);
    name_nobody(&kick.by, 0);
    (void)room_sanction_put(it->answer->store, &kick, now, NULL);
}

/* Whoever is in the grace of a leave goes at once. */
static bool is_here(erasing *it, const act_answer_room *room, uint64_t user)
{
    room_member member;

    if (room_member_count(it->answer->store, room->handle) == 0) {
        return false;
    }
    (void)room_search_oust(it->answer->store, room->realm, &room->handle,
                           user);
    return room_member_find(it->answer->store, room->handle, user, &member)
           == ROOM_OK;
}

static bool end_connections(erasing *it)
{
    int64_t until = base_clock_mono() + OUT_US;
    bool sent = false;
    bool here;

    do {
        here = false;
        for (size_t i = 0; i < it->count; i++) {
            const act_answer_room *room = room_at(it, i);
            uint64_t user = user_in(it, room->key, room->key_size);

            if (is_here(it, room, user)) {
                here = true;
                if (!sent) {
                    send_out(it, room, user);
                }
            }
        }
        if (here && !sent) {
            room_slot_call(it->answer->store);
            sent = true;
        }
        rest(here ? LOOK_MS : 0);
    } while (here && !ends(it) && base_clock_mono() < until);
    return !here;
}

/* ------------------------------------------------------------ the segment */

typedef struct {
    room_id id;
    uint64_t seq;
    bool event; /* it is a message with its text: others are told */
} theirs;

typedef struct {
    uint64_t user;
    size_t count;
    theirs list[STEP];
} found;

static bool find_theirs(void *context, const room_log_record *record)
{
    found *it = context;

    if (it->count == STEP) {
        return false;
    }
    if (record->author == it->user) {
        it->list[it->count++] = (theirs){
            record->id, record->seq,
            record->kind == ROOM_LOG_MESSAGE && !record->deleted };
    }
    return true;
}

static room_status erase_message(erasing *it, const act_answer_room *room,
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
    room_status status;
    room_id event;
    uint64_t seq;

    chat_person_set_name(&nobody, "erased", 6);
    room_id_format(id, id_text);
    chat_amend_deleted(&tail, id_text, &nobody);
    entry.tail = tail.data;
    entry.tail_size = tail.len;
    status = room_log_amend(it->answer->store, room->handle, &entry, &target,
                            &event, &seq);
    base_bytes_free(&tail);
    return status;
}

static void erase_found(erasing *it, const act_answer_room *room,
                        const found *all)
{
    for (size_t i = 0; i < all->count; i++) {
        room_status status = ROOM_SAME;

        if (all->list[i].event) {
            status = erase_message(it, room, &all->list[i].id);
        }
        if (status == ROOM_SAME) {
            status = room_log_erase(it->answer->store, room->handle,
                                    all->list[i].seq);
        }
        it->erased += status == ROOM_OK;
    }
}

static void erase_room(erasing *it, const act_answer_room *room)
{
    room_store *store = it->answer->store;
    uint64_t end = room_log_next(store, room->handle);
    room_log_cursor at = { 0, 0, 0 };
    uint64_t erased = it->erased;
    bool more = end != UINT64_MAX;
    found all = { .user = user_in(it, room->key, room->key_size) };

    while (more) {
        all.count = 0;
        more = act_read_on(store, room->handle, &at, end, find_theirs, &all);
        erase_found(it, room, &all);
    }
    if (it->erased != erased) {
        room_log_wake_readers(store, room->handle, -1);
    }
    room_log_forget(store, room->handle, all.user);
}

static bool copy_sanction(void *context, const room_sanction *what)
{
    base_bytes_append(context, what, sizeof(*what));
    return true;
}

/* Those against the user end; in those of the user's own nobody did it. */
static void erase_sanctions(erasing *it, uint64_t user)
{
    room_store *store = it->answer->store;
    base_bytes all = BASE_BYTES_INIT;
    room_sanction what;

    (void)room_sanction_all(store, base_clock_mono(), copy_sanction, &all);
    for (size_t at = 0; at < all.len; at += sizeof(what)) {
        memcpy(&what, all.data + at, sizeof(what));
        if (what.user.user == user) {
            (void)room_sanction_end(store, what.realm, user, KINDS_ENDED,
                                    NULL);
        }
        else if (what.by.user == user) {
            name_nobody(&what.by, 0);
            (void)room_sanction_put(store, &what, base_clock_mono(), NULL);
        }
    }
    base_bytes_free(&all);
}

static void erase_segment(erasing *it)
{
    uint64_t user;

    for (size_t i = 0; i < it->count; i++) {
        erase_room(it, room_at(it, i));
    }
    for (size_t at = 0; at < it->users.len; at += sizeof(user)) {
        memcpy(&user, it->users.data + at, sizeof(user));
        erase_sanctions(it, user);
        room_notice_erase(it->answer->store, user);
        room_rate_drop(it->answer->store, user);
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

static void tell_progress(erasing *it, const archive_erasing *step)
{
    base_bytes line = BASE_BYTES_INIT;

    base_bytes_append_format(&line, "{\"looked\":%" PRIu64 ",\"erased\":%"
                             PRIu64 "}", step->looked,
                             it->erased + step->erased);
    (void)act_answer_line(it->answer, &line);
    base_bytes_free(&line);
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
            tell_progress(it, &step);
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

/* ------------------------------------------------------------------- all */

static const char *erase(erasing *it)
{
    if (!find_users(it)) {
        return "The archive cannot be asked now, so nothing was erased: the "
               "error log says why.";
    }
    if (!end_connections(it)) {
        return "The user's connections did not end, so nothing was erased: "
               "ask again.";
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
    base_bytes_free(&it->rooms);
    it->count = act_answer_rooms(it->answer, &it->rooms);
    erase_segment(it);
    return NULL;
}

void act_erase_user(act_answer *answer)
{
    erasing it = { .answer = answer };
    const char *why;

    it.count = act_answer_rooms(answer, &it.rooms);
    why = erase(&it);
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
