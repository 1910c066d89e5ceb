/* ctl_database.c - exports and erases; see ctl_database.h. */
#include "ctl_database.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "archive/archive_erase.h"
#include "archive/archive_import.h"
#include "archive/archive_list.h"
#include "archive/archive_page.h"
#include "chat/chat_identity.h"
#include "chat/chat_text.h"
#include "chat/moderation/chat_state.h"
#include "ctl_show.h"

#define PAGE_ROWS 1000
#define PAGE_BYTES (1024 * 1024)

int ctl_database_status(archive_status status)
{
    return status == ARCHIVE_OK ? EX_OK
           : status == ARCHIVE_AWAY ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static void put_line(base_bytes *line)
{
    base_bytes_append(line, "\n", 1);
    fwrite(line->data, 1, line->len, stdout);
    line->len = 0;
}

/* ---------------------------------------------------------------- export */

typedef struct {
    ctl_database *database;
    archive_status status;
    uint64_t rooms;
    uint64_t events;
    base_bytes line;
} exporting;

static void put_room(exporting *it, const archive_list_room *room)
{
    chat_state state = { .topic = room->state.topic,
                         .topic_size = room->state.topic_size,
                         .slow_s = room->state.slow_s,
                         .locked = room->state.locked };
    char birth[ROOM_ID_TEXT];
    char complete[ROOM_ID_TEXT];

    base_bytes_append_text(&it->line, "{\"type\":\"room\",\"room\":");
    chat_control_write_room(&it->line, room->key, room->key_size);
    base_bytes_append_text(&it->line, ",");
    chat_state_members(&it->line, &state);
    room_id_format(&room->birth, birth);
    room_id_format(&room->complete, complete);
    base_bytes_append_format(&it->line, ",\"birth\":\"%s\",\"complete\":"
                             "\"%s\"", birth, complete);
    if (room->keep_ms != INT64_MAX) {
        base_bytes_append_format(&it->line, ",\"keep\":%" PRId64,
                                 room->keep_ms);
    }
    base_bytes_append_text(&it->line, "}");
    put_line(&it->line);
}

static void put_page(exporting *it, const archive_page *page)
{
    char text[64];

    for (size_t i = 0; i < page->count; i++) {
        base_bytes_append(&it->line, page->bodies.data + page->rows[i].at,
                          page->rows[i].size);
        put_line(&it->line);
    }
    it->events += page->count;
    snprintf(text, sizeof(text), "%" PRIu64 " events exported", it->events);
    ctl_show_progress(it->database->options, text);
}

static bool export_room(void *context, const archive_list_room *room)
{
    exporting *it = context;
    archive_page page = ARCHIVE_PAGE_INIT;
    room_id after = { 0, 0 };

    if (!chat_control_means(&it->database->asked, room->key,
                            room->key_size)) {
        return true;
    }
    it->rooms++;
    put_room(it, room);
    do {
        it->status = archive_page_after(it->database->archive, room->key,
                                        room->key_size, &after, PAGE_ROWS,
                                        PAGE_BYTES, &page);
        if (it->status == ARCHIVE_OK) {
            put_page(it, &page);
        }
        if (page.count > 0) {
            after = page.rows[page.count - 1].id;
        }
    } while (it->status == ARCHIVE_OK && page.more && !ferror(stdout));
    archive_page_free(&page);
    return it->status == ARCHIVE_OK && !ferror(stdout);
}

static bool put_sanction(void *context, const archive_list_sanction *what)
{
    base_bytes *line = context;

    base_bytes_append_text(line, "{\"type\":\"sanction\",\"row\":[");
    for (int i = 0; i < ARCHIVE_LIST_NUMBERS; i++) {
        base_bytes_append_format(line, "\"%" PRId64 "\",", what->numbers[i]);
    }
    for (int i = 0; i < ARCHIVE_LIST_TEXTS; i++) {
        chat_text_quote(line, what->texts[i], strlen(what->texts[i]));
        base_bytes_append_text(line, i + 1 < ARCHIVE_LIST_TEXTS ? "," : "]}");
    }
    put_line(line);
    return true;
}

/* What another database has to know besides the rooms. */
static archive_status export_common(exporting *it)
{
    archive *a = it->database->archive;
    base_hash_key secret;
    archive_status status = archive_list_secret(a, &secret);

    if (status == ARCHIVE_OK) {
        base_bytes_append_format(&it->line, "{\"type\":\"archive\",\"secret\":"
                                 "\"%016" PRIx64 "%016" PRIx64 "\"}",
                                 secret.k0, secret.k1);
        put_line(&it->line);
    }
    if (status == ARCHIVE_OK || status == ARCHIVE_ABSENT) {
        status = archive_list_sanctions(a, put_sanction, &it->line);
    }
    return status;
}

/* Of several sites' rooms with one path, which is meant is not known. */
static bool count_room(void *context, const archive_list_room *room)
{
    exporting *it = context;

    it->rooms += chat_control_means(&it->database->asked, room->key,
                                    room->key_size);
    return true;
}

static int check_room(exporting *it)
{
    archive_status status = archive_list_rooms(it->database->archive,
                                               count_room, it);

    if (status == ARCHIVE_OK && it->rooms != 1) {
        fprintf(stderr, it->rooms == 0
                            ? "chatwsctl: there is no such room\n"
                            : "chatwsctl: several sites have this room: name "
                              "it SITE/PATH\n");
        return it->rooms == 0 ? EX_NOINPUT : EX_USAGE;
    }
    it->rooms = 0;
    return ctl_database_status(status);
}

int ctl_database_export(ctl_database *database)
{
    exporting it = { .database = database };
    int status = EX_OK;

    if (database->options->all) {
        status = ctl_database_status(export_common(&it));
    }
    else {
        status = check_room(&it);
    }
    if (status == EX_OK) {
        archive_status listed = archive_list_rooms(database->archive,
                                                   export_room, &it);

        status = ctl_database_status(listed != ARCHIVE_OK ? listed
                                                          : it.status);
    }
    ctl_show_progress(database->options, "");
    base_bytes_free(&it.line);
    return status;
}

/* ----------------------------------------------------------------- erase */

typedef struct {
    ctl_database *database;
    base_hash_key secret;
    base_bytes users; /* uint64_t: on each site */
} erasing;

static bool add_user(void *context, const archive_list_room *room)
{
    erasing *it = context;
    const char *id = it->database->options->argument;
    uint64_t user;

    if (!chat_control_means(&it->database->asked, room->key, room->key_size)
        || !chat_identity_named(&it->secret,
                                chat_identity_site_of(room->key,
                                                      room->key_size),
                                id, strlen(id), &user)) {
        return true;
    }
    for (size_t at = 0; at < it->users.len; at += sizeof(user)) {
        if (memcmp(it->users.data + at, &user, sizeof(user)) == 0) {
            return true;
        }
    }
    base_bytes_append(&it->users, &user, sizeof(user));
    return true;
}

static archive_status erase_user(ctl_database *it, uint64_t user,
                                 uint64_t *erased)
{
    archive_erasing step = { .user = user };
    archive_status status = ARCHIVE_OK;
    char text[100];

    while (status == ARCHIVE_OK && !step.done) {
        uint64_t looked = step.looked;

        status = archive_erase_step(it->archive, &step);
        if (!step.done && step.looked == looked) {
            (void)usleep(50000); /* somebody reads what is to be overwritten */
        }
        snprintf(text, sizeof(text), "about %" PRIu64 " events looked at, %"
                 PRIu64 " erased", step.looked, *erased + step.erased);
        ctl_show_progress(it->options, text);
    }
    *erased += step.erased;
    return status;
}

static archive_status erase_all(erasing *it, uint64_t *erased)
{
    archive_status status = ARCHIVE_OK;
    uint64_t user;

    for (size_t at = 0; at < it->users.len && status == ARCHIVE_OK;
         at += sizeof(user)) {
        memcpy(&user, it->users.data + at, sizeof(user));
        status = erase_user(it->database, user, erased);
    }
    return status;
}

static bool is_user(const char *id)
{
    static const base_hash_key none = { 0, 0 };
    uint64_t user;

    return chat_identity_named(&none, (chat_identity_site){ "", 0 }, id,
                               strlen(id), &user);
}

/* Whoever holds the archive's lock is the only one who writes: a server that
 * runs would go on to tell what its memory has. */
int ctl_database_erase(ctl_database *database)
{
    erasing it = { .database = database };
    archive_import *lock;
    archive_status status;
    uint64_t erased = 0;

    if (!is_user(database->options->argument)) {
        fprintf(stderr, "chatwsctl: a user is u- and what the site knows "
                        "somebody by, or g- and 16 hexadecimal digits\n");
        return EX_USAGE;
    }
    status = archive_import_open(database->archive, &lock);
    if (status == ARCHIVE_OK) {
        status = archive_list_secret(database->archive, &it.secret);
    }
    if (status == ARCHIVE_OK) {
        status = archive_list_rooms(database->archive, add_user, &it);
    }
    if (status == ARCHIVE_OK) {
        status = erase_all(&it, &erased);
    }
    archive_import_close(lock);
    ctl_show_progress(database->options, "");
    base_bytes_free(&it.users);
    if (status == ARCHIVE_FAILED) {
        fprintf(stderr, "chatwsctl: an httpd works with this archive: leave "
                        "--archive out, so that it is asked\n");
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_ABSENT) {
        return ctl_database_status(status);
    }
    printf("erased: %" PRIu64 " messages and events\n", erased);
    return EX_OK;
}
