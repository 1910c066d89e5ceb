/* base_log.h - where every floor's log lines go.
 *
 * The floors below httpd/ know no server_rec: they log through this hook, which
 * httpd/ points at the error log and a test at a buffer. Every line has an id
 * "CWnnnn" that occurs once in the sources (tests/tools checks it).
 */
#ifndef CHATWS_BASE_LOG_H
#define CHATWS_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    BASE_LOG_ERROR,
    BASE_LOG_WARN,
    BASE_LOG_NOTICE,
    BASE_LOG_INFO,
    BASE_LOG_DEBUG
} base_log_level;

/* Gets a finished line, "CW0102: sentence", without a newline. The line is the
 * caller's and ends with the call. May be called on any thread. */
typedef void base_log_fn(void *context, base_log_level level, const char *line);

/* Sets the hook and the least important level that reaches it. Call it before
 * any thread is started; without a hook lines go to stderr. */
void base_log_set(base_log_fn *hook, void *context, base_log_level most);

/* True when a line of this level would be written: lets a caller skip the
 * work of making one. */
bool base_log_wants(base_log_level level);

/* Formats and writes one line; control bytes in it are replaced by '?', so
 * that nothing from the network forges a line. At most 1,023 bytes are kept. */
void base_log(base_log_level level, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what somebody outside can cause as often as they like: at most
 * one line a minute, id and process. The next one ends with how many were left
 * out. Where level info is wanted, those are written there instead. */
void base_log_limited(base_log_level level, const char *id,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* From now on this process and all that it forks write so many lines together,
 * for servers that fork for each connection. Before any other thread runs. */
void base_log_share(void);

/* What base_log_limited asks: true when a line with this id ("CW" and four
 * digits) may be written at `now` (base_clock_mono()); then `*left_out` is the
 * number of those that might not be since the last one. With a reason (NULL:
 * none; one of a few sentences of ours) each has its own limit. Any thread. */
bool base_log_due(const char *id, const char *reason, int64_t now,
                  uint64_t *left_out);

#endif
