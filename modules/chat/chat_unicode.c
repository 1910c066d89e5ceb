/* chat_unicode.c - normal forms; see chat_unicode.h. */
#include "chat/chat_unicode.h"

#include <stdlib.h>

#include <utf8proc.h>

#include "base/base_check.h"

static void append_mapped(const void *text, size_t size, int options,
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

void chat_unicode_fold(const void *text, size_t size, base_bytes *out)
{
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
