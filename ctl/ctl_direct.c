/* ctl_direct.c - see ctl_direct.h. */
#include "ctl_direct.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "archive/archive_list.h"
#include "base/base_log.h"
#include "ctl_database.h"
#include "ctl_import.h"
#include "ctl_show.h"

static void log_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    fprintf(stderr, "chatwsctl: %s\n", line);
}

/* "DRIVER PARAMS"; the parts end in place. */
static bool read_settings(char *text, archive_settings *settings)
{
    char *params = text + strcspn(text, " \t");

    if (!*params) {
        return false;
    }
    *params++ = '\0';
    params += strspn(params, " \t");
    settings->driver = text;
    settings->params = params;
    settings->ack = true;
    return *params != '\0';
}

/* Whose the file is, or the folder where it is to be made. */
static bool find_owner(const char *file, struct stat *owner)
{
    char folder[4096];
    const char *slash = strrchr(file, '/');
    int size = slash ? (int)(slash - file + 1) : 1;

    return lstat(file, owner) == 0
           || ((size_t)size < sizeof(folder)
               && snprintf(folder, sizeof(folder), "%.*s", size,
                           slash ? file : ".") == size
               && stat(folder, owner) == 0);
}

/* Root opens SQLite's file as who owns it: what root makes there would keep
 * httpd's children out, and a link that they have put there would lead root to
 * any file. For good. */
static bool become_owner(const archive_settings *settings)
{
    struct stat owner;

    if (strcmp(settings->driver, "sqlite3") != 0 || geteuid() != 0
        || !find_owner(settings->params, &owner) || owner.st_uid == 0) {
        return true;
    }
    if (setgroups(0, NULL) == 0 && setgid(owner.st_gid) == 0
        && setuid(owner.st_uid) == 0) {
        return true;
    }
    perror("chatwsctl: to become the owner of the archive");
    return false;
}

static bool tell_room(void *context, const archive_list_room *room)
{
    ctl_database *it = context;
    base_bytes line = BASE_BYTES_INIT;
    char newest[ROOM_ID_TEXT];

    if (chat_control_means(&it->asked, room->key, room->key_size)) {
        room_id_format(&room->newest, newest);
        base_bytes_append_text(&line, "{\"room\":");
        chat_control_write_room(&line, room->key, room->key_size);
        base_bytes_append_format(&line, ",\"newest\":\"%s\",\"archived\":true}",
                                 newest);
        (void)ctl_show_line(it->options, (const char *)line.data, line.len);
    }
    base_bytes_free(&line);
    return true;
}

static int show_rooms(ctl_database *it)
{
    return ctl_database_status(archive_list_rooms(it->archive, tell_room, it));
}

static const struct {
    const char *command;
    int (*obey)(ctl_database *it);
} commands[] = {
    { "rooms", show_rooms },
    { "export", ctl_database_export },
    { "import", ctl_import_obey },
    { "erase", ctl_database_erase },
};

static int obey(ctl_database *it)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].command, it->options->command) == 0) {
            return commands[i].obey(it);
        }
    }
    fprintf(stderr, "chatwsctl: %s asks a server that runs: leave --archive "
                    "out\n", it->options->command);
    return EX_USAGE;
}

static bool keep_place(const char *text, chat_control_place *place)
{
    size_t size = text ? strlen(text) : 0;

    if (size > CHAT_CONTROL_ROOM_BYTES) {
        return false;
    }
    if (text) {
        memcpy(place->text, text, size + 1);
    }
    place->size = size;
    return true;
}

static int open_and_obey(ctl_database *it, const archive_settings *settings,
                         apr_pool_t *pool)
{
    char why[300];
    int status;

    if (!archive_check(pool, settings, why, sizeof(why))) {
        fprintf(stderr, "chatwsctl: %s\n", why);
        return EX_UNAVAILABLE;
    }
    /* What the command line names is read as who has called us. */
    if (strcmp(it->options->command, "import") == 0
        && !(it->input = ctl_import_input(it->options))) {
        return EX_NOINPUT;
    }
    if (!become_owner(settings)) {
        return EX_OSERR;
    }
    it->archive = archive_create(settings, NULL);
    status = obey(it);
    archive_destroy(it->archive);
    return status;
}

int ctl_direct_obey(const ctl_options *options)
{
    ctl_database it = { .options = options };
    bool room = strcmp(options->command, "export") == 0;
    char *text = strdup(options->archive);
    archive_settings settings;
    apr_pool_t *pool;
    int status;

    if (!text || !read_settings(text, &settings)) {
        fprintf(stderr, "chatwsctl: --archive takes what ChatArchive says, as "
                        "one argument: \"sqlite3 /var/lib/chatws/chat.db\"\n");
        free(text);
        return EX_USAGE;
    }
    if (!keep_place(options->site, &it.asked.site)
        || (room && !keep_place(options->argument, &it.asked.room))) {
        fprintf(stderr, "chatwsctl: this name is too long\n");
        free(text);
        return EX_USAGE;
    }
    base_log_set(log_line, NULL, BASE_LOG_WARN);
    if (apr_initialize() != APR_SUCCESS
        || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        free(text);
        return EX_OSERR;
    }
    status = open_and_obey(&it, &settings, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    free(text);
    return ctl_show_finish(status);
}
