/* base_bytes.c - a growable run of bytes; see base_bytes.h. */
#include "base/base_bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"

#define SMALLEST 64

void base_bytes_reserve(base_bytes *bytes, size_t extra)
{
    size_t cap = bytes->cap ? bytes->cap : SMALLEST;

    /* No sum and no doubling below can overflow. */
    BASE_CHECK(extra <= SIZE_MAX / 4 && bytes->len <= SIZE_MAX / 4);
    if (bytes->len + extra <= bytes->cap) {
        return;
    }
    while (cap < bytes->len + extra) {
        cap *= 2;
    }
    bytes->data = realloc(bytes->data, cap);
    BASE_CHECK(bytes->data != NULL);
    bytes->cap = cap;
}

void base_bytes_append(base_bytes *bytes, const void *data, size_t size)
{
    if (size == 0) {
        return; /* `data` may be NULL then, and an empty run has no memory */
    }
    base_bytes_reserve(bytes, size);
    memcpy(bytes->data + bytes->len, data, size);
    bytes->len += size;
}

void base_bytes_append_text(base_bytes *bytes, const char *text)
{
    base_bytes_append(bytes, text, strlen(text));
}

void base_bytes_append_format(base_bytes *bytes, const char *format, ...)
{
    size_t room;
    int size;

    base_bytes_reserve(bytes, SMALLEST);
    /* Formatted again only if it was too long for what there is. */
    do {
        va_list args;

        room = bytes->cap - bytes->len;
        va_start(args, format);
        size = vsnprintf((char *)bytes->data + bytes->len, room, format, args);
        va_end(args);
        BASE_CHECK(size >= 0);
        base_bytes_reserve(bytes, (size_t)size + 1); /* with its NUL */
    } while ((size_t)size >= room);
    bytes->len += (size_t)size;
}

void base_bytes_drop(base_bytes *bytes, size_t size)
{
    BASE_CHECK(size <= bytes->len);
    if (size < bytes->len) {
        memmove(bytes->data, bytes->data + size, bytes->len - size);
    }
    bytes->len -= size;
}

void base_bytes_free(base_bytes *bytes)
{
    free(bytes->data);
    *bytes = (base_bytes)BASE_BYTES_INIT;
}
