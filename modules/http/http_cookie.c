/* http_cookie.c - one cookie among others; see http_cookie.h. */
#include "http/http_cookie.h"

#include <string.h>

static const http_slice none = { NULL, 0 };

/* Takes what stands in front of the next separator off the text, trimmed. Not
 * http_field_next: a quote protects nothing in a Cookie field. */
static bool take(http_slice *rest, const char *separator, http_slice *part)
{
    size_t size = strlen(separator);
    const char *end = rest->data ? memmem(rest->data, rest->size, separator,
                                          size)
                                 : NULL;

    if (!rest->data) {
        return false;
    }
    *part = *rest;
    if (end) {
        part->size = (size_t)(end - rest->data);
        rest->data += part->size + size;
        rest->size -= part->size + size;
    }
    else {
        *rest = none;
    }
    *part = http_field_trim(*part);
    return true;
}

/* What is looked for, and what was found. */
typedef struct {
    const char *name;
    http_field_fits *fits;
    http_slice *found;
    size_t count;
    size_t most;
} search;

/* Takes the value when the pair has this name and its value fits. */
static void look_at(search *it, http_slice pair)
{
    http_slice key;
    http_slice value;

    if (it->count < it->most && http_field_parameter(pair, &key, &value)
        && key.size == strlen(it->name)
        && memcmp(key.data, it->name, key.size) == 0 && it->fits(value)) {
        it->found[it->count++] = value;
    }
}

/* A name, an equals sign and a value without white space, comma, semicolon,
 * backslash and quotes but around it; or nothing, as behind a semicolon at the
 * end of a line. */
static bool is_strict(http_slice pair)
{
    http_slice key;
    http_slice value;

    if (pair.size == 0) {
        return true;
    }
    if (!http_field_parameter(pair, &key, &value) || key.size == 0
        || key.size + value.size + 1 != pair.size) {
        return false;
    }
    if (value.size >= 2 && value.data[0] == '"'
        && value.data[value.size - 1] == '"') {
        value.data++;
        value.size -= 2;
    }
    for (size_t i = 0; i < value.size; i++) {
        char byte = value.data[i];

        if (byte <= ' ' || byte > '~' || strchr("\",;\\", byte)) {
            return false;
        }
    }
    return true;
}

/* The same among cookies of which some came on lines of their own. */
static void look_at_joined(search *it, http_slice part)
{
    size_t before = it->count;
    http_slice rest = part;
    http_slice pair;

    while (take(&rest, ", ", &pair)) {
        if (!is_strict(pair)) {
            it->count = before;
            return;
        }
        look_at(it, pair);
    }
}

size_t http_cookie_all(http_slice cookies, const char *name,
                       http_field_fits *fits, http_slice *found, size_t most)
{
    search it = { name, fits, found, 0, most };
    http_slice rest = cookies;
    http_slice part;

    /* First as if no comma divided anything: it may belong to a value. */
    while (take(&rest, ";", &part)) {
        look_at(&it, part);
    }
    rest = cookies;
    while (it.count == 0 && take(&rest, ";", &part)) {
        look_at_joined(&it, part);
    }
    return it.count;
}

http_slice http_cookie_find(http_slice cookies, const char *name,
                            http_field_fits *fits)
{
    http_slice found;

    return http_cookie_all(cookies, name, fits, &found, 1) ? found : none;
}
