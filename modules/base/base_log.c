/* base_log.c - the log hook; see base_log.h. */
#include "base/base_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_hash.h"

#define KINDS 1300 /* CW0001 to CW1299 */
#define REASONS 64
#define LIMIT_US INT64_C(60000000)

static void log_to_stderr(void *context, base_log_level level,
                          const char *line)
{
    (void)context;
    (void)level;
    fprintf(stderr, "%s\n", line);
}

static base_log_fn *current_hook = log_to_stderr;
static void *current_context;
static base_log_level current_most = BASE_LOG_NOTICE;

void base_log_set(base_log_fn *hook, void *context, base_log_level most)
{
    current_hook = hook ? hook : log_to_stderr;
    current_context = context;
    current_most = most;
}

bool base_log_wants(base_log_level level)
{
    return level <= current_most;
}

/* By the digits of their ids; behind these by a hash of id and reason: two that
 * fall together have one limit. */
typedef struct {
    _Atomic int64_t next; /* when a line may be written again */
    _Atomic uint64_t left_out;
} log_kind;

static log_kind own_kinds[KINDS + REASONS];
static log_kind *kinds = own_kinds;

void base_log_share(void)
{
    void *shared;

    if (kinds != own_kinds) {
        return;
    }
    /* Without memory each process has its own limit: that is no reason not to
     * start. */
    shared = mmap(NULL, sizeof(own_kinds), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED) {
        kinds = shared;
    }
}

static long kind_of(const char *id, const char *reason)
{
    long kind = strtol(id + 2, NULL, 10);
    base_hash_key of_kind = { (uint64_t)kind, 0 }; /* no secret */

    BASE_CHECK(kind > 0 && kind < KINDS);
    return reason ? KINDS + (long)(base_hash(&of_kind, reason, strlen(reason))
                                   % REASONS)
                  : kind;
}

bool base_log_due(const char *id, const char *reason, int64_t now,
                  uint64_t *left_out)
{
    long kind = kind_of(id, reason);
    int64_t next;

    next = atomic_load(&kinds[kind].next);
    /* Of several threads that come at once, one changes it and may write. */
    if ((next != 0 && now < next)
        || !atomic_compare_exchange_strong(&kinds[kind].next, &next,
                                           now + LIMIT_US)) {
        atomic_fetch_add(&kinds[kind].left_out, 1);
        return false;
    }
    *left_out = atomic_exchange(&kinds[kind].left_out, 0);
    return true;
}

static void write_line(base_log_level level, const char *id, uint64_t left_out,
                       const char *format, va_list args)
{
    char note[64] = "";
    char line[1024];
    size_t at = (size_t)snprintf(line, sizeof(line), "%s: ", id);
    size_t end = sizeof(line);

    if (left_out > 0) { /* the note has its place, however long the line is */
        end -= (size_t)snprintf(note, sizeof(note),
                                " (%" PRIu64 " more like it were not logged)",
                                left_out);
    }
    (void)vsnprintf(line + at, end - at, format, args);
    strcat(line, note);
    /* Names and paths from the network are in it: none may begin a new line or
     * send a terminal its escape sequences. */
    for (char *byte = line; *byte; byte++) {
        if ((unsigned char)*byte < 0x20 || *byte == 0x7f) {
            *byte = '?';
        }
    }
    current_hook(current_context, level, line);
}

void base_log(base_log_level level, const char *id, const char *format, ...)
{
    va_list args;

    if (base_log_wants(level)) {
        va_start(args, format);
        write_line(level, id, 0, format, args);
        va_end(args);
    }
}

void base_log_limited(base_log_level level, const char *id,
                      const char *format, ...)
{
    uint64_t left_out = 0;
    va_list args;

    if (!base_log_wants(level)) {
        return; /* nor does it count as written */
    }
    if (level < BASE_LOG_INFO
        && !base_log_due(id, NULL, base_clock_mono(), &left_out)) {
        level = BASE_LOG_INFO;
    }
    if (base_log_wants(level)) {
        va_start(args, format);
        /* Where info is wanted, none were left out: they are there. */
        write_line(level, id, base_log_wants(BASE_LOG_INFO) ? 0 : left_out,
                   format, args);
        va_end(args);
    }
}
