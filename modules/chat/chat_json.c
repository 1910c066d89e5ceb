/* chat_json.c - a JSON object from the network; see chat_json.h. */
#include "chat/chat_json.h"

#include <stdint.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_utf8.h"

#define ESCAPE_BYTES 6 /* \uXXXX */
#define NO_UNIT UINT32_MAX

/* The first pass over a text: it need not be JSON, but what it says of JSON
 * is right. */
typedef struct {
    const unsigned char *text;
    size_t size;
    base_bytes repaired; /* a copy, once something had to be changed */
} json_scan;

static uint32_t hex_value(unsigned char byte)
{
    if (byte >= '0' && byte <= '9') {
        return (uint32_t)(byte - '0');
    }
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? (uint32_t)(byte - 'a') + 10 : NO_UNIT;
}

/* The UTF-16 unit of the escape \uXXXX at `at`, or NO_UNIT. */
static uint32_t escaped_unit(const json_scan *scan, size_t at)
{
    uint32_t unit = 0;
    uint32_t digit;

    if (scan->size - at < ESCAPE_BYTES || scan->text[at] != '\\'
        || scan->text[at + 1] != 'u') {
        return NO_UNIT;
    }
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        digit = hex_value(scan->text[at + i]);
        if (digit == NO_UNIT) {
            return NO_UNIT;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Passes the escape at `at` and repairs it; the place behind it. */
static size_t pass_escape(json_scan *scan, size_t at)
{
    uint32_t unit = escaped_unit(scan, at);
    uint32_t next;

    if (unit == NO_UNIT) {
        return at + 2;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return at + ESCAPE_BYTES;
    }
    next = escaped_unit(scan, at + ESCAPE_BYTES);
    if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
        return at + 2 * ESCAPE_BYTES;
    }
    if (scan->repaired.len == 0) {
        base_bytes_append(&scan->repaired, scan->text, scan->size);
    }
    memcpy(scan->repaired.data + at + 2, "0000", 4);
    return at + ESCAPE_BYTES;
}

/* The place behind the string that begins at `at`, or the end. */
static size_t pass_string(json_scan *scan, size_t at)
{
    at++;
    while (at < scan->size && scan->text[at] != '"') {
        at = scan->text[at] == '\\' ? pass_escape(scan, at) : at + 1;
    }
    return at + 1;
}

/* Repairs lone surrogates; false when something is nested too deep, or there
 * are too many values: each costs an allocation, and a text of 64 KB could
 * have 30,000. */
static bool scan_text(json_scan *scan, size_t most)
{
    size_t values = 0;
    size_t depth = 0;
    size_t at = 0;

    while (at < scan->size) {
        switch (scan->text[at]) {
        case '"': at = pass_string(scan, at); continue;
        case '{':
        case '[':
            if (++depth > most || ++values > CHAT_JSON_VALUES) {
                return false;
            }
            break;
        case ',':
            if (++values > CHAT_JSON_VALUES) {
                return false;
            }
            break;
        case '}':
        case ']': depth -= depth > 0; break;
        default: break;
        }
        at++;
    }
    return true;
}

/* The place behind blanks that begin at `at`. */
static size_t pass_blanks(const char *json, size_t size, size_t at)
{
    while (at < size && (json[at] == ' ' || json[at] == '\t'
                         || json[at] == '\n' || json[at] == '\r')) {
        at++;
    }
    return at;
}

/* Passes this one character between blanks. */
static bool pass_mark(const char *json, size_t size, char mark, size_t *at)
{
    size_t place = pass_blanks(json, size, *at);

    if (place == size || json[place] != mark) {
        return false;
    }
    *at = pass_blanks(json, size, place + 1);
    return true;
}

/* The bytes that are not themselves in a string. */
static const bool ends_plain[256] = {
    [0x00 ... 0x1F] = true, ['"'] = true, ['\\'] = true
};

/* Reads a string that says what its bytes are. */
static bool read_plain(const char *json, size_t size, size_t *at,
                       chat_json_string *out)
{
    const unsigned char *bytes = (const unsigned char *)json;
    unsigned char seen = 0;
    size_t end = *at + 1;

    if (*at == size || json[*at] != '"') {
        return false;
    }
    for (; end < size && !ends_plain[bytes[end]]; end++) {
        seen |= bytes[end];
    }
    if (end == size || json[end] != '"') {
        return false;
    }
    *out = (chat_json_string){ json + *at + 1, end - *at - 1 };
    *at = end + 1;
    return seen < 0x80 || base_utf8_valid(out->text, out->size);
}

/* Reads a name and its value, which is not known yet. */
static bool read_member(const char *json, size_t size, size_t *at,
                        const char *const *names, size_t count,
                        chat_json_string *values)
{
    chat_json_string name;
    size_t i = 0;

    if (!read_plain(json, size, at, &name)) {
        return false;
    }
    while (i < count && (strlen(names[i]) != name.size
                         || memcmp(names[i], name.text, name.size) != 0)) {
        i++;
    }
    return i < count && values[i].text == NULL
           && pass_mark(json, size, ':', at)
           && read_plain(json, size, at, &values[i]);
}

bool chat_json_strings(const void *json, size_t size, const char *const *names,
                       size_t count, chat_json_string *values)
{
    size_t at = 0;

    memset(values, 0, count * sizeof(values[0]));
    if (!pass_mark(json, size, '{', &at)) {
        return false;
    }
    do {
        if (!read_member(json, size, &at, names, count, values)) {
            return false;
        }
    } while (pass_mark(json, size, ',', &at));
    return pass_mark(json, size, '}', &at) && at == size;
}

json_t *chat_json_load(const void *json, size_t size, size_t depth)
{
    json_scan scan = { json, size, BASE_BYTES_INIT };
    json_t *root = NULL;

    if (size > 0 && scan_text(&scan, depth)) {
        root = json_loadb(
            scan.repaired.len > 0 ? (const char *)scan.repaired.data : json,
            size,
            JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
            NULL);
    }
    base_bytes_free(&scan.repaired);
    if (root != NULL && !json_is_object(root)) {
        json_decref(root);
        root = NULL;
    }
    return root;
}
