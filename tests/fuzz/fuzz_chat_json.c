/* fuzz_chat_json.c - any bytes as a JSON object with few means. The first byte
 * is how deep it may be. What is loaded keeps to the bounds, and is what
 * jansson makes of the same bytes by itself, unless a half of a surrogate pair
 * stands alone in them. What the short way reads is what was loaded.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_json.h"

#define FLAGS \
    (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    size_t depth;
    size_t values; /* members, elements, objects and arrays */
} means;

static void measure(const json_t *value, size_t depth, means *needed);

static void measure_members(json_t *object, size_t depth, means *needed)
{
    const char *name;
    json_t *member;

    json_object_foreach(object, name, member)
    {
        BASE_CHECK(base_utf8_valid(name, strlen(name)));
        needed->values++;
        measure(member, depth, needed);
    }
}

/* Objects and arrays are no deeper than a bound, so that this ends. */
static void measure(const json_t *value, size_t depth, means *needed)
{
    if (json_is_string(value)) {
        BASE_CHECK(base_utf8_valid(json_string_value(value),
                                   json_string_length(value)));
    }
    if (!json_is_object(value) && !json_is_array(value)) {
        return;
    }
    needed->values++;
    depth++;
    needed->depth = needed->depth < depth ? depth : needed->depth;
    if (json_is_object(value)) {
        measure_members((json_t *)value, depth, needed);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        needed->values++;
        measure(json_array_get(value, i), depth, needed);
    }
}

/* True when the text of a \u of the surrogates is somewhere in it. */
static bool has_surrogate(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 3 < size; i++) {
        if (data[i] == '\\' && data[i + 1] == 'u' && (data[i + 2] | 32) == 'd'
            && strchr("89abcdefABCDEF", data[i + 3])) {
            return true;
        }
    }
    return false;
}

static bool fits(const json_t *root, size_t depth)
{
    means needed = { 0, 0 };

    measure(root, 0, &needed);
    /* The first of several needs no comma: each object and array may have one
     * more than is counted. */
    return needed.depth <= depth && needed.values <= 2 * CHAT_JSON_VALUES;
}

/* `root` is what was loaded of it with any depth. */
static void check_strings(const char *json, size_t size, const json_t *root)
{
    static const char *const names[] = { "type", "text", "ref" };
    chat_json_string values[3];
    size_t count = 0;

    if (!chat_json_strings(json, size, names, 3, values)) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_object_get(root, names[i]);

        if (values[i].text != NULL) {
            BASE_CHECK(json_is_string(value)
                       && json_string_length(value) == values[i].size
                       && memcmp(json_string_value(value), values[i].text,
                                 values[i].size) == 0);
            count++;
        }
    }
    BASE_CHECK(json_object_size(root) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t depth;
    char *copy;
    json_t *root;
    json_t *plain;

    if (size < 1) {
        return 0;
    }
    depth = data[0] % 64;
    data++;
    size--;
    copy = malloc(size ? size : 1); /* not a byte more */
    BASE_CHECK(copy != NULL);
    memcpy(copy, data, size);
    root = chat_json_load(copy, size, depth);
    BASE_CHECK(memcmp(copy, data, size) == 0);
    plain = json_loadb(copy, size, FLAGS, NULL);
    check_strings(copy, size, plain);
    BASE_CHECK(root == NULL || (json_is_object(root) && fits(root, depth)));
    BASE_CHECK(root == NULL || json_equal(root, plain)
               || has_surrogate(data, size));
    if (root == NULL && json_is_object(plain)) {
        means needed = { 0, 0 };

        measure(plain, 0, &needed);
        BASE_CHECK(needed.depth > depth || needed.values > CHAT_JSON_VALUES);
    }
    json_decref(plain);
    json_decref(root);
    free(copy);
    return 0;
}
