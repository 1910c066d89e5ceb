/* chat_unicode.c - normal forms; see chat_unicode.h. */
#include "chat/chat_unicode.h"

#include <stdlib.h>

#include <utf8proc.h>

#include "base/base_check.h"

/* utf8proc brings marks into order by swapping neighbours, n of them in n * n
 * steps, and a message may have nothing else. So it gets a text in pieces. */
#define PIECE 32
#define PIECE_MOST 64

/* The longest decomposition of one character is 18. */
#define MADE_MOST 20

static void append_piece(const void *text, size_t size, int options,
                         base_bytes *out)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t mapped_size;

    mapped_size = utf8proc_map(text, (utf8proc_ssize_t)size, &mapped,
                               (utf8proc_option_t)options);
    /* It only fails without memory: the text is valid UTF-8. */
    BASE_CHECK(mapped_size >= 0);
    base_bytes_append(out, mapped, (size_t)mapped_size);
    free(mapped);
}

/* True if nothing that comes before the character changes what becomes of
 * it. */
static bool is_first(int32_t point, int options)
{
    utf8proc_int32_t made[MADE_MOST];
    int boundary = 0;

    return utf8proc_decompose_char(point, made, MADE_MOST,
                                   (utf8proc_option_t)options, &boundary) > 0
           && !chat_unicode_continues(made[0]);
}

/* The bytes up to where a text may be divided. */
static size_t piece_size(const unsigned char *text, size_t size, int options)
{
    size_t at = 0;

    for (size_t points = 0; at < size && points < PIECE_MOST; points++) {
        int32_t point;
        size_t used = chat_unicode_next(text + at, size - at, &point);

        if (points >= PIECE && is_first(point, options)) {
            break;
        }
        at += used;
    }
    return at;
}

static void append_mapped(const void *text, size_t size, int options,
                          base_bytes *out)
{
    const unsigned char *bytes = text;

    for (size_t at = 0; at < size;) {
        size_t piece = piece_size(bytes + at, size - at, options);

        append_piece(bytes + at, piece, options, out);
        at += piece;
    }
}

bool chat_unicode_continues(int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return true;
    default: return point >= 0x1160 && point <= 0x11FF;
    }
}

void chat_unicode_compose(const void *text, size_t size, base_bytes *out)
{
    append_mapped(text, size, UTF8PROC_STABLE | UTF8PROC_COMPOSE, out);
}

void chat_unicode_decompose(const void *text, size_t size, base_bytes *out)
{
    /* What shows nothing is left out: it may stand between two letters. */
    append_mapped(text, size,
                  UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE, out);
}

/* Most names and many texts are ASCII, of which this is all: it takes a
 * hundredth of the time. */
static bool append_ascii(const unsigned char *text, size_t size,
                         base_bytes *out)
{
    size_t ascii = 0;

    while (ascii < size && text[ascii] < 0x80) {
        ascii++;
    }
    if (ascii < size) {
        return false;
    }
    base_bytes_reserve(out, size);
    for (size_t i = 0; i < size; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';

        out->data[out->len++] = upper ? text[i] | 0x20 : text[i];
    }
    return true;
}

void chat_unicode_fold(const void *text, size_t size, base_bytes *out)
{
    if (append_ascii(text, size, out)) {
        return;
    }
    append_mapped(text, size,
                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT
                      | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
                  out);
}

void chat_unicode_append(base_bytes *out, int32_t point)
{
    utf8proc_uint8_t bytes[4];

    base_bytes_append(out, bytes,
                      (size_t)utf8proc_encode_char(point, bytes));
}

size_t chat_unicode_next(const unsigned char *at, size_t size, int32_t *point)
{
    utf8proc_ssize_t used = utf8proc_iterate(at, (utf8proc_ssize_t)size, point);

    BASE_CHECK(used > 0);
    return (size_t)used;
}
