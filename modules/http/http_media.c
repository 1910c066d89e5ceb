/* http_media.c - what a posted body is; see http_media.h. */
#include "http/http_media.h"

/* The labels of UTF-8 (WHATWG Encoding 4.2) and of what is part of it. */
static const char *const utf8_names[] = {
    "utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8",
    "x-unicode20utf8", "us-ascii", "ascii", "",
};

static bool is_utf8(http_slice charset)
{
    /* Single quotes are no quotes in a field, but some clients think so. */
    if (charset.size >= 2 && charset.data[0] == '\''
        && charset.data[charset.size - 1] == '\'') {
        charset.data++;
        charset.size -= 2;
    }
    for (size_t i = 0; i < sizeof(utf8_names) / sizeof(utf8_names[0]); i++) {
        if (http_field_value_is(charset, utf8_names[i])) {
            return true;
        }
    }
    return false;
}

/* True when the parameters name no charset, or one that is UTF-8. */
static bool has_utf8(http_slice parameters)
{
    http_slice one;

    while (http_field_next(&parameters, ';', &one)) {
        http_slice name;
        http_slice value;

        if (http_field_parameter(one, &name, &value)
            && http_field_is(name, "charset")) {
            return is_utf8(value);
        }
    }
    return true;
}

http_media http_media_of(http_slice content_type)
{
    http_slice rest = content_type;
    http_slice type;
    http_media media = HTTP_MEDIA_OTHER;

    if (!http_field_next(&rest, ';', &type)) {
        return HTTP_MEDIA_OTHER;
    }
    /* JSON is UTF-8, and a charset means nothing for it (RFC 8259 11). */
    if (http_field_is(type, "application/json")) {
        return HTTP_MEDIA_JSON;
    }
    if (http_field_is(type, "text/plain")) {
        media = HTTP_MEDIA_TEXT;
    }
    else if (http_field_is(type, "application/x-www-form-urlencoded")) {
        media = HTTP_MEDIA_FORM;
    }
    return has_utf8(rest) ? media : HTTP_MEDIA_OTHER;
}
