/* test_chat.h - what the tests of modules/chat share. */
#ifndef CHATWS_TEST_CHAT_H
#define CHATWS_TEST_CHAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/base_bytes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails unless `bytes` is exactly `expected`; then empties it. */
static inline void check_bytes(base_bytes *bytes, const char *expected)
{
    base_bytes_append(bytes, "", 1);
    assert_string_equal((const char *)bytes->data, expected);
    assert_int_equal(bytes->len, strlen(expected) + 1);
    base_bytes_free(bytes);
}

/* Parses what was written with jansson; the caller frees it. */
static inline json_t *parsed(const base_bytes *bytes)
{
    json_t *root = json_loadb(
        (const char *)bytes->data, bytes->len,
        JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);

    assert_non_null(root);
    return root;
}

/* Fails unless `value` is the string of these `size` bytes. */
static inline void check_string(const json_t *value, const void *bytes,
                                size_t size)
{
    assert_true(json_is_string(value));
    assert_int_equal(json_string_length(value), size);
    assert_memory_equal(json_string_value(value), bytes, size);
}

/* Writes one code point as UTF-8 (also one that is none, such as a lone
 * surrogate); its bytes, at most 4. */
static inline size_t put_point(char *to, uint32_t point)
{
    size_t size = point < 0x80      ? 1
                  : point < 0x800   ? 2
                  : point < 0x10000 ? 3
                                    : 4;
    static const unsigned char first[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    to[0] = (char)(first[size] | point);
    return size;
}

#endif
