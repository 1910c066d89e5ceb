/* base_bytes.h - a growable run of bytes.
 *
 * Holds a message that is being assembled, an event that is being written, or
 * output that waits for its reader. An empty one owns no memory, so that an
 * idle connection costs nothing but the struct. One thread at a time.
 */
#ifndef CHATWS_BASE_BYTES_H
#define CHATWS_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    unsigned char *data; /* NULL while cap is 0 */
    size_t len;          /* bytes used */
    size_t cap;          /* bytes allocated */
} base_bytes;

#define BASE_BYTES_INIT { NULL, 0, 0 }

/* Makes room for `extra` more bytes behind len (amortized doubling). Like
 * httpd's pools it ends the process when there is no memory at all. */
void base_bytes_reserve(base_bytes *bytes, size_t extra);

/* Copies `size` bytes to the end. */
void base_bytes_append(base_bytes *bytes, const void *data, size_t size);

/* Copies a NUL-terminated text, without its NUL, to the end. */
void base_bytes_append_text(base_bytes *bytes, const char *text);

/* Formats to the end; no NUL is counted. */
void base_bytes_append_format(base_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the first `size` bytes (at most len). */
void base_bytes_drop(base_bytes *bytes, size_t size);

/* Frees the memory; the value is then as after BASE_BYTES_INIT. */
void base_bytes_free(base_bytes *bytes);

#endif
