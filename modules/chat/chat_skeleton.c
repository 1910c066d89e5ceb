/* chat_skeleton.c - names that look alike; see chat_skeleton.h. */
#include "chat/chat_skeleton.h"

#include <stdbool.h>
#include <string.h>

#include "chat/chat_confusables.h"
#include "chat/chat_unicode.h"

/* Two are enough for every character; the rest is for combinations. */
#define ROUNDS_MOST 8

/* The prototype of a character, or NULL for itself. */
static const uint32_t *find(int32_t point)
{
    size_t low = 0;
    size_t high = chat_confusables_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const chat_confusable *entry = &chat_confusables_sources[middle];

        if (entry->source == (uint32_t)point) {
            return &chat_confusables_targets[entry->target];
        }
        if (entry->source < (uint32_t)point) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return NULL;
}

/* UTS 39, section 4: NFD, each character by its prototype, NFD. */
static void replace(const base_bytes *from, base_bytes *to)
{
    base_bytes apart = BASE_BYTES_INIT;
    base_bytes alike = BASE_BYTES_INIT;
    int32_t point;

    chat_unicode_decompose(from->data, from->len, &apart);
    for (size_t at = 0; at < apart.len;) {
        const uint32_t *prototype;

        at += chat_unicode_next(apart.data + at, apart.len - at, &point);
        prototype = find(point);
        if (!prototype) {
            chat_unicode_append(&alike, point);
            continue;
        }
        /* The first number is how many follow: some look like two letters. */
        for (uint32_t i = 1; i <= prototype[0]; i++) {
            chat_unicode_append(&alike, (int32_t)prototype[i]);
        }
    }
    to->len = 0;
    chat_unicode_decompose(alike.data, alike.len, to);
    base_bytes_free(&apart);
    base_bytes_free(&alike);
}

/* One round; false when it has changed nothing. */
static bool look_closer(base_bytes *name)
{
    base_bytes alike = BASE_BYTES_INIT;
    base_bytes folded = BASE_BYTES_INIT;
    bool changed;

    /* Folding may bring characters for which there are prototypes, and these
     * may be capitals again: so it goes round until nothing changes. */
    replace(name, &alike);
    chat_unicode_fold(alike.data, alike.len, &folded);
    replace(&folded, &alike);
    changed = alike.len != name->len
              || (alike.len > 0
                  && memcmp(alike.data, name->data, alike.len) != 0);
    name->len = 0;
    base_bytes_append(name, alike.data, alike.len);
    base_bytes_free(&alike);
    base_bytes_free(&folded);
    return changed;
}

static bool is_plain(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')
           || (byte >= '0' && byte <= '9') || byte == ' ' || byte == '-'
           || byte == '.';
}

/* Most names, and all default ones, are plain ASCII: the same in short. False:
 * something is in it of which this does not know. */
static bool write_plain(const unsigned char *name, size_t size,
                        base_bytes *skeleton)
{
    size_t before = skeleton->len;

    for (size_t i = 0; i < size; i++) {
        bool upper = name[i] >= 'A' && name[i] <= 'Z';
        char lower = (char)(upper ? name[i] + ('a' - 'A') : name[i]);

        if (!is_plain(name[i])) {
            skeleton->len = before;
            return false;
        }
        switch (name[i]) {
        case '0': base_bytes_append(skeleton, "o", 1); break;
        case '1':
        case 'I': base_bytes_append(skeleton, "l", 1); break;
        case 'M':
        case 'm': base_bytes_append(skeleton, "rn", 2); break;
        default: base_bytes_append(skeleton, &lower, 1); break;
        }
    }
    return true;
}

void chat_skeleton_write(const void *name, size_t size, base_bytes *skeleton)
{
    base_bytes now = BASE_BYTES_INIT;
    int rounds = 0;

    if (write_plain(name, size, skeleton)) {
        return;
    }
    base_bytes_append(&now, name, size);
    while (look_closer(&now) && rounds < ROUNDS_MOST) {
        rounds++;
    }
    base_bytes_append(skeleton, now.data, now.len);
    base_bytes_free(&now);
}
