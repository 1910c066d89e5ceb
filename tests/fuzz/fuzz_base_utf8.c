/* fuzz_base_utf8.c - any bytes as UTF-8, whole, in pieces and byte by byte:
 * each time the answer is that of a decoder that takes the definition (RFC
 * 3629 3) at its word. The first byte is the size of the pieces.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many bytes the first code point has: 0 when there is none. */
static size_t point_size(const uint8_t *at, size_t size)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t need = *at < 0x80             ? 1
                  : (*at & 0xE0) == 0xC0 ? 2
                  : (*at & 0xF0) == 0xE0 ? 3
                  : (*at & 0xF8) == 0xF0 ? 4
                                         : 0;
    uint32_t point;

    if (need == 0 || need > size) {
        return 0;
    }
    point = need == 1 ? *at : *at & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3F);
    }
    return point >= least[need] && point <= 0x10FFFF
                   && (point < 0xD800 || point > 0xDFFF)
               ? need
               : 0;
}

static bool is_valid(const uint8_t *at, size_t size)
{
    while (size > 0) {
        size_t used = point_size(at, size);

        if (used == 0) {
            return false;
        }
        at += used;
        size -= used;
    }
    return true;
}

/* Feeds copies of their exact size, so that a byte too far is seen. */
static bool is_valid_in_pieces(const uint8_t *data, size_t size, size_t most)
{
    base_utf8 state = BASE_UTF8_INIT;

    for (size_t at = 0; at < size; at += most) {
        size_t piece = size - at < most ? size - at : most;
        uint8_t *copy = malloc(piece);
        bool fits;

        BASE_CHECK(copy != NULL);
        memcpy(copy, data + at, piece);
        fits = base_utf8_feed(&state, copy, piece);
        free(copy);
        if (!fits) {
            return false;
        }
        BASE_CHECK(!base_utf8_complete(&state) || is_valid(data, at + piece));
    }
    return base_utf8_complete(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t most;
    bool valid;

    if (size == 0) {
        return 0;
    }
    most = data[0] ? data[0] : 1;
    data++;
    size--;
    valid = is_valid(data, size);
    BASE_CHECK(base_utf8_valid(data, size) == valid);
    BASE_CHECK(is_valid_in_pieces(data, size, most) == valid);
    BASE_CHECK(is_valid_in_pieces(data, size, 1) == valid);
    BASE_CHECK(base_utf8_mark(data, size)
               == (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0));
    return 0;
}
