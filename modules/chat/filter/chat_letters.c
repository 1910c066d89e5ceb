/* chat_letters.c - from a text to its words; see chat_letters.h. */
#include "chat/filter/chat_letters.h"

#include <string.h>

#include <utf8proc.h>

#include "chat/chat_unicode.h"

typedef enum { NONE, SPACED, UNSPACED, SYMBOL } kind;

/* What is being written. */
typedef struct {
    chat_letters *out;
    const base_bytes *text;
    bool signs;
    size_t word;  /* where the current word begins in out->text */
    bool letter;  /* it has one, */
    bool digit;   /* and it has a digit */
    kind before;  /* of the last character; NONE: no word has begun */
} writer;

static const struct {
    int32_t from;
    int32_t to;
} unspaced[] = {
    { 0x0E00, 0x0EFF }, { 0x1000, 0x109F }, { 0x1780, 0x17FF },
    { 0x2E80, 0x2FDF }, { 0x3005, 0x3007 }, { 0x3040, 0x30FF },
    { 0x31F0, 0x31FF }, { 0x3400, 0x9FFF }, { 0xF900, 0xFAFF },
    { 0x20000, 0x3FFFF },
};

static bool is_unspaced(int32_t point)
{
    for (size_t i = 0; i < sizeof(unspaced) / sizeof(unspaced[0]); i++) {
        if (point < unspaced[i].from) {
            return false;
        }
        if (point <= unspaced[i].to) {
            return true;
        }
    }
    return false;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_sign(unsigned char byte)
{
    return byte == '@' || byte == '$' || byte == '!';
}

static kind kind_of(int32_t point)
{
    if (point < 0x80) {
        return (point >= 'a' && point <= 'z') || is_digit((unsigned char)point)
                   ? SPACED : NONE;
    }
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return is_unspaced(point) ? UNSPACED : SPACED;
    case UTF8PROC_CATEGORY_SO: return SYMBOL;
    default: return NONE;
    }
}

static unsigned char letter_of(unsigned char byte)
{
    switch (byte) {
    case '0': return 'o';
    case '1':
    case '!': return 'i';
    case '3': return 'e';
    case '4':
    case '@': return 'a';
    case '5':
    case '$': return 's';
    case '7': return 't';
    case '8': return 'b';
    default: return byte;
    }
}

/* There is room: see chat_letters_init. */
static void put(writer *to, size_t at, const void *bytes, size_t size)
{
    base_bytes *text = &to->out->text;
    uint32_t *origins = (uint32_t *)(void *)to->out->origin.data;

    memcpy(text->data + text->len, bytes, size);
    for (size_t i = 0; i < size; i++) {
        origins[text->len++] = (uint32_t)(at + i);
    }
}

/* A number is none: 455 is what it is, and so is $45. */
static void end_word(writer *to)
{
    unsigned char *text = to->out->text.data;

    if (to->letter || !to->digit) {
        for (size_t i = to->word; i < to->out->text.len; i++) {
            text[i] = letter_of(text[i]);
        }
    }
    to->before = NONE;
}

static void begin_word(writer *to, size_t at)
{
    if (to->out->text.len > 0) {
        put(to, at, " ", 1);
    }
    to->word = to->out->text.len;
    to->letter = to->digit = false;
}

static void put_letter(writer *to, size_t at, size_t size, kind now)
{
    unsigned char first = to->text->data[at];

    if (to->before != now || now == SYMBOL) {
        end_word(to);
        begin_word(to, at);
    }
    put(to, at, to->text->data + at, size);
    to->digit = to->digit || is_digit(first);
    to->letter = to->letter || !(is_digit(first) || is_sign(first));
    to->before = now;
}

/* Signs from `at` on; their bytes. Of an exclamation only what stands before
 * a letter can be meant as one. */
static size_t put_signs(writer *to, size_t at)
{
    const base_bytes *text = to->text;
    size_t end = at;
    size_t meant;
    int32_t point = 0;

    while (end < text->len && is_sign(text->data[end])) {
        end++;
    }
    meant = end;
    if (end < text->len) {
        (void)chat_unicode_next(text->data + end, text->len - end, &point);
    }
    while (kind_of(point) != SPACED && meant > at
           && text->data[meant - 1] == '!') {
        meant--;
    }
    to->out->signs = to->out->signs || meant > at;
    for (size_t i = at; i < meant && to->signs; i++) {
        put_letter(to, i, 1, SPACED);
    }
    if (!to->signs || meant < end) {
        end_word(to);
    }
    return end - at;
}

static bool begins(const base_bytes *text, size_t at, const char *with)
{
    size_t size = strlen(with);

    return text->len - at >= size && memcmp(text->data + at, with, size) == 0;
}

/* The end of the host of the URL that begins here; 0: none does. */
static size_t host_end(const base_bytes *text, size_t at)
{
    size_t skip = begins(text, at, "http://")    ? 7
                  : begins(text, at, "https://") ? 8
                  : begins(text, at, "www.")     ? 4
                                                 : 0;
    size_t end = at + skip;

    while (skip > 0 && end < text->len
           && !strchr("/?#<>\"", text->data[end])
           && text->data[end] > ' ' && text->data[end] < 0x80) {
        end++;
    }
    return end > at + skip ? end : 0;
}

/* The end of the rest of a URL, which is ASCII (RFC 3986). */
static size_t path_end(const base_bytes *text, size_t at)
{
    while (at < text->len && text->data[at] > ' ' && text->data[at] < 0x80
           && !strchr("<>\"", text->data[at])) {
        at++;
    }
    return at;
}

void chat_letters_init(chat_letters *letters, const base_bytes *text,
                       bool signs)
{
    writer to = { .out = letters, .text = text, .signs = signs };
    size_t host = 0; /* of the current URL, where it ends */
    int32_t point;

    *letters = (chat_letters){ BASE_BYTES_INIT, BASE_BYTES_INIT, false };
    /* No more than one space for each character. */
    base_bytes_reserve(&letters->text, 2 * text->len);
    base_bytes_reserve(&letters->origin, 2 * text->len * sizeof(uint32_t));
    for (size_t at = 0, used; at < text->len; at += used) {
        kind now;

        if (host > 0 && at == host) {
            end_word(&to);
            used = path_end(text, at) - at;
            host = 0;
            continue;
        }
        if (is_sign(text->data[at])) {
            used = put_signs(&to, at);
            continue;
        }
        used = chat_unicode_next(text->data + at, text->len - at, &point);
        now = kind_of(point);
        if (now == NONE) {
            end_word(&to);
            continue;
        }
        if (to.before == NONE && host == 0) {
            host = host_end(text, at);
        }
        put_letter(&to, at, used, now);
    }
    end_word(&to);
}

void chat_letters_origin(const chat_letters *letters, size_t start, size_t end,
                         size_t *from, size_t *to)
{
    const uint32_t *origin
        = (const uint32_t *)(const void *)letters->origin.data;

    *from = origin[start];
    *to = origin[end - 1] + 1;
}

bool chat_letters_unspaced(const base_bytes *text, size_t at)
{
    int32_t point;

    (void)chat_unicode_next(text->data + at, text->len - at, &point);
    return is_unspaced(point);
}

void chat_letters_destroy(chat_letters *letters)
{
    base_bytes_free(&letters->text);
    base_bytes_free(&letters->origin);
}
