/* archive_import.c - see archive_import.h. */
#include "archive/archive_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_past.h"
#include "archive/archive_schema.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_secret.h"
#include "base/base_check.h"
#include "chat/chat_identity.h"
#include "chat/chat_json.h"
#include "chat/chat_text.h"

/* Rows of a transaction. */
#define BATCH 2000

#define DEPTH 4

struct archive_import {
    archive_db *db;
    archive_lock lock;
    base_hash_key secret;
    archive_list_room room; /* key_size 0: there was none yet */
    archive_past past;
    archive_record record;
    archive_record target;
    bool open;  /* a transaction */
    unsigned rows; /* in it */
    uint64_t count;
    const char *why;
};

static archive_status refuse(archive_import *it, const char *why)
{
    it->why = why;
    return ARCHIVE_FAILED;
}

/* ---------------------------------------------------------------- its life */

archive_status archive_import_open(archive *a, archive_import **out)
{
    archive_import *it = calloc(1, sizeof(*it));
    archive_status status;
    bool held = false;
    bool has;

    BASE_CHECK(it != NULL);
    it->db = archive_db_create(archive_told(a), NULL, true);
    archive_lock_name(&it->lock, NULL);
    status = archive_schema_open(it->db);
    if (status == ARCHIVE_OK) {
        status = archive_lock_take(&it->lock, it->db, &held);
    }
    if (status == ARCHIVE_OK && !held) {
        status = ARCHIVE_FAILED;
    }
    if (status == ARCHIVE_OK) {
        status = archive_secret_read(it->db, &it->secret, &has);
    }
    *out = it;
    if (status != ARCHIVE_OK) {
        archive_db_destroy(it->db);
        free(it);
        *out = NULL;
    }
    return status;
}

void archive_import_close(archive_import *it)
{
    if (it) {
        if (it->open) {
            (void)archive_db_end(it->db, false);
        }
        archive_lock_leave(&it->lock, it->db);
        archive_db_destroy(it->db);
        archive_record_free(&it->record);
        archive_record_free(&it->target);
        free(it);
    }
}

uint64_t archive_import_count(const archive_import *it)
{
    return it->count;
}

const char *archive_import_why(const archive_import *it)
{
    return it->why;
}

/* ------------------------------------------------------------ transactions */

static archive_status begin(archive_import *it)
{
    archive_status status = ARCHIVE_OK;

    if (!it->open) {
        status = archive_db_begin(it->db, false);
        it->open = status == ARCHIVE_OK;
        it->rows = 0;
    }
    return status;
}

static archive_status put_newest(archive_import *it)
{
    int64_t ms = (int64_t)it->past.newest.ms;
    int64_t n = (int64_t)it->past.newest.n;
    const void *values[] = { &ms, &n, &it->past.top, &it->past.id };

    return it->past.id != 0
               ? archive_db_run(it->db, ARCHIVE_ROOM_NEWEST, values, NULL)
               : ARCHIVE_OK;
}

archive_status archive_import_commit(archive_import *it)
{
    archive_status status;
    bool held = true;

    if (!it->open) {
        return ARCHIVE_OK;
    }
    status = put_newest(it);
    if (status == ARCHIVE_OK) {
        status = archive_lock_beat(&it->lock, it->db, &held);
    }
    it->open = false;
    if (status == ARCHIVE_OK && held) {
        return archive_db_end(it->db, true);
    }
    (void)archive_db_end(it->db, false);
    return status != ARCHIVE_OK
               ? status : refuse(it, "an httpd writes into this archive now");
}

static archive_status count_row(archive_import *it)
{
    return ++it->rows < BATCH ? ARCHIVE_OK : archive_import_commit(it);
}

/* -------------------------------------------------------------- the secret */

/* A new archive gets the secret of what is brought in, if that comes first. */
archive_status archive_import_secret(archive_import *it,
                                     const base_hash_key *secret)
{
    archive_status status = begin(it);
    bool has = false;

    if (status == ARCHIVE_OK) {
        status = archive_secret_add(it->db, secret);
    }
    if (status == ARCHIVE_OK) {
        status = archive_secret_read(it->db, &it->secret, &has);
    }
    if (status == ARCHIVE_OK
        && (!has || it->secret.k0 != secret->k0
            || it->secret.k1 != secret->k1)) {
        return refuse(it, "the database is in use already and knows its users "
                          "by another secret: take an empty one");
    }
    return status;
}

/* ---------------------------------------------------------------- the room */

/* Makes its row, and reads it. */
static archive_status add_room(archive_import *it)
{
    const archive_list_room *room = &it->room;
    archive_past_rules rules = { room->birth, room->complete, room->keep_ms };
    archive_status status = archive_past_make(it->db, room->key,
                                              room->key_size, &rules,
                                              &it->past);

    if (status == ARCHIVE_OK && it->past.id == 0) {
        return refuse(it, "the room could not be made");
    }
    return status == ARCHIVE_OK
               ? archive_past_state(it->db, &it->past, &room->state) : status;
}

archive_status archive_import_room(archive_import *it,
                                   const archive_list_room *room)
{
    archive_status status = archive_import_commit(it);

    memset(&it->past, 0, sizeof(it->past));
    it->room = *room;
    if (room->key_size == 0 || room->key_size > ROOM_KEY_MAX) {
        it->room.key_size = 0;
        return refuse(it, "this is no name of a room");
    }
    if (status == ARCHIVE_OK) {
        status = begin(it);
    }
    if (status == ARCHIVE_OK) {
        status = archive_past_read(it->db, room->key, room->key_size,
                                   &it->past);
    }
    if (status == ARCHIVE_OK && it->past.id == 0 && room->birth.ms > 0) {
        status = add_room(it);
    }
    return status;
}

/* Nothing is known of before its first event. */
static archive_status add_unborn(archive_import *it)
{
    it->room.birth = archive_past_before((uint64_t)it->record.ms,
                                         (uint64_t)it->record.n);
    it->room.complete = it->room.birth;
    return add_room(it);
}

/* ---------------------------------------------------------------- an event */

static const struct {
    const char *type;
    room_log_kind kind;
    const char *person; /* whose it is */
} kinds[] = {
    { "message", ROOM_LOG_MESSAGE, "from" },
    { "deleted", ROOM_LOG_DELETED, "by" },
    { "edited", ROOM_LOG_EDITED, NULL },
    { "cleared", ROOM_LOG_CLEARED, "by" },
    { "room", ROOM_LOG_STATE, "by" },
};

static bool ends_with(const archive_record *record, const char *end)
{
    size_t size = strlen(end);

    return record->body.len > size
           && memcmp(record->body.data + record->body.len - size, end, size)
                  == 0;
}

/* The member's quotes cannot stand in a text. False: it is not there as this
 * server writes it. */
static bool find_text(archive_record *record, const json_t *root)
{
    static const char member[] = ",\"text\":\"";
    const json_t *text = json_object_get(root, "text");
    const char *body = (const char *)record->body.data;
    const char *at = strstr(body, member);
    base_bytes quoted = BASE_BYTES_INIT;
    bool found;

    record->text_at = record->text_size = 0;
    if (text == NULL) { /* an edit that a later one has replaced */
        return record->kind == ROOM_LOG_EDITED;
    }
    if (at == NULL || !json_is_string(text)) {
        return false;
    }
    at += sizeof(member) - 2;
    chat_text_quote(&quoted, json_string_value(text),
                    json_string_length(text));
    found = quoted.len < record->body.len - (size_t)(at - body)
            && memcmp(at, quoted.data, quoted.len) == 0;
    record->text_at = at - body;
    record->text_size = (int64_t)quoted.len;
    base_bytes_free(&quoted);
    return found;
}

static bool read_head(archive_record *record, const json_t *root, size_t *kind)
{
    const json_t *id = json_object_get(root, "id");
    const char *type = json_string_value(json_object_get(root, "type"));
    char head[64 + ROOM_ID_TEXT];
    room_id read;
    int size;

    *kind = 0;
    while (type != NULL && *kind < sizeof(kinds) / sizeof(kinds[0])
           && strcmp(type, kinds[*kind].type) != 0) {
        (*kind)++;
    }
    if (type == NULL || *kind == sizeof(kinds) / sizeof(kinds[0])
        || !json_is_string(id)
        || !room_id_parse(json_string_value(id), json_string_length(id),
                          &read)
        || read.ms > INT64_MAX / 2 || read.n > INT64_MAX / 2) {
        return false;
    }
    record->ms = (int64_t)read.ms;
    record->n = (int64_t)read.n;
    record->kind = kinds[*kind].kind;
    record->stored = record->ms;
    size = snprintf(head, sizeof(head), "{\"type\":\"%s\",\"id\":\"%s\"", type,
                    json_string_value(id));
    return record->body.len > (size_t)size
           && memcmp(record->body.data, head, (size_t)size) == 0;
}

static void read_author(archive_import *it, const json_t *root,
                        const char *person)
{
    const json_t *id =
        person ? json_object_get(json_object_get(root, person), "id") : NULL;
    uint64_t user = 0;

    if (json_is_string(id)
        && !chat_identity_named(&it->secret,
                                chat_identity_site_of(it->room.key,
                                                      it->room.key_size),
                                json_string_value(id), json_string_length(id),
                                &user)) {
        user = 0;
    }
    it->record.author = (int64_t)user;
}

/* False: this server has not written it. */
static bool read_event(archive_import *it, const json_t *root)
{
    archive_record *record = &it->record;
    size_t kind;
    bool good = read_head(record, root, &kind);

    if (!good) {
        return false;
    }
    read_author(it, root, kinds[kind].person);
    record->state = ARCHIVE_PLAIN;
    record->text_at = record->text_size = record->ref = 0;
    if (record->kind == ROOM_LOG_MESSAGE || record->kind == ROOM_LOG_EDITED) {
        good = find_text(record, root);
    }
    if (good && record->kind == ROOM_LOG_MESSAGE) {
        record->state = ends_with(record, ",\"deleted\":true}")
                            ? ARCHIVE_DELETED
                        : ends_with(record, ",\"edited\":true}")
                            ? ARCHIVE_EDITED : ARCHIVE_PLAIN;
        record->ref = archive_record_ref(record);
    }
    return good;
}

/* An edit says nowhere whose it is: it is that of the message's author, with
 * whom it is erased. */
static archive_status amend(archive_import *it)
{
    archive_status status;
    archive_past_change change = ARCHIVE_PAST_AS_IT_WAS;
    room_id target;
    int64_t pos = 0;

    if ((it->record.kind != ROOM_LOG_EDITED
         && it->record.kind != ROOM_LOG_DELETED)
        || !archive_record_target(&it->record, &target)) {
        return ARCHIVE_OK;
    }
    status = archive_past_get(it->db, &it->past, &target, &it->target, &pos);
    if (it->record.kind == ROOM_LOG_EDITED && pos != 0) {
        it->record.author = it->target.author;
    }
    return status == ARCHIVE_OK
               ? archive_past_amend(it->db, &it->past, &it->record, &change)
               : status;
}

static archive_status add_event(archive_import *it)
{
    room_id id = { (uint64_t)it->record.ms, (uint64_t)it->record.n };
    archive_status status = it->past.id == 0 ? add_unborn(it) : ARCHIVE_OK;
    int64_t pos;

    if (status == ARCHIVE_OK && room_id_compare(&id, &it->past.newest) <= 0) {
        status = archive_past_get(it->db, &it->past, &id, &it->target, &pos);
        return status == ARCHIVE_OK && pos == 0
                   ? refuse(it, "the room has newer events already: take an "
                                "empty database")
                   : status;
    }
    if (status == ARCHIVE_OK) {
        status = amend(it);
    }
    if (status == ARCHIVE_OK) {
        archive_record_fold(&it->record);
        status = archive_past_add(it->db, &it->past, &it->record);
    }
    if (status == ARCHIVE_OK) {
        it->past.newest = id;
        it->count++;
        status = count_row(it);
    }
    return status;
}

archive_status archive_import_event(archive_import *it, const char *body,
                                    size_t size)
{
    archive_status status = begin(it);
    json_t *root = chat_json_load(body, size, DEPTH);
    bool good;

    it->record.body.len = 0;
    base_bytes_reserve(&it->record.body, size + 1);
    memcpy(it->record.body.data, body, size);
    it->record.body.data[size] = '\0';
    it->record.body.len = size;
    good = root != NULL && it->room.key_size > 0 && read_event(it, root);
    json_decref(root);
    if (it->room.key_size == 0) {
        return refuse(it, "there is no line with a room in front of it");
    }
    if (!good) {
        return refuse(it, "this is no event as it was exported");
    }
    return status == ARCHIVE_OK ? add_event(it) : status;
}

archive_status archive_import_sanction(archive_import *it,
                                       const archive_list_sanction *what)
{
    const void *values[ARCHIVE_LIST_NUMBERS + ARCHIVE_LIST_TEXTS];
    archive_status status = begin(it);

    for (int i = 0; i < ARCHIVE_LIST_NUMBERS; i++) {
        values[i] = &what->numbers[i];
    }
    for (int i = 0; i < ARCHIVE_LIST_TEXTS; i++) {
        values[ARCHIVE_LIST_NUMBERS + i] = what->texts[i];
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(it->db, ARCHIVE_SANCTION_DROP, values, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(it->db, ARCHIVE_SANCTION_ADD, values, NULL);
    }
    return status == ARCHIVE_OK ? count_row(it) : status;
}
