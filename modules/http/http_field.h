/* http_field.h - what header fields are made of: lists, parameters, quoted
 * strings and white space (RFC 9110 5.6).
 *
 * A parser of this floor gets slices of a request's text and gives slices of
 * the same text back: nothing is copied, nothing has to be freed, and a slice
 * lives as long as the text. Used by the other files of http/ and by httpd/.
 * Pure.
 */
#ifndef CHATWS_HTTP_FIELD_H
#define CHATWS_HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Some bytes of a text, not ended by a NUL. */
typedef struct {
    const char *data; /* NULL: there is no such field */
    size_t size;
} http_slice;

/* A NUL-terminated text as a slice; NULL is the absent one. */
http_slice http_field_of(const char *text);

/* The slice without SP and HTAB at both ends. */
http_slice http_field_trim(http_slice text);

/* True when it is `name`; ASCII letters of either case are equal. */
bool http_field_is(http_slice text, const char *name);

/* Takes the next element, trimmed, off a list that `separator` divides: one
 * inside of a quoted string does not count. A quoted string that is not closed
 * reaches to the end. False when nothing is left; a list of n separators has
 * n + 1 elements, and an absent one has none. */
bool http_field_next(http_slice *rest, char separator, http_slice *element);

/* True when a text can be what is looked for. */
typedef bool http_field_fits(http_slice text);

/* What follows `prefix`, case included, in the first element of a list with
 * commas that begins with it and whose rest fits; absent when there is none. */
http_slice http_field_find(http_slice list, const char *prefix,
                           http_field_fits *fits);

/* Divides "name=value", white space around both left out; the value may be a
 * quoted string, quotes included. False without an equals sign. */
bool http_field_parameter(http_slice text, http_slice *name,
                          http_slice *value);

/* True when the value, a token or a quoted string, means `text`; ASCII letters
 * of either case are equal. */
bool http_field_value_is(http_slice value, const char *text);

#endif
