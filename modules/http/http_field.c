/* http_field.c - what header fields are made of; see http_field.h. */
#include "http/http_field.h"

#include <string.h>
#include <strings.h>

http_slice http_field_of(const char *text)
{
    return (http_slice){ text, text ? strlen(text) : 0 };
}

/* What RFC 9110 5.6.3 calls OWS; a line end cannot be in a field. */
static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

http_slice http_field_trim(http_slice text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool http_field_is(http_slice text, const char *name)
{
    return text.data && text.size == strlen(name)
           && strncasecmp(text.data, name, text.size) == 0;
}

/* The size of the first element, quoted strings whole. */
static size_t element_size(http_slice text, char separator)
{
    bool quoted = false;
    size_t i;

    for (i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            quoted = !quoted;
        }
        else if (quoted && text.data[i] == '\\' && i + 1 < text.size) {
            i++; /* whatever it is, it does not close the string */
        }
        else if (!quoted && text.data[i] == separator) {
            break;
        }
    }
    return i;
}

bool http_field_next(http_slice *rest, char separator, http_slice *element)
{
    size_t size;

    if (!rest->data) {
        return false;
    }
    size = element_size(*rest, separator);
    /* Trimmed, but not left out when it is empty: the caller may have to know
     * that something is missing there. */
    *element = http_field_trim((http_slice){ rest->data, size });
    if (size == rest->size) {
        *rest = (http_slice){ NULL, 0 }; /* that was the last one */
    }
    else {
        rest->data += size + 1;
        rest->size -= size + 1;
    }
    return true;
}

http_slice http_field_find(http_slice list, const char *prefix,
                           http_field_fits *fits)
{
    const size_t size = strlen(prefix);
    http_slice element;

    while (http_field_next(&list, ',', &element)) {
        if (element.size >= size
            && memcmp(element.data, prefix, size) == 0) {
            element.data += size;
            element.size -= size;
            if (fits(element)) {
                return element;
            }
        }
    }
    return (http_slice){ NULL, 0 };
}

bool http_field_parameter(http_slice text, http_slice *name,
                          http_slice *value)
{
    const char *equals = text.data ? memchr(text.data, '=', text.size) : NULL;

    if (!equals) {
        return false;
    }
    name->data = text.data;
    name->size = (size_t)(equals - text.data);
    value->data = equals + 1;
    value->size = text.size - name->size - 1;
    *name = http_field_trim(*name);
    *value = http_field_trim(*value);
    return true;
}

bool http_field_value_is(http_slice value, const char *text)
{
    size_t used = 0;
    size_t size = strlen(text);

    if (value.size < 2 || value.data[0] != '"'
        || value.data[value.size - 1] != '"') {
        return http_field_is(value, text);
    }
    for (size_t i = 1; i + 1 < value.size; i++) {
        if (value.data[i] == '\\' && i + 2 < value.size) {
            i++; /* a quoted pair means its second byte */
        }
        if (used == size
            || strncasecmp(value.data + i, text + used, 1) != 0) {
            return false;
        }
        used++;
    }
    return used == size;
}
