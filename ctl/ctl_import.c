/* ctl_import.c - see ctl_import.h. */
#include "ctl_import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "archive/archive_import.h"
#include "ctl_show.h"

/* Longer than any event. */
#define LINE_MOST (1024 * 1024)

/* Lines between two looks at the progress. */
#define TELL_EVERY 1000

static archive_status import_secret(archive_import *it, const json_t *root)
{
    const char *text = json_string_value(json_object_get(root, "secret"));
    base_hash_key secret;

    if (!text || strlen(text) != 32
        || sscanf(text, "%16" SCNx64 "%16" SCNx64, &secret.k0, &secret.k1)
               != 2) {
        return ARCHIVE_FAILED;
    }
    return archive_import_secret(it, &secret);
}

/* A text of at most `most` bytes. */
static const char *text_of(const json_t *value, size_t most)
{
    const char *text = json_string_value(value);

    return text && json_string_length(value) == strlen(text)
                   && strlen(text) <= most ? text : NULL;
}

/* False: it is given, and is none. */
static bool read_id(const json_t *root, const char *name, room_id *id)
{
    const json_t *value = json_object_get(root, name);

    *id = (room_id){ 0, 0 };
    return value == NULL
           || (json_is_string(value)
               && room_id_parse(json_string_value(value),
                                json_string_length(value), id)
               && id->ms < INT64_MAX / 2 && id->n <= INT64_MAX);
}

static bool read_state(const json_t *root, room_state *state)
{
    const json_t *given = json_object_get(root, "topic");
    const char *topic = text_of(given, ROOM_TOPIC_MAX);

    if (topic) {
        state->topic_size = (uint8_t)strlen(topic);
        memcpy(state->topic, topic, state->topic_size);
    }
    state->locked = json_is_true(json_object_get(root, "locked"));
    state->slow_s =
        (uint32_t)json_integer_value(json_object_get(root, "slow"));
    return !given || topic;
}

static archive_status import_room(archive_import *it, const json_t *root)
{
    const char *name = text_of(json_object_get(root, "room"),
                               CHAT_CONTROL_ROOM_BYTES);
    const json_t *keep = json_object_get(root, "keep");
    size_t site = name ? strcspn(name, "/") : 0;
    archive_list_room room = { .keep_ms = INT64_MAX };

    if (!name || !name[site] || !read_id(root, "birth", &room.birth)
        || !read_id(root, "complete", &room.complete)
        || !read_state(root, &room.state)) {
        return ARCHIVE_FAILED;
    }
    if (json_is_integer(keep) && json_integer_value(keep) >= 0) {
        room.keep_ms = json_integer_value(keep);
    }
    room.key_size = (size_t)snprintf(room.key, sizeof(room.key), "%.*s\n%s",
                                     (int)site, name, name + site);
    return archive_import_room(it, &room);
}

static archive_status import_sanction(archive_import *it, const json_t *root)
{
    const json_t *row = json_object_get(root, "row");
    archive_list_sanction what;

    if (json_array_size(row) != ARCHIVE_LIST_NUMBERS + ARCHIVE_LIST_TEXTS) {
        return ARCHIVE_FAILED;
    }
    for (size_t i = 0; i < ARCHIVE_LIST_NUMBERS; i++) {
        const char *text = text_of(json_array_get(row, i), 20);

        if (!text) {
            return ARCHIVE_FAILED;
        }
        what.numbers[i] = strtoll(text, NULL, 10);
    }
    for (size_t i = 0; i < ARCHIVE_LIST_TEXTS; i++) {
        what.texts[i] = text_of(json_array_get(row, ARCHIVE_LIST_NUMBERS + i),
                                255);
        if (!what.texts[i]) {
            return ARCHIVE_FAILED;
        }
    }
    return archive_import_sanction(it, &what);
}

/* `room` events have an id, the line in front of a room has not. */
static archive_status import_line(archive_import *it, const char *line,
                                  size_t size)
{
    json_t *root = json_loadb(line, size, JSON_ALLOW_NUL, NULL);
    const char *type = json_string_value(json_object_get(root, "type"));
    bool event = json_object_get(root, "id") != NULL;
    archive_status status;

    if (type && !event && strcmp(type, "archive") == 0) {
        status = import_secret(it, root);
    }
    else if (type && !event && strcmp(type, "room") == 0) {
        status = import_room(it, root);
    }
    else if (type && !event && strcmp(type, "sanction") == 0) {
        status = import_sanction(it, root);
    }
    else {
        status = archive_import_event(it, line, size);
    }
    json_decref(root);
    return status;
}

/* What came before it stays. */
static int tell_wrong(archive_import *it, archive_status status,
                      uint64_t number)
{
    const char *why = archive_import_why(it);

    if (status == ARCHIVE_FAILED) {
        (void)archive_import_commit(it);
        fprintf(stderr, "chatwsctl: line %" PRIu64 ": %s\n", number,
                why ? why : "this was not exported so");
        return EX_DATAERR;
    }
    return ctl_database_status(status);
}

static int import_file(ctl_database *database, archive_import *it, FILE *file)
{
    archive_status status = ARCHIVE_OK;
    uint64_t number = 0;
    char *line = NULL;
    size_t space = 0;
    ssize_t size;
    char text[64];

    while (status == ARCHIVE_OK && (size = getline(&line, &space, file)) > 0) {
        number++;
        size -= line[size - 1] == '\n';
        status = size <= LINE_MOST
                     ? import_line(it, line, (size_t)size) : ARCHIVE_FAILED;
        if (number % TELL_EVERY == 0) {
            snprintf(text, sizeof(text), "%" PRIu64 " lines read", number);
            ctl_show_progress(database->options, text);
        }
    }
    if (status == ARCHIVE_OK) {
        status = archive_import_commit(it);
    }
    ctl_show_progress(database->options, "");
    free(line);
    if (status != ARCHIVE_OK) {
        return tell_wrong(it, status, number);
    }
    if (ferror(file)) {
        perror("chatwsctl");
        return EX_IOERR;
    }
    printf("imported: %" PRIu64 " messages and events\n",
           archive_import_count(it));
    return EX_OK;
}

FILE *ctl_import_input(const ctl_options *options)
{
    const char *name = options->argument;
    bool standard = !name || strcmp(name, "-") == 0;
    FILE *file = standard ? stdin : fopen(name, "re");

    if (!file) {
        fprintf(stderr, "chatwsctl: %s: %s\n", name, strerror(errno));
    }
    return file;
}

int ctl_import_obey(ctl_database *database)
{
    archive_import *it = NULL;
    archive_status status = archive_import_open(database->archive, &it);
    int result = status == ARCHIVE_OK
                     ? import_file(database, it, database->input)
                     : ctl_database_status(status);

    if (status == ARCHIVE_FAILED) {
        fprintf(stderr, "chatwsctl: an httpd works with this archive: stop it "
                        "first\n");
    }
    archive_import_close(it);
    return result;
}
