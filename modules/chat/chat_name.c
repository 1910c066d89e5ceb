/* chat_name.c - what a guest may be called; see chat_name.h. */
#include "chat/chat_name.h"

#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_invisible.h"
#include "chat/chat_person.h"
#include "chat/chat_skeleton.h"
#include "chat/chat_text.h"
#include "chat/chat_unicode.h"

/* No 32 code points of NFC come from more bytes than this: bounds the work on
 * hopeless names. */
#define RAW_NAME_BYTES 1024

/* Marks on one letter: those that stack (accents) and, with the vowel signs
 * of Indic scripts, Tibetan and Burmese, all. */
#define STACKED_MARKS 2
#define ALL_MARKS 4

#define MINUS_SIGN 0x2212

/* The variation selectors of emoji: they show nothing, but choose what the
 * character before them looks like. */
#define TEXT_STYLE 0xFE0E
#define EMOJI_STYLE 0xFE0F

#define DEFAULT_PREFIX "guest"
#define DEFAULT_DIGITS 4

/* What is known of a name up to one of its characters. */
typedef struct {
    size_t points;
    int stacked; /* marks on the current letter */
    int marks;
    bool space;   /* the last character was a space */
    bool visible; /* a letter, digit or symbol came */
} name_scan;

static bool accept_base(name_scan *scan, const utf8proc_property_t *property)
{
    /* In NFC a letter that still decomposes carries a mark already. */
    scan->stacked =
        property->decomp_seqindex != UINT16_MAX && property->decomp_type == 0;
    scan->marks = 0;
    scan->space = false;
    return true;
}

static bool accept_mark(name_scan *scan, const utf8proc_property_t *property)
{
    if (scan->points == 0 || scan->space) {
        return false;
    }
    scan->marks++;
    /* Those with a class stand above or below, and pile up over the lines of
     * others; those without follow their letter, as vowel signs do. */
    if (property->combining_class != 0
        || property->category == UTF8PROC_CATEGORY_ME) {
        scan->stacked++;
    }
    return scan->marks <= ALL_MARKS && scan->stacked <= STACKED_MARKS;
}

static bool accept_space(name_scan *scan)
{
    if (scan->points == 0 || scan->space) {
        return false;
    }
    scan->space = true;
    return true;
}

/* The verdict on one character, by its general category. */
static bool accept_point(name_scan *scan, utf8proc_int32_t point)
{
    const utf8proc_property_t *property = utf8proc_get_property(point);

    if (chat_invisible_point(point) && point != TEXT_STYLE
        && point != EMOJI_STYLE) {
        return false;
    }
    switch (property->category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_ZS: return accept_space(scan);
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return accept_mark(scan, property);
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_SO:
        scan->visible = true;
        return accept_base(scan, property);
    default: return accept_base(scan, property);
    }
}

static bool is_acceptable(const base_bytes *name)
{
    name_scan scan = { 0, 0, 0, false, false };
    utf8proc_int32_t point;
    size_t at = 0;

    while (at < name->len) {
        at += chat_unicode_next(name->data + at, name->len - at, &point);
        if (scan.points == CHAT_NAME_POINTS || !accept_point(&scan, point)) {
            return false;
        }
        scan.points++;
    }
    return scan.visible && !scan.space; /* nor does it end in a space */
}

static bool is_dash(utf8proc_int32_t point)
{
    return point == MINUS_SIGN
           || utf8proc_category(point) == UTF8PROC_CATEGORY_PD;
}

/* `o` and `l` are what 0 and 1 are in a skeleton. */
static bool is_hex_digit(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f')
           || byte == 'o' || byte == 'l';
}

/* True when the key or the skeleton of a name begins like a default name. */
static bool begins_like_default(const base_bytes *key)
{
    size_t at = strlen(DEFAULT_PREFIX);
    utf8proc_int32_t point;
    size_t digits = 0;

    if (key->len <= at || memcmp(key->data, DEFAULT_PREFIX, at) != 0) {
        return false;
    }
    at += chat_unicode_next(key->data + at, key->len - at, &point);
    if (!is_dash(point)) {
        return false;
    }
    while (at + digits < key->len && is_hex_digit(key->data[at + digits])) {
        digits++;
    }
    return digits >= DEFAULT_DIGITS;
}

static bool looks_like_default(const base_bytes *name)
{
    base_bytes form = BASE_BYTES_INIT;
    bool like;

    /* Both: "GUEST-1234" is like one by its case, with a Cyrillic e it is by
     * its looks. */
    chat_name_key(name->data, name->len, &form);
    like = begins_like_default(&form);
    form.len = 0;
    chat_skeleton_write(name->data, name->len, &form);
    like = like || begins_like_default(&form);
    base_bytes_free(&form);
    return like;
}

chat_error chat_name_check(const void *name, size_t size, base_bytes *normal)
{
    base_bytes composed = BASE_BYTES_INIT;
    chat_error error = CHAT_BAD_NAME;

    /* The first rule is one of cost: composing takes time for each byte. */
    if (size == 0 || size > RAW_NAME_BYTES) {
        return CHAT_BAD_NAME;
    }
    chat_unicode_compose(name, size, &composed);
    if (is_acceptable(&composed) && !looks_like_default(&composed)) {
        BASE_CHECK(composed.len <= CHAT_NAME_BYTES);
        base_bytes_append(normal, composed.data, composed.len);
        error = CHAT_OK;
    }
    base_bytes_free(&composed);
    return error;
}

bool chat_name_verified(const void *name, size_t size)
{
    /* U+2028 and U+2029: an end of line for scripts and some logs. */
    static const char *const separators[] = { "\xE2\x80\xA8", "\xE2\x80\xA9" };

    return size >= 1 && size <= CHAT_NAME_BYTES && base_utf8_valid(name, size)
           && !chat_text_has_control(name, size)
           && memmem(name, size, separators[0], 3) == NULL
           && memmem(name, size, separators[1], 3) == NULL;
}

/* What opens or closes a run of text in the other direction (UAX 9 2). */
static bool turns_text(utf8proc_int32_t point)
{
    return (point >= 0x202A && point <= 0x202E)
           || (point >= 0x2066 && point <= 0x2069);
}

bool chat_name_shown(const void *name, size_t size)
{
    const unsigned char *text = name;
    utf8proc_int32_t point;
    bool visible = false;
    size_t at = 0;

    if (!chat_name_verified(name, size)) {
        return false;
    }
    while (at < size) {
        at += chat_unicode_next(text + at, size - at, &point);
        if (turns_text(point)) {
            return false;
        }
        visible = visible
                  || (!chat_invisible_point(point)
                      && utf8proc_category(point) != UTF8PROC_CATEGORY_ZS);
    }
    return visible;
}

void chat_name_key(const void *name, size_t size, base_bytes *key)
{
    chat_unicode_fold(name, size, key);
}
