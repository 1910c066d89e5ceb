/* source_fake.c - see source_fake.h. */
#include "source_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_clock.h"

#define WAIT_US INT64_C(60000000)
#define BIRTH_MS UINT64_C(1795321234567)

static void give(source_fake_room *room, room_source_room *out)
{
    size_t first = 0;

    memset(out, 0, sizeof(*out));
    out->key_size = strlen(room->key);
    memcpy(out->key, room->key, out->key_size);
    out->keep_count = 20;
    out->keep_age_ms = INT64_MAX;
    out->unknown = room->unknown;
    out->gap = room->gap;
    while (first < room->count
           && room_id_compare(&room->records[first].id, &room->kept) <= 0) {
        first++;
    }
    out->what = (room_import_room){ .birth = room->birth,
                                    .complete = room->complete,
                                    .newest = room->top,
                                    .kept = room->kept,
                                    .keep_ms = INT64_MAX,
                                    .state = room->state,
                                    .records = &room->records[first],
                                    .count = room->count - first };
}

static room_status take(void *context, size_t most,
                        const room_source_room **rooms, size_t *count)
{
    source_fake *fake = context;
    bool away;

    pthread_mutex_lock(&fake->lock);
    fake->taken++;
    away = fake->away;
    *count = 0;
    for (size_t i = 0; i < fake->count && *count < most; i++) {
        source_fake_room *room = &fake->rooms[i];

        if (room->unknown
            || (room_id_compare(&room->top, &room->kept) > 0
                && room_id_compare(&room->top, &room->birth) > 0)) {
            give(room, &fake->given[(*count)++]);
        }
    }
    *rooms = fake->given;
    pthread_mutex_unlock(&fake->lock);
    return away ? ROOM_BUSY : ROOM_OK;
}

static source_fake_room *find(source_fake *fake, const room_source_room *room)
{
    for (size_t i = 0; i < fake->count; i++) {
        if (strlen(fake->rooms[i].key) == room->key_size
            && memcmp(fake->rooms[i].key, room->key, room->key_size) == 0) {
            return &fake->rooms[i];
        }
    }
    return NULL;
}

static void done(void *context, const room_source_room *room,
                 const room_id *upto, bool refused)
{
    source_fake *fake = context;
    source_fake_room *found;

    pthread_mutex_lock(&fake->lock);
    found = find(fake, room);
    if (fake->done < SOURCE_FAKE_DONES) {
        source_fake_done *one = &fake->dones[fake->done++];

        snprintf(one->key, sizeof(one->key), "%s", found->key);
        one->upto = *upto;
        one->refused = refused;
    }
    if (!fake->deaf && room_id_compare(upto, &found->kept) > 0) {
        found->kept = *upto;
    }
    pthread_mutex_unlock(&fake->lock);
}

static room_status flush(void *context)
{
    (void)context;
    return ROOM_OK;
}

static room_status offer(void *context, const room_source_room *room,
                         const room_import_room *what)
{
    source_fake *fake = context;
    source_fake_room *found;

    pthread_mutex_lock(&fake->lock);
    found = find(fake, room);
    found->offers++;
    found->offered = what ? what->count : 0;
    found->nowhere = what == NULL;
    found->unknown = false;
    if (what) {
        found->birth = what->birth;
        found->top = what->newest;
    }
    found->kept = found->top;
    pthread_mutex_unlock(&fake->lock);
    return ROOM_OK;
}

static bool alive(void *context, bool ack)
{
    source_fake *fake = context;
    bool away;

    pthread_mutex_lock(&fake->lock);
    fake->alive += ack;
    away = fake->away;
    pthread_mutex_unlock(&fake->lock);
    return !away;
}

static room_status claim(void *context, const char *name)
{
    (void)context;
    return name[0] != '\0' ? ROOM_OK : ROOM_BUSY;
}

static bool job(void *context, char *text, size_t size)
{
    (void)context;
    (void)text;
    (void)size;
    return false;
}

void source_fake_begin(source_fake *fake)
{
    memset(fake, 0, sizeof(*fake));
    pthread_mutex_init(&fake->lock, NULL);
    fake->source = (room_source){ .context = fake, .take = take, .done = done,
                                  .flush = flush, .offer = offer,
                                  .claim = claim, .alive = alive,
                                  .job = job };
}

void source_fake_end(source_fake *fake)
{
    pthread_mutex_destroy(&fake->lock);
}

source_fake_room *source_fake_room_new(source_fake *fake, const char *key)
{
    source_fake_room *room;

    pthread_mutex_lock(&fake->lock);
    room = &fake->rooms[fake->count];
    snprintf(room->key, sizeof(room->key), "%s", key);
    room->birth = room->top = (room_id){ BIRTH_MS, 0 };
    room->complete = (room_id){ BIRTH_MS - 5000, 0 };
    fake->count++;
    pthread_mutex_unlock(&fake->lock);
    return room;
}

static size_t write_body(char *body, room_log_kind kind, const room_id *id,
                         const char *text, const room_id *target,
                         room_import_record *record)
{
    static const char *const types[] = { "message", "deleted", "edited",
                                         "cleared", "room" };
    char own[ROOM_ID_TEXT];
    char other[ROOM_ID_TEXT] = "";
    size_t size;

    room_id_format(id, own);
    size = (size_t)sprintf(body, "{\"type\":\"%s\",\"id\":\"%s\"", types[kind],
                           own);
    if (target) {
        room_id_format(target, other);
        size += (size_t)sprintf(body + size, ",\"target\":\"%s\"", other);
    }
    if (kind == ROOM_LOG_MESSAGE) {
        size += (size_t)sprintf(body + size, ",\"from\":{\"name\":\"Ann\"}");
    }
    if (text) {
        record->text_at = size + strlen(",\"text\":");
        record->text_size = strlen(text) + 2;
        size += (size_t)sprintf(body + size, ",\"text\":\"%s\"", text);
    }
    return size + (size_t)sprintf(body + size, "}");
}

room_id source_fake_say(source_fake *fake, source_fake_room *room,
                        room_log_kind kind, const char *text,
                        const room_id *target)
{
    room_import_record *record;
    char *body;
    room_id id;

    pthread_mutex_lock(&fake->lock);
    assert_in_range(room->count, 0, SOURCE_FAKE_RECORDS - 1);
    record = &room->records[room->count];
    body = room->bodies[room->count];
    memset(record, 0, sizeof(*record));
    id = (room_id){ room->top.ms + 1, 0 };
    record->size = write_body(body, kind, &id, text, target, record);
    record->kind = kind;
    record->id = id;
    record->author = 7;
    record->stored_ms = (int64_t)id.ms;
    record->body = body;
    record->target = target ? *target : (room_id){ 0, 0 };
    room->count++;
    room->top = id;
    pthread_mutex_unlock(&fake->lock);
    return id;
}

void source_fake_wait(source_fake *fake, source_fake_test *test, void *context)
{
    int64_t until = base_clock_mono() + WAIT_US;
    bool is = false;

    while (!is) {
        pthread_mutex_lock(&fake->lock);
        is = test(fake, context);
        pthread_mutex_unlock(&fake->lock);
        assert_true(is || base_clock_mono() < until);
        if (!is) {
            usleep(1000);
        }
    }
}

static bool is_settled(const source_fake *fake, void *context)
{
    const source_fake_room *room = context;

    (void)fake;
    return !room->unknown && room_id_compare(&room->kept, &room->top) >= 0;
}

void source_fake_settle(source_fake *fake, source_fake_room *room)
{
    source_fake_wait(fake, is_settled, room);
}

bool source_fake_behind(source_fake *fake, const source_fake_room *room)
{
    bool behind;

    pthread_mutex_lock(&fake->lock);
    behind = room_id_compare(&room->kept, &room->top) < 0;
    pthread_mutex_unlock(&fake->lock);
    return behind;
}

void source_fake_archive(source_fake *fake, source_fake_room *room,
                         const char *text)
{
    source_fake_say(fake, room, ROOM_LOG_MESSAGE, text, NULL);
    source_fake_settle(fake, room);
}
