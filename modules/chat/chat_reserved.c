/* chat_reserved.c - reserved names; see chat_reserved.h. */
#include "chat/chat_reserved.h"

#include <utf8proc.h>

#include "base/base_bytes.h"
#include "base/base_hash.h"
#include "chat/chat_skeleton.h"
#include "chat/chat_unicode.h"

/* A character as chat_reserved compares it. */
typedef enum { MARK, LETTER, DIGIT, OTHER } kind;

static kind kind_of(int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return MARK;
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL: return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NO: return DIGIT;
    default: return OTHER;
    }
}

/* The letter that a character of a skeleton stands for; i and l, which a
 * skeleton takes for the same in upper case only, are one. `signs`: also what
 * is neither letter nor digit. */
static int32_t letter_of(int32_t point, bool signs)
{
    switch (point) {
    case 'i': return 'l';
    case '3': return 'e';
    case '4': return 'a';
    case '5': return 's';
    case '7': return 't';
    case '@': return signs ? 'a' : point;
    case '$': return signs ? 's' : point;
    case '!': return signs ? 'l' : point;
    default: return point;
    }
}

static uint64_t key_of(const base_bytes *letters)
{
    /* No secret: directives are read before there is one, and whoever finds a
     * name with the same hash has only found one more that is refused. */
    static const base_hash_key fixed = { 0, 0 };

    return letters->len > 0 ? base_hash(&fixed, letters->data, letters->len)
                            : 0;
}

static bool is_among(const uint64_t *keys, const base_bytes *word)
{
    uint64_t key = key_of(word);

    for (size_t i = 0; i < CHAT_RESERVED_MOST && key != 0; i++) {
        if (keys[i] == key) {
            return true;
        }
    }
    return false;
}

/* Looks at each word of a skeleton, and at all of them together, which are left
 * in `joined`. */
static bool has_word(const base_bytes *skeleton, bool signs,
                     const uint64_t *keys, base_bytes *joined)
{
    base_bytes word = BASE_BYTES_INIT;
    bool found = false;
    int32_t point;

    joined->len = 0;
    for (size_t at = 0; at < skeleton->len && !found;) {
        at += chat_unicode_next(skeleton->data + at, skeleton->len - at,
                                &point);
        point = letter_of(point, signs);
        switch (kind_of(point)) {
        case MARK: break; /* accents do not tell names apart here */
        case OTHER:
            found = is_among(keys, &word);
            word.len = 0;
            break;
        default:
            chat_unicode_append(&word, point);
            chat_unicode_append(joined, point);
            break;
        }
    }
    /* A word is taken whole: "administration" belongs to everybody. */
    found = found || is_among(keys, &word) || is_among(keys, joined);
    base_bytes_free(&word);
    return found;
}

static bool skeleton_has_word(const void *name, size_t size,
                              const uint64_t *keys)
{
    base_bytes skeleton = BASE_BYTES_INIT;
    base_bytes joined = BASE_BYTES_INIT;
    bool found;

    chat_skeleton_write(name, size, &skeleton);
    /* Twice: the sign of "admin!" is none of the word, that of "adm!n" is. */
    found = has_word(&skeleton, false, keys, &joined)
            || has_word(&skeleton, true, keys, &joined);
    base_bytes_free(&skeleton);
    base_bytes_free(&joined);
    return found;
}

/* By its looks, and by those of its small letters: some capitals look like
 * another letter than their small ones. */
static bool looks_reserved(const base_bytes *name, const uint64_t *keys)
{
    base_bytes folded = BASE_BYTES_INIT;
    bool found = skeleton_has_word(name->data, name->len, keys);

    if (!found) {
        chat_unicode_fold(name->data, name->len, &folded);
        found = skeleton_has_word(folded.data, folded.len, keys);
    }
    base_bytes_free(&folded);
    return found;
}

/* Appends the name without the digits at the ends of its words. */
static void drop_last_digits(const unsigned char *name, size_t size,
                             base_bytes *out)
{
    kind before = OTHER;
    size_t keep = 0; /* the length of `out` without the digits in question */
    int32_t point;

    for (size_t at = 0, step; at < size; at += step) {
        kind now;

        step = chat_unicode_next(name + at, size - at, &point);
        now = kind_of(point);
        if (now == OTHER && before == DIGIT) {
            out->len = keep;
        }
        base_bytes_append(out, name + at, step);
        if (now != DIGIT) {
            keep = out->len;
        }
        before = now;
    }
    out->len = keep;
}

bool chat_reserved_name(const void *name, size_t size,
                        const uint64_t keys[CHAT_RESERVED_MOST])
{
    base_bytes whole = BASE_BYTES_INIT;
    base_bytes bare = BASE_BYTES_INIT;
    bool found;

    base_bytes_append(&whole, name, size);
    drop_last_digits(name, size, &bare);
    found = looks_reserved(&whole, keys)
            || (bare.len != whole.len && looks_reserved(&bare, keys));
    base_bytes_free(&whole);
    base_bytes_free(&bare);
    return found;
}

uint64_t chat_reserved_key(const void *word, size_t size)
{
    static const uint64_t none[CHAT_RESERVED_MOST];
    base_bytes folded = BASE_BYTES_INIT;
    base_bytes skeleton = BASE_BYTES_INIT;
    base_bytes joined = BASE_BYTES_INIT;
    uint64_t key;

    chat_unicode_fold(word, size, &folded);
    chat_skeleton_write(folded.data, folded.len, &skeleton);
    (void)has_word(&skeleton, false, none, &joined);
    key = key_of(&joined);
    base_bytes_free(&folded);
    base_bytes_free(&skeleton);
    base_bytes_free(&joined);
    return key;
}
