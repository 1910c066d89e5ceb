/* base_utf8.h - incremental UTF-8 validation (RFC 3629).
 *
 * Refuses at the first byte that cannot belong to any valid sequence: overlong
 * forms, surrogates, above U+10FFFF. Used by ws/ on text as it arrives and by
 * chat/ and httpd/ on whole strings. Pure.
 */
#ifndef CHATWS_BASE_UTF8_H
#define CHATWS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the validation stands between two pieces; all zero at the start. */
typedef struct {
    uint8_t need; /* continuation bytes that are still to come */
    uint8_t low;  /* the least and greatest value of the next one */
    uint8_t high;
} base_utf8;

#define BASE_UTF8_INIT { 0, 0, 0 }

/* Feeds `size` bytes. False at the first impossible byte; the state is then
 * of no further use. */
bool base_utf8_feed(base_utf8 *state, const void *data, size_t size);

/* True when no code point is cut: text may end here. */
bool base_utf8_complete(const base_utf8 *state);

/* True when the whole run is valid UTF-8. */
bool base_utf8_valid(const void *data, size_t size);

/* The size of the byte order mark (U+FEFF) at the beginning: 3, or 0. It is no
 * part of the text (RFC 3629 6). */
size_t base_utf8_mark(const void *data, size_t size);

/* The most bytes, up to `most`, of valid UTF-8 that end with a whole
 * character. */
size_t base_utf8_cut(const void *text, size_t size, size_t most);

#endif
