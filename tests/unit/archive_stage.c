/* archive_stage.c - see archive_stage.h. */
#include "archive_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "archive/archive_page.h"
#include "archive/archive_room.h"
#include "archive/archive_schema.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "chat/chat_text.h"
#include "chat/moderation/chat_amend.h"
#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_import.h"
#include "room/table/room_table.h"

#define MEMORY (16 * 1024 * 1024)
#define WAIT_US INT64_C(60000000)

static const char *const tables[] = {
    "chatws_meta", "chatws_rooms", "chatws_events", "chatws_edits",
    "chatws_writer", "chatws_sanctions"
};

static void prepare_apr(const archive_settings *settings)
{
    static apr_pool_t *pool;
    char why[200];

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    if (!archive_check(pool, settings, why, sizeof(why))) {
        fail_msg("%s", why);
    }
}

static void make_segment(archive_stage *stage)
{
    room_store_options options = { .slots = 8, .archive = true,
                                   .relay = stage->settings.source != NULL };
    char why[200];

    stage->size = MEMORY;
    stage->memory = mmap(NULL, stage->size, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(stage->memory != MAP_FAILED);
    assert_true(room_store_over(stage->memory, stage->size, &options,
                                &stage->store, why, sizeof(why)));
}

void archive_stage_begin(archive_stage *stage)
{
    make_segment(stage);
    stage->archive = archive_create(&stage->settings, stage->store);
    assert_true(archive_start(stage->archive));
}

void archive_stage_resume(archive_stage *stage)
{
    archive_stage_begin(stage);
    archive_stage_wait(stage);
}

void archive_stage_wait(archive_stage *stage)
{
    int64_t until = base_clock_mono() + WAIT_US;

    while (!room_archive_ready(stage->store)) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
}

archive_db *archive_stage_connect(archive_stage *stage)
{
    archive_db *db = archive_db_create(&stage->settings, NULL, true);

    assert_int_equal(archive_schema_open(db), ARCHIVE_OK);
    return db;
}

static void drop_tables(archive_stage *stage)
{
    archive_db *db = archive_db_create(&stage->settings, NULL, true);
    char sql[80];
    bool fresh;

    assert_int_equal(archive_db_open(db, &fresh), ARCHIVE_OK);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        snprintf(sql, sizeof(sql), "DROP TABLE IF EXISTS %s", tables[i]);
        assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    }
    archive_db_destroy(db);
}

/* A database with nothing in it. */
static void make_database(archive_stage *stage)
{
    const char *driver = getenv("CHATWS_ARCHIVE_DRIVER");

    memset(stage, 0, sizeof(*stage));
    if (driver && *driver) {
        stage->settings.driver = driver;
        stage->settings.params = getenv("CHATWS_ARCHIVE_PARAMS");
    }
    else {
        const char *folder = getenv("TMPDIR");

        snprintf(stage->folder, sizeof(stage->folder), "%s/archive-XXXXXX",
                 folder && strlen(folder) < 40 ? folder : "/tmp");
        assert_non_null(mkdtemp(stage->folder));
        snprintf(stage->file, sizeof(stage->file), "%s/chat.db",
                 stage->folder);
        stage->settings.driver = "sqlite3";
        stage->settings.params = stage->file;
    }
    stage->settings.ack = true;
    stage->user = 7;
    prepare_apr(&stage->settings);
    if (driver && *driver) {
        drop_tables(stage);
    }
}

void archive_stage_open(archive_stage *stage)
{
    make_database(stage);
    archive_stage_resume(stage);
}

void archive_stage_open_shared(archive_stage *stage,
                               const room_source *source)
{
    make_database(stage);
    stage->settings.source = source;
    archive_stage_begin(stage);
}

void archive_stage_halt(archive_stage *stage)
{
    archive_stop(stage->archive, base_clock_mono() + WAIT_US);
    archive_destroy(stage->archive);
    room_store_free(stage->store);
    munmap(stage->memory, stage->size);
    stage->archive = NULL;
}

void archive_stage_close(archive_stage *stage)
{
    char path[128];

    if (stage->archive) {
        archive_stage_halt(stage);
    }
    if (stage->folder[0]) {
        unlink(stage->file);
        snprintf(path, sizeof(path), "%s-wal", stage->file);
        unlink(path);
        snprintf(path, sizeof(path), "%s-shm", stage->file);
        unlink(path);
        rmdir(stage->folder);
    }
}

room_handle archive_stage_room(archive_stage *stage, const char *key,
                               uint32_t keep)
{
    room_handle room;

    assert_int_equal(room_table_open(stage->store, key, strlen(key), keep,
                                     INT64_MAX, base_clock_now(), &room),
                     ROOM_OK);
    room_import_keep(stage->store, room, INT64_MAX);
    if (room_import_wanted(stage->store, room)) {
        assert_int_equal(archive_room_load(stage->archive, room, key,
                                           strlen(key), keep, INT64_MAX),
                         ARCHIVE_OK);
    }
    assert_false(room_import_wanted(stage->store, room));
    return room;
}

static room_log_entry entry_of(const archive_stage *stage,
                               room_log_kind kind, const char *head,
                               const base_bytes *tail, chat_event_text text)
{
    return (room_log_entry){ .kind = kind,
                             .head = head,
                             .head_size = strlen(head),
                             .tail = tail->data,
                             .tail_size = tail->len,
                             .text_at = text.at,
                             .text_size = text.size,
                             .user = stage->user,
                             .wall_ms = base_clock_wall(),
                             .mono_us = base_clock_mono() };
}

static const chat_person ann = { .name = "Ann",
                                 .name_size = 3, .guest = true };

room_id archive_stage_say(archive_stage *stage, room_handle room,
                          const char *text, const char *ref)
{
    base_bytes tail = BASE_BYTES_INIT;
    chat_event_said said = { .from = &ann, .text = text,
                             .text_size = strlen(text), .ref = ref,
                             .ref_size = ref ? strlen(ref) : 0 };
    chat_event_text where = chat_event_message_tail(&tail, &said);
    room_log_entry entry = entry_of(stage, ROOM_LOG_MESSAGE,
                                    CHAT_EVENT_MESSAGE_HEAD, &tail, where);
    room_id id;
    uint64_t seq;

    entry.ref = ref;
    entry.ref_size = ref ? strlen(ref) : 0;
    assert_in_range(room_log_append(stage->store, room, &entry, &id, &seq),
                    ROOM_OK, ROOM_REPEATED);
    room_log_wake_readers(stage->store, room, -1);
    base_bytes_free(&tail);
    return id;
}

static room_id amend(archive_stage *stage, room_handle room,
                     room_log_entry entry, room_id target)
{
    room_log_target aim = { .id = target };
    room_id id;
    uint64_t seq;

    assert_int_equal(room_log_amend(stage->store, room, &entry, &aim, &id,
                                    &seq), ROOM_OK);
    room_log_wake_readers(stage->store, room, -1);
    return id;
}

room_id archive_stage_edit(archive_stage *stage, room_handle room, room_id id,
                           const char *text)
{
    base_bytes tail = BASE_BYTES_INIT;
    char target[ROOM_ID_TEXT];
    chat_event_text where;
    room_id own;

    room_id_format(&id, target);
    where = chat_amend_edited(&tail, target, text, strlen(text));
    own = amend(stage, room,
                entry_of(stage, ROOM_LOG_EDITED, CHAT_AMEND_EDITED_HEAD, &tail,
                         where), id);
    base_bytes_free(&tail);
    return own;
}

room_id archive_stage_erase(archive_stage *stage, room_handle room, room_id id)
{
    base_bytes tail = BASE_BYTES_INIT;
    char target[ROOM_ID_TEXT];
    room_id own;

    room_id_format(&id, target);
    chat_amend_deleted(&tail, target, &ann);
    own = amend(stage, room,
                entry_of(stage, ROOM_LOG_DELETED, CHAT_AMEND_DELETED_HEAD,
                         &tail, (chat_event_text){ 0, 0 }), id);
    base_bytes_free(&tail);
    return own;
}

room_id archive_stage_clear(archive_stage *stage, room_handle room)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_id own;

    chat_amend_cleared(&tail, &ann);
    own = amend(stage, room,
                entry_of(stage, ROOM_LOG_CLEARED, CHAT_AMEND_CLEARED_HEAD,
                         &tail, (chat_event_text){ 0, 0 }), (room_id){ 0, 0 });
    base_bytes_free(&tail);
    return own;
}

void archive_stage_settle(archive_stage *stage, room_handle room)
{
    uint64_t next = room_log_next(stage->store, room);

    assert_int_equal(room_ack_wait(stage->store, room, next - 1,
                                   base_clock_mono() + WAIT_US), ROOM_OK);
}

size_t archive_stage_rows(archive_stage *stage, const char *key,
                          const char *text)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    archive_status status = archive_page_after(
        stage->archive, key, strlen(key), &(room_id){ 1, 0 }, 1000,
        1024 * 1024, &page);
    size_t count = 0;

    assert_in_range(status, ARCHIVE_OK, ARCHIVE_ABSENT);
    for (size_t i = 0; i < page.count; i++) {
        count += text == NULL
                 || memmem(page.bodies.data + page.rows[i].at,
                           page.rows[i].size, text, strlen(text)) != NULL;
    }
    archive_page_free(&page);
    return count;
}
