/* chat_json.h - a JSON object from the network, parsed with bounded means.
 * Called by chat_command only. Pure.
 */
#ifndef CHATWS_CHAT_JSON_H
#define CHATWS_CHAT_JSON_H

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

#endif
