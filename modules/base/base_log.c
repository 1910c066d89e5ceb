/* base_log.c - the log hook; see base_log.h. */
#include "base/base_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>

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

void base_log(base_log_level level, const char *id, const char *format, ...)
{
    char line[1024];
    va_list args;
    int at;

    if (!base_log_wants(level)) {
        return;
    }
    at = snprintf(line, sizeof(line), "%s: ", id);
    va_start(args, format);
    (void)vsnprintf(line + at, sizeof(line) - (size_t)at, format, args);
    va_end(args);
    for (char *byte = line; *byte; byte++) {
        if ((unsigned char)*byte < 0x20 || *byte == 0x7f) {
            *byte = '?';
        }
    }
    current_hook(current_context, level, line);
}
