/* chat_name.c - what a guest may be called; see chat_name.h. */
#include "chat/chat_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_invisible.h"
#include "chat/chat_person.h"
#include "chat/chat_text.h"

/* No 32 code points of NFC come from more bytes than this: bounds the work on
 * hopeless names. */
#define RAW_NAME_BYTES 1024

/* Marks on one letter: those that stack (accents) and, with the vowel signs
 * of Indic scripts, Tibetan and Burmese, all. */
#define STACKED_MARKS 2
#define ALL_MARKS 4

#define MINUS_SIGN 0x2212
#define TEXT_STYLE 0xFE0E
#define EMOJI_STYLE 0xFE0F

#define RESERVED_PREFIX "guest"
#define RESERVED_DIGITS 4

/* What is known of a name up to one of its characters. */
typedef struct {
    size_t points;
    int stacked; /* marks on the current letter */
    int marks;
    bool space;   /* the last character was a space */
    bool visible; /* a letter, digit or symbol came */
} name_scan;

/* Maps valid UTF-8 and appends the result. */
static void append_mapped(const void *name, size_t size, int options,
                          base_bytes *out)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t mapped_size;

    mapped_size = utf8proc_map(name, (utf8proc_ssize_t)size, &mapped,
                               (utf8proc_option_t)options);
    BASE_CHECK(mapped_size >= 0);
    base_bytes_append(out, mapped, (size_t)mapped_size);
    free(mapped);
}

/* One code point of valid UTF-8; its bytes. */
static size_t next_point(const unsigned char *at, size_t size,
                         utf8proc_int32_t *point)
{
    utf8proc_ssize_t used = utf8proc_iterate(at, (utf8proc_ssize_t)size, point);

    BASE_CHECK(used > 0);
    return (size_t)used;
}

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
        at += next_point(name->data + at, name->len - at, &point);
        if (scan.points == CHAT_NAME_POINTS || !accept_point(&scan, point)) {
            return false;
        }
        scan.points++;
    }
    return scan.visible && !scan.space;
}

static bool is_dash(utf8proc_int32_t point)
{
    return point == MINUS_SIGN
           || utf8proc_category(point) == UTF8PROC_CATEGORY_PD;
}

static bool is_hex_digit(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

/* True when the key of a name begins like a default name. */
static bool is_reserved(const base_bytes *key)
{
    size_t at = strlen(RESERVED_PREFIX);
    utf8proc_int32_t point;
    size_t digits = 0;

    if (key->len <= at || memcmp(key->data, RESERVED_PREFIX, at) != 0) {
        return false;
    }
    at += next_point(key->data + at, key->len - at, &point);
    if (!is_dash(point)) {
        return false;
    }
    while (at + digits < key->len && is_hex_digit(key->data[at + digits])) {
        digits++;
    }
    return digits >= RESERVED_DIGITS;
}

chat_error chat_name_check(const void *name, size_t size, base_bytes *normal)
{
    base_bytes composed = BASE_BYTES_INIT;
    base_bytes key = BASE_BYTES_INIT;
    chat_error error = CHAT_BAD_NAME;

    if (size == 0 || size > RAW_NAME_BYTES) {
        return CHAT_BAD_NAME;
    }
    append_mapped(name, size, UTF8PROC_STABLE | UTF8PROC_COMPOSE, &composed);
    if (is_acceptable(&composed)) {
        chat_name_key(composed.data, composed.len, &key);
        if (!is_reserved(&key)) {
            BASE_CHECK(composed.len <= CHAT_NAME_BYTES);
            base_bytes_append(normal, composed.data, composed.len);
            error = CHAT_OK;
        }
    }
    base_bytes_free(&key);
    base_bytes_free(&composed);
    return error;
}

bool chat_name_verified(const void *name, size_t size)
{
    static const char *const separators[] = { "\xE2\x80\xA8", "\xE2\x80\xA9" };

    return size >= 1 && size <= CHAT_NAME_BYTES && base_utf8_valid(name, size)
           && !chat_text_has_control(name, size)
           && memmem(name, size, separators[0], 3) == NULL
           && memmem(name, size, separators[1], 3) == NULL;
}

void chat_name_key(const void *name, size_t size, base_bytes *key)
{
    append_mapped(name, size,
                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT
                      | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
                  key);
}
