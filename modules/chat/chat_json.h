/* chat_json.h - a JSON object from the network, parsed with bounded means.
 * Called by chat_command only. Pure.
 */
#ifndef CHATWS_CHAT_JSON_H
#define CHATWS_CHAT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define CHAT_JSON_VALUES 1000

/* Parses any bytes as one JSON object (RFC 8259): no member twice, nothing
 * behind it, at most `depth` objects and arrays inside each other and
 * CHAT_JSON_VALUES members, elements, objects and arrays in all. Every half
 * of a surrogate pair that stands alone is read as U+0000, so that the rules
 * of the member it stands in refuse it; the parser itself would refuse the
 * whole. All numbers are read as doubles.
 *
 * The caller calls json_decref on the object. NULL when there is none. */
json_t *chat_json_load(const void *json, size_t size, size_t depth);

/* A string within the bytes that were given; no NUL ends it. */
typedef struct {
    const char *text; /* NULL: there is none */
    size_t size;
} chat_json_string;

/* Reads an object that has nothing but strings of these names, without
 * escapes, as nearly all that clients send: without memory, and in a tenth of
 * the time. values[i] is that of names[i]. True: chat_json_load would have
 * found the same. False: there is something else in it, or it is no object;
 * chat_json_load finds out. */
bool chat_json_strings(const void *json, size_t size, const char *const *names,
                       size_t count, chat_json_string *values);

#endif
