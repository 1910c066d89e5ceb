/* chat_folded.c - folding with a map; see chat_folded.h. */
#include "chat/filter/chat_folded.h"

#include <stdbool.h>
#include <stdint.h>

#include <utf8proc.h>

#include "base/base_check.h"
#include "chat/chat_unicode.h"

/* The longest decomposition of one character is 18. */
#define MADE_MOST 20
#define WAITING_MOST 80

/* Bytes of the folded text and those of the original that they were made of:
 * all of them together, or, if `even`, each of the one in its place. Most texts
 * are one even part. */
typedef struct {
    uint32_t at;   /* in the folded text */
    uint32_t size;
    uint32_t from; /* in the original */
    uint32_t end;
    bool even;
} part;

/* A letter and its marks: what composes with each other. */
typedef struct {
    chat_folded *out;
    utf8proc_int32_t points[WAITING_MOST];
    size_t count;
    size_t sources; /* characters of the original */
    size_t from;
    size_t end;
} cluster;

static part *last_part(chat_folded *folded)
{
    size_t size = folded->parts.len;

    return size == 0 ? NULL
                     : (part *)(void *)(folded->parts.data + size
                                        - sizeof(part));
}

/* The folded text has got bytes from `at` on. `single`: one character of one,
 * or ASCII. */
static void add_part(chat_folded *folded, size_t at, size_t from, size_t end,
                     bool single)
{
    part now = { .at = (uint32_t)at,
                 .size = (uint32_t)(folded->text.len - at),
                 .from = (uint32_t)from,
                 .end = (uint32_t)end,
                 .even = single && folded->text.len - at == end - from };
    part *before = last_part(folded);

    if (before && before->even && now.even && before->end == now.from) {
        before->size += now.size;
        before->end = now.end;
        return;
    }
    base_bytes_append(&folded->parts, &now, sizeof(now));
}

/* UAX 15, D109: marks in the order of their classes. */
static void order(utf8proc_int32_t *points, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        utf8proc_int32_t point = points[i];
        utf8proc_propval_t class
            = utf8proc_get_property(point)->combining_class;
        size_t to = i;

        while (class > 0 && to > 0
               && utf8proc_get_property(points[to - 1])->combining_class
                      > class) {
            points[to] = points[to - 1];
            to--;
        }
        points[to] = point;
    }
}

static void flush(cluster *waiting)
{
    chat_folded *out = waiting->out;
    size_t at = out->text.len;
    utf8proc_ssize_t count = (utf8proc_ssize_t)waiting->count;

    if (count == 0) {
        return;
    }
    if (count > 1) {
        order(waiting->points, waiting->count);
        count = utf8proc_normalize_utf32(waiting->points, count,
                                         UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        BASE_CHECK(count > 0);
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        chat_unicode_append(&out->text, waiting->points[i]);
    }
    add_part(out, at, waiting->from, waiting->end,
             waiting->sources == 1 && count == 1);
    waiting->count = waiting->sources = 0;
}

/* One character of the original, at `at`; its bytes. */
static size_t take(cluster *waiting, const unsigned char *text, size_t size,
                   size_t at)
{
    utf8proc_int32_t made[MADE_MOST];
    utf8proc_int32_t point;
    utf8proc_ssize_t count;
    int boundary = 0;
    size_t used = chat_unicode_next(text + at, size - at, &point);

    count = utf8proc_decompose_char(point, made, MADE_MOST,
                                    UTF8PROC_STABLE | UTF8PROC_COMPOSE
                                        | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD
                                        | UTF8PROC_IGNORE,
                                    &boundary);
    BASE_CHECK(count >= 0 && count <= MADE_MOST);
    if (count == 0) {
        return used; /* ignorable: as if it were not there */
    }
    if (!chat_unicode_continues(made[0])
        || waiting->count + (size_t)count > WAITING_MOST) {
        flush(waiting);
    }
    if (waiting->count == 0) {
        waiting->from = at;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        waiting->points[waiting->count++] = made[i];
    }
    waiting->sources++;
    waiting->end = at + used;
    return used;
}

/* The ASCII characters from `at` on, but for one that a mark may follow; their
 * bytes. */
static size_t take_plain(cluster *waiting, const unsigned char *text,
                         size_t size, size_t at)
{
    base_bytes *out = &waiting->out->text;
    size_t before;
    size_t end = at;

    while (end < size && text[end] < 0x80) {
        end++;
    }
    if (end < size && end > at) {
        end--;
    }
    if (end == at) {
        return 0;
    }
    flush(waiting);
    before = out->len;
    base_bytes_append(out, text + at, end - at);
    for (size_t i = before; i < out->len; i++) {
        if (out->data[i] >= 'A' && out->data[i] <= 'Z') {
            out->data[i] = (unsigned char)(out->data[i] + ('a' - 'A'));
        }
    }
    add_part(waiting->out, before, at, end, true);
    return end - at;
}

void chat_folded_init(chat_folded *folded, const void *text, size_t size)
{
    const unsigned char *bytes = text;
    cluster waiting = { .out = folded };

    *folded = (chat_folded){ BASE_BYTES_INIT, BASE_BYTES_INIT };
    base_bytes_reserve(&folded->text, size);
    for (size_t at = 0; at < size;) {
        size_t used = take_plain(&waiting, bytes, size, at);

        at += used > 0 ? used : take(&waiting, bytes, size, at);
    }
    flush(&waiting);
}

/* The part with that byte of the folded text. */
static const part *part_of(const chat_folded *folded, size_t at)
{
    const part *parts = (const part *)(const void *)folded->parts.data;
    size_t low = 0;
    size_t high = folded->parts.len / sizeof(part);

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (parts[middle].at <= at) {
            low = middle;
        }
        else {
            high = middle;
        }
    }
    return &parts[low];
}

void chat_folded_origin(const chat_folded *folded, size_t start, size_t end,
                        size_t *from, size_t *to)
{
    const part *first = part_of(folded, start);
    const part *last = part_of(folded, end - 1);

    BASE_CHECK(start < end && end <= folded->text.len);
    *from = first->even ? first->from + (start - first->at) : first->from;
    *to = last->even ? last->from + (end - last->at) : last->end;
}

void chat_folded_destroy(chat_folded *folded)
{
    base_bytes_free(&folded->text);
    base_bytes_free(&folded->parts);
}
