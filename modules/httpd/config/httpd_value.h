/* httpd_value.h - the values of directives: sizes, times, counts, rates.
 *
 * Strict: what is not understood is refused at start, with the whole word used.
 * Called by httpd_arguments.c and httpd_parse.c only.
 */
#ifndef CHATWS_HTTPD_VALUE_H
#define CHATWS_HTTPD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* All of these give false, and leave *value as it is or set it to what is out
 * of bounds, for a word that is not wholly understood. */
typedef bool httpd_value_read(const char *word, int64_t least, int64_t most,
                              int64_t *value);

/* Decimal digits, least <= value <= most. */
bool httpd_value_count(const char *word, int64_t least, int64_t most,
                       int64_t *value);

/* Bytes: digits and perhaps K, M or G (of 1024). */
bool httpd_value_size(const char *word, int64_t least, int64_t most,
                      int64_t *value);

/* A time in microseconds: digits and ms, s (or no unit), m or min, h, or d. */
bool httpd_value_time(const char *word, int64_t least, int64_t most,
                      int64_t *value);

/* "RATE/s": commands per second. */
bool httpd_value_rate(const char *word, int64_t least, int64_t most,
                      int64_t *value);

/* "NUMBER/h", also /s, /m, /min or /d: so many in a period of microseconds. */
bool httpd_value_quota(const char *word, int64_t most, int64_t *value,
                       int64_t *period);

#endif
