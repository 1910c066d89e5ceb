/* archive_lock.c - see archive_lock.h. */
#include "archive/writer/archive_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_log.h"

/* In chatws_meta. */
#define NAME "archive"

#define CLAIM_US INT64_C(2000000)

/* The first line of a file; "" when there is none. */
static void read_line(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, line, size - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    line[got > 0 ? got : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

/* "machine start pids" */
static void name_host(char *host, size_t size)
{
    char machine[64] = "";
    char start[40];
    char pids[32];
    ssize_t got = readlink("/proc/self/ns/pid", pids, sizeof(pids) - 1);

    gethostname(machine, sizeof(machine) - 1);
    read_line("/proc/sys/kernel/random/boot_id", start, sizeof(start));
    pids[got > 0 ? got : 0] = '\0';
    snprintf(host, size, "%s %s %s", machine, start, pids);
}

/* Which process of this number it is: what /proc tells of it up to when it was
 * started. */
static void name_process(int64_t pid, char *text, size_t size)
{
    char path[40];
    char line[512];
    const char *at;
    int fields = 0;

    snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
    read_line(path, line, sizeof(line));
    at = strrchr(line, ')'); /* a program's name may have spaces */
    while (at && fields < 20) {
        at = strchr(at + 1, ' ');
        fields++;
    }
    snprintf(text, size, "%" PRId64 "%.*s", pid,
             at ? (int)(1 + strcspn(at + 1, " ")) : 0, at ? at : "");
}

void archive_lock_name(archive_lock *lock, const room_store *store)
{
    static const base_hash_key no_key = { 0, 0 };
    char whole[sizeof(lock->host) + 64];
    size_t size;

    name_host(lock->host, sizeof(lock->host));
    lock->other = 0;
    lock->relayed = false;
    lock->pid = store ? getppid() : getpid();
    size = (size_t)snprintf(whole, sizeof(whole), "%s ", lock->host);
    name_process(lock->pid, whole + size, sizeof(whole) - size);
    lock->instance = (int64_t)(base_hash(&no_key, whole, strlen(whole)) >> 1
                               | 1);
}

/* The row as it is. */
typedef struct {
    int64_t instance;
    int64_t pid;
    int64_t beat;
    int64_t age_s;
    char host[160];
} holder;

static archive_status read_holder(archive_db *db, holder *out)
{
    archive_status status = archive_db_run(db, ARCHIVE_WRITER_ADD, NULL, NULL);

    memset(out, 0, sizeof(*out));
    if (status == ARCHIVE_OK) {
        status = archive_db_select(db, ARCHIVE_WRITER_GET, NULL);
    }
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        out->instance = archive_db_number(db, 0);
        out->pid = archive_db_number(db, 1);
        out->beat = archive_db_number(db, 2);
        out->age_s = archive_db_number(db, 3);
        snprintf(out->host, sizeof(out->host), "%s",
                 archive_db_text(db, 4, NULL));
    }
    return status;
}

static bool has_ended(const archive_lock *lock, const holder *other)
{
    return strcmp(lock->host, other->host) == 0
           && kill((pid_t)other->pid, 0) != 0 && errno == ESRCH;
}

/* The same machine, perhaps: names are not unique. */
static bool was_started(const archive_lock *lock, const holder *other)
{
    size_t machine = strcspn(lock->host, " ") + 1;

    return strncmp(lock->host, other->host, machine) == 0
           && strncmp(lock->host + machine, other->host + machine, 36) != 0;
}

/* It has told nothing for so long, by the database's clock or by ours: either
 * may have been set. */
static bool is_silent(archive_lock *lock, const holder *other)
{
    int64_t now_us = base_clock_mono();
    int64_t most_s = lock->relayed ? ARCHIVE_LOCK_SHARED_S
                     : was_started(lock, other) ? ARCHIVE_LOCK_STARTED_S
                                                : ARCHIVE_LOCK_S;

    if (lock->other != other->instance || lock->other_beat != other->beat) {
        lock->other = other->instance;
        lock->other_beat = other->beat;
        lock->other_us = now_us;
    }
    return other->age_s >= most_s
           || now_us - lock->other_us >= most_s * 1000000;
}

static void tell_other(const holder *other)
{
    base_log_limited(BASE_LOG_ERROR, "CW1102",
                     "another httpd (process %" PRId64 " of %.*s) writes into"
                     " this archive: nothing is written here; give each httpd"
                     " its own ChatArchive",
                     other->pid, (int)strcspn(other->host, " "), other->host);
}

archive_status archive_lock_take(archive_lock *lock, archive_db *db,
                                 bool *held)
{
    holder other;
    archive_status status = read_holder(db, &other);
    const void *values[] = { &lock->instance, &lock->pid, lock->host,
                             &other.instance, &other.beat };
    int rows = 0;

    *held = false;
    if (status != ARCHIVE_OK) {
        return status;
    }
    if (other.instance != 0 && other.instance != lock->instance
        && !has_ended(lock, &other) && !is_silent(lock, &other)) {
        if (!lock->relayed) {
            tell_other(&other);
        }
        return ARCHIVE_OK;
    }
    status = archive_db_run(db, ARCHIVE_WRITER_TAKE, values, &rows);
    *held = status == ARCHIVE_OK && rows == 1;
    return status;
}

/* What tells this database from all others; "": it has no name yet. */
static archive_status read_name(archive_db *db, char *name, size_t size)
{
    const void *values[] = { NAME };
    archive_status status = archive_db_select(db, ARCHIVE_META_GET, values);

    name[0] = '\0';
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        snprintf(name, size, "%s", archive_db_text(db, 0, NULL));
    }
    return status;
}

static archive_status name_database(archive_db *db, char *name, size_t size)
{
    const void *values[] = { NAME, name };
    archive_status status = read_name(db, name, size);

    if (status == ARCHIVE_OK && name[0] == '\0') {
        read_line("/proc/sys/kernel/random/uuid", name, size);
        status = archive_db_run(db, ARCHIVE_META_ADD, values, NULL);
        if (status == ARCHIVE_OK) {
            status = read_name(db, name, size);
        }
    }
    return status;
}

archive_status archive_lock_claim(archive_lock *lock, archive_db *db,
                                  const room_source *source)
{
    int64_t now = base_clock_mono();
    archive_status status;
    room_status claimed;
    char name[40];

    if (!source || now - lock->claimed_us < CLAIM_US) {
        return ARCHIVE_OK;
    }
    status = name_database(db, name, sizeof(name));
    if (status != ARCHIVE_OK) {
        return status;
    }
    claimed = source->claim(source->context, name);
    if (claimed == ROOM_OK) {
        lock->claimed_us = now;
        return ARCHIVE_OK;
    }
    if (claimed == ROOM_MOVED) {
        base_log_limited(BASE_LOG_ERROR, "CW1110",
                         "another host has another archive, into which all that"
                         " is said goes: nothing is written here; hosts that"
                         " share rooms have one database, or one of them has"
                         " it");
    }
    return ARCHIVE_FAILED;
}

archive_status archive_lock_beat(const archive_lock *lock, archive_db *db,
                                 bool *held)
{
    const void *values[] = { &lock->instance };
    int rows = 0;
    archive_status status = archive_db_run(db, ARCHIVE_WRITER_BEAT, values,
                                           &rows);

    *held = status == ARCHIVE_OK && rows == 1;
    return status;
}

archive_status archive_lock_begin(const archive_lock *lock, archive_db *db,
                                  bool *held)
{
    archive_status status = archive_db_begin(db, false);

    if (status == ARCHIVE_OK) {
        status = archive_lock_beat(lock, db, held);
    }
    if (status == ARCHIVE_OK && !*held) {
        (void)archive_db_end(db, false);
        status = ARCHIVE_AWAY;
    }
    return status;
}

void archive_lock_leave(const archive_lock *lock, archive_db *db)
{
    const void *values[] = { &lock->instance };

    (void)archive_db_run(db, ARCHIVE_WRITER_LEAVE, values, NULL);
}
