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

/* The value when the pair has this name and its value fits. */
static http_slice value_of(http_slice pair, const char *name,
                           http_field_fits *fits)
{
    http_slice key;
    http_slice value;

    if (http_field_parameter(pair, &key, &value) && key.size == strlen(name)
        && memcmp(key.data, name, key.size) == 0 && fits(value)) {
        return value;
    }
    return none;
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
static http_slice find_joined(http_slice part, const char *name,
                              http_field_fits *fits)
{
    http_slice rest = part;
    http_slice pair;
    http_slice found = none;

    while (take(&rest, ", ", &pair)) {
        if (!is_strict(pair)) {
            return none;
        }
        if (!found.data) {
            found = value_of(pair, name, fits);
        }
    }
    return found;
}

http_slice http_cookie_find(http_slice cookies, const char *name,
                            http_field_fits *fits)
{
    http_slice rest = cookies;
    http_slice found = none;
    http_slice part;

    /* First as if no comma divided anything: it may belong to a value. */
    while (!found.data && take(&rest, ";", &part)) {
        found = value_of(part, name, fits);
    }
    rest = cookies;
    while (!found.data && take(&rest, ";", &part)) {
        found = find_joined(part, name, fits);
    }
    return found;
}
