/* http_accept.c - does the asker want a page, JSON or events? See
 * http_accept.h. */
#include "http/http_accept.h"

#include <ctype.h>
#include <string.h>

/* How well one type is accepted: by the most exact range that names it. */
typedef struct {
    int exact;   /* 3: type/subtype, 2: type and wildcard, 1: any, 0: none */
    int quality; /* thousandths */
} liking;

/* One element of the list. */
typedef struct {
    http_slice range;
    int quality;
} element;

/* A qvalue in thousandths; what is malformed counts as 1. */
static int quality_of(http_slice text)
{
    int thousandths;
    int place = 100;

    if (text.size == 0 || (text.data[0] != '0' && text.data[0] != '1')) {
        return 1000;
    }
    thousandths = (text.data[0] - '0') * 1000;
    if (text.size > 1 && text.data[1] == '.') {
        for (size_t i = 2;
             i < text.size && isdigit((unsigned char)text.data[i]); i++) {
            thousandths += (text.data[i] - '0') * place;
            place /= 10; /* 0 from the fourth digit on: it says nothing */
        }
    }
    return thousandths > 1000 ? 1000 : thousandths;
}

/* Takes the next element off the list. */
static bool next_element(http_slice *rest, element *out)
{
    http_slice text;
    http_slice parameter;

    if (!http_field_next(rest, ',', &text)) {
        return false;
    }
    (void)http_field_next(&text, ';', &out->range);
    out->quality = 1000;
    while (http_field_next(&text, ';', &parameter)) {
        http_slice name;
        http_slice value;

        if (http_field_parameter(parameter, &name, &value)
            && http_field_is(name, "q")) {
            out->quality = quality_of(value);
        }
    }
    return true;
}

/* The most exact range decides, whatever its quality (RFC 9110 12.5.1). */
static void weigh(const element *one, const char *type, const char *family,
                  liking *sum)
{
    int exact = http_field_is(one->range, type)     ? 3
                : http_field_is(one->range, family) ? 2
                : http_field_is(one->range, "*/*")  ? 1
                                                    : 0;

    if (exact > sum->exact) {
        sum->exact = exact;
        sum->quality = one->quality;
    }
    else if (exact && exact == sum->exact && one->quality > sum->quality) {
        sum->quality = one->quality;
    }
}

bool http_accept_html(http_slice accept)
{
    liking html = { 0, 0 };
    liking json = { 0, 0 };
    element one;

    while (next_element(&accept, &one)) {
        weigh(&one, "text/html", "text/*", &html);
        weigh(&one, "application/json", "application/*", &json);
    }
    if (html.quality != json.quality) {
        return html.quality > json.quality;
    }
    /* Browsers name text/html; whoever sends only wildcards is a program. */
    return html.quality > 0 && html.exact > json.exact;
}

bool http_accept_events(http_slice accept)
{
    element one;

    /* A wildcard is no wish for a stream: fetch() and curl send one with every
     * request, and would wait for an end that does not come. */
    while (next_element(&accept, &one)) {
        if (http_field_is(one.range, "text/event-stream")
            && one.quality > 0) {
            return true;
        }
    }
    return false;
}
