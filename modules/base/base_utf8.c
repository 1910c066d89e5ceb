/* base_utf8.c - incremental UTF-8 validation; see base_utf8.h. */
#include "base/base_utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* RFC 3629 section 4: what may follow each first byte. */
static bool start_sequence(base_utf8 *state, unsigned char byte)
{
    state->low = 0x80;
    state->high = 0xBF;
    if (byte < 0xC2 || byte > 0xF4) {
        return false;
    }
    state->need = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    switch (byte) {
    case 0xE0: state->low = 0xA0; break;  /* no overlong form */
    case 0xED: state->high = 0x9F; break; /* no surrogate */
    case 0xF0: state->low = 0x90; break;  /* no overlong form */
    case 0xF4: state->high = 0x8F; break; /* not above U+10FFFF */
    default: break;
    }
    return true;
}

bool base_utf8_feed(base_utf8 *state, const void *data, size_t size)
{
    const unsigned char *at = data;
    const unsigned char *end;
    uint64_t word;

    if (size == 0) {
        return true; /* `data` may be NULL */
    }
    end = at + size;
    while (at < end) {
        if (state->need > 0) {
            if (*at < state->low || *at > state->high) {
                return false;
            }
            state->low = 0x80;
            state->high = 0xBF;
            state->need--;
            at++;
            continue;
        }
        while ((size_t)(end - at) >= sizeof(word)) {
            memcpy(&word, at, sizeof(word));
            if (word & HIGH_BITS) {
                break;
            }
            at += sizeof(word);
        }
        if (at < end && *at >= 0x80 && !start_sequence(state, *at)) {
            return false;
        }
        at += at < end;
    }
    return true;
}

bool base_utf8_complete(const base_utf8 *state)
{
    return state->need == 0;
}

bool base_utf8_valid(const void *data, size_t size)
{
    base_utf8 state = BASE_UTF8_INIT;

    return base_utf8_feed(&state, data, size) && base_utf8_complete(&state);
}

size_t base_utf8_mark(const void *data, size_t size)
{
    static const unsigned char mark[] = { 0xEF, 0xBB, 0xBF };

    return size >= sizeof(mark) && memcmp(data, mark, sizeof(mark)) == 0
               ? sizeof(mark)
               : 0;
}

size_t base_utf8_cut(const void *text, size_t size, size_t most)
{
    const unsigned char *bytes = text;

    if (size <= most) {
        return size;
    }
    while (most > 0 && (bytes[most] & 0xC0) == 0x80) {
        most--;
    }
    return most;
}
